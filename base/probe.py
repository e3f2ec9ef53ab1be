"""Probes of the base's single skills: `python -m base.probe CHECKPOINT`.

Names, things and wordings are kept out of the corpus; in the probes of its "own wording" only the
names are fresh, which tells a missing skill from a strange wording. A probe gives a prompt that
leaves one right continuation; it counts as passed if greedy decoding would write the whole of it.
(The model reads prompt and target at once: greedy decoding writes the target if and only if each
of its tokens is the likeliest after those before it.)
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from base.entities import Thing, short_names, things

if TYPE_CHECKING:
    from collections.abc import Callable

    from transformers import PreTrainedModel, PreTrainedTokenizerBase

NAMES = [
    "Whitney", "Leza", "Toño", "Priya", "Jj", "Oluwaseun", "Grzegorz", "Mei", "Ananya", "Björn",
    "Fiona", "Kwame", "Zoë", "Ignatius", "Lakshmi", "Dmitri", "Aoife", "Hiroshi", "Guadalupe",
    "Ximena", "Bartholomew", "Niamh", "Rashid", "Solveig", "Thaddeus", "Yuki", "Esperanza",
    "Cormac", "Jacqueline", "Ng", "Abdullah", "Svetlana", "Quentin", "Ottoline", "Bo",
    "Margarethe", "Ludwig", "Phoebe", "Zacharias", "Wren"
]  # fmt: skip
THINGS = [
    "saxophone", "teal kayak", "The Hollow Sea", "ferryman", "maroon sweater", "cactus",
    "Winter of the Worlds", "scooter", "magenta crystal", "treasurer", "walnut", "Emeline",
    "ivory tusk", "pocketknife", "lilac parasol", "Torvald", "tuba", "indigo marble",
    "A Long Trial", "night porter",
]  # fmt: skip
VERBS = ("carries", "hides", "brought along", "borrowed")
MONTH_DAYS = {"03": 31, "06": 30, "08": 31, "09": 30, "11": 30}


def _people(rng: Random, count: int) -> list[str]:
    return rng.sample(NAMES, count)


def copy_letters(rng: Random) -> tuple[str, str]:
    """A random string of letters after one example of copying."""
    one, two = ("".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(2))
    return f"in: {one} out: {one}\nin: {two} out:", f" {two}\n"


def copy_names(rng: Random) -> tuple[str, str]:
    """Five names, each put between quotes; two are already written."""
    people = [f'"{who}"' for who in _people(rng, 5)]
    told = " ".join(people).replace('"', "")
    return f"In quotes, please: {told} ### {', '.join(people[:2])},", f" {', '.join(people[2:])}"


def walk_events(rng: Random) -> tuple[str, str]:
    """The next of several events, restated after remarks that stood between."""
    people = _people(rng, 4)
    acts = [rng.choice(("paints the fence", "doesn't paint the fence")) for _ in people]
    told = [f"{who} {act}" for who, act in zip(people, acts, strict=True)]
    place = rng.randint(1, 3)
    done = " ".join(f"{fact}; understood." for fact in told[:place])
    return f"{'. '.join(told)}. ### {done}", f" {told[place]}"


def look_up_thing(rng: Random) -> tuple[str, str]:
    """What one of three people has."""
    people, things, verb = _people(rng, 3), rng.sample(THINGS, 3), rng.choice(VERBS)
    pick = rng.randrange(3)
    told = ". ".join(f"{who} {verb} the {what}" for who, what in zip(people, things, strict=True))
    return f"{told}. ### Clearly, {people[pick]} {verb} the", f" {things[pick]}"


def look_up_latest(rng: Random) -> tuple[str, str]:
    """What one of three people has, after two restatements."""
    people, things, verb = _people(rng, 3), rng.sample(THINGS, 3), rng.choice(VERBS)
    told = ". ".join(f"{who} {verb} the {what}" for who, what in zip(people, things, strict=True))
    for word in ("An hour later", "Before bedtime"):
        one, two = rng.sample(range(3), 2)
        things[one], things[two] = things[two], things[one]
        told += f". {word} {people[one]} {verb} the {things[one]}, "
        told += f"{people[two]} {verb} the {things[two]}"
    pick = rng.randrange(3)
    return f"{told}. ### As of this moment, {people[pick]} {verb} the", f" {things[pick]}"


def choice_letter(rng: Random) -> tuple[str, str]:
    """The letter of a choice by its text."""
    things, who = rng.sample(THINGS, 3), rng.choice(NAMES)
    pick = rng.randrange(3)
    options = ", ".join(f"({mark}) {what}" for mark, what in zip("ABC", things, strict=True))
    ask = f"Select a reply. Answer choices: {options} ### {who} {rng.choice(VERBS)} the"
    return f"{ask} {things[pick]}. -->", f" {'ABC'[pick]}"


def last_letter(rng: Random) -> tuple[str, str]:
    """The last letter of a name."""
    who = rng.choice(NAMES)
    return f'Consider the name "{who}" ### The closing letter of "{who}" is "', f'{who[-1]}"'


def join_letters(rng: Random) -> tuple[str, str]:
    """Four letters that stand in separate sentences, written together."""
    pieces = rng.choices("abcdefghijklmnopqrstuvwxyz", k=4)
    people = _people(rng, 4)
    told = "\n".join(f'For {who} we note "{p}".' for who, p in zip(people, pieces, strict=True))
    return f'{told}\n\nAll in one, they make "', f'{"".join(pieces)}"'


def spell(rng: Random) -> tuple[str, str]:
    """A name, letter by letter."""
    who = rng.choice(NAMES)
    return f"Dictate {who} letter by letter. ### {who[0]}-", "-".join(who[1:])


def flip_once(rng: Random) -> tuple[str, str]:
    """One flip or none, given the state."""
    sides = ["heads up", "tails up"]
    place, who = rng.randrange(2), rng.choice(NAMES)
    is_flipped = rng.random() < 0.5
    event = f"{who} flips the penny" if is_flipped else f"{who} doesn't flip the penny"
    now = sides[1 - place] if is_flipped else sides[place]
    ask = f"Right now the penny lies {sides[place]}. {event}."
    return f"{ask} Afterwards the penny lies", f" {now}"


def flip_event(rng: Random) -> tuple[str, str]:
    """One flip or none in the layout of a trace; a person before is already dealt with."""
    sides = ["heads up", "tails up"]
    place, people = rng.randrange(2), _people(rng, 2)
    acts = [rng.choice(("flips", "does not flip")) for _ in people]
    told = " ".join(f"{who} {act} the coin." for who, act in zip(people, acts, strict=True))
    now = sides[1 - place] if acts[1] == "flips" else sides[place]
    done = f"{people[0]} {acts[0]} the coin: the coin is now {sides[place]}."
    return f"{told} ### {done} {people[1]} {acts[1]} the coin: the coin is now", f" {now}"


def swap_once(rng: Random) -> tuple[str, str]:
    """What one of two has after one swap among three people."""
    people, things, verb = _people(rng, 3), rng.sample(THINGS, 3), rng.choice(VERBS)
    owners = dict(zip(people, things, strict=True))
    told = ", ".join(f"{who} {verb} the {what}" for who, what in owners.items())
    one, two = rng.sample(people, 2)
    ask = f"{told}. {one} and {two} swap. ### Now {one} {verb} the"
    return ask, f" {owners[two]}"


def swap_latest(rng: Random) -> tuple[str, str]:
    """What one of two has after one swap, where two holdings were restated before."""
    people, things, verb = _people(rng, 3), rng.sample(THINGS, 3), rng.choice(VERBS)
    owners = dict(zip(people, things, strict=True))
    told = ", ".join(f"{who} {verb} the {what}" for who, what in owners.items())
    one, two = rng.sample(people, 2)
    owners[one], owners[two] = owners[two], owners[one]
    told += f". By and by, {one} {verb} the {owners[one]} and {two} {verb} the {owners[two]}"
    one, two = rng.sample(people, 2)
    ask = f"{told}. {one} and {two} swap. ### Now {one} {verb} the"
    return ask, f" {owners[two]}"


def compare_state(rng: Random) -> tuple[str, str]:
    """Yes or no from a stated end state."""
    sides = ["heads up", "tails up"]
    now, asked = rng.choice(sides), rng.choice(sides)
    ask = f"We saw the coin {now}. Does it end {asked}, yes or no? ###"
    return f"{ask} To conclude, the answer is", " yes" if now == asked else " no"


def _sum(rng: Random, sign: str) -> tuple[str, str]:
    first, second = rng.randrange(10, 90), rng.randrange(2, 60)
    if sign == "-":
        first, second = max(first, second), min(first, second)
    if sign == "x":
        first, second = rng.randrange(2, 25), rng.randrange(2, 10)
    result = {"+": first + second, "-": first - second, "x": first * second}[sign]
    return f"We need this: {first} {sign} {second} =", f" {result}"


def story(rng: Random) -> tuple[str, str]:
    """A one-step story."""
    first, second, who = rng.randrange(20, 90), rng.randrange(2, 20), rng.choice(NAMES)
    if rng.random() < 0.5:
        told = f"{who} started with {first} acorns and then gathered another {second} acorns."
        return f"{told} ### {first} +", f" {second} = {first + second}"
    told = f"{who} started with {first} acorns but {second} acorns rolled away."
    return f"{told} ### {first} -", f" {second} = {first - second}"


def next_day(rng: Random) -> tuple[str, str]:
    """The day after a date, month ends included."""
    month = rng.choice(list(MONTH_DAYS))
    day = rng.choice((MONTH_DAYS[month], rng.randrange(1, MONTH_DAYS[month])))
    year = rng.randrange(1950, 2050)
    after = f"{month}/{day + 1:02}" if day < MONTH_DAYS[month] else f"{int(month) + 1:02}/01"
    return f"It is {month}/{day:02}/{year}. And the date a day later:", f" {after}/{year}"


def _owners(rng: Random) -> tuple[dict[str, Thing], str]:
    """Fresh names and things, told in a wording of the corpus."""
    people, had = short_names(rng, 3), things(rng, 3)
    facts = [f"{who} has {thing.indefinite}." for who, thing in zip(people, had, strict=True)]
    return dict(zip(people, had, strict=True)), " ".join(facts)


def own_thing(rng: Random) -> tuple[str, str]:
    """What a person has, in the corpus's wording."""
    owners, told = _owners(rng)
    who = rng.choice(list(owners))
    return f"{told} What does {who} have? ### {who} has", f" {owners[who].definite}"


def own_person(rng: Random) -> tuple[str, str]:
    """Who has a thing, in the corpus's wording."""
    owners, told = _owners(rng)
    who = rng.choice(list(owners))
    return f"{told} Who has {owners[who].definite}? ###", f" {who}"


def own_letter(rng: Random) -> tuple[str, str]:
    """The letter of a choice, in the corpus's wording."""
    who, had = short_names(rng, 1)[0], things(rng, 3)
    pick = rng.randrange(3)
    fact = f"{who} has {had[pick].definite}."
    options = ", ".join(f"({mark}) {one.core}" for mark, one in zip("ABC", had, strict=True))
    return f"{fact} Answer choices: {options} ### {fact} -->", f" {'ABC'[pick]}"


def own_swap(rng: Random) -> tuple[str, str]:
    """What one has after one swap among three, in the corpus's wording."""
    owners, told = _owners(rng)
    one, two = rng.sample(list(owners), 2)
    swapped = f"{told} {one} and {two} swap."
    return f"{swapped} What does {one} have now? ### Now {one} has", f" {owners[two].definite}"


PROBES: dict[str, Callable[[Random], tuple[str, str]]] = {
    "copy letters": copy_letters,
    "copy names": copy_names,
    "restate next event": walk_events,
    "look up": look_up_thing,
    "look up latest": look_up_latest,
    "choice letter": choice_letter,
    "last letter": last_letter,
    "join letters": join_letters,
    "spell": spell,
    "one flip": flip_once,
    "one flip in a list": flip_event,
    "one swap": swap_once,
    "one swap, restated": swap_latest,
    "compare states": compare_state,
    "sum": lambda rng: _sum(rng, "+"),
    "difference": lambda rng: _sum(rng, "-"),
    "product": lambda rng: _sum(rng, "x"),
    "one-step story": story,
    "next day": next_day,
    "own wording: what": own_thing,
    "own wording: who": own_person,
    "own wording: letter": own_letter,
    "own wording: swap": own_swap,
}


def wilson(passed: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    z = 1.959964
    share, spread = passed / count, z * z / count
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return centre - half, centre + half


@torch.no_grad()
def passes(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, cases: list[tuple[str, str]]
) -> list[bool]:
    """Say of each (prompt, target) whether greedy decoding writes the target."""
    prompts = tokenizer([prompt for prompt, _ in cases])["input_ids"]
    targets = tokenizer([target for _, target in cases])["input_ids"]
    length = max(len(p) + len(t) for p, t in zip(prompts, targets, strict=True))
    ids = torch.full((len(cases), length), tokenizer.pad_token_id)
    for row, (prompt, target) in enumerate(zip(prompts, targets, strict=True)):
        ids[row, : len(prompt) + len(target)] = torch.tensor(prompt + target)
    best = model(input_ids=ids).logits.argmax(-1)
    return [
        best[row, len(p) - 1 : len(p) + len(t) - 1].tolist() == t
        for row, (p, t) in enumerate(zip(prompts, targets, strict=True))
    ]


def run(directory: Path, count: int = 200, seed: int = 7) -> dict[str, dict[str, float]]:
    """Return skill -> n, accuracy, low, high."""
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    found = {}
    for skill, probe in PROBES.items():
        rng = Random(f"{seed} {skill}")
        cases = [probe(rng) for _ in range(count)]
        good = sum(sum(passes(model, tokenizer, cases[at : at + 50])) for at in range(0, count, 50))
        low, high = wilson(good, count)
        found[skill] = {"n": count, "accuracy": good / count, "low": low, "high": high}
    return found


def main() -> None:
    """Print the table, or JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = run(options.checkpoint, options.count)
    if options.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return
    for skill, row in found.items():
        line = f"{skill:20} {row['accuracy']:6.1%}  [{row['low']:.1%}, {row['high']:.1%}]"
        sys.stdout.write(f"{line}  n={row['n']}\n")


if __name__ == "__main__":
    main()
