"""Single-step skills that a base may have before it is trained: made problems, each one step long.

A skill gives a prompt that leaves one right continuation; it is there if greedy decoding
writes it. Names are invented, letters and numbers drawn, so that nothing can be remembered.
"""

from collections.abc import Callable, Iterator
from random import Random

from cotutor.problems.family import stream

Case = tuple[str, str]
"""A prompt, and the one right continuation."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_THINGS = ("book", "ball", "cup", "hat", "key", "lamp", "ring", "drum", "kite", "bell")
_MONTH_DAYS = {3: 31, 6: 30, 8: 31, 9: 30, 11: 30}


def _name(rng: Random) -> str:
    """Return an invented name of two or three open syllables."""
    syllables = (
        rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.choice((2, 3)))
    )
    return "".join(syllables).capitalize()


def _names(rng: Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[_name(rng)] = None
    return list(found)


def _owners(rng: Random) -> tuple[dict[str, str], str]:
    owners = dict(zip(_names(rng, 3), rng.sample(_THINGS, 3), strict=True))
    return owners, " ".join(f"{who} has a {thing}." for who, thing in owners.items())


def _copy(rng: Random) -> Case:
    one, two = ("".join(rng.choices(_LETTERS, k=8)) for _ in range(2))
    return f"in: {one} out: {one}\nin: {two} out:", f" {two}"


def _spell(rng: Random) -> Case:
    who = _name(rng)
    return f"Dictate {who} letter by letter. ### {who[0]}-", "-".join(who[1:])


def _look_up(rng: Random) -> Case:
    owners, told = _owners(rng)
    who = rng.choice(list(owners))
    return f"{told} What does {who} have? ### {who} has", f" the {owners[who]}"


def _look_up_back(rng: Random) -> Case:
    owners, told = _owners(rng)
    who = rng.choice(list(owners))
    return f"{told} Who has the {owners[who]}? ###", f" {who}"


def _choose(rng: Random) -> Case:
    (who,), had = _names(rng, 1), rng.sample(_THINGS, 3)
    pick = rng.randrange(3)
    options = ", ".join(f"({mark}) {thing}" for mark, thing in zip("ABC", had, strict=True))
    fact = f"{who} has the {had[pick]}."
    return f"{fact} Answer choices: {options} ### {fact} -->", f" {'ABC'[pick]}"


def _swap(rng: Random) -> Case:
    owners, told = _owners(rng)
    one, two = rng.sample(list(owners), 2)
    asked = f"{told} {one} and {two} swap. What does {one} have now?"
    return f"{asked} ### Now {one} has", f" the {owners[two]}"


def _add(rng: Random) -> Case:
    first, second = rng.randrange(10, 90), rng.randrange(2, 60)
    return f"We need this: {first} + {second} =", f" {first + second}"


def _subtract(rng: Random) -> Case:
    second, first = sorted((rng.randrange(10, 90), rng.randrange(2, 60)))
    return f"We need this: {first} - {second} =", f" {first - second}"


def _multiply(rng: Random) -> Case:
    first, second = rng.randrange(2, 25), rng.randrange(2, 10)
    return f"We need this: {first} x {second} =", f" {first * second}"


def _next_day(rng: Random) -> Case:
    month = rng.choice(list(_MONTH_DAYS))
    last = _MONTH_DAYS[month]
    day, year = rng.choice((last, rng.randrange(1, last))), rng.randrange(1950, 2050)
    after = f"{month:02}/{day + 1:02}" if day < last else f"{month + 1:02}/01"
    return f"It is {month:02}/{day:02}/{year}. And the date a day later:", f" {after}/{year}"


SKILLS: dict[str, Callable[[Random], Case]] = {
    "copy letters": _copy,
    "spell a name": _spell,
    "look up what": _look_up,
    "look up who": _look_up_back,
    "letter of a choice": _choose,
    "one swap": _swap,
    "one sum": _add,
    "one difference": _subtract,
    "one product": _multiply,
    "next day": _next_day,
}


def cases(skill: str, *, seed: int, count: int) -> Iterator[Case]:
    """Make `count` cases of a skill; the first of a longer call are those of a shorter one."""
    for index in range(count):
        yield SKILLS[skill](stream("skill", skill, seed, index))


def is_passed(written: str, target: str) -> bool:
    """Say whether a text goes on as it should, a longer word or number not being the same."""
    if not written.startswith(target):
        return False
    return not (written[len(target) : len(target) + 1].isalnum() and target[-1:].isalnum())
