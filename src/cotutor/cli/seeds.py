"""`cotutor seeds`: the students of runs that differ in their seed, over their trainings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cotutor.cli.compare import difference, read_as, tell_left_out

if TYPE_CHECKING:
    from cotutor.evaluate.runs import Pool, Pooled


def seeds(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run directories.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Take runs of several seeds together: how another training would do, on other problems.

    The runs test the same problems: those of files, or, with one `seed`, those that it draws.
    `--set sft.seed=1` trains otherwise and draws the same.
    """
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
    yield from _students(found)
    for name, pooled in found.also.items():
        yield f"{name} (evaluate.also), {pooled.shared} problems:"
        yield from _students(pooled)
    of_sets = (pooled.comparisons for pooled in found.also.values())
    yield from read_as([*found.comparisons, *chain.from_iterable(of_sets)])


def _students(found: Pooled) -> Iterator[str]:
    for one in found.arms:
        yield f"{one.arm:28} {one.task:20} {one}"
    yield from map(difference, found.comparisons)
