"""Procedural problems: families that need no download, five of stories and a game.

    list(problems("coin_flips", split="train", seed=0, count=400))

The random stream of a problem is keyed by a hash of (family, split, seed,
index), so neighbouring seeds share nothing. Splits are apart by construction:
the content of a problem, its wording aside, is hashed to one split whatever the
seed and level, and a draw that belongs elsewhere is drawn again. Within one
call no content comes twice. The first problems of a longer call are those of a
shorter one.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from cotutor.errors import ConfigError, DataError
from cotutor.problems import (
    arithmetic,
    coin_flips,
    dates,
    game_of_24,
    last_letters,
    shuffled_objects,
)
from cotutor.problems.family import Check, Family, Program, Wording, stream
from cotutor.records import Problem, digest

FAMILIES: dict[str, Family[Any]] = {
    family.name: family
    for family in (
        last_letters.FAMILY,
        coin_flips.FAMILY,
        shuffled_objects.FAMILY,
        arithmetic.FAMILY,
        dates.FAMILY,
        game_of_24.FAMILY,
    )
}
STORIES = tuple(name for name, family in FAMILIES.items() if family.check is None)
"""The families without a check of their own: their problems never run out."""

# Of five shares of all contents, which ones belong to a split.
_SHARES = {"train": (0, 1, 2), "validation": (3,), "heldout": (4,)}
SPLITS = tuple(_SHARES)

_ATTEMPTS = 1000


def own_check(problem: Problem) -> tuple[Check, Program] | None:
    """Return how a problem's family judges answers itself, with its program; None: it does not.

    Raises:
        DataError: the program is none of the family.

    """
    family = FAMILIES.get(problem.task) if problem.program is not None else None
    if family is None or family.check is None:
        return None
    try:
        return family.check, family.program.model_validate(problem.program)
    except ValidationError as error:
        raise DataError(f"problem {problem.id}: its program is none of {family.name}") from error


def split_of(family: str, program: Program) -> str:
    """Return the one split that a program belongs to."""
    share = int(digest("split", family, program.content()), 16) % 5
    return next(split for split, shares in _SHARES.items() if share in shares)


def problems(
    family: str,
    *,
    split: str,
    seed: int,
    count: int,
    level: int | tuple[int, int] | None = None,
    wording: Wording = "usual",
) -> Iterator[Problem]:
    """Make `count` problems of a family.

    Args:
        family: a key of `FAMILIES`.
        split: train, validation or heldout; they never share a problem.
        seed: which problems of the split.
        count: how many.
        level: the number of steps, or the lowest and highest of a range;
            None: the family's own.
        wording: `reserved` tells the same problems in sentences, and with templates, that the
            usual ones never have.

    Raises:
        ConfigError: no such family, split or level, or the family has too few
            different problems of that level.

    """
    if family not in FAMILIES:
        raise ConfigError(f"no family {family!r}; there are {', '.join(FAMILIES)}")
    if split not in SPLITS:
        raise ConfigError(f"no split {split!r} of {family}; there are {', '.join(SPLITS)}")
    known = FAMILIES[family]
    return _make(known, split, seed, count, _levels(known, level), wording)


def _levels(family: Family[Any], level: int | tuple[int, int] | None) -> range:
    asked = family.level if level is None else level
    low, high = asked if isinstance(asked, tuple) else (asked, asked)
    if low > high or low not in family.levels or high not in family.levels:
        raise ConfigError(
            f"level {level} of {family.name} is not within"
            f" {family.levels.start} to {family.levels.stop - 1}"
        )
    return range(low, high + 1)


def _make(
    family: Family[Any], split: str, seed: int, count: int, levels: range, wording: Wording
) -> Iterator[Problem]:
    given: set[str] = set()
    for index in range(count):
        key = (family.name, split, seed, index)
        for attempt in range(_ATTEMPTS):
            rng = stream(*key, attempt)
            level = rng.choice(levels)
            program = family.draw(rng, level)
            content = digest(program.content())
            if split_of(family.name, program) == split and content not in given:
                break
        else:
            raise ConfigError(
                f"{family.name} has no more than about {index} different {split} problems"
                f" of level {levels.start} to {levels.stop - 1}: lower the count or raise the level"
            )
        given.add(content)
        telling = family.tell(program, rng, wording)
        template = telling.template if wording == "usual" else f"{wording}.{telling.template}"
        yield Problem.make(
            task=family.name, kind=family.kind, question=telling.question, gold=program.answer(),
            choices=program.choices(), split=split, template=template, level=level,
            steps=program.results(), program=program.model_dump(mode="json"),
        )  # fmt: skip
