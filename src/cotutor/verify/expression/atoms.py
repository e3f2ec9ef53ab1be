"""What the smallest written forms mean as terms: digits, bases, factorials, functions, units."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from cotutor.verify.expression.terms import (
    HALF,
    Apply,
    E,
    Node,
    Num,
    Unreadable,
    power,
    quotient,
)  # fmt: skip
from cotutor.verify.expression.vocabulary import UNITS

# Factorials and binomials up to this number are computed.
MAX_FACTORIAL = 500

_WHOLE: dict[str, Callable[[Fraction], Fraction | int]] = {
    "abs": abs, "floor": math.floor, "ceil": math.ceil,
}  # fmt: skip


def number(text: str) -> Node:
    """Return the value of digits, with their decimals."""
    if "\\" in text:
        plain, _, period = text.partition("\\")
        digits = period.partition("{")[2].rstrip("}")
        whole, _, part = plain.partition(".")
        scale = 10 ** len(part)
        repeated = Fraction(int(digits), (10 ** len(digits) - 1) * scale)
        return Num(Fraction(int(f"{whole}{part}" or 0), scale) + repeated)
    mantissa, _, shift = text.lower().partition("e")
    whole, _, part = mantissa.partition(".")
    value = Fraction(int(whole + part), 10 ** len(part)) * Fraction(10) ** int(shift or 0)
    return Num(value, max(len(part) - int(shift or 0), 0))


def in_base(text: str, base: Node) -> Node:
    """Return the value of digits in another base."""
    if not isinstance(base, Num) or not text.isdigit() or not 2 <= base.value <= 10:
        raise Unreadable("a base that is none")
    radix = base.value.numerator
    if base.value.denominator != 1 or any(int(digit) >= radix for digit in text):
        raise Unreadable("digits beyond their base")
    return Num(Fraction(int(text, radix)))


def factorial(node: Node) -> Node:
    """Return a factorial, computed where it is small."""
    if isinstance(node, Num) and node.value.denominator == 1 and 0 <= node.value <= MAX_FACTORIAL:
        value = 1
        for factor in range(2, node.value.numerator + 1):
            value *= factor
        return Num(Fraction(value))
    return Apply("!", (node,))


def binomial(above: Node, below: Node) -> Node:
    """Return a binomial coefficient, computed where it is small."""
    if isinstance(above, Num) and isinstance(below, Num):
        n, k = above.value, below.value
        if n.denominator == k.denominator == 1 and 0 <= k <= n <= MAX_FACTORIAL:
            value = Fraction(1)
            for step in range(k.numerator):
                value = value * (n - step) / (step + 1)
            return Num(value)
    return Apply("binom", (above, below))


def applied(name: str, arguments: tuple[Node, ...], base: Node | None) -> Node:
    """Return a function of its arguments, written with as few heads as will do."""
    if name == "binom" and len(arguments) == 2:
        return binomial(*arguments)
    if len(arguments) != 1:
        raise Unreadable(f"{name} of several terms")
    argument = arguments[0]
    if name in ("log", "ln", "lg"):
        base = Num(Fraction(10)) if name == "lg" else base
        logarithm = Apply("ln", (argument,))
        return logarithm if base is None else quotient(logarithm, Apply("ln", (base,)))
    if base is not None:
        raise Unreadable(f"{name} with an index")
    if name == "exp":
        return power(E, argument)
    if name in ("sqrt", "cbrt"):
        return power(argument, HALF if name == "sqrt" else Num(Fraction(1, 3)))
    if isinstance(argument, Num) and name in _WHOLE:
        return Num(Fraction(_WHOLE[name](argument.value)))
    return Apply(name, (argument,))


def matrix(rows: Sequence[tuple[Node, ...]]) -> Node:
    """Return the matrix of rows that are equally long."""
    if len({len(row) for row in rows}) != 1:
        raise Unreadable("a matrix with rows of different lengths")
    return Apply("matrix", tuple(Apply("row", row) for row in rows))


def unit_of(words: str) -> str:
    """Return the one spelling of a unit."""
    plain = " ".join(words.replace("\\", " ").split()).strip(" .")
    for power_word, raised in (("square ", "^2"), ("sq ", "^2"), ("cubic ", "^3"), ("cu ", "^3")):
        if plain.lower().startswith(power_word):
            plain = f"{plain[len(power_word) :]}{raised}"
    plain = plain.replace(" per ", "/").replace(" ", "")
    parts = [part.partition("^") for part in plain.split("/")]
    same = [UNITS.get(word, UNITS.get(word.lower(), word.lower())) + caret + rest
            for word, caret, rest in parts]  # fmt: skip
    return UNITS.get("/".join(same), "/".join(same))
