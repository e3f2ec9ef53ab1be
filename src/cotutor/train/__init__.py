"""Training: one file per way of training. The settings stand here, free of torch."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cotutor.records import Method


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

    `trainer` goes to TRL's `SFTConfig` as written, and `adapter` to the configuration
    of the `method`: peft's `LoraConfig` for lora, dora and qlora (which adapt all linear
    layers, and qlora a base in 4 bits on a GPU), `PrefixTuningConfig`,
    `PromptTuningConfig` (20 virtual tokens both), `IA3Config`, or for bottleneck
    adapters `placement` (pfeiffer or houlsby), `reduction_factor` (16), `activation`
    and `target_modules`. The learning rate, where `trainer` does not give it, is 3e-4 for
    full, 5e-4 for the LoRAs, 1e-3 for bottleneck, 1e-2 for prefix and ia3, and 3e-2 for
    prompt. All arms take the same number of optimizer steps, that of the arm
    with the most rows, unless `equal_steps` is false. With `one_per_task` an arm
    is one student per task, as in the paper, instead of one for all. A row longer
    than `max_length` tokens stops the run; with `on_long: drop` it is dropped and
    counted, with `truncate-prompt` its prompt is cut from the left, and counted.

    `seed` shapes the order of the rows, dropout and the first weights of adapters, and nothing
    else: runs that differ in it alone test the same problems (null: the run's `seed`).

    Where there are validation problems, a student is held against them every
    `trainer.eval_steps` steps: the loss on rows of its own kind, and the accuracy
    on up to `validation_problems` of them.

    Up to `together` rows of one prompt meet in a batch, and the prompt is run
    once for them where that is cheaper and exact (`layout: auto`); a batch is
    worked off in passes of at most `pass_tokens` tokens. `attention` is the
    implementation in transformers; `auto` is the library's, and eager for small models on a CPU.
    `flex_attention` skips what nobody sees in a tree or a pack, and needs a GPU.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = "embedded"
    revision: str | None = None
    method: Method = "full"
    format: Literal["paper", "paper-t5", "plain", "chat"] = "plain"
    max_length: int = Field(default=1024, ge=8)
    on_long: Literal["error", "drop", "truncate-prompt"] = "error"
    equal_steps: bool = True
    one_per_task: bool = False
    layout: Literal["auto", "padded", "packed", "branches", "tree"] = "auto"
    together: int = Field(default=4, ge=1)
    pass_tokens: int = Field(default=16384, ge=1)
    attention: Literal["auto", "eager", "sdpa", "flex_attention"] = "auto"
    validation_problems: int = Field(default=64, ge=0)
    adapter: dict[str, Any] = {}
    trainer: dict[str, Any] = {}
    seed: int | None = Field(default=None, ge=0)
