"""What a command prints and what it notes on standard error; its errors are raised."""

import typer
from typer.testing import CliRunner


def printed(command, *args):
    return _done(command, args).stdout


def noted(command, *args):
    return _done(command, args).stderr.splitlines()


def _done(command, args):
    app = typer.Typer()
    app.command()(command)
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done
