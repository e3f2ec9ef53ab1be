r"""From tokens to a term: a recursive-descent grammar that evaluates nothing but rationals.

From loose to tight, the first three here and the others in `arithmetic`:

    answer      items joined by commas, "and", "or"
    item        a comparison, with a unit behind it or a currency before it
    comparison  sums joined by = ≠ < ≤ > ≥ ≈ ∈, and ∪ ∩ ∖ between regions
    sum         + - ± ∓
    product     * / and side by side, from left to right: 1/2x is (1/2)x
    power       a sign, ^ from right to left, and ! % ° behind
    atom        number, name, function, \frac, brackets, |...|, matrix

Side by side stand no two numbers: `2 1/2` and `2\frac{1}{2}` are mixed numbers
where the fraction is a proper one, `x2` and `2 3` are nothing. `log` without a
base is natural; `sin^{-1}` is the inverse. A text beyond the caps is unreadable.
"""

from fractions import Fraction

from cotutor.verify.expression.arithmetic import Arithmetic
from cotutor.verify.expression.atoms import matrix, unit_of
from cotutor.verify.expression.cursor import END
from cotutor.verify.expression.lexer import Token, tokens
from cotutor.verify.expression.terms import Apply, Name, Node, Num, Unreadable, multiply, walk
from cotutor.verify.expression.vocabulary import NO_UNITS, SCALES

MAX_NODES = 300
MAX_UNIT_WORDS = 6

_RELATIONS = {"=": "=", "≠": "!=", "<": "<", "≤": "<=", ">": "<", "≥": "<=", "≈": "≈", "∈": "in"}
_REGIONS = {"∪": "union", "∩": "intersect", "∖": "minus"}
_MATRICES = ("matrix", "pmatrix", "bmatrix", "smallmatrix", "array")


def parse(text: str) -> Node:
    """Return what `text` as a whole says.

    Raises:
        Unreadable: it is no term, or one beyond the caps.

    """
    parser = _Parser(tokens(text))
    node = parser.answer()
    if parser.peek() != END:
        raise Unreadable(f"{parser.peek().text!r} does not belong there")
    if sum(1 for _ in walk(node)) > MAX_NODES:
        raise Unreadable("too long")
    return node


class _Parser(Arithmetic):
    """Reads answers, and the brackets in them."""

    def answer(self) -> Node:
        items, joints = [self.item()], set()
        while self.sees(",", ";", "or", "and"):
            joint = self.take().text
            if joint in (",", ";") and self.sees("or", "and"):
                joint = self.take().text
            joints.add("," if joint == ";" else joint)
            items.append(self.item())
        if len(items) == 1:
            return items[0]
        joints -= {","} if len(joints) > 1 else set()
        if len(joints) > 1:
            raise Unreadable("both and and or")
        return Apply("list" if joints == {","} else joints.pop(), tuple(items))

    def item(self) -> Node:
        """Read a comparison; words before its first `=` name it and say no more."""
        words = 0
        while self.peek(words).kind == "word":
            words += 1
        self.at += words + 1 if words and self.peek(words).text == "=" else 0
        unit = self.currency()
        node = self.comparison()
        if self.peek().kind == "word" and self.peek().text.lower() in SCALES:
            node = multiply((node, Num(Fraction(10 ** SCALES[self.take().text.lower()]))))
        if self.peek().kind == "word":
            unit = self.unit()
        elif self.peek().kind == "currency":
            unit = self.take().text
        if unit is None:
            return node
        return Apply("unit", (node, Name(unit)))

    def currency(self) -> str | None:
        ahead = 1 if self.sees("-") else 0
        if self.peek(ahead).kind != "currency":
            return None
        sign = self.peek(ahead).text
        self.tokens = [*self.tokens[: self.at + ahead], *self.tokens[self.at + ahead + 1 :]]
        return sign

    def unit(self) -> str:
        words: list[str] = []
        while self.peek().kind == "word" or (words and self.sees("^", "/", "*")):
            token = self.take()
            words.append(token.text)
            if token.text == "^":
                words.append(self.script_text())
            elif token.text in ("/", "*") and self.peek().kind in ("word", "name"):
                words.append(self.take().text)
        if len(words) > MAX_UNIT_WORDS or any(word.lower() in NO_UNITS for word in words):
            raise Unreadable("words that may change the value")
        return unit_of(" ".join(words))

    def comparison(self) -> Node:
        sides, relations = [self.ratio()], []
        while self.peek().kind == "sign" and self.peek().text in _RELATIONS:
            relations.append(self.take().text)
            sides.append(self.ratio())
        if not relations:
            return sides[0]
        if set(relations) <= {"=", "≈"}:
            exact = sides[: relations.index("≈") + 1] if "≈" in relations else sides
            node = exact[0] if len(exact) == 1 else Apply("=", tuple(exact))
            return Apply("≈", (node, sides[-1])) if "≈" in relations else node
        pairs = [
            Apply(_RELATIONS[sign], (b, a) if sign in ">≥" else (a, b))
            for sign, a, b in zip(relations, sides, sides[1:], strict=False)
        ]
        return pairs[0] if len(pairs) == 1 else Apply("and", tuple(pairs))

    def ratio(self) -> Node:
        terms = [self.region()]
        while self.takes(":"):
            terms.append(self.region())
        return terms[0] if len(terms) == 1 else Apply("ratio", tuple(terms))

    def region(self) -> Node:
        node = self.sum()
        while self.peek().kind == "sign" and self.peek().text in _REGIONS:
            head = _REGIONS[self.take().text]
            other = self.sum()
            own = node.args if isinstance(node, Apply) and node.head == head else (node,)
            node = Apply(head, (*own, other))
        return node

    def bracket(self, sign: str) -> Node:
        if sign == "{":
            return self.braced()
        if sign == "{{":
            return self.set()
        if sign in ("|", "⌊", "⌈"):
            return self.upright(sign)
        if sign not in ("(", "["):
            raise Unreadable(f"{sign!r} stands where a term should")
        if sign == "[" and self.sees("["):
            return self.rows()
        items, closing = self.inside(")", "]")
        is_pair = len(items) == 2
        if f"{sign}{closing}" in ("(]", "[)"):
            if not is_pair:
                raise Unreadable("an interval without two ends")
            return Apply(f"interval{sign}{closing}", items)
        if len(items) == 1:
            return items[0]
        return Apply("tuple" if sign == "(" else "square", items)

    def rows(self) -> Node:
        """Read the rows of `[[1, 2], [3, 4]]`, the first bracket taken."""
        found: list[tuple[Node, ...]] = []
        while not found or self.takes(","):
            self.expect("[")
            found.append(self.inside("]")[0])
        self.expect("]")
        return matrix(found)

    def set(self) -> Node:
        if self.takes("}}"):
            return Apply("set", ())
        condition = [token.text for token in self.tokens[self.at + 1 : self.at + 2]]
        if self.peek().kind == "name" and condition in (["|"], [":"]):
            self.at += 2
        items, _ = self.inside("}}")
        if len(items) == 1 and isinstance(items[0], Apply) and items[0].head in ("<", "<=", "and"):
            return items[0]
        return Apply("set", items)

    def matrix(self, name: str) -> Node:
        if name not in _MATRICES:
            raise Unreadable(f"the environment {name}")
        if name == "array" and self.takes("{"):
            self.script_columns()
        rows: list[tuple[Node, ...]] = []
        self.deeper()
        while self.peek().kind != "end" or self.peek() == END:
            row = [self.item()]
            while self.takes("&"):
                row.append(self.item())
            rows.append(tuple(row))
            if not self.takes("\\\\"):
                break
        self.depth -= 1
        if self.take() != (Token("end", name)._replace(is_spaced=self.peek(-1).is_spaced)):
            raise Unreadable("a matrix without its end")
        return matrix(rows)

    def script_columns(self) -> None:
        while not self.takes("}"):
            if self.take() == END:
                raise Unreadable("a matrix without its end")
