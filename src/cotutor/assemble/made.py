"""What the stages of a run left beside their records."""

from typing import Any

from cotutor.stages import Run, students
from cotutor.store import Manifest, read_json
from cotutor.train import Arm as ArmSettings


def manifest(run: Run, stage: str) -> dict[str, Any]:
    """Return the counts that a stage left."""
    found = Manifest(run.folder / "manifests", stage).read() or {}
    counts: dict[str, Any] = found.get("counts", {})
    return counts


def trainings(run: Run, arm: ArmSettings) -> list[dict[str, Any]]:
    """Return what the trainings of an arm left, one per student."""
    return [read_json(folder / "training.json") for folder in students(run, arm).values()]
