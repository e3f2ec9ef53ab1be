"""A place in a list of tokens, for the grammar."""

from collections.abc import Sequence

from cotutor.verify.expression.lexer import Token
from cotutor.verify.expression.terms import Unreadable

# Brackets, exponents and arguments within each other, at most.
MAX_DEPTH = 24

END = Token("end", "")


class Cursor:
    """Takes tokens one after the other, and counts how deep the grammar is."""

    def __init__(self, found: Sequence[Token]) -> None:
        self.tokens = found
        self.at = 0
        self.depth = 0

    def peek(self, ahead: int = 0) -> Token:
        """Return a token without taking it."""
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else END

    def take(self) -> Token:
        """Return the next token and go on."""
        token = self.peek()
        self.at += 1
        return token

    def sees(self, *signs: str) -> bool:
        """Say whether the next token is one of these signs."""
        return self.peek().kind == "sign" and self.peek().text in signs

    def takes(self, *signs: str) -> bool:
        """Take the next token if it is one of these signs."""
        is_there = self.sees(*signs)
        self.at += is_there
        return is_there

    def expect(self, *signs: str) -> str:
        """Take one of these signs, which must be there."""
        if not self.sees(*signs):
            raise Unreadable(f"{self.peek().text!r} stands where {signs[0]!r} should")
        return self.take().text

    def deeper(self) -> None:
        """Go one level deeper, for which there is a cap."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("too deep")
