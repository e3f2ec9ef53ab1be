"""`cotutor compare`: the arms of two runs on the problems that both tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
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
    yield from map(difference, found.comparisons)
    for name, comparisons in found.also.items():
        yield f"{name} (evaluate.also):"
        yield from map(difference, comparisons)
    yield from read_as([*found.comparisons, *chain.from_iterable(found.also.values())])
    yield "settings that differ:" if found.differences else "no settings differ"
    for change in found.differences:
        yield f"  {change.key}: {' | '.join(_shown(change.a, change.b))}"


def tell_left_out(run: Finished, arms: Iterable[str]) -> None:
    """Say which arms are left out because a run has no verdicts of them."""
    from cotutor.progress import say

    for arm in arms:
        say(f"{arm} is left out: {run.folder} has no verdicts of it")


def read_as(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield the line that says how to read paired differences, where there are any."""
    if comparisons:
        yield READ_AS + (SHOWN_AS if any(c.detectable is not None for c in comparisons) else "")


def difference(one: Comparison) -> str:
    """Return a paired difference as a line."""
    from cotutor.report.headline import finding

    arms = " - ".join(dict.fromkeys(name.rpartition(":")[2] for name in (one.a, one.b)))
    told = f"{_points(one.difference)} points [{_points(one.low)}, {_points(one.high)}]"
    least = "" if one.detectable is None else f", could have shown {100 * one.detectable:.1f}"
    return f"{arms:28} {one.task:20} {told}  p = {one.p:.3g}  n = {one.n}{least}  {finding(one)}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _shown(*values: Any) -> list[str]:
    """Return values that differ, long ones from shortly before the place where they do."""
    texts = ["-" if value is None else str(value) for value in values]
    columns = enumerate(zip(*texts, strict=False))
    apart = next((at for at, letters in columns if len(set(letters)) > 1), 0)
    is_long = max(map(len, texts)) > LONGEST_VALUE
    start = max(0, apart - LONGEST_VALUE // 2) if is_long else 0
    return [_cut(f"…{text[start:]}" if start else text) for text in texts]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
