"""What a reasoning about four numbers claims: results, the numbers left, and dead ends."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from cotutor.problems.claims.reading import NOTHING, read, rules
from cotutor.problems.family import Claim
from cotutor.problems.number_puzzle import apply, is_solvable, leaves, value
from cotutor.problems.number_puzzle import read as expression

if TYPE_CHECKING:
    from cotutor.problems.game_of_24 import GameOf24

_TARGET = 24
_STEPS = 3
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-"}


class _Reader:
    """`left` are the numbers left, as the text has it; `made` counts the steps towards 24."""

    def __init__(self, program: "GameOf24") -> None:
        self.given = sorted(map(Fraction, program.numbers))
        self.left = list(self.given)
        self.made = 0

    def step(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read two of the numbers left, what they make, what is left then and if it is lost."""
        before = list(self.left)
        operands = [_number(match["a"]), _number(match["b"])]
        if None in operands:
            return
        a, b = (number or Fraction(0) for number in operands)
        for group, number in (("a", a), ("b", b)):
            if number in self.left:
                self.left.remove(number)
            else:
                yield Claim(match.start(group), str(number), _told(self.left) or NOTHING)
        said = _number(match["c"])
        true = apply(a, _SIGNS.get(match["sign"], match["sign"]), b)
        is_lost = match["dead"] is not None
        yield self._result(match, "c", true, is_lost=is_lost)
        self.left.append(said if said is not None else true or Fraction(0))
        if match["left"]:
            numbers = sorted(n for n in map(_number, match["left"].split()) if n is not None)
            yield Claim(match.start("left"), _told(numbers), _told(sorted(self.left)))
        if is_lost:
            is_solvable_now = is_solvable(self.left, _TARGET)
            yield Claim(match.start("dead"), "no way", "a way" if is_solvable_now else "no way")
            self.left = before

    def whole(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read an expression of given numbers, and what it is said to be worth."""
        tree = expression(match["expression"])
        if tree is None:
            return
        numbers = sorted(leaves(tree))
        if any(numbers.count(n) > self.given.count(n) for n in numbers):
            yield Claim(match.start("expression"), _told(numbers), _told(self.given))
        yield self._result(match, "c", value(tree), is_lost=match["lead"] is not None)

    def _result(
        self, match: re.Match[str], group: str, true: Fraction | None, *, is_lost: bool
    ) -> Claim:
        """Return the claim of a result; what leads nowhere or only sums up is no step."""
        said = _number(match[group])
        place = None if is_lost or self.made >= _STEPS else self.made
        self.made += place is not None
        is_right = said is not None and said == true
        truth = "no number" if true is None else str(true)
        return Claim(match.start(group), truth if is_right else match[group], truth, place)


def _number(text: str) -> Fraction | None:
    whole, _, below = text.strip("()").partition("/")
    return Fraction(int(whole), int(below or 1)) if not below or int(below) else None


def _told(numbers: list[Fraction]) -> str:
    return " ".join(map(str, numbers))


_NUMBER = "[0-9]{1,9}(?:/[0-9]{1,9})?"
_OPERAND = rf"(?:{_NUMBER}|\({_NUMBER}\))"
_RULES = rules(
    (
        rf"(?:Try |First |Take )?(?P<a>{_OPERAND}) (?P<sign>[-+*/×·÷−]) (?P<b>{_OPERAND})"
        rf" = (?P<c>{_NUMBER})(?:(?: \(left:|, left:| ->) (?P<left>{_NUMBER}(?: {_NUMBER})*)\)?)?"
        r"(?P<dead>: (?:no 24 from these|a dead end))?",
        _Reader.step,
    ),
    (
        r"(?P<lead>So |That is |Together: )?(?:First |Take )?"
        rf"(?P<expression>[0-9(][0-9 ()+*/×·÷−-]{{0,150}}) = (?P<c>{_NUMBER})",
        _Reader.whole,
    ),
)


def claims(program: "GameOf24", text: str) -> Iterator[Claim]:
    """Yield what the text claims."""
    return read(_Reader(program), _RULES, text)
