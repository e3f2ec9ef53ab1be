"""Log-probabilities of the tokens of given texts, as `/v1/completions` tells them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from cotutor.errors import BackendError
from cotutor.models import context
from cotutor.serve.shelf import Version

_CELLS = 1 << 25  # numbers in one table of scores: 128 MiB


@dataclass(frozen=True)
class Scored:
    """The tokens of one text, each with its log-probability and the `top` likeliest instead.

    The first token of a text has no log-probability: nothing stands before it.
    """

    ids: list[int]
    chances: list[float | None]
    top: list[list[tuple[int, float]] | None]


@torch.inference_mode()
def score(version: Version, rows: Sequence[list[int]], top: int, after: int) -> list[Scored]:
    """Return the scores of every row's tokens; a row is a prompt and what follows it.

    With `after` 1 the likeliest next token is put behind each row, greedily.

    Raises:
        BackendError: the model reads and writes apart, or a row does not fit its context.

    """
    model: Any = version.model
    if model.config.is_encoder_decoder:
        raise BackendError("logprobs are those of a decoder, and this student has an encoder")
    version.activate()
    longest, most = max(map(len, rows)), context(model)
    if most is not None and longest + after > most:
        raise BackendError(f"a prompt of {longest} tokens fills the model's context of {most}")
    at_once = max(1, _CELLS // (longest * model.config.get_text_config().vocab_size))
    found: list[Scored] = []
    for start in range(0, len(rows), at_once):
        found += _score(model, rows[start : start + at_once], top, after)
    return found


def _score(model: Any, rows: Sequence[list[int]], top: int, after: int) -> list[Scored]:
    longest = max(map(len, rows))
    ids, mask = torch.zeros(2, len(rows), longest, dtype=torch.long)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    ids, mask = ids.to(model.device), mask.to(model.device)
    logits = model(input_ids=ids, attention_mask=mask).logits
    chances = logits[:, -longest:].float().log_softmax(-1)  # behind those of virtual tokens
    best = chances.topk(max(top, 1), -1)
    found = []
    for at, row in enumerate(rows):
        following = [*row[1:], *best.indices[at, len(row) - 1, :after].tolist()]
        places = range(len(following))
        own = chances[at, list(places), following].tolist()
        tops = [
            list(zip(best.indices[at, p, :top].tolist(), best.values[at, p, :top].tolist(),
                     strict=True))
            for p in places
        ]  # fmt: skip
        found.append(Scored([row[0], *following], [None, *own], [None, *tops]))
    return found
