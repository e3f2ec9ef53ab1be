"""Sentences for arithmetic stories, theme by theme."""

from dataclasses import dataclass, replace

from cotutor.problems.family import Wording
from cotutor.problems.vocabulary import words


@dataclass(frozen=True)
class Theme:
    """The sentences of one kind of story; {n} and {times} stand for a step's number."""

    things: tuple[str, ...]
    starts: tuple[str, ...]
    gains: tuple[str, ...]
    losses: tuple[str, ...]
    asks: tuple[str, ...]


_HAS = ("{name} has {n} {things}.", "{name} starts with {n} {things}.", "{name} owns {n} {things}.")
_HAS_NOW = (
    "How many {things} does {name} have now?",
    "How many {things} does {name} have in the end?",
    "How many {things} are there at the end?",
    "What is the number of {things} that {name} ends up with?",
)

THEMES = {
    "collection": Theme(
        things=words("stickers marbles stamps shells cards badges coins beads"),
        starts=(*_HAS, "{name} collects {things} and has {n}."),
        gains=(
            "{name} buys {n} more.",
            "{friend} gives {name} {n} {things}.",
            "{name} finds {n} more {things}.",
            "{name} gets {n} {things} as a present.",
        ),
        losses=(
            "{name} gives {n} {things} to {friend}.",
            "{name} loses {n} of them.",
            "{name} sells {n} {things}.",
            "{friend} takes {n} of the {things}.",
        ),
        asks=_HAS_NOW,
    ),
    "kitchen": Theme(
        things=words("cookies muffins rolls pies pancakes cupcakes"),
        starts=(
            "{name} bakes {n} {things}.",
            "{name} has {n} {things}.",
            "{n} {things} are ready.",
        ),
        gains=(
            "{name} bakes {n} more.",
            "{friend} brings {n} {things}.",
            "{n} more {things} come out of the oven.",
        ),
        losses=(
            "{name} eats {n} of them.",
            "guests eat {n} {things}.",
            "{name} sells {n} {things}.",
            "{friend} takes {n} {things} home.",
        ),
        asks=("How many {things} are left?", "How many {things} are there now?"),
    ),
    "bus": Theme(
        things=("passengers", "people"),
        starts=(
            "{n} {things} are on a bus.",
            "a train leaves with {n} {things}.",
            "there are {n} {things} on a ferry.",
        ),
        gains=("{n} {things} get on.", "{n} more come on board.", "{n} {things} join."),
        losses=("{n} {things} get off.", "{n} of them leave."),
        asks=(
            "How many {things} are on board now?",
            "How many {things} are there in the end?",
            "How many {things} remain on board?",
        ),
    ),
    "garden": Theme(
        things=words("apples pears plums carrots tomatoes flowers nuts eggs"),
        starts=(
            "{name} puts {n} {things} in a basket.",
            "there are {n} {things} in a basket.",
            "{name} carries {n} {things} in a basket.",
        ),
        gains=(
            "{name} adds {n} {things}.",
            "{friend} puts in {n} more.",
            "{n} more {things} go into the basket.",
        ),
        losses=(
            "{name} takes out {n} {things}.",
            "{n} {things} fall out.",
            "{name} gives {n} of them away.",
            "{friend} takes {n} {things}.",
        ),
        asks=("How many {things} are in the basket now?", "How many {things} are left?"),
    ),
    "savings": Theme(
        things=("dollars", "euros", "tokens", "points"),
        starts=("{name} has {n} {things}.", "{name} begins with {n} {things}."),
        gains=(
            "{name} earns {n} {things}.",
            "{name} wins {n} more.",
            "{name} gets {n} {things} from {friend}.",
        ),
        losses=(
            "{name} spends {n} {things}.",
            "{name} loses {n} {things}.",
            "{name} pays {friend} {n} {things}.",
        ),
        asks=_HAS_NOW,
    ),
}
_COUNT = (
    "How many {things} does this leave {name} with?",
    "Count the {things} that {name} owns at last.",
    "What is the final number of {things} that {name} owns?",
)
_RESERVED = {
    "collection": replace(
        THEMES["collection"],
        starts=(
            "in the collection of {name} there are {n} {things}.",
            "{name} counts {n} {things}.",
            "{n} {things} belong to {name}.",
        ),
        gains=(
            "{name} picks up {n} {things}.",
            "{friend} hands {n} {things} to {name}.",
            "{n} new {things} are added.",
        ),
        losses=(
            "{n} {things} get lost.",
            "{name} hands {n} {things} to {friend}.",
            "{name} throws {n} of them away.",
        ),
        asks=_COUNT,
    ),
    "kitchen": replace(
        THEMES["kitchen"],
        starts=("{n} {things} stand on the kitchen table.", "a tray holds {n} {things}."),
        gains=("{n} new {things} are baked.", "{friend} adds {n} {things}."),
        losses=(
            "{n} {things} are eaten.",
            "{friend} buys {n} of them.",
            "{n} of the {things} are sold.",
        ),
        asks=("What is the final number of {things}?", "Count the {things} that remain."),
    ),
    "bus": replace(
        THEMES["bus"],
        starts=("a boat carries {n} {things}.", "{n} {things} ride on a train."),
        gains=("{n} other {things} enter.", "it takes on {n} {things}."),
        losses=("{n} {things} walk off.", "{n} of the {things} get out."),
        asks=(
            "What is the final number of {things} on board?",
            "Count the {things} who are still on board.",
        ),
    ),
    "garden": replace(
        THEMES["garden"],
        starts=("a basket holds {n} {things}.", "{name} fills a basket with {n} {things}."),
        gains=("{n} {things} are put in.", "{friend} drops {n} {things} into it."),
        losses=(
            "{n} {things} get lost.",
            "{name} removes {n} {things}.",
            "{n} of them are taken out.",
        ),
        asks=(
            "What is the final number of {things} in the basket?",
            "Count the {things} that the basket holds at the end.",
        ),
    ),
    "savings": replace(
        THEMES["savings"],
        starts=("{name} has saved {n} {things}.", "{n} {things} belong to {name}."),
        gains=("{name} receives {n} {things}.", "{friend} pays {name} {n} {things}."),
        losses=("{name} hands over {n} {things}.", "{n} {things} go to {friend}."),
        asks=_COUNT,
    ),
}


@dataclass(frozen=True)
class Sentences:
    """Themes by name; sentences of every theme for so many times as many, and what leads a step."""

    themes: dict[str, Theme]
    growths: tuple[str, ...]
    leads: tuple[str, ...]


SENTENCES: dict[Wording, Sentences] = {
    "usual": Sentences(
        themes=THEMES,
        growths=(
            "the number of {things} {times}.",
            "there are {n} times as many {things} as before.",
            "that number {times}.",
        ),
        leads=("", "", "then ", "later, ", "after that, ", "next, "),
    ),
    "reserved": Sentences(
        themes=_RESERVED,
        growths=(
            "the number of {things} is multiplied by {n}.",
            "there come to be {n} times as many {things}.",
        ),
        leads=("", "", "afterwards ", "soon "),
    ),
}
