"""Lists: items in brackets, lines, bullets, or parted by commas, semicolons, arrows and "and".

Items are the same when both are numbers and equal as such, or else when their text is
without case, quotes and punctuation. Every item counts as often as it stands there; their
order counts unless the settings say otherwise.

From a sentence the list is what stands in its last brackets, else what follows the last
`=`, `is`, `are` or `:`, up to the end of that sentence; of several lines, the marked ones
("-", "1."), else the first that holds a list, else each line is an item. A comma between
digits parts no thousands where other commas have a blank behind them (`1,000, 2,000`), or
"and" or a semicolon does the parting. An "or" between items is a hedge: ambiguous.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cotutor.records import Problem
from cotutor.verify import number, string
from cotutor.verify.settings import VerifySettings

# A text with more items is no answer to any problem, and would take long to compare.
MOST = 400

_MARKED = re.compile(r"(?:[-*•–·▪‣+]|\(?[0-9]{1,3}[.)]|\(?[a-z]\))\s+(.+)", re.IGNORECASE)
_BRACKETS = re.compile(r"\\?[\[({]((?:[^\[\](){}]|\([^\[\](){}]*\)|\[[^\[\](){}]*\])*)\\?[\])}]")
_RIGHT_SIDE = re.compile(
    r"=|:(?![0-9])|\b(?:is|are|was|were|be|becomes?|gives?)\b:?", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<!\b[A-Z][a-z])[.!?](?:\s|\Z)(?!(?ai:or)\b)")
_THOUSANDS = re.compile(r"[^,0-9]*[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])[^,]*")
_LATEX = re.compile(r"(?: ?(?:\\(?:left|right|langle|rangle|[,;!: ])|\$))+ ?")
_OR = re.compile(r",?\s+(?:or|OR)\s+")
_DENIED = re.compile(r"\W*(?:not|neither|n't)\b", re.IGNORECASE)
_SEMICOLON = re.compile(r";")
_ARROW = re.compile(r"\s*(?:->|→|=>|\\to\b)\s*")
_BLANK_COMMA = re.compile(r",(?:\s+|(?=[^0-9\s]))")
_COMMA = re.compile(r",(?![^\[({,]{0,60}[\])}])")
_AND = re.compile(r"\s*,?\s+(?:and|&)\s+")
_NUMBERS = re.compile(r"[-−+]?[0-9]+(?:[./][0-9]+)?(?: [-−+]?[0-9]+(?:[./][0-9]+)?)+")


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a list as they were written."""

    texts: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.texts)


def read(text: str, problem: Problem) -> list[Items]:
    """Return the list that `text` gives as its answer; several where it offers several."""
    text = _LATEX.sub(" ", text).replace("\\{", "{").replace("\\}", "}")
    lines = _items_in_lines([line.strip() for line in text.split("\n")])
    if lines is not None:
        return _different([_items(lines)])
    stated = _stated(text)
    if stated is None:
        return []
    return _different(_items(_parts(offer)) for offer in _OR.split(stated))


def equal(a: Items, b: Items, problem: Problem, settings: VerifySettings) -> bool:
    """Say whether two lists have the same items, in the same order if that counts."""
    if len(a.texts) != len(b.texts):
        return False
    if settings.ordered:
        return all(_same(x, y, problem, settings) for x, y in zip(a.texts, b.texts, strict=True))
    left = list(b.texts)
    for item in a.texts:
        at = next((i for i, other in enumerate(left) if _same(item, other, problem, settings)), -1)
        if at < 0:
            return False
        del left[at]
    return True


def wrong(problem: Problem) -> str:
    """Return the gold's items and one more."""
    readings = read(problem.gold, problem)
    return ", ".join([*(readings[0].texts if readings else ()), "0"])


def _same(a: str, b: str, problem: Problem, settings: VerifySettings) -> bool:
    if a == b or (settings.ignore_case and a.casefold() == b.casefold()):
        return True
    x, y = _number(a), _number(b)
    return x is not None and y is not None and number.equal(x, y, problem, settings)


@lru_cache(maxsize=4096)
def _number(text: str) -> number.Number | None:
    return number.whole(text)


def _items_in_lines(lines: list[str]) -> list[str] | None:
    """Return the items of a list with an item a line, None where the text is none."""
    lines = [line for line in lines if line]
    marked = [match[1] for match in map(_MARKED.fullmatch, lines) if match]
    if len(marked) > 1:
        return marked
    is_bare = len(lines) > 1 and not any(
        _RIGHT_SIDE.search(line) or _parts(line)[1:] or line.endswith((".", "!", "?"))
        for line in lines
    )
    return lines if is_bare else None


def _stated(text: str) -> str | None:
    """Return the part of a text in which the list stands."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return None
    said = [part.strip() for line in lines for part in _SENTENCE_END.split(line) if part.strip()]
    line = next((part for part in said if _parts(part)[1:]), said[0] if said else "")
    cuts = [cut for cut in _RIGHT_SIDE.finditer(line) if line[cut.end() :].strip()]
    if sum(cut[0] == "=" for cut in cuts) > 1:  # "x = 1 and x = 2" are items
        cuts = [cut for cut in cuts if cut[0] != "="]
    line = line[cuts[-1].end() :] if cuts else line
    return None if _DENIED.match(line) else _in_brackets(line)


def _in_brackets(line: str) -> str:
    """Return the contents of the only brackets of a line, where they hold its list."""
    groups = list(_BRACKETS.finditer(line))
    groups = [group for group in groups if line[group.start()] != "("] or groups
    if len(groups) != 1 or _OR.search(line):
        return line
    is_set_apart = line[groups[0].start()] in "[{\\" or groups[0].end() == len(line.rstrip(" ."))
    is_list = "," in groups[0][1] and "," not in line[: groups[0].start()]
    return groups[0][1] if is_set_apart and is_list else line


def _parts(text: str) -> list[str]:
    """Split one statement of a list at its separators."""
    text = text.strip(" \t*_.:`")
    brackets = _BRACKETS.fullmatch(text)
    text = brackets[1].strip() if brackets else text
    for separator in (_SEMICOLON, _ARROW, _BLANK_COMMA):
        if separator.search(text):
            *most, last = separator.split(text)
            last = re.sub(r"\A(?:and|&)\s+", "", last.strip())
            parts = [*most, *_AND.split(last)]
            is_mixed = any("," in x and not _THOUSANDS.fullmatch(x) for x in parts)
            return _COMMA.split(text) if separator is _BLANK_COMMA and is_mixed else parts
    if _AND.search(text):
        return _AND.split(text)
    if "," in text:
        return text.split(",")
    return text.split() if _NUMBERS.fullmatch(text) else [text]


def _items(parts: Iterable[str]) -> Items | None:
    """Return the items without their dress; no more than a list may have."""
    texts = [string.fold(part.strip(" \t[]{}<>|")) for part in parts]
    texts = [text for text in texts if text]
    return Items(tuple(texts)) if texts and len(texts) <= MOST else None


def _different(lists: Iterable[Items | None]) -> list[Items]:
    return list(dict.fromkeys(found for found in lists if found))
