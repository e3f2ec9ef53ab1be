"""Rational constants told apart by their remainders, whatever their size.

`10^{3000} + 1` is `10^{3000}` to 40 digits, and too long to be written out. Whole
numbers with different remainders modulo a prime are different; equal remainders say
nothing.
"""

from functools import reduce
from math import comb, factorial

from cotutor.verify.expression.numeric import MAX_FACTORIAL
from cotutor.verify.expression.terms import Apply, Node, Num

# A prime of no special form: 2 and 10 have no small order.
PRIME = 10**18 + 9

_Residue = tuple[int, int]


def differ(a: Node, b: Node) -> bool:
    """Say whether two constants that have a value are surely not the same rational."""
    x, y = _residue(a), _residue(b)
    return x is not None and y is not None and (x[0] * y[1] - y[0] * x[1]) % PRIME != 0


def _residue(node: Node) -> _Residue | None:
    """Return remainders of a numerator and denominator; None: no rational made of whole powers."""
    if isinstance(node, Num):
        return node.value.numerator % PRIME, node.value.denominator % PRIME
    if not isinstance(node, Apply):
        return None
    if node.head == "^":
        return _power(*node.args)
    if node.head in ("!", "binom"):
        return _counted(node)
    parts = [_residue(arg) for arg in node.args]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or node.head not in ("+", "*"):
        return None
    return reduce(_sum if node.head == "+" else _product, known)


def _sum(a: _Residue, b: _Residue) -> _Residue:
    return (a[0] * b[1] + b[0] * a[1]) % PRIME, a[1] * b[1] % PRIME


def _product(a: _Residue, b: _Residue) -> _Residue:
    return a[0] * b[0] % PRIME, a[1] * b[1] % PRIME


def _power(base: Node, exponent: Node) -> _Residue | None:
    found = _residue(base)
    if found is None or not isinstance(exponent, Num) or exponent.value.denominator != 1:
        return None
    above, below = (pow(part, abs(exponent.value.numerator), PRIME) for part in found)
    return (above, below) if exponent.value > 0 else (below, above)


def _counted(node: Apply) -> _Residue | None:
    """Return the remainder of a factorial or binomial of whole numbers that are not too big."""
    numbers = [arg.value for arg in node.args if isinstance(arg, Num)]
    if len(numbers) < len(node.args):
        return None
    if not all(n.denominator == 1 and 0 <= n <= MAX_FACTORIAL for n in numbers):
        return None
    count = factorial if node.head == "!" else comb
    return count(*map(int, numbers)) % PRIME, 1
