"""Strategies of inference: `python -m bench.strategies [--dir D] [--seeds 0 1 2] [--problems 50]`.

Trains the arm of the demonstration with eight traces a problem, once a seed, then has the
student try every strategy on `--problems` held-out problems of each family, and the base
without fine-tuning the ways of prompting. Prints one table in Markdown, pooled over the seeds;
the intervals take each problem of each seed as one draw, so they tell of these students. A run
in D/seed-N (or linked there) is not trained again, and what was solved is not solved again.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cotutor.config import demonstration, load_config
from cotutor.evaluate.shots import shots_by_task
from cotutor.format import format_named
from cotutor.generate.local import LocalWriter
from cotutor.models import load_model, load_student
from cotutor.pipeline import execute
from cotutor.progress import say
from cotutor.reason import BestOf, Direct, SelfConsistency, Setup, Solution, Strategy, Tree, solve
from cotutor.reason.compare import Judged, compare
from cotutor.records import Problem, Trace, digest
from cotutor.report.model import ALL, Spent
from cotutor.store import Manifest, read_records, write_records
from cotutor.verify import decide

ARM, SHOTS = "diverse-8", 2
LIMITS: dict[str, Any] = {"max_tokens": 140}
STUDENT: tuple[Strategy, ...] = (
    Direct(name="greedy", **LIMITS),
    Direct(name="greedy, zero-shot-cot prompt", prompt="zero-shot-cot", **LIMITS),
    Direct(name="greedy, few-shot-cot prompt", prompt="few-shot-cot", **LIMITS),
    SelfConsistency(samples=8, **LIMITS),
    SelfConsistency(samples=32, **LIMITS),
    BestOf(name="best-of-8 by findings", scorer="findings", **LIMITS),
    BestOf(name="best-of-8 by likelihood", scorer="likelihood", **LIMITS),
    Tree(name="tree by likelihood", step="sentence", branch=3, beam=2, depth=10,
         thought_max_tokens=40, **LIMITS),
)  # fmt: skip
PROMPTS = ("zero-shot", "zero-shot-cot", "few-shot-cot")
HEAD = """| model | strategy | accuracy, % | difference, points | p \
| tokens read | tokens written | calls |
|---|---|---|---|---|---|---|---|
"""


def trained(folder: Path, seed: int) -> None:
    """Train the student of a seed, unless its run is there."""
    found = Manifest(folder / "manifests", f"sft/{ARM}").read()
    if not (found and found["done"]):
        settings = [f"seed={seed}", f"students=[{{name: {ARM}, samples: 8}}]", "workers=1"]
        execute(load_config(demonstration(), settings), folder, until="sft")


def tries(folder: Path, problems: dict[str, Problem]) -> Iterator[tuple[str, Strategy, Any, Setup]]:
    """Yield what is tried: the model's name, a strategy, the writer, and how it is prompted."""
    kept = read_records(folder / "kept.jsonl", Trace)
    setup = Setup(
        format=format_named("plain"), shots=shots_by_task(kept, problems, SHOTS), width=256
    )
    model, tokenizer, student = load_student(folder / "sft" / ARM)
    writer = LocalWriter(model, tokenizer, name=ARM, batch_size=256)
    for strategy in STUDENT:
        yield "student", strategy, writer, replace(setup, format=format_named(student.format))
    model, tokenizer = load_model("embedded")
    writer = LocalWriter(model, tokenizer, name="base", batch_size=256)
    for name in PROMPTS:
        strategy = Direct(name=f"greedy, {name} prompt", **LIMITS)
        yield "base", strategy, writer, replace(setup, format=format_named(name))


def solved(folder: Path, made: Path, count: int) -> Iterator[tuple[str, str, list[Judged]]]:
    """Yield the judged solutions of a seed, by model and strategy."""
    problems = {p.id: p for p in read_records(folder / "problems.jsonl", Problem)}
    by_task: dict[str, list[Problem]] = defaultdict(list)
    for one in sorted(problems.values(), key=lambda p: digest("strategies", p.id)):
        if one.split == "heldout":
            by_task[one.task].append(one)
    chosen = [one for some in by_task.values() for one in some[:count]]
    for who, strategy, writer, setup in tries(folder, problems):
        path = made / f"{who} {strategy.title}.jsonl"
        if not path.exists():
            began = time.process_time()
            write_records(path, solve(chosen, writer, strategy, setup))
            say(f"{path}: {time.process_time() - began:.1f} s of a core")
        solutions = list(read_records(path, Solution))
        yield who, strategy.title, [(s, decide(problems[s.problem_id], s.trace)) for s in solutions]


def row(spent: Spent) -> str:
    """Return one line of the table."""
    against = spent.against
    accuracy = f"{100 * spent.accuracy:.1f} ({100 * spent.low:.1f} to {100 * spent.high:.1f})"
    difference, p = "", ""
    if against:
        difference = "{:+.1f} ({:+.1f} to {:+.1f})".format(
            *(100 * x for x in (against.difference, against.low, against.high))
        )
        p = f"{against.p:.2g}"
    return (
        f"| {spent.arm} | {spent.strategy} | {accuracy} | {difference} | {p} "
        f"| {spent.prompt_tokens:,.0f} | {spent.completion_tokens:,.0f} | {spent.calls:.1f} |\n"
    )


def main() -> None:
    """Make what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dir", type=Path, default=Path("runs/strategies"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--problems", type=int, default=50, help="of each family")
    given = parser.parse_args()
    pooled: dict[str, dict[str, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    for seed in given.seeds:
        folder = given.dir / f"seed-{seed}"
        trained(folder, seed)
        made = given.dir / f"solutions-{given.problems}" / f"seed-{seed}"
        for who, title, judged in solved(folder, made, given.problems):
            for solution, verdict in judged:
                one = solution.model_copy(update={"problem_id": f"{seed} {solution.problem_id}"})
                pooled[who][title].append((one, verdict))
    lines = [row(one) for who, some in pooled.items() for one in compare(who, some, task=ALL)]
    sys.stdout.write(f"\nseeds {given.seeds}, {given.problems} problems a family\n\n{HEAD}")
    sys.stdout.write("".join(lines))


if __name__ == "__main__":
    main()
