"""The records that stages exchange: frozen, one JSON line each, schema-versioned.

Problem     a question with a known answer
Request     ask a generator for one sample of one problem
Trace       one sampled completion with its provenance, never edited
Verdict     what the verifier found in a trace
Probe       what an intervention on a trace's reasoning did to its answer
Example     one training row, as text
Student     all that is needed to run a model as it was trained
Estimate    a number with its interval
Comparison  a paired difference of two arms

Nothing here knows how a record is made; `Reasoning`, the parsed view of a
completion, lives in `cotutor.format` and is never stored.
"""

import hashlib
import json
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

Kind = Literal["number", "choice", "yes_no", "string", "list", "date", "expression"]
Outcome = Literal["correct", "incorrect", "unscored"]
Finish = Literal["stop", "length", "error", "unknown"]
Method = Literal["full", "lora", "dora", "qlora", "prefix", "prompt", "ia3", "bottleneck"]


def digest(*parts: Any) -> str:
    """Return 16 hex digits that identify JSON-serialisable content.

    Equal content gives equal digests on every machine: keys are sorted, text
    is hashed as UTF-8.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Record(BaseModel):
    """What all records share: they are frozen and know their schema version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1

    def line(self) -> str:
        """Return the record as one line of JSON, without the line break."""
        return self.model_dump_json()


class Choice(BaseModel):
    """One labelled option of a multiple-choice problem."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    text: str


class Problem(Record):
    """A question with a known answer.

    `question` is the full text shown to a model, with its choices where it has
    any. `steps` are ground-truth intermediate results in order, `program` is
    what a procedural family needs to solve the problem again; both are empty
    for problems that come from a file. `task` names the data set or family by
    which results are grouped, `template` the wording the question was made from.
    """

    id: str
    task: str
    kind: Kind
    question: str
    gold: str
    choices: tuple[Choice, ...] = ()
    reasoning: str | None = None
    split: str = "train"
    template: str | None = None
    level: int | None = None
    steps: tuple[str, ...] = ()
    program: dict[str, Any] | None = None

    @classmethod
    def make(cls, *, task: str, question: str, gold: str, kind: Kind, **rest: Any) -> Self:
        """Build a problem whose id is a digest of its task, question, gold and choices."""
        choices = tuple(Choice.model_validate(c) for c in rest.pop("choices", ()))
        key = digest(task, kind, question, gold, [(c.label, c.text) for c in choices])
        return cls(
            id=rest.pop("id", key), task=task, kind=kind, question=question, gold=gold,
            choices=choices, **rest,
        )  # fmt: skip


class Request(Record):
    """One sample of one problem, to be written by a generator."""

    problem: Problem
    sample: int = 0


class Trace(Record):
    """One sampled completion, never edited.

    `generator` names who wrote it and `format` how it was prompted.
    `answer_at` is the offset in `completion` where the answering call's own
    text begins, when reasoning and answer came from two calls. `log_probability`
    is the sum over the completion's tokens, end of text included, at temperature
    1; None where the generator does not tell it, or made two calls. `cost` is in
    the currency of the prices given. A trace with `error` has no completion
    and is never judged wrong: it is unscored.
    """

    id: str
    problem_id: str
    sample: int
    generator: str
    format: str
    completion: str
    finish: Finish
    answer_at: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    log_probability: float | None = None
    seed: int | None = None
    cost: float | None = None
    error: str | None = None

    @classmethod
    def make(cls, request: Request, *, generator: str, format: str, **rest: Any) -> Self:
        """Build the trace that answers `request`; its id is a digest of who was asked what."""
        problem = request.problem
        return cls(
            id=digest(problem.id, generator, format, request.sample),
            problem_id=problem.id, sample=request.sample,
            generator=generator, format=format, **rest,
        )  # fmt: skip


class Findings(BaseModel):
    """What the step checker found in one reasoning.

    Steps are counted from 0. `first_bad` is the first step that says something
    untrue and `fault` what it says there; None: nothing wrong was found.
    `valid`, `invalid` and `unreadable` count the statements that were checked:
    equations, or what a procedural problem's program can settle (`by`); `checked`
    are the steps with a valid or invalid one.
    Of `operands`, `unsourced` stand neither in the question nor as a side of an earlier
    equation; `ungrounded` are fewer: those that are neither common knowledge (60 minutes)
    nor follow from what is known by one operation told in words. `is_supported`
    says whether the answer is what was reached, None where that cannot be told;
    `reached` is how many of the problem's ground-truth steps
    are stated, None where it has none. `checked` and `unsourced` are None in findings
    of before they were counted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Literal["equations", "program"]
    steps: int
    checked: int | None = None
    valid: int = 0
    invalid: int = 0
    unreadable: int = 0
    operands: int = 0
    ungrounded: int = 0
    unsourced: int | None = None
    is_supported: bool | None = None
    reached: int | None = None
    first_bad: int | None = None
    fault: str | None = None


def sound(*, valid: int, is_untrue: bool) -> bool:
    """Say whether a chain is sound: something in it was found true, and nothing untrue."""
    return valid > 0 and not is_untrue


class Verdict(Record):
    """What the verifier found in one trace.

    `answer` is the answer as read, in the verifier's normal form; None when
    nothing could be read. `reason` says why the outcome is not `correct`.
    `findings` are those of the step checker, None where it was not asked.
    """

    trace_id: str
    problem_id: str
    verifier: str
    outcome: Outcome
    answer: str | None = None
    reason: str | None = None
    findings: Findings | None = None


class Probe(Record):
    """What one intervention on the reasoning of a trace did to its answer.

    `probe` names the intervention and `at` the step it touches (steps are counted from 0)
    of the `steps` there are; None: the whole reasoning. `before` and `after` are answers in
    the verifier's normal form. `is_changed` is None where the intervention could not be made
    or judged, with the `reason`; `value` is a log-probability in nats, where that is asked.
    """

    trace_id: str
    problem_id: str
    probe: str
    at: int | None = None
    steps: int
    before: str | None = None
    after: str | None = None
    is_changed: bool | None = None
    is_correct: bool | None = None
    value: float | None = None
    reason: str | None = None


class Reject(Record):
    """A trace that curation did not keep, with the reason."""

    problem_id: str
    trace_id: str
    reason: str


class Example(Record):
    """One training row as text; the loss is on `completion` and the end of text after it."""

    problem_id: str
    trace_id: str | None
    prompt: str
    completion: str


class Student(Record):
    """All that is needed to run a model as it was trained.

    `base` is a path or hub id, `method` says whether the saved weights are whole
    or which adapter on it, and `format` is the prompt format of training.
    """

    base: str
    revision: str | None = None
    method: Method = "full"
    format: str
    parent: str | None = None


class Estimate(Record):
    """A proportion in 0-1 with its 95 % interval; `unscored` were left out of `n`."""

    value: float
    low: float
    high: float
    n: int
    unscored: int = 0


class Comparison(Record):
    """Arm `a` minus arm `b` on the same problems: difference with 95 % interval and p.

    `detectable` is the smallest difference that so many problems would have shown
    with 80 % power; None where none would, or it cannot be told.
    """

    a: str
    b: str
    task: str
    difference: float
    low: float
    high: float
    p: float
    n: int
    detectable: float | None = None
