"""Mathematical terms: a small frozen tree that is in normal form as soon as it is built.

Num     an exact rational, and how many decimals were printed
Name    a variable, or one of the constants π, e, i and infinity
Apply   a head applied to arguments: "+", "*", "^", a function, a relation, a collection

`add`, `multiply` and `power` fold rationals exactly, collect like terms, take
whole roots out of radicals and sort, so that many equal terms are the same
tree: `2/4` is `1/2`, `1/√3` is `√3/3`. Nothing here grows: a result beyond `MAX_BITS`
is left unfolded where it is a power and refused where it is a sum or product.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import gcd, log2

# Rationals of more bits are not computed.
MAX_BITS = 8192
# Whole roots are taken out of radicals by trial division up to this prime.
MAX_PRIME = 1000


class Unreadable(Exception):
    """The text is no term, or one beyond the caps."""


@dataclass(frozen=True, slots=True)
class Num:
    """An exact value; `decimals` counts the printed places, None where it was computed."""

    value: Fraction
    decimals: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or constant."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A head applied to arguments."""

    head: str
    args: tuple["Node", ...]


Node = Num | Name | Apply

ZERO, ONE = Num(Fraction(0)), Num(Fraction(1))
HALF, MINUS_ONE = Num(Fraction(1, 2)), Num(Fraction(-1))
PI, E, IMAGINARY, INFINITY = Name("pi"), Name("e"), Name("i"), Name("oo")
CONSTANTS = frozenset({PI, E, IMAGINARY, INFINITY})


def add(terms: Iterable[Node]) -> Node:
    """Return the sum, with like terms collected.

    Raises:
        Unreadable: a coefficient has more than `MAX_BITS` bits.

    """
    total: dict[Node, Fraction] = {}
    for term in _flat("+", terms):
        coefficient, rest = _split(term)
        total[rest] = _capped(total.get(rest, Fraction(0)) + coefficient)
    kept = [_scaled(coefficient, rest) for rest, coefficient in total.items() if coefficient]
    return _joined("+", kept, ZERO)


def multiply(factors: Iterable[Node]) -> Node:
    """Return the product, with powers of the same base collected.

    Raises:
        Unreadable: the coefficient has more than `MAX_BITS` bits.

    """
    coefficient = Fraction(1)
    exponents: dict[tuple[Node, int], Fraction] = {}
    radicals: dict[int, Fraction] = {}
    others: list[Node] = []
    for factor in _flat("*", factors):
        base, exponent = _base(factor)
        if isinstance(factor, Num):
            coefficient = _capped(coefficient * factor.value)
        elif exponent is None:
            others.append(factor)
        elif isinstance(base, Num) and base.value > 0 and exponent.numerator == 1:
            root = exponent.denominator
            radicals[root] = _capped(radicals.get(root, Fraction(1)) * base.value)
        else:
            key = (base, exponent.denominator)
            exponents[key] = exponents.get(key, Fraction(0)) + exponent
    again = [power(base, Num(exponent)) for (base, _), exponent in exponents.items()]
    again += [power(Num(base), Num(Fraction(1, root))) for root, base in radicals.items()]
    for factor in _flat("*", again):
        if isinstance(factor, Num):
            coefficient = _capped(coefficient * factor.value)
        else:
            others.append(factor)
    return _scaled(coefficient, _joined("*", others, ONE))


def power(base: Node, exponent: Node) -> Node:
    """Return `base` to the `exponent`; left unfolded where the result would be huge.

    Raises:
        Unreadable: zero to a power that is not positive, a division by zero above all.

    """
    plain = Apply("^", (base, exponent))
    if not isinstance(exponent, Num):
        return plain
    e = exponent.value
    if e == 1:
        return base
    if isinstance(base, Num):
        return _rational_power(base.value, e) or plain
    if e == 0:
        return ONE
    if base == IMAGINARY and e.denominator == 1:
        return (ONE, IMAGINARY, Num(Fraction(-1)), _scaled(Fraction(-1), IMAGINARY))[
            e.numerator % 4
        ]
    if isinstance(base, Apply) and base.head == "*":
        return _power_of_product(base, e) or plain
    inner, own = _base(base)
    if own is not None and own != 1 and e.denominator == 1:
        return power(inner, Num(_capped(own * e)))
    return plain


def negative(term: Node) -> Node:
    """Return minus the term; a printed number stays a printed number."""
    if isinstance(term, Num):
        return Num(-term.value, term.decimals)
    return multiply((Num(Fraction(-1)), term))


def quotient(above: Node, below: Node) -> Node:
    """Return one term divided by another."""
    return multiply((above, power(below, MINUS_ONE)))


def names(node: Node) -> frozenset[str]:
    """Return the variables of a term."""
    return frozenset(
        part.name for part in walk(node) if isinstance(part, Name) and part not in CONSTANTS
    )


def walk(node: Node) -> Iterator[Node]:
    """Yield the term and all its parts."""
    stack = [node]
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, Apply):
            stack.extend(part.args)


def rebuilt(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """Return the term with every part for which `change` returns another replaced by that."""
    other = change(node)
    if other is not None:
        return other
    if not isinstance(node, Apply):
        return node
    args = tuple(rebuilt(arg, change) for arg in node.args)
    if node.head == "+":
        return add(args)
    if node.head == "*":
        return multiply(args)
    return power(*args) if node.head == "^" else Apply(node.head, args)


def _flat(head: str, parts: Iterable[Node]) -> Iterator[Node]:
    for part in parts:
        if isinstance(part, Apply) and part.head == head:
            yield from part.args
        else:
            yield part


def _joined(head: str, parts: list[Node], empty: Node) -> Node:
    if len(parts) < 2:
        return parts[0] if parts else empty
    return Apply(head, tuple(sorted(parts, key=_key)))


def _key(node: Node) -> str:
    """Return what terms are sorted by: their content, not how it was printed."""
    if isinstance(node, Num):
        return str(node.value)
    if isinstance(node, Name):
        return node.name
    return f"{node.head}({','.join(map(_key, node.args))})"


def _split(term: Node) -> tuple[Fraction, Node]:
    """Return a term as its rational coefficient and the rest."""
    if isinstance(term, Num):
        return term.value, ONE
    if isinstance(term, Apply) and term.head == "*":
        first, rest = term.args[0], term.args[1:]
        if isinstance(first, Num):
            return first.value, rest[0] if len(rest) == 1 else Apply("*", rest)
    return Fraction(1), term


def _scaled(coefficient: Fraction, rest: Node) -> Node:
    """Return the product; the coefficient stands first."""
    own, rest = _split(rest)
    coefficient *= own
    if rest == ONE:
        return Num(coefficient)
    if coefficient == 1:
        return rest
    factors = rest.args if isinstance(rest, Apply) and rest.head == "*" else (rest,)
    return Apply("*", (Num(coefficient), *factors))


def _base(factor: Node) -> tuple[Node, Fraction | None]:
    """Return a factor as a base with a rational exponent, None where it has another exponent."""
    if isinstance(factor, Apply) and factor.head == "^":
        base, exponent = factor.args
        return base, exponent.value if isinstance(exponent, Num) else None
    return factor, Fraction(1)


def _power_of_product(base: Apply, e: Fraction) -> Node | None:
    if e.denominator == 1:
        return multiply(power(factor, Num(e)) for factor in base.args)
    coefficient, rest = _split(base)
    if coefficient > 0 and coefficient != 1:
        return multiply((power(Num(coefficient), Num(e)), power(rest, Num(e))))
    return None


def _rational_power(base: Fraction, e: Fraction) -> Node | None:
    """Return the power in normal form, None where it stays as it is."""
    if base == 0 and e <= 0:
        raise Unreadable("a division by zero")
    if base in (0, 1):
        return Num(base)
    if _bits(base) * (abs(e) + 1) > MAX_BITS:
        return None
    if e.denominator == 1:
        return Num(base**e.numerator)
    if base < 0:
        rest = _rational_power(-base, e)
        if rest is not None and e.denominator % 2:  # the real root
            return multiply((Num(Fraction((-1) ** e.numerator)), rest))
        if rest is not None and e.denominator == 2:
            return multiply((power(IMAGINARY, Num(Fraction(e.numerator))), rest))
        return None
    root = e.denominator
    if root > 64:
        return None
    base **= e.numerator
    whole, radicand, root = _radical(base.numerator * base.denominator ** (root - 1), root)
    coefficient = Fraction(whole, base.denominator)
    if radicand == 1:
        return Num(coefficient)
    return _scaled(coefficient, Apply("^", (Num(Fraction(radicand)), Num(Fraction(1, root)))))


def _radical(radicand: int, root: int) -> tuple[int, int, int]:
    """Return `radicand ** (1 / root)` as whole part, radicand and root, each the least found."""
    if radicand.bit_length() > MAX_BITS:
        raise Unreadable("a radicand of too many digits")
    factors: dict[int, int] = {}
    rest = radicand
    for prime in _PRIMES:
        while rest % prime == 0:
            rest //= prime
            factors[prime] = factors.get(prime, 0) + 1
        if rest == 1:
            break
    if rest > 1:
        lowest = next((r for r in range(root, 1, -1) if _whole_root(rest, r) ** r == rest), 1)
        factors[_whole_root(rest, lowest) if lowest > 1 else rest] = lowest
    shared = reduce(gcd, factors.values(), root)
    root //= shared
    whole = inside = 1
    for factor, count in factors.items():
        whole *= factor ** (count // shared // root)
        inside *= factor ** (count // shared % root)
    return whole, inside, root


def _whole_root(number: int, root: int) -> int:
    """Return the greatest integer whose power is at most `number`: Newton's steps from a float."""
    places, part = divmod(log2(number) / root, 1)
    first = int(2 ** (part + 52)) << int(places) >> 52

    def nearer(guess: int) -> int:
        below: int = guess ** (root - 1)
        return ((root - 1) * guess + number // below) // root

    guess = nearer(max(first, 1))  # from here on not below the root
    while (other := nearer(guess)) < guess:
        guess = other
    return guess


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _capped(value: Fraction) -> Fraction:
    if _bits(value) > MAX_BITS:
        raise Unreadable("a number of too many digits")
    return value


_PRIMES = [n for n in range(2, MAX_PRIME) if all(n % d for d in range(2, int(n**0.5) + 1))]
