"""`cotutor export`: the samples of a run in the shape of other tools."""

from pathlib import Path
from typing import Annotated

import typer

from cotutor.cli.compare import tell_left_out

TOOLS = ("lm-eval", "inspect")


def export(
    folder: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="A run directory.")],
    to: Annotated[str, typer.Option(help="lm-eval (samples_*.jsonl) or inspect (.eval logs).")],
    arm: Annotated[
        list[str] | None, typer.Option(help="Which arm (default: every one that was evaluated).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write (default: RUN_DIR/export/TOOL).")
    ] = None,
) -> None:
    """Write the attempts of a run's arms for other tools."""
    from cotutor.errors import ConfigError, DataError
    from cotutor.evaluate.finished import Finished
    from cotutor.export.attempts import attempts
    from cotutor.export.inspect_log import write_logs
    from cotutor.export.lm_eval import write_samples

    if to not in TOOLS:
        raise ConfigError(f"no tool {to!r} to export to; there are {', '.join(TOOLS)}")
    run = Finished.open(folder)
    arms = arm or run.arms
    if not arms:
        raise DataError(f"{folder}: no arm was evaluated yet")
    if not arm:
        tell_left_out(run, run.unjudged)
    found = {name: attempts(run, name) for name in arms}  # all are read before any is written
    for name, some in found.items():
        place = (out or folder / "export" / to) / name
        made = write_samples(some, place) if to == "lm-eval" else write_logs(run, name, some, place)
        for path in made:
            typer.echo(str(path))
