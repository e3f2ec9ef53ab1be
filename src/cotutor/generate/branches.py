"""Rows on the keys and values of what they share, which lie there once and are never copied.

`cotutor.generate.beginnings` finds what is shared, `cotutor.generate.attending` attends to it.
`can_share` says for which models that is exact: decoders whose layers attend to all that came
before, through transformers' attention interface.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence
from transformers import Cache

from cotutor.generate.attending import Below, Level, Own, Part, attending
from cotutor.generate.beginnings import Beginnings, Segment, alike, find
from cotutor.generate.kept import Held, Kept, joined, length_of
from cotutor.models import last_position, why_not_shared

_MOST_SCORES = 2**26  # a layer's at once: 256 MiB in float32
_MOST_CACHED = 2**20  # on a processor, where more of them are slower: they leave its caches
_PROBE = [[5, 6, 7, 8, 9, 3], [5, 6, 7, 8, 4, 3], [5, 6, 7, 2, 9, 5], [5, 6, 7, 2, 8, 5]]
_FOREIGN = (RuntimeError, ValueError, TypeError, LookupError, AttributeError)
"""What models raise whose attention has shapes, masks or options that ours does not know."""

_agreeing: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


class Branches:
    """Rows that stand on shared segments, and go on from there.

    Rows and their tensors are in the order of `beginnings`.
    """

    _positions: list[int]  # of the rows that are left
    _cache: Cache  # what they hold on their own
    _columns: int  # of scores, for the longest of what they stand on
    _levels: list[Level]  # what they stand on
    _visible: torch.Tensor  # who sees which columns of scores, bool [rows, columns]
    _first_hidden: int  # the column before which all see all
    _next: torch.Tensor  # the position of each row's next token

    def __init__(self, model: Any, beginnings: Beginnings, kept: Kept | None = None) -> None:
        self._model, self._last = model, last_position(model)
        self._seen = torch.tensor(beginnings.seen, device=model.device)
        self._held: list[list[tuple[Segment, Held]]] = []  # of each level, in order
        kept = kept or Kept()
        for level in beginnings.levels():
            self._hold(level, kept)
        self._stand(list(range(len(beginnings.order))))

    def of(self, rows: list[int]) -> "Branches":
        """Return some of the rows, sorted, on the same segments: they go on by themselves."""
        some = copy(self)
        some._stand(rows)
        return some

    def read(self, ids: Sequence[list[int]], keep: int) -> torch.Tensor:
        """Run the first tokens of the rows' own, like lengths together, to go on as one.

        Returns:
            The scores behind the last `keep` tokens of each row: (rows, keep, vocabulary).

        """
        groups = alike([len(row) for row in ids], call_price(self._model))
        if len(groups) == 1:
            return self.run(ids, keep)
        parts = [self.of([self._positions[at] for at in some]) for some in groups]
        scores = [
            part.run([ids[at] for at in some], keep)
            for part, some in zip(parts, groups, strict=True)
        ]
        order = torch.tensor(list(chain.from_iterable(groups))).argsort().to(scores[0].device)

        def joined(some: Iterable[torch.Tensor], width: int) -> torch.Tensor:
            """Return all rows in order, filled up on the left, where they have unlike lengths."""
            filled = [pad(one, (0, 0, width - one.shape[-2], 0)) for one in some]
            return torch.cat(filled)[order]

        own = max(map(len, ids))
        for at in range(len(parts[0]._cache.layers)):
            layers = [part._cache.layers[at] for part in parts]
            keys = joined((layer.keys for layer in layers), own)
            self._cache.update(keys, joined((layer.values for layer in layers), own), at)
        seen = (part._visible[:, part._columns :, None] for part in parts)
        self._see(torch.cat([self._visible, joined(seen, own)[..., 0]], 1))
        self._next = torch.cat([part._next for part in parts])[order]
        return joined(scores, keep)

    def run(self, ids: Sequence[list[int]], keep: int) -> torch.Tensor:
        """Run more tokens of each row, as one batch, padded on the left.

        Returns:
            The scores behind the last `keep` tokens, or all: (rows, keep, vocabulary).

        """
        device = self._next.device
        tokens = pad_sequence([torch.tensor(row) for row in ids], True, 0, "left").to(device)
        width = tokens.shape[1]
        lengths = torch.tensor([len(row) for row in ids], device=device)[:, None]
        places = torch.arange(width, device=device) - (width - lengths)
        is_token = places >= 0
        positions = (self._next[:, None] + places.clamp(min=0)).clamp(0, self._last)
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
        self._see(torch.cat([self._visible, is_token], 1))
        self._next = self._next + lengths[:, 0]
        return torch.cat(found, 1)

    def take_back(self, counts: Sequence[int]) -> None:
        """Hide the last so many tokens of each row: they are none of its text."""
        back = torch.tensor(counts, device=self._next.device)
        width = self._visible.shape[1]
        places = torch.arange(width, device=back.device)
        self._see(self._visible & (places < width - back[:, None]))
        self._next = self._next - back

    def go_on(self, tokens: torch.Tensor) -> torch.Tensor:
        """Run one more token of each row; return the scores behind it, (rows, 1, vocabulary)."""
        self._visible = pad(self._visible, (0, 1), value=True)
        positions, self._next = self._next[:, None].clamp(0, self._last), self._next + 1
        return self._forward(tokens[:, None], positions, self._visible[:, None, None], 1)

    def keep(self, rows: torch.Tensor) -> None:
        """Let the other rows leave."""
        self._positions = [self._positions[at] for at in rows.tolist()]
        self._next = self._next[rows]
        self._see(self._visible[rows])
        self._cache.batch_select_indices(rows)
        self._levels = list(self._under())

    def _hold(self, level: list[Segment], kept: Kept) -> None:
        """Hold a level. What is kept of it is not run; what is run is kept from now on."""
        paths = [self._before(segment) + segment.ids for segment in level]
        known = [kept.longest(path, s.start) for path, s in zip(paths, level, strict=True)]
        lengths = [0 if held is None else length_of(held) for held in known]
        halves = [segment.split(length) for segment, length in zip(level, lengths, strict=True)]
        more = iter(self._beyond(halves, known))
        done = []
        for segment, path, (_, beyond), held in zip(level, paths, halves, known, strict=True):
            if held is None or beyond.ids:
                held = joined([next(more)] if held is None else [held, next(more)])
                kept.put(path, segment.start, held)
            done.append((segment, held))
        self._held.append(done)

    def _before(self, segment: Segment) -> list[int]:
        """Return the tokens that a segment stands on."""
        row = segment.first
        under = [
            below.ids[: int(self._seen[row, at])]
            for at, level in enumerate(self._held)
            for below, _ in level
            if below.first <= row < below.last
        ]
        return list(chain.from_iterable(under))

    def _beyond(
        self, halves: Sequence[tuple[Segment, Segment]], known: Sequence[Held | None]
    ) -> list[Held]:
        """Run what is beyond the part of each segment that is known, like lengths together."""
        every, depth = self._seen, len(self._held)
        self._seen = every.clone()
        for before, _ in halves:
            self._seen[before.first : before.last, depth] = len(before.ids)
        pairs = zip(halves, known, strict=True)
        self._held.append([(before, held) for (before, _), held in pairs if held is not None])
        beyond = [segment for _, segment in halves if segment.ids]
        found: dict[int, Held] = {}
        for some in alike([len(segment.ids) for segment in beyond], call_price(self._model)):
            found |= zip(some, self._run_together([beyond[at] for at in some]), strict=True)
        self._held.pop()
        self._seen = every
        return [found[at] for at in range(len(beyond))]

    def _run_together(self, segments: Sequence[Segment]) -> Iterator[Held]:
        """Run segments of a level as one batch; yield the keys and the values of each."""
        self._stand([segment.first for segment in segments])
        self.run([segment.ids for segment in segments], 1)
        layers = self._cache.layers
        for at, segment in enumerate(segments):
            length = len(segment.ids)
            yield (
                [layer.keys[at, :, -length:].clone() for layer in layers],
                [layer.values[at, :, -length:].clone() for layer in layers],
            )

    def _stand(self, positions: list[int]) -> None:
        """Let rows stand where the rows `positions` stand, on all levels that were run."""
        self._positions, self._cache = positions, Cache(layer_class_to_replicate=Own)
        self._next = self._seen[positions, : len(self._held)].sum(-1)
        self._columns = int(self._next.max())
        places = torch.arange(self._columns, device=self._next.device)
        self._see(places < self._next[:, None])
        self._levels = list(self._under())

    def _see(self, visible: torch.Tensor) -> None:
        self._visible = visible
        self._first_hidden = int(visible.all(0).int().cumprod(0).sum())

    def _under(self) -> Iterator[Level]:
        """Yield what the rows that are left stand on."""
        for some in self._held:
            level: Level = []
            at = 0
            for segment, (keys, values) in some:
                first, last = (
                    bisect_left(self._positions, end) for end in (segment.first, segment.last)
                )
                width = min(len(segment.ids), self._columns - segment.start)
                if first < last and width > 0:
                    part = Part(
                        slice(segment.start, segment.start + width),
                        [layer[:, :width].mT for layer in keys],
                        [layer[:, :width] for layer in values],
                    )
                    level += [(first - at, None), (last - first, part)]
                    at = last
            if level:
                yield [*level, (len(self._positions) - at, None)]

    def _pieces(self, width: int, columns: int) -> Iterator[slice]:
        """Split `width` queries of each row so that the scores of a layer stay within bounds."""
        heads = self._model.config.get_text_config().num_attention_heads
        each = len(self._positions) * heads * columns
        most = _MOST_CACHED if self._model.device.type == "cpu" else _MOST_SCORES
        step = max(1, most // each) if self._levels else width
        for begin in range(0, width, step):
            yield slice(begin, min(begin + step, width))

    def _forward(
        self, ids: torch.Tensor, positions: torch.Tensor, visible: torch.Tensor, keep: int
    ) -> torch.Tensor:
        """Return the scores behind the last `keep` tokens, at most all of them."""
        below = Below(self._levels, self._columns, self._first_hidden)
        with attending(self._model):
            logits: torch.Tensor = self._model(
                input_ids=ids, position_ids=positions, attention_mask=visible,
                past_key_values=self._cache, use_cache=True, logits_to_keep=keep,
                branches_below=below,
            ).logits  # fmt: skip
        return logits


def call_price(model: Any) -> int:
    """Return how many tokens cost what a call of the model costs besides: more where many run."""
    return 32 if model.device.type == "cpu" else 4096


def can_share(model: Any, longest: int) -> bool:
    """Say whether rows of at most `longest` tokens may stand on shared ones, and be exact.

    What is known to stand against it is asked for; a few tokens through the model, once,
    show what is not known: that it says something else, or fails.
    """
    if not getattr(model, "_supports_attention_backend", False) or why_not_shared(model, longest):
        return False
    if model not in _agreeing:
        try:
            _agreeing[model] = _agrees(model)
        except _FOREIGN:
            _agreeing[model] = False
    return _agreeing[model]


@torch.inference_mode()
def _agrees(model: Any) -> bool:
    """Hold four short rows on two levels of segments against plain rows."""
    found = find([row[:-1] for row in _PROBE], saves=1, apart=0)
    rows = [_PROBE[at] for at in found.order]
    own = [row[seen:] for row, seen in zip(rows, found.shared, strict=True)]
    plain = model(input_ids=torch.tensor(rows, device=model.device)).logits[:, -1].float()
    shared = Branches(model, found).run(own, 1)[:, -1].float()
    slack = 1e-3 if model.dtype == torch.float32 else 5e-2
    return bool((plain - shared).abs().max() <= slack * plain.abs().max())
