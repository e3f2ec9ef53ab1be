"""`cotutor show`: read the traces of a run, and the trees of its strategies, in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cotutor.records import Problem, Trace, Verdict


def show(
    folder: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="A run directory.")],
    problem: Annotated[
        str | None,
        typer.Argument(metavar="PROBLEM", help="Everything on this problem, by its id."),
    ] = None,
    arm: Annotated[
        str | None,
        typer.Option(help="A student or baseline (default: the teacher's training traces)."),
    ] = None,
    task: Annotated[str | None, typer.Option(help="Only this task.")] = None,
    outcome: Annotated[
        str | None, typer.Option(help="Only correct, incorrect or unscored traces.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many traces.")] = 5,
) -> None:
    """Show traces of a run: question, completion, and what the verifier found.

    Of one PROBLEM all arms are shown, and every branch of their strategies as a tree.
    """
    from cotutor.errors import ConfigError, DataError
    from cotutor.records import Outcome, Problem
    from cotutor.report.words import visible  # a terminal would obey control characters
    from cotutor.store import read_records

    if outcome not in (None, *get_args(Outcome)):
        raise ConfigError(f"no outcome {outcome!r}; there are {', '.join(get_args(Outcome))}")
    problems = {p.id: p for p in read_records(folder / "problems.jsonl", Problem)}
    tasks = sorted({p.task for p in problems.values()})
    if task not in (None, *tasks):
        raise ConfigError(f"{folder} has no task {task!r}; there are {', '.join(tasks)}")
    if problem is not None:
        if problem not in problems:
            raise DataError(f"{folder} has no problem {problem!r}")
        for line in _all_of(folder, problems[problem], arm):
            typer.echo(visible(line))
        return
    shown = 0
    for trace, verdict in _judged(folder, arm):
        of = problems[verdict.problem_id]
        if task not in (None, of.task) or outcome not in (None, verdict.outcome):
            continue
        head = f"{of.task} {of.id} · {trace.generator} sample {trace.sample}"
        told = f"── {head}\n{of.question}\n\n{_text(trace)}\n\n{_found(verdict, of)}\n"
        typer.echo(visible(told))
        shown += 1
        if shown == count:
            break
    typer.echo(f"{shown} shown" if shown else "no such trace")


def _all_of(folder: Path, problem: Problem, arm: str | None) -> Iterator[str]:
    """Yield a problem, and below it every attempt, and the tree of every strategy, of each arm."""
    yield f"── {problem.task} {problem.id}\n{problem.question}\n"
    evaluated = (path.parent.name for path in (folder / "eval").glob("*/verdicts.jsonl"))
    for name in [arm] if arm else [None, *sorted(evaluated)]:
        for trace, verdict in _judged(folder, name):
            if verdict.problem_id == problem.id:
                head = f"{trace.generator} sample {trace.sample}"
                yield f"── {head}\n{_text(trace)}\n\n{_found(verdict, problem)}\n"
        if name is not None:
            yield from _trees(folder, name, problem)


def _trees(folder: Path, arm: str, problem: Problem) -> Iterator[str]:
    from cotutor.evaluate.finished import check_current
    from cotutor.reason import Solution
    from cotutor.reason.drawing import draw
    from cotutor.records import Verdict
    from cotutor.stages import JUDGED, SOLUTIONS
    from cotutor.store import read_records

    source = folder / "eval" / arm
    if not (source / JUDGED).exists():
        return
    check_current(folder, f"reason/{arm}")
    verdicts = {verdict.trace_id: verdict for verdict in read_records(source / JUDGED, Verdict)}
    for path in sorted((source / SOLUTIONS).glob("*.jsonl")):
        for one in read_records(path, Solution):
            if one.problem_id == problem.id:
                found = _found(verdicts[one.trace.id], problem)
                yield f"── {arm} by {one.strategy}\n{draw(one)}\n\n{found}\n"


def _judged(folder: Path, arm: str | None) -> list[tuple[Trace, Verdict]]:
    """Return an arm's traces with their verdicts, without one the teacher's."""
    from cotutor.errors import DataError
    from cotutor.evaluate.finished import check_current, read_judged

    source = folder / "eval" / arm if arm else folder
    if not (source / "verdicts.jsonl").exists():
        raise DataError(f"{source} holds no verdicts: no such arm, or it was not evaluated yet")
    check_current(folder, f"evaluate/{arm}" if arm else "curate")
    return read_judged(source)


def _found(verdict: Verdict, problem: Problem) -> str:
    why = f" ({verdict.reason})" if verdict.reason else ""
    return f"→ {verdict.outcome}{why}: read {verdict.answer!r}, gold {problem.gold!r}"


def _text(trace: Trace) -> str:
    return (trace.completion or trace.error or "").strip()
