"""Beginnings that a model has read, held for texts to come that begin alike."""

from collections.abc import Sequence

import torch

from cotutor.generate.beginnings import APART, in_common

Held = tuple[list[torch.Tensor], list[torch.Tensor]]
"""Keys and values a layer, [key heads, tokens, width]."""

_MOST_BYTES = 2**30


class Kept:
    """Keys and values of the beginnings of texts, true as long as the weights stay as they are.

    Those held longest make room for others: all are at most 1 GiB.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[int, ...], Held] = {}

    def longest(self, ids: Sequence[int]) -> Held | None:
        """Return what is held of the first tokens, of as many as there are; None for few."""
        sought = tuple(ids)
        common = {head: in_common(head, sought) for head in self._held}
        best = max(common, key=common.__getitem__, default=())
        if (length := common.get(best, 0)) < APART:
            return None
        keys, values = self._held[best]
        return [layer[:, :length] for layer in keys], [layer[:, :length] for layer in values]

    def put(self, ids: Sequence[int], held: Held) -> None:
        """Hold all tokens of a beginning."""
        self._held[tuple(ids)] = held
        while sum(map(_size, self._held.values())) > _MOST_BYTES:
            del self._held[next(iter(self._held))]


def _size(held: Held) -> int:
    return sum(layer.nbytes for layers in held for layer in layers)
