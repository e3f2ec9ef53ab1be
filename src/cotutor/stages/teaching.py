"""What the stages up to the training rows do: problems, traces, curation, examples."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from cotutor.collect import collect
from cotutor.curate import Scorer, Tally, answer_examples, cot_examples, curate
from cotutor.curate.files import by_problem, writing
from cotutor.curate.settings import SCORED
from cotutor.errors import GateError
from cotutor.format import format_named, training_format
from cotutor.problems import contamination, gate_contamination
from cotutor.progress import track
from cotutor.records import Example, Trace
from cotutor.stages.exemplars import check_exemplars
from cotutor.stages.run import Run, examples_path, trace_counts
from cotutor.store import read_records, write_records
from cotutor.teachers import by_teacher, open_teacher
from cotutor.train import Arm
from cotutor.verify import decide


def write_problems(run: Run) -> dict[str, Any]:
    """Write the problems with their roles."""
    write_records(run.folder / "problems.jsonl", (*run.train, *run.asked))
    return {"train": len(run.train), run.config.evaluate.split: len(run.tested)}


def collect_traces(run: Run) -> dict[str, Any]:
    """Ask the teacher for its traces of the training problems."""
    teacher = open_teacher(run.config, run.folder)
    samples = run.config.teacher.samples
    journal = run.journal("traces.jsonl")
    traces = collect(run.train, teacher, journal, samples=samples, what="collect traces")
    teachers = {name: trace_counts(some) for name, some in by_teacher(traces).items()}
    return trace_counts(traces) | {"tally": teacher.tally(), "teachers": teachers}


def curate_traces(run: Run) -> dict[str, Any]:
    """Judge the training traces; keep what may be learnt from, and the rejects with reasons."""
    settings = run.config.curate
    groups = by_problem(run.folder / "traces.jsonl", run.train, run.config.teacher.samples)
    groups = track(groups, "curate traces", len(run.train))
    names = ("verdicts.jsonl", "rejected.jsonl", "kept.jsonl")
    judge = partial(decide, settings=run.config.verify, steps=settings.checks_steps)
    tally = Tally()
    with writing(*(run.folder / name for name in names)) as (verdicts, rejected, kept):
        for made in curate(groups, settings, judge, *_scorers(run)):
            verdicts(made.verdicts)
            rejected(made.rejects)
            kept(made.kept)
            tally.add(made)
    if not tally.kept:
        listed = ", ".join(f"{reason} {count}" for reason, count in tally.rejected.most_common())
        raise GateError(
            f"curation kept none of {tally.traces} traces: {listed} ({'; '.join(_marks(run))})"
        )
    return tally.counts()


def _marks(run: Run) -> Iterator[str]:
    """Say of each format of the traces where an answer is looked for."""
    traces = read_records(run.folder / "traces.jsonl", Trace)
    for name in dict.fromkeys(trace.format for trace in traces):
        mark = format_named(name).mark
        behind = "is all that is written" if mark is None else f"stands behind {mark.strip()!r}"
        yield f"in format {name} the answer {behind}"


def _scorers(run: Run) -> tuple[Scorer | None, Scorer | None]:
    """Return what ranks traces for the student's base, and what says which ones it answers from.

    None where curation does not ask for it.
    """
    settings, sft = run.config.curate, run.config.sft
    if not settings.asks_base:
        return None, None
    from cotutor.curate.score import SCORES, Base, reaches
    from cotutor.models import load_model

    model, tokenizer = load_model(sft.base, revision=sft.revision)
    judge = partial(decide, settings=run.config.verify)
    base = Base(model, tokenizer, training_format(sft.format, reasoning=True), judge)
    score = partial(SCORES[settings.select], base) if settings.select in SCORED else None
    return score, partial(reaches, base) if "needed" in settings.filters else None


def write_examples(run: Run) -> dict[str, Any]:
    """Write the training rows of every arm as text.

    Raises:
        ConfigError: a few-shot strategy is to show a task of which no trace was kept.

    """
    shown = {run.by_id[trace.problem_id].task for trace in run.kept()}
    check_exemplars(run.config, run.tested, shown, why="curation kept no trace of")
    counts: dict[str, Any] = {}
    for arm in run.config.students:
        counts[arm.name] = write_records(examples_path(run, arm), _examples(run, arm))
    return counts | {"contamination": _contamination(run)}


def _contamination(run: Run) -> dict[str, Any]:
    """Stop where training rows hold tested problems; count what a published split has of it."""
    paths = (examples_path(run, arm) for arm in run.config.students)
    rows = (row for path in paths for row in read_records(path, Example))
    found = contamination(rows, run.train, run.tested, run.config.contamination)
    return found.counts() | {"warnings": gate_contamination(found, run.config.contamination)}


def _examples(run: Run, arm: Arm) -> list[Example]:
    fmt = training_format(run.config.sft.format, reasoning=arm.reasoning == "traces")
    if arm.reasoning == "none":
        return answer_examples(run.train, fmt)
    return cot_examples(run.by_id, run.kept(), fmt, arm.samples)
