"""One process at a time works in a run directory, and a killed one leaves no lock behind."""

import signal
import subprocess
import sys

import pytest

from cotutor.cli import app
from cotutor.errors import DataError
from cotutor.store import locked

HOLD = """
import sys
from pathlib import Path
from cotutor.store import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_run_on_the_same_directory_is_refused_in_one_sentence(tmp_path, holder):
    with pytest.raises(DataError, match="another run is at work there"):
        app(["run", "--dir", str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_killed_run_leaves_no_lock(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locked(tmp_path):
        pass
