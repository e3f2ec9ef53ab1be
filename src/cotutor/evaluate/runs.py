"""Runs beside each other: two that are set up otherwise, or several that differ in their seed."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from pydantic import BaseModel, ConfigDict

from cotutor.errors import DataError
from cotutor.evaluate.accuracy import Judged, compare, right_by_problem
from cotutor.evaluate.finished import Finished
from cotutor.evaluate.seeds import OverSeeds, compare_over_seeds, over_seeds
from cotutor.records import Comparison, Problem
from cotutor.report.model import ALL
from cotutor.store import changed_keys


class Difference(BaseModel):
    """One key of the configuration that the runs have set otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    a: Any
    b: Any


class Pairing(BaseModel):
    """What became of two runs: `a` minus `b`, over the problems that both tested.

    `shared` counts those, `only_a` and `only_b` the tested problems of one run alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    a: str
    b: str
    shared: int
    only_a: int
    only_b: int
    comparisons: tuple[Comparison, ...]
    differences: tuple[Difference, ...]


class Trained(OverSeeds):
    """An arm's accuracy on a task over its trainings."""

    arm: str
    task: str


class Pool(BaseModel):
    """Several runs as one: each student over its trainings, and the differences.

    Of the problems `shared` are those of which all scored an answer, the others were `left_out`.
    `settings` are the keys that the runs have set otherwise, name and seed apart.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    runs: tuple[str, ...]
    seeds: tuple[int, ...]
    shared: int
    left_out: int
    arms: tuple[Trained, ...]
    comparisons: tuple[Comparison, ...]
    settings: tuple[str, ...]


def pool_runs(runs: Sequence[Finished]) -> Pool:
    """Take the students that all runs trained over their seeds, on the problems all scored.

    Raises:
        DataError: two runs have one seed, or the runs have no student or no scored problem in
            common, or one id stands for two problems.

    """
    first = runs[0]
    seeds = [run.config["seed"] for run in runs]
    if twice := [seed for seed in seeds if seeds.count(seed) > 1]:
        raise DataError(
            f"two of the runs have seed {twice[0]}: one training says nothing of another"
        )
    students = [arm["name"] for arm in first.config["students"]]
    arms = [arm for arm in students if all(arm in run.arms for run in runs)]
    judged_S = [{arm: run.judged(arm) for arm in arms} for run in runs]
    scored = [set(right_by_problem(some)) for judged in judged_S for some in judged.values()]
    shared = set.intersection(*scored) if scored else set[str]()
    if not shared:
        raise DataError(
            f"{', '.join(str(run.folder) for run in runs)} share no student or no scored problem:"
            " procedural problems are drawn by the seed, so seeds are taken together on files"
        )
    for run in runs[1:]:
        _check_same(first, run, shared)
    problems = {key: one for key, one in first.problems.items() if key in shared}
    judged_S = [
        {arm: [one for one in some if one[0].problem_id in shared] for arm, some in judged.items()}
        for judged in judged_S
    ]
    names = dict.fromkeys(problem.task for problem in problems.values())
    tasks = [*([ALL] if len(names) > 1 else []), *names]
    keys = {key for run in runs[1:] for key in changed_keys(dict(first.config), dict(run.config))}
    return Pool(
        runs=tuple(str(run.folder) for run in runs),
        seeds=tuple(seeds),
        shared=len(shared), left_out=len(set.union(*scored) - shared),
        arms=tuple(
            Trained(arm=arm, task=task, **dict(over_seeds(problems, one_S, task)))
            for arm in arms
            for one_S in [[judged[arm] for judged in judged_S]]
            for task in tasks
        ),
        comparisons=tuple(
            compare_over_seeds((b, a), problems, judged_S, task)
            for a, b in combinations(arms, 2)
            for task in tasks
        ),
        settings=tuple(sorted(keys - {"name", "seed"})),
    )  # fmt: skip


def compare_runs(
    a: Finished, b: Finished, arms: Sequence[tuple[str, str]] | None = None
) -> Pairing:
    """Compare arms of two runs; without `arms`, those of equal name.

    Raises:
        DataError: the runs have no such arms, or no tested problem in common, or one id
            stands for two problems.

    """
    pairs = [(arm, arm) for arm in a.arms if arm in b.arms] if arms is None else list(arms)
    if not pairs:
        raise DataError(
            f"{a.folder} and {b.folder} have no arm of one name; name a pair with --arms A:B"
            f" ({', '.join(a.arms)} and {', '.join(b.arms)})"
        )
    tested = [{trace.problem_id for one in _first(pairs, side) for trace, _ in run.judged(one)}
              for side, run in enumerate((a, b))]  # fmt: skip
    shared = tested[0] & tested[1]
    if not shared:
        raise DataError(f"{a.folder} and {b.folder} share no tested problem: nothing to compare")
    _check_same(a, b, shared)
    return Pairing(
        a=str(a.folder), b=str(b.folder), shared=len(shared),
        only_a=len(tested[0] - shared), only_b=len(tested[1] - shared),
        comparisons=tuple(c for pair in pairs for c in _compared(a, b, pair, shared)),
        differences=tuple(
            Difference(key=key, a=_at(a.config, key), b=_at(b.config, key))
            for key in changed_keys(dict(a.config), dict(b.config))
        ),
    )  # fmt: skip


def _first(pairs: Sequence[tuple[str, str]], side: int) -> list[str]:
    return list(dict.fromkeys(pair[side] for pair in pairs))


def _check_same(a: Finished, b: Finished, shared: set[str]) -> None:
    """Refuse ids that stand for other problems: a file may name its rows 1, 2, 3.

    Raises:
        DataError: there is such an id.

    """
    for key in sorted(shared):
        if _content(a.problems[key]) != _content(b.problems[key]):
            raise DataError(
                f"the id {key!r} is another problem in {a.folder} than in {b.folder}:"
                " give the rows ids that tell them apart"
            )


def _content(problem: Problem) -> tuple[Any, ...]:
    return problem.question, problem.gold, problem.kind


def _compared(
    a: Finished, b: Finished, pair: tuple[str, str], shared: set[str]
) -> list[Comparison]:
    names = [f"{run.folder}:{arm}" for run, arm in zip((a, b), pair, strict=True)]
    judged: dict[str, list[Judged]] = {}
    for name, run, arm in zip(names, (a, b), pair, strict=True):
        judged[name] = [one for one in run.judged(arm) if one[0].problem_id in shared]
    return compare(names[0], names[1], a.problems, judged)


def _at(config: Any, key: str) -> Any:
    """Return the value at a dotted path, None where it ends before."""
    for part in key.split("."):
        config = config.get(part) if isinstance(config, dict) else None
    return config
