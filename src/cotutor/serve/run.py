"""From students' folders to a server that listens, until it is told to end."""

import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from cotutor.errors import ConfigError
from cotutor.serve.app import Server
from cotutor.serve.settings import ServeSettings
from cotutor.serve.shelf import Shelf
from cotutor.serve.worker import Worker

UVICORN: dict[str, Any] = {
    "lifespan": "on",
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "timeout_keep_alive": 75,  # seconds that an idle connection stays open
}


def serve(
    students: Mapping[str, Path], settings: ServeSettings, say: Callable[[str], None]
) -> None:
    """Serve students by name until SIGTERM or SIGINT; answers that are under way are finished.

    Raises:
        BackendError: a student cannot be loaded.
        ConfigError: nothing can listen at that host and port.

    """
    with _listen(settings) as listener:
        app = application(students, settings, say)
        for number in (signal.SIGTERM, signal.SIGINT):
            # uvicorn ends in order and then raises the signal anew, for the handler it found.
            signal.signal(number, lambda *_: None)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        say(f"http://{host}:{listener.getsockname()[1]}")
        uvicorn.Server(uvicorn.Config(app, **UVICORN)).run(sockets=[listener])


def application(
    students: Mapping[str, Path], settings: ServeSettings, say: Callable[[str], None]
) -> Starlette:
    """Return the application with its students loaded.

    Raises:
        BackendError: a student cannot be loaded.

    """
    shelf = Shelf(batch_size=settings.limits.batch)
    for name, folder in students.items():
        say(f"{name}: {shelf.load(name, folder).fingerprint}")
    return Server(settings, shelf, Worker(shelf, batch_size=settings.limits.batch)).app()


def _listen(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        where = f"{settings.host} port {settings.port}"
        raise ConfigError(f"cannot listen on {where}: {error.strerror}") from error
