"""`cotutor config`: the run file with every default written out."""

import typer

from cotutor.cli.run import Overrides, RunFile


def config(run_file: RunFile = None, overrides: Overrides = None) -> None:
    """Check a run file and print it with every default written out."""
    from cotutor.config import demonstration, load_config
    from cotutor.notation import write

    resolved = load_config(run_file or demonstration(), overrides or ()).resolved()
    typer.echo(write(resolved), nl=False)
