"""Checkpoints: one counts only when its seal, written after all its files, fits them."""

import os
import shutil
from pathlib import Path

from cotutor.errors import ConfigError
from cotutor.store import read_json, write_json

_SEAL = "seal.json"


def seal(folder: Path, rows: int) -> None:
    """Wait until the disk has every file of a checkpoint, then say so in it.

    Args:
        folder: the checkpoint.
        rows: how many rows a step takes, of all processes together.

    """
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        with path.open("rb+") as handle:
            os.fsync(handle.fileno())
    _sync(folder)
    sizes = {str(path.relative_to(folder)): path.stat().st_size for path in files}
    write_json(folder / _SEAL, {"rows": rows, "files": sizes})
    _sync(folder)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def last_whole(checkpoints: Path, rows: int) -> str | None:
    """Return the newest checkpoint that was written to its end; remove newer ones that were not.

    Raises:
        ConfigError: its steps took another number of rows, so other processes wrote it.

    """
    for folder in reversed(_by_step(checkpoints)):
        sealed = read_json(folder / _SEAL)
        if sealed is None or not _fits(folder, sealed["files"]):
            shutil.rmtree(folder)
            continue
        if sealed["rows"] != rows:
            raise ConfigError(
                f"{folder} was written with {sealed['rows']} rows a step and this run takes "
                f"{rows}: go on with as many processes as before, or use --overwrite"
            )
        return str(folder)
    return None


def prune(checkpoints: Path, keep: int, best: str | None) -> None:
    """Remove all but the newest `keep` checkpoints and the `best` one."""
    for folder in _by_step(checkpoints)[:-keep]:
        if str(folder) != best:
            (folder / _SEAL).unlink(missing_ok=True)  # first, or what is half gone would count
            shutil.rmtree(folder)


def _by_step(checkpoints: Path) -> list[Path]:
    return sorted(checkpoints.glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1]))


def _fits(folder: Path, sizes: dict[str, int]) -> bool:
    paths = ((folder / name, size) for name, size in sizes.items())
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)
