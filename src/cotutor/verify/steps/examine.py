"""The step checker: what is true, false and out of the blue in a reasoning.

A procedural problem's program settles what its steps say (`by="program"`);
any other reasoning is checked by its equations (`by="equations"`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import ValidationError

from cotutor.errors import DataError
from cotutor.problems.family import Claim
from cotutor.problems.procedural import FAMILIES
from cotutor.records import Findings, Problem
from cotutor.verify.steps.equations import Equation, equations
from cotutor.verify.steps.grounding import ungrounded, unsourced
from cotutor.verify.steps.segment import steps
from cotutor.verify.steps.support import is_supported, reached

# A longer reasoning is examined up to here, so that none takes long.
LONGEST = 8_000


class _Read(NamedTuple):
    """What a text states: its equations, what its program settles, and which of each is untrue.

    `true` are the offsets of the true statements: of claims where there is a program.
    """

    found: list[Equation]
    claims: list[Claim] | None
    true: list[int]
    wrong: list[Claim]
    invalid: list[Equation]


def examine(problem: Problem, reasoning: str, answer: str | None) -> Findings | None:
    """Return what the steps of a reasoning say that is right, wrong or unsupported.

    `answer` is the verdict's reading of the answer. A reasoning of more than
    `LONGEST` characters is examined up to there. None: there is no reasoning.
    """
    text = reasoning[:LONGEST]
    parts = steps(text)
    if not parts:
        return None
    found, claims, true, wrong, invalid = _read(problem, text)
    faults = [(claim.at, f"{claim.said}, which is {claim.true}") for claim in wrong]
    faults += [(equation.end - 1, equation.fault or "") for equation in invalid]
    at, fault = min(faults, default=(None, None), key=lambda fault: fault[0] or 0)
    starts = [part.start for part in parts]
    checked = {_step_at(starts, place) for place in (*true, *(place for place, _ in faults))}
    return Findings(
        by="equations" if claims is None else "program",
        steps=len(parts),
        checked=len(checked),
        valid=len(true),
        invalid=len(faults),
        unreadable=sum(equation.found == "unreadable" for equation in found),
        operands=len({sign.start for equation in found for sign in equation.operands}),
        ungrounded=ungrounded(problem.question, text, found),
        unsourced=unsourced(problem.question, found),
        is_supported=is_supported(problem, parts, found, answer),
        reached=reached(problem, parts, found) if claims is None else _settled(claims),
        first_bad=None if at is None else _step_at(starts, at),
        fault=fault,
    )


def untrue(problem: Problem, reasoning: str) -> int:
    """Return how many statements of a reasoning are untrue: what `examine` finds `invalid`."""
    read = _read(problem, reasoning[:LONGEST])
    return len(read.wrong) + len(read.invalid)


def _read(problem: Problem, text: str) -> _Read:
    is_number = problem.kind in ("number", "choice")
    found = list(_distinct(equations(text))) if is_number or problem.program is None else []
    claims = _claims(problem, text)
    if claims is None:
        true = [equation.end - 1 for equation in found if equation.found == "valid"]
    else:
        true = [claim.at for claim in claims if claim.said == claim.true]
    wrong = [claim for claim in claims or () if claim.said != claim.true]
    invalid = [
        equation
        for equation in found
        if equation.found == "invalid"
        and not any(equation.start <= claim.at < equation.end for claim in wrong)
    ]
    return _Read(found, claims, true, wrong, invalid)


def _distinct(found: Iterable[Equation]) -> Iterator[Equation]:
    """Leave out the calculator marks that say again what the equation around them says."""
    end = -1
    for equation in found:
        if equation.end > end or equation.found != "valid":
            yield equation
        if equation.found == "valid":
            end = max(end, equation.end)


def _step_at(starts: list[int], at: int) -> int:
    return max(bisect_right(starts, at) - 1, 0)


def _claims(problem: Problem, text: str) -> list[Claim] | None:
    """Return what the problem's program settles, None where it has none."""
    family = FAMILIES.get(problem.task)
    if family is None or problem.program is None:
        return None
    try:
        program = family.program.model_validate(problem.program)
    except ValidationError as error:
        message = f"problem {problem.id}: its program is none of {problem.task}"
        raise DataError(message) from error
    return list(family.claims(program, text))


def _settled(claims: Iterable[Claim]) -> int:
    """Return how many results of the program are claimed as they are."""
    return len({c.result for c in claims if c.result is not None and c.said == c.true})
