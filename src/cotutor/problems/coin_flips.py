"""Coin flips: people turn a coin over or leave it; which side is up at the end?"""

import random
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from cotutor.problems.claims.coin_flips import claims
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
from cotutor.problems.vocabulary import people
from cotutor.problems.wordings.coin_flips import SENTENCES

Side = Literal["heads", "tails"]
_OTHER: dict[Side, Side] = {"heads": "tails", "tails": "heads"}


class Move(BaseModel):
    """What one person does to the coin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    flips: bool


class CoinFlips(Program):
    """The side up at first, the moves in order and the side asked about."""

    start: Side
    moves: tuple[Move, ...]
    asked: Side

    def content(self) -> Any:
        """Return everything: people who do the same are told apart by name only."""
        return self.model_dump(mode="json")

    def results(self) -> tuple[str, ...]:
        """Return the side that is up after each move."""
        return tuple(_turn(self.start, self.moves[:n]) for n in range(1, len(self.moves) + 1))

    def answer(self) -> str:
        """Return yes where the side asked about ends up, else no."""
        return "yes" if self.results()[-1] == self.asked else "no"


def _turn(side: Side, moves: Sequence[Move]) -> Side:
    return _OTHER[side] if sum(move.flips for move in moves) % 2 else side


def draw(rng: random.Random, level: int) -> CoinFlips:
    """Draw `level` people; side, flips and question are fair, so yes is as likely as no."""
    sides: tuple[Side, Side] = ("heads", "tails")
    moves = (Move(name=name, flips=rng.random() < 0.5) for name in people(rng, level))
    return CoinFlips(start=rng.choice(sides), moves=tuple(moves), asked="heads")


def tell(program: CoinFlips, rng: random.Random, wording: Wording) -> Telling:
    """Say what each one does, mixing two sentences for flipping and two for not."""
    words = SENTENCES[wording]
    questions = words.questions + (words.still if program.asked == program.start else ())
    opening, question, template = pick_frame(rng, words.openings, questions)
    flips, leaves = rng.sample(words.flips, 2), rng.sample(words.leaves, 2)
    moves = [
        rng.choice(flips if move.flips else leaves).format(name=move.name) for move in program.moves
    ]
    text = " ".join([opening, *moves, question])
    return Telling(text.format(start=program.start, asked=program.asked), template)


def _close(program: CoinFlips, side: Side, hand: Hand) -> Solution:
    """Say what is up and what was asked, then decide."""
    answer = "yes" if side == program.asked else "no"
    closing = hand.pick(
        (
            "Now {side}. Asked: {asked}. So {answer}.",
            "It ends {side} up. Is it {asked}? {answer}.",
            "So {side} is up, and {asked} was asked: {answer}.",
        )
    )
    return Solution(closing.format(side=side, asked=program.asked, answer=answer), answer)


def _flippers(program: CoinFlips, hand: Hand) -> list[str]:
    """Note who flips; a slip misreads one of the moves."""
    return [move.name for move in program.moves if hand.note(move.flips, [not move.flips])]


def _told(program: CoinFlips, said: Sequence[str], side: Side, hand: Hand) -> Solution:
    closing = _close(program, side, hand)
    return Solution(" ".join([*said, closing.reasoning]), closing.answer)


def follow(program: CoinFlips, hand: Hand) -> Solution:
    """Say the side after every person."""
    start = hand.pick(("Start: {side}.", "Start with {side} up."))
    flips, leaves = hand.pick(
        (
            ("{name} flips: {side}.", "{name} does not: {side}."),
            ("{name} turns it to {side}.", "{name} keeps {side}."),
            ("After {name}: {side}.", "After {name}: still {side}."),
            ("{name} flips it, now {side}.", "{name} leaves it, still {side}."),
        )
    )
    side, said = program.start, [start.format(side=program.start)]
    for move in program.moves:
        after = _turn(side, [move])
        side = hand.note(after, [_OTHER[after]])
        said.append((flips if move.flips else leaves).format(name=move.name, side=side))
    return _told(program, said, side, hand)


def only_flips(program: CoinFlips, hand: Hand) -> Solution:
    """Skip those who do not flip."""
    lead = hand.pick(
        (
            "Only flips matter. Start: {side}.",
            "Skip those who do not flip. It starts {side} up.",
            "We need only the flips, from {side}.",
        )
    )
    sentence = hand.pick(("{name}: {side}.", "{name} flips to {side}.", "{name} makes it {side}."))
    side, said = program.start, [lead.format(side=program.start)]
    for name in _flippers(program, hand):
        side = hand.note(_OTHER[side], [side])
        said.append(sentence.format(name=name, side=side))
    return _told(program, said, side, hand)


def parity(program: CoinFlips, hand: Hand) -> Solution:
    """Count the flips; an odd number of them turns the coin."""
    flippers = _flippers(program, hand)
    true = len(flippers)
    count = hand.note(true, [n for n in (true - 1, true + 1) if n >= 0])
    names = listed(flippers) if flippers else "nobody"
    lead = hand.pick(
        (
            "The coin is flipped by {names}.",
            "These flip it: {names}.",
            "Flips by {names}.",
            "Who flips it? {names}.",
        )
    ).format(names=names)
    side = _OTHER[program.start] if count % 2 else program.start
    odd, even = hand.pick(
        (
            ("That is {n}, odd: from {start} to {side}.", "That is {n}, even: it stays {side}."),
            ("An odd number, {n}: {start} becomes {side}.", "An even number, {n}: still {side}."),
            ("Count {n}. Odd, so {start} turns to {side}.", "Count {n}. Even, so {side} stays."),
        )
    )
    said = (odd if count % 2 else even).format(n=count, start=program.start, side=side)
    return _told(program, [lead, said], side, hand)


def counting(program: CoinFlips, hand: Hand) -> Solution:
    """Count aloud from person to person."""
    lead = hand.pick(("Count the flips.", "Flips so far:", "Let us count flips."))
    by = hand.pick(("{name} {n}", "{name}: {n}", "{n} after {name}"))
    count, said = 0, []
    for move in program.moves:
        true = count + move.flips
        count = hand.note(true, [count + (not move.flips)])
        said.append(by.format(name=move.name, n=count))
    side = _OTHER[program.start] if count % 2 else program.start
    change = f"{count} is odd: {program.start} becomes {side}."
    same = f"{count} is even: {side} as at first."
    return _told(program, [lead, f"{', '.join(said)}.", change if count % 2 else same], side, hand)


def pairs(program: CoinFlips, hand: Hand) -> Solution:
    """Cancel the flips in pairs; at most one is left."""
    flippers = _flippers(program, hand)
    lead = hand.pick(
        ("Two flips cancel.", "Flips cancel in pairs.", "Each two flips undo each other.")
    )
    verb = hand.pick(("{a} and {b} cancel.", "{a} with {b}: no change.", "{b} undoes {a}."))
    said = [lead]
    for a, b in zip(flippers[::2], flippers[1::2], strict=False):
        said.append(verb.format(a=a, b=b))
    side = program.start
    if len(flippers) % 2:
        side = hand.note(_OTHER[side], [side])
        said.append(f"{flippers[-1]} is left: {program.start} becomes {side}.")
    else:
        said.append(f"No flip is left: {side} as at first.")
    return _told(program, said, side, hand)


FAMILY = Family(
    name="coin_flips",
    kind="yes_no",
    level=6,
    levels=range(1, 21),
    program=CoinFlips,
    draw=draw,
    tell=tell,
    ways={
        "follow": follow,
        "only flips": only_flips,
        "parity": parity,
        "counting": counting,
        "pairs": pairs,
    },
    claims=claims,
)
