"""The command line: one file per command; here they are joined and errors become exit codes.

0 done, 1 a bug, 2 the user's mistake in one sentence, 3 a quality gate failed,
130 interrupted. Nothing heavy is imported before a command runs.
"""

import errno
import os
import sys

import typer

from cotutor.cli import (
    compare,
    config,
    doctor,
    export,
    init,
    run,
    seeds,
    serve,
    show,
    solve,
    verify,
)
from cotutor.errors import CotutorError
from cotutor.progress import say
from cotutor.ranks import speaks_first

app = typer.Typer(
    name="cotutor",
    help="Teach a small language model to reason, and report honestly whether it does.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("run", help=run.WHOLE)(run.command_until(None))
for _stage, _help in run.STAGES.items():
    app.command(_stage, help=_help)(run.command_until(_stage))
app.command("evaluate")(run.evaluate)
app.command("init")(init.init)
app.command("verify")(verify.verify)
app.command("show")(show.show)
app.command("solve")(solve.solve)
app.command("serve")(serve.serve)
app.command("compare")(compare.compare)
app.command("seeds")(seeds.seeds)
app.command("export")(export.export)
app.command("config")(config.config)
app.command("doctor")(doctor.doctor)

_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command line and exit with its code."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")  # its notes would bury ours
    try:
        app()
    except CotutorError as error:
        _tell(f"cotutor: {error}")
        sys.exit(error.exit_code)
    except OSError as error:
        name = error.filename2 or error.filename
        if error.errno in _FULL_DISK:
            where = f" {name}" if name else ""
            _tell(f"cotutor: cannot write{where}: {error.strerror}; what was finished is kept")
        elif name:
            _tell(f"cotutor: {name}: {error.strerror}")
        else:
            raise
        sys.exit(2)


def _tell(sentence: str) -> None:
    """Say why the run ends, once for all its processes."""
    if speaks_first():
        say(sentence)
