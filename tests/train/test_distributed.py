"""Two processes under `torchrun` take the steps of one: with copies (DDP), with shards (FSDP2)."""

import json
import os
import socket
import subprocess
import sys

import pytest
import yaml
from safetensors.torch import load_file

from tiny_models import save_tiny

STEPS = 10


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("distributed")
    save_tiny(folder / "base", "qwen3")
    return folder


def configuration(folder, **sft):
    trainer = {"max_steps": STEPS, "learning_rate": 3e-3, "logging_steps": 1, "bf16": False,
               "save_steps": 6} | sft.pop("trainer")  # fmt: skip
    return {
        "name": "distributed",
        "problems": {
            "train": {"family": "coin_flips", "split": "train", "count": 9, "level": 2},
            "heldout": {"family": "coin_flips", "split": "heldout", "count": 4, "level": 2},
        },
        "teacher": {"generator": "symbolic", "samples": 4},
        "students": [{"name": "diverse", "samples": 3}],
        "sft": {"base": str(folder / "base"), "pass_tokens": 300, "trainer": trainer} | sft,
        "evaluate": {"compare": [], "max_tokens": 8, "batch_size": 4},
    }


def cotutor(folder, name, *command, processes=1, **sft):
    """Run a command of cotutor in so many processes; 27 rows, so the last batch is no whole one."""
    run_file = folder / f"{name}.yaml"
    run_file.write_text(yaml.safe_dump(configuration(folder, **sft)))
    launcher = ["-m", "cotutor"]
    if processes > 1:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        launcher = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}",
                    f"--master-port={port}", *launcher]  # fmt: skip
    return subprocess.run(
        [sys.executable, *launcher, *command, str(run_file), "--dir", str(folder / name)],
        capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
    )  # fmt: skip


def losses(folder, name):
    written = json.loads((folder / name / "sft" / "diverse" / "training.json").read_text())
    return [loss for _, loss in written["losses"]]


@pytest.fixture(scope="module")
def single(work):
    done = cotutor(work, "single", "run", trainer={"per_device_train_batch_size": 8})
    assert done.returncode == 0, done.stderr
    return losses(work, "single")


@pytest.mark.parametrize(
    ("name", "sft"),
    [
        ("ddp", {"layout": "branches", "trainer": {"per_device_train_batch_size": 4}}),
        (
            "fsdp",
            {
                "layout": "tree",
                "trainer": {
                    "per_device_train_batch_size": 2,
                    "gradient_accumulation_steps": 2,
                    "fsdp": True,
                },
            },
        ),
    ],
)
def test_two_processes_reach_the_losses_and_the_weights_of_one(work, single, name, sft):
    done = cotutor(work, name, "run", processes=2, **sft)
    assert done.returncode == 0, done.stderr
    assert losses(work, name) == pytest.approx(single, abs=1e-4)
    assert len(single) == STEPS
    one, two = (
        load_file(work / folder / "sft" / "diverse" / "model.safetensors")
        for folder in ("single", name)
    )
    assert one.keys() == two.keys()
    assert max(float((one[key] - two[key]).abs().max()) for key in one) < 1e-3
    left = [
        {str(path.relative_to(work / run)) for path in (work / run).rglob("*")}
        for run in ("single", name)
    ]
    assert left[0] == left[1]
    assert "eval/diverse/verdicts.jsonl" in left[0]
    assert done.stderr.count("collect ") == 1, "more than one process spoke"


def test_a_mistake_is_told_once_and_ends_all(work):
    done = cotutor(
        work, "long", "sft", processes=2, max_length=20,
        trainer={"per_device_train_batch_size": 4},
    )  # fmt: skip
    assert done.returncode != 0
    assert done.stderr.count("more than sft.max_length (20)") == 1
    assert "exitcode  : 2" in done.stderr
