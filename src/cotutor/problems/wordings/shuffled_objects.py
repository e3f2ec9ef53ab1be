"""Sentences for swapping, theme by theme."""

from dataclasses import dataclass, replace

from cotutor.problems.family import Wording
from cotutor.problems.vocabulary import COLOURS, words


@dataclass(frozen=True)
class Theme:
    """How one kind of swapping is told.

    With `nouns` the `objects` are colours of one noun, with `are_people` they
    are names. `link` stands between a person and an object in solutions.
    """

    openings: tuple[str, ...]
    holds: str
    swaps: tuple[str, ...]
    asks: tuple[str, ...]
    ends: str
    objects: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    are_people: bool = False
    link: str = " "


_HOLDING = ("{a} and {b} swap.", "{a} and {b} trade.", "{a} swaps with {b}.")
_END = "At the end, {name} "
_WHICH = "\nWhich choice is true? Answer choices:"
_HAS = (
    _END + "has the" + _WHICH,
    "What does {name} have at the end? Answer choices:",
    "{name} ends up with the" + _WHICH,
    "Which one does {name} have at the end? Answer choices:",
)

THEMES = {
    "coloured": Theme(
        openings=(
            "{people} play a game.",
            "{people} are playing.",
            "{people} sit at a table.",
            "{people} meet in the park.",
        ),
        holds="{name} has {a} {object}",
        swaps=_HOLDING,
        asks=_HAS,
        ends="{name} has the {object}",
        objects=COLOURS,
        nouns=words("ball hat mug scarf kite marble balloon present cup bag box brick card"),
    ),
    "things": Theme(
        openings=(
            "{people} bring things to swap.",
            "{people} are at a market.",
            "{people} each found something.",
            "{people} like to swap.",
        ),
        holds="{name} has {a} {object}",
        swaps=_HOLDING,
        asks=_HAS,
        ends="{name} has the {object}",
        objects=words("drum lamp clock flute spoon torch pear apple vase chess book map bell"),
    ),
    "dancers": Theme(
        openings=("{people} are dancing.", "{people} are at a dance.", "{people} came to dance."),
        holds="{name} dances with {object}",
        swaps=(
            "{a} and {b} switch partners.",
            "{a} and {b} swap partners.",
            "{a} and {b} trade partners.",
        ),
        asks=(
            _END + "dances with" + _WHICH,
            "Who is {name} dancing with at the end? Answer choices:",
        ),
        ends="{name} dances with {object}",
        are_people=True,
        link=" with ",
    ),
    "team": Theme(
        openings=(
            "{people} play on one team.",
            "{people} play football.",
            "{people} are in a match.",
        ),
        holds="{name} plays as {object}",
        swaps=("{a} and {b} trade places.", "{a} and {b} swap places.", "{a} and {b} switch."),
        asks=(_END + "plays as" + _WHICH, "What does {name} play as at the end? Answer choices:"),
        ends="{name} plays as {object}",
        objects=words("goalkeeper defender striker midfielder winger sweeper"),
    ),
}
_RIGHT = "\nOne of these is right. Answer choices:"
_IN_HANDS = ("Now {name} holds the" + _RIGHT, "What does {name} hold now? Answer choices:")
_EXCHANGE = ("{a} and {b} exchange things.", "{a} changes things with {b}.")
_RESERVED = {
    "coloured": replace(
        THEMES["coloured"],
        openings=("{people} stand in a circle.", "{people} are in one room."),
        holds="{name} holds {a} {object}",
        swaps=_EXCHANGE,
        asks=_IN_HANDS,
    ),
    "things": replace(
        THEMES["things"],
        openings=("{people} show each other what they own.", "{people} open their bags."),
        holds="{name} holds {a} {object}",
        swaps=_EXCHANGE,
        asks=_IN_HANDS,
    ),
    "dancers": replace(
        THEMES["dancers"],
        openings=("{people} go to a ball.", "The music starts for {people}."),
        holds="{name} is paired with {object}",
        swaps=("{a} and {b} exchange partners.", "{a} changes partners with {b}."),
        asks=("Now {name} is paired with" + _RIGHT, "Who is with {name} now? Answer choices:"),
    ),
    "team": replace(
        THEMES["team"],
        openings=("{people} have a match today.", "{people} are on the field."),
        holds="{name} is the {object}",
        swaps=("{a} and {b} exchange positions.", "{a} changes positions with {b}."),
        asks=(
            "Now {name} plays as" + _RIGHT,
            "Which is the position of {name} now? Answer choices:",
        ),
    ),
}


@dataclass(frozen=True)
class Sentences:
    """Themes by name; what leads who has what at first, and the swaps in the middle."""

    themes: dict[str, Theme]
    starts: tuple[str, ...]
    then: tuple[str, ...]


SENTENCES: dict[Wording, Sentences] = {
    "usual": Sentences(
        themes=THEMES,
        starts=("At first, {held}.", "At the start, {held}."),
        then=("Then", "Next,", "After that,", "Then"),
    ),
    "reserved": Sentences(
        themes=_RESERVED,
        starts=("In the beginning, {held}.", "To begin with, {held}."),
        then=("Afterwards,", "Following that,"),
    ),
}
