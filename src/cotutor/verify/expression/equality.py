"""Whether two answers of mathematics are the same.

The cheapest decision first: the same tree in normal form, exact rationals,
values in high precision and remainders (which refute), and only then sympy (which
proves).

Decisions: a unit may be left out, but two known ones must agree; `70%` is 70 or
0.7 and `90°` is 90 or π/2; a decimal stands for another number only where it
prints `number.LONG` places and is that number rounded; sets and solutions
joined by "or" and "and" have no order, tuples have one, and so have lists
unless `VerifySettings.ordered` is off; a pair in brackets is an interval where
the other side is one, and no list of two; `x = 5` is 5 but not `y = 5`; equations are the same up
to their sides and a constant factor.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Literal, TypeVar

from cotutor.verify.expression import numeric
from cotutor.verify.expression.residues import differ
from cotutor.verify.expression.solutions import as_interval, is_region, stated
from cotutor.verify.expression.symbolic import Undecided, prove
from cotutor.verify.expression.terms import (
    INFINITY,
    PI,
    Apply,
    Name,
    Node,
    Num,
    Unreadable,
    add,
    multiply,
    names,
    negative,
    walk,
)  # fmt: skip
from cotutor.verify.expression.vocabulary import UNITS
from cotutor.verify.number import LONG, Number, _near, _same
from cotutor.verify.settings import VerifySettings

# Sets are compared member by member up to this many pairs.
MAX_PAIRS = 2000

_Same = Callable[[Node, Node], bool]
_RELATIONS = ("=", "!=", "<", "<=")
_SEQUENCES = ("list", "tuple", "square")
_MEANT_AS = {"percent": Num(Fraction(1, 100)), "degree": multiply((PI, Num(Fraction(1, 180))))}


def same(a: Node, b: Node, settings: VerifySettings) -> bool:
    """Say whether an answer `a` is the same as the gold `b`.

    An answer with values beyond the caps is not the same as a gold without any.

    Raises:
        Undecided: it was not settled within the deadline, or the gold is beyond the caps.

    """
    try:
        return a == b or _Comparison(settings).answers(a, b)
    except (Unreadable, numeric.TooBig, _BeyondCaps) as error:
        if numeric.is_within_caps(b):
            return False
        raise Undecided("a gold beyond the caps") from error


class _BeyondCaps(Undecided):
    """A value is too big to be computed."""


class _Comparison:
    """Compares by the settings; every method takes what it is named after."""

    def __init__(self, settings: VerifySettings) -> None:
        self.settings = settings
        self.is_late = False  # a proof that is not settled is the last one tried

    def answers(self, a: Node, b: Node) -> bool:
        a, b, is_same_unit = _without_units(a, b)
        if not is_same_unit:
            return False
        for x, y in ((a, b), (b, a)):
            if isinstance(x, Apply) and x.head == "≈":
                return self.approximations(x, y)
        left, right = stated(a), stated(b)
        if _head(a) == _head(b) in _RELATIONS and left.label != right.label:
            return self.relations(a, b)
        if None not in (left.label, right.label) and left.label != right.label:
            return False
        if self.values(left.value, right.value):
            return True
        return any(
            isinstance(x, Apply) and x.head == "set" and len(x.args) == 1 and _is_scalar(y)
            and self.values(x.args[0], y)
            for x, y in ((left.value, right.value), (right.value, left.value))
        )  # fmt: skip

    def approximations(self, a: Apply, b: Node) -> bool:
        """Compare `exact ≈ number` with an answer: either, if the two go together."""
        exact, decimal = a.args
        number, value = stated(decimal).value, stated(exact).value
        if not _is_about(value, number):
            return False
        return self.answers(exact, b) or (isinstance(number, Num) and number == stated(b).value)

    def values(self, a: Node, b: Node) -> bool:
        a, b, is_same_unit = _without_units(a, b)
        if not is_same_unit or a == b:
            return is_same_unit
        if is_region(a) or is_region(b):
            return self.regions(a, b)
        heads = [_head(a), _head(b)]
        mine, theirs = _args(a), _args(b)
        if "set" in heads:
            is_fit = set(heads) <= {"set", "list"}
            return is_fit and self.unordered(mine, theirs, self.values)
        if all(head in _SEQUENCES for head in heads):
            return self.sequences(a, b)
        if "system" in heads:
            return self.systems(a, b)
        if heads[0] != heads[1]:
            return _is_scalar(a) and _is_scalar(b) and self.scalars(a, b)
        if heads[0] in ("matrix", "row"):
            return self.in_order(mine, theirs, self.values)
        if heads[0] == "ratio":
            return self.ratios(mine, theirs)
        if heads[0] in _RELATIONS:
            return self.relations(a, b)
        return _is_scalar(a) and _is_scalar(b) and self.scalars(a, b)

    def sequences(self, a: Node, b: Node) -> bool:
        """Compare lists; two ends in brackets may be an interval and are no list of two."""
        mine, theirs = _args(a), _args(b)
        if len(mine) != len(theirs) or (len(mine) == 2 and _head(a) != _head(b)):
            return False
        is_loose = _head(a) == _head(b) == "list" and not self.settings.ordered
        return (self.unordered if is_loose else self.in_order)(mine, theirs, self.values)

    def systems(self, a: Node, b: Node) -> bool:
        """Compare equations that hold together; with a tuple by the names in order."""
        if not isinstance(a, Apply) or not isinstance(b, Apply):
            return False
        if a.head == b.head:
            return len(a.args) == len(b.args) and self.unordered(a.args, b.args, self.answers)
        system, other = (a, b) if a.head == "system" else (b, a)
        sides = [part.args for part in system.args if isinstance(part, Apply) and part.head == "="]
        if len(sides) != len(system.args) or other.head not in _SEQUENCES:
            return False
        if not all(isinstance(side[0], Name) for side in sides):
            return False
        return self.in_order([side[1] for side in sides], other.args, self.values)

    def regions(self, a: Node, b: Node) -> bool:
        """Compare sets of real numbers, piece by piece in any order."""
        if {_head(a), _head(b)} & {"minus", "intersect"}:
            return _head(a) == _head(b) and self.in_order(_args(a), _args(b), self.values)
        mine, theirs = (_args(x) if _head(x) == "union" else (x,) for x in (a, b))
        return self.unordered(mine, theirs, self.pieces)

    def pieces(self, a: Node, b: Node) -> bool:
        ends = as_interval(a), as_interval(b)
        if ends[0] is None or ends[1] is None:
            return ends[0] == ends[1] and self.values(a, b)
        return ends[0][0] == ends[1][0] and self.in_order(ends[0][1:], ends[1][1:], self.values)

    def ratios(self, a: Sequence[Node], b: Sequence[Node]) -> bool:
        mine, theirs = ([multiply((x, y[0])) for x in z] for z, y in ((a, b), (b, a)))
        return self.in_order(mine, theirs, self.values)

    def in_order(self, a: Sequence[Node], b: Sequence[Node], are_same: _Same) -> bool:
        if len(a) != len(b):
            return False
        return _every(lambda pair: are_same(*pair), zip(a, b, strict=True))

    def unordered(self, a: Sequence[Node], b: Sequence[Node], are_same: _Same) -> bool:
        """Say whether every member of one is a member of the other, and the reverse."""
        mine = [x for x in dict.fromkeys(a) if x not in b]
        theirs = [y for y in dict.fromkeys(b) if y not in a]
        if len(mine) * len(b) + len(theirs) * len(a) > MAX_PAIRS:
            raise Undecided("too many members to compare")
        return _every(lambda x: _some(lambda y: are_same(x, y), b), mine) and _every(
            lambda y: _some(lambda x: are_same(x, y), a), theirs
        )

    def relations(self, a: Node, b: Node) -> bool:
        """Compare equations and inequalities: the same up to a constant factor."""
        assert isinstance(a, Apply)
        assert isinstance(b, Apply)
        if not all(_is_scalar(side) for side in (*a.args, *b.args)):
            return self.in_order(a.args, b.args, self.values)
        left, right = (add((x.args[-1], negative(x.args[0]))) for x in (a, b))
        if isinstance(left, Num) or isinstance(right, Num):
            return False  # true or false whatever the unknowns are
        if a.head in ("<", "<=") and not numeric.is_positive_multiple(left, right):
            return False
        return self.proven(left, right, is_equal=False)

    def scalars(self, a: Node, b: Node) -> bool:
        for x, y in ((a, b), (b, a)):
            if isinstance(x, Apply) and x.head in _MEANT_AS:
                if isinstance(y, Apply) and y.head == x.head:
                    return self.scalars(x.args[0], y.args[0])
                meant = multiply((x.args[0], _MEANT_AS[x.head]))
                is_share = x.head == "percent" and self.settings.percent == "share"
                return self.scalars(meant, y) or (not is_share and self.scalars(x.args[0], y))
        if a == b or self.rounded(a, b):
            return True
        if isinstance(a, Num) and isinstance(b, Num):
            return False
        return self.proven(a, b, is_equal=True)

    def rounded(self, a: Node, b: Node) -> bool:
        """Say whether one is the other to its printed precision, or within the tolerance."""
        printed = [x.decimals for x in (a, b) if isinstance(x, Num) and x.decimals]
        is_long = bool(printed) and min(printed) >= LONG
        if not is_long and not self.settings.tolerance:
            return False
        x, y = _number(a), _number(b)
        if x is None or y is None:
            return False
        return (is_long and _same(x, y)) or _near(x, y, self.settings.tolerance)

    def proven(self, a: Node, b: Node, *, is_equal: bool) -> bool:
        if INFINITY in walk(a) or INFINITY in walk(b):
            return False  # only the same tree is the same infinity
        try:
            likeness = numeric.compare(a, b) if is_equal else numeric.compare_directions(a, b)
        except numeric.TooBig as error:
            if any(
                numeric.is_huge(x) and numeric.real_value(y) is not None
                for x, y in ((a, b), (b, a))
            ):
                return False
            raise _BeyondCaps from error
        if likeness == "different" or (is_equal and likeness == "alike" and differ(a, b)):
            return False
        if self.is_late:
            raise Undecided("no time left")
        self.is_late = True
        are: Literal["equal", "proportional"] = "equal" if is_equal else "proportional"
        found = prove(a, b, are=are, deadline=self.settings.deadline)
        self.is_late = False
        return found


T = TypeVar("T")


def _every(holds: Callable[[T], bool], items: Iterable[T]) -> bool:
    """Return `all(map(holds, items))`, where one refuted item outweighs undecided ones."""
    return not _some(lambda item: not holds(item), items)


def _some(holds: Callable[[T], bool], items: Iterable[T]) -> bool:
    """Return `any(map(holds, items))`, where one proven item outweighs undecided ones."""
    undecided: Undecided | None = None
    for item in items:
        try:
            if holds(item):
                return True
        except Undecided as error:
            undecided = error
    if undecided is not None:
        raise undecided
    return False


def _without_units(a: Node, b: Node) -> tuple[Node, Node, bool]:
    """Return two answers without their units, and whether these go together."""
    units: list[str] = []
    bare: list[Node] = []
    for node in (a, b):
        is_measured = isinstance(node, Apply) and node.head == "unit"
        if isinstance(node, Apply) and is_measured and isinstance(node.args[1], Name):
            units.append(node.args[1].name)
            bare.append(node.args[0])
        else:
            bare.append(node)
    known = [unit for unit in units if _is_known(unit)]
    return bare[0], bare[1], len(known) < 2 or known[0] == known[1]


def _is_about(exact: Node, decimal: Node) -> bool:
    """Say whether a number after ≈ is what stands before it, but for its last place."""
    x, y = _number(exact), _number(decimal)
    return x is not None and y is not None and abs(x.value - y.value) * 10 ** (y.decimals or 0) <= 1


def _is_known(unit: str) -> bool:
    return all(part.partition("^")[0] in UNITS for part in unit.split("/"))


def _head(node: Node) -> str:
    return node.head if isinstance(node, Apply) else ""


def _args(node: Node) -> tuple[Node, ...]:
    return node.args if isinstance(node, Apply) else ()


def _is_scalar(node: Node) -> bool:
    return all(not isinstance(part, Apply) or part.head in numeric.SCALARS for part in walk(node))


def _number(node: Node) -> Number | None:
    """Return a constant as a number: as printed, or exact to many digits."""
    if isinstance(node, Num):
        return Number(node.value, node.decimals)
    value = None if names(node) else numeric.real_value(node)
    return None if value is None else Number(value, None)
