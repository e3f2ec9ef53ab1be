"""Beginnings that a model has read, held for texts to come that begin alike."""

from bisect import bisect_left, insort
from collections.abc import Sequence

import torch

from cotutor.generate.beginnings import APART, in_common

Held = tuple[list[torch.Tensor], list[torch.Tensor]]
"""Keys and values a layer, [key heads, tokens, width]."""

_MOST_BYTES = 2**30
_Path = tuple[int, ...]


class Kept:
    """Keys and values of the beginnings of texts, true as long as the weights stay as they are.

    A beginning is held from some token on: what comes before is held with another one. Those
    held longest make room for others: all are at most 1 GiB.
    """

    def __init__(self) -> None:
        self._paths: list[_Path] = []  # sorted
        self._held: dict[_Path, tuple[int, Held]] = {}  # from which token on, in order of coming
        self._bytes = 0

    def longest(self, path: Sequence[int], start: int) -> Held | None:
        """Return what is held of a text from `start` on, of as many tokens as there are.

        None where they are too few to be worth it.
        """
        sought, at = tuple(path), start
        pieces: list[Held] = []
        while (found := self._piece(sought, at)) is not None:
            pieces.append(found)
            at += length_of(found)
        return joined(pieces) if at - start >= APART else None

    def put(self, path: Sequence[int], start: int, held: Held) -> None:
        """Hold a beginning from `start` on, unless it is too large for all the room there is."""
        key, size = tuple(path), _size(held)
        if size > _MOST_BYTES:
            return
        if key in self._held:
            self._drop(key)
        while self._bytes + size > _MOST_BYTES:
            self._drop(next(iter(self._held)))
        self._held[key] = start, held
        insort(self._paths, key)
        self._bytes += size

    def _drop(self, path: _Path) -> None:
        self._bytes -= _size(self._held.pop(path)[1])
        del self._paths[bisect_left(self._paths, path)]

    def _piece(self, sought: _Path, at: int) -> Held | None:
        """Return the most that one beginning holds of a text from `at` on."""
        place, best, most = bisect_left(self._paths, sought), None, at
        for nearby in (reversed(self._paths[:place]), self._paths[place:]):
            for path in nearby:  # they have ever less in common with it
                common = in_common(path, sought)
                if common <= most:
                    break
                if self._held[path][0] <= at:
                    best, most = path, common
                    break
        if best is None:
            return None
        start, (keys, values) = self._held[best]
        some = slice(at - start, most - start)
        return [layer[:, some] for layer in keys], [layer[:, some] for layer in values]


def joined(pieces: Sequence[Held]) -> Held:
    """Return pieces of one text, which follow each other, as one."""
    if len(pieces) == 1:
        return pieces[0]
    keys, values = (
        [torch.cat(some, 1) for some in zip(*part, strict=True)]
        for part in zip(*pieces, strict=True)
    )
    return keys, values


def length_of(held: Held) -> int:
    """Return how many tokens are held."""
    return held[0][0].shape[1]


def _size(held: Held) -> int:
    return sum(layer.nbytes for layers in held for layer in layers)
