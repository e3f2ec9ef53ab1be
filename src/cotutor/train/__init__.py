"""Training: one file per way of training. The settings stand here, free of torch."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Arm(BaseModel):
    """One student of the comparison.

    `reasoning: none` trains on the gold answers alone (vanilla fine-tuning);
    otherwise on up to `samples` curated traces per problem.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    reasoning: Literal["none", "traces"] = "traces"
    samples: int = Field(default=1, ge=1)


class SftSettings(BaseModel):
    """How every arm is fine-tuned.

    `trainer` goes to TRL's `SFTConfig` and `lora` to peft's `LoraConfig` as
    written. All arms take the same number of optimizer steps, that of the arm
    with the most rows, unless `equal_steps` is false. With `one_per_task` an arm
    is one student per task, as in the paper, instead of one for all. A row longer
    than `max_length` tokens stops the run, or is dropped and counted with
    `on_long: drop`.

    Up to `together` rows of one prompt meet in a batch, and the prompt is run
    once for them where that is cheaper and exact (`layout: auto`); a batch is
    worked off in passes of at most `pass_tokens` tokens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = "embedded"
    revision: str | None = None
    method: Literal["full", "lora"] = "full"
    format: Literal["paper", "plain", "chat"] = "plain"
    max_length: int = Field(default=1024, ge=8)
    on_long: Literal["error", "drop"] = "error"
    equal_steps: bool = True
    one_per_task: bool = False
    layout: Literal["auto", "padded", "packed", "branches", "tree"] = "auto"
    together: int = Field(default=4, ge=1)
    pass_tokens: int = Field(default=16384, ge=1)
    lora: dict[str, Any] = {}
    trainer: dict[str, Any] = {}
