"""Batched decoding with a transformers model, decoder or encoder-decoder: greedy, or sampled.

Our own loop over `model(..., past_key_values)`, for three reasons. What rows share at their
beginning is run, and held, once (`cotutor.generate.lines`). Finished rows
leave the batch: on one core, with a Llama of 1 M parameters, 64 to 256 rows and
lengths of 30 to 150 tokens, that is 1.5 to 1.8 times the speed of `generate`, which
decodes every row until the longest ends; more when one row never ends. And each
row draws from its own stream of random numbers, so a sample depends on its seed
and its prompt, not on who shares the batch.

What is guaranteed: a row's tokens do not depend on the composition of the batch
except through the rounding of float arithmetic, where two tokens are as good as
equally likely. On one machine, the same batches give the same tokens; where beginnings are
kept from call to call (`cotutor.generate.kept`), the same calls in the same order do.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from cotutor.generate.drafts import TRIED, follow
from cotutor.generate.kept import Kept
from cotutor.generate.lines import groups, lines
from cotutor.generate.row import DROP_AT, Decoding, Row


@torch.inference_mode()
def decode(model: Any, rows: Sequence[Row], how: Decoding, kept: Kept | None = None) -> None:
    """Write every row to its end: an end token, a stop string, or its limit.

    Greedy rows with drafts follow them, where they stand on what their prompts share.
    """
    if how.temperature == 0 and any(row.draft for row in rows):
        room = max(row.limit for row in rows)
        prompts = [row.prompt for row in rows]
        if standing := groups(model, prompts, room, kept, a_call=TRIED + 1):
            for group in standing:
                follow(group.branches, group.own, [rows[at] for at in group.places], how)
            return
    for _ in decoding(model, rows, how, kept):
        pass


@torch.inference_mode()
def decoding(
    model: Any, rows: Sequence[Row], how: Decoding, kept: Kept | None = None
) -> Iterator[None]:
    """Write every row to its end, and yield after each token."""
    longest = max(row.limit for row in rows)
    writer, order = lines(model, [row.prompt for row in rows], longest, kept)
    rows = [rows[at] for at in order]
    chances = _chances(rows, longest) if how.temperature > 0 else None
    live = list(range(len(rows)))
    for step in range(longest):
        logits = writer.logits()
        if chances is None:
            tokens = logits.argmax(-1)
        else:
            chance = chances[live, step].to(logits.device)
            tokens = draw(logits, chance, how.temperature, how.top_p)
        logs = logits.gather(-1, tokens[:, None])[:, 0] - logits.logsumexp(-1)
        for at, token, log in zip(live, tokens.tolist(), logs.tolist(), strict=True):
            rows[at].write(token, log, how)
        yield
        # What a row that is done runs on until it leaves is read by nobody.
        keep = [i for i, at in enumerate(live) if rows[at].finish == "unknown"]
        if not keep:
            return
        writer.go_on(tokens)
        if len(keep) <= (1 - DROP_AT) * len(live):
            live = [live[i] for i in keep]
            writer.keep(torch.tensor(keep, device=tokens.device))


def draw(
    logits: torch.Tensor, chances: torch.Tensor, temperature: float, top_p: float | None
) -> torch.Tensor:
    """Return one token per row, by inverting the cumulated probabilities at `chances`.

    Args:
        logits: (rows, vocabulary).
        chances: (rows,), uniform in [0, 1).
        temperature: greater than 0.
        top_p: draw from the smallest set of likeliest tokens that has this mass
            (Holtzman et al. 2020); None for all.

    """
    probabilities = (logits / temperature).softmax(-1)
    if top_p is None:
        return _invert(probabilities, chances)[:, 0]
    likeliest, order = probabilities.sort(-1, descending=True)
    is_out = likeliest.cumsum(-1) - likeliest >= top_p
    is_out[:, 0] = False
    return order.gather(-1, _invert(likeliest.masked_fill_(is_out, 0), chances))[:, 0]


def _invert(masses: torch.Tensor, chances: torch.Tensor) -> torch.Tensor:
    """Return where the cumulated masses pass that share of their sum, (rows, 1)."""
    cumulated = masses.cumsum(-1)
    mass = cumulated[:, -1:].contiguous()
    at = torch.searchsorted(cumulated, chances[:, None] * mass, right=True)
    return at.minimum(torch.searchsorted(cumulated, mass))


def _chances(rows: Sequence[Row], steps: int) -> torch.Tensor:
    """Return (rows, steps) uniform numbers, each row's from its own seed."""
    streams = [torch.Generator().manual_seed(row.seed) for row in rows]
    return torch.stack([torch.rand(steps, generator=stream) for stream in streams])
