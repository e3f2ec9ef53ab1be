"""The clauses of a text that hold a relation, as signs."""

from cotutor.verify.steps.sides import Group, whole
from cotutor.verify.steps.signs import Sign, signs

# Brackets deeper than this are not read.
DEEPEST = 12


def clauses(text: str, offset: int = 0) -> list[list[Sign]]:
    """Return the clauses of a text that hold a relation.

    What stands in brackets or in a calculator mark and is an equation itself
    is a clause of its own, and not there for the clause around it.
    """
    found: list[list[Sign]] = []
    stack: list[list[Sign]] = [[]]
    opened: list[Sign] = []
    for sign in signs(text, offset):
        if sign.kind == "mark":
            found += clauses(sign.text[2:-2], sign.start + 2)
        elif sign.kind == "open" and len(stack) <= DEEPEST:
            opened.append(sign)
            stack.append([])
        elif sign.kind == "close" and len(stack) > 1:
            _close(opened.pop(), sign, stack, found)
        elif sign.kind == "break" and len(stack) > 1 and sign.text not in ("\n", ":", ";"):
            stack[-1].append(sign)
        elif sign.kind in ("break", "open", "close"):
            found += [part for inside in stack for part in _cut(inside)]
            stack, opened = [[]], []
        else:
            stack[-1].append(sign)
    found += [part for inside in stack for part in _cut(inside)]
    return found


def _close(open_: Sign, close: Sign, stack: list[list[Sign]], found: list[list[Sign]]) -> None:
    """Put a closed bracket where it belongs: a clause, an operand, or a remark that is dropped."""
    inside = stack.pop()
    around = stack[-1]
    if any(sign.kind == "relation" for sign in inside):
        found += _cut(inside)
        return
    is_glued = bool(around) and around[-1].end == open_.start
    is_behind = bool(around) and around[-1].kind not in ("operator", "frac")
    has_words = any(sign.kind == "word" and sign.value is None for sign in inside)
    has_operands = any(sign.kind in ("number", "letter", "group") for sign in inside)
    if has_operands and has_words and is_behind and not is_glued:
        return
    if _is_plural(inside) or (not has_operands and is_behind and around[-1].kind == "word"):
        return
    if has_operands or (around and (is_glued or not is_behind) and inside):
        side = whole(inside)
        around.append(Group("group" if side else "other", open_.start, close.end, side=side))


def _is_plural(inside: list[Sign]) -> bool:
    return len(inside) == 1 and inside[0].text == "s"


def _cut(inside: list[Sign]) -> list[list[Sign]]:
    parts: list[list[Sign]] = [[]]
    for sign in inside:
        if sign.kind == "break":
            parts.append([])
        else:
            parts[-1].append(sign)
    return [part for part in parts if any(sign.kind == "relation" for sign in part)]
