"""The step checker: what is true, false and out of the blue in a reasoning.

A procedural problem's program settles what its steps say (`by="program"`);
any other reasoning is checked by its equations (`by="equations"`).
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from pydantic import ValidationError

from cotutor.errors import DataError
from cotutor.problems.family import Claim
from cotutor.problems.procedural import FAMILIES
from cotutor.records import Findings, Problem
from cotutor.verify.steps.equations import Equation, equations
from cotutor.verify.steps.grounding import stated, ungrounded
from cotutor.verify.steps.segment import Step, steps
from cotutor.verify.steps.sides import sides
from cotutor.verify.steps.signs import signs
from cotutor.verify.steps.value import Unreadable, simplest, value

# A longer reasoning is examined up to here, so that none takes long.
LONGEST = 8_000

_WORD = re.compile(r"\w+")
# The blank between two letters that stand alone.
_SPELT = re.compile(r"(?<=\b[^\W\d_])[ ](?=[^\W\d_]\b)")


class _Read(NamedTuple):
    """What a text states: its equations, what its program settles, and which of each is untrue."""

    found: list[Equation]
    claims: list[Claim] | None
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
    found, claims, wrong, invalid = _read(problem, text)
    faults = [(claim.at, f"{claim.said}, which is {claim.true}") for claim in wrong]
    faults += [(equation.end - 1, equation.fault or "") for equation in invalid]
    at, fault = min(faults, default=(None, None), key=lambda fault: fault[0] or 0)
    counted = claims is not None
    return Findings(
        by="program" if counted else "equations",
        steps=len(parts),
        valid=len(claims or ()) - len(wrong) if counted else _count(found, "valid"),
        invalid=len(wrong) + len(invalid),
        unreadable=_count(found, "unreadable"),
        operands=len({sign.start for equation in found for sign in equation.operands}),
        ungrounded=ungrounded(problem.question, text, found),
        is_supported=_is_supported(problem, parts, found, answer),
        reached=_reached(problem, claims, found, parts),
        first_bad=None if at is None else _step_at(parts, at),
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
    wrong = [claim for claim in claims or () if claim.said != claim.true]
    invalid = [
        equation
        for equation in found
        if equation.found == "invalid"
        and not any(equation.start <= claim.at < equation.end for claim in wrong)
    ]
    return _Read(found, claims, wrong, invalid)


def _distinct(found: Iterable[Equation]) -> Iterator[Equation]:
    """Leave out the calculator marks that say again what the equation around them says."""
    end = -1
    for equation in found:
        if equation.end > end or equation.found != "valid":
            yield equation
        if equation.found == "valid":
            end = max(end, equation.end)


def _count(found: Iterable[Equation], kind: str) -> int:
    return sum(equation.found == kind for equation in found)


def _step_at(parts: list[Step], at: int) -> int:
    return max(bisect_right([step.start for step in parts], at) - 1, 0)


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


def _worth(text: str) -> Fraction | None:
    """Return the number that a text is, None where it is none."""
    read = sides(list(signs(text)))
    if len(read) != 1 or read[0].letters():
        return None
    try:
        return simplest(value(read[0], {}))
    except Unreadable:
        return None


def _numbers(text: str) -> set[Fraction]:
    return {simplest(sign.value) for sign in signs(text) if sign.value is not None}


def _is_supported(
    problem: Problem, parts: list[Step], found: list[Equation], answer: str | None
) -> bool | None:
    """Say whether the answer was reached.

    A number was where it is the result of an equation, stands in the last step
    with a number, or is stated and not from the question.
    """
    said = answer
    if problem.kind == "choice":
        said = next((choice.text for choice in problem.choices if choice.label == answer), None)
    if not said or problem.kind not in ("number", "choice", "string"):
        return None
    worth = None if problem.kind == "string" else _worth(said)
    if worth is None:
        return None if problem.kind == "number" else _holds(parts, said)
    sizes = {abs(number) for number in (worth, worth * 100, worth / 100)}
    results = {abs(simplest(result)) for equation in found for result in equation.results}
    if not sizes.isdisjoint(results):
        return True
    numbers = [numbers for step in parts if (numbers := _numbers(step.text))]
    new = set().union(*numbers) - stated(problem.question) | set().union(*numbers[-1:])
    return not sizes.isdisjoint(map(abs, new)) if results or new else None


def _holds(parts: list[Step], said: str) -> bool:
    """Say whether a text stands in the steps, case and signs aside, or spelt letter by letter."""
    text = " ".join(" ".join(_WORD.findall(step.text.casefold())) for step in parts)
    sought = f" {' '.join(_WORD.findall(said.casefold()))} "
    return any(sought in f" {read} " for read in (text, _SPELT.sub("", text)))


def _reached(
    problem: Problem, claims: list[Claim] | None, found: list[Equation], parts: list[Step]
) -> int | None:
    """Return how many of the ground-truth steps are stated."""
    if claims is not None:
        return len({c.result for c in claims if c.result is not None and c.said == c.true})
    if not problem.steps:
        return None
    results = {simplest(result) for equation in found for result in equation.results}
    return sum(_worth(step) in results or _holds(parts, step) for step in problem.steps)
