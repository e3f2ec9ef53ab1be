"""What a person sees while a student is trained, on the terminal and in a tracker."""

import resource
import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback
from transformers.integrations import TensorBoardCallback

from cotutor.progress import Ticker
from cotutor.train.validation import Watch


class Steps(TrainerCallback):  # type: ignore[misc]
    """Shows optimizer steps, completion tokens per second, MFU, memory, and the last losses.

    Time spent on validation does not count towards the rates.

    Args:
        ticker: the bar.
        tokens: the completion tokens of a step, in the mean.
        flops: the floating-point operations of a step, rows taken plainly.
        peak: those that the devices can do in a second; None where that is not known.

    """

    def __init__(self, ticker: Ticker, tokens: float, flops: float, peak: float | None) -> None:
        self._ticker, self._tokens, self._flops, self._peak = ticker, tokens, flops, peak
        self._losses: dict[str, str] = {}
        self._steps = 0
        self._began = self._last = time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock, and the bar where an earlier process has stopped."""
        self._ticker.resume(state.global_step)
        self._began = self._last = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Advance the bar."""
        self._steps += 1
        self._last = time.monotonic()
        self._ticker.advance(", ".join(self._told(self._steps / (self._last - self._began))))

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Take the time since the last step off the clock."""
        now = time.monotonic()
        self._began += now - self._last
        self._last = now

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Remember the losses and the accuracy."""
        for key, (text, times) in _SHOWN.items():
            if logs and key in logs:
                self._losses[key] = text.format(times * float(logs[key]))

    def _told(self, steps: float) -> list[str]:
        """Return what is told at so many steps a second."""
        told = [f"{_short(steps * self._tokens)} tokens/s"]
        if self._peak is not None:
            told.append(f"MFU {100 * steps * self._flops / self._peak:.0f} %")
        return [*told, f"{memory() / 1e9:.1f} GB", *self._losses.values()]


_SHOWN = {
    "loss": ("loss {:.3f}", 1),
    "eval_loss": ("validation {:.3f}", 1),
    "eval_accuracy": ("accuracy {:.0f} %", 100),
}


def _short(count: float) -> str:
    return f"{count:,.0f}" if count < 10_000 else f"{count / 1000:,.0f}k"


def memory() -> float:
    """Return the most bytes held so far: allocated on a GPU, resident where there is none."""
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated())
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def settle_trackers(trainer: Any, folder: Path, watch: Watch) -> None:
    """Give trackers a name and the run's configuration, TensorBoard a folder, wandb an end."""
    trainer.args.run_name, trainer.args.run_config = watch.name, watch.config
    for callback in trainer.callback_handler.callbacks:
        if isinstance(callback, TensorBoardCallback) and callback.logging_dir is None:
            callback.logging_dir = str(folder)
    trainer.add_callback(_Finish())


class _Finish(TrainerCallback):  # type: ignore[misc]
    """Ends the run in wandb, which would give the next arm's training to the same run."""

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        wandb = sys.modules.get("wandb")
        if wandb is not None and wandb.run is not None:
            wandb.finish()
