r"""A reasoning as steps: its lines, and in them the sentences and numbered steps.

A step ends at a line break and after `.`, `!`, `?` or `…` where a new sentence
begins. It does not end

    inside a number, a URL or a path     3.5   example.org
    after an abbreviation                Mr.  e.g.  5 lb. of  9 a.m. on  No. 5  Jan. 5
    after an initial of a name           J. K. Rowling  George W. Bush
    at an ellipsis that goes on          5, 10, ... and 50
    inside a quotation that goes on      "Stop!" she said
    inside `\[...\]`, `$$...$$` and `<<...>>`, over lines, too
    behind a marker that opens a step    1.  2)  (a)  Step 3:  -  **Step 4.**

`Step 3:` opens a step in the middle of a line as well. Nothing but white space
is lost between steps. The time is linear in the text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cotutor.verify.steps.signs import words

# A display or mark without its closing sign within so many characters is none.
LONGEST_DISPLAY = 1_000

_DISPLAYS = {"\\[": "\\]", "$$": "$$", "<<": ">>"}
_END = re.compile(
    r"""
      (?P<display> \\\[ | \$\$ | << )
    | (?P<line> \n\s* )
    | (?P<stop> [.!?…]++ ) (?P<close> ["'”’»)\]*_]*+ ) (?P<gap> [^\S\n]++ )
    | (?P<numbered> (?<=\s) (?= (?:\*\*|\#{1,4}\s)? Step\s[0-9]{1,3}(?:\s?:|\.|\)) ) )
    """,
    re.VERBOSE,
)
_MARKER = re.compile(
    r"""[\s*_\#>]* (?: [-•–·+] | \(?[0-9]{1,3}[.):] | \(?[A-Za-z][.)] | \(?[ivx]{1,4}[.)]
        | (?:Step|Part|Case)\s[0-9A-Za-z]{1,3}\s?[.:)] )? [\s*_:]*""",
    re.VERBOSE,
)
# What a sentence begins with: anything but what goes on with the one before.
_GOES_ON = re.compile(r"[=+/×÷*<>≈,;:)\]]|-\s|\\(?:times|cdot|div|approx)\b")
_LAST_WORD = re.compile(r"[^\s(\[\"“‘'/]*$")
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
# Never the end of a sentence; the end only before a capital; no end before a digit.
_TITLES = words("mr mrs ms mx dr prof st rev gen col lt capt sgt vs cf e.g i.e viz")
_SHORT = words(
    "approx etc est jr sr inc ltd co corp dept oz lb lbs ft yd sq pt qt gal hr hrs min mins sec"
    " secs tbsp tsp avg max ave blvd rd"
)
_NUMBERED = words("no nos vol fig eq p pp ch jan feb mar apr jun jul aug sep sept oct nov dec")
# What begins a sentence after "U.S.", which any other capital goes on with ("U.S. Army").
_OPENERS = words(
    "a after all and but each for he her his how if in it let next no now of on one she so that"
    " the their then there therefore these they this thus to we what when"
)
# A capital letter after one of these names a thing, and is no initial.
_NAMED = words(
    "answer option plan choice team group class box vitamin grade type point figure set case"
    " part is are a the and or"
)


class Step(NamedTuple):
    """One step of a reasoning, without the white space around it: `text[start:end]`."""

    start: int
    end: int
    text: str


def steps(text: str) -> list[Step]:
    """Return the steps of a reasoning in order."""
    found: list[Step] = []
    start = 0
    for end in _ends(text):
        whole = text[start:end]
        stripped = whole.strip()
        if not stripped or _is_marker(stripped):
            continue
        begin = start + len(whole) - len(whole.lstrip())
        found.append(Step(begin, begin + len(stripped), stripped))
        start = end
    rest = text[start:].strip()
    if rest:
        begin = text.index(rest, start)
        found.append(Step(begin, begin + len(rest), rest))
    return found


def _ends(text: str) -> Iterator[int]:
    """Yield the offsets at which a step may end."""
    at = 0
    while found := _END.search(text, at):
        at = max(found.end(), at + 1)
        opener = found["display"]
        if opener:
            close = text.find(_DISPLAYS[opener], at, at + LONGEST_DISPLAY)
            at = close + len(opener) if close >= 0 else at
        elif found["stop"] is None or _is_end(text, found):
            yield found.end()


def _is_marker(text: str) -> bool:
    return len(text) < 20 and _MARKER.fullmatch(text) is not None


def _is_end(text: str, found: re.Match[str]) -> bool:
    """Say whether a sentence ends at a stop that white space follows."""
    following = text[found.end() : found.end() + 12]
    if _GOES_ON.match(following):
        return False
    is_lower = following[:1].islower()
    stop = found["stop"]
    if stop != ".":
        return not (is_lower and (stop[-1] in ".…" or found["close"]))
    before = text[max(found.start() - 24, 0) : found.start()]
    last = _LAST_WORD.search(before)
    return _ends_word(last.group() if last else "", before, following)


def _ends_word(word: str, before: str, following: str) -> bool:
    """Say whether a full stop after `word` ends a sentence rather than shortens the word."""
    short = word.casefold()
    is_lower, is_digit = following[:1].islower(), following[:1].isdigit()
    if short in _TITLES:
        return False
    if short in _SHORT or _DOTTED.fullmatch(word):
        if short == "u.s" and following[:1].isupper():
            return following.split()[0].rstrip(",").casefold() in _OPENERS
        return not (is_lower or (is_digit and short not in ("a.m", "p.m")))
    if short in _NUMBERED and is_digit:
        return False
    if len(word) == 1 and word.isupper() and word not in "XY":
        return not _is_initial(before[:-1], following)
    return True


def _is_initial(before: str, following: str) -> bool:
    """Say whether a capital letter stands in a name: at the opening or after a name's part."""
    words = before.split()
    if not following[:1].isupper():
        return False
    if not words:
        return True
    last = words[-1]
    return last[0].isupper() and last[-1] not in "!?," and last.casefold() not in _NAMED
