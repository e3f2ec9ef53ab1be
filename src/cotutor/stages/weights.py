"""Weights of students that somebody removed: a stage behind the training may need them yet."""

from collections.abc import Iterator
from pathlib import Path

from cotutor.stages.run import Run
from cotutor.stages.training import students
from cotutor.store import read_json
from cotutor.train import Arm

_RECORD = "student.json"


def lost_weights(run: Run, arm: Arm) -> tuple[str, ...]:
    """Return the files in the run directory of the weights that an arm's students lack."""
    return tuple((at / name).relative_to(run.folder).as_posix() for at, name in _lost(run, arm))


def forget_lost(run: Run, arm: Arm) -> None:
    """Remove the records of an arm's students that lack their weights: they are trained again."""
    for folder, _ in _lost(run, arm):
        (folder / _RECORD).unlink()


def _lost(run: Run, arm: Arm) -> Iterator[tuple[Path, str]]:
    """Yield the folder of each student without weights, and the name that their file had."""
    for folder in students(run, arm).values():
        record = read_json(folder / _RECORD)
        if isinstance(record, dict) and not any(folder.glob("*.safetensors")):
            is_whole = record.get("method") == "full"
            yield folder, "model.safetensors" if is_whole else "adapter_model.safetensors"
