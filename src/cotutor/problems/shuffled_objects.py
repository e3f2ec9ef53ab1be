"""Shuffled objects: people swap what they have in pairs; who ends up with what?

State is a tuple: at each person's place the number of the object they hold,
objects numbered as they were held at first.
"""

import random
from collections.abc import Sequence
from typing import Any

from cotutor.problems.claims.shuffled_objects import claims
from cotutor.problems.family import (
    Family,
    Hand,
    Program,
    Solution,
    Telling,
    Wording,
    listed,
    pick_frame,
)
from cotutor.problems.vocabulary import article, short_people
from cotutor.problems.wordings.shuffled_objects import SENTENCES, THEMES
from cotutor.records import Choice

PEOPLE = 3
LABELS = "ABC"

State = tuple[int, ...]
Pair = tuple[int, int]


class ShuffledObjects(Program):
    """Who holds what at first, the swaps in order, and whose object is asked for.

    `objects[i]` is held by `people[i]` at first; `swaps` are pairs of places in
    `people`; `options` are places in `objects` in the order of the labels.
    """

    theme: str
    people: tuple[str, ...]
    objects: tuple[str, ...]
    noun: str = ""
    swaps: tuple[Pair, ...]
    asked: int
    options: tuple[int, ...]

    def content(self) -> Any:
        """Return who has what, who swaps with whom and who is asked about, however ordered."""
        named = [sorted((self.people[a], self.people[b])) for a, b in self.swaps]
        held = sorted(zip(self.people, self.objects, strict=True))
        return [held, self.noun, named, self.people[self.asked]]

    def states(self) -> list[State]:
        """Return the state at first and after every swap."""
        states = [tuple(range(len(self.people)))]
        for pair in self.swaps:
            states.append(_swap(states[-1], pair))
        return states

    def results(self) -> tuple[str, ...]:
        """Return who holds what after every swap."""
        return tuple(self.describe(state) for state in self.states()[1:])

    def describe(self, state: State) -> str:
        """Return "Ann red, Bob blue, Cid green"."""
        return ", ".join(self.held(place, state) for place in range(len(self.people)))

    def held(self, place: int, state: State) -> str:
        """Return "Ann red"."""
        return f"{self.people[place]}{THEMES[self.theme].link}{self.objects[state[place]]}"

    def answer(self) -> str:
        """Return the label of the object that the person asked about ends up with."""
        return self.label(self.states()[-1][self.asked])

    def label(self, held: int) -> str:
        """Return the label of an object."""
        return LABELS[self.options.index(held)]

    def thing(self, held: int) -> str:
        """Return the object with its noun."""
        return f"{self.objects[held]} {self.noun}".strip()

    def choices(self) -> tuple[Choice, ...]:
        """Return the objects under their labels."""
        labelled = zip(LABELS, self.options, strict=False)
        return tuple(Choice(label=label, text=self.thing(held)) for label, held in labelled)


def _swap(state: State, pair: Pair) -> State:
    a, b = pair
    changed = list(state)
    changed[a], changed[b] = changed[b], changed[a]
    return tuple(changed)


def draw(rng: random.Random, level: int) -> ShuffledObjects:
    """Draw `level` swaps of any two, the options in any order.

    A swap may repeat the one before: only then is everybody as likely to end up
    with any object, so that neither a label nor "what they had" is a good guess.
    """
    name = rng.choice(tuple(THEMES))
    theme = THEMES[name]
    drawn = short_people(rng, 2 * PEOPLE)
    objects = drawn[PEOPLE:] if theme.are_people else rng.sample(theme.objects, PEOPLE)
    return ShuffledObjects(
        theme=name,
        people=drawn[:PEOPLE],
        objects=tuple(objects),
        noun=rng.choice(theme.nouns) if theme.nouns else "",
        swaps=tuple(_draw_pair(rng) for _ in range(level)),
        asked=rng.randrange(PEOPLE),
        options=tuple(rng.sample(range(PEOPLE), PEOPLE)),
    )


def _draw_pair(rng: random.Random) -> Pair:
    a, b = rng.sample(range(PEOPLE), 2)
    return a, b


def tell(program: ShuffledObjects, rng: random.Random, wording: Wording) -> Telling:
    """Tell who has what, the swaps and the question, then list the choices."""
    words = SENTENCES[wording]
    theme = words.themes[program.theme]
    opening, ask, template = pick_frame(rng, theme.openings, theme.asks)
    held = []
    for place, name in enumerate(program.people):
        thing = program.thing(place)
        held.append(theme.holds.format(name=name, a=article(thing), object=thing))
    parts = [
        opening.format(people=listed(program.people)),
        rng.choice(words.starts).format(held=listed(held)),
        *_tell_swaps(program, rng.choice(theme.swaps), rng.choice(words.then)),
        ask.format(name=program.people[program.asked]),
        ", ".join(f"({choice.label}) {choice.text}" for choice in program.choices()) + ".",
    ]
    return Telling(" ".join(parts), f"{program.theme}.{template}")


def _tell_swaps(program: ShuffledObjects, sentence: str, then: str) -> list[str]:
    leads = ["First,", *[then] * (len(program.swaps) - 2), "Finally,"]
    return [
        f"{lead} {sentence.format(a=program.people[a], b=program.people[b])}"
        for lead, (a, b) in zip(leads, program.swaps, strict=False)
    ]


def _close(program: ShuffledObjects, held: int, hand: Hand) -> Solution:
    ends = THEMES[program.theme].ends
    fact = ends.format(name=program.people[program.asked], object=program.thing(held))
    label = program.label(held)
    wording = hand.pick(
        (
            "So {fact}, which is ({label}).",
            "At the end {fact}: ({label}).",
            "So {fact}: choice ({label}).",
        )
    )
    return Solution(wording.format(fact=fact, label=label), label)


def _names(program: ShuffledObjects, pair: Pair) -> tuple[str, str]:
    return program.people[pair[0]], program.people[pair[1]]


def _slips(before: State, pair: Pair) -> list[State]:
    """Return the states that a careless swap leads to: none done, or another pair's."""
    places = range(len(before))
    others = [(a, b) for a in places for b in places if a < b and {a, b} != set(pair)]
    return [before, *(_swap(before, other) for other in others)]


def full_state(program: ShuffledObjects, hand: Hand) -> Solution:
    """Say what everyone has after every swap."""
    start = hand.pick(("At first {all}.", "In the beginning {all}.", "Before any swap {all}."))
    sentence = hand.pick(
        ("{a} and {b} swap: {all}.", "Swap {a}, {b}: {all}.", "After {a} and {b}: {all}.")
    )
    state = program.states()[0]
    said = [start.format(all=program.describe(state))]
    for pair in program.swaps:
        state = hand.note(_swap(state, pair), _slips(state, pair))
        a, b = _names(program, pair)
        said.append(sentence.format(a=a, b=b, all=program.describe(state)))
    return _told(program, said, state[program.asked], hand)


def changes_only(program: ShuffledObjects, hand: Hand) -> Solution:
    """Say what the two who swap have now."""
    start = hand.pick(("Start: {all}.", "Start with {all}."))
    sentence = hand.pick(
        (
            "{a} and {b} swap: {x}, {y}.",
            "{a} and {b} swap: now {x}, {y}.",
            "After {a} and {b}: {x} and {y}.",
        )
    )
    state = program.states()[0]
    said = [start.format(all=program.describe(state))]
    for pair in program.swaps:
        state = hand.note(_swap(state, pair), [state])
        (a, b), (x, y) = _names(program, pair), (program.held(i, state) for i in pair)
        said.append(sentence.format(a=a, b=b, x=x, y=y))
    return _told(program, said, state[program.asked], hand)


def backwards(program: ShuffledObjects, hand: Hand) -> Solution:
    """Ask who had it before, from the last swap to the first."""
    asked = program.people[program.asked]
    start = hand.pick(
        ("Go back from {name}.", "Work backwards from {name}.", "Who had it before {name}?")
    )
    sentence = hand.pick(
        (
            "Before {a} and {b} swapped: {name}.",
            "Undo {a} and {b}: {name}.",
            "{a}, {b}: from {name}.",
        )
    )
    place, said = program.asked, [start.format(name=asked)]
    for pair in reversed(program.swaps):
        place = _move(place, pair, hand)
        a, b = _names(program, pair)
        said.append(sentence.format(a=a, b=b, name=program.people[place]))
    said.append(
        hand.pick(("At first {name}: {object}.", "{name} started with: {object}.")).format(
            name=program.people[place], object=program.objects[place]
        )
    )
    return _told(program, said, place, hand)


def _move(place: int, pair: Pair, hand: Hand) -> int:
    """Note where what was at `place` is after a swap; a slip puts it elsewhere."""
    a, b = pair
    moved = {a: b, b: a}.get(place, place)
    return hand.note(moved, [i for i in range(PEOPLE) if i != moved])


def object_by_object(program: ShuffledObjects, hand: Hand) -> Solution:
    """Follow one option after the other until one ends where we ask; the last is what is left."""
    sentence = hand.pick(("{object}: {path}.", "{object} goes {path}.", "{object} moves {path}."))
    by = hand.pick((", ", " to ", " then "))
    *first, last = program.options
    said = []
    for held in first:
        path = [held]
        for pair in program.swaps:
            path.append(_move(path[-1], pair, hand))
        names = by.join(program.people[place] for place in path)
        said.append(sentence.format(object=program.objects[held].capitalize(), path=names))
        if path[-1] == program.asked:
            return _told(program, said, held, hand)
        said.append(f"Not {program.people[program.asked]}.")
    said.append(f"That leaves {program.objects[last]}.")
    return _told(program, said, last, hand)


def _told(program: ShuffledObjects, said: Sequence[str], held: int, hand: Hand) -> Solution:
    closing = _close(program, held, hand)
    return Solution(" ".join([*said, closing.reasoning]), closing.answer)


FAMILY = Family(
    name="shuffled_objects",
    kind="choice",
    level=4,
    levels=range(1, 13),
    program=ShuffledObjects,
    draw=draw,
    tell=tell,
    ways={
        "changes only": changes_only,
        "full state": full_state,
        "backwards": backwards,
        "object by object": object_by_object,
    },
    claims=claims,
)
