"""Answers read without the gold, by the verifier's own readers, and compared by it.

Votes see the question alone: a problem is blinded before anything of it is read, so that
no vote and no score can lean on what the right answer is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cotutor.format import parse
from cotutor.problems.procedural import own_check
from cotutor.records import Kind, Problem, Trace
from cotutor.verify import KINDS, VerifySettings
from cotutor.verify.expression import Undecided
from cotutor.verify.scope import scopes


@dataclass(frozen=True)
class Answer:
    """An answer as read, as one of a kind; `text` is the verifier's normal form."""

    text: str
    reading: Any
    kind: Kind


def blind(problem: Problem) -> Problem:
    """Return a problem without what solves it."""
    return problem.model_copy(update={"gold": "", "steps": (), "reasoning": None, "program": None})


def read_answer(
    problem: Problem, trace: Trace, settings: VerifySettings, *, is_kind_known: bool = True
) -> Answer | None:
    """Return the answer of a trace, None where it gives none, or several that count as none.

    Where the problem's kind is not known, a number that stands alone is read as a number,
    and anything else as the problem's kind says.
    """
    if trace.error is not None:
        return None
    text = parse(trace).answer or ""
    own = own_check(problem)
    if own is not None:
        tree = own[0].read(text)
        return None if tree is None else Answer(own[0].write(tree), tree, problem.kind)
    unseeing = blind(problem)
    for scope in scopes(text):
        kind = problem.kind if is_kind_known or not _is_number(scope, unseeing) else "number"
        readings = _readings(kind, scope, unseeing)
        if len(readings) == 1 or (readings and settings.several != "ambiguous"):
            reading = readings[-1 if settings.several == "last" else 0]
            return Answer(str(reading), reading, kind)
        if readings:
            return None
    return None


def _readings(kind: Kind, scope: str, problem: Problem) -> list[Any]:
    return KINDS[kind].read(KINDS[kind].undress(scope), problem)


def _is_number(scope: str, problem: Problem) -> bool:
    """Say whether one number stands there, and no word beside it."""
    is_alone = not any(c.isalpha() for c in KINDS["number"].undress(scope))
    return is_alone and len(_readings("number", scope, problem)) == 1


def are_alike(problem: Problem, a: Answer, b: Answer, settings: VerifySettings) -> bool:
    """Say whether two answers are the same: in normal form, or by the verifier's comparison.

    The expressions of a family that judges itself are the same as written alone: what
    solves a puzzle is not known before it is judged.
    """
    if a.text == b.text:
        return True
    if own_check(problem) is not None or a.kind != b.kind:
        return False
    try:
        return KINDS[a.kind].equal(b.reading, a.reading, blind(problem), settings)
    except Undecided:
        return False


def merge(
    problem: Problem, answers: Sequence[Answer | None], settings: VerifySettings
) -> list[Answer | None]:
    """Return for each answer the first that is the same, None where there is none.

    What is written alike is compared once.
    """
    firsts: list[Answer] = []
    known: dict[str, Answer] = {}
    for answer in answers:
        if answer is None or answer.text in known:
            continue
        alike = (first for first in firsts if are_alike(problem, first, answer, settings))
        known[answer.text] = next(alike, answer)
        if known[answer.text] is answer:
            firsts.append(answer)
    return [answer and known[answer.text] for answer in answers]
