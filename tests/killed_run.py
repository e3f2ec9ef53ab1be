"""Runs a small run undisturbed, then with SIGKILL at random moments: `killed_run.py DIR KILLS`.

The process imports everything once and forks for every attempt, so that a kill
meets the run and not the imports. Prints one JSON line with what was seen.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

import cotutor.train.sft  # noqa: F401 - imported before the forks
from cotutor.config import check_config
from cotutor.pipeline import execute
from tiny_models import save_tiny


def configuration(base):
    return check_config(
        {
            "name": "killed",
            "problems": {
                "train": {"family": "coin_flips", "split": "train", "count": 24, "level": 2},
                "heldout": {"family": "coin_flips", "split": "heldout", "count": 12, "level": 2},
            },
            "teacher": {"generator": "symbolic", "samples": 4, "mistakes": 0.3},
            "students": [
                {"name": "fine-tune", "reasoning": "none"},
                {"name": "diverse-3", "samples": 3},
            ],
            "sft": {
                "base": base,
                "trainer": {
                    "max_steps": 16, "save_steps": 4, "per_device_train_batch_size": 4,
                    "learning_rate": 3e-3, "logging_steps": 1, "bf16": False,
                },
            },
            "evaluate": {"compare": ["random", "zero-shot"], "max_tokens": 24, "batch_size": 4},
        },
        "test",
    )  # fmt: skip


def attempt(config, folder, kill_after=None):
    """Fork a child that runs to the end, or is killed; True when it ended by itself."""
    child = os.fork()
    if child == 0:
        with open(os.devnull, "w") as sink:
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
        execute(config, folder)
        os._exit(0)
    deadline = None if kill_after is None else time.monotonic() + kill_after
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        if deadline is not None and time.monotonic() >= deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False
        time.sleep(0.002)


def main():
    folder, kills = Path(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    config = configuration(str(save_tiny(folder / "base", "qwen3")))
    began = time.monotonic()
    ended = attempt(config, folder / "undisturbed")
    seconds = time.monotonic() - began
    draw = random.Random(1)
    killed = early = 0
    while killed < kills:
        if attempt(config, folder / "killed", draw.uniform(0, 0.18 * seconds)):
            early += 1
            break
        killed += 1
    again = attempt(config, folder / "killed")
    json.dump(
        {"ended": ended and again, "killed": killed, "early": early, "seconds": seconds}, sys.stdout
    )


if __name__ == "__main__":
    main()
