"""What curation is worth: `python -m bench.ablation --dir runs/ablation [--seeds 0 1 2]`.

Runs examples/ablation.yaml once per variant of curation and seed, and prints a table in Markdown:
accuracy on the held-out problems, accuracy that counts a right answer only with a reasoning in
which the program finds nothing wrong, and the paired difference to the variant `answer` over all
problems of all seeds. A run that is there already is not made again.
"""

import argparse
import sys
from pathlib import Path

from cotutor.config import load_config
from cotutor.evaluate.chain import is_sound
from cotutor.pipeline import execute
from cotutor.records import Problem, Trace, Verdict
from cotutor.statistics import paired, wilson
from cotutor.store import Journal, read_records
from cotutor.verify import decide

RUN = Path(__file__).parents[1] / "examples" / "ablation.yaml"
ARM = "diverse-4"
VARIANTS = {
    "no filter": ["curate.keep=all"],
    "answer": [],
    "answer and steps": ["curate.filters=[complete, step-valid]"],
    "answer, diverse": ["curate.select=diverse"],
}
HEAD = """| curation | accuracy, %: by seed | with a valid chain, %: by seed \
| accuracy, minus `answer` | valid chain, minus `answer` |
|---|---|---|---|---|
"""
Found = dict[str, tuple[bool, bool]]


def found(folder: Path, seed: int) -> Found:
    """Return of each tested problem whether it was answered right, and with a valid chain."""
    problems = {p.id: p for p in read_records(folder / "problems.jsonl", Problem)}
    traces = {t.id: t for t in Journal(folder / "eval" / ARM / "traces.jsonl").read(Trace)}
    result: Found = {}
    for verdict in read_records(folder / "eval" / ARM / "verdicts.jsonl", Verdict):
        trace = traces[verdict.trace_id]
        findings = decide(problems[trace.problem_id], trace, steps=True).findings
        right = verdict.outcome == "correct"
        result[f"{seed} {trace.problem_id}"] = (right, right and is_sound(findings))
    return result


def row(name: str, mine: Found, base: Found, per_seed: list[Found]) -> str:
    """Return one line of the table."""
    cells = [name]
    for which in (0, 1):
        right = [one[which] for one in mine.values()]
        estimate = wilson(sum(right), len(right))
        seeds = ", ".join(f"{100 * _share(some, which):.1f}" for some in per_seed)
        low, high = 100 * estimate.low, 100 * estimate.high
        cells.append(f"{100 * estimate.value:.1f} ({low:.1f} to {high:.1f}): {seeds}")
    if mine is base:
        return f"| {' | '.join([*cells, '', ''])} |"
    for which in (0, 1):
        two = [{key: one[which] for key, one in some.items()} for some in (mine, base)]
        told = paired(*two, names=(name, "answer"), task="all")
        gap = f"{100 * told.difference:+.1f} ({100 * told.low:+.1f} to {100 * told.high:+.1f})"
        cells.append(f"{gap}, p = {told.p:.2g}")
    return f"| {' | '.join(cells)} |"


def _share(some: Found, which: int) -> float:
    return sum(one[which] for one in some.values()) / len(some)


def main() -> None:
    """Make what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dir", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    made: dict[str, list[Found]] = {}
    for seed in given.seeds:
        for name, changes in VARIANTS.items():
            folder = given.dir / f"{name.replace(', ', '-').replace(' ', '-')}-{seed}"
            execute(load_config(RUN, [f"seed={seed}", *changes]), folder)
            made.setdefault(name, []).append(found(folder, seed))
    pooled = {name: dict(item for some in seeds for item in some.items())
              for name, seeds in made.items()}  # fmt: skip
    sys.stdout.write(
        f"\nseeds {given.seeds}, n = {len(pooled['answer'])} problems in all\n\n{HEAD}"
    )
    for name, seeds in made.items():
        sys.stdout.write(row(name, pooled[name], pooled["answer"], seeds) + "\n")


if __name__ == "__main__":
    main()
