"""What a reasoning about shuffled objects claims: the swaps in turn, who has what, the choice.

Swaps come in order, or from the last to the first where the text goes back.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cotutor.problems.claims.reading import claim, due, read, rules, turn
from cotutor.problems.family import Claim

if TYPE_CHECKING:
    from cotutor.problems.shuffled_objects import ShuffledObjects, State


class _Reader:
    """`at` and `undone` are how many swaps have been made and taken back.

    `won` is the object that the person asked about ends up with; `followed` the
    one whose path was told last.
    """

    def __init__(self, program: "ShuffledObjects", _: str) -> None:
        self.program = program
        self.states = program.states()
        self.swaps = [self.pair(*(program.people[i] for i in swap)) for swap in program.swaps]
        self.asked = program.people[program.asked]
        self.won = self.states[-1][program.asked]
        self.followed: int | None = None
        self.at = self.undone = 0

    def pair(self, a: str, b: str) -> str:
        """Return two people, whoever is named first."""
        return " and ".join(sorted((a, b)))

    def start(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read what everybody has at first."""
        yield self.held(match, self.states[0], self.program.people)

    def swap(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read who swaps, and what those two or all have then."""
        said = self.pair(match["a"], match["b"])
        yield Claim(match.start("a"), said, due(self.swaps, self.at))
        place = turn(self.swaps, self.at, said)
        self.at = min(place + 1, len(self.swaps))
        if place < len(self.swaps):
            a, b = (self.program.people[i] for i in self.program.swaps[place])
            yield self.held(match, self.states[place + 1], (a, b), place)

    def held(
        self, match: re.Match[str], state: "State", needed: Sequence[str], result: int | None = None
    ) -> Claim:
        """Read what people have: those who need be told of, and who else is told of."""
        people = self.program.people
        said = _LIST.split(match["held"])
        named = [item.partition(" ")[0] for item in said]
        is_sound = set(needed) <= set(named) <= set(people) and len(set(named)) == len(named)
        told = named if is_sound else needed
        true = [self.program.held(people.index(name), state) for name in told]
        return Claim(match.start("held"), ", ".join(said), ", ".join(true), result)

    def go_back(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read whose object is asked for."""
        yield claim(match, "asked", self.asked)

    def undo(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read which swap is taken back and who had the object before it."""
        said, backwards = self.pair(match["a"], match["b"]), self.swaps[::-1]
        yield Claim(match.start("a"), said, due(backwards, self.undone))
        place = turn(backwards, self.undone, said)
        self.undone = min(place + 1, len(self.swaps))
        if place < len(self.swaps):
            yield claim(match, "before", self.holders(self.won)[-2 - place])

    def holders(self, thing: int) -> list[str]:
        """Return who has an object at first and after every swap."""
        return [self.program.people[state.index(thing)] for state in self.states]

    def first(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read who had the object at first."""
        yield claim(match, "owner", self.program.people[self.won])
        yield claim(match, "object", self.program.objects[self.won])

    def path(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read the way of an object from hand to hand."""
        said, objects = match["object"].lower(), [name.lower() for name in self.program.objects]
        steps = _STEP.split(match["path"])
        if said not in objects and steps[0] not in self.program.people:
            return
        self.followed = objects.index(said) if said in objects else self.won
        yield claim(match, "object", self.program.objects[self.followed])
        true = self.holders(self.followed)
        yield Claim(match.start("path"), ", ".join(steps), ", ".join(true))

    def not_asked(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read that the object followed does not end where it was asked for."""
        is_won = self.followed == self.won
        yield Claim(
            match.start(), f"not {match['asked']}", f"{'' if is_won else 'not '}{self.asked}"
        )

    def left(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read which object is left when the others are somewhere else."""
        yield claim(match, "object", self.program.objects[self.won])

    def close(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read who ends up with what, and which choice that is."""
        yield claim(match, "asked", self.asked)
        yield claim(match, "thing", self.program.thing(self.won))
        labels = {choice.text: choice.label for choice in self.program.choices()}
        yield claim(match, "label", labels.get(match["thing"], self.program.answer()))


_LIST = re.compile(", | and ")
_STEP = re.compile(", | to | then ")
_PAIR = r"(?P<a>\w+) and (?P<b>\w+)"
_PAIR_LISTED = r"(?P<a>\w+), (?P<b>\w+)"
_HELD = "(?P<held>.+)"
_BEFORE = r"(?P<before>\w+)"

_RULES = rules(
    (r"At first (?P<owner>\w+): (?P<object>.+)", _Reader.first),
    (r"(?P<owner>\w+) started with: (?P<object>.+)", _Reader.first),
    (f"(?:At first|In the beginning|Before any swap|Start:|Start with) {_HELD}", _Reader.start),
    (rf"{_PAIR} swap: (?:now )?{_HELD}", _Reader.swap),
    (f"(?:Swap {_PAIR_LISTED}): {_HELD}", _Reader.swap),
    (f"After {_PAIR}: {_HELD}", _Reader.swap),
    (
        r"(?:Go back from|Work backwards from|Who had it before) (?P<asked>\w+)",
        _Reader.go_back,
    ),
    (f"Before {_PAIR} swapped: {_BEFORE}", _Reader.undo),
    (f"Undo {_PAIR}: {_BEFORE}", _Reader.undo),
    (f"{_PAIR_LISTED}: from {_BEFORE}", _Reader.undo),
    (r"Not (?P<asked>\w+)", _Reader.not_asked),
    ("That leaves (?P<object>.+)", _Reader.left),
    (
        r"(?:So|At the end) (?P<asked>\w+) (?:has the|dances with|plays as) (?P<thing>[^,:]+)"
        r"(?:, which is|:|: choice) \((?P<label>\w+)\)",
        _Reader.close,
    ),
    (
        r"(?P<object>\w+)(?::| goes| moves) (?P<path>\w+(?:(?:, | to | then )\w+)*)",
        _Reader.path,
    ),
)


def claims(program: "ShuffledObjects", text: str) -> Iterator[Claim]:
    """Yield what the text claims."""
    return read(_Reader(program, text), _RULES, text)
