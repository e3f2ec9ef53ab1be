"""The exemplars of few-shot prompts: of a problem's own task, from the curated training traces."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cotutor.format import Shot, parse
from cotutor.records import Problem, Trace


def shots_by_task(
    kept: Iterable[Trace], problems: Mapping[str, Problem], count: int
) -> dict[str, tuple[Shot, ...]]:
    """Return `count` exemplars per task: the first kept trace of the first problems with one."""
    found: dict[str, dict[str, Shot]] = defaultdict(dict)
    for trace in kept:
        problem = problems[trace.problem_id]
        shots = found[problem.task]
        if len(shots) < count:
            shots.setdefault(problem.id, Shot(problem.question, parse(trace).text, problem.gold))
    return {task: tuple(shots.values()) for task, shots in found.items()}
