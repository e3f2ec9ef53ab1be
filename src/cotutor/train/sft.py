"""Supervised fine-tuning of one arm on TRL's `SFTTrainer`.

Rows are tokenized and audited in `cotutor.train.rows` and put into passes in
`cotutor.train.batching`; the trainer prepares nothing. Training resumes from the last
checkpoint that was written to its end.
"""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import PrinterCallback, set_seed
from trl import SFTConfig

from cotutor.errors import GateError
from cotutor.format import training_format
from cotutor.models import load_model, quiet, save_student, writing
from cotutor.progress import Ticker
from cotutor.records import Example, Record, Student
from cotutor.store import write_records
from cotutor.train import Arm, SftSettings
from cotutor.train.adapters import attach
from cotutor.train.batching import Batching, check, costs_of, layouts_for, why_not_shared
from cotutor.train.callbacks import Steps
from cotutor.train.checkpoints import Marker, last_whole
from cotutor.train.layout import groups_of
from cotutor.train.options import trainer_config
from cotutor.train.rows import Audit, build_rows
from cotutor.train.trainer import CompletionTrainer

_SMALL = 20_000_000
"""Parameters below which the attention weights of a CPU batch surely fit into memory."""


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
        trainer.add_callback(Steps(ticker))
        trainer.train(resume_from_checkpoint=last_whole(checkpoints))
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
    model = attach(model, settings)
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
        callbacks=[Marker()],
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
