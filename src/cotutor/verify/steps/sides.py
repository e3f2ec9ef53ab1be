"""The sides of equations: the longest sums and products that stand in a clause.

    She sold 3 boxes x 12 pens  ->  3 * 12, with the words "boxes", "pens"

Words behind an operand are its unit; where words stand between two numbers
without an operator, a new side begins. A side is not `is_sure` where what is
around it may change its meaning (a sign that cannot be read, "half", "average"):
then it can be confirmed, and never refuted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Union

from cotutor.verify.steps.signs import Sign, words

# A longer sum is not read.
MOST_PARTS = 100

_ARTICLES = words(
    "the another his her their its my our your these those this all an a some $ an extra"
    " additional other about only just total exactly still"
)
_MODIFIERS = words(
    "half third thirds quarter quarters fourth fifth tenth twice double triple thrice times"
    " average median ratio percent percentage root square cube squared remainder reciprocal log"
    " gcd lcm factorial mod modulo fraction"
)
# A number behind one of these is a name: "day 1 * 2".
_NUMBERED = words(
    "day week month year game round step chapter part question grade class team level figure"
    " number case group room bus"
)
# Words that begin another clause: no unit reaches over them.
_CLAUSES = words(
    "because since so then if when where who whose which that there but while thus hence"
    " therefore making giving leaving he she they we"
)
_UNIT_LETTERS = frozenset("mglLhscCFkK")


Operand = Union[Sign, "Side", "tuple[Side, Side]"]


@dataclass(frozen=True, slots=True)
class Part:
    """One operand and the operator before it.

    `&` is a product that no sign says, `|` a slash without blanks, `of` as in half of.
    """

    operator: str
    is_negative: bool
    operand: Operand


@dataclass(frozen=True, slots=True)
class Side:
    """A sum or product in a clause, its offsets, and the words in it and behind it.

    `first` and `after` are the places in the clause of its first sign and of
    the sign behind its last word.
    """

    parts: tuple[Part, ...]
    start: int
    end: int
    first: int
    after: int
    words: frozenset[str]
    last_words: tuple[str, ...]
    is_sure: bool

    @property
    def number(self) -> Sign | None:
        """The number that the side is alone; None where it is more."""
        operand = self.parts[0].operand
        if len(self.parts) > 1 or isinstance(operand, tuple):
            return None
        if isinstance(operand, Side):
            return operand.number
        return operand if operand.value is not None else None

    @property
    def letter(self) -> str | None:
        """The letter that the side is alone."""
        operand = self.parts[0].operand
        if len(self.parts) > 1 or not isinstance(operand, Sign) or self.parts[0].is_negative:
            return None
        return operand.text if operand.kind == "letter" else None

    def leaves(self) -> Iterator[Sign]:
        """Yield its numbers and letters, those in brackets included."""
        for part in self.parts:
            if isinstance(part.operand, Sign):
                yield part.operand
            else:
                for side in part.operand if isinstance(part.operand, tuple) else (part.operand,):
                    yield from side.leaves()

    def letters(self) -> set[str]:
        """Return the letters in it."""
        return {leaf.text for leaf in self.leaves() if leaf.kind == "letter"}

    def numbers(self) -> list[Sign]:
        """Return its numbers."""
        return [leaf for leaf in self.leaves() if leaf.value is not None]


@dataclass(frozen=True, slots=True)
class Group(Sign):
    """Brackets around one side."""

    side: Side | None = None


def sides(clause: Sequence[Sign]) -> list[Side]:
    """Return the sides that stand in signs without a relation, in order."""
    reader = _Reader(clause)
    found: list[Side] = []
    at = 0
    while at < len(clause):
        side = reader.side(at)
        if side is not None:
            found.append(side)
        at = side.after if side else at + 1
    return found


class _Reader:
    """Reads the side that begins at a place in a clause; grammar by descent, brackets read before.

    `number_at` and `operator_at` are the places of the clause's first number
    and first operator that is a sign.
    """

    def __init__(self, clause: Sequence[Sign]) -> None:
        self.clause = clause
        self.words: set[str] = set()
        places = range(len(clause))
        self.number_at = next((x for x in places if clause[x].kind == "number"), len(clause))
        operators = (x for x in places if clause[x].kind == "operator" and not self._is_said(x))
        self.operator_at = next(operators, len(clause))

    def side(self, first: int) -> Side | None:
        """Read the side whose first sign stands at `first`, None where none begins there."""
        self.words = set()
        read = self._operand(first, is_first=True)
        if read is None:
            return None
        operand, at = read
        parts = [Part("+", self._is_minus(first), operand)]
        while len(parts) < MOST_PARTS:
            step = self._product(at) or self._operation(at, parts[-1])
            if step is None:
                break
            part, at = step
            parts.append(part)
        after = self._past_words(at)
        last_words = tuple(sign.text for sign in self.clause[at:after])
        self.words.update(last_words)
        is_sure = self._is_sure(first, after) and not _is_loose([x.operator for x in parts])
        return Side(
            parts=tuple(parts),
            start=self.clause[first].start,
            end=self.clause[at - 1].end,
            first=first,
            after=after,
            words=frozenset(self.words),
            last_words=last_words,
            is_sure=is_sure,
        )

    def _kind(self, at: int) -> str:
        return self.clause[at].kind if 0 <= at < len(self.clause) else ""

    def _is_glued(self, at: int) -> bool:
        return self.clause[at].start == self.clause[at - 1].end

    def _is_minus(self, at: int) -> bool:
        sign = self.clause[at]
        return sign.kind == "operator" and sign.text == "-"

    def _operand(self, at: int, *, is_first: bool = False) -> tuple[Operand, int] | None:
        """Return the operand at a place, with its own sign, and the place behind it."""
        if self._kind(at) == "operator" and self.clause[at].text in "+-":
            if at + 1 >= len(self.clause) or not self._is_glued(at + 1):
                return None
            at += 1
        kind = self._kind(at)
        if kind == "number":
            return self.clause[at], at + 1
        if kind == "letter":
            return (self.clause[at], at + 1) if self._is_variable(at, is_first) else None
        if kind == "word" and self.clause[at].value is not None:
            is_next = self._kind(at + 1) == "operator" and self._is_said(at + 1)
            is_behind = self._kind(at - 1) == "operator" or (is_first and at == 0)
            return (self.clause[at], at + 1) if is_next or is_behind else None
        if kind == "frac":
            above, below = self._group(at + 1), self._group(at + 2)
            return ((above, below), at + 3) if above and below else None
        side = self._group(at)
        return (side, at + 1) if side else None

    def _group(self, at: int) -> Side | None:
        sign = self.clause[at] if at < len(self.clause) else None
        return sign.side if isinstance(sign, Group) else None

    def _is_said(self, at: int) -> bool:
        """Whether the operator is a word: `times`, `plus`."""
        sign = self.clause[at]
        return sign.end - sign.start > 3

    def _is_variable(self, at: int, is_first: bool) -> bool:
        following = self._kind(at + 1)
        if is_first:
            return following in ("operator", "") and self._kind(at - 1) != "number"
        return following != "word" or self.clause[at].text not in "aAI"

    def _product(self, at: int) -> tuple[Part, int] | None:
        """Read an operand that multiplies the one before without a sign: 2x, 2(3), (2)(3)."""
        kind, before = self._kind(at), self._kind(at - 1)
        if kind == "letter" and before in ("number", "letter", "group"):
            is_cross = self._is_cross(at)
            is_unit = self.clause[at].text in _UNIT_LETTERS or self._kind(at + 1) == "word"
            if is_cross or (not self._is_glued(at) and is_unit):
                return None
            if self._is_glued(at) or self._kind(at + 1) in ("operator", ""):
                return Part("&", False, self.clause[at]), at + 1
            return None
        is_factor = kind == "group" and before in ("number", "letter", "group")
        read = self._operand(at) if is_factor else None
        return (Part("&", False, read[0]), read[1]) if read else None

    def _operation(self, at: int, last: Part) -> tuple[Part, int] | None:
        """Read words, an operator and the operand behind it."""
        after = self._past_words(at)
        for place in (after, at):
            operator = self._operator_at(place, last)
            read = self._operand_after(place + 1) if operator else None
            if operator and read:
                self.words.update(sign.text for sign in self.clause[at:place])
                operand, begin, end = read
                return Part(operator, self._is_minus(begin), operand), end
        return None

    def _operator_at(self, at: int, last: Part) -> str | None:
        if at >= len(self.clause):
            return None
        sign = self.clause[at]
        if sign.kind == "operator":
            is_tight = sign.text == "/" and self._is_glued(at) and self._is_next_glued(at)
            return "|" if is_tight else sign.text
        if self._is_cross(at):
            return "*"
        return "of" if sign.text == "of" and _is_share(last) else None

    def _is_next_glued(self, at: int) -> bool:
        return at + 1 < len(self.clause) and self._is_glued(at + 1)

    def _is_cross(self, at: int) -> bool:
        """Whether a letter is a multiplication sign: an x before a number."""
        sign = self.clause[at]
        if sign.kind != "letter" or sign.text not in "xX" or self._kind(at + 1) == "operator":
            return False
        if self._kind(at + 1) == "group" and self._is_glued(at):
            return False
        return self._operand_after(at + 1) is not None

    def _operand_after(self, at: int) -> tuple[Operand, int, int] | None:
        """Return the operand behind an operator, past an article: place, and place behind it."""
        while self._kind(at) == "word" and self.clause[at].text in _ARTICLES:
            at += 1
        read = self._operand(at)
        return (read[0], at, read[1]) if read else None

    def _past_words(self, at: int) -> int:
        """Return the place behind the words at a place: units, and operators that join nothing."""
        while at < len(self.clause):
            kind = self.clause[at].kind
            if kind == "operator" and not (
                self._is_said(at) and self._operand_after(at + 1) is None
            ):
                break
            if kind == "letter" and (
                self._is_cross(at)
                or (self._kind(at - 1) == "word" and self._is_variable(at, is_first=True))
            ):
                break
            if kind not in ("word", "letter", "operator") or self.clause[at].text in _CLAUSES:
                break
            at += 1
        return at

    def _is_sure(self, first: int, after: int) -> bool:
        """Whether nothing around the side may change what it means."""
        if self._kind(after) in ("other", "operator", "frac", "group") or "x" in self.words:
            return False
        if self._kind(after) == self._kind(after - 1) == "number":
            return False
        if self._kind(first - 1) in ("other", "frac", "number", "operator"):
            return False
        if self._kind(first - 1) == "letter" and self.clause[first - 1].text not in "aAI":
            return False
        is_signed = self.clause[first].kind == "operator"
        if is_signed and self._kind(first - 1) == "word" and self.clause[first - 1].text != "$":
            return False
        if self.clause[first].kind == "group" and self.number_at < first:
            return False
        if self.operator_at < first or (first and self.clause[first - 1].text in _NUMBERED):
            return False
        before = [sign.text for sign in self.clause[max(first - 4, 0) : first]]
        return not any(
            word in _MODIFIERS and (at == len(before) - 1 or "of" in before[at:])
            for at, word in enumerate(before)
        )


def _is_loose(operators: Sequence[str]) -> bool:
    """Say whether people mean different things by it: 10% of 4 + 6, 6 / 2 km/3 h."""
    of = operators.index("of") if "of" in operators else len(operators)
    slash = operators.index("/") if "/" in operators else len(operators)
    return any(x in "+-" for x in operators[of:]) or "|" in operators[slash:]


def _is_share(part: Part) -> bool:
    """Say whether "of" behind it multiplies: 20% of, half of, 3/4 of."""
    operand = part.operand
    if isinstance(operand, tuple) or part.operator in ("/", "|"):
        return True
    return isinstance(operand, Sign) and (
        operand.is_percent or (operand.value is not None and operand.value.denominator > 1)
    )


def whole(inside: Sequence[Sign]) -> Side | None:
    """Return the one side that fills a bracket, None where it holds something else."""
    found = sides(inside)
    if len(found) != 1 or found[0].after != len(inside):
        return None
    return found[0] if all(s.kind == "word" for s in inside[: found[0].first]) else None
