"""TRL's `SFTTrainer`, fed in passes that run each shared prompt once.

Off the GPU, TRL 1.16 scores every position of a row against the whole vocabulary,
the prompt's too, and computes entropy and top-1 beside the loss. Here only the
columns that hold a completion token are scored, and nothing but the loss. The
loss is the same; `tests/train/test_trainer.py` holds the two against each other.
"""

from collections.abc import Sequence
from typing import Any

import torch
from trl import SFTTrainer

from cotutor.train.batching import Batching
from cotutor.train.layout import Row
from cotutor.train.sampler import SiblingSampler
from cotutor.train.shared_prefix import pass_loss


class CompletionTrainer(SFTTrainer):  # type: ignore[misc]
    """An `SFTTrainer` whose loss costs only what the completions need.

    Args:
        rows: the training rows, `input_ids` and `labels` each.
        batching: how a batch of them is put into passes.
        together: how many rows of one prompt a batch takes at a time.

    """

    def __init__(
        self, *, rows: Sequence[Row], batching: Batching, together: int, **rest: Any
    ) -> None:
        self._together = together
        self._prompts = batching.prompt_numbers(rows)
        super().__init__(data_collator=batching, **rest)

    def _get_train_sampler(self, train_dataset: Any = None) -> SiblingSampler:
        return SiblingSampler(self._prompts, together=self._together, seed=self.args.seed)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Return the mean loss per completion token of the whole (accumulated) batch.

        All passes but the last send back their gradients here, so that no more
        than one pass is held in memory.
        """
        total = (inputs["shift_labels"] != -100).sum()
        if num_items_in_batch is not None:
            total = num_items_in_batch / self.accelerator.num_processes
        *others, last = inputs["passes"]
        seen = torch.zeros((), device=total.device)
        for one in others:
            loss = self._loss(model, one) / total
            if self.model.training:
                self.accelerator.backward(loss)
            seen += loss.detach()
        return self._loss(model, last) / total + seen

    def _loss(self, model: Any, one: dict[str, Any]) -> torch.Tensor:
        return pass_loss(model, one, is_fused=one["input_ids"].is_cuda)
