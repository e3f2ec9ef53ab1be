"""Which numbers of a reasoning have a source, and which come out of the blue.

By the strict rule an operand has a source when it stands in the question, or is a side of an
earlier equation. By the lenient one it is grounded, too, when common knowledge (60 minutes,
7 days, 100 percent) or a share told in the question ("a third", 20 %) gives it, when it is an
operand of an earlier true equation, or when the text states it before, one exact operation
away from what was known there: "5 of 12 pens broke. That leaves 7."
"""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from cotutor.verify.steps.equations import Equation
from cotutor.verify.steps.signs import Sign, signs, word_value
from cotutor.verify.steps.value import simplest

# So many numbers are combined with others, and so many told ones looked for among them.
MOST = 64

# What needs no source: counting, halves, percents, times and days, dozens, feet, ounces.
_COMMON = {Fraction(1, 2), *map(Fraction, (0, 1, 2, 3, 4, 7, 10, 12, 16, 24, 30, 52, 60, 100))}
_COMMON |= {Fraction(365), Fraction(1000), Fraction(3600)}
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


def ungrounded(question: str, text: str, found: list[Equation]) -> int:
    """Return how many operands of the equations found in a text come out of the blue.

    At most `MOST` numbers are combined with each other; the time is linear in the text.
    """
    given = set(map(abs, stated(question)))
    missing = _missing(found, [], given)
    return missing and _missing(found, list(_told(text, found)), given)


def unsourced(question: str, found: list[Equation]) -> int:
    """Return how many operands stand neither in the question nor as a side of an earlier equation.

    A percentage stands for its share as well: 20 % is 20, and 0.2.
    """
    known = {form for sign in _read(question) if sign.value is not None for form in _forms(sign)}
    missing = 0
    for equation, new in _with_new_operands(found):
        missing += sum(known.isdisjoint(_forms(sign)) for sign in new)
        known.update(map(_size, equation.sides))
    return missing


def stated(question: str) -> set[Fraction]:
    """Return the numbers that a question gives, and what is left or more by a share."""
    numbers = {Fraction(0)}
    shares: set[Fraction] = set()
    listed = _read(question)
    ahead = [*listed, _END, _END]
    for sign, slash, below in zip(listed, ahead[1:], ahead[2:], strict=False):
        if sign.value is None:
            numbers.update(map(Fraction, _DIGITS.findall(sign.text)))
        else:
            numbers.update((sign.value, _worth(sign)))
            if sign.is_percent:
                shares.add(sign.value / 100)
            elif slash.text == "/" and below.value:
                shares.add(sign.value / below.value)
        for word in _WORD.findall(sign.text.lower()):
            number = _MANY.get(word) or word_value(word)
            if number:
                numbers.add(Fraction(number))
                shares.add(1 / Fraction(number))
    shares |= {number for number in numbers if number.denominator > 1}
    numbers |= {Fraction(part) for share in shares for part in share.as_integer_ratio()}
    return numbers | shares | {1 - share for share in shares} | {1 + share for share in shares}


@lru_cache(maxsize=256)
def _read(question: str) -> tuple[Sign, ...]:
    return tuple(signs(question))


def _size(number: Fraction) -> Fraction:
    return simplest(abs(number))


def _worth(sign: Sign) -> Fraction:
    return _size(sign.value or Fraction(0))


def _forms(sign: Sign) -> tuple[Fraction, ...]:
    worth = _worth(sign)
    return (worth, worth / 100) if sign.is_percent else (worth,)


def _with_new_operands(found: list[Equation]) -> Iterator[tuple[Equation, list[Sign]]]:
    """Yield the equations, each with the operands that stand in none before it."""
    seen: set[int] = set()
    for equation in found:
        new = [sign for sign in equation.operands if sign.start not in seen]
        seen.update(sign.start for sign in new)
        yield equation, new


def _missing(found: list[Equation], told: list[Sign], given: set[Fraction]) -> int:
    """Count the operands without a source; `told` are the numbers outside of equations."""
    known = _Known(given)
    missing = 0
    rest = iter([*told, None])
    upcoming = next(rest)
    for equation, new in _with_new_operands(found):
        while upcoming and upcoming.start < equation.start:
            known.hear(upcoming)
            upcoming = next(rest)
        missing += sum(not known.has(sign) for sign in new)
        known.learn(map(abs, equation.results))
    return missing


def _told(text: str, found: list[Equation]) -> Iterator[Sign]:
    """Yield the numbers of a text that stand in no equation, each once."""
    spans = sorted((equation.start, equation.end) for equation in found)
    spans.reverse()
    heard: set[Fraction] = set()
    for sign in signs(text):
        while spans and spans[-1][1] <= sign.start:
            spans.pop()
        is_outside = not spans or sign.start < spans[-1][0]
        if sign.value is not None and is_outside and sign.value not in heard:
            heard.add(sign.value)
            yield sign


class _Known:
    """The numbers known at a place in a text; those of common knowledge only multiply others."""

    def __init__(self, given: set[Fraction]) -> None:
        self.numbers = _COMMON | given
        self.combined = set(islice(given - {0}, MOST))
        self.looked = 0

    def learn(self, numbers: Iterable[Fraction]) -> None:
        """Add numbers that were worked out."""
        for number in numbers:
            self.numbers.add(number)
            if number and len(self.combined) < MOST:
                self.combined.add(number)

    def has(self, sign: Sign) -> bool:
        """Say whether a printed number is one of them, as a percentage or in millions, too."""
        worth = _worth(sign)
        scaled = worth / Fraction(10) ** sign.scale
        return not self.numbers.isdisjoint((worth, scaled, worth * 100, worth / 100))

    def hear(self, sign: Sign) -> None:
        """Add a number that the text states, where it follows from those known."""
        worth = _worth(sign)
        if self.has(sign):
            self.learn((worth,))
        elif self.looked < MOST:
            self.looked += 1
            if self._follows(worth):
                self.learn((worth,))

    def _follows(self, worth: Fraction) -> bool:
        """Say whether a number is the sum, difference, product or quotient of two known ones."""
        others, factors = self.combined, self.combined | _COMMON
        return any(
            abs(worth - one) in others
            or worth + one in others
            or worth / one in factors
            or one / worth in factors
            or worth * one in others
            for one in others
        )
