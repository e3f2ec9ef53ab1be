"""Supervised fine-tuning of one arm on TRL's `SFTTrainer`, or on transformers' `Seq2SeqTrainer`.

Rows are tokenized and audited in `cotutor.train.rows` and put into passes in
`cotutor.train.batching`; the trainer prepares nothing. Training resumes from the last
checkpoint that was written to its end.
"""

import shutil
import time
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, set_seed
from trl import SFTConfig

from cotutor.errors import ConfigError, GateError
from cotutor.format import training_format
from cotutor.models import load_model, quiet, save_student, why_not_shared, writing
from cotutor.progress import Ticker
from cotutor.ranks import from_main, is_main
from cotutor.records import Example, Record, Student
from cotutor.store import write_records
from cotutor.train import Arm, SftSettings
from cotutor.train.adapters import attach
from cotutor.train.batching import Batching, costs_of, layouts_for
from cotutor.train.callbacks import Steps, settle_trackers
from cotutor.train.checkpoints import last_whole
from cotutor.train.estimate import Shape, lengths, mean_flops, peak_flops
from cotutor.train.exactness import exact
from cotutor.train.options import TrackedConfig, trainer_config
from cotutor.train.rows import Audit, build_rows
from cotutor.train.seq2seq import PairConfig, PairTrainer
from cotutor.train.trainer import PassTrainer, is_sharded
from cotutor.train.validation import UNWATCHED, ValidatedTrainer, Watch

SMALL = 20_000_000
"""Parameters below which the attention weights of a CPU batch surely fit into memory."""


class Training(Record):
    """What one training left.

    `seconds` are those of the process that finished it, `parameters` the
    trained ones, and `trained_tokens` those that the loss was taken on over
    all steps, from the mean length of the rows. `validation` are step, loss and
    accuracy on the validation problems, and `validation_audit` is of their rows.
    """

    audit: Audit
    steps: int
    seconds: float
    losses: tuple[tuple[int, float], ...]
    validation: tuple[tuple[int, float | None, float | None], ...]
    validation_audit: Audit
    parameters: int
    trained_tokens: int


def train_arm(  # noqa: PLR0913 - what is trained, where and how long, and who watches
    arm: Arm,
    examples: Sequence[Example],
    settings: SftSettings,
    *,
    folder: Path,
    steps: int,
    seed: int,
    watch: Watch = UNWATCHED,
) -> Training:
    """Fine-tune one student into `folder`, resuming from its last whole checkpoint.

    Raises:
        DataError: a row cannot be trained as it is (see `build_rows`).
        GateError: there is nothing to train on, or training diverged.
        BackendError: the base cannot be loaded, a named layout is not exact, or writing fails.

    """
    began = time.monotonic()
    set_seed(seed)
    fmt = training_format(settings.format, reasoning=arm.reasoning == "traces")
    model, tokenizer = load_model(settings.base, revision=settings.revision)
    is_pair = model.config.is_encoder_decoder
    rows, audit = build_rows(examples, tokenizer, fmt, settings, is_pair=is_pair)
    if not rows:
        raise GateError(f"arm {arm.name} has no training rows")
    held, held_audit = build_rows(watch.examples, tokenizer, fmt, settings, is_pair=is_pair)
    checkpoints = folder / "checkpoints"
    options = trainer_config(
        settings, checkpoints, steps=steps, seed=seed, is_validated=watch.validation is not None,
        kind=PairConfig if is_pair else TrackedConfig,
    )  # fmt: skip
    trainer = _trainer(
        model, tokenizer, rows, settings, options,
        validation=watch.validation, validation_rows=held,
    )  # fmt: skip
    settle_trackers(trainer, folder / "tensorboard", watch)
    student = Student(
        base=settings.base, revision=settings.revision, method=settings.method, format=fmt.name
    )
    with writing(folder), quiet(), Ticker(f"train {arm.name}", steps) as ticker:
        trainer.add_callback(_steps(trainer, rows, ticker))
        last = from_main(lambda: last_whole(checkpoints, trainer.rows_a_step))
        trainer.train(resume_from_checkpoint=last)
        model = _finished(trainer, arm)
        if is_main():
            save_student(folder, model, tokenizer, student)
    training = Training(
        audit=audit,
        steps=steps,
        seconds=round(time.monotonic() - began, 1),
        losses=tuple(_losses(trainer)),
        validation=tuple(_logged(trainer, "eval_loss", "eval_accuracy")),
        validation_audit=held_audit,
        parameters=sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
        trained_tokens=round(steps * trainer.rows_a_step * audit.completion_tokens / audit.rows),
    )
    if is_main():
        write_records(folder / "training.json", [training])
        shutil.rmtree(checkpoints, ignore_errors=True)
    return training


def _finished(trainer: PassTrainer, arm: Arm) -> Any:
    """Return the trained model, by the main process looked through.

    Raises:
        GateError: a trained parameter is not finite.

    """
    model = trainer.gathered()
    trained = (p for p in model.parameters() if p.requires_grad)
    if is_main() and not all(bool(p.isfinite().all()) for p in trained):
        raise GateError(
            f"the training of arm {arm.name} diverged: after {trainer.state.global_step} steps its "
            "weights are not finite; lower sft.trainer.learning_rate"
        )
    return model


def _steps(trainer: PassTrainer, rows: list[dict[str, Any]], ticker: Ticker) -> Steps:
    """Return what shows the steps, and the rates that follow from the rows."""
    seen = [lengths(row) for row in rows]
    tokens = sum(completion for _, completion in seen) / len(seen)
    flops = mean_flops(Shape.of(trainer.model), seen)
    peak = peak_flops(torch.cuda.get_device_name()) if torch.cuda.is_available() else None
    count = trainer.rows_a_step
    return Steps(ticker, count * tokens, count * flops, peak and peak * trainer.args.world_size)


def _logged(trainer: PassTrainer, *keys: str) -> Iterator[tuple[Any, ...]]:
    """Yield step and values of what was logged under any of the keys."""
    for entry in trainer.state.log_history:
        if any(key in entry for key in keys):
            yield int(entry["step"]), *(entry.get(key) for key in keys)


def _losses(trainer: PassTrainer) -> Iterator[tuple[int, float]]:
    """Yield step and loss, without those that overflowed, as a batch in float16 may."""
    for step, loss in _logged(trainer, "loss"):
        if loss is not None and isfinite(loss):
            yield step, loss


def _trainer(
    model: Any,
    tokenizer: Any,
    rows: list[dict[str, Any]],
    settings: SftSettings,
    args: SFTConfig,
    **held: Any,
) -> PassTrainer:
    model.set_attn_implementation(_attention(model, settings.attention))
    model = attach(model, settings)
    batching = _batching(model, tokenizer, rows, settings, args)
    kind = PairTrainer if model.config.is_encoder_decoder else ValidatedTrainer
    if kind is ValidatedTrainer:
        batching = exact(model, rows, batching, wanted=settings.layout)
    trainer = kind(
        rows=rows,
        batching=batching,
        together=settings.together,
        model=model,
        args=args,
        processing_class=tokenizer,
        **held,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _attention(model: Any, wanted: str) -> str:
    """Return the attention to train with.

    Raises:
        ConfigError: FlexAttention is asked for off the GPU, where it has no backward pass.

    """
    on_cpu = model.device.type == "cpu"
    if wanted == "flex_attention" and on_cpu:
        raise ConfigError("sft.attention flex_attention needs a GPU: on a CPU it cannot train")
    if wanted != "auto":
        return wanted
    # On a CPU its backward is faster than SDPA's.
    is_small = on_cpu and model.num_parameters() < SMALL
    return "eager" if is_small else str(model.config._attn_implementation)


def _batching(
    model: Any, tokenizer: Any, rows: list[dict[str, Any]], settings: SftSettings, args: SFTConfig
) -> Batching:
    is_checkpointed = args.activation_checkpointing
    longest = max(len(row["input_ids"]) for row in rows)
    reason = why_not_shared(model, longest)
    is_pair = model.config.is_encoder_decoder
    layouts = layouts_for(
        settings.layout, reason,
        is_checkpointed=is_checkpointed, is_pair=is_pair, is_sharded=is_sharded(args),
    )  # fmt: skip
    pad = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    return Batching(costs_of(model), layouts, settings.pass_tokens, pad)
