"""Attention to segments that rows share and to the rows' own keys, in one softmax.

The scores of all rows that stand on a segment are one product of matrices, as in Hydragen
(Juravsky et al. 2024): to read a prompt's keys anew for each of its samples is what bounds
decoding. It goes through transformers' attention interface.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.cache_utils import DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

_NAME = "cotutor_branches"
_ROOM = 14  # columns made beyond twice what is held
_turn = Lock()


@dataclass(frozen=True)
class Part:
    """What rows see of a segment, a position a column.

    Its keys a layer are [key heads, width, tokens], its values [key heads, tokens, width].
    """

    columns: slice
    keys: list[torch.Tensor]
    values: list[torch.Tensor]


Level = list[tuple[int, Part | None]]
"""So many rows that stand on a part, the next ones, and so on to the last; None: on nothing."""


@dataclass(frozen=True)
class Below:
    """What rows stand on, in so many `columns` of scores; their own keys follow.

    Where parts of two levels meet in a column, rows see the later level's. All rows see the
    columns before `first_hidden`.
    """

    levels: list[Level]
    columns: int
    first_hidden: int


@contextmanager
def attending(model: Any) -> Iterator[None]:
    """Let the model attend to what `branches_below` tells; without it, as SDPA does.

    One thread at a time: it would be wrong to find the usual attention back halfway.
    """
    config = model.config
    with _turn:
        usual = config._attn_implementation
        config._attn_implementation = _NAME
        try:
            yield
        finally:
            config._attn_implementation = usual


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """Attend, in the shapes of transformers' attention functions.

    Inside, scores are [key heads, rows, queries, columns], so that the rows of a segment are
    one matrix a head; `queries` are those of all heads that share a key head.
    """
    below: Below | None = more.pop("branches_below", None)
    if below is None or not below.levels:
        if below is not None:
            attention_mask = attention_mask[..., below.columns :]
        usual: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **more
        )
        return usual
    rows, heads, n, width = query.shape
    layer: Any = module.layer_idx
    scaling = more.get("scaling") or width**-0.5
    asked = (query * scaling).reshape(rows, key.shape[1], -1, width).transpose(0, 1)
    scores = asked.new_empty(*asked.shape[:3], below.columns + key.shape[2])
    for level in below.levels:
        for part, some, found in _by_part(level, asked, scores):
            found[..., part.columns] = torch.bmm(some, part.keys[layer])
    scores[..., below.columns :] = (asked.transpose(0, 1) @ key.mT).transpose(0, 1)
    hidden = ~attention_mask[:, 0, :, below.first_hidden :]
    tail = scores[..., below.first_hidden :].unflatten(2, (-1, n))
    tail.masked_fill_(hidden[None, :, None], float("-inf"))
    precise = torch.promote_types(scores.dtype, torch.float32)
    weights = scores.softmax(-1, dtype=precise).to(value.dtype)
    out = (weights[..., below.columns :].transpose(0, 1) @ value).transpose(0, 1).contiguous()
    for level in reversed(below.levels):
        for part, some, sums in _by_part(level, weights, out):
            spent = some[..., part.columns]
            sums += torch.bmm(spent, part.values[layer])
            if level is not below.levels[0]:
                spent.zero_()  # the levels before have other tokens in these columns
    by_head = out.view(key.shape[1], rows, -1, n, width).permute(1, 3, 0, 2, 4)
    return by_head.reshape(rows, n, heads, width), None


def _by_part(
    level: Level, one: torch.Tensor, other: torch.Tensor
) -> Iterator[tuple[Part, torch.Tensor, torch.Tensor]]:
    """Yield each part, and what two tensors have of the rows on it, as a matrix a key head."""
    sizes = [rows * one.shape[2] for rows, _ in level]
    ones, others = (torch.split(tensor.flatten(1, 2), sizes, 1) for tensor in (one, other))
    for (_, part), some, more in zip(level, ones, others, strict=True):
        if part is not None:
            yield part, some, more


AttentionInterface.register(_NAME, _attend)
AttentionMaskInterface.register(_NAME, sdpa_mask)


class Own(DynamicLayer):  # type: ignore[misc]
    """The rows' own keys and values, with room to grow: a token costs no copy of those before."""

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put more keys and values behind those held, and return all."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self._rooms = [states[:, :, :0] for states in (key_states, value_states)]
        begin = self.get_seq_length()
        end = begin + key_states.shape[2]
        if end > self._rooms[0].shape[2]:
            size = end + (end + _ROOM if begin else 0)
            self._rooms = [_larger(room, begin, size) for room in self._rooms]
        for room, states in zip(self._rooms, (key_states, value_states), strict=True):
            room[:, :, begin:end] = states
        self.keys, self.values = (room[:, :, :end] for room in self._rooms)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep some rows, and their room."""
        length = self.get_seq_length()
        self._rooms = [room.index_select(0, indices) for room in self._rooms]
        self.keys, self.values = (room[:, :, :length] for room in self._rooms)


def _larger(room: torch.Tensor, held: int, size: int) -> torch.Tensor:
    rows, heads, _, width = room.shape
    larger = room.new_empty(rows, heads, size, width)
    larger[:, :, :held] = room[:, :, :held]
    return larger
