"""Terms compared by their values at a few fixed points, in high precision.

A difference is believed only if it is the same at two precisions, so rounding
never tells equal terms apart. Agreement is no proof: `symbolic` gives that.
Variables are real; a point where a term has no real value says nothing, unless
no point does, and then complex values count. An odd root of a negative number
is the real one.
"""

import threading
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import Any, Literal

from cotutor.verify.expression.terms import IMAGINARY, Apply, Name, Node, Num, names, walk

# Decimal digits computed with, first and where a difference shows.
DIGITS = (40, 120)
# Two values agree when their relative difference is below this.
CLOSE = Fraction(1, 10**25)
# How many points are tried; the later ones have negative coordinates, too.
POINTS = 5
# Powers of more bits, and arguments of periodic functions of more, are not computed.
MAX_POWER_BITS = 1 << 40
MAX_ARGUMENT_BITS = 64
MAX_EXACT_BITS = 10_000
MAX_FACTORIAL = 5000

Likeness = Literal["different", "alike", "unknown"]
Point = dict[str, Fraction]

_LOCK = threading.Lock()
_PERIODIC = ("sin", "cos", "tan", "cot", "sec", "csc")
_HYPERBOLIC = ("sinh", "cosh", "tanh")
_FUNCTIONS = frozenset(
    (*_PERIODIC, "asin", "acos", "atan", "acot", "asec", "acsc", "sinh", "cosh", "tanh",
     "asinh", "acosh", "atanh", "ln")
)  # fmt: skip
SCALARS = _FUNCTIONS | {
    "+", "*", "^", "abs", "floor", "ceil", "!", "binom", "percent", "degree", "call",
}  # fmt: skip


class TooBig(Exception):
    """A value is beyond the caps."""


class _NoValue(Exception):
    """The term has no value at the point."""


def compare(a: Node, b: Node) -> Likeness:
    """Say whether two terms differ, or agree wherever both have a value.

    Raises:
        TooBig: a power within one of them is not to be computed.

    """
    return _at_points((a, b), lambda values: [(x, y) for x, y in values])


def compare_directions(a: Node, b: Node) -> Likeness:
    """Say whether one term is a constant, non-zero multiple of the other.

    Raises:
        TooBig: a power within one of them is not to be computed.

    """
    return _at_points((a, b), _crosswise)


def is_positive_multiple(a: Node, b: Node) -> bool:
    """Say whether the two have the same sign at the first point where both have a value."""
    with _LOCK:
        for point in _points(sorted(names(a) | names(b))):
            try:
                x, y = (_Evaluation(point, DIGITS[0], is_real=True).value(n) for n in (a, b))
            except _NoValue:
                continue
            return bool((x > 0) == (y > 0))
    return False


def real_value(node: Node) -> Fraction | None:
    """Return a constant's real value to `DIGITS[0]` digits, None where it has none."""
    if names(node):
        return None
    with _LOCK:
        try:
            value = _Evaluation({}, DIGITS[0], is_real=True).value(node)
        except (_NoValue, TooBig):
            return None
        if not _context().isfinite(value):
            return None
        sign, mantissa, exponent, _ = value._mpf_
        if abs(exponent) > MAX_EXACT_BITS:
            return None
        return Fraction(int(mantissa)) * (-1 if sign else 1) * Fraction(2) ** int(exponent)


def is_huge(node: Node) -> bool:
    """Say whether a constant is of a form that is surely beyond `2 ** MAX_EXACT_BITS`."""
    if not isinstance(node, Apply) or names(node):
        return False
    if node.head == "*" and isinstance(node.args[0], Num) and len(node.args) == 2:
        return abs(node.args[0].value) >= 1 and is_huge(node.args[1])
    values = [real_value(part) for part in node.args]
    match node.head, values:
        case "^", [base, exponent] if base is not None and base >= 2:
            return is_huge(node.args[1]) if exponent is None else exponent > MAX_EXACT_BITS
        case "!", [number]:
            return is_huge(node.args[0]) if number is None else number > MAX_EXACT_BITS
        case "binom", [above, below] if above is not None and below is not None:
            return min(below, above - below) > MAX_EXACT_BITS
    return False


def is_within_caps(node: Node) -> bool:
    """Say whether no value in a term is too big to be computed."""
    (point, *_) = _points(sorted(names(node)))
    with _LOCK:
        for part in walk(node):
            try:
                _Evaluation(point, DIGITS[0], is_real=False).value(part)
            except _NoValue:
                continue
            except TooBig:
                return False
    return True


Values = list[tuple[Any, Any]]


def _crosswise(values: Values) -> Values:
    """Return the pairs that are equal if the terms are proportional: a(p)·b(q) and a(q)·b(p)."""
    (a, b), *others = values
    return [(a * y, x * b) for x, y in others]


def _at_points(terms: tuple[Node, Node], paired: Callable[[Values], Values]) -> Likeness:
    points = _points(sorted(names(terms[0]) | names(terms[1])))
    is_complex = any(part == IMAGINARY for term in terms for part in walk(term))
    with _LOCK:
        for is_real in (False,) if is_complex else (True, False):
            defined: list[Point] = []
            values: Values = []
            for point in points:
                pair = _values(terms, point, is_real=is_real)
                if pair is None:
                    continue
                defined.append(point)
                values.append(pair)
                coarse = paired(values)
                if not all(_close(x, y) for x, y in coarse):
                    return _again(terms, defined, paired, coarse, is_real)
            if len(defined) >= min(2, len(points)):
                return "alike"
    return "unknown"


def _again(
    terms: tuple[Node, Node],
    points: list[Point],
    paired: Callable[[Values], Values],
    coarse: Values,
    is_real: bool,
) -> Likeness:
    """Return "different" only where a difference stays the same in a higher precision."""
    values = [_values(terms, point, is_real=is_real, digits=DIGITS[1]) for point in points]
    if None in values:
        return "unknown"
    fine = paired([pair for pair in values if pair])
    for (x, y), (finer_x, finer_y) in zip(coarse, fine, strict=True):
        difference = finer_x - finer_y
        if not _context().isfinite(difference):
            return "different" if x != y else "unknown"
        if difference and abs(x - y - difference) * 1000 < abs(difference):
            return "different"
    return "alike" if all(_close(x, y) for x, y in fine) else "unknown"


def _close(x: Any, y: Any) -> bool:
    ctx = _context()
    if not (ctx.isfinite(x) and ctx.isfinite(y)):
        return bool(x == y)
    return bool(abs(x - y) * CLOSE.denominator <= max(abs(x), abs(y)))


def _values(
    terms: Sequence[Node], point: Point, *, is_real: bool, digits: int = DIGITS[0]
) -> tuple[Any, Any] | None:
    evaluation = _Evaluation(point, digits, is_real=is_real)
    try:
        return evaluation.value(terms[0]), evaluation.value(terms[1])
    except _NoValue:
        return None


def _points(variables: Sequence[str]) -> list[Point]:
    """Return points that are the same in every run, positive ones first."""
    if not variables:
        return [{}]
    return [
        {name: _coordinate(f"{name}/{number}", number) for name in variables}
        for number in range(POINTS)
    ]


def _coordinate(name: str, number: int) -> Fraction:
    drawn = int.from_bytes(sha256(name.encode("utf-8", "surrogatepass")).digest()[:6], "big")
    size = Fraction(1, 5) + Fraction(drawn % 10**9 * (1 + 2 * (number == 1)), 4 * 10**8)
    return -size if number >= 3 or (number == 2 and drawn % 2) else size


@cache
def _context() -> Any:
    from mpmath import MPContext  # type: ignore[import-untyped]

    return MPContext()


class _Evaluation:
    """The value of terms at a point."""

    def __init__(self, point: Point, digits: int, *, is_real: bool) -> None:
        self.ctx = _context()
        self.ctx.dps = digits
        self.is_real = is_real
        self.names = {name: self.exact(value) for name, value in point.items()}
        self.names |= {
            "pi": +self.ctx.pi, "e": +self.ctx.e, "i": self.ctx.mpc(0, 1), "oo": self.ctx.inf,
        }  # fmt: skip

    def exact(self, value: Fraction) -> Any:
        return self.ctx.mpf(value.numerator) / value.denominator

    def value(self, node: Node) -> Any:
        if isinstance(node, Num):
            return self.exact(node.value)
        if isinstance(node, Name):
            if self.is_real and node == IMAGINARY:
                raise _NoValue
            return self.names[node.name]
        if node.head == "call":
            return self.called(node)
        try:
            found = self.applied(node, [self.value(arg) for arg in node.args])
        except (ArithmeticError, ValueError) as error:
            raise _NoValue from error
        if self.ctx.isnan(found) or (self.is_real and self.ctx.im(found)):
            raise _NoValue
        return self.ctx.re(found) if self.is_real else found

    def applied(self, node: Apply, args: list[Any]) -> Any:
        match node.head:
            case "^":
                return self.power(args[0], args[1], node.args[1])
            case "floor" | "ceil":
                return self.rounded(node.head, args[0])
            case "!" | "binom":
                return self.counted(args)
            case "percent":
                return args[0] / 100
            case "degree":
                return args[0] * self.ctx.pi / 180
            case "+":
                return self.ctx.fsum(args)
            case "*":
                return self.ctx.fprod(args)
            case "abs":
                return abs(args[0])
        return self.function(node.head, args[0])

    def function(self, name: str, argument: Any) -> Any:
        """Return a function's value, unless the argument is too big to give one."""
        if name not in _FUNCTIONS:
            raise _NoValue
        if self.ctx.isfinite(argument):
            bits = self.ctx.mag(argument)
            if name in _PERIODIC and bits > MAX_ARGUMENT_BITS:
                raise TooBig
            if name in _HYPERBOLIC and bits > MAX_POWER_BITS.bit_length():
                raise TooBig
        return getattr(self.ctx, name)(argument)

    def called(self, node: Apply) -> Any:
        """Return the value of an unknown function: of some cubic, the same in every run."""
        total = self.exact(_coordinate(repr(node.args[0]), 0))
        for at, arg in enumerate(node.args[1:]):
            value = self.value(arg)
            for degree in (1, 2, 3):
                key = f"{node.args[0]}/{at}/{degree}"
                total += self.exact(_coordinate(key, 0)) * value**degree
        return total

    def power(self, base: Any, exponent: Any, written: Node) -> Any:
        ctx = self.ctx
        if base == 0:
            if ctx.re(exponent) <= 0:
                raise _NoValue
            return ctx.zero
        if ctx.isinf(base) or ctx.isinf(exponent):
            return ctx.power(base, exponent)
        if abs(exponent * ctx.ln(base)) > MAX_POWER_BITS:
            raise TooBig
        if isinstance(written, Num) and not ctx.im(base) and ctx.re(base) < 0:
            if written.value.denominator == 1:
                return base ** int(written.value)
            if written.value.denominator % 2:
                return (-1) ** written.value.numerator * ctx.power(-base, exponent)
        return ctx.power(base, exponent)

    def rounded(self, head: str, value: Any) -> Any:
        """Return the floor or ceiling, where it does not hang on the last digits."""
        nearest = self.ctx.nint(self.ctx.re(value))
        if value != nearest and abs(value - nearest) < 1e-20:
            raise _NoValue
        return self.ctx.floor(value) if head == "floor" else self.ctx.ceil(value)

    def counted(self, args: list[Any]) -> Any:
        """Return a factorial or binomial, between whole numbers by the gamma function."""
        if any(abs(arg) > MAX_FACTORIAL for arg in args):
            raise TooBig
        return self.ctx.factorial(args[0]) if len(args) == 1 else self.ctx.binomial(*args)
