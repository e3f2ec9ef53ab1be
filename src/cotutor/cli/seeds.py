"""`cotutor seeds`: the students of runs that differ in their seed, over their trainings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cotutor.cli.compare import differences, tell_left_out

if TYPE_CHECKING:
    from cotutor.evaluate.runs import Pool


def seeds(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run directories.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Take runs of several seeds together: how another training would do, on other problems."""
    from cotutor.evaluate.finished import Finished
    from cotutor.evaluate.runs import pool_runs

    opened = [Finished.open(run) for run in runs]
    for run in opened:
        tell_left_out(run, [arm for arm in run.unjudged if arm in run.students])
    found = pool_runs(opened)
    typer.echo(found.model_dump_json(indent=1) if as_json else "\n".join(_lines(found)))


def _lines(found: Pool) -> Iterator[str]:
    seeds = ", ".join(map(str, found.seeds))
    yield f"{found.shared} problems of which all runs scored an answer, seeds {seeds}"
    if found.left_out:
        yield f"left out: {found.left_out} that not all did"
    if found.settings:
        yield f"settings that differ: {', '.join(found.settings)}"
    for one in found.arms:
        yield f"{one.arm:28} {one.task:20} {one}"
    yield from differences(found.comparisons)
