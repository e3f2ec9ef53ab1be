"""Prompts in a model, to be continued token by token: on what they share, or side by side.

Prompts that share enough of their beginnings stand on it (`cotutor.generate.branches`).
Others, and those of models that cannot share exactly, are lines padded on the left; an
encoder-decoder reads its prompts apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, Protocol

import torch
from peft import PeftModel
from torch.nn.utils.rnn import pad_sequence
from transformers import Cache, DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import MoEModelOutput

from cotutor.errors import BackendError
from cotutor.generate.beginnings import alike, find
from cotutor.generate.branches import Branches, call_price, can_share
from cotutor.generate.kept import Kept
from cotutor.models import last_position, virtual_tokens

_STRANGE = ("minimax", "prophetnet")
"""Kinds of model with a cache of their own, or with one by which they say something else."""


class Lines(Protocol):
    """Rows in a model: asked for their next tokens' scores, told the tokens, thinned out."""

    def logits(self) -> torch.Tensor:
        """Return the scores of each row's next token, [rows, vocabulary]."""
        ...

    def go_on(self, tokens: torch.Tensor) -> None:
        """Put the next token behind each row."""
        ...

    def keep(self, rows: torch.Tensor) -> None:
        """Let the other rows leave."""
        ...


@dataclass(frozen=True)
class Group:
    """Rows on what they share, with about as many tokens of their own, which are not run yet.

    Rows with more would be wide with padding. `places` are theirs among the prompts.
    """

    branches: Branches
    own: list[list[int]]
    places: list[int]


def check_decodable(model: Any) -> None:
    """Refuse a model that has no place for our cache: some take one under any name, unread.

    Raises:
        BackendError: it is such a model (Mamba, RWKV, the first GPT), or one of `_STRANGE`.

    """
    base = model.get_base_model() if isinstance(model, PeftModel) else model
    is_taken = "past_key_values" in signature(type(base).forward).parameters
    if not is_taken or base.config.model_type in _STRANGE:
        raise BackendError(
            f"a {type(base).__name__} cannot be decoded: it takes no keys and values of the "
            "tokens before"
        )


def groups(
    model: Any, prompts: Sequence[list[int]], room: int, kept: Kept | None, *, a_call: int = 1
) -> list[Group]:
    """Return the prompts on what they share, none where that does not pay or is not exact.

    They may be continued by `room` tokens, at best so many `a_call` of the model.
    """
    if model.config.is_encoder_decoder:
        return []
    beginnings = find([prompt[:-1] for prompt in prompts])
    call = call_price(model)
    if not (beginnings.pays(call) and can_share(model, max(map(len, prompts)) + room)):
        return []
    every = Branches(model, beginnings, kept)
    own = [prompts[at][n:] for at, n in zip(beginnings.order, beginnings.shared, strict=True)]
    return [
        Group(every.of(some), [own[at] for at in some], [beginnings.order[at] for at in some])
        for some in alike([len(row) for row in own], call * -(-room // a_call))
    ]


def lines(
    model: Any, prompts: Sequence[list[int]], room: int, kept: Kept | None
) -> tuple[Lines, Sequence[int]]:
    """Return the prompts in the model, ready to be continued by `room` tokens, and their order."""
    if standing := groups(model, prompts, room, kept):
        return _OnBranches(standing), [at for group in standing for at in group.places]
    if model.config.is_encoder_decoder:
        return _Pairs(model, prompts), range(len(prompts))
    return _SideBySide(model, prompts, room), range(len(prompts))


class _OnBranches:
    """A decoder's rows on the keys and values of what their prompts share."""

    def __init__(self, standing: Sequence[Group]) -> None:
        self._groups = [group.branches for group in standing]
        self._sizes = [len(group.places) for group in standing]
        self._logits = [group.branches.read(group.own, 1) for group in standing]
        self._tokens: torch.Tensor | None = None

    def logits(self) -> torch.Tensor:
        """Return the scores of each row's next token, [rows, vocabulary]."""
        if self._tokens is not None:
            pairs = zip(self._groups, torch.split(self._tokens, self._sizes), strict=True)
            self._logits = [group.go_on(tokens) for group, tokens in pairs]
        return torch.cat(self._logits)[:, -1].float()

    def go_on(self, tokens: torch.Tensor) -> None:
        """Put the next token behind each row."""
        self._tokens = tokens

    def keep(self, rows: torch.Tensor) -> None:
        """Let the other rows leave."""
        assert self._tokens is not None
        self._tokens = self._tokens[rows]
        groups, sizes, first = [], [], 0
        for group, size in zip(self._groups, self._sizes, strict=True):
            some = rows[(rows >= first) & (rows < first + size)] - first
            first += size
            if 0 < len(some) < size:
                group.keep(some)
            if len(some):
                groups.append(group)
                sizes.append(len(some))
        self._groups, self._sizes = groups, sizes


class _SideBySide:
    """A decoder: each row is one line of prompt and what follows, padded on the left.

    An adapter's virtual tokens stand before all: as keys and values, or as embeddings.
    """

    def __init__(self, model: Any, prompts: Sequence[list[int]], room: int) -> None:
        virtual, device = virtual_tokens(model), model.device
        self._last = last_position(model)
        ids, mask = _pad_left(prompts, virtual, room)
        ids, self._mask = ids.to(device), mask.to(device)
        self._length = virtual + ids.shape[1]
        self._positions = (self._mask[:, : self._length].cumsum(-1) - 1).clamp(min=0)
        self._cache: Any = DynamicCache(config=model.config)
        self._inputs = {"input_ids": ids}
        self._model = model.get_base_model() if virtual else model
        if not virtual:
            return
        prompt = model.get_prompt(len(prompts))
        if isinstance(prompt, Cache):
            self._cache, self._positions = prompt, self._positions[:, virtual:]
        else:
            words = model.get_input_embeddings()(ids)
            self._inputs = {"inputs_embeds": torch.cat([prompt.to(words.dtype), words], 1)}

    def logits(self) -> torch.Tensor:
        """Return the scores of each row's next token, [rows, vocabulary]."""
        logits: torch.Tensor = self._model(
            **self._inputs, attention_mask=self._mask[:, : self._length],
            position_ids=self._positions, past_key_values=self._cache, use_cache=True,
            logits_to_keep=1,
        ).logits  # fmt: skip
        return logits[:, -1].float()

    def go_on(self, tokens: torch.Tensor) -> None:
        """Put the next token behind each row."""
        self._inputs = {"input_ids": tokens[:, None]}
        self._positions = (self._positions[:, -1:] + 1).clamp(0, self._last)
        self._length += 1

    def keep(self, rows: torch.Tensor) -> None:
        """Let the other rows leave."""
        self._inputs = {"input_ids": self._inputs["input_ids"][rows]}
        self._positions, self._mask = self._positions[rows], self._mask[rows]
        self._cache.batch_select_indices(rows)


class _Pairs:
    """An encoder, which reads the prompts once, and a decoder, which begins a line of its own."""

    def __init__(self, model: Any, prompts: Sequence[list[int]]) -> None:
        virtual, device = virtual_tokens(model), model.device
        ids = pad_sequence([torch.tensor(prompt) for prompt in prompts], True).to(device)
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
        mask = (torch.arange(ids.shape[1], device=device) < lengths[:, None]).long()
        inputs = {"input_ids": ids}
        lines: Any = DynamicCache()
        self._model = model.get_base_model() if virtual else model
        if virtual:
            prompt = model.get_prompt(len(prompts))
            if isinstance(prompt, Cache):
                lines = prompt.self_attention_cache
            else:
                words = model.get_input_embeddings()(ids)
                prompt = prompt[:, :virtual].to(words.dtype)
                inputs = {"inputs_embeds": torch.cat([prompt, words], 1)}
                mask = torch.cat([mask.new_ones(len(prompts), virtual), mask], 1)
        self._mask = mask
        self._read = self._model.get_encoder()(**inputs, attention_mask=mask)[0]
        self._cache = EncoderDecoderCache(lines, DynamicCache())
        start = self._model.generation_config.decoder_start_token_id
        self._tokens = torch.full((len(prompts), 1), start, device=device)

    def logits(self) -> torch.Tensor:
        """Return the scores of each row's next token, [rows, vocabulary]."""
        logits: torch.Tensor = self._model(
            encoder_outputs=MoEModelOutput(self._read), attention_mask=self._mask,
            decoder_input_ids=self._tokens, past_key_values=self._cache, use_cache=True,
        ).logits  # fmt: skip
        return logits[:, -1].float()

    def go_on(self, tokens: torch.Tensor) -> None:
        """Put the next token behind each row."""
        self._tokens = tokens[:, None]

    def keep(self, rows: torch.Tensor) -> None:
        """Let the other rows leave."""
        self._tokens, self._mask, self._read = (
            part[rows] for part in (self._tokens, self._mask, self._read)
        )
        self._cache.batch_select_indices(rows)


def _pad_left(
    prompts: Sequence[list[int]], before: int, room: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids (rows, longest) and mask (rows, before + longest + room).

    What pads is never attended to; `before` are tokens in front, `room` those to come.
    """
    length = max(map(len, prompts))
    ids = torch.zeros(len(prompts), length, dtype=torch.long)
    mask = torch.ones(len(prompts), before + length + room, dtype=torch.long)
    for i, prompt in enumerate(prompts):
        start = length - len(prompt)
        ids[i, start:] = torch.tensor(prompt)
        mask[i, before : before + start] = 0
    return ids, mask
