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

    if to not in TOOLS:
        raise ConfigError(f"no tool {to!r} to export to; there are {', '.join(TOOLS)}")
    if to == "inspect":
        from cotutor.export.inspect_log import write_logs as write
    else:
        from cotutor.export.lm_eval import write_samples as write
    run = Finished.open(folder)
    arms = arm or run.arms
    if not arms:
        raise DataError(f"{folder}: no arm was evaluated yet")
    if not arm:
        tell_left_out(run, run.unjudged)
    for name in arms:
        for path in write(run, name, (out or folder / "export" / to) / name):
            typer.echo(str(path))
