"""Where an arm is right: by number of steps, by template, and by the set a problem came from.

steps     how many ground-truth steps a problem has, else its level
length    whether that is more than any training problem of its task has
template  whether its wording was one of the training problems', as the leak report finds it
source    the named set it came from

A problem of which this cannot be told is in no slice of that kind.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from cotutor.evaluate.accuracy import Judged, right_by_problem
from cotutor.evaluate.measuring import by_task
from cotutor.problems.leaks import found_templates
from cotutor.records import Problem
from cotutor.report.model import Slice
from cotutor.statistics import share

LONGER = {False: "as in training", True: "more steps than in training"}
SEEN = {True: "seen", False: "unseen"}

_LevelOf = Callable[[Problem], str | None]


def slices(
    arm: str,
    problems: Mapping[str, Problem],
    judged: Sequence[Judged],
    train: Sequence[Problem],
    also: str | None = None,
) -> list[Slice]:
    """Return an arm's accuracy by steps, length and template, per task and over all.

    `judged` are attempts at the tested problems, else at those of the set `also`: arms
    that were not all asked it compare on the tested problems alone. `train` are the
    training problems. Accuracies are means over all scored samples, clustered by
    problem; `n` counts problems.
    """
    right = right_by_problem(judged)
    ids = {trace.problem_id for trace, _ in judged}
    asked = [problem for key, problem in problems.items() if key in ids]
    kinds: dict[str, _LevelOf] = {
        "steps": _steps, "length": _longer_than(train), "template": _seen_in(train, asked),
    }  # fmt: skip
    return [
        _slice(arm, task, by, level, [right[problem.id] for problem in group], also)
        for task, some in _tasks(problems, right)
        for by, level, group in _by_level(some, kinds)
    ]


def by_source(
    arm: str,
    problems: Mapping[str, Problem],
    judged: Sequence[Judged],
    sources: Mapping[str, Collection[str]],
) -> list[Slice]:
    """Return an arm's accuracy on each named set of problem ids, as `slices` does.

    A problem of two sets counts in both.
    """
    right = right_by_problem(judged)
    return [
        _slice(arm, task, "source", name, group)
        for task, some in _tasks(problems, right)
        for name, ids in sources.items()
        if (group := [right[problem.id] for problem in some if problem.id in ids])
    ]


def _tasks(
    problems: Mapping[str, Problem], ids: Iterable[str]
) -> Iterable[tuple[str, list[Problem]]]:
    return by_task((problems[key].task, problems[key]) for key in ids).items()


def steps(problem: Problem) -> int | None:
    """Return how many ground-truth steps a problem has, else its level, if that is known."""
    return len(problem.steps) or problem.level


def _steps(problem: Problem) -> str | None:
    found = steps(problem)
    return None if found is None else str(found)


def _by_level(
    problems: Sequence[Problem], kinds: Mapping[str, _LevelOf]
) -> Iterator[tuple[str, str, list[Problem]]]:
    for by, level_of in kinds.items():
        groups: dict[str, list[Problem]] = defaultdict(list)
        for problem in problems:
            level = level_of(problem)
            if level is not None:
                groups[level].append(problem)
        for level in sorted(groups, key=lambda text: (len(text), text)):  # 9 before 10
            yield by, level, groups[level]


def _longer_than(train: Sequence[Problem]) -> _LevelOf:
    longest: dict[str, int] = {}
    for problem in train:
        longest[problem.task] = max(longest.get(problem.task, 0), steps(problem) or 0)

    def level(problem: Problem) -> str | None:
        mine, known = steps(problem), longest.get(problem.task)
        return LONGER[mine > known] if mine and known else None

    return level


def _seen_in(train: Sequence[Problem], asked: Sequence[Problem]) -> _LevelOf:
    """Return what tells of one of the problems `asked` whether training had its template.

    Made problems name theirs; of others the leak report's templates are taken.
    """
    trained, found = found_templates(train, asked)
    seen = {*trained, *((problem.task, problem.template) for problem in train)} - {None}
    keys = {problem.id: key for problem, key in zip(asked, found, strict=True)}

    def level(problem: Problem) -> str | None:
        if not train or (problem.program and problem.template is None):
            return None
        named = problem.task, problem.template
        return SEEN[(named if problem.program else keys[problem.id]) in seen]

    return level


def _slice(
    arm: str, task: str, by: str, level: str, right: Sequence[Sequence[bool]],
    also: str | None = None,
) -> Slice:  # fmt: skip
    found = share(right)
    return Slice(
        arm=arm, task=task, by=by, level=level, set=also,
        accuracy=found.value, low=found.low, high=found.high, n=found.n,
    )  # fmt: skip
