"""Whether a reasoning comes to its answer, and to a problem's ground-truth steps.

A number is reached where it is a side of an equation, or is told and not from the question, or
told in the last step with a number; an operand of an equation is not told. A choice in words is
what the last step that names an option concludes, and a string stands in the last step: that
they are named somewhere says nothing, for a reasoning about options names them all.
"""

import re
from collections.abc import Sequence, Set
from fractions import Fraction

from cotutor.records import Choice, Problem
from cotutor.verify.steps.equations import Equation
from cotutor.verify.steps.grounding import stated
from cotutor.verify.steps.segment import Step, steps
from cotutor.verify.steps.sides import sides
from cotutor.verify.steps.signs import Sign, signs
from cotutor.verify.steps.value import Unreadable, simplest, value

_WORD = re.compile(r"\w+")
# The blank between two letters that stand alone.
_SPELT = re.compile(r"(?<=\b[^\W\d_])[ ](?=[^\W\d_]\b)")
# Where an answer may be a hundred times what was worked out, or a hundredth.
_HUNDREDS = re.compile(r"[%¢]|\b(?:per\s?cent(?:age)?|cents?|penn(?:y|ies)|dollars?)\b", re.I)
_MINUS = re.compile(r"(?<![\w)\]}])[-−–]\Z")


def is_supported(
    problem: Problem, parts: Sequence[Step], found: Sequence[Equation], answer: str | None
) -> bool | None:
    """Say whether the answer is what was reached; None where that cannot be told."""
    if problem.kind == "choice":
        said = next((one.text for one in problem.choices if one.label == answer), None)
        is_number = _are_numbers(problem.choices)
    else:
        said, is_number = answer, problem.kind == "number"
    if not said or problem.kind not in ("number", "choice", "string"):
        return None
    if is_number:
        return _is_worked_out(problem.question, parts, found, said)
    if problem.kind == "choice":
        return _is_concluded(problem.choices, parts, said)
    return _holds(parts[-1:], said)


def reached(problem: Problem, parts: Sequence[Step], found: Sequence[Equation]) -> int | None:
    """Return how many ground-truth steps are stated, None where the problem has none.

    A number is where it is a side of an equation, or stands in a step and not in the question;
    other text where it stands in a step.
    """
    if not problem.steps:
        return None
    results = _results(found)
    new = set().union(*_told(parts, ())) - stated(problem.question)
    worths = [(step, worth(step)) for step in problem.steps]
    return sum(
        _holds(parts, step) if size is None else size in results or size in new
        for step, size in worths
    )


def worth(text: str) -> Fraction | None:
    """Return the number that a text is, None where it is none."""
    read = sides(list(signs(text)))
    if len(read) != 1 or read[0].letters():
        return None
    try:
        return simplest(value(read[0], {}))
    except Unreadable:
        return None


def _are_numbers(choices: Sequence[Choice]) -> bool:
    """Say whether most options are numbers: the rest is "none of these"."""
    return sum(worth(one.text) is not None for one in choices) * 2 > len(choices)


def _is_worked_out(
    question: str, parts: Sequence[Step], found: Sequence[Equation], said: str
) -> bool | None:
    size = worth(said)
    if size is None:
        return None
    sizes = {size, size * 100} if "%" in said else {size}
    results = _results(found)
    if not sizes.isdisjoint(results):
        return True
    numbers = _told(parts, found)
    new = set().union(*numbers) - stated(question) | set().union(*numbers[-1:])
    reached = results | new
    if not reached or not sizes.isdisjoint(reached):
        return True if reached else None
    asked = steps(question)[-1:]
    if not any(_HUNDREDS.search(step.text) for step in (*asked, *parts[-1:])):
        return False
    return not reached.isdisjoint((size * 100, size / 100))


def _results(found: Sequence[Equation]) -> set[Fraction]:
    return {simplest(side) for equation in found for side in equation.sides}


def _told(parts: Sequence[Step], found: Sequence[Equation]) -> list[set[Fraction]]:
    """Return the numbers of each step with one; an operand of an equation is none."""
    operands = {sign.start for equation in found for sign in equation.operands}
    told = (_numbers(step, operands) for step in parts)
    return [numbers for numbers in told if numbers]


def _numbers(step: Step, operands: Set[int]) -> set[Fraction]:
    """Return the numbers of a step with their signs, a percentage as its share, too."""
    numbers: set[Fraction] = set()
    for sign in signs(step.text):
        if sign.value is not None and step.start + sign.start not in operands:
            size = -sign.value if _is_negative(step.text, sign) else sign.value
            numbers |= {simplest(size), simplest(size / 100 if sign.is_percent else size)}
    return numbers


def _is_negative(text: str, sign: Sign) -> bool:
    return (
        sign.kind == "number"
        and _MINUS.search(text, max(sign.start - 2, 0), sign.start) is not None
    )


def _is_concluded(choices: Sequence[Choice], parts: Sequence[Step], said: str) -> bool | None:
    """Say whether the last step that names an option names this one; None: it names several."""
    texts = [_folded(one.text) for one in choices]
    sought = _folded(said)
    if not sought or texts.count(sought) > 1:
        return None
    texts.sort(key=len, reverse=True)  # so that "I and II" does not name II
    for step in reversed(parts):
        named = _named(_folded(step.text), texts)
        if named:
            return sought in named if len(named) == 1 else None
    return False


def _named(text: str, options: Sequence[str]) -> set[str]:
    left = f" {text} "
    named: set[str] = set()
    for option in options:
        if option and f" {option} " in left:
            named.add(option)
            left = left.replace(f" {option} ", " | ")
    return named


def _holds(parts: Sequence[Step], said: str) -> bool:
    """Say whether a text stands in the steps, case and signs aside, or spelt letter by letter."""
    text = " ".join(_folded(step.text) for step in parts)
    sought = f" {_folded(said)} "
    return any(sought in f" {read} " for read in (text, _SPELT.sub("", text)))


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
