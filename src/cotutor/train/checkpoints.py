"""Checkpoints: one counts only when its marker, written after all its files, is there."""

import shutil
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

_MARKER = "whole"


def last_whole(checkpoints: Path) -> str | None:
    """Return the newest checkpoint that was written to its end; remove what was not."""
    found = sorted(checkpoints.glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1]))
    whole = [folder for folder in found if (folder / _MARKER).exists()]
    for folder in set(found) - set(whole):
        shutil.rmtree(folder)
    return str(whole[-1]) if whole else None


class Marker(TrainerCallback):  # type: ignore[misc]
    """Marks a checkpoint whole after all its files are written."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Write the marker."""
        (Path(args.output_dir) / f"checkpoint-{state.global_step}" / _MARKER).touch()
