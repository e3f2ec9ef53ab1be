"""What a reasoning about last letters claims: the words in turn, their letters, the letters joined.

Words come in order, or from the last to the first where the text says so.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cotutor.problems.claims.reading import claim, due, read, rules, turn
from cotutor.problems.family import Claim

if TYPE_CHECKING:
    from cotutor.problems.last_letters import LastLetters

_BACKWARDS = re.compile(r"\b(?:From the end|Backwards from|Start at the last)\b")
_BETWEEN = re.compile(r"[\s\"',-]+")


class _Reader:
    """`order` holds the places of the words as they come, `at` is how many have come."""

    def __init__(self, program: "LastLetters", text: str) -> None:
        step = -1 if _BACKWARDS.search(text) else 1
        self.letters = program.results()
        self.answer = program.answer()
        self.words = program.words[::step]
        self.order = list(range(len(self.words)))[::step]
        self.at = 0

    def word(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read a word, which must be the one that has its turn, its line and its letter."""
        if match.groupdict().get("line"):
            yield claim(match, "line", str(self.at + 1))
        yield claim(match, "word", due(self.words, self.at))
        yield from self.letter(match, match["word"])

    def spelling(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read the letter of a word that is spelled and not named."""
        return self.letter(match, _joint(match["spelled"]))

    def letter(self, match: re.Match[str], word: str) -> Iterator[Claim]:
        """Read how a word is spelled, its last letter and the letters joined so far."""
        groups = match.groupdict()
        turns = turn([word.lower() for word in self.words], self.at, word.lower())
        self.at = min(turns + 1, len(self.words))
        if turns == len(self.words):
            return
        if groups.get("spelled"):
            said, true = _joint(groups["spelled"]), self.words[turns].lower()
            yield Claim(match.start("spelled"), "-".join(said.lower()), "-".join(true))
        place = self.order[turns]
        yield claim(match, "letter", self.letters[place], place)
        if groups.get("joined"):
            yield from self.so_far(match)

    def so_far(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read the letters joined up to here."""
        yield _joined(match, "".join(self.letters[at] for at in sorted(self.order[: self.at])))

    def all(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read all letters joined."""
        yield _joined(match, self.answer)


def _joint(text: str) -> str:
    return _BETWEEN.sub("", text)


def _joined(match: re.Match[str], true: str) -> Claim:
    return Claim(match.start("joined"), _joint(match["joined"]).lower(), true)


_LEAD = "(?:From the end: |Backwards from the last word: |(?P<line>[0-9]+)[.)] )?"
_WORD = r'"?(?P<word>[^\s:,"]+)"?'
_SPELLED = r"(?P<spelled>\w(?:[- ]\w)*)"
_LETTER = r'"?(?P<letter>\w+)"?'
_ALL = "(?P<joined>.+)"

_RULES = rules(
    (
        "(?:Joined:|Together they are|Put together:|In a row that gives|So we get"
        f"|The letters join to|All words are done:|That is all:|Result:|In order that is) {_ALL}",
        _Reader.all,
    ),
    (f"So far: {_ALL}", _Reader.so_far),
    (f"{_SPELLED} ends in {_LETTER}", _Reader.spelling),
    (f"{_LEAD}{_WORD} is {_SPELLED}, last {_LETTER}", _Reader.word),
    (f"{_LEAD}Spell {_WORD}: {_SPELLED}, so {_LETTER}", _Reader.word),
    (f"{_LEAD}(?:The last|Last) letter of {_WORD}(?: is|:) {_LETTER}", _Reader.word),
    (
        f"{_LEAD}{_WORD} ends (?:in|with)(?: the letter)? {_LETTER}(?:(?:, so far|:) {_ALL})?",
        _Reader.word,
    ),
    (f"{_LEAD}{_WORD} gives {_LETTER}: {_ALL}", _Reader.word),
    (f"Add {_LETTER} from {_WORD}: {_ALL}", _Reader.word),
    (f"After {_WORD} with {_LETTER} we have {_ALL}", _Reader.word),
    (f"{_LEAD}{_LETTER} from {_WORD}(?: makes {_ALL})?", _Reader.word),
    (f"{_LEAD}Put {_LETTER} of {_WORD} in front: {_ALL}", _Reader.word),
    (f"{_LEAD}{_WORD}(?:: | - |, last letter ){_LETTER}", _Reader.word),
)


def claims(program: "LastLetters", text: str) -> Iterator[Claim]:
    """Yield what the text claims."""
    return read(_Reader(program, text), _RULES, text)
