"""The loss of a pass in each layout: summed over its completion tokens, the same in all of them."""

from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import DynamicCache

from cotutor.train.layout import IGNORED, sees


def pass_loss(model: Any, inputs: dict[str, Any], *, is_fused: bool = False) -> torch.Tensor:
    """Return the summed next-token loss over the labels of a pass, a scalar in float32.

    Args:
        model: a causal language model that takes `logits_to_keep`.
        inputs: what `cotutor.train.layout.tensors` makes.
        is_fused: whether TRL's fused language-model head scores the labels, without
            holding the logits in memory; otherwise only the columns with labels are scored.

    """
    inputs = dict(inputs)
    if "prefix_ids" in inputs:
        inputs = _on_prefix(model, inputs)
    if "branch" in inputs:
        inputs["attention_mask"] = _as_mask(model, sees(inputs.pop("branch")))
    inputs.setdefault("use_cache", False)
    if is_fused:
        scored: torch.Tensor = model(**inputs, fused_lm_head=True).log_probs
        return -scored.sum()
    targets = inputs.pop("shift_labels")
    is_trained = targets != IGNORED
    first = int(is_trained.any(0).int().argmax())
    logits = model(**inputs, logits_to_keep=targets.shape[1] - first).logits
    kept = is_trained[:, first:]
    return cross_entropy(logits[kept].float(), targets[:, first:][kept], reduction="sum")


def _on_prefix(model: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Run the prefixes, and return the branches' inputs on their keys and values."""
    prefix, mask = inputs.pop("prefix_ids"), inputs.pop("prefix_mask")
    cache = DynamicCache(config=config_of(model))
    model(
        input_ids=prefix, attention_mask=mask, past_key_values=cache, use_cache=True,
        logits_to_keep=1,
    )  # fmt: skip
    group_of = inputs.pop("group_of")
    cache.batch_select_indices(group_of)
    return inputs | {"past_key_values": cache, "use_cache": True}


def config_of(model: Any) -> Any:
    """Return the configuration of a model that may be wrapped."""
    while not hasattr(model, "config"):
        model = model.module
    return model.config


def _as_mask(model: Any, allowed: torch.Tensor) -> torch.Tensor:
    """Return a mask as the model's attention takes it: eager adds it, SDPA reads booleans."""
    if config_of(model)._attn_implementation != "eager":
        return allowed
    lowest = torch.finfo(torch.float32).min
    return torch.zeros(allowed.shape, device=allowed.device).masked_fill(~allowed, lowest)
