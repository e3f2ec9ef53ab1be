"""The trainer's options: our defaults, what the run file says, and what is ours to set."""

import dataclasses
import difflib
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from trl import SFTConfig

from cotutor.errors import ConfigError
from cotutor.train import SftSettings


def check_trainer(settings: SftSettings) -> None:
    """Check the pass-through options before anything expensive has begun.

    Raises:
        ConfigError: a key that `SFTConfig` or `LoraConfig` does not know, or a refused value.

    """
    _check_keys("sft.trainer", settings.trainer, SFTConfig)
    _check_keys("sft.lora", settings.lora, LoraConfig)
    trainer_config(settings, Path("unused"), steps=1, seed=0)


def _check_keys(where: str, given: dict[str, Any], known: type) -> None:
    names = [field.name for field in dataclasses.fields(known) if field.init]
    for key in given:
        if key not in names:
            near = difflib.get_close_matches(key, names, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{where} has no option {key!r}{hint}")


def trainer_config(settings: SftSettings, folder: Path, *, steps: int, seed: int) -> SFTConfig:
    """Return the trainer's options: our defaults, then what the run file says, then what is ours.

    Raises:
        ConfigError: the trainer refuses a value.

    """
    is_lora = settings.method == "lora"
    options: dict[str, Any] = {
        "learning_rate": 2e-4 if is_lora else 3e-4,
        "per_device_train_batch_size": 8,
        "lr_scheduler_type": "constant",
        "activation_checkpointing": settings.trainer.get("gradient_checkpointing", False),
        "bf16": _has_bf16(),
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "remove_unused_columns": False,
        "save_steps": max(50, steps // 4),
        "save_total_limit": 2,
        "logging_steps": max(1, steps // 50),
        "report_to": "none",
    }
    ours: dict[str, Any] = {
        "output_dir": str(folder),
        "max_steps": steps,
        "seed": seed,
        "max_length": None,
        "dataset_kwargs": {"skip_prepare_dataset": True},
        "disable_tqdm": True,
        "push_to_hub": False,
    }
    for key in settings.trainer.keys() & ours.keys() - {"max_steps"}:
        raise ConfigError(f"sft.trainer.{key} is set by cotutor and cannot be given")
    try:
        return SFTConfig(**(options | settings.trainer | ours))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"sft.trainer: {error}") from error


def _has_bf16() -> bool:
    """Say whether the hardware multiplies bfloat16 fast; elsewhere training is in float32."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16"))


def steps_for(rows: int, settings: SftSettings) -> int:
    """Return the optimizer steps that the settings ask for with that many rows."""
    trainer = settings.trainer
    if trainer.get("max_steps", -1) > 0:
        return int(trainer["max_steps"])
    batch = int(trainer.get("per_device_train_batch_size", 8))
    batch *= int(trainer.get("gradient_accumulation_steps", 1))
    epochs = float(trainer.get("num_train_epochs", 3))
    return max(1, round(-(-rows // batch) * epochs))
