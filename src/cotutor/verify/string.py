"""Strings: a word, a name, letters put together.

Compared without case, surrounding quotes and punctuation, and with white space
collapsed; letters spelled out ("h-e-e-o", "n a o i", "n, k") are the word they spell.

From a sentence the answer is what follows the last `=`, `:` or `is`, up to the end
of that sentence, or in it the one string in quotes, if nothing but a lead-in like
"gives" stands before it: "the reverse of 'yajo'" and "not 'yajo'" are no "yajo".
A cut is not made where the gold itself holds the sign to cut at, so "x = 5",
"St. Louis" and two lines survive. Several different quoted strings are ambiguous.
A longer string that merely contains the gold is another string.
"""

import re
import unicodedata
from dataclasses import dataclass

from cotutor.records import Problem
from cotutor.verify.settings import VerifySettings

_EDGE = " \t\r\n\"'`“”‘’«»*_.,;:!?"
_QUOTED = re.compile(r"[\"“«]([^\"”»\n]{1,400})[\"”»]|(?<!\w)['‘]([^'’\n]{1,400})['’](?!\w)")
_LED_ELSEWHERE = re.compile(r"\b(?:not|of|isn['’]t|than|from|except|but|without|said)\W*\Z", re.I)
_SPELLED = re.compile(r"[^\W\d_](?:(?P<by>[ \-]|, )[^\W\d_])(?:(?P=by)[^\W\d_])*")
_AFTER = (
    re.compile(r"=|[-=]>|→"),
    re.compile(r"(?<!not):\s", re.IGNORECASE),
    re.compile(r"\b(?:it|that)['’]s\b", re.IGNORECASE),
    re.compile(r"\b(?:is|are|was|were|gives?|yields?|spells?|forms?)\b:?", re.IGNORECASE),
)
_ENCLOSED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\$([^$]*)\$|[-•] (.*)", re.DOTALL)
_IS_IT = re.compile(r" (?:is|was) (?:the|my) (?:\w+ )?(?:answer|result|word|solution)\b.*", re.I)
_BEFORE = (re.compile(r"\n"), re.compile(r"[.!?][\"”'’]?\s(?!(?ai:or)\b)"))


@dataclass(frozen=True, slots=True)
class Text:
    """A string as it was written, but for its dress; its normal form has no capitals."""

    written: str

    def __str__(self) -> str:
        return self.written.casefold()


def read(text: str, problem: Problem) -> list[Text]:
    """Return the string `text` gives as its answer, or several where it quotes several."""
    gold = problem.gold.strip()
    text = text.strip(" \t\r\n:_.")
    for sign in _BEFORE:
        if not sign.search(gold):
            text = sign.split(text, maxsplit=1)[0]
    text = _IS_IT.sub("", text)
    for sign in _AFTER:
        if not sign.search(gold):
            text = sign.split(text)[-1]
    if not _QUOTED.search(gold):
        quotes = list(_QUOTED.finditer(text))
        if quotes and not _LED_ELSEWHERE.search(text, 0, quotes[0].start()):
            words = [quote[1] or quote[2] for quote in quotes]
            is_spelled = all(len(word) == 1 for word in words)
            return _different(["-".join(words)] if is_spelled else words)
    return _different([text])


def equal(a: Text, b: Text, problem: Problem, settings: VerifySettings) -> bool:
    """Say whether two readings are the same."""
    return a.written == b.written or (settings.ignore_case and str(a) == str(b))


def wrong(problem: Problem) -> str:
    """Return the gold with a letter more."""
    return f"{problem.gold.strip().rstrip(_EDGE)}x"


def fold(text: str) -> str:
    """Return text in one form of Unicode, its blanks single, without its dress."""
    text = unicodedata.normalize("NFC", text).replace("’", "'").strip(_EDGE)
    enclosed = _ENCLOSED.fullmatch(text)
    text = enclosed[enclosed.lastindex or 0].strip(_EDGE) if enclosed else text
    return " ".join(text.split())


def _different(texts: list[str]) -> list[Text]:
    readings: dict[str, Text] = {}
    for text in map(fold, texts):
        if _SPELLED.fullmatch(text):
            text = re.sub(r"[ \-,]", "", text)
        if text:
            readings.setdefault(text.casefold(), Text(text))
    return list(readings.values())
