"""Sentences for the Game of 24: the numbers, then the task."""

from typing import NamedTuple

from cotutor.problems.family import Wording


class Sentences(NamedTuple):
    """What a question is made of, part by part."""

    openings: tuple[str, ...]
    tasks: tuple[str, ...]


SENTENCES: dict[Wording, Sentences] = {
    "usual": Sentences(
        openings=(
            "Use the numbers {numbers}, each exactly once.",
            "You are given {numbers}. Every number must be used once.",
            "Four numbers: {numbers}. Each one is used exactly once.",
            "Take {numbers}, each of them once and no other number.",
            "The cards show {numbers}. Use all four, each one once.",
        ),
        tasks=(
            "With + - * / and brackets, make 24.",
            "Which expression with + - * / and brackets is worth 24?",
            "Write an expression with + - * / and brackets that equals 24.",
            "Reach 24 with + - * / and brackets.",
        ),
    ),
    "reserved": Sentences(
        openings=(
            "Here are {numbers}: each of them goes in once.",
            "Somebody draws the cards {numbers} and has to play each one once.",
            "Put {numbers} together, and leave none out.",
        ),
        tasks=(
            "Combine them with + - * / and brackets so that the result is 24.",
            "Find a way to get 24 with + - * / and brackets.",
        ),
    ),
}
