r"""Mathematical text, plain or LaTeX, as tokens.

A run of letters is one name (`x`, `alpha`), a function (`sin`), a product of
letters (`xy`) or a word. It is a product only where it has two letters, no
vowel, or neighbours of the alphabet in their order (`abc`, behind a number
`2ax`, too), so that no two words are taken for the same product. Digits in
groups of three behind commas are one number (`1,080`); inside brackets they are
several, unless written `1{,}080` or a group begins with 0.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from cotutor.verify.expression.terms import Unreadable
from cotutor.verify.expression.vocabulary import (
    ACCENTS,
    ALIASES,
    CURRENCIES,
    FUNCTIONS,
    LOOKS,
    LOWERED,
    LOWERED_RUN,
    NAMES,
    RAISED,
    RAISED_RUN,
    SHORT_WORDS,
    SIGNS,
    SPOKEN,
    TEMPLATES,
    TEXTS,
    TYPED,
    UNITS,
)

# Longer text, or more tokens, is no answer.
LONGEST = 1500
MAX_TOKENS = 400
MAX_DIGITS = 400
MAX_PRODUCT = 6

_DIGITS = r"(?:[0-9]++(?:\.[0-9]++)?+|\.[0-9]++)"
_TOKEN = re.compile(
    rf"""
    (?P<blank> [\s~]++ )
  | (?P<repeating> [0-9]*+\.[0-9]*+\\(?:overline|bar|dot)\{{[0-9]++\}} )
  | (?P<grouped> [0-9]{{1,3}}(?:(?:\{{,\}}|,\\!|\\!,|\\,|,)[0-9]{{3}})++(?![0-9])(?:\.[0-9]++)?+ )
  | (?P<number> {_DIGITS}(?:[eE][+-]?[0-9]{{1,3}}(?![0-9]))?+ )
  | (?P<letters> [A-Za-z]++ )
  | \\(?P<environment> begin|end )\s*+\{{(?P<named> [a-z]++\*? )\}}
  | \\(?P<command> [A-Za-z]++ | \s | [^A-Za-z\s] )
  | (?P<raised> {RAISED_RUN} )
  | (?P<lowered> {LOWERED_RUN} )
  | (?P<relation> <=|>=|!=|==|=<|=> )
  | (?P<stars> \*\* )
  | (?P<sign> [-+*/^_!=<>≤≥≠≈≡()\[\]{{}}|,;:%°'&±∓∪∩∈∖⌊⌋⌈⌉ℝℤℚℕℂ∅{CURRENCIES}] )
    """,
    re.VERBOSE,
)
_RELATIONS = {"<=": "≤", "=<": "≤", ">=": "≥", "!=": "≠", "==": "="}
_X_AS_TIMES = re.compile(r"(?<=[0-9])\s?[xX]\s?(?=10\s?(?:\^|\*\*))")
_SPOKEN_SIGNS = re.compile(r"\bplus or minus\b|\bplus/minus\b|\+/-|\+-(?=[\s0-9])", re.IGNORECASE)
_GROUP = re.compile(r"\s*\*?\s*\{(?P<inside>[^{}]{0,200})\}")
_ALONE = re.compile(r"[(\[]?[A-Za-z][)\]]?")
# A unit per another behind a blank, where a lone letter would be a variable.
_SPEED = re.compile(r"(?:[ck]?m|mi|ft|in|k?g|m?L)\s?/\s?(?:s|sec|min|h|hr|m?L|k?m)(?![A-Za-z])")
_NUMBER_SETS = {"R": "ℝ", "Z": "ℤ", "Q": "ℚ", "N": "ℕ", "C": "ℂ"}
_SETS = "ℝℤℚℕℂ∅"


class Token(NamedTuple):
    """A piece of mathematical text: number, name, function, word, template or sign."""

    kind: str
    text: str
    is_spaced: bool = False


def tokens(text: str) -> list[Token]:
    """Return the tokens of `text`.

    Raises:
        Unreadable: it holds something that belongs to no term, or is too long.

    """
    if len(text) > LONGEST:
        raise Unreadable("too long")
    text = _X_AS_TIMES.sub("*", _SPOKEN_SIGNS.sub("±", text)).translate(TYPED)
    lexer = _Lexer(text)
    while lexer.at < len(text):
        lexer.step()
        if len(lexer.found) > MAX_TOKENS:
            raise Unreadable("too long")
    return lexer.found


class _Lexer:
    """One pass over a text; `at` never goes back."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: list[Token] = []
        self.depth = 0
        self.is_spaced = False

    def step(self) -> None:
        """Read one token."""
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            raise Unreadable(f"{self.text[self.at]!r} belongs to no term")
        self.at = match.end()
        kind = match.lastgroup
        if kind == "blank":
            self.is_spaced = True
            return
        if kind == "named":
            self.emit(match["environment"], match["named"])
        elif kind in ("raised", "lowered"):
            self.script(match.group(), is_raised=kind == "raised")
        else:
            getattr(self, f"read_{kind}")(match)
        self.is_spaced = False

    def emit(self, kind: str, text: str) -> None:
        """Add a token."""
        self.found.append(Token(kind, text, self.is_spaced))

    def read_repeating(self, match: re.Match[str]) -> None:
        r"""A decimal that repeats: `0.\overline{3}`."""
        self.emit("number", match.group())

    def read_grouped(self, match: re.Match[str]) -> None:
        """Digits in groups of three, or, inside brackets, the first number of several."""
        text = match.group()
        groups = text.split(",")[1:]
        is_listed = self.depth > 0 and not any(group.startswith("0") for group in groups)
        is_paid = bool(self.found) and self.found[-1].kind == "currency"
        if is_listed and not is_paid and "{" not in text and "\\" not in text:
            self.at = match.start() + len(text.partition(",")[0])
            text = text.partition(",")[0]
        self.number(re.sub(r"[^0-9.]", "", text))

    def read_number(self, match: re.Match[str]) -> None:
        """An integer or decimal, perhaps with a power of ten."""
        self.number(match.group())

    def number(self, text: str) -> None:
        """Add a number."""
        if len(text) > MAX_DIGITS:
            raise Unreadable("too many digits")
        self.emit("number", text)

    def read_relation(self, match: re.Match[str]) -> None:
        """A relation of two characters."""
        if match.group() not in _RELATIONS:
            raise Unreadable("an arrow")
        self.emit("sign", _RELATIONS[match.group()])

    def read_stars(self, match: re.Match[str]) -> None:
        """The power sign of programs."""
        self.emit("sign", "^")

    def read_sign(self, match: re.Match[str]) -> None:
        """A sign of one character."""
        sign = match.group()
        is_argument = bool(self.found) and (
            self.found[-1].kind == "template" or self.found[-1].text in ("^", "_", "}", "]")
        )
        self.depth += sign in "([" or (sign == "{" and not is_argument)
        self.depth -= sign in ")]" and self.depth > 0
        if sign in CURRENCIES:
            self.emit("currency", sign)
        else:
            self.emit("name" if sign in _SETS else "sign", sign)

    def read_command(self, match: re.Match[str]) -> None:
        """A LaTeX command."""
        name = match["command"]
        if name in LOOKS:
            self.is_spaced = True
        elif name in TEXTS or name in ACCENTS:
            self.held(name)
        elif name in TEMPLATES:
            self.emit("template", TEMPLATES[name])
        elif name in SIGNS:
            sign = SIGNS[name]
            self.depth += {"{{": 1, "(": 1, "[": 1, "}}": -1, ")": -1, "]": -1}.get(sign, 0)
            self.emit("currency" if sign == "$" else "sign", sign)
        elif ALIASES.get(name, name) in FUNCTIONS:
            self.emit("function", ALIASES.get(name, name))
        elif name in NAMES:
            self.emit("name", NAMES[name])
        else:
            raise Unreadable(f"the command {name}")

    def held(self, command: str) -> None:
        """The group of a command that holds words or letters."""
        group = _GROUP.match(self.text, self.at)
        letters = re.compile(r"\s*([A-Za-z]+)").match(self.text, self.at)
        if group is None and command in ("angle", "triangle") and letters:
            self.at = letters.end()
            self.emit("name", f"\\{command}{{{letters[1]}}}")
            return
        if group is None:
            raise Unreadable(f"{command} without its group")
        self.at = group.end()
        inside = " ".join(group["inside"].split())
        if command in ACCENTS:
            if not re.fullmatch(r"[A-Za-z0-9']+", inside):
                raise Unreadable(f"{command} of a term")
            self.emit("name", f"\\{command}{{{inside}}}")
        elif command == "mathbb":
            self.emit("name", _NUMBER_SETS.get(inside, inside))
        else:
            self.text_group(inside)

    def text_group(self, inside: str) -> None:
        """Words set as text: a unit, a joint, a label, or mathematics after all."""
        word = inside.strip(" .")
        is_behind = bool(self.found) and (
            self.found[-1].kind == "number" or self.found[-1].text in (")", "}", "°", "%")
        )
        if word.lower() in SPOKEN:
            self.emit("sign", SPOKEN[word.lower()])
        elif ALIASES.get(word, word) in FUNCTIONS:
            self.emit("function", ALIASES.get(word, word))
        elif _ALONE.fullmatch(word) and not is_behind:
            self.emit("name", word.strip("()[]"))
        elif word and (is_behind or not any(c.isdigit() for c in word)):
            self.emit("word", word)
        elif word:
            self.found += tokens(word)

    def read_letters(self, match: re.Match[str]) -> None:
        """A run of letters."""
        run = match.group()
        is_measured = bool(self.found) and self.found[-1].kind == "number"
        known = _known(run)
        if is_measured and self.is_spaced and _SPEED.match(self.text, match.start()):
            self.emit("word", run)
        elif len(run) == 1:
            self.emit("name", run)
        elif known is not None:
            self.emit(*known)
        elif is_measured and run in UNITS:
            self.emit("word", run)
        elif run[:-1] in FUNCTIONS:
            self.emit("function", run[:-1])
            self.emit("name", run[-1])
        elif run.startswith("pi") and is_measured and len(run) <= 4:
            for name in ("pi", *run[2:]):
                self.emit("name", name)
        elif _is_product(run, is_glued=is_measured and not self.is_spaced):
            for letter in run:
                self.emit("name", letter)
        else:
            self.emit("word", run)

    def script(self, run: str, *, is_raised: bool) -> None:
        """Raised or lowered digits."""
        if is_raised:
            inside = tokens(run.translate(RAISED))
            self.found += [Token("sign", "^"), Token("sign", "{"), *inside, Token("sign", "}")]
        else:
            self.found += [Token("sign", "_"), Token("number", run.translate(LOWERED))]


def is_word(run: str) -> bool:
    """Say whether a run of letters is a word of prose, and no part of a formula."""
    is_formula = _known(run) or run in UNITS or run[:-1] in FUNCTIONS
    return not is_formula and not _is_product(run, is_glued=False)


def _known(run: str) -> tuple[str, str] | None:
    """Return the kind and text of a word that is a function, a name or a sign."""
    small = run.lower()
    if ALIASES.get(small, small) in FUNCTIONS:
        return "function", ALIASES.get(small, small)
    if run in NAMES or small in ("pi", "infinity"):
        return "name", NAMES[run if run in NAMES else small]
    return ("sign", SPOKEN[small]) if small in SPOKEN else None


def _is_product(run: str, *, is_glued: bool) -> bool:
    letters = list(run.lower())
    if run.lower() in SHORT_WORDS or len(letters) > MAX_PRODUCT:
        return False
    if len(letters) == 2 or not set(letters) & set("aeiouy"):
        return True
    steps = [ord(b) - ord(a) for a, b in pairwise(letters)]
    return min(steps) > 0 and (is_glued or max(steps) <= 2)
