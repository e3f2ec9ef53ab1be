"""Arithmetic: stories in which a number of things grows and shrinks, step by step.

All numbers are small and whole: a total never leaves `TOTALS`, and the answer
is never one of the numbers in the story.
"""

import random
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from cotutor.problems.claims.arithmetic import claims
from cotutor.problems.family import (
    Family,
    Hand,
    Program,
    Solution,
    Telling,
    Wording,
    pick_frame,
)
from cotutor.problems.vocabulary import people
from cotutor.problems.wordings.arithmetic import SENTENCES, THEMES

TOTALS = range(1, 100)

Sign = Literal["+", "-", "*"]


class Change(BaseModel):
    """One step: so many more, so many fewer, or so many times as many."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sign: Sign
    number: int

    def apply(self, total: int) -> int:
        """Return the total after the change."""
        if self.sign == "*":
            return total * self.number
        return total + self.number if self.sign == "+" else total - self.number


class Arithmetic(Program):
    """A story's numbers, and the theme, things and names it is told with."""

    start: int
    changes: tuple[Change, ...]
    theme: str
    things: str
    name: str
    friend: str

    def content(self) -> Any:
        """Return the numbers alone: the same sum about other things is the same problem."""
        return [self.start, *([change.sign, change.number] for change in self.changes)]

    def totals(self) -> list[int]:
        """Return the total after each step."""
        totals = [self.start]
        for change in self.changes:
            totals.append(change.apply(totals[-1]))
        return totals[1:]

    def results(self) -> tuple[str, ...]:
        """Return the total after each step, as text."""
        return tuple(map(str, self.totals()))

    def answer(self) -> str:
        """Return the last total."""
        return self.results()[-1]

    def expression(self, first: int, end: int) -> str:
        """Return the changes from place `first` up to `end` on the total before them, as a sum."""
        totals = [self.start, *self.totals()]
        return _expression(totals[first], self.changes[first:end])


_TIMES = {2: "doubles", 3: "triples", 4: "becomes 4 times as large"}


def draw(rng: random.Random, level: int) -> Arithmetic:
    """Draw a story of `level` steps with at most one multiplication in every three."""
    theme = rng.choice(tuple(THEMES))
    name, friend = people(rng, 2)
    things = rng.choice(THEMES[theme].things)
    while True:
        start, changes = rng.randint(3, 40), list[Change]()
        while len(changes) < level:
            changes.append(_draw_change(rng, start, changes))
        program = Arithmetic(
            start=start,
            changes=tuple(changes),
            theme=theme,
            things=things,
            name=name,
            friend=friend,
        )
        if program.totals()[-1] not in {start, *(change.number for change in changes)}:
            return program


def _draw_change(rng: random.Random, start: int, before: Sequence[Change]) -> Change:
    total = start
    for change in before:
        total = change.apply(total)
    may_multiply = all(change.sign != "*" for change in before[-2:])
    signs: tuple[Sign, ...] = ("+", "-", "*") if may_multiply else ("+", "-")
    used = {change.number for change in before[-1:]}
    while True:
        sign = rng.choice(signs)
        change = Change(sign=sign, number=rng.randint(2, 4 if sign == "*" else 20))
        if change.apply(total) in TOTALS and change.number not in used:
            return change


def tell(program: Arithmetic, rng: random.Random, wording: Wording) -> Telling:
    """Tell the story step by step and ask for the last total."""
    words = SENTENCES[wording]
    theme = words.themes[program.theme]
    start, ask, template = pick_frame(rng, theme.starts, theme.asks)
    sentences = {"+": theme.gains, "-": theme.losses, "*": words.growths}
    said = [_fill(start, program, program.start)]
    for change in program.changes:
        sentence = rng.choice(words.leads) + rng.choice(sentences[change.sign])
        said.append(_fill(sentence, program, change.number))
    said.append(_fill(ask, program, 0))
    return Telling(" ".join(said), f"{program.theme}.{template}")


def _fill(sentence: str, program: Arithmetic, number: int) -> str:
    filled = sentence.format(
        n=number, times=_TIMES.get(number), things=program.things, name=program.name,
        friend=program.friend,
    )  # fmt: skip
    return filled[0].upper() + filled[1:]


def _near(result: int) -> list[int]:
    """Return the slips of a sum: one or two off, or ten."""
    return [n for n in (result - 10, result - 2, result - 1, result + 1, result + 10) if n > 0]


def _step(total: int, change: Change, hand: Hand) -> tuple[int, str]:
    """Note the next total; return it with its equation."""
    true = change.apply(total)
    after = hand.note(true, _near(true))
    return after, f"{total} {change.sign} {change.number} = {after}"


def running_total(program: Arithmetic, hand: Hand) -> Solution:
    """Say what happens and the new total."""
    start = hand.pick(("Start with {n} {things}.", "Start: {n} {things}."))
    phrases = hand.pick(
        (
            {"+": "{n} more", "-": "{n} fewer", "*": "{n} times as many"},
            {"+": "Add {n}", "-": "Take away {n}", "*": "Multiply by {n}"},
            {"+": "Plus {n}", "-": "Minus {n}", "*": "Times {n}"},
        )
    )
    total, said = program.start, [start.format(n=program.start, things=program.things)]
    for change in program.changes:
        total, equation = _step(total, change, hand)
        said.append(f"{phrases[change.sign].format(n=change.number)}: {equation}.")
    said.append(
        hand.pick(("So {n} {things}.", "Now {n} {things}.", "That makes {n} {things}.")).format(
            n=total, things=program.things
        )
    )
    return Solution(" ".join(said), str(total))


def equations(program: Arithmetic, hand: Hand) -> Solution:
    """Write one equation after the other."""
    lead = hand.pick(("", "Step by step: ", "In numbers: ", "Calculate. "))
    by = hand.pick((". ", ", ", ", then ", "\n"))
    total, said = program.start, []
    for change in program.changes:
        total, equation = _step(total, change, hand)
        said.append(equation)
    return Solution(f"{lead}{by.join(said)}.", str(total))


def variable(program: Arithmetic, hand: Hand) -> Solution:
    """Give the number of things a name and update it."""
    letter = hand.pick(("n", "x", program.things[0]))
    lead = hand.pick(("Let {x} be the number of {things}.", "Call the number of {things} {x}."))
    by = hand.pick((". ", ", then "))
    total, said = program.start, [f"{letter} = {program.start}"]
    for change in program.changes:
        total, equation = _step(total, change, hand)
        said.append(f"{letter} = {equation}")
    return Solution(f"{lead.format(x=letter, things=program.things)} {by.join(said)}.", str(total))


def grouped(program: Arithmetic, hand: Hand) -> Solution:
    """Take the gains and losses between multiplications together first."""
    lead = hand.pick(("Group the changes.", "Take gains and losses together.", "Combine changes."))
    verb = hand.pick(("make", "come to", "give"))
    total, said = program.start, [lead]
    for group in _groups(program.changes):
        if len(group) == 1:
            total, equation = _step(total, group[0], hand)
        else:
            change, sum_up = _combine(group, hand)
            said.append(f"{sum_up.format(verb=verb)}.")
            total, equation = _step(total, change, hand)
        said.append(f"{equation}.")
    said.append(hand.pick(("So {n}.", "Result {n}.", "So {n} {things}.")).format(
        n=total, things=program.things
    ))  # fmt: skip
    return Solution(" ".join(said), str(total))


def _groups(changes: Sequence[Change]) -> list[list[Change]]:
    """Return runs of gains and losses, every multiplication alone."""
    groups: list[list[Change]] = []
    for change in changes:
        if groups and "*" not in (change.sign, groups[-1][-1].sign):
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _combine(group: Sequence[Change], hand: Hand) -> tuple[Change, str]:
    """Note what gains and losses come to; return it as one change, and how it was found."""
    net = sum(change.apply(0) for change in group)
    size = hand.note(abs(net), [n for n in _near(abs(net)) if abs(n - abs(net)) < 10])
    one = Change(sign="+" if net >= 0 else "-", number=size)
    terms = " and ".join(f"{change.sign}{change.number}" for change in group)
    return one, f"{terms} {{verb}} {one.sign}{one.number}"


def one_expression(program: Arithmetic, hand: Hand) -> Solution:
    """Write the whole sum as one expression and shorten it from the left."""
    lead = hand.pick(("As one sum:", "All in one:", "One line:", "The whole sum:"))
    total, forms = program.start, [_expression(program.start, program.changes)]
    for at, change in enumerate(program.changes, start=1):
        total, _ = _step(total, change, hand)
        forms.append(_expression(total, program.changes[at:]))
    by = hand.pick((" = ", "\n= "))
    return Solution(f"{lead} {by.join(forms)}.", str(total))


def _expression(start: int, changes: Sequence[Change]) -> str:
    text = str(start)
    for change in changes:
        is_sum = "+" in text.rpartition(")")[2] or "-" in text.rpartition(")")[2]
        text = f"({text})" if change.sign == "*" and is_sum else text
        text = f"{text} {change.sign} {change.number}"
    return text


FAMILY = Family(
    name="arithmetic",
    kind="number",
    level=3,
    levels=range(1, 13),
    program=Arithmetic,
    draw=draw,
    tell=tell,
    ways={
        "running total": running_total,
        "equations": equations,
        "variable": variable,
        "grouped": grouped,
        "one expression": one_expression,
    },
    claims=claims,
)
