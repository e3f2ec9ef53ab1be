"""`cotutor compare`: the arms of two runs on the problems that both tested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cotutor.evaluate.runs import Pairing
    from cotutor.records import Comparison

LONGEST_VALUE = 60


def compare(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="A run directory.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="Another one.")],
    arms: Annotated[
        list[str] | None,
        typer.Option("--arms", metavar="A:B", help="Which arms (default: those of equal name)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Compare two runs: RUN_A minus RUN_B, paired by problem, and the settings that differ."""
    from cotutor.evaluate.finished import Finished
    from cotutor.evaluate.runs import compare_runs

    pairs = [_pair(text) for text in arms] if arms else None
    found = compare_runs(Finished.open(run_a), Finished.open(run_b), pairs)
    typer.echo(found.model_dump_json(indent=1) if as_json else "\n".join(_lines(found)))


def _pair(text: str) -> tuple[str, str]:
    from cotutor.errors import ConfigError

    a, colon, b = text.partition(":")
    if not (a and colon and b):
        raise ConfigError(f"--arms {text!r} is not of the form A:B")
    return a, b


def _lines(found: Pairing) -> Iterator[str]:
    yield f"{found.shared} tested problems in common"
    if found.only_a or found.only_b:
        yield f"left out: {found.only_a} of {found.a} alone, {found.only_b} of {found.b} alone"
    yield from map(difference, found.comparisons)
    yield "settings that differ:" if found.differences else "no settings differ"
    for change in found.differences:
        yield f"  {change.key}: {_shown(change.a)} | {_shown(change.b)}"


def difference(one: Comparison) -> str:
    """Return a paired difference as a line."""
    arms = " - ".join(dict.fromkeys(name.rpartition(":")[2] for name in (one.a, one.b)))
    told = f"{_points(one.difference)} points [{_points(one.low)}, {_points(one.high)}]"
    least = "" if one.detectable is None else f", shows {100 * one.detectable:.1f} or more"
    return f"{arms:28} {one.task:20} {told}  p = {one.p:.3g}  n = {one.n}{least}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _shown(value: Any) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
