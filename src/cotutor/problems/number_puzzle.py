"""Expressions over given numbers: read from a text, worked out exactly, and found.

A tree is a number, or two trees and the sign between them. Texts are data: a text is read
by an operator stack under caps (`LONGEST` characters, `MOST` numbers, `DEEPEST` brackets)
and never evaluated. Only whole numbers, + - * / (also × · ÷ −) and round brackets are read:
no sign before a number, no decimals, no product without its sign.
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple, Union

LONGEST = 200
MOST = 8
DEEPEST = 8

Tree = Union[Fraction, "Join"]

_TOKEN = re.compile(r"\s*+(?:(?P<number>[0-9]++)|(?P<sign>[-+*/()×·÷−]))")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}")
_PLAIN = {"×": "*", "·": "*", "÷": "/", "−": "-"}
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2}


class Join(NamedTuple):
    """Two trees with `+`, `-`, `*` or `/` between them."""

    left: Tree
    sign: str
    right: Tree


class _Unreadable(Exception):
    """A text is no expression, or one beyond the caps."""


def read(text: str) -> Tree | None:
    """Return the expression that the whole text is, None where it is none."""
    if len(text) > LONGEST:
        return None
    try:
        return _Stack().read(text.strip())
    except _Unreadable:
        return None


class _Stack:
    """Reads one expression from left to right; nothing here calls itself."""

    def __init__(self) -> None:
        self.trees: list[Tree] = []
        self.signs: list[str] = []
        self.numbers = 0
        self.wants_operand = True

    def read(self, text: str) -> Tree:
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                raise _Unreadable
            at = token.end()
            if token["number"]:
                self._number(token["number"])
            else:
                self._sign(_PLAIN.get(token["sign"], token["sign"]))
        while self.signs:
            self._join()
        if self.wants_operand:
            raise _Unreadable
        return self.trees[0]

    def _number(self, text: str) -> None:
        self.numbers += 1
        is_readable = self.wants_operand and self.numbers <= MOST and _NUMBER.fullmatch(text)
        if not is_readable:
            raise _Unreadable
        self.trees.append(Fraction(int(text)))
        self.wants_operand = False

    def _sign(self, sign: str) -> None:
        if self.wants_operand != (sign == "("):
            raise _Unreadable
        if sign == "(":
            self.signs.append(sign)
            if self.signs.count("(") > DEEPEST:
                raise _Unreadable
        elif sign == ")":
            while self.signs and self.signs[-1] != "(":
                self._join()
            if not self.signs:
                raise _Unreadable
            self.signs.pop()
        else:
            while self.signs and _BINDING.get(self.signs[-1], 0) >= _BINDING[sign]:
                self._join()
            self.signs.append(sign)
            self.wants_operand = True

    def _join(self) -> None:
        sign = self.signs.pop()
        if sign == "(" or self.wants_operand:
            raise _Unreadable
        right, left = self.trees.pop(), self.trees.pop()
        self.trees.append(Join(left, sign, right))


def apply(left: Fraction, sign: str, right: Fraction) -> Fraction | None:
    """Return the value of two numbers with a sign between them; None: a division by zero."""
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    return left / right if right else None


def value(tree: Tree) -> Fraction | None:
    """Return the exact value of a tree; None where it divides by zero."""
    if isinstance(tree, Fraction):
        return tree
    left, right = value(tree.left), value(tree.right)
    return None if left is None or right is None else apply(left, tree.sign, right)


def leaves(tree: Tree) -> list[Fraction]:
    """Return the numbers in a tree, from left to right."""
    if isinstance(tree, Fraction):
        return [tree]
    return leaves(tree.left) + leaves(tree.right)


def write(tree: Tree) -> str:
    """Return a tree as text without idle brackets: `1 + (2 + 3)` is written `1 + 2 + 3`."""
    if isinstance(tree, Fraction):
        return str(tree)
    binding = _BINDING[tree.sign]
    left, right = write(tree.left), write(tree.right)
    if isinstance(tree.left, Join) and _BINDING[tree.left.sign] < binding:
        left = f"({left})"
    if isinstance(tree.right, Join) and _BINDING[tree.right.sign] < binding + (tree.sign in "-/"):
        right = f"({right})"
    return f"{left} {tree.sign} {right}"


@lru_cache(maxsize=4096)
def trees(numbers: tuple[Fraction, ...]) -> dict[Fraction, list[Tree]]:
    """Return the trees that use each of the sorted numbers once, by their values.

    No part of a tree is below zero; whatever can be made at all can be made so.
    """
    if len(numbers) == 1:
        return {numbers[0]: [numbers[0]]}
    found: dict[Fraction, list[Tree]] = {}
    for some, others in _splits(numbers):
        for a, lefts in trees(some).items():
            for b, rights in trees(others).items():
                for worth, tree in _joined(a, lefts, b, rights):
                    found.setdefault(worth, []).append(tree)
    return found


def solutions(numbers: Sequence[Fraction | int], target: int) -> list[Tree]:
    """Return the different trees of a value that use each number once."""
    return _solutions(tuple(sorted(map(Fraction, numbers))), Fraction(target))


@lru_cache(maxsize=4096)
def _solutions(numbers: tuple[Fraction, ...], target: Fraction) -> list[Tree]:
    if len(numbers) == 1:
        return [numbers[0]] if numbers[0] == target else []
    found: dict[str, Tree] = {}
    for a, lefts, b, rights in _pairs(numbers, target):
        for worth, tree in _joined(a, lefts, b, rights):
            if worth == target:
                found.setdefault(write(tree), tree)
    return list(found.values())


def is_solvable(numbers: Sequence[Fraction | int], target: int) -> bool:
    """Say whether numbers, each used once, can make the target."""
    given = tuple(sorted(map(Fraction, numbers)))
    if len(given) == 1:
        return given[0] == target
    return next(_pairs(given, Fraction(target)), None) is not None


def _pairs(
    numbers: tuple[Fraction, ...], target: Fraction
) -> Iterator[tuple[Fraction, list[Tree], Fraction, list[Tree]]]:
    """Yield the values, with their trees, of two parts that make the target together."""
    for some, others in _splits(numbers):
        known = trees(others)
        for a, lefts in trees(some).items():
            for b in sorted(partners(a, target) & known.keys()):
                yield a, lefts, b, known[b]


def partners(number: Fraction, target: Fraction) -> set[Fraction]:
    """Return the numbers, none below zero, that make a target above zero with a number."""
    made = {abs(target - number), target + number}
    if number:
        made |= {target * number, target / number, number / target}
    return made


def _splits(
    numbers: tuple[Fraction, ...],
) -> Iterator[tuple[tuple[Fraction, ...], tuple[Fraction, ...]]]:
    """Yield the ways of dividing sorted numbers in two, each once."""
    first, rest = numbers[0], numbers[1:]
    seen = set()
    for size in range(len(rest)):
        for chosen in combinations(range(len(rest)), size):
            some = (first, *(rest[at] for at in chosen))
            others = tuple(n for at, n in enumerate(rest) if at not in chosen)
            if some not in seen:
                seen.add(some)
                yield some, others


def _joined(
    a: Fraction, lefts: Sequence[Tree], b: Fraction, rights: Sequence[Tree]
) -> Iterator[tuple[Fraction, Tree]]:
    """Yield all that two values make, the larger one first in a difference."""
    pairs = [(x, y) for x in lefts for y in rights]
    for x, y in pairs:
        yield a + b, Join(x, "+", y)
        yield a * b, Join(x, "*", y)
        yield abs(a - b), Join(x, "-", y) if a >= b else Join(y, "-", x)
        if b:
            yield a / b, Join(x, "/", y)
        if a:
            yield b / a, Join(y, "/", x)
