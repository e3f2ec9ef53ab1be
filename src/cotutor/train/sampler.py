"""The order of rows in which those that share a prompt, and those of like length, meet."""

from collections.abc import Iterator, Sequence
from random import Random

from torch.utils.data import Sampler

# Steps whose rows are sorted by length together: padding shrinks, and the order stays random.
_SORTED_STEPS = 50


class SiblingSampler(Sampler[int]):
    """Yields row numbers so that up to `together` rows of one prompt follow each other.

    Prompts, and the rows of each, come in another order every epoch, the same
    for the same seed; the rows of one step are of like length.

    Processes take `batch` rows each in turn, so that all of them together take the rows
    that one with a batch as large would take. What is left at the end of an epoch they
    share evenly; the places that stay free hold the number of no row, which is that of rows.

    Args:
        prompts: what each row's prompt is, by row; equal keys are siblings.
        lengths: how many tokens each row has.
        together: the most siblings in a row.
        seed: of the shuffles.
        batch: how many rows a process takes at a time.
        processes: how many there are.
        step: how many rows a step takes, of all batches and processes together.

    """

    def __init__(  # noqa: PLR0913 - rows, how they meet, and who takes them
        self, prompts: Sequence[int], lengths: Sequence[int], *, together: int, seed: int,
        batch: int, processes: int, step: int,
    ) -> None:  # fmt: skip
        self._rows: dict[int, list[int]] = {}
        for row, prompt in enumerate(prompts):
            self._rows.setdefault(prompt, []).append(row)
        self._count = len(prompts)
        self._lengths = lengths
        self._together = together
        self._seed = seed
        self._batch = batch
        self._processes = processes
        self._step = step
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of that epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        at_once = self._batch * self._processes
        return -(-self._count // at_once) * at_once

    def __iter__(self) -> Iterator[int]:
        order = self._order()
        left = self._count % (self._batch * self._processes)
        yield from order[: self._count - left]
        for process in range(self._processes if left else 0):
            first, end = (left * at // self._processes for at in (process, process + 1))
            yield from order[self._count - left :][first:end]
            yield from [self._count] * (self._batch - (end - first))

    def _order(self) -> list[int]:
        rng = Random(f"{self._seed} {self._epoch}")
        parts = []
        for rows in self._rows.values():
            shuffled = rng.sample(rows, len(rows))
            parts += [
                shuffled[start : start + self._together]
                for start in range(0, len(rows), self._together)
            ]
        rng.shuffle(parts)
        size = max(1, _SORTED_STEPS * self._step * len(parts) // self._count)
        alike = [
            row
            for start in range(0, len(parts), size)
            for part in sorted(parts[start : start + size], key=self._length)
            for row in part
        ]
        *steps, rest = (alike[at : at + self._step] for at in range(0, len(alike) + 1, self._step))
        rng.shuffle(steps)
        return [row for step in (*steps, rest) for row in step]

    def _length(self, part: Sequence[int]) -> int:
        return max(self._lengths[row] for row in part)
