"""What the readers of claims share: sentences, rules for them, and whose turn it is.

Model text is data: rules are regular expressions that take linear time, and its
numbers stay text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from cotutor.problems.family import Claim

R = TypeVar("R")
Read = Callable[[R, re.Match[str]], Iterable[Claim]]
Rules = tuple[tuple[re.Pattern[str], Read[R]], ...]

NOTHING = "nothing more"
"""What is true where a text goes on after the last step."""

# The number of a line in a list ends no sentence.
_SENTENCE = re.compile(r"(?:[0-9]{1,9}\. )?\S.*?(?:[.?!](?=\s|\Z)|$)", re.MULTILINE)


def rules(*pairs: tuple[str, Read[R]]) -> Rules[R]:
    """Return patterns of whole sentences, each with what reads the claims of its matches."""
    return tuple((re.compile(pattern), claims) for pattern, claims in pairs)


def read(reader: R, known: Rules[R], text: str) -> Iterator[Claim]:
    """Yield the claims of the sentences in order, each read by the first rule that fits."""
    for sentence in _SENTENCE.finditer(text):
        start = sentence.start()
        end = start + len(sentence[0].rstrip(" .?!"))
        for pattern, claims in known:
            if match := pattern.fullmatch(text, start, end):
                yield from sorted(claims(reader, match), key=lambda claim: claim.at)
                break


def claim(match: re.Match[str], group: str, true: str, result: int | None = None) -> Claim:
    """Return the claim that a group of the match makes; capital letters do not matter."""
    said = match[group]
    said = true if said.lower() == true.lower() else said
    return Claim(match.start(group), said, true, result)


def turn(sequence: Sequence[str], at: int, *said: str) -> int:
    """Return where the run of what is said begins: at its turn or later.

    What stands nowhere there was said in place of what has its turn.
    """
    ahead = range(at, len(sequence))
    return next((i for i in ahead if tuple(sequence[i : i + len(said)]) == said), at)


def due(sequence: Sequence[str], at: int, count: int = 1) -> str:
    """Return what has its turn, or the next so many."""
    return " and ".join(sequence[at : at + count]) or NOTHING
