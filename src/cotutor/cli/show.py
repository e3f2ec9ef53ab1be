"""`cotutor show`: read the traces of a run, and the trees of its strategies, in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from cotutor.errors import DataError
    from cotutor.records import Problem
    from cotutor.store import read_records

    problems = {p.id: p for p in read_records(folder / "problems.jsonl", Problem)}
    if problem is not None:
        if problem not in problems:
            raise DataError(f"{folder} has no problem {problem!r}")
        for line in _all_of(folder, problems[problem], arm):
            typer.echo(line)
        return
    shown = 0
    for trace, verdict in _judged(folder / "eval" / arm if arm else folder):
        of = problems[verdict.problem_id]
        if task not in (None, of.task) or outcome not in (None, verdict.outcome):
            continue
        head = f"{of.task} {of.id} · {trace.generator} sample {trace.sample}"
        typer.echo(f"── {head}\n{of.question}\n\n{_text(trace)}\n\n{_found(verdict, of)}\n")
        shown += 1
        if shown == count:
            break
    typer.echo(f"{shown} shown" if shown else "no such trace")


def _all_of(folder: Path, problem: Problem, arm: str | None) -> Iterator[str]:
    """Yield a problem, and below it every attempt, and the tree of every strategy, of each arm."""
    yield f"── {problem.task} {problem.id}\n{problem.question}\n"
    evaluated = (path.parent for path in (folder / "eval").glob("*/verdicts.jsonl"))
    for source in [folder / "eval" / arm] if arm else [folder, *sorted(evaluated)]:
        for trace, verdict in _judged(source):
            if verdict.problem_id == problem.id:
                head = f"{trace.generator} sample {trace.sample}"
                yield f"── {head}\n{_text(trace)}\n\n{_found(verdict, problem)}\n"
        yield from _trees(source, problem)


def _trees(source: Path, problem: Problem) -> Iterator[str]:
    from cotutor.reason import Solution
    from cotutor.reason.drawing import draw
    from cotutor.records import Verdict
    from cotutor.stages import JUDGED, SOLUTIONS
    from cotutor.store import read_records

    judged = source / JUDGED
    verdicts = {v.trace_id: v for v in read_records(judged, Verdict)} if judged.exists() else {}
    for path in sorted((source / SOLUTIONS).glob("*.jsonl")) if verdicts else ():
        for one in read_records(path, Solution):
            if one.problem_id == problem.id:
                found = _found(verdicts[one.trace.id], problem)
                yield f"── {source.name} by {one.strategy}\n{draw(one)}\n\n{found}\n"


def _judged(source: Path) -> Iterator[tuple[Trace, Verdict]]:
    from cotutor.errors import DataError
    from cotutor.records import Trace, Verdict
    from cotutor.store import Journal, read_records

    if not (source / "verdicts.jsonl").exists():
        raise DataError(f"{source} holds no verdicts: no such arm, or it was not evaluated yet")
    traces = {t.id: t for t in Journal(source / "traces.jsonl").read(Trace)}
    for verdict in read_records(source / "verdicts.jsonl", Verdict):
        yield traces[verdict.trace_id], verdict


def _found(verdict: Verdict, problem: Problem) -> str:
    why = f" ({verdict.reason})" if verdict.reason else ""
    return f"→ {verdict.outcome}{why}: read {verdict.answer!r}, gold {problem.gold!r}"


def _text(trace: Trace) -> str:
    """Return model text without control characters, which a terminal would obey."""
    text = trace.completion or trace.error or ""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text).strip()
