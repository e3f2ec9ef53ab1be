"""The report of a run: records and manifests become one `Report`."""

import platform
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import file_digest
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import IO, Any

from cotutor.assemble.counts import counts
from cotutor.assemble.made import manifest, trainings
from cotutor.assemble.measures import curves, measures
from cotutor.assemble.reading import side_by_side
from cotutor.assemble.strategies import spent
from cotutor.evaluate import PROMPTING
from cotutor.evaluate.accuracy import Judged, chance, compare, rows
from cotutor.evaluate.accuracy import measures as sampled
from cotutor.evaluate.dimensions import dimensions
from cotutor.evaluate.retention import losses
from cotutor.evaluate.slices import by_source, slices
from cotutor.records import Comparison
from cotutor.report import terminal_table, write_report
from cotutor.report.model import (
    Absent,
    Arm,
    Measure,
    Report,
    Row,
    Slice,
    Spent,
    Teacher,
    Training,
)
from cotutor.stages import Run, probes, rated, reasoned, retained
from cotutor.stages.calibrating import known
from cotutor.stages.exemplars import FEW_SHOT
from cotutor.stages.run import examples_path
from cotutor.store import read_json
from cotutor.train import Arm as ArmSettings

_PACKAGES = ("torch", "transformers", "trl", "peft")


def report(run: Run) -> dict[str, Any]:
    """Write `report.json` and `report.html`."""
    write_report(run.folder, build(run))
    return {}


def show_table(folder: Path, stream: IO[str]) -> None:
    """Print the table of a finished run and say where its page is."""
    from rich.console import Console

    made = Report.model_validate(read_json(folder / "report.json"))
    console = Console(file=stream)
    console.print(terminal_table(made))
    console.print(f"report: {folder / 'report.html'}", soft_wrap=True, highlight=False)


def build(run: Run) -> Report:
    """Return the whole report of a run whose stages are done."""
    names = _evaluated(run)
    judged = {name: run.judged(name) for name in names}
    limit = run.config.evaluate.max_unscored
    found = [row for name in names for row in rows(name, run.by_id, judged[name], limit)]
    absent = tuple(row for row in found if isinstance(row, Absent))
    if "random" in run.config.evaluate.compare:
        found += chance(run.tested)
    more = tuple(_measured(run, judged))
    shown = tuple(side_by_side(run, judged))
    probed = {arm.name: probes(run, arm.name) for arm in run.config.students}
    return Report(
        name=run.config.name,
        created=datetime.now(UTC),
        cotutor_version=version("cotutor"),
        command=shlex.join(["cotutor", *sys.argv[1:]]),
        seconds=_seconds(run),
        config=run.config.resolved(),
        arms=tuple(_arms(run)),
        rows=tuple(row for row in found if isinstance(row, Row)),
        absent=absent,
        comparisons=tuple(_comparisons(run, judged, {(row.arm, row.task) for row in absent})),
        measures=more,
        slices=tuple(_slices(run)),
        strategies=tuple(_strategies(run)),
        curves=tuple(c for arm, some in probed.items() for c in curves(arm, run.by_id, some)),
        calibration=known(),
        trainings=tuple(_training(run, arm) for arm in run.config.students),
        teacher=_teacher(run),
        counts=tuple(counts(run, judged)),
        side_by_side=shown,
        left_out=len(run.tested) - len(shown),
        split=run.config.evaluate.split,
        warnings=(
            *run.warnings,
            *manifest(run, "examples")["contamination"]["warnings"],
            *manifest(run, f"evaluate/{FEW_SHOT}").get("warnings", ()),
            *_lost(run, more),
            *_twins(run),
        ),
        environment={"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}},
    )


def _measured(run: Run, judged: Mapping[str, Sequence[Judged]]) -> Iterator[Measure]:
    """Yield what is measured of every arm beside its accuracy."""
    if (retention := run.config.evaluate.retention) is not None:
        for arm in run.config.students:
            yield from retained(run, arm, retention)
    limit = run.config.evaluate.max_unscored
    for name, some in judged.items():
        yield from sampled(name, run.by_id, some, limit, run.config.verify)
        yield from measures(name, run.by_id, some, probes(run, name))
        yield from dimensions(name, run.by_id, some)
        if run.config.evaluate.rubric:
            yield from rated(run, name)


def _slices(run: Run) -> Iterator[Slice]:
    """Yield every arm's accuracy by steps, length and wording, and that on each set asked also."""
    also = {name: {p.id for p in some} for name, some in run.also.items()}
    sources = {"tested": {p.id for p in run.tested}, **also}
    for name in _evaluated(run):
        yield from slices(name, run.by_id, run.judged(name), run.train)
        judged = run.all_judged(name) if also else []
        for of, ids in also.items():
            some = [pair for pair in judged if pair[0].problem_id in ids]
            yield from slices(name, run.by_id, some, run.train, of)
        yield from by_source(name, run.by_id, judged, sources)


def _strategies(run: Run) -> Iterator[Spent]:
    for arm in run.config.students:
        yield from spent(arm.name, run.by_id, reasoned(run, arm.name))


def _lost(run: Run, measures: Sequence[Measure]) -> Iterator[str]:
    if run.config.evaluate.retention is not None:
        yield from manifest(run, "retention")["warnings"]
        yield from losses(measures)


def _twins(run: Run) -> Iterator[str]:
    """Yield a sentence for every two arms whose rows are the same: all else is, too."""
    rows = {arm.name: _digest(examples_path(run, arm)) for arm in run.config.students}
    for a, b in combinations(rows, 2):
        if rows[a] == rows[b]:
            yield (
                f"{a} and {b} trained on the same rows with the same settings: they are one"
                " student twice, and a comparison of them shows nothing"
            )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _evaluated(run: Run) -> list[str]:
    students = [arm.name for arm in run.config.students]
    return students + [name for name in run.config.evaluate.compare if name != "random"]


def _arms(run: Run) -> Iterator[Arm]:
    for arm in run.config.students:
        yield Arm(name=arm.name, kind="student", samples=run.config.traces(arm))
    for name in run.config.evaluate.compare:
        if name in PROMPTING:
            yield Arm(name=name, kind="prompting")
        else:
            yield Arm(name=name, kind="teacher" if name == "teacher" else "chance")


def _comparisons(
    run: Run, judged: Mapping[str, Sequence[Judged]], absent: set[tuple[str, str]]
) -> Iterator[Comparison]:
    """Yield every pair of students, later arm minus earlier, then students against prompting.

    The pair of the last arm and the first leads: it is the one the headline tells.
    """
    students = [arm.name for arm in run.config.students]
    pairs = [(b, a) for at, a in enumerate(students) for b in reversed(students[at + 1 :])]
    prompting = [name for name in run.config.evaluate.compare if name in PROMPTING]
    pairs += [(student, name) for student in students for name in prompting]
    for a, b in pairs:
        for found in compare(a, b, run.by_id, judged):
            if not {(a, found.task), (b, found.task)} & absent:
                yield found


def _seconds(run: Run) -> float:
    found = (read_json(path) for path in sorted((run.folder / "manifests").glob("*.json")))
    seconds: list[float] = [m.get("counts", {}).get("seconds", 0.0) for m in found]
    return sum(seconds)


def _training(run: Run, arm: ArmSettings) -> Training:
    made = trainings(run, arm)
    return Training(
        arm=arm.name,
        examples=sum(one["audit"]["rows"] for one in made),
        problems=sum(one["audit"]["problems"] for one in made),
        tokens=sum(one["trained_tokens"] for one in made),
        steps=sum(one["steps"] for one in made),
        seconds=sum(one["seconds"] for one in made),
        losses=tuple(_mean_losses([one["losses"] for one in made])),
        validation=tuple(_mean_losses([_validation(one) for one in made])),
    )


def _validation(made: dict[str, Any]) -> list[tuple[int, float]]:
    return [(step, loss) for step, loss, _ in made["validation"] if loss is not None]


def _mean_losses(curves: Sequence[Sequence[tuple[int, float]]]) -> Iterator[tuple[int, float]]:
    """Yield the losses by step; the mean over an arm's students where all logged one."""
    logged = [dict(curve) for curve in curves]
    for step in sorted(set.intersection(*map(set, logged))):
        yield step, mean(losses[step] for losses in logged)


def _teacher(run: Run) -> Teacher:
    collected, curated = manifest(run, "collect"), manifest(run, "curate")
    return Teacher(
        name=collected["generator"],
        traces=collected["traces"],
        correct=curated["correct"],
        kept=curated["kept"],
        failed=sum(collected["failed"].values()),
        prompt_tokens=collected["prompt_tokens"],
        completion_tokens=collected["completion_tokens"],
        cost=collected["cost"],
        seconds=collected["seconds"],
    )
