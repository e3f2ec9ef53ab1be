"""What a command prints; its errors are raised."""

import typer
from typer.testing import CliRunner


def printed(command, *args):
    app = typer.Typer()
    app.command()(command)
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output
