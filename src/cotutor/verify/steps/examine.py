"""The step checker: what is true, false and out of the blue in a reasoning.

A procedural problem's program settles what its steps say (`by="program"`);
any other reasoning is checked by its equations (`by="equations"`). Operands are
grounded when the question, an earlier result or common knowledge (60 minutes,
7 days, 100 percent) gives them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from fractions import Fraction

from pydantic import ValidationError

from cotutor.errors import DataError
from cotutor.problems.family import Claim
from cotutor.problems.procedural import FAMILIES
from cotutor.records import Findings, Problem
from cotutor.verify.steps.equations import Equation, equations
from cotutor.verify.steps.segment import Step, steps
from cotutor.verify.steps.sides import sides
from cotutor.verify.steps.signs import Sign, signs, word_value
from cotutor.verify.steps.value import Unreadable, value

# A longer reasoning is examined up to here, so that none takes long.
LONGEST = 8_000

# What needs no source: counting, halves, percents, times and days, dozens, feet, ounces.
_COMMON = {Fraction(1, 2), *map(Fraction, (0, 1, 2, 3, 4, 7, 10, 12, 16, 24, 30, 52, 60, 100))}
_COMMON |= {Fraction(365), Fraction(1000)}
_MANY = {
    "half": 2, "twice": 2, "double": 2, "doubles": 2, "doubled": 2, "couple": 2, "pair": 2,
    "pairs": 2, "both": 2, "third": 3, "thirds": 3, "triple": 3, "triples": 3, "thrice": 3,
    "tripled": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fourths": 4, "quadruple": 4,
    "fifth": 5, "fifths": 5, "nickel": 5, "nickels": 5, "sixth": 6, "week": 7, "weeks": 7,
    "weekly": 7, "eighth": 8, "tenth": 10, "dime": 10, "dimes": 10, "dozen": 12, "dozens": 12,
    "score": 20, "decade": 10, "century": 100, "hundred": 100, "thousand": 1000,
}  # fmt: skip
_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"[0-9]{1,40}")
_END = Sign("break", 0, 0)


def examine(problem: Problem, reasoning: str, answer: str | None) -> Findings | None:
    """Return what the steps of a reasoning say that is right, wrong or unsupported.

    `answer` is the verdict's reading of the answer. A reasoning of more than
    `LONGEST` characters is examined up to there. None: there is no reasoning.
    """
    text = reasoning[:LONGEST]
    parts = steps(text)
    if not parts:
        return None
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
    faults = [(claim.at, f"{claim.said}, which is {claim.true}") for claim in wrong]
    faults += [(equation.end - 1, equation.fault or "") for equation in invalid]
    at, fault = min(faults, default=(None, None), key=lambda fault: fault[0] or 0)
    counted = claims is not None
    operands, ungrounded = _grounding(problem, found)
    return Findings(
        by="program" if counted else "equations",
        steps=len(parts),
        valid=len(claims or ()) - len(wrong) if counted else _count(found, "valid"),
        invalid=len(wrong) + len(invalid),
        unreadable=_count(found, "unreadable"),
        operands=operands,
        ungrounded=ungrounded,
        is_supported=_is_supported(problem, parts, found, answer),
        reached=_reached(problem, claims, found, parts),
        first_bad=None if at is None else _step_at(parts, at),
        fault=fault,
    )


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


def _grounding(problem: Problem, found: list[Equation]) -> tuple[int, int]:
    """Return how many operands there are, and how many come out of the blue."""
    known = _COMMON | set(map(abs, _stated(problem.question)))
    seen: set[int] = set()
    ungrounded = 0
    for equation in found:
        new = [sign for sign in equation.operands if sign.start not in seen]
        seen.update(sign.start for sign in new)
        ungrounded += sum(not _is_known(sign, known) for sign in new)
        known = known.union(map(abs, equation.results))
    return len(seen), ungrounded


def _is_known(sign: Sign, known: AbstractSet[Fraction]) -> bool:
    worth = abs(sign.value or Fraction(0))
    scaled = worth / Fraction(10) ** sign.scale
    return not known.isdisjoint((worth, scaled, worth * 100, worth / 100))


def _stated(question: str) -> set[Fraction]:
    """Return the numbers that a question gives, and what is left or more by a share."""
    stated: set[Fraction] = set()
    shares: set[Fraction] = set()
    listed = list(signs(question))
    ahead = [*listed, _END, _END]
    for sign, slash, below in zip(listed, ahead[1:], ahead[2:], strict=False):
        if sign.value is None:
            stated.update(map(Fraction, _DIGITS.findall(sign.text)))
        elif sign.is_percent:
            shares.add(sign.value / 100)
        elif slash.text == "/" and below.value:
            shares.add(sign.value / below.value)
        stated.add(sign.value or Fraction(0))
        for word in _WORD.findall(sign.text.lower()):
            number = _MANY.get(word) or word_value(word) or 0
            stated.add(Fraction(number))
            shares.update({1 / Fraction(number)} if number else ())
    shares |= {number for number in stated if number.denominator > 1}
    stated |= {Fraction(part) for share in shares for part in share.as_integer_ratio()}
    return stated | shares | {1 - share for share in shares} | {1 + share for share in shares}


def _worth(text: str) -> Fraction | None:
    """Return the number that a text is, None where it is none."""
    read = sides(list(signs(text)))
    if len(read) != 1 or read[0].letters():
        return None
    try:
        return value(read[0], {})
    except Unreadable:
        return None


def _numbers(text: str) -> set[Fraction]:
    return {sign.value for sign in signs(text) if sign.value is not None}


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
    results = {abs(result) for equation in found for result in equation.results}
    if not sizes.isdisjoint(results):
        return True
    numbers = [numbers for step in parts if (numbers := _numbers(step.text))]
    stated = set().union(*numbers) - _stated(problem.question) | set().union(*numbers[-1:])
    return not sizes.isdisjoint(map(abs, stated)) if results or stated else None


def _holds(parts: list[Step], said: str) -> bool:
    """Say whether a text stands in the steps, case and signs aside."""
    text = " ".join(" ".join(_WORD.findall(step.text.casefold())) for step in parts)
    return f" {' '.join(_WORD.findall(said.casefold()))} " in f" {text} "


def _reached(
    problem: Problem, claims: list[Claim] | None, found: list[Equation], parts: list[Step]
) -> int | None:
    """Return how many of the ground-truth steps are stated."""
    if claims is not None:
        return len({c.result for c in claims if c.result is not None and c.said == c.true})
    if not problem.steps:
        return None
    results = {result for equation in found for result in equation.results}
    return sum(_worth(step) in results or _holds(parts, step) for step in problem.steps)
