"""Trainers fed in passes that run each shared prompt once; the main one is TRL's `SFTTrainer`.

Off the GPU, TRL 1.16 scores every position of a row against the whole vocabulary,
the prompt's too, and computes entropy and top-1 beside the loss. Here only the
columns that hold a completion token are scored, and nothing but the loss. The
loss is the same; `tests/train/test_layouts.py` holds the two against each other.

Several processes take the steps that one with a batch as large would take, on copies
of the model (DDP) or on its shards (FSDP2).
"""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from datasets import Dataset
from torch.nn.parallel import DistributedDataParallel
from transformers import Trainer
from trl import SFTTrainer

from cotutor.models import virtual_tokens
from cotutor.train.batching import Batching
from cotutor.train.checkpoints import prune, seal
from cotutor.train.layout import IGNORED, Row
from cotutor.train.sampler import SiblingSampler
from cotutor.train.shared_prefix import pass_loss


class PassTrainer(Trainer):  # type: ignore[misc]
    """A trainer whose batches are passes; stands before the library's among the base classes.

    Args:
        rows: the training rows, `input_ids` and `labels` each.
        batching: how a batch of them is put into passes.
        together: how many rows of one prompt a batch takes at a time.
        args: the options; `save_total_limit` is heeded once a new checkpoint is whole.

    """

    def __init__(
        self, *, rows: Sequence[Row], batching: Batching, together: int, args: Any, **rest: Any
    ) -> None:
        self._prompts = batching.prompt_numbers(rows)
        self._lengths = [len(row["input_ids"]) for row in rows]
        self._together = together
        self._idle = batching.idle()
        self._kept, args.save_total_limit = args.save_total_limit, None
        super().__init__(
            args=args,
            data_collator=batching,
            train_dataset=Dataset.from_list([*rows, {"input_ids": [], "labels": []}]),
            **rest,
        )

    def create_accelerator_and_postprocess(self) -> None:
        """Connect to accelerate, and shard on CPUs too, which accelerate 1.15 does not."""
        super().create_accelerator_and_postprocess()
        state, options = self.accelerator.state, self.args.fsdp_plugin_args
        if options is not None and state.distributed_type == DistributedType.MULTI_CPU:
            state.distributed_type = PartialState().distributed_type = DistributedType.FSDP
            state.fsdp_plugin = FullyShardedDataParallelPlugin(**options)
            self.is_fsdp_enabled = True

    @property
    def rows_a_step(self) -> int:
        """How many rows a step takes, of all processes together."""
        rows: int = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return rows * int(self.args.world_size)

    def _get_train_sampler(self, train_dataset: Any = None) -> SiblingSampler:
        self._sampler = SiblingSampler(
            self._prompts,
            self._lengths,
            together=self._together,
            seed=self.args.seed,
            batch=self.args.train_batch_size,
            processes=self.args.world_size,
            step=self.rows_a_step,
        )
        return self._sampler

    def _run_epoch(self, *, epoch: int, **rest: Any) -> None:
        self._sampler.set_epoch(epoch)  # resumed, the libraries do not reach it behind a shard
        super()._run_epoch(epoch=epoch, **rest)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Return the mean loss per completion token of the whole (accumulated) batch.

        All passes but the last send back their gradients here, so that no more
        than one pass is held in memory. Copies of the model exchange gradients after
        the last one; shards after each, which holds no whole gradient in memory.
        """
        total = (inputs["shift_labels"] != IGNORED).sum().clamp(min=1)
        if num_items_in_batch is not None:
            processes = self.accelerator.num_processes
            total = num_items_in_batch
            total = total / (processes if self.args.average_tokens_across_devices else 1)
        *others, last = self._in_step(inputs["passes"])
        seen = torch.zeros((), device=self.args.device)
        for one in others:
            with getattr(model, "no_sync", nullcontext)():
                loss = self._loss(model, one) / total
                if self.model.training:
                    self.accelerator.backward(loss)
            seen += loss.detach()
        return self._loss(model, last) / total + seen

    def _in_step(self, passes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the passes, and idle ones behind them until all shards have as many."""
        if not self.is_fsdp_enabled:
            return passes
        counts = self.accelerator.gather(torch.tensor([len(passes)], device=self.args.device))
        idle = {key: value.to(self.args.device) for key, value in self._idle.items()}
        return passes + [idle] * (int(counts.max()) - len(passes))

    def _loss(self, model: Any, one: dict[str, Any]) -> torch.Tensor:
        if isinstance(model, DistributedDataParallel):
            return within(model, self.pass_loss, one)
        return self.pass_loss(model, one)

    def pass_loss(self, model: Any, one: dict[str, Any]) -> torch.Tensor:
        """Return the summed loss of one pass."""
        raise NotImplementedError

    def gathered(self) -> Any:
        """Return the model; where it is in shards, the main process gets all weights of it."""
        if self.is_fsdp_enabled:
            state = self.accelerator.get_state_dict(self.model)
            if self.args.should_save:
                _fill(self.model, state)
        return self.model

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        self.accelerator.wait_for_everyone()
        # The last one gets no seal: the library would go on from it by one step too many.
        if self.args.should_save and self.state.global_step < self.state.max_steps:
            folder = Path(self.args.output_dir)
            seal(folder / f"checkpoint-{self.state.global_step}", self.rows_a_step)
            if self._kept:
                prune(folder, self._kept, self.state.best_model_checkpoint)


class CompletionTrainer(PassTrainer, SFTTrainer):  # type: ignore[misc]
    """An `SFTTrainer` whose loss costs only what the completions need."""

    def pass_loss(self, model: Any, one: dict[str, Any]) -> torch.Tensor:
        """Return the summed loss of one pass.

        The fused head knows nothing of an adapter's virtual tokens in front of the labels.
        """
        is_fused = one["input_ids"].is_cuda and not virtual_tokens(self.model)
        return pass_loss(model, one, is_fused=is_fused)


def is_sharded(args: Any) -> bool:
    """Say whether the processes hold shards of the model, by the options or the launcher."""
    return bool(args.fsdp) or os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"


def within(
    wrapper: DistributedDataParallel, work: Callable[[Any, Any], torch.Tensor], one: dict[str, Any]
) -> torch.Tensor:
    """Call `work` on the wrapped model as one forward pass of the wrapper.

    It must see one, however often the work calls the model, to know when gradients are ready.
    """
    model = wrapper.module
    forward = model.forward

    def once(one: dict[str, Any]) -> torch.Tensor:
        model.forward = forward
        return work(model, one)

    model.forward = once
    loss: torch.Tensor = wrapper(one)
    return loss


def _fill(model: Any, state: dict[str, torch.Tensor]) -> None:
    """Put whole tensors in place of the shards, the same one where several names share it."""
    whole: dict[Any, torch.nn.Parameter] = {}
    for name, shard in list(model.named_parameters(remove_duplicate=False)):
        if shard not in whole:
            whole[shard] = torch.nn.Parameter(state[name], requires_grad=shard.requires_grad)
        place, _, last = name.rpartition(".")
        setattr(model.get_submodule(place), last, whole[shard])
