"""How likely a decoder finds given texts."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy


@torch.inference_mode()
def log_probabilities(model: Any, rows: Sequence[tuple[list[int], list[int]]]) -> list[float]:
    """Return the summed log-probability of each row's second tokens behind its first.

    The rows go through the model as one batch, padded on the right.
    """
    length = max(len(before) + len(after) for before, after in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    mask = torch.zeros_like(ids)
    targets = torch.full_like(ids, -100)
    for at, (before, after) in enumerate(rows):
        end = len(before) + len(after)
        ids[at, :end] = torch.tensor(before + after)
        mask[at, :end] = 1
        targets[at, len(before) : end] = torch.tensor(after)
    ids, mask, targets = (part.to(model.device) for part in (ids, mask, targets))
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1].float()
    losses = cross_entropy(logits.transpose(1, 2), targets[:, 1:], reduction="none")
    sums: list[float] = (-losses.sum(-1)).tolist()
    return sums
