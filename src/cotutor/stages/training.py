"""What the training stages do: audit the rows, and fine-tune the students of every arm."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cotutor.errors import DataError, GateError
from cotutor.format import training_format
from cotutor.progress import say
from cotutor.records import Example
from cotutor.report.model import ALL
from cotutor.stages.run import Run, by_task, decoding, examples_path
from cotutor.store import read_records
from cotutor.train import Arm

_WHOLE = ("student.json", "training.json")


def audit_rows(run: Run) -> dict[str, Any]:
    """Tokenize every arm's examples and tell what becomes of them, before any training.

    Raises:
        DataError: a row cannot be trained as it is, or is longer than what the base can read.
        GateError: an arm has no row to train on.

    """
    from cotutor.models import load_config, load_tokenizer
    from cotutor.train.rows import audit_table, build_rows

    settings = run.config.sft
    tokenizer = load_tokenizer(settings.base, revision=settings.revision)
    config = load_config(settings.base, revision=settings.revision)
    audits = {}
    for arm in run.config.students:
        examples = list(read_records(examples_path(run, arm), Example))
        fmt = training_format(settings.format, reasoning=arm.reasoning == "traces")
        is_pair = config.is_encoder_decoder
        _, audits[arm.name] = build_rows(examples, tokenizer, fmt, settings, is_pair=is_pair)
    for line in audit_table(audits):
        say(line)
    context = getattr(config.get_text_config(), "max_position_embeddings", None)
    for name, audit in audits.items():
        if not audit.rows:
            raise GateError(f"arm {name} has no training rows")
        if context is not None and audit.longest > context:
            raise DataError(
                f"the longest training row of arm {name} has {audit.longest} tokens, and "
                f"{settings.base} reads {context}: set sft.max_length to that"
            )
    return {"rows": {name: audit.model_dump() for name, audit in audits.items()}}


def students(run: Run, arm: Arm) -> dict[str, Path]:
    """Return the folder of each student of an arm by its task; `all` is one for all tasks."""
    folder = run.folder / "sft" / arm.name
    if not run.config.sft.one_per_task:
        return {ALL: folder}
    return {task: folder / task for task in by_task(run.train)}


def student_files(run: Run, arm: Arm) -> tuple[str, ...]:
    """Return the files in the run directory by which an arm's students are known to be whole.

    Their weights are not among them: who has no more use for these may remove them.
    """
    places = (folder.relative_to(run.folder) for folder in students(run, arm).values())
    return tuple(f"{place.as_posix()}/{name}" for place in places for name in _WHOLE)


def fine_tune(run: Run, arm: Arm) -> dict[str, Any]:
    """Fine-tune the students of one arm; those that are whole already stay."""
    from cotutor.train.options import steps_for
    from cotutor.train.sft import train_arm
    from cotutor.watch import watch

    settings = run.config.sft
    arms = run.config.students if settings.equal_steps else (arm,)
    steps: dict[str, int] = {}
    for task, folder in students(run, arm).items():
        rows = {a.name: list(rows_of(run, a, task)) for a in arms}
        steps[task] = steps_for(max(map(len, rows.values())), settings)
        if not all((folder / name).exists() for name in _WHOLE):
            held = [p for p in run.validation if task in (ALL, p.task)]
            fmt = training_format(settings.format, reasoning=arm.reasoning == "traces")
            train_arm(
                arm, rows[arm.name], settings, folder=folder, steps=steps[task],
                seed=run.config.seed, watch=watch(arm, held, run.config, decoding(run, fmt.name)),
            )  # fmt: skip
    return {"steps": steps}


def rows_of(run: Run, arm: Arm, task: str) -> Iterator[Example]:
    """Yield an arm's examples of one task, or of all."""
    for example in read_records(examples_path(run, arm), Example):
        if task in (ALL, run.by_id[example.problem_id].task):
            yield example
