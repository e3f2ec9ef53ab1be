"""`cotutor run` and the single stages: all the way, or up to the stage named."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cotutor.config import RunConfig

RunFile = Annotated[
    Path | None,
    typer.Argument(metavar="RUN.yaml", help="The run file; without one, the demonstration."),
]
Directory = Annotated[
    Path | None, typer.Option("--dir", help="The run directory (default: runs/<name>).")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the run file."),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Redo the stages whose settings have changed.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done and what it takes, and stop.")
]
Price = Annotated[
    float | None,
    typer.Option(min=0, help="Money per hour of this machine, for --dry-run."),
]
Calibrate = Annotated[
    bool,
    typer.Option(
        "--calibrate",
        help="Train students of known faithfulness, once, say which probes can tell, and stop.",
    ),
]

WHOLE = "Run the whole way: collect, curate, fine-tune, evaluate, report."
STAGES = {
    "collect": "Collect the teacher's traces, and stop there.",
    "curate": "Judge the traces and keep what may be learnt from, and stop there.",
    "sft": "Fine-tune the students, and stop there.",
    "report": "Write the report of a run, doing first what is still missing.",
}


def command_until(stage: str | None) -> Callable[..., None]:
    """Return the command that runs up to one stage, or the whole way."""

    def command(
        run_file: RunFile = None,
        directory: Directory = None,
        overrides: Overrides = None,
        overwrite: Overwrite = False,
        dry_run: DryRun = False,
        price: Price = None,
    ) -> None:
        config, folder = _loaded(run_file, directory, overrides)
        from cotutor import pipeline  # after a mistake in the run file has been told

        if not dry_run:
            pipeline.execute(config, folder, until=stage, overwrite=overwrite)
            return
        for line in pipeline.dry_run(config, folder, until=stage, price=price):
            typer.echo(line)

    return command


def evaluate(  # noqa: PLR0913, PLR0917 - each is an option of the command
    run_file: RunFile = None,
    directory: Directory = None,
    overrides: Overrides = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
    price: Price = None,
    calibrate: Calibrate = False,
) -> None:
    """Evaluate students and baselines on the problems set apart, and stop there."""
    if calibrate:
        _calibrate(_loaded(run_file, directory, overrides)[0])
    else:
        command_until("evaluate")(run_file, directory, overrides, overwrite, dry_run, price)


def _calibrate(config: "RunConfig") -> None:
    from cotutor.evaluate.calibration import KINDS
    from cotutor.progress import aligned
    from cotutor.stages.calibrating import calibrate, changed_by_reinsertion, home

    found = calibrate([config.seed], config.workers).rows
    cells = {
        (row.name, row.b): f"{row.auroc:.2f} ({row.low:.2f} to {row.high:.2f})" for row in found
    }
    names = list(dict.fromkeys(row.name for row in found))
    head = ["AUROC of needs-its-reasoning against", *KINDS[1:]]
    rows = [[name, *(cells.get((name, kind), "n/a") for kind in KINDS[1:])] for name in names]
    for line in aligned([head, *rows]):
        typer.echo(line)
    for kind, (changed, n) in changed_by_reinsertion([config.seed]).items():
        typer.echo(f"re-insertion changed {changed} of {n} answers of {kind}")
    typer.echo(f"kept in {home()}; reports show what is known of the most seeds")


def _loaded(
    run_file: Path | None, directory: Path | None, overrides: list[str] | None
) -> tuple["RunConfig", Path]:
    from cotutor.config import demonstration, load_config

    config = load_config(run_file or demonstration(), overrides or ())
    return config, directory or Path("runs") / config.name
