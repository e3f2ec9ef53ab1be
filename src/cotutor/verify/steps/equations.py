"""Every equation of a text, worked out with exact rationals.

    48/2 = 25            invalid: "48/2 = 25, which is 24"
    4 x $3 = $12         valid; units, currency, brackets, chains, words ("5 plus 3 is 8"),
                         percentages, LaTeX and calculator marks (`<<48/2=24>>`) are read
    3R = 105; R = 36     invalid: "R = 36, where 3R = 105 makes R 35"
    60 minutes = 1 hour  no arithmetic: not counted

A number that stands alone on a side is right within half a unit of its last
printed decimal. A letter keeps the value that it was given or that an equation
gives it, until it is let be something else; `n = n's value + 5` updates it.
`5 + 3 = 8 * 2 = 16` is read as it is meant: 5 + 3 = 8, 8 * 2 = 16.

Refuted is only what has no reading in which it is true. Where words say "is"
instead of a sign, one side must be a sum and the other a number.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

from cotutor.verify.steps.agreement import (
    Pair,
    is_arithmetic,
    is_label,
    is_multiple,
    is_refuted,
    is_true,
    shown,
    tolerance,
)
from cotutor.verify.steps.clauses import clauses
from cotutor.verify.steps.sides import Side, sides
from cotutor.verify.steps.signs import Sign, words
from cotutor.verify.steps.value import Unreadable, value

Found = Literal["valid", "invalid", "unreadable", "given"]

# A text with more equations than this is no reasoning.
MOST = 200

_FILLERS = words("$ a an the about only just total of exactly approximately around")
# Words that let a letter be something new: "let x be", "if x = 3", "x represents".
_LET = re.compile(
    r"""(?ai:\b(?:let|call|suppose|assume|denote|say|if|try|when)\b)
        [^.\n]{0,30}? (?<![\w'’])(?P<letter>[B-HJ-Zb-z])(?![\w'’])
      | (?<![\w'’])(?P<named>[B-HJ-Zb-z])\s(?=be\b|represent|stand|denote|is\sthe\b|=\s?the\b)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Equation:
    """Two sides that a text calls equal, and whether they are.

    `text[start:end]` is the equation. A letter that gets its value is `given`:
    there is nothing to check. `operands` are the numbers that are added, multiplied and
    so on, as printed; `results` the values that it comes to, those of parts included;
    `sides` those of its whole sides; where it is not true, of the one that is not worked out.
    """

    start: int
    end: int
    found: Found
    fault: str | None = None
    operands: tuple[Sign, ...] = ()
    results: tuple[Fraction, ...] = ()
    sides: tuple[Fraction, ...] = ()


class _Known(NamedTuple):
    """The value of a letter, and the equation that it was solved from (None: it was given)."""

    value: Fraction
    solved: str | None


def equations(text: str) -> list[Equation]:
    """Return the first `MOST` equations of a text in order; time is linear in the text."""
    pairs = [pair for clause in clauses(text) for pair in _pairs(clause)]
    pairs.sort(key=lambda pair: pair.relation.start)
    checker = _Checker(text)
    found = [checker.check(pair) for pair in pairs[:MOST]]
    return [equation for equation in found if equation]


def _pairs(clause: Sequence[Sign]) -> list[Pair]:
    """Return the neighbouring sides of a clause."""
    at = [place for place, sign in enumerate(clause) if sign.kind == "relation"][:MOST]
    edges = [-1, *at, len(clause)]
    regions = [clause[a + 1 : b] for a, b in pairwise(edges)]
    read = [sides(region) for region in regions]
    firsts = list(map(_first, regions, read))
    lasts = list(map(_last, regions, read))
    found = []
    for place, relation in enumerate(at):
        left, right = lasts[place], firsts[place + 1]
        if left and right:
            is_chained = place > 0 and left is firsts[place]
            goes_on = place + 1 < len(at) and right is lasts[place + 1]
            found.append(Pair(left, clause[relation], right, is_chained, goes_on))
    return found


def _last(region: Sequence[Sign], found: list[Side]) -> Side | None:
    if not found or found[-1].after != len(region) or _is_torn(region, found[-1]):
        return None
    return found[-1]


def _first(region: Sequence[Sign], found: list[Side]) -> Side | None:
    if not found or _is_torn(region, found[0]):
        return None
    return found[0] if all(x.text in _FILLERS for x in region[: found[0].first]) else None


def _is_torn(region: Sequence[Sign], side: Side) -> bool:
    """Say whether a letter is only what could be read of a sum: `1 + ... + k`."""
    around = (*region[max(side.first - 1, 0) : side.first], *region[side.after : side.after + 1])
    return side.letter is not None and any(sign.kind == "operator" for sign in around)


class _Checker:
    """Checks the equations of one text in order, and remembers what its letters are."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.length = len(text.rstrip())
        self.known: dict[str, _Known] = {}
        self.lets = [(let.start(), let["letter"] or let["named"]) for let in _LET.finditer(text)]
        self.lets.reverse()

    def check(self, pair: Pair) -> Equation | None:
        """Return what a pair of sides says, None where it is no equation."""
        while self.lets and self.lets[-1][0] < pair.relation.start:
            self.known.pop(self.lets.pop()[1], None)
        letters = pair.left.letters() | pair.right.letters()
        try:
            if not letters:
                return self._numbers(pair)
            is_said = pair.relation.text in ("is", "about")
            return None if is_said or is_label(pair) else self._letters(pair, letters)
        except Unreadable:
            return self._equation(pair, "unreadable")

    def _equation(self, pair: Pair, found: Found, fault: str | None = None) -> Equation:
        worked = pair.right if pair.left.number else pair.left
        operands = () if worked.letters() else tuple(worked.numbers())
        worths = list(self._worths(pair))
        is_sure = found in ("valid", "given")
        return Equation(
            start=pair.left.start, end=pair.right.end, found=found, fault=fault,
            operands=operands,
            results=(*(worth for _, worth in worths), *self._printed(pair, found)),
            sides=tuple(worth for side, worth in worths if is_sure or side is not worked),
        )  # fmt: skip

    def _worths(self, pair: Pair) -> Iterator[tuple[Side, Fraction]]:
        for side in (pair.left, pair.right):
            with suppress(Unreadable):
                yield side, value(side, self._values())

    @staticmethod
    def _printed(pair: Pair, found: Found) -> Iterator[Fraction]:
        if found == "valid" or pair.left.letters() or pair.right.letters():
            for number in (*pair.left.numbers(), *pair.right.numbers()):
                yield number.value or Fraction(0)

    def _values(self) -> dict[str, Fraction]:
        return {letter: known.value for letter, known in self.known.items()}

    def _said(self, pair: Pair) -> str:
        return " ".join(self.text[pair.left.start : pair.right.end].split())

    def _numbers(self, pair: Pair) -> Equation | None:
        if not is_arithmetic(pair):
            return None
        if is_true(pair, {}):
            return self._equation(pair, "valid")
        if not self._is_refuted(pair):
            return self._equation(pair, "unreadable")
        side = pair.left if pair.right.number else pair.right
        return self._equation(
            pair, "invalid", f"{self._said(pair)}, which is {shown(value(side, {}))}"
        )

    def _is_refuted(self, pair: Pair) -> bool:
        """Say whether a pair is false; a number that the text's end cuts off refutes nothing."""
        if not is_refuted(pair, self._values()):
            return False
        number = pair.right.number
        if number is None or pair.right.end < self.length:
            return True
        return not str(value(pair.left, self._values())).startswith(str(number.value))

    def _letters(self, pair: Pair, letters: set[str]) -> Equation:
        for name, side in ((pair.left.letter, pair.right), (pair.right.letter, pair.left)):
            if name in side.letters() or (name and not side.is_sure):
                return self._equation(pair, "unreadable")
            if name and side.letters() <= self.known.keys():
                return self._give(pair, name, side)
        unknown = letters - self.known.keys()
        if len(letters) == len(unknown) == 1 and is_multiple(pair, *letters):
            return self._like_terms(pair, *letters)
        if unknown:
            self._solve(pair, unknown)
            return self._equation(pair, "unreadable")
        if is_true(pair, self._values()):
            return self._equation(pair, "valid")
        found: Found = "invalid" if self._is_refuted(pair) else "unreadable"
        where = ", ".join(f"{x} is {shown(self.known[x].value)}" for x in sorted(letters))
        for letter in letters:
            del self.known[letter]
        self._solve(pair, letters)
        fault = f"{self._said(pair)}, where {where}" if found == "invalid" else None
        return self._equation(pair, found, fault)

    def _like_terms(self, pair: Pair, letter: str) -> Equation:
        """Compare multiples of one letter, or of a unit: x + 2x = 3x, 5m - 2m = 3m."""
        if is_true(pair, {letter: Fraction(1)}):
            return self._equation(pair, "valid")
        worth = shown(value(pair.left, {letter: Fraction(1)}))
        return self._equation(pair, "invalid", f"{self._said(pair)}, which is {worth}{letter}")

    def _give(self, pair: Pair, name: str, side: Side) -> Equation:
        """Give a letter its value, or compare it with the one that it has."""
        worth = value(side, self._values())
        before = self.known.get(name)
        self.known[name] = _Known(worth, None)
        is_or = self.text[max(pair.left.start - 4, 0) : pair.left.start].split()[-1:] == ["or"]
        if before is None or is_or:
            return self._equation(pair, "given")
        if abs(worth - before.value) <= tolerance(side.number, pair.relation):
            self.known[name] = before
            return self._equation(pair, "valid")
        if before.solved is None and side.number is None:
            return self._equation(pair, "given")
        solved = before.solved and f"{before.solved} makes {name} {shown(before.value)}"
        where = solved or f"{name} is {shown(before.value)}"
        return self._equation(pair, "invalid", f"{self._said(pair)}, where {where}")

    def _solve(self, pair: Pair, unknown: set[str]) -> None:
        """Learn the value of a letter from a linear equation in which it is the only unknown."""
        if len(unknown) != 1 or not (pair.left.is_sure and pair.right.is_sure):
            return
        (letter,) = unknown
        at = [
            value(pair.left, values) - value(pair.right, values)
            for values in (self._values() | {letter: Fraction(x)} for x in (0, 1, 2))
        ]
        slope = at[1] - at[0]
        if slope and at[2] - at[1] == slope:
            self.known[letter] = _Known(-at[0] / slope, self._said(pair))
