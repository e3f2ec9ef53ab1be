"""One decision for curation, reward and accuracy: is this trace's answer right?

Three outcomes. *Incorrect* is the fault of who wrote the trace: "mismatch",
"no answer", "ambiguous" (several different answers) or "truncated" (cut off by
the token limit, whatever can be read). *Unscored* is ours and never counted as
wrong: "gold unreadable", "generation failed", "not decided in time".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cotutor.errors import DataError
from cotutor.format import TRAINING_FORMATS, format_named, parse
from cotutor.records import Choice, Findings, Kind, Outcome, Problem, Trace, Verdict
from cotutor.verify import choice, date, expression, number, rules, sequence, string, yes_no
from cotutor.verify.expression import Undecided
from cotutor.verify.scope import plain, scopes, tidy
from cotutor.verify.settings import DEFAULT, VerifySettings

# Stamped on every verdict; the number goes up when any reading or comparison changes.
VERIFIER = "cotutor-7"
# Golds kept as read: a problem has many traces, and a run comes back to its problems.
GOLDS = 16_384

FAILED = "generation failed"


@dataclass(frozen=True)
class AnswerKind:
    """How one kind of answer is read and compared; see the package's docstring.

    `undress` takes the dress of LaTeX and tags away, which only expressions may wear.
    """

    read: Callable[[str, Problem], list[Any]]
    equal: Callable[[Any, Any, Problem, VerifySettings], bool]
    wrong: Callable[[Problem], str]
    undress: Callable[[str], str] = plain


KINDS: dict[Kind, AnswerKind] = {
    "number": AnswerKind(number.read, number.equal, number.wrong),
    "choice": AnswerKind(choice.read, choice.equal, choice.wrong),
    "yes_no": AnswerKind(yes_no.read, yes_no.equal, yes_no.wrong),
    "string": AnswerKind(string.read, string.equal, string.wrong),
    "list": AnswerKind(sequence.read, sequence.equal, sequence.wrong),
    "date": AnswerKind(date.read, date.equal, date.wrong),
    "expression": AnswerKind(expression.read, expression.equal, expression.wrong, str),
}

_Judgement = tuple[Outcome, str | None, str | None]


def decide(
    problem: Problem, trace: Trace, settings: VerifySettings = DEFAULT, *, steps: bool = False
) -> Verdict:
    """Judge one trace of `problem`, and its reasoning step by step if `steps` are asked for.

    Reads the trace as its format was prompted, and never raises on what a
    model wrote. The verdict keeps the answer as read, truncated or not.

    Raises:
        ValueError: the trace answers another problem.
        ConfigError: the trace names a format that does not exist, or the settings a
            published rule that does not read the problem's kind.

    """
    if trace.problem_id != problem.id:
        raise ValueError(f"trace {trace.id} answers problem {trace.problem_id}, not {problem.id}")
    is_ours = settings.rule == "cotutor"
    outcome, answer, reason = _judge_trace(problem, trace, settings)
    if is_ours and outcome != "unscored" and trace.finish == "length":
        outcome, reason = "incorrect", "truncated"
    is_examined = steps and reason != FAILED
    return Verdict(
        trace_id=trace.id, problem_id=problem.id, verifier=VERIFIER if is_ours else settings.rule,
        outcome=outcome, answer=answer, reason=reason,
        findings=_examine(problem, trace, answer) if is_examined else None,
    )  # fmt: skip


def gold(problem: Problem) -> str | None:
    """Return the gold answer in the verifier's normal form, None where it cannot be read."""
    readings = _read_gold(problem)
    return str(readings[0]) if len(readings) == 1 else None


def prove(problems: Iterable[Problem], settings: VerifySettings = DEFAULT) -> list[Problem]:
    """Return the problems on which the verifier fails its own proof.

    The gold, written the way a student of each training format would write it,
    must be judged correct, and an answer that is not the gold incorrect. A gold
    that cannot be read, or that holds a format's delimiter, fails.
    """
    return [problem for problem in problems if not _is_proven(problem, settings)]


def _is_proven(problem: Problem, settings: VerifySettings) -> bool:
    wrong = KINDS[problem.kind].wrong(problem)
    names = [f"{name}{twin}" for name in TRAINING_FORMATS for twin in ("", "-answer")]
    return all(
        _judge_written(problem, problem.gold, name, settings) == "correct"
        and _judge_written(problem, wrong, name, settings) == "incorrect"
        for name in names
    )


def _judge_written(
    problem: Problem, answer: str, name: str, settings: VerifySettings
) -> Outcome | None:
    """Return how `answer` is judged once written in a format, None where it cannot be."""
    style = format_named(name)
    try:
        completion = style.completion("Some reasoning.", answer)
    except DataError:
        return None
    return _judge(problem, style.parse(completion).answer or "", settings)[0]


def _judge_trace(problem: Problem, trace: Trace, settings: VerifySettings) -> _Judgement:
    if trace.error is not None or trace.finish == "error":
        return "unscored", None, FAILED
    if settings.rule != "cotutor":
        return rules.judge(settings.rule, problem, *rules.place(trace))
    return _judge(problem, parse(trace).answer or "", settings)


def _examine(problem: Problem, trace: Trace, answer: str | None) -> Findings | None:
    from cotutor.verify.steps.examine import examine  # brings the procedural families with it

    return examine(problem, parse(trace).text, answer)


def _judge(problem: Problem, text: str, settings: VerifySettings) -> _Judgement:
    if problem.program is not None and (judged := _own_judgement(problem, text)):
        return judged
    truth = _read_gold(problem)
    if len(truth) != 1:
        return "unscored", None, "gold unreadable"
    readings = _read(problem, text)
    if not readings:
        return "incorrect", None, "no answer"
    if len(readings) > 1 and settings.several == "ambiguous":
        return "incorrect", None, "ambiguous"
    reading = readings[-1 if settings.several == "last" else 0]
    try:
        is_equal = KINDS[problem.kind].equal(reading, truth[0], problem, settings)
    except Undecided:
        return "unscored", str(reading), "not decided in time"
    return ("correct", str(reading), None) if is_equal else ("incorrect", str(reading), "mismatch")


def _own_judgement(problem: Problem, text: str) -> _Judgement | None:
    """Return how the problem's family judges an answer of which many are right; None: not it."""
    from cotutor.problems.procedural import own_check

    own = own_check(problem)
    if own is None:
        return None
    check, program = own
    answer = check.read(text)
    if answer is None:
        return "incorrect", None, "no answer"
    fault = check.fault(program, answer)
    return ("incorrect" if fault else "correct"), check.write(answer), fault


def _read_gold(problem: Problem) -> list[Any]:
    return _readings_of_gold(problem.kind, problem.gold, problem.choices)


@lru_cache(maxsize=GOLDS)
def _readings_of_gold(kind: Kind, text: str, choices: tuple[Choice, ...]) -> list[Any]:
    """Return the readings of a gold; they depend on nothing else of the problem."""
    problem = Problem.make(task="", question="", gold=text, kind=kind, choices=choices)
    return KINDS[kind].read(KINDS[kind].undress(tidy(text)), problem)


def _read(problem: Problem, text: str) -> list[Any]:
    """Return the different answers of the most explicit place that holds any."""
    kind = KINDS[problem.kind]
    for scope in scopes(text):
        readings = kind.read(kind.undress(scope), problem)
        if readings:
            return readings
    return []
