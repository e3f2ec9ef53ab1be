import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from cotutor.errors import GateError
from cotutor.workers import side_by_side


def square(number):
    return number * number, os.getpid()


def fail(sentence):
    raise GateError(sentence)


def test_results_come_with_their_places_from_other_processes():
    found = dict(side_by_side([partial(square, n) for n in range(3)], 2))
    assert {place: value for place, (value, _) in found.items()} == {0: 0, 1: 1, 2: 4}
    assert os.getpid() not in {pid for _, pid in found.values()}


def test_one_worker_works_here_and_in_order():
    found = list(side_by_side([partial(square, n) for n in range(3)], 1))
    assert found == [(n, (n * n, os.getpid())) for n in range(3)]


def test_a_mistake_in_one_is_told_as_it_is():
    with pytest.raises(GateError, match="arm x has no rows"):
        list(side_by_side([partial(fail, "arm x has no rows"), partial(time.sleep, 60)], 2))


PARENT = """
import os, sys, time
from functools import partial
from cotutor.workers import side_by_side
if __name__ == "__main__":
    for _ in side_by_side([partial(os.system, f"echo $PPID >> {sys.argv[1]}; sleep 60")] * 2, 2):
        pass
"""


def test_the_processes_end_with_the_parent_even_when_it_is_killed(tmp_path):
    script, pids = tmp_path / "parent.py", tmp_path / "pids"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script), str(pids)])
    while not pids.exists() or len(pids.read_text().split()) < 2:
        assert parent.poll() is None
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    for pid in map(int, pids.read_text().split()):
        while is_running(pid):
            time.sleep(0.05)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as handle:
            return handle.read().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
