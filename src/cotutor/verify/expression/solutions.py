"""What an answer states about its unknown: `x = 1 or x = 2` and `x = ±2` are sets of values.

label   what is said to have the value: `x`, `f(x)`, `AB`, `(x, y)`; None where nothing is named
value   a term, set, interval, list, matrix, or an equation that names nothing
"""

from collections.abc import Sequence
from typing import NamedTuple

from cotutor.verify.expression.terms import (
    INFINITY,
    Apply,
    Name,
    Node,
    names,
    negative,
    rebuilt,
    walk,
)  # fmt: skip

_REALS = Apply("interval()", (negative(INFINITY), INFINITY))
_INTERVALS = ("interval()", "interval(]", "interval[)", "interval[]")
_INEQUALITIES = ("<", "<=")
_RELATIONS = ("=", "!=", *_INEQUALITIES)


class Statement(NamedTuple):
    """A value, and what is said to have it."""

    label: Node | None
    value: Node


def stated(node: Node) -> Statement:
    """Return what an answer without its unit states."""
    if not isinstance(node, Apply):
        return Statement(None, _REALS if node == Name("ℝ") else node)
    if node.head == "=":
        return _equation(node)
    if node.head == "in":
        return Statement(node.args[0], _region(stated(node.args[1]).value))
    if node.head in _INEQUALITIES:
        return _inequality(node)
    if node.head in ("and", "or", "list"):
        return _several(node)
    if node.head in ("union", "intersect", "minus"):
        return Statement(None, Apply(node.head, tuple(stated(arg).value for arg in node.args)))
    if node.head == "set":
        return Statement(None, _set(node.args, [stated(arg).value for arg in node.args]))
    return Statement(None, _one_or_both(node))


def both_signs(node: Node) -> tuple[Node, ...]:
    """Return a term with ± once with plus and once with minus, any other as it is."""
    if not any(isinstance(part, Apply) and part.head in ("±", "∓") for part in walk(node)):
        return (node,)

    def chosen(part: Node, plus: str) -> Node | None:
        if not isinstance(part, Apply) or part.head not in ("±", "∓"):
            return None
        term = rebuilt(part.args[0], lambda inner: chosen(inner, plus))
        return term if part.head == plus else negative(term)

    return tuple(rebuilt(node, lambda part, s=sign: chosen(part, s)) for sign in ("±", "∓"))  # type: ignore[misc]


def as_interval(node: Node) -> tuple[str, Node, Node] | None:
    """Return the brackets and ends of an interval; `(a, b)` and `[a, b]` may be meant as one."""
    if not isinstance(node, Apply) or len(node.args) != 2:
        return None
    if node.head in _INTERVALS:
        return node.head.removeprefix("interval"), *node.args
    brackets = {"tuple": "()", "square": "[]"}.get(node.head)
    return None if brackets is None else (brackets, *node.args)


def is_region(node: Node) -> bool:
    """Say whether a value can only be meant as a set of real numbers, no list of its ends."""
    return isinstance(node, Apply) and node.head in (*_INTERVALS, "union", "intersect", "minus")


def _region(value: Node) -> Node:
    """Return what an unknown may lie in: `[0, 1]` is an interval there."""
    interval = as_interval(value)
    return value if interval is None else Apply(f"interval{interval[0]}", interval[1:])


def _equation(node: Apply) -> Statement:
    left, right = node.args[0], node.args[-1]
    for label, value in ((left, right), (right, left)):
        if _is_label(label) and not _named(label) & names(value):
            return Statement(label, _one_or_both(value))
    if all(not names(side) for side in node.args):
        return Statement(None, _one_or_both(right))  # 2 + 3 = 5 gives 5
    return Statement(None, Apply("=", (left, right)))


def _one_or_both(value: Node) -> Node:
    values = both_signs(value)
    return values[0] if len(values) == 1 else Apply("set", values)


def _named(label: Node) -> frozenset[str]:
    """Return the names that a label gives a value to: of `f(x)` only f."""
    is_call = isinstance(label, Apply) and label.head == "call"
    return names(label.args[0] if is_call and isinstance(label, Apply) else label)


def _is_label(node: Node) -> bool:
    """Say whether a side of an equation only names what the other side gives."""
    if isinstance(node, Name):
        return bool(names(node))
    if not isinstance(node, Apply):
        return False
    if node.head == "*":  # the segment AB, no product xy
        return all(isinstance(arg, Name) and arg.name.isupper() for arg in node.args)
    if node.head == "tuple":
        return all(isinstance(arg, Name) for arg in node.args)
    return node.head == "call"


def _inequality(node: Apply) -> Statement:
    low, high = node.args
    is_open = node.head == "<"
    if isinstance(low, Name) and names(low) and not names(high):
        head = "interval()" if is_open else "interval(]"
        return Statement(low, Apply(head, (negative(INFINITY), high)))
    if isinstance(high, Name) and names(high) and not names(low):
        head = "interval()" if is_open else "interval[)"
        return Statement(high, Apply(head, (low, INFINITY)))
    return Statement(None, node)


def _several(node: Apply) -> Statement:
    found = [stated(arg) for arg in node.args]
    values = tuple(value for _, value in found)
    labels = {label for label, _ in found}
    label = found[0].label if len(labels - {None}) == 1 else None
    if all(map(is_region, values)) and node.head != "list":
        between = _between(*values) if node.head == "and" and len(values) == 2 else None
        joined = Apply("intersect" if node.head == "and" else "union", values)
        return Statement(label, between or joined)
    if label is not None and not any(map(is_region, values)):
        return Statement(label, _set(node.args, values))
    if labels != {None} or any(isinstance(v, Apply) and v.head in _RELATIONS for v in values):
        return Statement(None, _system(node.args, found))
    if node.head == "list" and not any(len(both_signs(arg)) > 1 for arg in node.args):
        return Statement(None, Apply("list", values))
    return Statement(None, _set(node.args, values))


def _set(written: Sequence[Node], values: Sequence[Node]) -> Node:
    """Return the set of the values; of those written with ± both."""
    members: list[Node] = []
    for arg, value in zip(written, values, strict=True):
        is_spread = isinstance(value, Apply) and value.head == "set" and value != arg
        members += value.args if is_spread and isinstance(value, Apply) else (value,)
    return Apply("set", tuple(members))


def _between(a: Node, b: Node) -> Node | None:
    """Return the interval that `2 < x and x <= 5` leaves."""
    pair = as_interval(a), as_interval(b)
    for low, high in (pair, pair[::-1]):
        if low and high and low[2] == INFINITY and high[1] == negative(INFINITY):
            return Apply(f"interval{low[0][0]}{high[0][1]}", (low[1], high[2]))
    return None


def _system(args: Sequence[Node], found: Sequence[Statement]) -> Node:
    """Return equations that hold together, values by the name of what has them."""
    if all(isinstance(label, Name) for label, _ in found):
        ordered = sorted(found, key=lambda statement: repr(statement.label))
        equations = [Apply("=", (label, value)) for label, value in ordered if label]
        return Apply("system", tuple(equations))
    return Apply("system", tuple(args))
