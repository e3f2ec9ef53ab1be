"""The trainer's options: our defaults, what the run file says, and what is ours to set."""

import dataclasses
import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_type_hints

import torch
from pydantic import ConfigDict, Field, ValidationError, create_model
from trl import SFTConfig

from cotutor.errors import ConfigError
from cotutor.ranks import count
from cotutor.train import SftSettings
from cotutor.train.adapters import check_method, configuration, learning_rate, option_names

TRACKERS = ("tensorboard", "trackio", "wandb", "mlflow")
_VALIDATION = ("eval_steps", "eval_strategy", "load_best_model_at_end", "metric_for_best_model")

_ABOVE_0, _NOT_BELOW_0, _NOT_BELOW_1 = {"gt": 0}, {"ge": 0}, {"ge": 1}
_BOUNDS: dict[str, dict[str, Any]] = {  # outside of these training would fail when it begins
    "learning_rate": _NOT_BELOW_0, "weight_decay": _NOT_BELOW_0, "adam_epsilon": _NOT_BELOW_0,
    "adam_beta1": {"ge": 0, "lt": 1}, "adam_beta2": {"ge": 0, "lt": 1},
    "num_train_epochs": _ABOVE_0, "max_steps": {"ge": -1},
    "save_steps": _ABOVE_0, "eval_steps": _ABOVE_0, "logging_steps": _ABOVE_0,
    "save_total_limit": _NOT_BELOW_0, "gradient_accumulation_steps": _NOT_BELOW_1,
    "per_device_train_batch_size": _NOT_BELOW_1, "per_device_eval_batch_size": _NOT_BELOW_1,
    "dataloader_num_workers": _NOT_BELOW_0,
    "r": _NOT_BELOW_1, "lora_dropout": {"ge": 0, "le": 1}, "num_virtual_tokens": _NOT_BELOW_1,
}  # fmt: skip
_OWN_LOSS = "the loss is the mean over all completion tokens"
_OWN_PASSES = "rows go together as sft.layout says"
_OWN_ORDER = "rows come in an order of their own, which sft.seed shapes"
_OWN_ROWS = "rows are written and encoded before the trainer has them"
_UNHEEDED = {  # what the trainer would take and we, in its place, would not look at
    "label_smoothing_factor": _OWN_LOSS, "loss_type": _OWN_LOSS, "completion_only_loss": _OWN_LOSS,
    "assistant_only_loss": _OWN_LOSS, "router_aux_loss_coef": _OWN_LOSS,
    "packing": _OWN_PASSES, "packing_strategy": _OWN_PASSES, "eval_packing": _OWN_PASSES,
    "padding_free": _OWN_PASSES, "pad_to_multiple_of": _OWN_PASSES,
    "data_seed": _OWN_ORDER, "shuffle_dataset": _OWN_ORDER, "train_sampling_strategy": _OWN_ORDER,
    "length_column_name": _OWN_ORDER, "dataloader_drop_last": "every row is trained in every epoch",
    "dataset_text_field": _OWN_ROWS, "dataset_num_proc": _OWN_ROWS, "truncation_mode": _OWN_ROWS,
    "chat_template_path": _OWN_ROWS, "eos_token": _OWN_ROWS, "pad_token": _OWN_ROWS,
    "model_init_kwargs": "the base is loaded before the trainer has it",
}  # fmt: skip
# Their libraries take more than they declare.
_TYPED_WRONGLY = ("fsdp", "init_lora_weights", "lora_alpha")


@dataclass
class TrackedConfig(SFTConfig):  # type: ignore[misc]
    """Options that hand the run's resolved configuration to a tracker beside themselves."""

    run_config: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return all options, and the run's configuration under `cotutor/`."""
        options: dict[str, Any] = super().to_dict()
        config = options.pop("run_config") or {}
        return options | {f"cotutor/{key}": value for key, value in _flat(config)}


def _flat(config: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and values: trackers show and compare nothing nested."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value if isinstance(value, str | int | float) else str(value)


def check_trainer(settings: SftSettings, *, is_validated: bool = True) -> None:
    """Check the pass-through options before anything expensive has begun.

    Args:
        settings: how students are fine-tuned.
        is_validated: whether there are validation problems.

    Raises:
        ConfigError: a key that `SFTConfig` or the method's configuration does not know or that
            would not be heeded, a value of the wrong type or out of bounds, a tracker that is
            not installed, or validation without problems.

    """
    method = settings.method
    options = [field.name for field in dataclasses.fields(SFTConfig) if field.init]
    _check_keys("sft.trainer", settings.trainer, options)
    _check_keys(f"sft.adapter of {method}", settings.adapter, option_names(method))
    for key, reason in _UNHEEDED.items():
        if key in settings.trainer:
            raise ConfigError(f"sft.trainer.{key} cannot be given: {reason}")
    _check_values("sft.trainer", settings.trainer, SFTConfig)
    if settings.adapter:
        _check_values("sft.adapter", settings.adapter, configuration(method))
    check_method(settings)
    _check_trackers(settings.trainer.get("report_to") or "none")
    for key in _VALIDATION:
        if settings.trainer.get(key) and not is_validated:
            raise ConfigError(f"sft.trainer.{key} needs validation problems: problems.validation")
    trainer_config(settings, Path("unused"), steps=1, seed=0, is_validated=is_validated)


def _check_trackers(wanted: str | list[str]) -> None:
    for name in [wanted] if isinstance(wanted, str) else wanted:
        if name not in (*TRACKERS, "none"):
            raise ConfigError(
                f"sft.trainer.report_to knows no {name!r}; there are {', '.join(TRACKERS)}"
            )
        if name != "none" and find_spec(name) is None:
            raise ConfigError(
                f"sft.trainer.report_to: {name} is not installed (pip install {name})"
            )


def _check_keys(where: str, given: dict[str, Any], names: Sequence[str]) -> None:
    for key in given:
        if key not in names:
            near = difflib.get_close_matches(key, names, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{where} has no option {key!r}{hint}")


def _check_values(where: str, given: dict[str, Any], kind: type) -> None:
    """Hold options against the types that a dataclass declares, and against `_BOUNDS`."""
    types = get_type_hints(kind)
    unset = {f.name for f in dataclasses.fields(kind) if f.default is None}
    checked = {
        key: value
        for key, value in given.items()
        if key not in _TYPED_WRONGLY and not (value is None and key in unset)
    }
    fields: Any = {key: (types[key], Field(**_BOUNDS.get(key, {}))) for key in checked}
    how = ConfigDict(strict=True, arbitrary_types_allowed=True, protected_namespaces=())
    try:
        create_model("Options", __config__=how, **fields).model_validate_json(
            json.dumps(checked, default=str)
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(f"{where}.{first['loc'][0]}: {first['msg']}") from error


def trainer_config(
    settings: SftSettings,
    folder: Path,
    *,
    steps: int,
    seed: int,
    is_validated: bool = False,
    kind: type[TrackedConfig] = TrackedConfig,
) -> TrackedConfig:
    """Return the trainer's options: our defaults, then what the run file says, then what is ours.

    With validation, the student is held against it as often as it is saved.

    Raises:
        ConfigError: the trainer refuses a value.

    """
    every = settings.trainer.get("save_steps", min(steps, max(50, steps // 4)))
    options: dict[str, Any] = {
        "learning_rate": learning_rate(settings.method),
        "per_device_train_batch_size": 8,
        "lr_scheduler_type": "constant",
        "activation_checkpointing": settings.trainer.get("gradient_checkpointing", False),
        "bf16": _has_bf16(),
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "ddp_find_unused_parameters": False,
        "ddp_broadcast_buffers": False,
        "remove_unused_columns": False,
        "save_steps": every,
        "eval_strategy": "steps" if is_validated else "no",
        "eval_steps": every,
        "save_total_limit": 2,
        "logging_steps": max(1, steps // 50),
        "report_to": "none",
        "project": "cotutor",
    }
    ours: dict[str, Any] = {
        "output_dir": str(folder),
        "max_steps": steps,
        "seed": seed,
        "max_length": None,
        "dataset_kwargs": {"skip_prepare_dataset": True},
        "disable_tqdm": True,
        "save_only_model": False,
        "ignore_data_skip": False,
        "push_to_hub": False,
        "logging_nan_inf_filter": False,  # it tells a loss of 0 where there is none
    }
    for key in settings.trainer.keys() & ours.keys() - {"max_steps"}:
        raise ConfigError(f"sft.trainer.{key} is set by cotutor and cannot be given")
    try:
        return kind(**(options | settings.trainer | ours))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"sft.trainer: {error}") from error


def _has_bf16() -> bool:
    """Say whether the hardware multiplies bfloat16 fast; elsewhere training is in float32."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16"))


def steps_for(rows: int, settings: SftSettings) -> int:
    """Return the optimizer steps that the settings ask for with that many rows.

    A step takes a batch of every process that is launched.
    """
    trainer = settings.trainer
    if trainer.get("max_steps", -1) > 0:
        return int(trainer["max_steps"])
    batch = int(trainer.get("per_device_train_batch_size", 8))
    batch *= int(trainer.get("gradient_accumulation_steps", 1)) * count()
    epochs = float(trainer.get("num_train_epochs", 3))
    return max(1, round(-(-rows // batch) * epochs))
