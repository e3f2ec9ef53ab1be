"""How likely a model finds given texts."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from cotutor.generate.beginnings import Beginnings, alike, find
from cotutor.generate.branches import Branches, call_price, can_share
from cotutor.generate.kept import Kept

_IGNORED = -100
Text = tuple[list[int], list[int]]


@torch.inference_mode()
def log_probabilities(model: Any, rows: Sequence[Text], kept: Kept | None = None) -> list[float]:
    """Return the summed log-probability of each row's second tokens behind its first.

    The rows go through the model as one batch, on what they share where that pays. An
    encoder reads the first tokens, which are never none, and its decoder writes the second.
    """
    if model.config.is_encoder_decoder:
        return _sums(*_by_pair(model, rows))
    beginnings = find([(before + after)[: len(before) - 1] for before, after in rows])
    longest = max(len(before) + len(after) for before, after in rows)
    if not (beginnings.pays(call_price(model)) and can_share(model, longest)):
        return _sums(*_by_line(model, rows))
    return _on_branches(model, [rows[at] for at in beginnings.order], beginnings, kept)


def _by_line(model: Any, rows: Sequence[Text]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return scores [rows, T, vocabulary] and the tokens they are of, [rows, T]."""
    ids = _padded([before + after for before, after in rows])
    mask = _padded([[1] * (len(before) + len(after)) for before, after in rows])
    targets = _padded([[_IGNORED] * len(before) + after for before, after in rows], _IGNORED)
    logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
    # Virtual tokens of an adapter may have scores of their own, in front.
    return logits[:, -ids.shape[1] : -1], targets[:, 1:]


def _on_branches(
    model: Any, rows: Sequence[Text], beginnings: Beginnings, kept: Kept | None
) -> list[float]:
    """Return the sums of rows that are in the order of `beginnings`, in the order before."""
    own = [
        (before + after[:-1])[seen:]
        for (before, after), seen in zip(rows, beginnings.shared, strict=True)
    ]
    every = Branches(model, beginnings, kept)
    found: dict[int, float] = {}
    for some in alike([len(row) for row in own], call_price(model)):
        targets = _padded([rows[at][1] or [_IGNORED] for at in some], _IGNORED, "left")
        logits = every.of(some).run([own[at] for at in some], targets.shape[1])
        found |= zip((beginnings.order[at] for at in some), _sums(logits, targets), strict=True)
    return [found[at] for at in range(len(rows))]


def _by_pair(model: Any, rows: Sequence[Text]) -> tuple[torch.Tensor, torch.Tensor]:
    start = model.generation_config.decoder_start_token_id
    logits = model(
        input_ids=_padded([before for before, _ in rows]).to(model.device),
        attention_mask=_padded([[1] * len(before) for before, _ in rows]).to(model.device),
        decoder_input_ids=_padded([[start, *after[:-1]] for _, after in rows]).to(model.device),
    ).logits
    targets = _padded([after or [_IGNORED] for _, after in rows], _IGNORED)
    return logits[:, -targets.shape[1] :], targets


def _sums(logits: torch.Tensor, targets: torch.Tensor) -> list[float]:
    scores = logits.float().transpose(1, 2)
    losses = cross_entropy(
        scores, targets.to(logits.device), reduction="none", ignore_index=_IGNORED
    )
    sums: list[float] = (-losses.sum(-1)).tolist()
    return sums


def _padded(rows: Sequence[list[int]], value: int = 0, side: str = "right") -> torch.Tensor:
    return pad_sequence([torch.tensor(row, dtype=torch.long) for row in rows], True, value, side)
