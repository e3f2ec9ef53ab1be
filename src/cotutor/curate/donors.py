"""Is a reasoning needed? The student's base is given another problem's in its place.

Where it comes to the right answer all the same, the answer hangs on something else (the
question gives it away, or the base knows it), and its traces would teach to reason for show.
"""

from collections.abc import Sequence

from cotutor.curate.candidate import Candidate
from cotutor.curate.select import Scorer
from cotutor.records import Problem, Trace

UNNEEDED = "answered with another problem's reasoning"


class Donors:
    """Remembers for each task a trace of the two latest different answers.

    `reaches` says whether the base comes to a problem's answer from a trace's reasoning
    (see `cotutor.curate.score.reaches`). The first problem of a task has no donor, and passes.
    """

    def __init__(self, reaches: Scorer) -> None:
        self._reaches = reaches
        self._latest: dict[str, dict[str, Trace]] = {}

    def fault(self, problem: Problem, passed: Sequence[Candidate]) -> str | None:
        """Return why none of a problem's traces may be learnt from, None where they may."""
        if not passed:
            return None
        latest = self._latest.setdefault(problem.task, {})
        donor = next((trace for gold, trace in latest.items() if gold != problem.gold), None)
        latest.pop(problem.gold, None)
        latest[problem.gold] = passed[0].trace
        if len(latest) > 2:
            del latest[next(iter(latest))]
        if donor is None or self._reaches([(problem, donor)]) != [1.0]:
            return None
        return UNNEEDED
