"""When two sides agree: in one of their readings, to the printed precision, in their units."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from cotutor.verify.steps.sides import Side
from cotutor.verify.steps.signs import Sign, words
from cotutor.verify.steps.value import DOUBLE, READINGS, value

# Words that make a number on the right something else: "5 + 3 is 2 more than 6".
_COMPARED = words("more less fewer greater larger smaller bigger times older younger of")
# Words that say that a number was rounded, or leave a rest.
_ROUNDED = words(
    "remainder remaining left leftover r full whole complete about rounded rounding"
    " approximately up down nearest"
)
# By how much two sides may differ where they are of different units, and these.
_CONVERSIONS = (
    (100, "$ cent cents dollar dollars ¢ c"),
    (100, "% percent percentage"),
    (100, "m cm meter meters centimeter centimeters"),
    (60, "second seconds sec minute minutes min mins hour hours hr hrs h"),
    (3600, "second seconds hour hours"),
    (24, "hour hours day days"),
    (7, "day days week weeks"),
    (52, "week weeks year years"),
    (12, "month months year years"),
    (12, "inch inches foot feet ft"),
    (12, "dozen dozens"),
    (3, "foot feet yard yards"),
    (16, "ounce ounces oz pound pounds lb lbs"),
    (1000, "g gram grams kg kilogram kilograms"),
    (1000, "ml milliliters l liter liters"),
    (1000, "m meter meters km kilometer kilometers"),
)
_CONVERTED = tuple((ratio, frozenset(words.split())) for ratio, words in _CONVERSIONS)


class Pair(NamedTuple):
    """Two neighbouring sides of a relation.

    `is_chained`: the left one is the right one of another relation; `goes_on`:
    the right one is the left one of another.
    """

    left: Side
    relation: Sign
    right: Side
    is_chained: bool
    goes_on: bool


def is_arithmetic(pair: Pair) -> bool:
    """Say whether a pair without letters says something about a sum."""
    left, relation, right = pair.left, pair.relation, pair.right
    if relation.text in "=≈":
        if left.number and right.number:
            return pair.is_chained and not left.words and not right.words
        return not is_label(pair)
    if left.number or not right.number or is_label(pair) or "and" in left.last_words:
        return False
    return _COMPARED.isdisjoint(right.last_words[:1])


def is_label(pair: Pair) -> bool:
    """Say whether the left side names what the right one works out: `5 friends = 10/2`."""
    left = pair.left
    if left.number:
        return bool(left.words) or (left.first > 0 and not pair.is_chained)
    right = pair.right.number
    is_more = right is None or right.value is None or (right.value >= 1 and not right.is_percent)
    return is_more and _is_part(left) and bool(left.words or (right and not pair.is_chained))


def _is_part(side: Side) -> bool:
    """Say whether a side is a proper fraction and nothing else: `1/4` of something."""
    if len(side.parts) != 2 or side.parts[1].operator != "|":
        return False
    return 0 < value(side, dict.fromkeys(side.letters(), Fraction(2))) < 1


def is_multiple(pair: Pair, letter: str) -> bool:
    """Say whether both sides are multiples of a letter, and one of them a sum or product."""
    both = (pair.left, pair.right)
    if not all(side.is_sure and letter in side.letters() for side in both):
        return False
    one, two = ({letter: Fraction(worth)} for worth in (1, 2))
    are_multiples = all(value(side, two) == 2 * value(side, one) != 0 for side in both)
    return are_multiples and any(part.operator != "&" for part in pair.left.parts[1:])


def is_true(pair: Pair, letters: Mapping[str, Fraction]) -> bool:
    """Say whether there is a reading in which a pair is true."""
    for reading in READINGS:
        left, right = value(pair.left, letters, reading), value(pair.right, letters, reading)
        difference, allowed = abs(left - right), _allowed(pair, abs(right))
        if difference <= allowed or (difference < 1 and _is_rounded(pair)):
            return True
        number = pair.right.number
        if number and (number.is_percent or number.scale):
            factor = Fraction(100 if number.is_percent else Fraction(10) ** -number.scale)
            if abs(left - right * factor) <= allowed * factor:
                return True
    return _is_run_on(pair, value(pair.left, letters))


def _allowed(pair: Pair, size: Fraction) -> Fraction:
    """Return by how much the sides may differ: printed precision, else that of long decimals."""
    number = pair.right.number or pair.left.number
    if number:
        return tolerance(number, pair.relation)
    is_decimal = any(leaf.decimals for side in (pair.left, pair.right) for leaf in side.numbers())
    return size / 200 if is_decimal else Fraction(0)


def tolerance(number: Sign | None, relation: Sign) -> Fraction:
    """Return half a unit of the last printed decimal; after `≈` a unit of the last digit.

    With decimals and 15 digits or more it is a double, and right as far as doubles are.
    """
    if number is None or number.decimals is None or number.value is None:
        return Fraction(0)
    unit = Fraction(10) ** -number.decimals
    if relation.text in ("≈", "about"):
        whole = number.value / unit
        while whole and whole % 10 == 0:
            whole, unit = whole / 10, unit * 10
    else:
        unit /= 2
    if number.decimals > 0 and abs(number.value) * 10**number.decimals >= 10**14:
        unit = max(unit, abs(number.value) * DOUBLE)
    return unit / 100 if number.is_percent else unit


def _is_rounded(pair: Pair) -> bool:
    return pair.right.number is not None and not _ROUNDED.isdisjoint(pair.right.last_words[:4])


def _is_run_on(pair: Pair, worth: Fraction) -> bool:
    """Say whether the right side begins with the result of the left one and goes on from it."""
    parts = pair.right.parts
    operators = [part.operator for part in parts[1:3]]
    if not operators or not (pair.goes_on or "of" in operators or pair.right.words):
        return False
    begun = [replace(pair.right, parts=parts[:end]) for end in range(1, len(operators) + 1)]
    first = parts[0].operand
    allowed = tolerance(first if isinstance(first, Sign) else None, pair.relation)
    return any(abs(worth - value(side, {})) <= allowed for side in begun)


def _units(side: Side) -> set[str]:
    """Return the words of a side, and the signs of money and percentages."""
    numbers = side.numbers()
    signs = {"$": any(n.is_money for n in numbers), "%": any(n.is_percent for n in numbers)}
    return {sign for sign, is_there in signs.items() if is_there} | side.words


def is_refuted(pair: Pair, letters: Mapping[str, Fraction]) -> bool:
    """Say whether a pair that is true in no reading is false, and not only unusual."""
    left, right = pair.left, pair.right
    if not (left.is_sure and right.is_sure):
        return False
    if pair.relation.text not in "=≈" and ("$" in _units(left)) != ("$" in _units(right)):
        return False
    if left.number and all(number.is_percent for number in right.numbers()):
        return False
    return not (_is_conversion(pair, letters) or _is_cut_off(pair, letters))


def _is_conversion(pair: Pair, letters: Mapping[str, Fraction]) -> bool:
    """Say whether the sides may differ by units: hours and minutes, dollars and cents."""
    a, b = value(pair.left, letters), value(pair.right, letters)
    said = _units(pair.left) | _units(pair.right)
    ratio = max(a / b, b / a) if a and b else None
    if any(ratio == factor and not units.isdisjoint(said) for factor, units in _CONVERTED):
        return True
    parts = (*pair.left.parts, *pair.right.parts)
    mixed = pair.left.words | set(pair.right.last_words[:1])
    return all(part.operator in "+-" for part in parts) and any(
        len({word.rstrip("s") for word in mixed & units}) > 1 for _, units in _CONVERTED[2:]
    )


def _is_cut_off(pair: Pair, letters: Mapping[str, Fraction]) -> bool:
    """Say whether a quotient was cut off where it would be rounded: 17/3 = 5."""
    number = pair.right.number
    if number is None or number.decimals is None or not _divides(pair.left):
        return False
    scale = Fraction(10) ** number.decimals * (100 if number.is_percent else 1)
    right = value(pair.right, letters) * scale
    exact = [value(pair.left, letters, reading) * scale for reading in READINGS]
    return any(left.denominator > 1 and int(left) == right for left in exact)


def _divides(side: Side) -> bool:
    return any(
        part.operator in ("/", "|") or isinstance(part.operand, tuple) for part in side.parts
    )


def shown(number: Fraction) -> str:
    """Return a number as people write it: at most four decimals, else as a fraction."""
    rounded = round(number, 4)
    if rounded != number:
        return f"{float(rounded):g}..." if abs(number) < 10**9 else "another number"
    text = f"{float(number):.4f}".rstrip("0").rstrip(".") if number.denominator > 1 else ""
    return text or str(number.numerator)
