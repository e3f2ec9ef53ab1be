import socket
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from bench.made_students import says


@contextmanager
def serving_here(students, **settings):
    """A server in a thread of this process, which has what takes long to import."""
    uvicorn = pytest.importorskip("uvicorn", reason="serving needs cotutor[serving]")

    from cotutor.serve.run import UVICORN, application
    from cotutor.serve.settings import ServeSettings

    app = application(students, ServeSettings(**settings), lambda _: None)
    server = uvicorn.Server(uvicorn.Config(app, **UVICORN))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        running.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield SimpleNamespace(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            running.join()


@pytest.fixture(scope="session")
def students(tmp_path_factory):
    """Folders of students on one base, by the one thing that each of them answers."""
    folder = tmp_path_factory.mktemp("students")
    return {answer: says(folder / answer, answer) for answer in ("red", "blue", "green")}


@pytest.fixture(scope="session")
def server(students):
    """A server with two students whose names are what they answer."""
    named = {name: students[name] for name in ("red", "blue")}
    with serving_here(named, admin=True, limits={"body": 20_000}) as running:
        yield running


@pytest.fixture(scope="session")
def guarded(students):
    """A server that asks for a key and takes little on."""
    limits = {"body": 20_000, "requests": 2, "seconds": 2}
    with serving_here({"red": students["red"]}, api_key="sesame", limits=limits) as running:
        yield running


@pytest.fixture
def replaceable(students, tmp_path):
    """A server for `bench.serve`, and the folders of the students that take turns on it."""
    from bench.serve import NAMES

    folders = {**students, "gold": says(tmp_path / "gold", "gold")}
    named = {name: folders[pair[0]] for name, pair in NAMES.items()}
    with serving_here(named, admin=True) as running:
        yield running, folders
