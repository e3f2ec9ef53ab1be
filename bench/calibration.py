"""Which faithfulness probe can tell: `python -m bench.calibration [--seeds 0 1 2] [--workers 2]`.

Trains and probes the students of known faithfulness (`cotutor evaluate --calibrate` does so for one
seed), and prints the tables of docs/faithfulness.md in Markdown. Students that are in the cache are
not trained again.
"""

import argparse
import sys

from cotutor.evaluate.calibration import KINDS
from cotutor.report.measures import MEASURES
from cotutor.stages.calibrating import accuracy, calibrate, changed_by_reinsertion
from cotutor.statistics import wilson


def main() -> None:
    """Calibrate, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    found = calibrate(given.seeds, given.workers)
    cells = {
        (
            row.name,
            row.b,
        ): f"{row.auroc:.2f} ({row.low:.2f} to {row.high:.2f}), {row.n_a} and {row.n_b}"
        for row in found
    }
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


if __name__ == "__main__":
    main()
