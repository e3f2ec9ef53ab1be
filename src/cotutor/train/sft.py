"""Supervised fine-tuning of one arm on TRL's `SFTTrainer`, full or LoRA.

Rows are tokenized and audited in `cotutor.train.rows`; the trainer prepares
nothing. A checkpoint counts only when its marker, written after all its
files, is there: training resumes from the last one that has it.
"""

import dataclasses
import difflib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import PrinterCallback, TrainerCallback, set_seed
from trl import SFTConfig

from cotutor.errors import ConfigError, GateError
from cotutor.format import training_format
from cotutor.models import load_model, quiet, save_student, writing
from cotutor.progress import Ticker
from cotutor.records import Example, Record, Student
from cotutor.store import write_records
from cotutor.train import Arm, SftSettings
from cotutor.train.batching import Batching, check, costs_of, layouts_for, why_not_shared
from cotutor.train.layout import groups_of
from cotutor.train.rows import Audit, build_rows
from cotutor.train.trainer import CompletionTrainer

_MARKER = "whole"
_SMALL = 20_000_000
"""Parameters below which the attention weights of a CPU batch surely fit into memory."""


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


class Training(Record):
    """What one training left.

    `seconds` are those of the process that finished it, `parameters` the
    trained ones, and `trained_tokens` those that the loss was taken on over
    all steps, from the mean length of the rows.
    """

    audit: Audit
    steps: int
    seconds: float
    losses: tuple[tuple[int, float], ...]
    parameters: int
    trained_tokens: int


def train_arm(
    arm: Arm,
    examples: Sequence[Example],
    settings: SftSettings,
    *,
    folder: Path,
    steps: int,
    seed: int,
) -> Training:
    """Fine-tune one student into `folder`, resuming from its last whole checkpoint.

    Raises:
        DataError: a row cannot be trained as it is (see `build_rows`).
        GateError: there is nothing to train on.
        BackendError: the base cannot be loaded, or weights cannot be written.

    """
    if not examples:
        raise GateError(f"arm {arm.name} has no training rows")
    began = time.monotonic()
    set_seed(seed)
    fmt = training_format(settings.format, reasoning=arm.reasoning == "traces")
    model, tokenizer = load_model(settings.base, revision=settings.revision)
    rows, audit = build_rows(examples, tokenizer, fmt, settings)
    checkpoints = folder / "checkpoints"
    options = trainer_config(settings, checkpoints, steps=steps, seed=seed)
    trainer = _trainer(model, tokenizer, rows, settings, options)
    student = Student(
        base=settings.base, revision=settings.revision, method=settings.method, format=fmt.name
    )
    with writing(folder), quiet(), Ticker(f"train {arm.name}", steps) as ticker:
        trainer.add_callback(_Steps(ticker))
        trainer.train(resume_from_checkpoint=_last_whole(checkpoints))
        save_student(folder, trainer.model, tokenizer, student)
    seen = steps * options.train_batch_size * options.gradient_accumulation_steps
    log = trainer.state.log_history
    training = Training(
        audit=audit,
        steps=steps,
        seconds=round(time.monotonic() - began, 1),
        losses=tuple((int(e["step"]), float(e["loss"])) for e in log if "loss" in e),
        parameters=sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
        trained_tokens=round(seen * audit.completion_tokens / audit.rows),
    )
    write_records(folder / "training.json", [training])
    shutil.rmtree(checkpoints, ignore_errors=True)
    return training


def _trainer(
    model: Any, tokenizer: Any, rows: list[dict[str, Any]], settings: SftSettings, args: SFTConfig
) -> CompletionTrainer:
    if model.device.type == "cpu" and model.num_parameters() < _SMALL:
        model.set_attn_implementation("eager")  # off the GPU its backward is faster than SDPA's
    if settings.method == "lora":
        model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **settings.lora))
    batching = _batching(model, tokenizer, rows, settings, args)
    check(model, groups_of(rows[: args.train_batch_size]), batching)
    trainer = CompletionTrainer(
        rows=rows,
        batching=batching,
        together=settings.together,
        model=model,
        args=args,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[_Marker()],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _batching(
    model: Any, tokenizer: Any, rows: list[dict[str, Any]], settings: SftSettings, args: SFTConfig
) -> Batching:
    is_checkpointed = args.activation_checkpointing
    longest = max(len(row["input_ids"]) for row in rows)
    reason = why_not_shared(model, longest=longest)
    layouts = layouts_for(settings.layout, reason, is_checkpointed=is_checkpointed)
    pad = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    return Batching(costs_of(model), layouts, settings.pass_tokens, pad)


def _last_whole(checkpoints: Path) -> str | None:
    """Return the newest checkpoint that was written to its end; remove what was not."""
    found = sorted(checkpoints.glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1]))
    whole = [folder for folder in found if (folder / _MARKER).exists()]
    for folder in set(found) - set(whole):
        shutil.rmtree(folder)
    return str(whole[-1]) if whole else None


class _Marker(TrainerCallback):  # type: ignore[misc]
    """Marks a checkpoint whole after all its files are written."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        (Path(args.output_dir) / f"checkpoint-{state.global_step}" / _MARKER).touch()


class _Steps(TrainerCallback):  # type: ignore[misc]
    """Shows the optimizer steps and the last logged loss."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._loss = ""

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._ticker.advance(self._loss)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if logs and "loss" in logs:
            self._loss = f"loss {float(logs['loss']):.3f}"
