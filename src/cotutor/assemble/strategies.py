"""What the strategies of inference came to and took, as rows of the report."""

from collections.abc import Iterator, Mapping, Sequence

from cotutor.assemble.measures import tasks
from cotutor.reason.compare import Judged, compare
from cotutor.records import Problem
from cotutor.report.model import Spent


def spent(
    arm: str, problems: Mapping[str, Problem], found: Mapping[str, Sequence[Judged]]
) -> Iterator[Spent]:
    """Yield a row a strategy for each task, the cheapest first; with several, first over all.

    A strategy that has nothing scored on a task has no row there.
    """
    ids = [solution.problem_id for some in found.values() for solution, _ in some]
    for task, of_task in tasks(problems, ids):
        judged = {
            strategy: [pair for pair in some if pair[0].problem_id in of_task]
            for strategy, some in found.items()
        }
        scored = {
            strategy: some
            for strategy, some in judged.items()
            if any(verdict.outcome != "unscored" for _, verdict in some)
        }
        if scored:
            yield from compare(arm, scored, task=task)
