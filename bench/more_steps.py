"""Accuracy against number of steps: `python -m bench.more_steps [--dir D] [--seeds 0 1 2]`.

Runs examples/more_steps.yaml once per seed, each with problems of its own, and prints a table in
Markdown: students that learnt from short problems, on the held-out problems of every level (number
of steps that a problem asks for): all seeds' problems pooled, and behind the semicolon each seed.
A run that is there already is not made again.
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
Seeds = dict[tuple[str, int], list[list[bool]]]


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
    found: dict[str, Seeds] = {}
    for seed in given.seeds:
        config, folder = load_config(RUN, [f"seed={seed}"]), given.dir / f"seed-{seed}"
        execute(config, folder)
        for arm in config.students:
            mine = found.setdefault(arm.name, defaultdict(list))
            for key, outcomes in right(folder, arm.name).items():
                mine[key].append(outcomes)
    arms, learnt = list(found), trained(config)
    sys.stdout.write(f"\nseeds {given.seeds}\n\n| family, steps | n | {' | '.join(arms)} |\n")
    sys.stdout.write("|---|---|" + "---|" * len(arms) + "\n")
    for key in sorted(found[arms[0]]):
        family, level = key
        n = sum(map(len, found[arms[0]][key]))
        cells = " | ".join(cell(found[arm][key]) for arm in arms)
        sys.stdout.write(f"| {family}, {level} (trained on {learnt[family]}) | {n} | {cells} |\n")


def cell(seeds: list[list[bool]]) -> str:
    """Return the share of all seeds' problems with its interval, and each seed's, in percent."""
    pooled = wilson(sum(map(sum, seeds)), sum(map(len, seeds)))
    each = ", ".join(f"{100 * sum(one) / len(one):.0f}" for one in seeds)
    low, high = 100 * pooled.low, 100 * pooled.high
    return f"{100 * pooled.value:.1f} ({low:.1f} to {high:.1f}); {each}"


if __name__ == "__main__":
    main()
