"""What a procedural family is made of.

Program    the content of one problem: all that is needed to solve and to retell it
Telling    a program put into words, in one of two wordings
Hand       writes one solution: picks the wording, writes down results, may slip
Solution   reasoning and the answer that it comes to
Claim      one statement of a reasoning, and what the program has there
Check      how a family judges answers of which many are right
Family     how programs are drawn and told, the ways of solving them, and what solutions claim

A family is one file that ends in its `FAMILY`; `cotutor.problems.procedural`
joins them.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from cotutor.records import Choice, Kind, digest

T = TypeVar("T")

Wording = Literal["usual", "reserved"]
"""Which sentences tell a problem: the usual ones, or those that are kept for tests."""


class Program(BaseModel, ABC):
    """The content of one problem, without its wording."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @abstractmethod
    def content(self) -> Any:
        """Return what makes two problems the same, as JSON: the same content, the same split."""

    @abstractmethod
    def results(self) -> tuple[str, ...]:
        """Return the true result of every step, in order."""

    @abstractmethod
    def answer(self) -> str:
        """Return the gold answer."""

    def choices(self) -> tuple[Choice, ...]:
        """Return the labelled options; none unless the kind is choice."""
        return ()


P = TypeVar("P", bound=Program)


class Telling(NamedTuple):
    """A program in words; `template` names the sentences it was told with."""

    question: str
    template: str


class Solution(NamedTuple):
    """A way through a program, in words, and the answer it comes to."""

    reasoning: str
    answer: str


class Claim(NamedTuple):
    """One statement of a reasoning that the program can settle.

    `at` is its offset in the reasoning, `said` what it states and `true` what
    the program has there: the claim is wrong where the two differ. `result`
    is the place in `Program.results()` of the result it states, if any.
    """

    at: int
    said: str
    true: str
    result: int | None = None


class Check(NamedTuple):
    """How a family judges answers itself, where many different ones are right.

    `read` returns the answer that a text gives, None where it gives none; `fault` why it is
    wrong, None where it is right; `write` its normal form. None of them sees a gold.
    """

    read: Callable[[str], Any]
    fault: Callable[[Any, Any], str | None]
    write: Callable[[Any], str]


def stream(*key: Any) -> random.Random:
    """Return a random stream of its own for the key: no two keys share numbers."""
    return random.Random(int(digest(*key), 16))


class Hand:
    """Writes one solution: every result passes through `note`, every wording through `pick`.

    The hand slips at the note numbered `slip` (from 0); None: it never does.
    Hands with the same key choose the same words until they slip. `notes` is
    how many results have been noted.
    """

    def __init__(self, *key: Any, slip: int | None = None) -> None:
        self._wording = stream(*key, "wording")
        self._slips = stream(*key, "slip")
        self._slip = slip
        self.notes = 0

    def pick(self, wordings: Sequence[T]) -> T:
        """Return one of the wordings."""
        return self._wording.choice(wordings)

    def note(self, result: T, wrong: Sequence[T]) -> T:
        """Return the result of a step, or one of the `wrong` ones where the hand slips."""
        is_slip = self.notes == self._slip
        self.notes += 1
        return self._slips.choice(wrong) if is_slip else result


@dataclass(frozen=True)
class Family(Generic[P]):
    """A kind of problem that needs no download.

    `level` is the default number of steps and `levels` what may be asked for.
    `ways` are the ways of solving by name, the usual one first; without a slip
    each one comes to the program's answer. `claims` yields, in order, what a
    reasoning (any text) states that the program can settle. A family with a `check` is
    judged by it, and its golds are one right answer of many.
    """

    name: str
    kind: Kind
    level: int
    levels: range
    program: type[P]
    draw: Callable[[random.Random, int], P]
    tell: Callable[[P, random.Random, Wording], Telling]
    ways: Mapping[str, Callable[[P, Hand], Solution]]
    claims: Callable[[P, str], Iterable[Claim]]
    check: Check | None = None


def pick_frame(rng: random.Random, openings: Sequence[T], endings: Sequence[T]) -> tuple[T, T, str]:
    """Return an opening, an ending and the name of the pair."""
    opening, ending = rng.randrange(len(openings)), rng.randrange(len(endings))
    return openings[opening], endings[ending], f"{opening}.{ending}"


def listed(words: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
