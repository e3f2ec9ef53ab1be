"""The order of rows in which those that share a prompt meet in a batch."""

from collections.abc import Iterator, Sequence
from random import Random

from torch.utils.data import Sampler


class SiblingSampler(Sampler[int]):
    """Yields row numbers so that up to `together` rows of one prompt follow each other.

    Prompts, and the rows of each, come in another order every epoch, the same
    for the same seed. With `together` 1 the order is that of a plain shuffle.

    Args:
        prompts: what each row's prompt is, by row; equal keys are siblings.
        together: the most siblings in a row.
        seed: of the shuffles.

    """

    def __init__(self, prompts: Sequence[int], *, together: int, seed: int) -> None:
        self._rows: dict[int, list[int]] = {}
        for row, prompt in enumerate(prompts):
            self._rows.setdefault(prompt, []).append(row)
        self._together = together
        self._seed = seed
        self._length = len(prompts)
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of that epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        rng = Random(f"{self._seed} {self._epoch}")
        parts = []
        for rows in self._rows.values():
            shuffled = rng.sample(rows, len(rows))
            parts += [
                shuffled[start : start + self._together]
                for start in range(0, len(rows), self._together)
            ]
        rng.shuffle(parts)
        for part in parts:
            yield from part
