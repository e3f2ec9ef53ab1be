"""A training killed while it writes a checkpoint goes on from the one before, to the same end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from cotutor.errors import ConfigError
from cotutor.train.checkpoints import last_whole, prune, seal

TESTS = Path(__file__).parent.parent


def test_a_training_killed_in_twenty_checkpoints_ends_with_the_weights_of_an_undisturbed_one(
    tmp_path,
):
    done = subprocess.run(
        [sys.executable, str(TESTS / "killed_training.py"), str(tmp_path), "20"],
        capture_output=True, text=True, timeout=400, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["ended"]
    assert seen["killed"] == 20
    assert seen["torn"] > 0, "no kill fell into the writing of a checkpoint"
    assert seen["wrong"] == [], "it did not resume from the newest whole checkpoint"
    one, two = (
        load_file(tmp_path / name / "model.safetensors") for name in ("undisturbed", "killed")
    )
    assert all(one[key].equal(two[key]) for key in one)


def written(checkpoints, step, *, is_sealed=True):
    folder = checkpoints / f"checkpoint-{step}"
    (folder / "deep").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "deep" / "optimizer.pt").write_bytes(b"moments")
    if is_sealed:
        seal(folder, 8)
    return folder


def test_the_newest_whole_checkpoint_is_taken_and_torn_ones_go(tmp_path):
    assert last_whole(tmp_path, 8) is None
    written(tmp_path, 9)
    whole = written(tmp_path, 10)
    torn = written(tmp_path, 11, is_sealed=False)
    assert last_whole(tmp_path, 8) == str(whole)
    assert not torn.exists()


@pytest.mark.parametrize("damage", ["cut", "missing"])
def test_a_checkpoint_that_lost_a_file_or_a_part_of_it_is_passed_over(tmp_path, damage):
    good, bad = written(tmp_path, 4), written(tmp_path, 8)
    optimizer = bad / "deep" / "optimizer.pt"
    if damage == "cut":
        optimizer.write_bytes(b"mom")
    else:
        optimizer.unlink()
    assert last_whole(tmp_path, 8) == str(good)


def test_a_checkpoint_of_another_number_of_processes_is_refused(tmp_path):
    written(tmp_path, 4)
    with pytest.raises(ConfigError, match=r"checkpoint-4 was written with 8 rows a step .* 16"):
        last_whole(tmp_path, 16)


def test_old_checkpoints_go_and_the_best_stays(tmp_path):
    best = written(tmp_path, 2)
    for step in (4, 6, 10):
        written(tmp_path, step)
    prune(tmp_path, 2, str(best))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint-10", "checkpoint-2", "checkpoint-6",
    ]  # fmt: skip
