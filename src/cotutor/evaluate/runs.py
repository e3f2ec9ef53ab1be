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

    `shared` counts those, `only_a` and `only_b` the tested problems of one run alone. `also` has
    the comparisons on each set of `evaluate.also` of which both were asked the same problems.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    a: str
    b: str
    shared: int
    only_a: int
    only_b: int
    comparisons: tuple[Comparison, ...]
    also: dict[str, tuple[Comparison, ...]]
    differences: tuple[Difference, ...]


class Trained(OverSeeds):
    """An arm's accuracy on a task over its trainings."""

    arm: str
    task: str


class Pooled(BaseModel):
    """Each student over its trainings, and the differences, on `shared` problems.

    Those are the ones of which all scored an answer; the others were `left_out`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shared: int
    left_out: int
    arms: tuple[Trained, ...]
    comparisons: tuple[Comparison, ...]


class Pool(Pooled):
    """Several runs as one, on the tested problems, and on each set of `evaluate.also`.

    `seeds` are those of the trainings. `settings` are the keys that the runs have set otherwise,
    name and seeds apart.
    """

    runs: tuple[str, ...]
    seeds: tuple[int, ...]
    also: dict[str, Pooled]
    settings: tuple[str, ...]


_Sets = dict[str | None, list[Judged]]
"""An arm's attempts by the set that they are at; None: the tested problems."""


def pool_runs(runs: Sequence[Finished]) -> Pool:
    """Take the students that all runs trained over their seeds, on the problems all scored.

    Raises:
        DataError: two runs trained with one seed, or the runs have no student or no scored
            problem in common, or one id stands for two problems.

    """
    first = runs[0]
    seeds = [_training_seed(run) for run in runs]
    if twice := [seed for seed in seeds if seeds.count(seed) > 1]:
        raise DataError(
            f"two of the runs trained with seed {twice[0]}: one training says nothing of another"
            " (--set sft.seed=... trains otherwise on the same problems)"
        )
    students = [arm["name"] for arm in first.config["students"]]
    arms = [arm for arm in students if all(arm in run.arms for run in runs)]
    judged_S = [{arm: run.judged_by_set(arm) for arm in arms} for run in runs]
    tested = _pooled(runs, judged_S, None)
    if tested is None:
        raise DataError(
            f"{', '.join(str(run.folder) for run in runs)} share no student or no scored problem:"
            " `seed` draws procedural problems; give all runs one `seed`, and each a training"
            " seed of its own (--set sft.seed=...)"
        )
    keys = {key for run in runs[1:] for key in changed_keys(dict(first.config), dict(run.config))}
    found = {name: _pooled(runs, judged_S, name) for name in first.also}
    return Pool(
        **dict(tested),
        runs=tuple(str(run.folder) for run in runs),
        seeds=tuple(seeds),
        also={name: pooled for name, pooled in found.items() if pooled is not None},
        settings=tuple(sorted(keys - {"name", "seed", "sft.seed"})),
    )


def _training_seed(run: Finished) -> int:
    own = run.config.get("sft", {}).get("seed")
    return int(run.config["seed"] if own is None else own)


def _pooled(
    runs: Sequence[Finished], sets_S: Sequence[dict[str, _Sets]], name: str | None
) -> Pooled | None:
    """Return the students over their trainings on one set, None where they share no problem."""
    judged_S = [{arm: sets.get(name, []) for arm, sets in of.items()} for of in sets_S]
    scored = [set(right_by_problem(some)) for judged in judged_S for some in judged.values()]
    shared = set.intersection(*scored) if scored else set[str]()
    if not shared:
        return None
    for run in runs[1:]:
        _check_same(runs[0], run, shared)
    problems = {key: one for key, one in runs[0].problems.items() if key in shared}
    judged_S = [{arm: _at(some, shared) for arm, some in judged.items()} for judged in judged_S]
    names = dict.fromkeys(problem.task for problem in problems.values())
    tasks = [*([ALL] if len(names) > 1 else []), *names]
    arms = list(judged_S[0])
    return Pooled(
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
    sides = [{arm: run.judged_by_set(arm) for arm in dict.fromkeys(pair[side] for pair in pairs)}
             for side, run in enumerate((a, b))]  # fmt: skip
    tested = [
        {trace.problem_id for sets in side.values() for trace, _ in sets[None]} for side in sides
    ]
    shared = tested[0] & tested[1]
    if not shared:
        raise DataError(f"{a.folder} and {b.folder} share no tested problem: nothing to compare")
    found = {
        name: tuple(c for pair in pairs for c in _compared((a, b), sides, pair, name))
        for name in (None, *(name for name in a.also if name in b.also))
    }
    return Pairing(
        a=str(a.folder), b=str(b.folder), shared=len(shared),
        only_a=len(tested[0] - shared), only_b=len(tested[1] - shared),
        comparisons=found[None],
        also={name: some for name, some in found.items() if name is not None and some},
        differences=tuple(
            Difference(key=key, a=_value(a.config, key), b=_value(b.config, key))
            for key in changed_keys(dict(a.config), dict(b.config))
        ),
    )  # fmt: skip


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
    runs: tuple[Finished, Finished], sides: Sequence[dict[str, _Sets]],
    pair: tuple[str, str], of: str | None,
) -> list[Comparison]:  # fmt: skip
    """Return a pair of arms compared on one set, on the problems that both were asked of it."""
    judged = [side[arm][of] for side, arm in zip(sides, pair, strict=True)]
    asked = [{trace.problem_id for trace, _ in some} for some in judged]
    shared = asked[0] & asked[1]
    _check_same(*runs, shared)
    names = [f"{run.folder}:{arm}" for run, arm in zip(runs, pair, strict=True)]
    both = {name: _at(some, shared) for name, some in zip(names, judged, strict=True)}
    return compare(names[0], names[1], runs[0].problems, both)


def _at(judged: Sequence[Judged], problems: set[str]) -> list[Judged]:
    """Return the attempts at some problems."""
    return [pair for pair in judged if pair[0].problem_id in problems]


def _value(config: Any, key: str) -> Any:
    """Return the value at a dotted path, None where it ends before."""
    for part in key.split("."):
        if isinstance(config, list):
            config = dict(enumerate(config)).get(int(part))
        else:
            config = config.get(part) if isinstance(config, dict) else None
    return config
