"""What a reasoning about coin flips claims: who flips, the side after each, the count, the end.

Where a text says that it skips those who do not flip, the turns are those of the others.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cotutor.problems.claims.reading import NOTHING, claim, due, read, rules, turn
from cotutor.problems.family import Claim, listed

if TYPE_CHECKING:
    from cotutor.problems.coin_flips import CoinFlips

_ONLY_FLIPS = re.compile(r"\b(?:[Oo]nly (?:the )?flips|Skip)\b")
_NOBODY = "nobody"


class _Reader:
    """`turns` are the people who come in turn, `at` is how many have come.

    `cancelled` is how many flips undid each other; a sentence that lists people
    lists those who flip where `is_asked` who does.
    """

    def __init__(self, program: "CoinFlips", text: str) -> None:
        self.names = [move.name for move in program.moves]
        self.flippers = [move.name for move in program.moves if move.flips]
        self.skips = _ONLY_FLIPS.search(text) is not None
        self.turns = self.flippers if self.skips else self.names
        self.sides = program.results()
        self.at = self.cancelled = 0
        self.is_asked = False
        flips = len(self.flippers)
        self.truth = {
            "start": program.start,
            "end": self.sides[-1],
            "asked": program.asked,
            "answer": program.answer(),
            "flips": str(flips),
            "parity": "odd" if flips % 2 else "even",
            "left": self.flippers[-1] if flips % 2 else "No flip",
        }

    def facts(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read what holds for the problem as a whole."""
        last = len(self.sides) - 1
        for group, said in match.groupdict().items():
            if said is not None:
                fact = "end" if group == "same" else group
                yield claim(match, group, self.truth[fact], last if fact == "end" else None)

    def move(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read what somebody does and the side that is up then."""
        name, flips = match["name"], self.flips(match)
        if name in self.names and flips is not None:
            yield Claim(match.start("name"), _does(name, flips), _does(name, name in self.flippers))
        yield claim(match, "name", due(self.turns, self.at))
        place = self.take_turn(name)
        if place is not None:
            yield claim(match, "side", self.sides[place], place)

    def flips(self, match: re.Match[str]) -> bool | None:
        """Say whether the sentence has somebody flip the coin; None: it does not say."""
        if match["act"] == ":":
            return True if self.skips else False if match["still"] else None
        return match["act"] in _FLIPS

    def take_turn(self, name: str) -> int | None:
        """Return whose move this is: theirs, if there is such a person, else the turn's."""
        name = name if name in self.names else due(self.turns, self.at)
        self.at = min(turn(self.turns, self.at, name) + 1, len(self.turns))
        return self.names.index(name) if name in self.names else None

    def counts(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read how many flips there were after each person."""
        for item in _COUNTED.finditer(match.string, match.start("counts"), match.end()):
            name, count = ("name", "count") if item["name"] else ("after", "first")
            yield claim(item, name, due(self.names, self.at))
            place = self.take_turn(item[name])
            if place is not None:
                flips = sum(name in self.flippers for name in self.names[: place + 1])
                yield claim(item, count, str(flips))

    def ask(self, _: re.Match[str]) -> Iterator[Claim]:
        """Take the next list of people as those who flip."""
        self.is_asked = True
        return iter(())

    def who(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read who flips, in any order."""
        if self.is_asked or match["lead"]:
            self.is_asked = False
            said = [name for name in _NAME.findall(match["names"]) if name != _NOBODY]
            yield Claim(match.start("names"), self.together(said), self.together(self.flippers))

    def together(self, names: Sequence[str]) -> str:
        """Return names as a list in the order of the moves."""
        known = [name for name in self.names for said in names if said == name]
        return listed([*known, *(name for name in names if name not in known)] or [_NOBODY])

    def pair(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read which flips cancel: the next two that are left."""
        said = [match["a"], match["b"]]
        true = self.flippers[self.cancelled : self.cancelled + 2]
        self.cancelled += 2
        expected = self.together(true) if len(true) == 2 else NOTHING
        yield Claim(match.start(), self.together(said), expected)


def _does(name: str, flips: bool) -> str:
    return f"{name} {'flips' if flips else 'does not flip'}"


_NAME = re.compile(r"\b(?!and\b)\w+")
_COUNTED = re.compile(
    r"(?P<name>[^\W\d]\w*):? (?P<count>[0-9]+)|(?P<first>[0-9]+) after (?P<after>[^\W\d]\w*)"
)
_COUNT = r"(?:[^\W\d]\w*:? [0-9]+|[0-9]+ after [^\W\d]\w*)"
_FLIPS = (" flips:", " flips to", " flips it,", " turns it to", " makes it")
_ACT = f"(?P<act>:| does not(?: flip(?: it)?)?:| keeps| leaves it,|{'|'.join(_FLIPS)})"
_SIDE = "(?:heads|tails)"
_END = f"(?P<end>{_SIDE})"
_ASKED = f"(?P<asked>{_SIDE})"
_ANSWER = "(?P<answer>yes|no)"
_PARITY = "(?P<parity>[Oo]dd|[Ee]ven)"
_CHANGE = (
    rf"(?:(?:from )?(?P<start>{_SIDE}) (?:to|becomes|turns to) {_END}"
    rf"|(?:it stays |still )?(?P<same>{_SIDE})(?: stays| as at first)?)"
)

_RULES = rules(
    (
        f"(?:Start:|Start with|It starts|We need only the flips, from) (?P<start>{_SIDE})(?: up)?",
        _Reader.facts,
    ),
    (f"(?:Asked:|Is it) {_ASKED}", _Reader.facts),
    (f"(?:Now|It ends) {_END}(?: up)?", _Reader.facts),
    (f"(?:So )?{_ANSWER}", _Reader.facts),
    (f"So {_END} is up, and {_ASKED} was asked: {_ANSWER}", _Reader.facts),
    (f"That is (?P<flips>[0-9]+), {_PARITY}: {_CHANGE}", _Reader.facts),
    (f"An {_PARITY} number, (?P<flips>[0-9]+): {_CHANGE}", _Reader.facts),
    ("Count (?P<flips>[0-9]+)", _Reader.facts),
    (f"{_PARITY}, so {_CHANGE}", _Reader.facts),
    (f"(?P<flips>[0-9]+) is {_PARITY}: {_CHANGE}", _Reader.facts),
    (rf"(?P<left>No flip|\w+) is left: {_CHANGE}", _Reader.facts),
    (rf"(?:After )?(?P<name>\w+){_ACT} (?P<still>still )?(?:now )?(?P<side>{_SIDE})", _Reader.move),
    (f"(?:Flips so far:? )?(?P<counts>{_COUNT}(?:, {_COUNT})*)", _Reader.counts),
    (r"(?P<a>\w+) and (?P<b>\w+) cancel", _Reader.pair),
    (r"(?P<a>\w+) with (?P<b>\w+): no change", _Reader.pair),
    (r"(?P<b>\w+) undoes (?P<a>\w+)", _Reader.pair),
    ("Who flips it", _Reader.ask),
    (
        r"(?P<lead>(?:The coin is flipped by|These flip it:|Flips by) )?"
        r"(?P<names>\w+(?:, \w+)*(?: and \w+)?)",
        _Reader.who,
    ),
)


def claims(program: "CoinFlips", text: str) -> Iterator[Claim]:
    """Yield what the text claims."""
    return read(_Reader(program, text), _RULES, text)
