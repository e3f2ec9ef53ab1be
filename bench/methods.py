"""Ways to adapt, on the demonstration's tasks: `python -m bench.methods [--dir D] [--seed 0]`.

Trains one arm of the demonstration, eight traces a problem, once per method: the same rows, batches
and optimizer steps, each method with the learning rate that was the best of those tried on the
validation split (`--split validation --rate METHOD=RATE` tries another). Every training has a
process of its own, whose peak memory is told; prints a table in Markdown. A run that is there
already is not made again.
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

from cotutor.config import demonstration, load_config
from cotutor.pipeline import execute
from cotutor.report.model import ALL
from cotutor.store import read_json

RATES = {"full": 2e-3, "lora": 1e-2, "bottleneck": 3e-2, "prefix": 1e-2}
ARM = "diverse-8"
HEAD = """| method | learning rate | accuracy, % | by task, % | trained parameters \
| seconds of training | peak memory, MB |
|---|---|---|---|---|---|---|
"""


def overrides(method: str, rate: float, seed: int, split: str) -> list[str]:
    """Return what differs from the demonstration."""
    return [
        f"seed={seed}", f"sft.method={method}", f"sft.trainer.learning_rate={rate}", "workers=1",
        f"students=[{{name: {ARM}, samples: 8}}]", "evaluate.compare=[]", f"evaluate.split={split}",
    ]  # fmt: skip


def train(folder: Path, settings: list[str]) -> None:
    """Train in this process, and leave its peak memory beside the student."""
    before = _peak()
    execute(load_config(demonstration(), settings), folder, until="sft")
    told = {"peak": _peak(), "before": before}
    (folder / "memory.json").write_text(json.dumps(told), encoding="utf-8")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def row(method: str, rate: float, folder: Path) -> str:
    """Return one line of the table."""
    report = read_json(folder / "report.json")
    made = read_json(folder / "sft" / ARM / "training.json")
    found = {one["task"]: one for one in report["rows"] if one["arm"] == ARM}
    whole = found.pop(ALL)
    low, high = 100 * whole["low"], 100 * whole["high"]
    tasks = ", ".join(f"{task} {100 * one['accuracy']:.1f}" for task, one in found.items())
    return (
        f"| {method} | {rate:g} | {100 * whole['accuracy']:.1f} ({low:.1f} to {high:.1f}) "
        f"| {tasks} "
        f"| {made['parameters']:,} | {made['seconds']:.0f} "
        f"| {read_json(folder / 'memory.json')['peak']:.0f} |\n"
    )


def main() -> None:
    """Make what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dir", type=Path, default=Path("runs/methods"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=["heldout", "validation"], default="heldout")
    parser.add_argument("--rate", action="append", metavar="METHOD=RATE", default=[])
    parser.add_argument("--train", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.train:
        return train(given.dir, given.train)
    asked = [(name, float(rate)) for name, _, rate in (one.partition("=") for one in given.rate)]
    lines = []
    for method, rate in asked or list(RATES.items()):
        folder = given.dir / f"{given.split}-{given.seed}" / f"{method}-{rate:g}"
        settings = overrides(method, rate, given.seed, given.split)
        if not (folder / "memory.json").exists():
            command = [sys.executable, "-m", "bench.methods", "--dir", str(folder), "--train"]
            subprocess.run([*command, *settings], check=True)
        execute(load_config(demonstration(), settings), folder)
        lines.append(row(method, rate, folder))
    sys.stdout.write(f"\nseed {given.seed}, {given.split} problems\n\n{HEAD}{''.join(lines)}")


if __name__ == "__main__":
    main()
