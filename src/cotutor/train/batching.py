"""From rows to passes: which layouts may be taken, and what work costs a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from cotutor.errors import ConfigError
from cotutor.train.layout import IGNORED, Costs, Group, Layout, Pass, Row, groups_of, plan, tensors

# A pair's softmax and mask are bound by memory, not arithmetic: measured in operations a head.
_CPU_PAIR = 300
# Beginning a pass costs time, here in operations a layer: measured with one thread on a CPU, where
# this fits padded, branches and tree of 30 to 2,000 tokens to about a tenth; a guess for a GPU.
_START = {"cpu": 1.2e8, "cuda": 1e11}

_SKIPPING = ("flex_attention", "flash_attention_2", "flash_attention_3")


@dataclass(frozen=True)
class Batching:
    """A collator: rows of `input_ids` and `labels` in, passes of tensors out.

    `layouts` are those that may be taken, `budget` the tokens of a pass, `pad`
    the token that fills up.
    """

    costs: Costs
    layouts: tuple[Layout, ...]
    budget: int
    pad: int

    def __call__(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Return the `passes` of a batch, and the labels of all of them in one line.

        Rows of no tokens hold free places and are left out; a batch of nothing else is idle.
        """
        groups = groups_of(row for row in rows if row["input_ids"])
        chosen = plan(groups, self.costs, self.layouts, self.budget)
        passes = [tensors(one, self.pad) for one in chosen] or [self.idle()]
        labels = torch.cat([one["shift_labels"].flatten() for one in passes])
        return {"passes": passes, "labels": labels, "shift_labels": labels}

    def idle(self) -> dict[str, Any]:
        """Return a pass that trains nothing, for a process that must keep step with others."""
        layout: Layout = "encoded" if "encoded" in self.layouts else "padded"
        one = tensors(Pass(layout, [Group([self.pad], [[self.pad]])]), self.pad)
        return one | {"shift_labels": torch.full_like(one["shift_labels"], IGNORED)}

    def prompt_numbers(self, rows: Sequence[Row]) -> list[int]:
        """Return a number for each row's prompt, the same for the same prompt."""
        numbers: dict[tuple[int, ...], int] = {}
        prompts = (
            tuple(t for t, label in zip(row["input_ids"], row["labels"], strict=True)
                  if label == IGNORED)
            for row in rows
        )  # fmt: skip
        return [numbers.setdefault(prompt, len(numbers)) for prompt in prompts]


def costs_of(model: Any) -> Costs:
    """Estimate what work costs the model on its device."""
    config = model.config.get_text_config()
    inner = sum(p.numel() for p in model.parameters())
    inner -= sum(p.numel() for p in _embeddings(model))
    pair = 4.0 * config.num_hidden_layers * config.hidden_size
    kind = model.device.type
    if kind == "cpu":
        pair += _CPU_PAIR * config.num_hidden_layers * config.num_attention_heads
    start = _START.get(kind, 0.0) * config.num_hidden_layers
    if kind == "cpu":
        start *= torch.get_num_threads()
    skips = config._attn_implementation in _SKIPPING
    return Costs(token=2.0 * inner, pair=pair, start=start, skips=skips)


def _embeddings(model: Any) -> set[torch.nn.Parameter]:
    found = (model.get_input_embeddings(), model.get_output_embeddings())
    return {module.weight for module in found if module is not None}


def layouts_for(
    wanted: str,
    reason: str | None,
    *,
    is_checkpointed: bool,
    is_pair: bool = False,
    is_sharded: bool = False,
) -> tuple[Layout, ...]:
    """Return the layouts that may be taken, by a pair of encoder and decoder its own.

    The two calls of `branches` are one too many where layers are run again for their
    gradients, and where shards of the weights are gathered by all processes in step.

    Raises:
        ConfigError: `wanted` is a layout that would not be exact.

    """
    can: tuple[Layout, ...] = ("padded", "packed", "branches", "tree")
    if is_pair:
        can = ("encoded",)
    elif reason is not None:
        can = ("padded",)
    elif is_checkpointed or is_sharded:
        can = ("padded", "packed", "tree")
    if wanted == "auto":
        return can
    if wanted not in can:
        why = reason or "gradient checkpointing recomputes without the prompt's keys and values"
        if is_sharded and reason is None:
            why = "processes that hold shards of the model (FSDP) call it once a pass"
        raise ConfigError(f"sft.layout {wanted} is not possible here: {why}")
    return tuple(layout for layout in can if layout == wanted)
