"""What the retention stages do: base and students are asked alike what the base knew.

A student is also asked problems of its own training, which tells overfitting.

    retention/before/known.jsonl
    retention/after/<arm>/known.jsonl, training/, validation/
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cotutor.collect import collect
from cotutor.errors import DataError
from cotutor.evaluate.finished import read_judged
from cotutor.evaluate.overfitting import drawn, overfitting
from cotutor.evaluate.retention import (
    Known,
    RetentionSettings,
    averaged,
    flagged,
    retention,
)
from cotutor.generate import Generator
from cotutor.problems import load, overlap
from cotutor.records import Problem, Trace, digest
from cotutor.report.model import ALL, Measure
from cotutor.stages.run import Run, base_content, decoding, judging
from cotutor.stages.training import students
from cotutor.store import Journal, read_records, write_records
from cotutor.train import Arm
from cotutor.verify import decide

_DECODING = ("split", "samples", "temperature", "max_tokens", "answer_max_tokens", "batch_size")
_ROLES = ("training", "validation")
_Sets = Mapping[str, Sequence[Problem]]


def retention_settings(run: Run, settings: RetentionSettings) -> dict[str, Any]:
    """Return all that shapes what the stages find: settings, decoding, base, and files' content.

    Raises:
        DataError: a set or the text cannot be read.
        ConfigError: a task's file is missing.
        BackendError: tasks are named, and lm_eval is not installed.

    """
    config = run.config.resolved()
    sft = {key: config["sft"][key] for key in ("base", "revision")}
    decoding = {key: config["evaluate"][key] for key in _DECODING}
    asked = settings.model_dump(mode="json", exclude={"margin", "text_margin"})
    shared = {"seed": config["seed"], **judging(run)}
    content = {"content": _content(run, settings), "weights": base_content(run)}
    return asked | sft | decoding | shared | content


def _content(run: Run, settings: RetentionSettings) -> str:
    """Return a digest of the sets, the text and the tasks' files."""
    from cotutor.evaluate.harness import check_harness, is_file
    from cotutor.evaluate.knowledge import read_text, reference_text

    check_harness(settings.tasks)
    sets, _ = _sets(run, settings)
    text = reference_text(settings, run.config.sft.base)
    files = [Path(task).read_text(encoding="utf-8") for task in settings.tasks if is_file(task)]
    problems = {name: [p.model_dump() for p in some] for name, some in sets.items()}
    return digest(problems, text and read_text(text), files)


def known_files(run: Run, arm: Arm | None) -> tuple[str, ...]:
    """Return the files that the stage of an arm, or without one of the base, leaves in the run."""
    if arm is None:
        return ("retention/before/known.jsonl",)
    folder = f"retention/after/{arm.name}"
    parts = [f"{role}/{part}.jsonl" for role in _ROLES for part in ("traces", "verdicts")]
    return f"{folder}/known.jsonl", *(f"{folder}/{part}" for part in parts)


def load_tasks(run: Run) -> None:
    """Load what the harness needs of the tasks, before any training: they may be out of reach.

    Raises:
        BackendError: lm_eval is not installed, or cannot have their documents.
        ConfigError: there is no such task.

    """
    from cotutor.evaluate import harness

    chosen = run.config.evaluate.retention
    harness.load_tasks(() if chosen is None else chosen.tasks)


def know_base(run: Run, settings: RetentionSettings) -> dict[str, Any]:
    """Ask the base, before any training."""
    from cotutor.models import load_model

    sets, warnings = _sets(run, settings)
    model, tokenizer = load_model(run.config.sft.base, revision=run.config.sft.revision)
    known = list(_known(run, settings, sets, model, tokenizer))
    write_records(_before(run) / "known.jsonl", known)
    return {"sets": len(known), "warnings": warnings}


def know_student(run: Run, arm: Arm, settings: RetentionSettings) -> dict[str, Any]:
    """Ask the students of one arm what the base was asked, and problems that it was trained on.

    Those are asked as the tested problems are, sample for sample.
    """
    from cotutor.generate.local import LocalGenerator
    from cotutor.models import load_student

    sets, _ = _sets(run, settings)
    each: list[list[Known]] = []
    attempts: dict[str, list[Trace]] = {role: [] for role in _ROLES}
    for task, folder in students(run, arm).items():
        model, tokenizer, student = load_student(folder)
        each.append(list(_known(run, settings, sets, model, tokenizer)))
        generator = LocalGenerator(model, tokenizer, decoding(run, student.format), name=arm.name)
        for role, traces in attempts.items():
            problems = [p for p in _drawn(run, settings, role) if task in (ALL, p.task)]
            traces += _attempt(run, arm, role, generator, problems)
    write_records(_after(run, arm) / "known.jsonl", averaged(each))
    for role, traces in attempts.items():
        by_id = {problem.id: problem for problem in _drawn(run, settings, role)}
        judged = [decide(by_id[t.problem_id], t, run.config.verify) for t in traces]
        write_records(_after(run, arm) / role / "verdicts.jsonl", judged)
    return {"sets": len(each[0]), **{role: len(traces) for role, traces in attempts.items()}}


def retained(run: Run, arm: Arm, settings: RetentionSettings) -> list[Measure]:
    """Return the retention and overfitting of an arm whose stages are done."""
    before, after = (
        list(read_records(folder / "known.jsonl", Known))
        for folder in (_before(run), _after(run, arm))
    )
    attempts = {role: read_judged(_after(run, arm) / role) for role in _ROLES}
    found = retention(arm.name, before, after)
    tested = run.judged(arm.name)
    found += overfitting(arm.name, run.by_id, run.train, tested=tested, **attempts)
    return flagged(found, settings)


def _before(run: Run) -> Path:
    return run.folder / "retention" / "before"


def _after(run: Run, arm: Arm) -> Path:
    return run.folder / "retention" / "after" / arm.name


def _sets(run: Run, settings: RetentionSettings) -> tuple[_Sets, list[str]]:
    """Load the problem sets, and say what they share with the training problems.

    Raises:
        DataError: a set cannot be read, or holds a question of the training problems.

    """
    sets: dict[str, Sequence[Problem]] = {}
    warnings: list[str] = []
    for name, source in settings.sets.items():
        try:
            sets[name] = load(source, seed=run.config.seed)
            shared = overlap(run.train, sets[name]).sentences()
        except DataError as error:
            raise DataError(f"evaluate.retention.sets.{name}: {error}") from error
        warnings += [f"retention set {name}: {sentence}" for sentence in shared]
    return sets, warnings


def _known(
    run: Run, settings: RetentionSettings, sets: _Sets, model: Any, tokenizer: Any
) -> Iterator[Known]:
    """Yield what a model knows: skills, sets, text, tasks."""
    from cotutor.evaluate import knowledge
    from cotutor.evaluate.harness import harness
    from cotutor.generate.local import LocalGenerator, LocalWriter

    size, seed = run.config.evaluate.batch_size, run.config.seed
    writer = LocalWriter(model, tokenizer, name="retention", batch_size=size)
    yield from knowledge.skills(writer, count=settings.skills, seed=seed)
    generator = LocalGenerator(model, tokenizer, decoding(run, settings.format), name="retention")
    judge = partial(decide, settings=run.config.verify)
    yield from knowledge.problem_sets(generator, sets, judge)
    if (text := knowledge.reference_text(settings, run.config.sft.base)) is not None:
        read = knowledge.read_text(text)
        yield knowledge.likelihood(model, tokenizer, read, settings, name=text.name)
    yield from harness(model, tokenizer, settings.tasks, limit=settings.task_limit, batch_size=size)


def _drawn(run: Run, settings: RetentionSettings, role: str) -> list[Problem]:
    problems = run.train if role == "training" else run.validation
    is_tested = role == "validation" and run.config.evaluate.split == "validation"
    return [] if is_tested else drawn(problems, run.tested, settings.training_problems)


def _attempt(
    run: Run, arm: Arm, role: str, generator: Generator, problems: Sequence[Problem]
) -> list[Trace]:
    journal = Journal(_after(run, arm) / role / "traces.jsonl")
    journal.append(())  # so that it is there, too, where nothing is asked
    samples = run.config.evaluate.samples
    return collect(problems, generator, journal, samples=samples, what=f"{arm.name} on {role}")
