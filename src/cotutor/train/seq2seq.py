"""Students that are an encoder and a decoder (T5, Flan-T5), on transformers' `Seq2SeqTrainer`.

A prompt goes through the encoder once for all its completions of a batch; the decoder reads
its states for each. The loss is the same as with one row at a time.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import Seq2SeqTrainer, Seq2SeqTrainingArguments
from transformers.modeling_outputs import MoEModelOutput

from cotutor.train.layout import IGNORED
from cotutor.train.options import TrackedConfig
from cotutor.train.shared_prefix import config_of
from cotutor.train.trainer import PassTrainer
from cotutor.train.validation import Validated


@dataclass
class PairConfig(TrackedConfig, Seq2SeqTrainingArguments):  # type: ignore[misc]
    """The same options, and those that `Seq2SeqTrainer` asks for."""


class PairTrainer(Validated, PassTrainer, Seq2SeqTrainer):  # type: ignore[misc]
    """A `Seq2SeqTrainer` whose encoder reads each prompt of a batch once."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.model_accepts_loss_kwargs = True  # our loss is over the accumulated batch

    def pass_loss(self, model: Any, one: dict[str, Any]) -> torch.Tensor:
        """Return the summed loss of one pass."""
        return pair_loss(model, one)


def pair_loss(model: Any, inputs: dict[str, Any]) -> torch.Tensor:
    """Return the summed next-token loss over the labels of a pass, a scalar in float32.

    Args:
        model: an encoder-decoder language model.
        inputs: what `cotutor.train.layout.tensors` makes of a pass of the layout `encoded`.

    """
    inputs = dict(inputs)
    targets, group_of = inputs.pop("shift_labels"), inputs.pop("group_of")
    start = config_of(model).decoder_start_token_id
    starts = targets.new_full((len(targets), 1), start)
    inputs["use_cache"] = False
    if len(group_of) > len(inputs["input_ids"]):
        inputs = _encoded(model, inputs, group_of, starts)
    before = targets[:, :-1].clamp(min=0)  # what stands behind the end is never trained
    logits = model(**inputs, decoder_input_ids=torch.cat([starts, before], 1)).logits
    kept = targets != IGNORED
    return cross_entropy(logits[kept].float(), targets[kept], reduction="sum")


def _encoded(
    model: Any, inputs: dict[str, Any], group_of: torch.Tensor, starts: torch.Tensor
) -> dict[str, Any]:
    """Run the prompts through the encoder, and return the decoder's inputs for each completion.

    The model is called as a whole, with one token for the decoder, so that adapters and shards
    are in place. The ids go in again: prompt tuning counts its rows by them.
    """
    read = model(**inputs, decoder_input_ids=starts[: len(inputs["input_ids"])])
    rows = {key: inputs[key][group_of] for key in ("input_ids", "attention_mask")}
    states = MoEModelOutput(read.encoder_last_hidden_state[group_of])
    return inputs | rows | {"encoder_outputs": states}
