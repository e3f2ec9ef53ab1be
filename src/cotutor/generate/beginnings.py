"""Which rows of a batch begin alike, and what of it is worth running once.

Rows that share tokens stand on a segment: the samples of a prompt on the prompt, the
problems of a few-shot prompt on its shots, the probes of a trace on its longest one, of
which each sees as much as is its own beginning. Segments stand on segments, level by level.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, pairwise
from typing import Any

SAVES = 128
"""The fewest tokens that a segment must save its rows: each costs some calls a layer and step."""
APART = 16  # rows that share fewer tokens beyond a segment stand on it side by side
_LEVELS = 3
_PAYS = 1 / 2  # the share of the tokens of padded rows at which the detour is worth it


@dataclass(frozen=True)
class Segment:
    """Tokens that the rows `first` to `last` (exclusive, in `Beginnings.order`) have from `start`.

    A row may share less than all of them: `Beginnings.seen` says how many.
    """

    level: int
    start: int
    ids: list[int]
    first: int
    last: int

    def split(self, length: int) -> "tuple[Segment, Segment]":
        """Return its first so many tokens, and those beyond."""
        before = replace(self, ids=self.ids[:length])
        return before, replace(self, start=self.start + length, ids=self.ids[length:])


@dataclass(frozen=True)
class Beginnings:
    """What rows share, the rows in the order of `order`.

    `seen` [row][level] is how many tokens of its segment there a row sees; `left` [row] is
    how many of its head are in none. `segments` are sorted by level, then by row.
    """

    order: list[int]
    seen: list[list[int]]
    left: list[int]
    segments: list[Segment]

    @property
    def shared(self) -> list[int]:
        """How many of its first tokens each row has in segments."""
        return [sum(row) for row in self.seen]

    def pays(self, call: int) -> bool:
        """Whether segments and then rows are far fewer tokens than whole rows, padding included.

        `call` is the tokens that a call of the model costs besides, for groups as `alike` makes
        them.
        """
        if not self.segments:
            return False
        longest = max(n + left for n, left in zip(self.shared, self.left, strict=True)) + 1
        runs = [[len(segment.ids) for segment in some] for some in self.levels()]
        runs.append([left + 1 for left in self.left])
        padded = sum(
            len(some) * max(lengths[at] for at in some)
            for lengths in runs
            for some in alike(lengths, call)
        )
        return padded <= _PAYS * len(self.order) * longest

    def levels(self) -> Iterator[list[Segment]]:
        """Yield the segments of each level."""
        for _, some in groupby(self.segments, lambda segment: segment.level):
            yield list(some)


def find(heads: Sequence[Sequence[int]], *, saves: int = SAVES, apart: int = APART) -> Beginnings:
    """Return what the heads, the tokens of each row that may be shared, have in common.

    Args:
        heads: token ids of each row.
        saves: the fewest tokens that a segment must save.
        apart: the fewest tokens that rows have in common beyond their segment, to share
            another one.

    """
    order = sorted(range(len(heads)), key=lambda at: list(heads[at]))
    tree = _Tree([heads[at] for at in order], saves, apart)
    tree.plant(range(len(order)))
    depth = max(map(len, tree.seen), default=0)
    seen = [row + [0] * (depth - len(row)) for row in tree.seen]
    segments = sorted(tree.segments, key=lambda segment: (segment.level, segment.first))
    return Beginnings(order, seen, tree.left(), segments)


class _Tree:
    """Segments as they grow under the sorted heads."""

    def __init__(self, heads: Sequence[Sequence[int]], saves: int, apart: int) -> None:
        self.heads, self.saves, self.apart = heads, saves, apart
        self.seen: list[list[int]] = [[] for _ in heads]
        self.segments: list[Segment] = []

    def left(self) -> list[int]:
        """Return how many tokens of each head are in no segment."""
        return [len(head) - sum(seen) for head, seen in zip(self.heads, self.seen, strict=True)]

    def plant(self, rows: range) -> None:
        """Grow on the rows as a whole, or else on those of them that have more in common."""
        if len(rows) < 2:
            return
        common = in_common(self.heads[rows[0]], self.heads[rows[-1]])
        if common >= self.apart and self.grow(rows, 0):
            return
        for some in self._leaving(list(rows), dict.fromkeys(rows, common)):
            if len(some) < len(rows):
                self.plant(some)

    def grow(self, rows: range, start: int) -> bool:
        """Put rows that agree up to `start` on a segment; say whether that saved enough.

        The row that has most in common with all others is the trunk, and each row sees what it
        has in common with it. Rows that leave the trunk together stand on a further segment
        where they left it.
        """
        if len(rows) < 2 or len(self.seen[rows[0]]) == _LEVELS:
            return False
        level = len(self.seen[rows[0]])
        trunk = self.heads[rows[_most_common([self.heads[row] for row in rows])]]
        alike = {row: in_common(trunk, self.heads[row]) for row in rows}
        end = sorted(alike.values())[-2]  # what the trunk's own row has beyond, it has alone
        seen = {row: min(length, end) - start for row, length in alike.items()}
        if sum(seen.values()) - (end - start) < self.saves:
            return False
        self.segments.append(Segment(level, start, list(trunk[start:end]), rows[0], rows[-1] + 1))
        for row in rows:
            self.seen[row].append(seen[row])
        for some in self._leaving([row for row in rows if alike[row] < end], alike):
            at = min(alike[row] for row in some)
            before = [self.seen[row][level] for row in some]
            for row in some:
                self.seen[row][level] = at - start
            if not self.grow(some, at):
                for row, length in zip(some, before, strict=True):
                    self.seen[row][level] = length
        return True

    def _leaving(self, rows: list[int], alike: dict[int, int]) -> Iterator[range]:
        """Yield the rows that have enough in common beyond their trunk, as they follow in order."""
        start = 0
        for at, (row, after) in enumerate(pairwise(rows), 1):
            common = in_common(self.heads[row], self.heads[after])
            if after != row + 1 or common < max(alike[row], alike[after]) + self.apart:
                yield range(rows[start], row + 1)
                start = at
        if rows:
            yield range(rows[start], rows[-1] + 1)


def _most_common(heads: Sequence[Sequence[int]]) -> int:
    """Return which of some sorted heads has the most tokens in common with the others, in sum."""
    common = [in_common(one, other) for one, other in pairwise(heads)]
    before, after = _sums(common), _sums(common[::-1])[::-1]
    return max(range(len(heads)), key=lambda at: before[at] + after[at])


def _sums(common: Sequence[int]) -> Sequence[int]:
    """Return how many tokens each head has in common with those before it, in sum.

    Two heads have as many in common as the two neighbours between them that have least.
    """
    sums = [0]
    least: list[tuple[int, int]] = []  # rising: tokens in common, and of how many heads before
    for tokens in common:
        total, heads = sums[-1] + tokens, 1
        while least and least[-1][0] >= tokens:
            more, some = least.pop()
            total, heads = total - (more - tokens) * some, heads + some
        least.append((tokens, heads))
        sums.append(total)
    return sums


def alike(lengths: Sequence[int], price: int) -> list[list[int]]:
    """Return places in groups of like length, each in order: the cheapest groups there are.

    A group costs its tokens, padded to its longest, and `price` tokens besides.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    best = {0: (0, 0)}  # what the first so many cost, and where the last group of them begins
    for end, at in enumerate(order, 1):
        longest = lengths[at]
        if end == len(order) or lengths[order[end]] != longest:
            best[end] = min(
                (cost + price + (end - start) * longest, start) for start, (cost, _) in best.items()
            )
    groups, end = [], len(order)
    while end:
        start = best[end][1]
        groups.append(sorted(order[start:end]))
        end = start
    return groups[::-1]


def batches(rows: Sequence[list[int]] | Sequence[str], size: int) -> list[list[int]]:
    """Return places of rows in batches of `size`: what begins alike together, like lengths too.

    Rows, of tokens or of characters, belong together where half of the shorter is the same.
    """
    order = sorted(range(len(rows)), key=rows.__getitem__)
    families = [order[:1]]
    for before, at in pairwise(order):
        shorter = min(len(rows[before]), len(rows[at]))
        if 2 * in_common(rows[before], rows[at]) >= shorter:
            families[-1].append(at)
        else:
            families.append([at])
    families.sort(key=lambda family: max((len(rows[at]) for at in family), default=0))
    flat = list(chain.from_iterable(families))
    return [flat[start : start + size] for start in range(0, len(flat), size)]


def in_common(one: Sequence[Any], other: Sequence[Any]) -> int:
    """Return how many of their first tokens are the same."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
