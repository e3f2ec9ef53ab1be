"""`cotutor compare`: the arms of two runs on the problems that both tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cotutor.evaluate.finished import Finished
    from cotutor.evaluate.runs import Pairing
    from cotutor.records import Comparison

LONGEST_VALUE = 60
READ_AS = (
    "better or worse: the interval excludes 0 and p < 0.05 (they come from two methods, which may"
    " disagree at the edge), not corrected for the number of comparisons; else unclear"
)
SHOWN_AS = "; could have shown: the smallest difference found with 80 % power, in points"


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
    a, b = Finished.open(run_a), Finished.open(run_b)
    if pairs is None:
        for run in (a, b):
            tell_left_out(run, run.unjudged)
    found = compare_runs(a, b, pairs)
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
    yield from differences(found.comparisons)
    yield "settings that differ:" if found.differences else "no settings differ"
    for change in found.differences:
        yield f"  {change.key}: {_shown(change.a)} | {_shown(change.b)}"


def tell_left_out(run: Finished, arms: Iterable[str]) -> None:
    """Say which arms are left out because a run has no verdicts of them."""
    from cotutor.progress import say

    for arm in arms:
        say(f"{arm} is left out: {run.folder} has no verdicts of it")


def differences(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield paired differences as lines, and a last one that says how to read them."""
    yield from map(_difference, comparisons)
    if comparisons:
        yield READ_AS + (SHOWN_AS if any(c.detectable is not None for c in comparisons) else "")


def _difference(one: Comparison) -> str:
    from cotutor.report.headline import finding

    arms = " - ".join(dict.fromkeys(name.rpartition(":")[2] for name in (one.a, one.b)))
    told = f"{_points(one.difference)} points [{_points(one.low)}, {_points(one.high)}]"
    least = "" if one.detectable is None else f", could have shown {100 * one.detectable:.1f}"
    return f"{arms:28} {one.task:20} {told}  p = {one.p:.3g}  n = {one.n}{least}  {finding(one)}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _shown(value: Any) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
