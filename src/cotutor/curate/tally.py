"""What a curation came to, counted as it goes by."""

from collections import Counter
from typing import Any

from cotutor.curate.diversity import Diversity
from cotutor.curate.stream import Curated


class Tally:
    """Counts of traces by what became of them, and means of the diversity of what was kept."""

    def __init__(self) -> None:
        self.traces = self.correct = self.kept = 0
        self.rejected = Counter[str]()
        self._problems = self._paths = self._wordings = self._compared = 0
        self._similarity = 0.0

    def add(self, made: Curated) -> None:
        """Count one problem's traces."""
        self.traces += len(made.verdicts)
        self.correct += sum(verdict.outcome == "correct" for verdict in made.verdicts)
        self.kept += len(made.kept)
        self.rejected.update(reject.reason for reject in made.rejects)
        if made.kept:
            self._measure(made.diversity)

    def _measure(self, found: Diversity) -> None:
        self._problems += 1
        self._paths += found.paths
        self._wordings += found.wordings
        if found.similarity is not None:
            self._compared += 1
            self._similarity += found.similarity

    def counts(self) -> dict[str, Any]:
        """Return the counts; `diversity` holds means over the problems of which traces were kept.

        Its `similarity` is the mean over the problems with more than one such trace.
        """
        return {
            "traces": self.traces,
            "correct": self.correct,
            "kept": self.kept,
            "rejected": dict(self.rejected),
            "diversity": {
                "paths": _mean(self._paths, self._problems),
                "wordings": _mean(self._wordings, self._problems),
                "similarity": _mean(self._similarity, self._compared),
            },
        }


def _mean(total: float, count: int) -> float | None:
    return round(total / count, 3) if count else None
