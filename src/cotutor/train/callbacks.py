"""What a person sees while a student is trained."""

from typing import Any

from transformers import TrainerCallback

from cotutor.progress import Ticker


class Steps(TrainerCallback):  # type: ignore[misc]
    """Shows the optimizer steps and the last logged loss."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._loss = ""

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Advance the bar."""
        self._ticker.advance(self._loss)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Remember the loss."""
        if logs and "loss" in logs:
            self._loss = f"loss {float(logs['loss']):.3f}"
