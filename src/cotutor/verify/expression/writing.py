"""Terms as plain text, which the grammar reads back as the same term."""

from fractions import Fraction

from cotutor.verify.expression.terms import HALF, MINUS_ONE, Apply, Name, Node, Num, negative, power
from cotutor.verify.expression.vocabulary import CURRENCIES
from cotutor.verify.number import Number

# How tightly each head binds; a looser part of a tighter whole stands in brackets.
_LOOSE = {
    "or": 0, "and": 0, "list": 1, "=": 2, "≈": 2, "!=": 2, "<": 2, "<=": 2, "in": 2, "ratio": 2,
    "unit": 2, "union": 3, "intersect": 3, "minus": 3, "+": 4, "±": 4, "∓": 4, "*": 5, "^": 7,
}  # fmt: skip
_TIGHT = 8
_BRACKETS = {
    "tuple": "()", "set": "{}", "square": "[]", "matrix": "[]", "row": "[]",
    "interval()": "()", "interval(]": "(]", "interval[)": "[)", "interval[]": "[]",
}  # fmt: skip
_JOINTS = {"or": " or ", "and": " and ", "list": ", ", "=": " = ", "≈": " ≈ ", "!=": " ≠ ",
           "<": " < ", "<=": " ≤ ", "in": " ∈ ", "ratio": ":", "union": " ∪ ", "intersect": " ∩ ",
           "minus": " ∖ "}  # fmt: skip
_POSTFIX = {"!": "!", "percent": "%", "degree": "°"}


def write(node: Node) -> str:
    """Return the term in plain text."""
    if isinstance(node, Num):
        places = 0 if node.decimals is None else node.decimals
        return str(Number(node.value, places)) if node.decimals is not None else str(node.value)
    if isinstance(node, Name):
        return node.name
    if node.head == "set" and len(node.args) < 2:
        return f"\\{{{', '.join(map(write, node.args))}\\}}"
    if node.head in _BRACKETS:
        brackets = _BRACKETS[node.head]
        return f"{brackets[0]}{', '.join(map(write, node.args))}{brackets[1]}"
    if node.head in _JOINTS:
        return _JOINTS[node.head].join(_within(arg, node.head) for arg in node.args)
    return _arithmetic(node)


def _arithmetic(node: Apply) -> str:
    first = node.args[0]
    match node.head:
        case "+":
            return _sum(node.args)
        case "*":
            return _product(node)
        case "^" if node.args[1] == HALF:
            return f"sqrt({write(first)})"
        case "^":
            return f"{_within(first, '^')}^{_within(node.args[1], '^')}"
        case "±" | "∓":
            return f"{node.head}{_within(first, '*')}"
        case "text":
            return write(first)
        case "unit":
            unit, text = write(node.args[1]), _within(first, "unit")
            return f"{unit}{text}" if unit in CURRENCIES else f"{text} \\text{{{unit}}}"
        case "call":
            return f"{write(first)}({', '.join(map(write, node.args[1:]))})"
    if node.head in _POSTFIX:
        return f"{_within(first, '^')}{_POSTFIX[node.head]}"
    return f"{node.head}({', '.join(map(write, node.args))})"


def _within(part: Node, whole: str) -> str:
    """Return a part, in brackets where it binds no tighter than the whole."""
    text = write(part)
    if isinstance(part, Num):
        is_plain = part.value >= 0 and part.value.denominator == 1
        binding = _TIGHT if is_plain else _LOOSE["*"] if part.value >= 0 else _LOOSE["+"]
    elif isinstance(part, Apply):
        is_root = part.head == "^" and part.args[1] == HALF
        binding = _TIGHT if is_root else _LOOSE.get(part.head, _TIGHT)
    else:
        binding = _TIGHT
    return text if binding > _LOOSE[whole] else f"({text})"


def _sum(terms: tuple[Node, ...]) -> str:
    text = ""
    for term in sorted(terms, key=_place):
        if _is_negative(term) and text:
            text += f" - {_within(negative(term), '+')}"
        elif isinstance(term, Apply) and term.head in ("±", "∓") and text:
            text += f" {term.head} {_within(term.args[0], '*')}"
        else:
            text += f"{' + ' * bool(text)}{write(term)}"
    return text


def _place(term: Node) -> int:
    """Return where a term of a sum is written: numbers behind the rest, ± last."""
    if isinstance(term, Apply) and term.head in ("±", "∓"):
        return 2
    return int(isinstance(term, Num))


def _product(node: Apply) -> str:
    if _is_negative(node):
        return f"-{_within(negative(node), '+')}"
    above: list[Node] = []
    below: list[Node] = []
    for factor in node.args:
        if isinstance(factor, Num):
            above += [Num(Fraction(factor.value.numerator))] * (factor.value.numerator != 1)
            below += [Num(Fraction(factor.value.denominator))] * (factor.value.denominator != 1)
        elif _is_inverse(factor):
            below.append(power(factor, MINUS_ONE))
        else:
            above.append(factor)
    text = "*".join(_within(factor, "*") for factor in above) or "1"
    return "/".join([text, *(_within(factor, "*") for factor in below)])


def _is_inverse(factor: Node) -> bool:
    if not isinstance(factor, Apply) or factor.head != "^":
        return False
    exponent = factor.args[1]
    return isinstance(exponent, Num) and exponent.value.denominator == 1 and exponent.value < 0


def _is_negative(term: Node) -> bool:
    if isinstance(term, Apply) and term.head == "*":
        term = term.args[0]
    return isinstance(term, Num) and term.value < 0
