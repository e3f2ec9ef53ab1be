"""What the training stages do: audit the rows, and fine-tune the students of every arm."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cotutor.errors import DataError, GateError
from cotutor.format import training_format
from cotutor.progress import say
from cotutor.records import Example, digest
from cotutor.report.model import ALL
from cotutor.stages.run import Run, by_task, decoding, examples_path
from cotutor.store import read_records
from cotutor.train import Arm, SftSettings

if TYPE_CHECKING:
    from cotutor.train.layout import Row

_WHOLE = ("student.json", "training.json")


def audit_rows(run: Run) -> dict[str, Any]:
    """Tokenize every arm's examples and tell what becomes of them, before any training.

    Raises:
        DataError: a row cannot be trained as it is, or is longer than what the base can read.
        GateError: a student has no row to train on.
        BackendError: what is trained could not be decoded here.

    """
    from cotutor.generate.lines import check_decodable
    from cotutor.models import empty_model, load_config, load_tokenizer
    from cotutor.train.rows import audit_table, build_rows

    settings = run.config.sft
    tokenizer = load_tokenizer(settings.base, revision=settings.revision)
    config = load_config(settings.base, revision=settings.revision)
    check_decodable(empty_model(config))
    is_pair = config.is_encoder_decoder
    audits, longest, empty = {}, {}, []
    for arm in run.config.students:
        fmt = training_format(settings.format, reasoning=arm.reasoning == "traces")
        for task in dict.fromkeys((ALL, *students(run, arm))):
            examples = list(rows_of(run, arm, task))
            rows, audit = build_rows(examples, tokenizer, fmt, settings, is_pair=is_pair)
            if task == ALL:
                audits[arm.name], longest[arm.name] = audit, _longest(rows, is_pair=is_pair)
            if not rows:
                empty.append(f"arm {arm.name}" + (f", task {task}," * (task != ALL)))
    for line in audit_table(audits):
        say(line)
    if empty:
        raise GateError(f"{empty[0]} has no training rows")
    _check_context(settings, config, longest)
    return {"rows": {name: audit.model_dump() for name, audit in audits.items()}}


def _longest(rows: "Sequence[Row]", *, is_pair: bool) -> int:
    """Return the most tokens that a model reads at once: of an encoder and a decoder, each."""
    from cotutor.train.estimate import lengths

    return max((max(both) if is_pair else sum(both) for both in map(lengths, rows)), default=0)


def _check_context(settings: SftSettings, config: Any, longest: Mapping[str, int]) -> None:
    """Refuse rows for which the base, behind the virtual tokens of the method, has no place."""
    from cotutor.models import context
    from cotutor.train.adapters import virtual_tokens

    most, virtual = context(config), virtual_tokens(settings)
    for name, length in longest.items():
        if most is not None and length > most - virtual:
            what = "prompt or completion" if config.is_encoder_decoder else "training row"
            behind = f" behind {virtual} virtual ones" if virtual else ""
            raise DataError(
                f"the longest {what} of arm {name} has {length} tokens, and {settings.base} reads "
                f"{most - virtual}{behind}: set sft.max_length to that"
            )


def training_settings(run: Run) -> dict[str, Any]:
    """Return what shapes every training beside its rows and the weights of the base."""
    settings = run.config.sft.model_dump(mode="json", exclude={"seed"})
    held = digest([p.model_dump() for p in run.validation]) if run.validation else None
    return {"sft": settings, "seed": run.config.training_seed, "validation": held}


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
                seed=run.config.training_seed,
                watch=watch(arm, held, run.config, decoding(run, fmt.name)),
            )  # fmt: skip
    return {"steps": steps}


def rows_of(run: Run, arm: Arm, task: str) -> Iterator[Example]:
    """Yield an arm's examples of one task, or of all."""
    for example in read_records(examples_path(run, arm), Example):
        if task in (ALL, run.by_id[example.problem_id].task):
            yield example
