"""Rows on the keys and values of what they share, which lie there once and are never copied.

`cotutor.generate.beginnings` finds what is shared, `cotutor.generate.attending` attends to it.
`can_share` says for which models that is exact: decoders whose layers attend to all that came
before, through transformers' attention interface.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from copy import copy
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence
from transformers import Cache

from cotutor.generate.attending import Below, Own, Part, attending
from cotutor.generate.beginnings import Beginnings, Segment, alike, find
from cotutor.models import virtual_tokens

Held = tuple[list[torch.Tensor], list[torch.Tensor]]
_MOST_SCORES = 2**26  # a layer's at once: 256 MiB in float32
_MOST_CACHED = 2**22  # on a processor, where more of them are slower: they leave its caches
_PROBE = [[5, 6, 7, 8, 9, 3], [5, 6, 7, 8, 4, 3], [5, 6, 7, 2, 9, 5], [5, 6, 7, 2, 8, 5]]
_agreeing: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


class Branches:
    """Rows that stand on shared segments, and go on from there.

    Rows and their tensors are in the order of `beginnings`.
    """

    _positions: list[int]  # of the rows that are left
    _cache: Cache  # what they hold on their own
    _below: Below
    _visible: torch.Tensor  # who sees which columns of scores, bool [rows, columns]
    _next: torch.Tensor  # the position of each row's next token

    def __init__(self, model: Any, beginnings: Beginnings) -> None:
        self._model, self._segments = model, beginnings.segments
        self._seen = torch.tensor(beginnings.seen, device=model.device)
        self._columns = [0]  # where each level's begin, and the last one's end
        call = call_price(model)
        self._held: list[list[Held]] = []  # of each level, in the order of its segments
        for level in beginnings.levels():
            held: dict[int, Held] = {}
            for some in alike([len(segment.ids) for segment in level], call):
                held |= zip(some, self._hold([level[at] for at in some]), strict=True)
            self._held.append([held[at] for at in range(len(level))])
            self._columns.append(self._columns[-1] + max(len(s.ids) for s in level))
        self._stand(list(range(len(beginnings.order))))

    def of(self, rows: list[int]) -> "Branches":
        """Return some of the rows, sorted, on the same segments: they go on by themselves."""
        some = copy(self)
        some._stand(rows)
        return some

    def run(self, ids: Sequence[list[int]], side: str, keep: int) -> torch.Tensor:
        """Run the first tokens of the rows' own, padded on a side.

        Returns:
            The scores behind the last `keep` columns: (rows, keep, vocabulary).

        """
        device = self._next.device
        tokens = pad_sequence([torch.tensor(row) for row in ids], True, 0, side).to(device)
        width = tokens.shape[1]
        lengths = torch.tensor([len(row) for row in ids], device=device)[:, None]
        places = torch.arange(width, device=device) - (width - lengths) * (side == "left")
        is_token = (places >= 0) & (places < lengths)
        positions = self._next[:, None] + places.clamp(min=0)
        itself = torch.eye(width, dtype=torch.bool, device=device)  # padding must see something
        own = torch.ones_like(itself).tril() & (is_token[:, None] | itself)
        visible = torch.cat([self._visible[:, None].expand(-1, width, -1), own], -1)[:, None]
        found = []
        for some in self._pieces(*visible.shape[2:]):
            ahead = width - some.stop
            logits = self._forward(
                tokens[:, some], positions[:, some],
                visible[:, :, some, : visible.shape[-1] - ahead], max(1, keep - ahead),
            )  # fmt: skip
            found += [logits] if keep > ahead else []
        self._visible = torch.cat([self._visible, is_token], 1)
        self._next = self._next + lengths[:, 0]
        self._below = self._under()
        return torch.cat(found, 1)

    def go_on(self, tokens: torch.Tensor) -> torch.Tensor:
        """Run one more token of each row; return the scores behind it, (rows, 1, vocabulary)."""
        self._visible = pad(self._visible, (0, 1), value=True)
        positions, self._next = self._next[:, None], self._next + 1
        return self._forward(tokens[:, None], positions, self._visible[:, None, None], 1)

    def keep(self, rows: torch.Tensor) -> None:
        """Let the other rows leave."""
        self._positions = [self._positions[at] for at in rows.tolist()]
        self._next, self._visible = self._next[rows], self._visible[rows]
        self._cache.batch_select_indices(rows)
        self._below = self._under()

    def _hold(self, segments: Sequence[Segment]) -> Iterator[Held]:
        """Run segments of a level; yield the keys and the values of each."""
        self._stand([segment.first for segment in segments])
        self.run([segment.ids for segment in segments], "right", 1)
        layers = self._cache.layers
        for at, segment in enumerate(segments):
            length = len(segment.ids)
            yield (
                [layer.keys[at, :, :length] for layer in layers],
                [layer.values[at, :, :length] for layer in layers],
            )

    def _stand(self, positions: list[int]) -> None:
        """Let rows stand where the rows `positions` stand, on all levels that were run."""
        self._positions, self._cache = positions, Cache(layer_class_to_replicate=Own)
        seen = self._seen[positions, : len(self._held)]
        self._next = seen.sum(-1)
        columns = [
            torch.arange(end - at, device=seen.device) for at, end in pairwise(self._columns)
        ]
        self._visible = torch.cat(
            [seen.new_empty(len(positions), 0, dtype=torch.bool)]
            + [column < seen[:, level, None] for level, column in enumerate(columns)], 1,
        )  # fmt: skip
        self._below = self._under()

    def _under(self) -> Below:
        """Return what the rows that are left stand on."""
        parts, numbers = [], [0] * len(self._held)
        for segment in self._segments:
            if segment.level == len(self._held):
                break
            first, last = (bisect_left(self._positions, at) for at in (segment.first, segment.last))
            if first < last:
                keys, values = self._held[segment.level][numbers[segment.level]]
                begin = self._columns[segment.level]
                columns = slice(begin, begin + len(segment.ids))
                parts.append(Part(keys, values, slice(first, last), columns))
            numbers[segment.level] += 1
        first_hidden = int(self._visible.all(0).int().cumprod(0).sum())
        return Below(parts, self._columns[-1], first_hidden)

    def _pieces(self, width: int, columns: int) -> Iterator[slice]:
        """Split `width` queries of each row so that the scores of a layer stay within bounds."""
        heads = self._model.config.get_text_config().num_attention_heads
        each = len(self._positions) * heads * columns
        most = _MOST_CACHED if self._model.device.type == "cpu" else _MOST_SCORES
        step = max(1, most // each) if self._below.parts else width
        for begin in range(0, width, step):
            yield slice(begin, min(begin + step, width))

    def _forward(
        self, ids: torch.Tensor, positions: torch.Tensor, visible: torch.Tensor, keep: int
    ) -> torch.Tensor:
        """Return the scores behind the last `keep` tokens, at most all of them."""
        with attending(self._model):
            logits: torch.Tensor = self._model(
                input_ids=ids, position_ids=positions, attention_mask=visible,
                past_key_values=self._cache, use_cache=True, logits_to_keep=keep,
                branches_below=self._below,
            ).logits  # fmt: skip
        return logits


def call_price(model: Any) -> int:
    """Return how many tokens cost what a call of the model costs besides: more where many run."""
    return 32 if model.device.type == "cpu" else 4096


def can_share(model: Any, longest: int) -> bool:
    """Say whether rows of at most `longest` tokens may stand on shared ones, and be exact.

    What is known to stand against it is asked for; a few tokens through the model, once,
    show what is not known.
    """
    if not getattr(model, "_supports_attention_backend", False) or why_not(model, longest):
        return False
    if model not in _agreeing:
        _agreeing[model] = _agrees(model)
    return _agreeing[model]


def why_not(model: Any, longest: int) -> str | None:
    """Say why rows of at most `longest` tokens cannot share tokens, None where they can."""
    config = model.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ())
    if model.config.is_encoder_decoder:
        return "an encoder-decoder reads its prompt apart already"
    if strange := kinds - {"full_attention", "sliding_attention"}:
        return f"layers of {', '.join(sorted(strange))} carry a state from token to token"
    window = getattr(config, "sliding_window", None)
    is_sliding = "sliding_attention" in kinds or (window and not kinds)
    if is_sliding and window is not None and window < longest:
        return f"its attention slides over {window} tokens and the longest row has {longest}"
    if virtual_tokens(model):
        return "prompt and prefix tuning put virtual tokens before each row"
    return None


@torch.inference_mode()
def _agrees(model: Any) -> bool:
    """Hold four short rows on two levels of segments against plain rows."""
    found = find([row[:-1] for row in _PROBE], saves=1, apart=0)
    rows = [_PROBE[at] for at in found.order]
    own = [row[seen:] for row, seen in zip(rows, found.shared, strict=True)]
    plain = model(input_ids=torch.tensor(rows, device=model.device)).logits[:, -1].float()
    shared = Branches(model, found).run(own, "left", 1)[:, -1].float()
    slack = 1e-3 if model.dtype == torch.float32 else 5e-2
    return bool((plain - shared).abs().max() <= slack * plain.abs().max())
