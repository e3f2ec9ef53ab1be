r"""Text as the signs of arithmetic: numbers, letters, operators, relations, words.

    `4 apples x $3 = \$12`  ->  4, apples, x, $3, =, $12

What arithmetic does not see (quotes, Markdown stars, LaTeX spacing) is left out;
`break` ends a clause, and `other` is what cannot be read (roots, clock times).
Offsets are exact. Linear in the text; nothing is evaluated.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

# A longer number is noise, and keeps exact arithmetic fast.
MAX_DIGITS = 40

SignKind = Literal[
    "number", "letter", "word", "operator", "relation", "open", "close", "group", "frac",
    "mark", "break", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign and where it stands.

    `text` is its normal form: `+ - * / ^` for an operator; for a relation `=` or
    `≈`, and where words say it `equals`, `about` or `is`; a word in lower case. A
    number has its exact `value` (`20%` has 20 and `is_percent`) and its printed
    `decimals`, None for a fraction; `3 million` has 3000000, -6 decimals and
    `scale` 6. A number word (`five`) is a word with a value.
    """

    kind: SignKind
    start: int
    end: int
    text: str = ""
    value: Fraction | None = None
    decimals: int | None = None
    is_percent: bool = False
    is_money: bool = False
    scale: int = 0


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_UNITS += " fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {word: value for value, word in enumerate(_UNITS.split())}
NUMBER_WORDS |= {word: 10 * value for value, word in enumerate(_TENS.split(), start=2)}
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3}
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_TIMES = {"twice": 2, "double": 2, "thrice": 3, "triple": 3}
_VULGAR = {
    sign: Fraction(above, below)
    for below, row in {2: "½", 3: "⅓⅔", 4: "¼_¾", 5: "⅕⅖⅗⅘", 6: "⅙___⅚", 8: "⅛_⅜_⅝_⅞"}.items()
    for above, sign in enumerate(row, start=1)
    if sign != "_"
}
_OPERATORS = {
    "×": "*", "·": "*", "∙": "*", "⋅": "*", "∗": "*", "*": "*", "@": "*", "+": "+", "-": "-",
    "−": "-", "–": "-", "/": "/", "÷": "/", "∕": "/", "⁄": "/", "^": "^", "**": "^",
    "plus": "+", "minus": "-", "times": "*", "multiplied by": "*", "divided by": "/",
    "added to": "+", "\\times": "*", "\\cdot": "*", "\\div": "/", "\\ast": "*",
}  # fmt: skip
_RAISED = {"²": 2, "³": 3}

_EQUAL = r"(?:is\s|are\s)?equal\sto|equals?"
_VERB = (
    r"is|are|was|were|gives?|makes?|leaves?|totals|yields?|comes?\sto|results?\sin|would\sbe"
    r"|will\sbe|means"
)
_TO_WHOM = r"(?:\s(?:you|us|him|her|them|me))?(?:\s(?:only|just|exactly|a\stotal\sof))?"
_ABOUT = r"(?:about|approximately|around|roughly|nearly|almost)"
_NTH = r"(?:half|halves|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s?"
_INVISIBLE = (
    r"\\(?:left|right|quad|qquad|text|mathrm|mathbf|boxed|displaystyle|begin|end)\b"
    r"|\\[,;:!\s()\[\]]"
)

_SIGN = re.compile(
    rf"""
      (?P<bullet> (?m:^)[^\S\n]*+ (?: [-*•–]\s | \(?[0-9]{{1,3}}[.)]\s | \([a-z]\)\s
        | (?:\*\*)?(?ai:step)\s[0-9]{{1,3}} ) )
    | (?P<skip> [^\S\n]++
        | \n(?:[^\S\n]*+\n)?[^\S\n]*+(?=&?(?:=|≈|\\approx)) | {_INVISIBLE} | ["'“”‘’`\#&~] )
    | (?P<mark> <<[^<>\n]{{0,200}}>> )
    | (?P<relation> (?: =++(?!>) | [≈≃≅] | \\(?:approx|simeq)\b
        | (?ai: (?: (?:,\s)?\b(?:which|that|it|this)\s )?
            \b (?: (?P<equal>{_EQUAL}) | {_VERB} | (?:to|and|we|you|and\swe)\sget )\b {_TO_WHOM}
          | ,\sor\b(?=\s\\?[$€£]?[0-9]) ) ) (?P<about> (?ai:\s{_ABOUT}\b) )? )
    | (?P<split> (?<=[0-9]),(?= [ ]?[0-9]{{3}} | \s*+\Z ) )
    | (?P<break> [\n:;?|—→⇒<>≤≥≠,] | (?<![=\-])[=\-]++> | !=
        | \.(?![0-9.])(?![^\S\n]?[=+*/×÷][ ])
        | \\(?:(?:le|ge|leq|geq|neq|ne|lt|gt|to|implies|Rightarrow)\b|\\)
        | (?<![0-9)])! )
    | (?P<other> \.\.+ | […√π∞∑∫!] | (?<!\w)[0-9]++(?::[0-9]++)++
        | (?<![\w.,$])(?:0[0-9]++ | [0-9]{{1,2}}\s?[ap]\.?m\b) | [0-9]++/[0-9]++/[0-9]{{2,}}
        | _{{2,}} | // | %(?=\s?[0-9]) )
    | (?P<part> (?<![\w-]) (?: (?ai:(?P<many>one|a|two|three|four|five|seven))[\s-] )?
        (?ai:(?P<nth>{_NTH}))(?=\sof\b) )
    | (?P<twice> (?ai:twice|double|thrice|triple)\b(?=\s\\?[$€£]?[0-9]) )
    | (?P<operator> (?<=[\w)])\*\*(?=[0-9(]) | (?<=[\w)][ ])\*\*(?=[ ][0-9(])
        | [×·∙⋅∗@+−–÷∕⁄^] | \*(?!\*) | -(?![a-z]{{2}})
        | (?<![\w)$€£])/ | /(?![A-Za-z]{{2}}) | \\(?:times|cdot|div|ast)\b
        | (?<=[0-9)%])[xX](?=[0-9.$])
        | (?ai:\b(?:plus|minus|times|multiplied\sby|divided\sby|added\sto)\b) )
    | (?P<number> (?P<money> \\?[$€£¥₹]\s? | (?:Rs\.?|USD)\s? )?
        (?: (?P<whole> [0-9]++ )[ ](?P<above> [1-9][0-9]*+ )/(?P<below> 0*+[1-9][0-9]*+ )(?![0-9.])
          | (?P<plain> (?: [0-9]{{1,3}}(?:,[0-9]{{3}})++(?![0-9]) | [0-9]++ ) (?:\.[0-9]++)?
              | \.[0-9]++ ) (?P<vulgar_after> \s?[{"".join(_VULGAR)}] )?
          | (?P<vulgar> [{"".join(_VULGAR)}] ) )
        (?P<ordinal> (?ai:th|rd|nd|st)s?\b )?
        (?: [ ]?(?P<scale> (?ai:hundred|thousand|million|billion|trillion) )\b )?
        (?P<percent> [ ]?\\?%(?!\s?[0-9]) | [ ](?ai:per\s?cent)\b )? )
    | (?P<frac> \\[dt]?frac )
    | (?P<raised> [²³] )
    | (?P<open> [(\[{{] | \\\{{ ) | (?P<close> [)\]}}] | \\\}} )
    | (?P<unit> \\?[$€£¥₹%] )
    | (?P<word> (?: (?<=\w)-(?=[a-z]) | (?<=[\w)$€£])/(?=[A-Za-z]{{2}}) )?
        [^\W\d_][\w'’]* (?:-[^\W\d_][\w'’]+)* | \\[A-Za-z]+ )
    """,
    re.VERBOSE,
)


def signs(text: str, offset: int = 0) -> Iterator[Sign]:
    """Yield the signs of a text; `offset` is where the text begins in the whole."""
    for found in _SIGN.finditer(text):
        kind = found.lastgroup
        span = found.start() + offset, found.end() + offset
        if kind == "number":
            yield _number(found, *span)
        elif kind in _MADE:
            yield from _MADE[kind](found, *span)


def _number(found: re.Match[str], start: int, end: int) -> Sign:
    text = found.group()
    if len(text) > MAX_DIGITS or (found["ordinal"] and found.string[found.start() - 1] != "/"):
        return Sign("other" if len(text) > MAX_DIGITS else "word", start, end, text)
    value, decimals = _printed(found)
    shift = _SCALES.get((found["scale"] or "").lower(), 0)
    if shift:
        value *= 10**shift
        decimals = None if decimals is None else decimals - shift
    return Sign(
        "number", start, end, text, value, decimals,
        is_percent=bool(found["percent"]), is_money=bool(found["money"]),
        scale=shift,
    )  # fmt: skip


def _printed(found: re.Match[str]) -> tuple[Fraction, int | None]:
    if found["whole"]:
        return int(found["whole"]) + Fraction(int(found["above"]), int(found["below"])), None
    if found["vulgar"]:
        return _VULGAR[found["vulgar"]], None
    whole, _, part = found["plain"].replace(",", "").partition(".")
    value = Fraction(int(whole + part), 10 ** len(part))
    if found["vulgar_after"]:
        return value + _VULGAR[found["vulgar_after"].strip()], None
    return value, len(part)


def _word(found: re.Match[str], start: int, end: int) -> Iterator[Sign]:
    text = found.group()
    if text[0] == "\\":
        yield Sign("other", start, end, text)
    elif len(text) == 1:
        yield Sign("letter", start, end, text)
    else:
        yield Sign("word", start, end, text.lower(), word_value(text))


def word_value(text: str) -> Fraction | None:
    """Return the value of a number word up to ninety-nine, None for any other word."""
    tens, _, ones = text.lower().partition("-")
    known = NUMBER_WORDS.get(tens)
    if not ones or known is None:
        return None if known is None or ones else Fraction(known)
    rest = NUMBER_WORDS.get(ones)
    return Fraction(known + rest) if rest and rest < 10 and known >= 20 else None


def _relation(found: re.Match[str], start: int, end: int) -> Iterator[Sign]:
    text = found.group()
    if text[0] in "=≈≃≅\\":
        yield Sign("relation", start, end, "=" if text[0] == "=" and not found["about"] else "≈")
    elif found["about"]:
        yield Sign("relation", start, end, "about")
    else:
        yield Sign("relation", start, end, "equals" if found["equal"] else "is")


def _unit(found: re.Match[str], start: int, end: int) -> Iterator[Sign]:
    """Yield a currency or percent sign that stands alone, all currencies as `$`."""
    yield Sign("word", start, end, "%" if found.group().endswith("%") else "$")


def _operator(found: re.Match[str], start: int, end: int) -> Iterator[Sign]:
    text = " ".join(found.group().lower().split())
    yield Sign("operator", start, end, _OPERATORS.get(text, "*"))


def _part(found: re.Match[str], start: int, end: int) -> Iterator[Sign]:
    nth = found["nth"].lower()
    many = Fraction(NUMBER_WORDS.get((found["many"] or "one").lower(), 1))
    value = many / _PARTS.get(nth, _PARTS.get(nth.removesuffix("s"), 1))
    yield Sign("number", start, end, found.group(), value)


def _twice(found: re.Match[str], start: int, end: int) -> Iterator[Sign]:
    yield Sign("number", start, end, found.group(), Fraction(_TIMES[found.group().lower()]), 0)
    yield Sign("operator", end, end, "*")


def _raised(found: re.Match[str], start: int, end: int) -> Iterator[Sign]:
    yield Sign("operator", start, start, "^")
    yield Sign("number", start, end, found.group(), Fraction(_RAISED[found.group()]), 0)


def _plain(kind: SignKind) -> "_Make":
    def make(found: re.Match[str], start: int, end: int) -> Iterator[Sign]:
        yield Sign(kind, start, end, found.group())

    return make


_Make = Callable[[re.Match[str], int, int], Iterator[Sign]]
_MADE: dict[str | None, _Make] = {
    "word": _word, "relation": _relation, "operator": _operator, "part": _part, "twice": _twice,
    "raised": _raised, "open": _plain("open"), "close": _plain("close"), "frac": _plain("frac"),
    "mark": _plain("mark"), "break": _plain("break"), "bullet": _plain("break"),
    "other": _plain("other"), "split": _plain("other"), "unit": _unit,
}  # fmt: skip
