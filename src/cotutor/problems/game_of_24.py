"""The Game of 24: four numbers, each used once, with + - * / and brackets, make 24.

A right answer is any such expression, so the family brings its own check: `read` takes the
expression from the last line of an answer text (`Answer: (10 - 4) * (13 - 9) = 24`, or the
bare expression) and `fault` says what is wrong with it. Exact, and nothing is evaluated.
"""

import random
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field

from cotutor.problems.claims.game_of_24 import claims
from cotutor.problems.family import (
    Check,
    Family,
    Hand,
    Program,
    Solution,
    Telling,
    Wording,
    pick_frame,
)
from cotutor.problems.number_puzzle import (
    LONGEST,
    Join,
    Tree,
    apply,
    is_solvable,
    leaves,
    partners,
    read,
    solutions,
    trees,
    value,
    write,
)
from cotutor.problems.wordings.game_of_24 import SENTENCES

TARGET = 24
HIGHEST = 13

_Card = Annotated[int, Field(ge=1, le=HIGHEST)]
_MARK = re.compile(r"(?ai:(?:so )?(?:the |my )?(?:final )?answer(?: is:?|:))[\s*$]*+")


class GameOf24(Program):
    """The four numbers, in the order in which they are told."""

    numbers: tuple[_Card, _Card, _Card, _Card]

    def content(self) -> Any:
        """Return the numbers in order: who sorts them has the same puzzle."""
        return sorted(self.numbers)

    def results(self) -> tuple[str, ...]:
        """Return the result of every step of the first solution."""
        return tuple(str(step[3]) for step in _steps(solutions(self.numbers, TARGET)[0]))

    def answer(self) -> str:
        """Return the first solution."""
        return write(solutions(self.numbers, TARGET)[0])


def answer(text: str) -> Tree | None:
    """Return the expression that the last line of a text gives as 24, None where there is none."""
    lines = text[-4 * LONGEST :].split("\n")
    line = next((line.strip(" \t\r*`$") for line in reversed(lines) if line.strip()), "")
    if mark := _MARK.match(line):
        line = line[mark.end() :]
    expression, equals, target = line.rstrip(" .*`$").partition("=")
    if equals and target.strip() != str(TARGET):
        return None
    return read(expression)


def fault(program: GameOf24, tree: Tree) -> str | None:
    """Return why an expression solves no game, None where it does."""
    if sorted(leaves(tree)) != sorted(program.numbers):
        return "other numbers than given"
    worth = value(tree)
    if worth is None:
        return "division by zero"
    return None if worth == TARGET else "mismatch"


def draw(rng: random.Random, _: int) -> GameOf24:
    """Draw four numbers that can make 24."""
    while True:
        numbers = [rng.randint(1, HIGHEST) for _ in range(4)]
        if is_solvable(numbers, TARGET):
            return GameOf24.model_validate({"numbers": numbers})


def tell(program: GameOf24, rng: random.Random, wording: Wording) -> Telling:
    """List the numbers and name the aim."""
    opening, task, template = pick_frame(rng, *SENTENCES[wording])
    *most, last = map(str, program.numbers)
    numbers = f"{', '.join(most)} and {last}"
    return Telling(f"{opening.format(numbers=numbers)} {task}", template)


_Step = tuple[Fraction, str, Fraction, Fraction]


def _steps(tree: Tree) -> list[_Step]:
    """Return the steps of a tree in an order in which they can be made."""
    if isinstance(tree, Fraction):
        return []
    left, right = value(tree.left) or Fraction(0), value(tree.right) or Fraction(0)
    worth = apply(left, tree.sign, right) or Fraction(0)
    return [*_steps(tree.left), *_steps(tree.right), (left, tree.sign, right, worth)]


class _Play:
    """Makes the steps of a solution one by one; a slip leads to another end.

    `left` holds the numbers that are left and what each was made from. A wrong result is
    gone on from as if it were right; at the last step a sign is mistaken.
    """

    def __init__(self, numbers: Sequence[int], hand: Hand) -> None:
        self.hand = hand
        self.left: list[tuple[Fraction, Tree]] = [(Fraction(n), Fraction(n)) for n in numbers]
        self.ahead = _steps(hand.pick(solutions(numbers, TARGET)))

    def steps(self) -> Iterator[tuple[_Step, Tree]]:
        """Yield each step as it is noted, and the expression so far."""
        while self.ahead:
            a, sign, b, worth = self.ahead.pop(0)
            noted = self.hand.note((sign, worth), self._wrong(a, sign, b, worth))
            made = Join(self._take(a), noted[0], self._take(b))
            self.left.append((noted[1], made))
            if noted[1] != worth:
                self.ahead = _steps(solutions([number for number, _ in self.left], TARGET)[0])
            yield (a, noted[0], b, noted[1]), made

    @property
    def made(self) -> Tree:
        """The expression of the last step made."""
        return self.left[-1][1]

    def numbers(self) -> str:
        """Return the numbers that are left, as text."""
        return " ".join(str(number) for number, _ in self.left)

    def _take(self, number: Fraction) -> Tree:
        at = next(at for at, (worth, _) in enumerate(self.left) if worth == number)
        return self.left.pop(at)[1]

    def _wrong(self, a: Fraction, sign: str, b: Fraction, worth: Fraction) -> list[Any]:
        """Return other results from which 24 can be reached, or other signs for the last step."""
        others = [number for number, _ in self.left]
        others.remove(a)
        others.remove(b)
        if not others:
            return [(other, worth) for other in "+-*/" if apply(a, other, b) != worth]
        ends = trees(tuple(sorted(others)))
        wrong = {number for end in ends for number in partners(end, Fraction(TARGET))} - {worth}
        whole = [number for number in wrong if number.denominator == 1]
        return [(sign, number) for number in sorted(whole or wrong)]


def _operand(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else f"({number})"


def _said(step: _Step) -> str:
    a, sign, b, worth = step
    return f"{_operand(a)} {sign} {_operand(b)} = {worth}"


def step_by_step(program: GameOf24, hand: Hand) -> Solution:
    """Join two numbers at a time and say which are left."""
    left = hand.pick(("{step} (left: {left})", "{step}, left: {left}", "{step} -> {left}"))
    play = _Play(program.numbers, hand)
    said = [left.format(step=_said(step), left=play.numbers()) for step, _ in play.steps()]
    return _closed(said, play.made, hand)


def after_a_dead_end(program: GameOf24, hand: Hand) -> Solution:
    """Try a step that leads nowhere first, where there is one."""
    dead = _dead_ends(program.numbers)
    tried = ""
    if dead:
        step, left = hand.pick(dead)
        end = hand.pick(("no 24 from these", "a dead end"))
        tried = f"Try {_said(step)} (left: {' '.join(map(str, left))}): {end}.\n"
    found = step_by_step(program, hand)
    return Solution(tried + found.reasoning, found.answer)


def growing(program: GameOf24, hand: Hand) -> Solution:
    """Write each step as an expression of the given numbers."""
    lead = hand.pick(("", "First ", "Take "))
    play = _Play(program.numbers, hand)
    said = [f"{write(made)} = {worth}" for (*_, worth), made in play.steps()]
    return _closed([lead + said[0], *said[1:]], play.made, hand)


def _closed(said: Sequence[str], made: Tree, hand: Hand) -> Solution:
    answer = write(made)
    closing = hand.pick(("So {answer} = 24.", "That is {answer} = 24.", "Together: {answer} = 24."))
    return Solution("\n".join([*said, closing.format(answer=answer)]), answer)


def _dead_ends(numbers: Sequence[int]) -> list[tuple[_Step, list[Fraction]]]:
    """Return sums and products of two neighbours after which 24 cannot be reached, and what is."""
    found = []
    for at in range(3):
        a, b = map(Fraction, numbers[at : at + 2])
        others = [Fraction(n) for n in (*numbers[:at], *numbers[at + 2 :])]
        for sign, worth in (("+", a + b), ("*", a * b)):
            if not is_solvable([*others, worth], TARGET):
                found.append(((a, sign, b, worth), [*others, worth]))
    return found


FAMILY = Family(
    name="game_of_24",
    kind="expression",
    level=3,
    levels=range(3, 4),
    program=GameOf24,
    draw=draw,
    tell=tell,
    ways={
        "step by step": step_by_step,
        "after a dead end": after_a_dead_end,
        "growing": growing,
    },
    claims=claims,
    check=Check(read=answer, fault=fault, write=write),
)
