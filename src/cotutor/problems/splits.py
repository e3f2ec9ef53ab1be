"""Splits: the published ones, re-derived from their recipe, and those of one's own data.

Fine-tune-CoT (Ho et al. 2023) splits nine of its twelve benchmarks at random
and two of them by template as well. Both recipes permute with numpy's legacy
`RandomState(0)`, whose stream is guaranteed never to change, and put the first
`round(0.7 n)` into train. The other three benchmarks keep their publisher's split.

One's own rows are `divided`: by template, so that no wording is on both sides,
or at random, so that no question is. The side of a group follows from its
content, not from the order of the rows.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from cotutor.records import digest

TRAIN_SHARE = 0.7

_LOWER_CASE_WORD = re.compile(r"\b[a-z]+")
_CAPITALISED_WORD = re.compile(r"\b([A-Z][a-z]+)('s)?\b")
_ONE_TO_99 = re.compile(r"(?<!\d)[1-9]\d?(?!\d)")
_WORDS_THAT_ARE_NAMES_TOO = {"will"}


class Split(NamedTuple):
    """The sorted indices of the train and the test side."""

    train: list[int]
    test: list[int]


def permutation(n: int) -> list[int]:
    """Return 0..n-1 in the order of numpy's `RandomState(0).permutation`."""
    from numpy.random import RandomState

    order: list[int] = RandomState(0).permutation(n).tolist()
    return order


def random_split(n: int) -> Split:
    """Split `n` rows at random, as published for nine of the benchmarks."""
    order = permutation(n)
    cut = round(TRAIN_SHARE * n)
    return Split(sorted(order[:cut]), sorted(order[cut:]))


def divided(keys: Sequence[str], share: float) -> Split:
    """Split rows so that those with equal keys stay on one side.

    Groups go to train in the order of their keys' digests until `share` of the
    rows, 0 to 1, is there: to the row where the groups are small. With two
    groups or more, no side is empty.
    """
    groups = _grouped(keys)
    order = sorted(groups, key=digest)
    train: list[int] = []
    for key in order[:-1]:
        if train and len(train) + len(groups[key]) / 2 > share * len(keys):
            break
        train += groups[key]
    taken = set(train)
    return Split(sorted(train), [row for row in range(len(keys)) if row not in taken])


def template_split(keys: Sequence[str]) -> Split:
    """Split rows so that those with equal keys stay on one side.

    Groups are counted in order of first appearance and split as rows are in
    `random_split`.
    """
    rows_of = list(_grouped(keys).values())
    sides = random_split(len(rows_of))
    return Split(*(sorted(row for group in side for row in rows_of[group]) for side in sides))


def _grouped(keys: Sequence[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        groups.setdefault(key, []).append(index)
    return groups


def name_templates(questions: Sequence[str]) -> list[str]:
    """Return the template of each MultiArith question: numbers and names masked.

    A name is a capitalised word that no question of the set writes in lower
    case; "Will" is one although "will" is a word. This finds the 120 groups
    that the paper made with a list of names.
    """
    ordinary = {word for question in questions for word in _LOWER_CASE_WORD.findall(question)}
    ordinary -= _WORDS_THAT_ARE_NAMES_TOO

    def masked(word: re.Match[str]) -> str:
        return word[0] if word[1].lower() in ordinary else "NAME"

    return [_CAPITALISED_WORD.sub(masked, re.sub(r"\d+", "", text)) for text in questions]


def date_templates(questions: Sequence[str]) -> list[str]:
    """Return the template of each Date question: its story with days and months masked.

    Numbers of one and two digits become one `#` a digit, years stay; what
    follows "What is the date" is left out. 41 groups of 9.
    """
    stories = (question.split("What is the date")[0] for question in questions)
    return [_ONE_TO_99.sub(lambda number: "#" * len(number[0]), story) for story in stories]
