"""Random names, things, states and filler sentences: the stuff that the skills talk about.

Names are drawn letter by letter or syllable by syllable, never from a list, so that no name
is worth remembering and each must be copied from the context.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from base import words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

LETTERS = "abcdefghijklmnopqrstuvwxyz"
CONSONANTS = "bcdfghjklmnpqrstvwxyz"
CLUSTERS = [
    "bl", "br", "ch", "chr", "cl", "cr", "dr", "fl", "fr", "gl", "gr", "kh", "kl", "kr", "ll",
    "ph", "pl", "pr", "qu", "rh", "sc", "sh", "sk", "sl", "sm", "sp", "st", "th", "tr", "vl", "wh",
    "zh"
]  # fmt: skip
DIPHTHONGS = [
    "ai", "au", "ay", "ea", "ee", "ei", "eo", "ey", "ia", "ie", "io", "oa", "oe", "oo", "ou", "oy",
    "ua", "ue", "ui"
]  # fmt: skip
CODAS = [
    "b", "ck", "d", "f", "g", "h", "k", "l", "ll", "m", "n", "n", "nd", "nn", "ng", "nt", "p", "r",
    "r", "rd", "rk", "rt", "s", "s", "ss", "st", "t", "th", "tt", "v", "w", "x", "y", "z"
]  # fmt: skip
ACCENTED = "áàâäãåéèêëíìîïóòôöõøúùûüñçšžčřłđýāēīōūşğ"
TWO_STATES = (
    ("heads up", "tails up"), ("heads", "tails"), ("on", "off"), ("open", "closed"),
    ("locked", "unlocked"), ("up", "down"), ("full", "empty"), ("upright", "upside down"),
    ("red", "green"), ("black", "white"), ("warm", "cold"), ("left", "right"), ("in", "out"),
    ("awake", "asleep"), ("wet", "dry"), ("face up", "face down"), ("lit", "dark"),
    ("day", "night"), ("zero", "one"), ("true", "false"), ("heads up", "tails up"),
)  # fmt: skip
PRODUCERS = "The {} of {}|{} and {}|A {} for {}|{} {}|The {} {}|{}|Under the {}|{} in {}|My {}"
_ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")


def vary(rng: Random, template: str) -> str:
    """Replace each `[a|b|c]` in the template by one of its alternatives; may be nested."""
    while "[" in template:
        replaced = _ALTERNATIVES.sub(lambda found: rng.choice(found[1].split("|")), template)
        if replaced == template:
            return template
        template = replaced
    return template


def letters(rng: Random, low: int = 2, high: int = 8) -> str:
    """Return a random string of lower-case letters."""
    return "".join(rng.choices(LETTERS, k=rng.randint(low, high)))


def pseudo_word(rng: Random) -> str:
    """Return a pronounceable lower-case string of one to four syllables."""
    parts = []
    for _ in range(rng.choices((1, 2, 3, 4), (2, 6, 3, 1))[0]):
        roll = rng.random()
        onset = rng.choice(CONSONANTS if roll < 0.72 else CLUSTERS) if roll < 0.88 else ""
        vowel = rng.choice("aeiouaeioy") if rng.random() < 0.85 else rng.choice(DIPHTHONGS)
        parts += [onset, vowel, rng.choice(CODAS) if rng.random() < 0.33 else ""]
    text = "".join(parts)
    return text if len(text) > 1 else text + rng.choice(LETTERS)


def accented(rng: Random, text: str) -> str:
    """Replace one letter (not the first) of the text by an accented one."""
    place = rng.randrange(1, len(text))
    return text[:place] + rng.choice(ACCENTED) + text[place + 1 :]


def name(rng: Random) -> str:
    """Return a random name: mostly capitalised syllables, sometimes odd."""
    roll = rng.random()
    if roll < 0.60:
        return pseudo_word(rng).capitalize()
    if roll < 0.78:
        return letters(rng, 2, 9).capitalize()
    if roll < 0.84:
        return letters(rng, 2, 3).capitalize()
    if roll < 0.90:
        return accented(rng, pseudo_word(rng)).capitalize()
    if roll < 0.95:
        return rng.choice(words.THINGS).capitalize()
    if roll < 0.98:
        return f"{pseudo_word(rng).capitalize()} {pseudo_word(rng).capitalize()}"
    return f"{pseudo_word(rng).capitalize()}-{pseudo_word(rng).capitalize()}"


def names(rng: Random, count: int) -> list[str]:
    """Return that many different names; now and then some or all begin alike."""
    found: dict[str, None] = {}
    share = rng.choice((0.5, 1.0)) if rng.random() < 0.2 else 0.0
    stem = pseudo_word(rng)[: rng.randint(1, 5)].capitalize()
    while len(found) < count:
        found[stem + letters(rng, 1, 3) if rng.random() < share else name(rng)] = None
    return list(found)


def short_names(rng: Random, count: int) -> list[str]:
    """Return different names, mostly of two to six letters: for skills that are not copying."""
    if rng.random() < 0.15:
        return names(rng, count)
    found: dict[str, None] = {}
    while len(found) < count:
        text = pseudo_word(rng) if rng.random() < 0.7 else letters(rng, 2, 5)
        found[text[:6].capitalize()] = None
    return list(found)


@dataclass(frozen=True)
class Thing:
    """Something that can be had: `core` ("red ball") with its two articles."""

    core: str
    indefinite: str
    definite: str


def _with_articles(core: str) -> Thing:
    article = "an" if core[0].lower() in "aeiou" else "a"
    return Thing(core, f"{article} {core}", f"the {core}")


def title(rng: Random) -> str:
    """Return a title in title case of one to five words."""
    pattern = rng.choice(PRODUCERS.split("|"))
    pool = words.THINGS if rng.random() < 0.4 else None
    fill = [(rng.choice(pool) if pool else pseudo_word(rng)).capitalize() for _ in range(2)]
    return pattern.format(*fill[: pattern.count("{}")])


def things(rng: Random, count: int) -> list[Thing]:
    """Return different things of one kind: coloured objects, titles, roles, numbers, codes."""
    kind = rng.choice((0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 3, 4, 5, 6, 7, 8))
    noun = rng.choice(words.THINGS)
    found: dict[str, Thing] = {}
    while len(found) < count:
        thing = _thing(rng, kind, noun)
        found[thing.core] = thing
    return list(found.values())


def _thing(rng: Random, kind: int, noun: str) -> Thing:
    if kind == 0:
        return _with_articles(f"{rng.choice(words.COLOURS)} {noun}")
    if kind == 1:
        return _with_articles(f"{rng.choice(words.COLOURS)} {rng.choice(words.THINGS)}")
    if kind == 2:
        return _with_articles(rng.choice(words.THINGS))
    if kind == 3:
        return _with_articles(f"{rng.choice(words.DESCRIBING)} {rng.choice(words.THINGS)}")
    if kind == 4:
        return _with_articles(f"{pseudo_word(rng)} {noun}")
    if kind == 5:
        return _with_articles(f"{rng.choice(words.DESCRIBING)} {pseudo_word(rng)}")
    plain = (title, name, lambda r: f"{noun} {r.randrange(1, 100)}")[kind - 6](rng)
    return Thing(plain, plain, plain)


def anything(rng: Random) -> str:
    """Return a random short string of any kind, for copying."""
    roll = rng.randrange(9)
    if roll == 0:
        return name(rng)
    if roll == 1:
        return pseudo_word(rng)
    if roll == 2:
        return rng.choice(words.lowercase_words())
    if roll == 3:
        return str(rng.randrange(10 ** rng.randint(1, 5)))
    if roll == 4:
        return things(rng, 1)[0].core
    if roll == 5:
        return title(rng)
    if roll == 6:
        return letters(rng, 1, 6)
    if roll == 7:
        return "".join(rng.choices(LETTERS.upper() + "0123456789-", k=rng.randint(2, 7)))
    return " ".join(rng.choices(words.lowercase_words(), k=rng.randint(2, 4)))


def listed(rng: Random, items: Sequence[str]) -> str:
    """Join the items as a list in one of several styles."""
    style = rng.randrange(6)
    if style <= 1 and len(items) > 1:
        comma = "," if style == 0 and len(items) > 2 else ""
        return ", ".join(items[:-1]) + f"{comma} and {items[-1]}"
    return (", ", "; ", " ", "\n", " | ", ", ")[style].join(items)


def filler(rng: Random) -> str:
    """Return a grammatical sentence about nothing in particular."""
    who = name(rng) if rng.random() < 0.5 else f"The {rng.choice(words.PEOPLE)}"
    template = rng.choice((
        "{w} [walked|went|came|ran] to the {p}.", "{w} [likes|has|found|sold|needs] {t}.",
        "{w} [is|was|looks] {a}.", "There [is|was] {t} [in|near|behind|on] the {p}.",
        "The {p} [is|was] {a} and {a2}.", "{w} [gave|showed|sold] {t} to {w2}.",
        "It [is|was] a {a} day.", "{w} [said|thinks|knows] that the {p} [is|was] {a}.",
    ))  # fmt: skip
    return vary(rng, template).format(
        w=who, w2=name(rng), p=rng.choice(words.PLACES), a=rng.choice(words.DESCRIBING),
        a2=rng.choice(words.DESCRIBING), t=things(rng, 1)[0].indefinite,
    )  # fmt: skip
