"""The inner half of the grammar: sums, products, powers and what they are made of."""

from abc import ABC, abstractmethod
from fractions import Fraction

from cotutor.verify.expression.atoms import applied, binomial, factorial, in_base, number
from cotutor.verify.expression.cursor import MAX_DEPTH, Cursor
from cotutor.verify.expression.lexer import Token
from cotutor.verify.expression.terms import (
    IMAGINARY,
    INFINITY,
    MINUS_ONE,
    PI,
    Apply,
    E,
    Name,
    Node,
    Num,
    Unreadable,
    add,
    multiply,
    negative,
    power,
    quotient,
    walk,
)  # fmt: skip

_INVERSES = {name: f"a{name}" for name in
             ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")}  # fmt: skip
_CONSTANTS = {"pi": PI, "e": E, "i": IMAGINARY, "oo": INFINITY}
_APPLIED = ("f", "g", "h", "F", "G", "P")


class Arithmetic(Cursor, ABC):
    """Reads terms; every method reads what it is named after."""

    bars = 0

    @abstractmethod
    def item(self) -> Node:
        """Read what may stand between brackets and commas."""

    @abstractmethod
    def bracket(self, sign: str) -> Node:
        """Read what an opening bracket, already taken, begins."""

    @abstractmethod
    def matrix(self, name: str) -> Node:
        """Read a matrix, its beginning already taken."""

    def sum(self) -> Node:
        """Read terms joined by signs."""
        with_sign = self.peek().text if self.sees("+", "-", "±", "∓") else ""
        if with_sign in ("±", "∓"):
            self.take()
        first = self.product()
        terms = [Apply(with_sign, (first,)) if with_sign in ("±", "∓") else first]
        while self.sees("+", "-", "±", "∓"):
            sign = self.take().text
            term = self.product()
            if sign == "-":
                term = negative(term)
            terms.append(Apply(sign, (term,)) if sign in ("±", "∓") else term)
        if len(terms) == 1:
            return terms[0]
        if any(part == INFINITY for term in terms for part in walk(term)):
            raise Unreadable("a sum with infinity")
        return add(terms)

    def product(self) -> Node:
        """Read factors joined by signs, or side by side."""
        node = self.signed()
        factors = [node]
        while True:
            if self.takes("*"):
                factors.append(self.signed())
            elif self.takes("/"):
                factors.append(power(self.signed(), MINUS_ONE))
            elif self.starts_factor():
                factors.append(self.power())
            else:
                return node if len(factors) == 1 else multiply(factors)

    def starts_factor(self) -> bool:
        """Say whether what follows stands side by side with what was read."""
        token = self.peek()
        if token.kind in ("name", "function", "template", "begin"):
            return True
        return self.sees("(", "{", "⌊", "⌈") or (self.sees("|") and not self.bars)

    def signed(self) -> Node:
        """Read a power with its sign."""
        is_negative = False
        while self.sees("-", "+"):
            is_negative ^= self.take().text == "-"
        node = self.power()
        return negative(node) if is_negative else node

    def power(self) -> Node:
        """Read an atom with what is raised or stands behind it."""
        self.deeper()
        node = self.atom()
        for _ in range(MAX_DEPTH):
            if self.takes("!"):
                node = factorial(node)
                if self.sees("!"):
                    raise Unreadable("a factorial of every second number")
            elif self.takes("%"):
                node = Apply("percent", (node,))
            elif self.takes("°"):
                node = Apply("degree", (node,))
            elif not self.sees("^"):
                break
            elif self.peek(1).text == "°":
                self.at += 2
                node = Apply("degree", (node,))
            elif [self.peek(n).text for n in (1, 2, 3)] == ["{", "°", "}"]:
                self.at += 4
                node = Apply("degree", (node,))
            else:
                self.take()
                node = power(node, self.exponent())
        self.depth -= 1
        return node

    def exponent(self) -> Node:
        """Read an exponent, which may have a sign."""
        if self.sees("-", "+"):
            return self.signed()
        return self.power()

    def atom(self) -> Node:
        """Read what cannot be taken apart."""
        token = self.take()
        match token.kind:
            case "number":
                return self.number(token.text)
            case "name":
                return self.name(token.text)
            case "function":
                return self.function(token.text)
            case "template":
                return self.template(token.text)
            case "begin":
                return self.matrix(token.text)
            case "sign":
                return self.bracket(token.text)
        raise Unreadable(f"{token.text!r} stands where a term should")

    def number(self, text: str) -> Node:
        """Read a number, perhaps in another base or mixed."""
        node = number(text)
        if self.takes("_"):
            return in_base(text, self.group())
        if not isinstance(node, Num) or node.decimals != 0:
            return node
        return self.mixed(node) or node

    def mixed(self, whole: Num) -> Node | None:
        r"""Return `2\frac{1}{2}` or `2 1/2` as one number, None where there is none."""
        start = self.at
        fraction: Node | None = None
        if self.peek().text == "frac":
            self.take()
            fraction = self.template("frac")
        elif self.peek().kind == "number" and self.peek().is_spaced and self.peek(1).text == "/":
            above, below = self.peek().text, self.peek(2)
            if above.isdigit() and below.kind == "number" and below.text.isdigit():
                self.at += 3
                fraction = quotient(number(above), number(below.text))
        if isinstance(fraction, Num) and 0 < fraction.value < 1 and not self.sees("^", "_"):
            return Num(whole.value + fraction.value)
        self.at = start
        return None

    def name(self, text: str) -> Node:
        """Read a constant, or a variable with its index, or a function of it."""
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text == "∅":
            return Apply("set", ())
        if self.takes("_"):
            script = self.script_text()
            text += f"_{script}" if len(script) == 1 else f"_{{{script}}}"
        while self.takes("'"):
            text += "'"
        if text.rstrip("'") in _APPLIED and self.sees("(") and not self.peek().is_spaced:
            self.take()
            inside = self.inside(")")[0]
            return Apply("call", (Name(text), *inside))
        return Name(text)

    def script_text(self) -> str:
        r"""Return an index as text: `1`, `n+1`, `\text{max}`."""
        if not self.takes("{"):
            token = self.take()
            if token.kind not in ("number", "name", "word"):
                raise Unreadable("an index that is none")
            return token.text
        text = ""
        while not self.takes("}"):
            token = self.take()
            if token.kind not in ("number", "name", "word") and token.text not in ("+", "-", ","):
                raise Unreadable("an index that is none")
            text += token.text
        return text

    def function(self, name: str) -> Node:
        """Read a function with its argument."""
        base: Node | None = None
        exponent: Node | None = None
        while self.sees("_", "^"):
            if self.take().text == "_":
                base = self.group()
            else:
                exponent = self.exponent()
        if exponent == MINUS_ONE and name in _INVERSES:
            name, exponent = _INVERSES[name], None
        node = applied(name, self.arguments(name), base)
        return node if exponent is None else power(node, exponent)

    def arguments(self, name: str) -> tuple[Node, ...]:
        """Return what stands in brackets, or side by side up to the next sign or function."""
        self.deeper()
        if self.takes("("):
            found: tuple[Node, ...] = self.inside(")")[0]
        elif name == "sqrt" or self.sees("{"):
            found = (self.power(),)
        else:
            factors = [self.signed()]
            while self.starts_factor() and self.peek().kind != "function":
                factors.append(self.power())
            found = (factors[0] if len(factors) == 1 else multiply(factors),)
        self.depth -= 1
        return found

    def template(self, name: str) -> Node:
        """Read the arguments of a fraction, root or binomial."""
        if name == "root":
            index: Node = Num(Fraction(2))
            if self.takes("["):
                index = self.inside("]")[0][0]
            radicand = number(self.take().text) if self.peek().kind == "number" else self.group()
            return power(radicand, power(index, MINUS_ONE))
        above, below = self.group(), self.group()
        if name == "frac":
            return quotient(above, below)
        return binomial(above, below)

    def group(self) -> Node:
        """Return the argument of a command: a group, one digit or one atom."""
        self.deeper()
        token = self.peek()
        if self.takes("{"):
            node = self.braced()
        elif token.kind == "number" and token.text.isdigit() and len(token.text) > 1:
            node = number(token.text[0])
            rest = Token("number", token.text[1:])
            self.tokens = [*self.tokens[: self.at], rest, *self.tokens[self.at + 1 :]]
        elif token.kind == "number":
            node = number(self.take().text)
        else:
            node = self.atom()
        self.depth -= 1
        return node

    def braced(self) -> Node:
        """Return what stands in a LaTeX group, its opening brace taken."""
        items, _ = self.inside("}")
        return items[0] if len(items) == 1 else Apply("set", items)

    def inside(self, *closings: str) -> tuple[tuple[Node, ...], str]:
        """Return the items up to a closing bracket, and that bracket."""
        self.deeper()
        bars, self.bars = self.bars, 0
        items = [self.item()]
        while self.takes(",", ";"):
            items.append(self.item())
        if len(items) == 1 and self.sees("choose", "over"):
            items = [self.infix(items[0])]
        closing = self.expect(*closings)
        self.bars = bars
        self.depth -= 1
        return tuple(items), closing

    def infix(self, left: Node) -> Node:
        r"""Return `n \choose k` or `a \over b`."""
        sign, right = self.take().text, self.item()
        return binomial(left, right) if sign == "choose" else quotient(left, right)

    def upright(self, opening: str) -> Node:
        """Return an absolute value, floor or ceiling."""
        self.deeper()
        self.bars += opening == "|"
        node = self.sum()
        self.bars -= opening == "|"
        self.expect({"|": "|", "⌊": "⌋", "⌈": "⌉"}[opening])
        self.depth -= 1
        return applied({"|": "abs", "⌊": "floor", "⌈": "ceil"}[opening], (node,), None)
