"""Accuracy against number of steps: `python -m bench.more_steps [--dir D] [--seeds 0 1 2]`.

Runs examples/more_steps.yaml once per seed, each with problems of its own, and prints a table in
Markdown: students that learnt from short problems, on the held-out problems of every level (number
of steps that a problem asks for), all seeds' problems pooled. A run that is there already is not
made again.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from cotutor.config import RunConfig, load_config
from cotutor.pipeline import execute
from cotutor.records import Problem, Verdict
from cotutor.statistics import wilson
from cotutor.store import read_records

RUN = Path(__file__).parents[1] / "examples" / "more_steps.yaml"
Right = dict[tuple[str, int], list[bool]]


def right(folder: Path, arm: str) -> Right:
    """Return by family and level what an arm got right."""
    problems = {p.id: p for p in read_records(folder / "problems.jsonl", Problem)}
    found: Right = defaultdict(list)
    for verdict in read_records(folder / "eval" / arm / "verdicts.jsonl", Verdict):
        problem = problems[verdict.problem_id]
        found[problem.task, problem.level or 0].append(verdict.outcome == "correct")
    return found


def trained(config: RunConfig) -> dict[str, str]:
    """Return of each family which levels were trained on."""
    parts = config.resolved()["problems"]["train"]
    return {part["family"]: "{} to {}".format(*part["level"]) for part in parts}


def main() -> None:
    """Make what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dir", type=Path, default=Path("runs/more-steps"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    pooled: dict[str, Right] = {}
    for seed in given.seeds:
        config, folder = load_config(RUN, [f"seed={seed}"]), given.dir / f"seed-{seed}"
        execute(config, folder)
        for arm in config.students:
            mine = pooled.setdefault(arm.name, defaultdict(list))
            for key, outcomes in right(folder, arm.name).items():
                mine[key] += outcomes
    arms, learnt = list(pooled), trained(config)
    sys.stdout.write(f"\nseeds {given.seeds}\n\n| family, steps | n | {' | '.join(arms)} |\n")
    sys.stdout.write("|---|---|" + "---|" * len(arms) + "\n")
    for family, level in sorted(pooled[arms[0]]):
        cells = []
        for arm in arms:
            outcomes = pooled[arm][family, level]
            found = wilson(sum(outcomes), len(outcomes))
            low, high = 100 * found.low, 100 * found.high
            cells.append(f"{100 * found.value:.1f} ({low:.1f} to {high:.1f})")
        name = f"{family}, {level} (trained on {learnt[family]})"
        sys.stdout.write(f"| {name} | {len(outcomes)} | {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main()
