"""A finished run, read back from its directory alone: problems, attempts, and its configuration.

Unlike `cotutor.stages.Run` it needs neither the run file's problems nor its models.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cotutor.errors import DataError
from cotutor.evaluate.accuracy import Judged
from cotutor.records import Problem, Trace, Verdict
from cotutor.store import Journal, outdated, read_json, read_records

ASKED = "asked.json"
"""The file of a run directory that tells the tested problems from those asked also, by id."""


def read_judged(folder: Path) -> list[Judged]:
    """Return the traces of a folder with their verdicts.

    Raises:
        DataError: a file is missing or broken, or a verdict is of no trace that is there.

    """
    traces = {trace.id: trace for trace in Journal(folder / "traces.jsonl").read(Trace)}
    path = folder / "verdicts.jsonl"
    judged = []
    for number, verdict in enumerate(read_records(path, Verdict), 1):
        if verdict.trace_id not in traces:
            raise DataError(
                f"{path} line {number} judges a trace that {folder / 'traces.jsonl'} does not hold"
            )
        judged.append((traces[verdict.trace_id], verdict))
    return judged


def check_current(folder: Path, stage: str) -> None:
    """Refuse what a stage left in a run directory where it is out of date.

    Raises:
        DataError: it is.

    """
    if (reason := outdated(folder, stage)) is not None:
        raise DataError(
            f"{folder}: the results of {stage} are out of date ({reason});"
            " `cotutor run --overwrite` makes them anew"
        )


@dataclass(frozen=True)
class Finished:
    """A run directory; `config` is the run's resolved configuration."""

    folder: Path
    config: Mapping[str, Any]

    @classmethod
    def open(cls, folder: Path) -> "Finished":
        """Open a run directory.

        Raises:
            DataError: it is none.

        """
        config = read_json(folder / "config.json")
        if not isinstance(config, dict) or not (folder / "problems.jsonl").exists():
            raise DataError(f"{folder} is no run directory: it holds no config.json and problems")
        return cls(folder, config)

    @cached_property
    def problems(self) -> dict[str, Problem]:
        """All problems by id."""
        found = read_records(self.folder / "problems.jsonl", Problem)
        return {problem.id: problem for problem in found}

    @cached_property
    def tested(self) -> frozenset[str]:
        """The ids of the tested problems; in a run without `evaluate.also`, of all.

        Raises:
            DataError: the run has such sets, and an older cotutor did not note what is in them.

        """
        if (noted := self._asked) is None:
            if self.config.get("evaluate", {}).get("also"):
                raise DataError(
                    f"{self.folder} does not say which problems are tested and which are those of"
                    " evaluate.also: an older cotutor made it; `cotutor run` on it notes them"
                )
            return frozenset(self.problems)
        return frozenset(noted["tested"])

    @cached_property
    def also(self) -> dict[str, frozenset[str]]:
        """The ids of the problems of each set of `evaluate.also`."""
        noted = self._asked or {"also": {}}
        return {name: frozenset(ids) for name, ids in noted["also"].items()}

    @cached_property
    def _asked(self) -> dict[str, Any] | None:
        found = read_json(self.folder / ASKED)
        if found is not None and not (isinstance(found, dict) and {"tested", "also"} <= set(found)):
            raise DataError(f"{self.folder / ASKED} does not name tested problems")
        return found

    @cached_property
    def arms(self) -> list[str]:
        """The arms whose attempts are judged: students first."""
        judged = self._with("verdicts.jsonl")
        named = self._named
        return [arm for arm in named if arm in judged] + sorted(judged.difference(named))

    @cached_property
    def unjudged(self) -> list[str]:
        """The arms of the configuration, and any others with attempts, that have no verdicts.

        Chance, the arm `random`, is computed: it has none ever.
        """
        others = sorted(self._with("traces.jsonl").difference(self._named))
        return [arm for arm in [*self._named, *others] if arm not in {"random", *self.arms}]

    @cached_property
    def students(self) -> list[str]:
        """The students of the configuration."""
        return [arm["name"] for arm in self.config.get("students", ())]

    @property
    def _named(self) -> list[str]:
        return [*self.students, *self.config.get("evaluate", {}).get("compare", ())]

    def _with(self, file: str) -> set[str]:
        return {path.parent.name for path in self.folder.glob(f"eval/*/{file}")}

    def judged(self, arm: str) -> list[Judged]:
        """Return an arm's attempts at the tested problems with their verdicts.

        Raises:
            DataError: there is no such arm, it was not evaluated, or that is out of date.

        """
        return self.judged_by_set(arm)[None]

    def judged_by_set(self, arm: str) -> dict[str | None, list[Judged]]:
        """Return an arm's attempts with their verdicts by the set of `evaluate.also` they are at.

        None stands for the tested problems. A set that the arm was not asked has no attempts.

        Raises:
            DataError: as `judged` does.

        """
        if arm not in self.arms:
            known = ", ".join(self.arms) or "none"
            raise DataError(
                f"{self.folder} holds no attempts of {arm}; of these there are: {known}"
            )
        check_current(self.folder, f"evaluate/{arm}")
        judged = read_judged(self.folder / "eval" / arm)
        sets = [(None, self.tested), *self.also.items()]
        return {name: [pair for pair in judged if pair[0].problem_id in ids] for name, ids in sets}
