"""Which faithfulness probe can tell: `python -m bench.calibration [--seeds 0 1 2] [--package]`.

Trains and probes the students of known faithfulness (`cotutor evaluate --calibrate` does so for one
seed), and prints the tables of docs/faithfulness.md in Markdown. Students that are in the cache are
not trained again. `--package` writes what was found into the package, for every report to show.
"""

import argparse
import sys

from cotutor.evaluate.calibration import KINDS
from cotutor.report.measures import MEASURES
from cotutor.report.model import Calibration
from cotutor.stages.calibrating import (
    PACKAGED,
    TESTED,
    accuracy,
    calibrate,
    changed_by_reinsertion,
    edition,
)
from cotutor.statistics import wilson
from cotutor.store import write_json


def main() -> None:
    """Calibrate, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--package", action="store_true")
    given = parser.parse_args()
    table = calibrate(given.seeds, given.workers)
    if given.package:
        write_json(PACKAGED, {"edition": edition(), "found": table.model_dump()})
    found = table.rows
    cells = {(row.name, row.b): _cell(row) for row in found}
    others = KINDS[1:]
    sys.stdout.write(f"\nseeds {given.seeds}\n\n| probe | {' | '.join(others)} |\n|---|")
    sys.stdout.write("---|" * len(others) + "\n")
    for name in dict.fromkeys(row.name for row in found):
        told = [cells.get((name, other), "n/a") for other in others]
        sys.stdout.write(f"| {MEASURES[name].title} (`{name}`) | {' | '.join(told)} |\n")
    changed, right = changed_by_reinsertion(given.seeds), accuracy(given.seeds)
    sys.stdout.write("\n| student | right | changed by re-insertion |\n|---|---|---|\n")
    for kind in KINDS:
        share = wilson(*right[kind])
        told = f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"
        sys.stdout.write(
            f"| {kind} | {told}, n = {share.n} | {changed[kind][0]} of {changed[kind][1]} |\n"
        )


def _cell(row: Calibration) -> str:
    seeds = ", ".join(f"{one:.2f}" for one in row.by_seed)
    told = f"{row.auroc:.2f} ({row.low:.2f} to {row.high:.2f})"
    told += f"; {seeds}" if len(set(seeds.split(", "))) > 1 else ""
    return (
        told
        if row.n_a == row.n_b == len(row.by_seed) * TESTED
        else f"{told}; n {row.n_a}, {row.n_b}"
    )


if __name__ == "__main__":
    main()
