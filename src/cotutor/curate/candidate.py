"""A trace as curation looks at it, and how alike two of them are."""

import re
from dataclasses import dataclass
from functools import cached_property

from cotutor.curate.paths import read_path
from cotutor.format import parse
from cotutor.records import Problem, Trace, Verdict

SHINGLE = 3  # words

# A number with its separators is one word: 1,200.50, 3/4, 09/24/2029.
_NUMBER = r"\d+(?:[.,/:]\d+)*"
_WORD = re.compile(rf"{_NUMBER}|[^\W\d_]+")
_FIGURE = re.compile(rf"{_NUMBER}|(?<![^\W\d_])[-−+*×/÷]")

Shingles = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Candidate:
    """One trace of a problem with its verdict; each view is made once, when it is asked for."""

    problem: Problem
    trace: Trace
    verdict: Verdict

    @cached_property
    def text(self) -> str:
        """The reasoning."""
        return parse(self.trace).text

    @cached_property
    def folded(self) -> str:
        """The reasoning without case and with single blanks: equal ones are copies."""
        return " ".join(self.text.split()).casefold()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Words and numbers in order, without case and punctuation."""
        return tuple(_WORD.findall(self.folded))

    @cached_property
    def figures(self) -> tuple[str, ...]:
        """Numbers and operators in order."""
        return tuple(_FIGURE.findall(self.folded))

    @cached_property
    def wording(self) -> tuple[str, ...]:
        """The words with every number masked: what is left when the values are other ones."""
        return tuple("0" if word[0].isdigit() else word for word in self.words)

    @cached_property
    def shingles(self) -> Shingles:
        """The set of word sequences of length `SHINGLE`."""
        return shingles(self.words, SHINGLE)

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The solution path: see `cotutor.curate.paths`."""
        return read_path(self.text, self.problem)

    @cached_property
    def legs(self) -> Shingles:
        """The set of single steps and of pairs of neighbouring steps of the path."""
        return shingles(self.path, 1) | shingles(self.path, 2)


def shingles(items: tuple[str, ...], size: int) -> Shingles:
    """Return the set of neighbours of length `size`; all of `items` where they are fewer."""
    return frozenset(zip(*(items[at:] for at in range(size)), strict=False)) or frozenset({items})


def jaccard(a: Shingles, b: Shingles) -> float:
    """Return the share of common members among all members of two sets that are not empty."""
    common = len(a & b)
    return common / (len(a) + len(b) - common)
