r"""Numbers, read as exact rationals.

Read: `1,080`  `1 080`  `1'080`  `1,00,000`  `1.080,50`  `43.0`  `.5`  `-7` `−7` `minus 7`
`$18.00`  `-$3`  `Rs. 500`  `3/4`  `1 3/4`  `2 and a half`  `¾`  `70%`  `1.5e6`  `1.5 × 10⁶`
`10^6`  `3 million`  `$5k`  `2 dozen`  `42 apples`  `12cm²`  `5'`  `23 dollars and 86 cents`
`thirty-seven`  `\frac{3}{4}`  `1{,}080`  `5\text{ cm}`.

Not a number: digits inside a word (`B52`, `Catch-22`), clock times, ratios, dates and
versions (`3:46`, `03/14/2021`, `3.1.4`), commas that group no thousands (`1,2`: a list or
a decimal comma, nobody knows), powers, roots, multiples of π, i and unknowns (`2^5`, `√7`,
`2π`, `3i`, `2x`, `x + 5`), bounds (`x > 5`, `5 or more`, `5 ± 1`) and what the text denies
(`not 5`, `can't be 5`, `more than 5`), changes (`half of 5`, `almost 5`, `5-year-old`),
supposes (`if it were 5`) or asks (`5?`); `about 5` and `at least 5` are 5. A hyphen between
numbers is no minus. Number words count in sentences without digits.

Which number, when there are several: a text that opens with a number and no
equation answers there, and the rest explains; else the last sentence that holds
a number concludes. In that sentence only what follows the last `=`, `≈`,
`equals` or `is <number>` counts, and of several numbers there the one before a
purpose or condition that offers no other answer ("$10 from selling 5", "8 weeks to
collect 200"). Several unequal numbers left ("5 or 6", "5 + 5", "4 to 6"): all are
returned, and the verdict is "ambiguous".
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import chain, starmap
from typing import NamedTuple

from cotutor.records import Problem
from cotutor.verify import number_signs as signs
from cotutor.verify.number_words import in_digits
from cotutor.verify.scope import sentences
from cotutor.verify.settings import VerifySettings

# A longer token is noise, and keeps every reading fast.
MAX_DIGITS = 400
# A sentence is read up to so many numbers; one with more concludes nothing.
READ = 200
# Of more different numbers in one sentence only the first and the last are kept.
MOST = 8
# Two printed numbers may differ only by rounding, and only where one of them is
# long: at least LONG decimals, or a fraction that does not end within as many.
LONG = 5
# The shorter one must print at least this many decimals: 0.67 may stand for
# 0.6666666666666666, 0.7 may not; and 0.88 is not 0.875, which is exact.
SHORTEST_ROUNDED = 2
# Beyond this many decimals floats are noise: 0.3333333333333333 is 0.3333333333333334.
FLOAT_DIGITS = 12
# An opening in words is the answer only as a fragment: "Five." and not "Two boys went home".
FRAGMENT = 3


@dataclass(frozen=True, slots=True)
class Number:
    """An exact value and how it was printed.

    `decimals` counts the printed places, 0 for an integer and None for a
    fraction, which is exact. `unit` is "%" or "¢" where one is given: hundredths.
    """

    value: Fraction
    decimals: int | None
    unit: str = ""

    @property
    def is_long(self) -> bool:
        """Whether rounding may have made it: many decimals, or a fraction that does not end."""
        if self.decimals is None:
            return bool(10**LONG % self.value.denominator)
        return self.decimals >= LONG

    def __str__(self) -> str:
        if self.decimals == 0:
            return f"{self.value}{self.unit}"
        places = FLOAT_DIGITS if self.decimals is None else self.decimals
        scaled, rest = divmod(abs(self.value.numerator) * 10**places, self.value.denominator)
        if rest:
            return f"{self.value}{self.unit}"
        digits = f"{scaled:0{places + 1}d}"
        whole, part = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
        sign = "-" if self.value < 0 else ""
        return f"{sign}{whole}{'.' * bool(part)}{part}{self.unit}"


class _Token(NamedTuple):
    """A number in a sentence: where it stands, and whether it can be an answer."""

    start: int
    end: int
    number: Number | None
    is_algebra: bool = False


_Core = tuple[re.Match[str], int]
"""A number without the signs before it, and from where on those may be looked for."""


class _Statement(NamedTuple):
    """A sentence with the numbers of its last right-hand side, which begins at `start`.

    What is no equation is all one side; `in_words`: the numbers were written as words.
    """

    text: str
    tokens: list[_Token]
    start: int
    is_equation: bool
    in_words: bool


def read(text: str, problem: Problem) -> list[Number]:
    """Return the different numbers `text` gives as its answer (more than one: ambiguous)."""
    bare = _bare(text)
    if bare:
        return [bare]
    parts = sentences(signs.clean(text))
    bare = _bare(parts[0]) if parts else None
    if bare:
        return [bare]
    rest = iter(parts)
    said = next(filter(None, map(_heard, rest)), None)
    if said is None:
        return []
    if not _opens(said):
        said = next(filter(None, map(_heard, reversed(list(rest)))), said)
    return _conclusion(said)


def _bare(text: str) -> Number | None:
    """Return the number that a text is, as most answers are: no word, and no sign but `$`."""
    found = signs.BARE.fullmatch(text)
    return _plain(found[1]) if found and len(text) <= MAX_DIGITS else None


def _heard(sentence: str) -> _Statement | None:
    """Return a sentence that states a number, its number words in digits; None: it states none."""
    if sentence.endswith("?") and "," not in sentence:
        return None
    heard = in_digits(sentence)
    if "cent" in heard or "Cent" in heard:
        heard = signs.with_cents(heard)
    cores = _cores(heard)
    if not cores:
        return None
    sides = list(signs.RIGHT_SIDE.finditer(heard))
    start = _right_side(heard, cores, sides) if sides else 0
    tokens = [_token(core, seen) for core, seen in cores if core.end() > start]
    left = (_token(core, seen) for core, seen in cores if core.end() <= start)
    if not any(token.number or token.is_algebra for token in chain(tokens, left)):
        return None
    in_words = heard is not sentence and not signs.START.search(sentence)
    return _Statement(heard, tokens, start, bool(sides), in_words)


def whole(text: str) -> Number | None:
    """Return the number that `text` is, and nothing else but its currency or percent sign."""
    if len(text) > MAX_DIGITS:
        return None
    text = signs.clean(text.strip(" \t\r\n*_`\"'."))
    text = in_digits(text)
    found = [token for token in starmap(_token, _cores(text)) if token.number]
    if len(found) != 1 or text[found[0].end :].strip():
        return None
    return found[0].number if not text[: found[0].start].strip(" $€£¥₹+") else None


def equal(a: Number, b: Number, problem: Problem, settings: VerifySettings) -> bool:
    """Say whether two numbers are the same answer: exactly, or to the printed precision.

    A percentage meets its printed number and its hundredth: `70%` is 70 where
    percent were asked for and 0.7 where a share was. So do 70 cents.
    """
    if a is b:
        return True
    is_alike = bool(a.unit) == bool(b.unit)
    if is_alike or settings.percent == "either":
        if _same(a, b) or _near(a, b, settings.tolerance):
            return True
        if is_alike:
            return False
    a, b = _share(a), _share(b)
    return _same(a, b) or _near(a, b, settings.tolerance)


def wrong(problem: Problem) -> str:
    """Return a number that is not the gold, nor near it."""
    readings = read(problem.gold, problem)
    if not readings:
        return "1"
    value = readings[0].value
    return str(replace(readings[0], value=value + abs(value) + 1))


def _same(a: Number, b: Number) -> bool:
    if a.decimals == b.decimals == 0:
        return a.value.numerator == b.value.numerator
    if a.value == b.value:
        return True
    printed = [n.decimals for n in (a, b) if n.decimals is not None]
    if not printed or not (a.is_long or b.is_long):
        return False
    places = min([FLOAT_DIGITS, *printed])
    if places < SHORTEST_ROUNDED and max(printed) > FLOAT_DIGITS:  # 5.300000000000001 is 5.3
        places = FLOAT_DIGITS
    return places >= SHORTEST_ROUNDED and abs(a.value - b.value) * 2 * 10**places <= 1


def _near(a: Number, b: Number, tolerance: float) -> bool:
    """Say whether two numbers differ by at most a share of the larger one."""
    if not tolerance:
        return False
    return abs(a.value - b.value) <= Fraction(str(tolerance)) * max(abs(a.value), abs(b.value))


def _opens(said: _Statement) -> bool:
    """Say whether a statement begins with its number, and is no equation."""
    if said.is_equation:
        return False
    start = next(token.start for token in said.tokens if token.number or token.is_algebra)
    if any(c.isalpha() for c in said.text[:start]):
        return False
    return not said.in_words or len(said.text.split()) <= FRAGMENT


def _conclusion(said: _Statement) -> list[Number]:
    sentence, right = said.text, _evaluated(said.text, said.tokens)
    numbers = [token.number for token in right if token.number]
    if not numbers or signs.FORMULA.search(sentence, said.start):
        return []
    if len(numbers) == 1:
        return numbers
    given = _different(sentence, right)
    if len(given) > 1:
        cut = _circumstances(sentence, next(t.end for t in right if t.number))
        main = _different(sentence, [token for token in right if token.end <= cut])
        return main if len(main) == 1 else given
    return given


def _evaluated(sentence: str, tokens: list[_Token]) -> list[_Token]:
    """Return the tokens, those that an operator joins to an unknown as what they are: algebra."""
    if not any(token.is_algebra for token in tokens):
        return tokens
    found = list(tokens)
    for order in (range(1, len(found)), range(len(found) - 1, 0, -1)):
        for i in order:
            a, b = found[i - 1], found[i]
            if a.is_algebra != b.is_algebra and signs.OPERATOR.fullmatch(sentence, a.end, b.start):
                found[i - 1], found[i] = (
                    token._replace(number=None, is_algebra=True) for token in (a, b)
                )
    return found


def _right_side(sentence: str, cores: list[_Core], sides: list[re.Match[str]]) -> int:
    """Return where the last right-hand side begins that is no second answer after an "or"."""
    start = left = 0
    ends = iter([*(core.end() for core, _ in cores), len(sentence) + 1])
    end = next(ends)
    for cut in sides:
        while end <= cut.start():
            left, end = end, next(ends)
        if not (left > start and signs.SECOND.fullmatch(sentence, left, cut.start())):
            start = cut.end()
    return start


def _circumstances(sentence: str, start: int) -> int:
    """Return where the purpose or condition begins that ends the sentence, else its end."""
    found = signs.CIRCUMSTANCE.search(sentence, start)
    if found and not signs.OTHERWISE.search(sentence, found.end()):
        return found.start()
    return len(sentence)


def _different(sentence: str, tokens: list[_Token]) -> list[Number]:
    """Return the numbers in order, each once, but both sides of an operation even if equal."""
    different: list[Number] = []
    end = 0
    for token in tokens:
        if token.number is None:
            continue
        is_operand = bool(different) and signs.OPERATOR.fullmatch(sentence, end, token.start)
        end = token.end
        if is_operand or not any(_says_again(token.number, other) for other in different):
            different.append(token.number)
            if len(different) > MOST:
                del different[MOST // 2]
    return different


def _says_again(a: Number, b: Number) -> bool:
    """Say whether a text that gives both gives one answer: 70% and 0.7, not 70% and 70."""
    return _same(_share(a), _share(b))


def _share(number: Number) -> Number:
    """Return a percentage as the share it is, cents as dollars, any other number as it is."""
    if not number.unit:
        return number
    places = None if number.decimals is None else number.decimals + 2
    return Number(number.value / 100, places)


def _cores(text: str) -> list[_Core]:
    found: list[_Core] = []
    at = 0
    while len(found) < READ and (start := signs.START.search(text, at)):
        core = signs.CORE.match(text, start.start())
        if core is None:  # a digit that no pattern takes: nothing can begin inside it
            at = start.end()
            continue
        found.append((core, max(at, core.start() - signs.LOOK_BACK)))
        at = core.start("algebra") if core["algebra"] else core.end()
    return found


def _token(core: re.Match[str], seen: int) -> _Token:
    """Return a number with what stands before it, which may be looked at from `seen` on."""
    text, start, end = core.string, core.start(), core.end()
    denied = algebra = minus = money = minus_after = None
    if not signs.are_apart(text[seen:start]):
        if signs.is_qualified(text, seen, start):
            return _Token(start, end, None)
        before = signs.before(text, seen, start)
        if before:
            start = before.start()
            denied, algebra, minus, money, minus_after = before.groups()
    is_plain = core.lastgroup == "plain"  # nothing stands behind the digits
    is_none = denied or algebra or end - start > MAX_DIGITS
    if is_none or not (is_plain or _is_number(core)):
        return _Token(start, end, None, bool(algebra or core["algebra"]))
    number = _plain(core[0]) if is_plain else _number(core, is_money=bool(money))
    if minus or minus_after:
        number = replace(number, value=-number.value)
    return _Token(start, end, number)


def _is_number(core: re.Match[str]) -> bool:
    return not any(core.group("other", "list", "of_month", "algebra", "compound"))


def _number(core: re.Match[str], *, is_money: bool) -> Number:
    value, decimals = _printed(core)
    *powers, scale, glued = core.group("power", "times", "exponent", "scale", "glued")
    shift = int(next(filter(None, powers), 0))
    factor = signs.SCALES.get(scale.lower(), 1) if scale else 1
    if glued:
        factor = (signs.GLUED_MONEY if is_money else signs.GLUED).get(glued, 1)
    if shift or factor != 1:
        value *= Fraction(10) ** shift * factor
        decimals = None if decimals is None else max(decimals - shift, 0)
    return Number(value, decimals, "%" if core["percent"] else "¢" * bool(core["cents"]))


def _printed(core: re.Match[str]) -> tuple[Fraction, int | None]:
    if core["ten"]:
        return Fraction(1), 0
    if core["plain"]:
        number = _plain(core["plain"])
        return number.value, number.decimals
    if core["european"]:
        number = _plain(core["european"].replace(".", "").replace(",", "."))
        return number.value, number.decimals
    above, _, below = (core["fraction"] or core["of_mixed"]).partition("/")
    return int(core["mixed"] or 0) + Fraction(int(above), int(below)), None


@lru_cache(maxsize=4096)
def _plain(printed: str) -> Number:
    """Return the number of digits, perhaps in groups and with a point."""
    digits = signs.GROUPING.sub("", printed)
    if "." not in digits:
        return Number(Fraction(int(digits)), 0)
    whole, _, part = digits.partition(".")
    return Number(Fraction(int(whole + part), 10 ** len(part)), len(part))
