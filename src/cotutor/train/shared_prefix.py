"""The loss of a pass in each layout: summed over its completion tokens, the same in all of them."""

from typing import Any

import torch
from torch.nn.attention.flex_attention import create_block_mask
from torch.nn.functional import cross_entropy
from transformers import DynamicCache

from cotutor.train.layout import IGNORED, PADDING, PREFIX, sees


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
        inputs["attention_mask"] = _as_mask(model, inputs.pop("branch"))
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


def _as_mask(model: Any, branch: torch.Tensor) -> Any:
    """Return who sees whom in a tree as the model's attention takes it.

    SDPA reads booleans, eager adds, and FlexAttention skips blocks that nobody sees.
    """
    kind = config_of(model)._attn_implementation
    if kind == "flex_attention":
        return _blocks(branch)
    allowed = sees(branch)
    if kind != "eager":
        return allowed
    lowest = torch.finfo(torch.float32).min
    return torch.zeros(allowed.shape, device=allowed.device).masked_fill(~allowed, lowest)


def _blocks(branch: torch.Tensor) -> Any:
    """Return the mask of `sees` as FlexAttention's blocks, for `branch` [lines, T]."""

    def allowed(line: Any, _: Any, query: Any, key: Any) -> Any:
        mine, theirs = branch[line, query], branch[line, key]
        is_kin = (theirs == PREFIX) | (theirs == mine)
        return ((query >= key) & is_kin & (mine != PADDING)) | (query == key)

    lines, length = branch.shape
    return create_block_mask(allowed, lines, None, length, length, device=str(branch.device))
