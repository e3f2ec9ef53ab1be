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
from cotutor.store import Journal, read_json, read_records


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
    def arms(self) -> list[str]:
        """The arms whose attempts at the tested problems are judged: students first."""
        judged = {path.parent.name for path in self.folder.glob("eval/*/verdicts.jsonl")}
        named = [arm["name"] for arm in self.config.get("students", ())]
        named += self.config.get("evaluate", {}).get("compare", ())
        return [arm for arm in named if arm in judged] + sorted(judged.difference(named))

    def judged(self, arm: str) -> list[Judged]:
        """Return an arm's attempts with their verdicts.

        Raises:
            DataError: there is no such arm, or it was not evaluated.

        """
        if arm not in self.arms:
            known = ", ".join(self.arms) or "none"
            raise DataError(
                f"{self.folder} holds no attempts of {arm}; of these there are: {known}"
            )
        folder = self.folder / "eval" / arm
        traces = {trace.id: trace for trace in Journal(folder / "traces.jsonl").read(Trace)}
        verdicts = read_records(folder / "verdicts.jsonl", Verdict)
        return [(traces[verdict.trace_id], verdict) for verdict in verdicts]
