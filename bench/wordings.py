"""Other wordings and more steps than trained on: `python -m bench.wordings [--dir D] [--seed 0]`.

Runs the demonstration with `--count` problems a family in each of its sets of `evaluate.also`, and
prints a table in Markdown: every student's accuracy on the held-out problems of each family, on the
same problems told in reserved wordings, the paired difference, and the accuracy on problems with
one step more. A run that is there already is not made again.
"""

import argparse
import json
import sys
from pathlib import Path

from cotutor.config import RunConfig, demonstration, load_config
from cotutor.pipeline import execute
from cotutor.records import Problem, Verdict, digest
from cotutor.report.model import ALL
from cotutor.statistics import paired, wilson
from cotutor.store import read_records

HEAD = """| student, family | n | usual wording | other wordings | difference | one step more |
|---|---|---|---|---|---|
"""
Right = dict[str, bool]


def configured(seed: int, count: int, changes: list[str]) -> RunConfig:
    """Return the demonstration's run, of its students and no baseline, with larger sets."""
    also = {
        name: [source.model_dump(mode="json") | {"count": count} for source in sources]
        for name, sources in load_config(demonstration()).evaluate.also.items()
    }
    return load_config(
        demonstration(),
        [
            f"seed={seed}", f"evaluate.also={json.dumps(also)}", "evaluate.compare=[]",
            "evaluate.probed=0", "evaluate.retention=null", *changes,
        ],
    )  # fmt: skip


def sets(folder: Path, arm: str) -> dict[str, dict[str, Right]]:
    """Return of each set and family which problems an arm got right, by their content.

    The sets are `usual` and `reserved`, of the held-out problems' levels, and `longer`.
    """
    problems = {p.id: p for p in read_records(folder / "problems.jsonl", Problem)}
    trained = {p.task: p.level or 0 for p in problems.values() if p.split == "train"}
    found: dict[str, dict[str, Right]] = {"usual": {}, "reserved": {}, "longer": {}}
    for verdict in read_records(folder / "eval" / arm / "verdicts.jsonl", Verdict):
        problem = problems[verdict.problem_id]
        is_longer = (problem.level or 0) > trained[problem.task]
        is_reserved = (problem.template or "").startswith("reserved.")
        of = found["longer" if is_longer else "reserved" if is_reserved else "usual"]
        right = verdict.outcome == "correct"
        for task in (problem.task, ALL):
            of.setdefault(task, {})[digest(problem.task, problem.program)] = right
    return found


def row(arm: str, task: str, found: dict[str, dict[str, Right]]) -> str:
    """Return one line of the table; usual wordings count where the others were asked, too."""
    reserved = found["reserved"][task]
    usual = {key: right for key, right in found["usual"][task].items() if key in reserved}
    told = paired(reserved, usual, names=("reserved", "usual"), task=task)
    difference, low, high = (100 * limit for limit in (told.difference, told.low, told.high))
    longer = _share(found["longer"][task]) if task != ALL and task in found["longer"] else ""
    return (
        f"| {arm}, {task} | {told.n} | {_share(usual)} | {_share(reserved)} "
        f"| {difference:+.1f} ({low:+.1f} to {high:+.1f}), p = {told.p:.2g} | {longer} |\n"
    )


def _share(right: Right) -> str:
    found = wilson(sum(right.values()), len(right))
    return f"{100 * found.value:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"


def compare(folder: Path, config: RunConfig) -> str:
    """Make what is missing in a folder; return the table."""
    execute(config, folder)
    lines = []
    for arm in config.students:
        found = sets(folder, arm.name)
        tasks = [*sorted(found["reserved"].keys() - {ALL}), ALL]
        lines += [row(arm.name, task, found) for task in tasks]
    return f"\n{HEAD}{''.join(lines)}"


def main() -> None:
    """Make what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dir", type=Path, default=Path("runs/wordings"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    folder = given.dir / f"seed-{given.seed}"
    sys.stdout.write(compare(folder, configured(given.seed, given.count, [])))


if __name__ == "__main__":
    main()
