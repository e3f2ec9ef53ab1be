"""The exact value of a side, by normal precedence, within caps; nothing is evaluated by Python.

A percentage is a share in a product (`20% of 50`) and may be three things in a
sum: a share (`1 - 20%`), a part of what stands before it (`$50 + 20%`) and a
number of percents (`100 - 20 = 80%`, `3/4 * 100%`). A product without a sign and
a slash without blanks may bind tighter (`6/2(3)`, `3 / 1/4`) or not. Each such
choice is a `Reading`.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, NamedTuple

from cotutor.verify.steps.sides import Part, Side
from cotutor.verify.steps.signs import Sign

# Powers beyond these, and results of more bits, are not worked out.
MAX_EXPONENT = 64
MAX_BITS = 2_000
# By how much of itself a double may differ from what it stands for.
DOUBLE = Fraction(1, 10**14)
# The largest denominator of a simple fraction.
SIMPLE = 1_000


class Unreadable(Exception):
    """A side without a value: an unknown letter, a division by zero, a number out of bounds."""


class Reading(NamedTuple):
    """How percentages in sums and products without a sign are taken."""

    percent: Literal["share", "part", "number"] = "share"
    tight: Literal["", "&", "|"] = ""


PLAIN = Reading()
READINGS = (
    PLAIN,
    Reading("part"),
    Reading("number"),
    Reading(tight="&"),
    Reading(tight="|"),
)


def value(side: Side, letters: Mapping[str, Fraction], reading: Reading = PLAIN) -> Fraction:
    """Return the value of a side, its letters having the values given.

    Raises:
        Unreadable: it has none.

    """
    total = Fraction(0)
    for term in _terms(side):
        worth = _product(term, letters, reading)
        lone = _lone_percent(term)
        if lone is not None and reading.percent == "number":
            worth = -lone if term[0].is_negative else lone
        if lone is not None and reading.percent == "part" and term[0] is not side.parts[0]:
            worth *= total
        total = _bounded(total - worth if term[0].operator == "-" else total + worth)
    return total


def _terms(side: Side) -> list[list[Part]]:
    terms: list[list[Part]] = []
    for part in side.parts:
        if part.operator in "+-":
            terms.append([part])
        else:
            terms[-1].append(part)
    return terms


def _lone_percent(term: list[Part]) -> Fraction | None:
    """Return the printed number of a term that is a percentage and nothing else."""
    operand = term[0].operand
    if len(term) == 1 and isinstance(operand, Sign) and operand.is_percent:
        return operand.value
    return None


def _product(term: list[Part], letters: Mapping[str, Fraction], reading: Reading) -> Fraction:
    factors = [(part.operator, _atom(part, letters, reading)) for part in term]
    factors = _powers(factors)
    if reading.tight:
        factors = _tight(factors, reading.tight)
    total = factors[0][1]
    for operator, factor in factors[1:]:
        total = _join(total, operator, factor)
    return total


def _powers(factors: list[tuple[str, Fraction]]) -> list[tuple[str, Fraction]]:
    """Work out the powers, from the right."""
    bound: list[tuple[str, Fraction]] = []
    for operator, factor in reversed(factors):
        if bound and bound[-1][0] == "^":
            factor = _power(factor, bound.pop()[1])
        bound.append((operator, factor))
    return bound[::-1]


def _tight(factors: list[tuple[str, Fraction]], tight: str) -> list[tuple[str, Fraction]]:
    """Work out the operators that bind tighter, from the left."""
    bound: list[tuple[str, Fraction]] = []
    for operator, factor in factors:
        if operator == tight:
            before, first = bound.pop()
            operator, factor = before, _join(first, operator, factor)
        bound.append((operator, factor))
    return bound


def _atom(part: Part, letters: Mapping[str, Fraction], reading: Reading) -> Fraction:
    operand = part.operand
    if isinstance(operand, Side):
        worth = value(operand, letters, reading)
    elif isinstance(operand, tuple):
        above, below = (value(side, letters, reading) for side in operand)
        worth = _join(above, "/", below)
    elif operand.kind == "letter":
        if operand.text not in letters:
            raise Unreadable(operand.text)
        worth = letters[operand.text]
    else:
        worth = operand.value or Fraction(0)
        is_whole = reading.percent == "number" and operand.value == 100
        worth = worth / 100 if operand.is_percent and not is_whole else worth
    return -worth if part.is_negative else worth


def _join(left: Fraction, operator: str, right: Fraction) -> Fraction:
    if operator not in ("/", "|"):
        return _bounded(left * right)
    if not right:
        raise Unreadable("division by zero")
    return _bounded(left / right)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    is_small = exponent.denominator == 1 and abs(exponent) <= MAX_EXPONENT
    if not is_small or (not base and exponent < 0) or _bits(base) > MAX_BITS // MAX_EXPONENT:
        raise Unreadable("a power out of bounds")
    return base ** int(exponent)


def _bounded(number: Fraction) -> Fraction:
    if _bits(number) > MAX_BITS:
        raise Unreadable("a number out of bounds")
    return number


def simplest(number: Fraction) -> Fraction:
    """Return the simple fraction that a double stands for, any other number as it is."""
    if number.denominator <= SIMPLE:
        return number
    simple = number.limit_denominator(SIMPLE)
    return simple if abs(simple - number) <= abs(number) * DOUBLE else number


def _bits(number: Fraction) -> int:
    return max(number.numerator.bit_length(), number.denominator.bit_length())
