"""Sentences for coin flips; {start} and {asked} are sides of the coin.

`still` are questions for when the side asked about was up at first.
"""

from typing import NamedTuple

from cotutor.problems.family import Wording


class Sentences(NamedTuple):
    """What a story is made of, part by part."""

    openings: tuple[str, ...]
    flips: tuple[str, ...]
    leaves: tuple[str, ...]
    questions: tuple[str, ...]
    still: tuple[str, ...]


SENTENCES: dict[Wording, Sentences] = {
    "usual": Sentences(
        openings=(
            "A coin is {start} up.",
            "A coin lies on the table, {start} up.",
            "There is a coin on the floor, {start} up.",
            "Someone puts down a coin {start} up.",
            "At first a coin shows {start}.",
            "A coin starts out with {start} up.",
        ),
        flips=(
            "{name} flips the coin.",
            "{name} turns the coin over.",
            "{name} flips it.",
            "{name} turns it over.",
            "{name} flips the coin over.",
        ),
        leaves=(
            "{name} does not flip the coin.",
            "{name} leaves the coin as it is.",
            "{name} does not flip it.",
            "{name} does not turn it over.",
            "{name} does not touch the coin.",
        ),
        questions=(
            "Is the coin {asked} up now?",
            "Is the coin {asked} up at the end?",
            "Does the coin show {asked} at the end?",
            "In the end, is {asked} up?",
            "Is it {asked} that is up after all this?",
        ),
        still=(
            'Is the coin still {asked} up? Note that "flip" here means "turn over".',
            "Is the coin still {asked} up?",
        ),
    ),
    "reserved": Sentences(
        openings=(
            "You see a coin with {start} on top.",
            "The upper side of a coin is {start}.",
            "A coin fell to the floor with {start} facing up.",
            "Somebody holds out a coin that shows {start}.",
        ),
        flips=(
            "{name} turns the coin upside down.",
            "{name} gives the coin a flip.",
            "The coin is flipped by {name}.",
            "{name} changes the upper side of the coin.",
        ),
        leaves=(
            "{name} lets the coin be.",
            "The coin is not flipped by {name}.",
            "{name} only looks at the coin.",
            "{name} passes the coin on unchanged.",
        ),
        questions=(
            "When everybody is done, is {asked} the upper side?",
            "After all that, does the coin lie with {asked} on top?",
            "Yes or no: is {asked} on top now?",
        ),
        still=("Is {asked} on top, as at the beginning?",),
    ),
}
