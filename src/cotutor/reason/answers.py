"""Answers read without the gold, by the verifier's own readers, and compared by it.

Strategies see the question alone: a problem is blinded before anything of it is read, so
that no vote and no score can lean on what the right answer is.
"""

from dataclasses import dataclass
from typing import Any

from cotutor.format import parse
from cotutor.problems.procedural import own_check
from cotutor.records import Problem, Trace
from cotutor.verify import KINDS, VerifySettings
from cotutor.verify.expression import Undecided
from cotutor.verify.scope import scopes


@dataclass(frozen=True)
class Answer:
    """An answer as read; `text` is the verifier's normal form."""

    text: str
    reading: Any


def blind(problem: Problem) -> Problem:
    """Return a problem without what solves it."""
    return problem.model_copy(update={"gold": "", "steps": (), "reasoning": None, "program": None})


def read_answer(problem: Problem, trace: Trace, settings: VerifySettings) -> Answer | None:
    """Return the answer of a trace, None where it gives none, or several that count as none."""
    if trace.error is not None:
        return None
    text = parse(trace).answer or ""
    own = own_check(problem)
    if own is not None:
        tree = own[0].read(text)
        return None if tree is None else Answer(own[0].write(tree), tree)
    kind, unseeing = KINDS[problem.kind], blind(problem)
    for scope in scopes(text):
        readings = kind.read(kind.undress(scope), unseeing)
        if len(readings) == 1 or (readings and settings.several != "ambiguous"):
            reading = readings[-1 if settings.several == "last" else 0]
            return Answer(str(reading), reading)
        if readings:
            return None
    return None


def are_alike(problem: Problem, a: Answer, b: Answer, settings: VerifySettings) -> bool:
    """Say whether two answers are the same: in normal form, or by the verifier's comparison.

    The expressions of a family that judges itself are the same as written alone: what
    solves a puzzle is not known before it is judged.
    """
    if a.text == b.text:
        return True
    if own_check(problem) is not None:
        return False
    try:
        return KINDS[problem.kind].equal(b.reading, a.reading, blind(problem), settings)
    except Undecided:
        return False
