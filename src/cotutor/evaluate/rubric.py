"""A rubric for a domain: criteria of the run file, judged by rules or by an LLM judge.

    rubric:
      - {name: cites a law, rule: {matches: '§ ?[0-9]+'}}
      - {name: brief, rule: {max_steps: 6, absent: [as an AI]}}
      - {name: polite, judge: {model: my-judge, base_url: ..., question: Is the tone polite?}}

A rule looks at the completion as it was written, up to `LONGEST` characters; a text compares
without regard to case. A pattern is the user's own and is run by `re`, which takes long on
patterns with nested repetition.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cotutor.evaluate.accuracy import Judged
from cotutor.evaluate.measuring import by_problem, share_measure
from cotutor.format import parse
from cotutor.generate.settings import EndpointSettings
from cotutor.records import Record, Trace
from cotutor.report.model import Measure
from cotutor.verify.steps import steps

LONGEST = 20_000


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Texts = Annotated[tuple[str, ...], BeforeValidator(_several)]


class Rule(BaseModel):
    """What a completion must be like; with several keys, all of them.

    `contains` names texts of which one is in it, `mentions_all` texts that all are, `absent`
    texts that none are. `matches` is a pattern that is found somewhere, `ends_with` the text
    at its end. `min_steps` and `max_steps` bound the steps of the reasoning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    contains: _Texts = ()
    mentions_all: _Texts = ()
    absent: _Texts = ()
    matches: str | None = None
    ends_with: str | None = None
    min_steps: int | None = Field(default=None, ge=0)
    max_steps: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"a rule needs one of {', '.join(type(self).model_fields)}")
        try:
            re.compile(self.matches or "")
        except re.error as error:
            raise ValueError(f"matches {self.matches!r} is no pattern: {error}") from error
        if self.max_steps is not None and (self.min_steps or 0) > self.max_steps:
            raise ValueError(f"min_steps {self.min_steps} is above max_steps {self.max_steps}")
        return self

    def is_kept(self, trace: Trace) -> bool:
        """Say whether a completion is as the rule wants it."""
        written = trace.completion[:LONGEST]
        text = written.casefold()
        count = len(steps(parse(trace).text[:LONGEST]))
        return all((
            not self.contains or any(one.casefold() in text for one in self.contains),
            all(one.casefold() in text for one in self.mentions_all),
            not any(one.casefold() in text for one in self.absent),
            self.matches is None or re.search(self.matches, written) is not None,
            text.rstrip().endswith((self.ends_with or "").casefold()),
            count >= (self.min_steps or 0),
            self.max_steps is None or count <= self.max_steps,
        ))  # fmt: skip


class JudgeSettings(EndpointSettings):
    """An LLM judge behind an endpoint, and the yes-or-no `question` it is asked of each attempt.

    `max_tokens` has room for a judge that thinks before it answers.
    """

    role: ClassVar[str] = "judge"

    question: str = Field(min_length=1)
    format: str = "chat-answer"
    max_tokens: int = Field(default=1024, ge=1)

    @model_validator(mode="after")
    def _is_asked_plainly(self) -> Self:
        if self.format != "chat-answer":
            raise ValueError("a judge is asked in format chat-answer, which adds no words of ours")
        return self


class Criterion(BaseModel):
    """One line of the rubric: a name, and a rule or a judge."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    rule: Rule | None = None
    judge: JudgeSettings | None = None

    @model_validator(mode="after")
    def _is_judged_one_way(self) -> Self:
        if (self.rule is None) == (self.judge is None):
            raise ValueError(f"{self.name} needs either a rule or a judge")
        return self

    @property
    def title(self) -> str:
        """Return the name, with who judges: an LLM judge is always named as one."""
        return f"{'rule' if self.judge is None else 'LLM judge'}: {self.name}"


def _distinct(rubric: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    names = [criterion.title for criterion in rubric]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two criteria are named {', '.join(twice)}")
    return rubric


Rubric = Annotated[tuple[Criterion, ...], AfterValidator(_distinct)]
"""The type of the run file's field."""


class Rating(Record):
    """What one criterion says of one trace; `label` is None where a judge gave none of its own."""

    trace_id: str
    problem_id: str
    criterion: str
    label: Literal["yes", "no", "unclear"] | None
    reason: str | None = None


def rated_by_rules(rubric: Sequence[Criterion], judged: Sequence[Judged]) -> Iterator[Rating]:
    """Yield what the rules say of every completion that came."""
    for criterion in rubric:
        for trace, _ in judged:
            if criterion.rule is not None and trace.error is None:
                yield Rating(
                    trace_id=trace.id, problem_id=trace.problem_id, criterion=criterion.title,
                    label="yes" if criterion.rule.is_kept(trace) else "no",
                )  # fmt: skip


def rubric_measures(arm: str, ratings: Sequence[Rating]) -> Iterator[Measure]:
    """Yield the share of yes among yes and no for every criterion, which is the measure's task.

    What an LLM judge left open, or answered with no label, is a share of its own.
    """
    by_criterion: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_criterion[rating.criterion].append(rating)
    for title, some in by_criterion.items():
        is_rule = title.startswith("rule: ")
        clear = [one for one in some if one.label in ("yes", "no")]
        if clear:
            yield _share(arm, title, "rubric-rule" if is_rule else "rubric-judge", clear, "yes")
        if not is_rule:
            yield _share(arm, title, "judge-unscored", some, "unclear", None)


def _share(
    arm: str, task: str, name: str, ratings: Sequence[Rating], *labels: str | None
) -> Measure:
    values_C_K = by_problem((one.problem_id, float(one.label in labels)) for one in ratings)
    return share_measure(arm, task, name, values_C_K)
