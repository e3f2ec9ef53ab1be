"""Trains undisturbed, then killed while it writes checkpoints: `killed_training.py DIR KILLS`.

Every step writes a checkpoint. A child is killed soon after it began one; the next
goes on. Prints one JSON line with what was seen.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from cotutor.records import Example
from cotutor.train import Arm, SftSettings, checkpoints, sft
from tiny_models import save_tiny

STEPS = 48
ROWS = [
    Example(problem_id=f"p{n // 3}", trace_id=None, prompt=f"Q: {n // 3} + 1?\nA:",
            completion=f" {n} and 1.\nThe answer is {n // 3 + 1}")
    for n in range(10)
]  # fmt: skip


def train(base, folder):
    trainer = {
        "per_device_train_batch_size": 2, "gradient_accumulation_steps": 2, "save_steps": 1,
        "save_total_limit": 1, "learning_rate": 3e-3, "lr_scheduler_type": "cosine",
        "logging_steps": 1, "bf16": False,
    }  # fmt: skip
    settings = SftSettings(base=base, together=3, trainer=trainer)
    sft.train_arm(Arm(name="a"), ROWS, settings, folder=folder, steps=STEPS, seed=1)


def newest(folder):
    """The step of the newest whole checkpoint, 0 without one, and whether a newer one is torn."""
    found = sorted(
        (int(path.name.split("-")[1]), (path / checkpoints._SEAL).exists())
        for path in (folder / "checkpoints").glob("checkpoint-*")
    )
    whole = max((step for step, is_whole in found if is_whole), default=0)
    return whole, bool(found) and found[-1][0] > whole


def resumed_at(folder):
    noted = (folder / "resumed").read_text()
    return int(noted.rpartition("-")[2]) if noted != "None" else 0


def start(base, folder):
    child = os.fork()
    if child:
        return child
    with open(os.devnull, "w") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)

    def noting(*args):
        found = checkpoints.last_whole(*args)
        (folder / "resumed").write_text(str(found))
        return found

    sft.last_whole = noting
    train(base, folder)
    os._exit(0)


def kill_in_checkpoint(child, folder, step, delay):
    """Kill the child soon after it began that step's checkpoint; False when it ended before."""
    begun = folder / "checkpoints" / f"checkpoint-{step}"
    while not ((folder / "resumed").exists() and begun.exists()):  # a torn one is removed first
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.0005)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def main():
    folder, kills = Path(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    base = save_tiny(folder / "base", "qwen3")
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"attention_dropout": 0.1}))
    undisturbed, disturbed = folder / "undisturbed", folder / "killed"
    undisturbed.mkdir()
    disturbed.mkdir()
    began = time.monotonic()
    ended = os.waitpid(start(str(base), undisturbed), 0)[1] == 0
    a_step = (time.monotonic() - began) / STEPS
    draw = random.Random(1)
    killed = torn = 0
    wrong = []
    while killed < kills:
        whole, _ = newest(disturbed)
        (disturbed / "resumed").unlink(missing_ok=True)
        child = start(str(base), disturbed)
        step = whole + draw.randint(1, 2)
        if not kill_in_checkpoint(child, disturbed, step, draw.uniform(0, a_step)):
            break
        killed += 1
        torn += newest(disturbed)[1]
        if resumed_at(disturbed) != whole:
            wrong.append([resumed_at(disturbed), whole])
    again = os.waitpid(start(str(base), disturbed), 0)[1] == 0
    json.dump(
        {"ended": ended and again, "killed": killed, "torn": torn, "wrong": wrong}, sys.stdout
    )


if __name__ == "__main__":
    main()
