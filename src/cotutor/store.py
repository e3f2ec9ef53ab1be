"""The run directory: records as JSON lines, atomic files, and a manifest per stage.

A file that a reader may see is whole: it is written beside its place and
renamed. The one exception is the journal, which grows a chunk of lines at a
time; a last line cut off by a crash is dropped when it is read again.

A stage is done when its manifest exists, which is written last. The manifest
holds the settings the stage ran with, so that a changed one can be named.

One process works in a run directory at a time: it holds a lock, which the system
takes from it when it ends, however it ends.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

from pydantic import ValidationError

from cotutor.errors import DataError
from cotutor.records import Record, digest

R = TypeVar("R", bound=Record)


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """Open a file that takes the place of `path` when all is written, and of nothing otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step; a crash leaves the old one or the new one."""
    with _replacing(path) as handle:
        handle.write(text)


def write_json(path: Path, value: Any) -> None:
    """Write JSON in one step, indented, keys in the order given."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file; None when it is not there.

    Raises:
        DataError: the file is there and is not JSON.

    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}") from error


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write records in one step as they come, and return how many there were."""
    count = 0
    with _replacing(path) as handle:
        for record in records:
            handle.write(record.line() + "\n")
            count += 1
    return count


def read_records(path: Path, model: type[R]) -> Iterator[R]:
    """Yield the records of a file.

    Raises:
        DataError: the file is missing, or a line is no such record.

    """
    try:
        handle = path.open(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing: run the stage that writes it first") from error
    with handle:
        for number, line in enumerate(handle, 1):
            yield _record(line, model, path, number)


def _record(line: str, model: type[R], path: Path, number: int) -> R:
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path} line {number}: {where} {first['msg']}") from error


class Journal:
    """An append-only file of records, written a chunk at a time."""

    def __init__(self, path: Path) -> None:
        """Open the journal at `path`; it need not exist yet."""
        self.path = path

    def read(self, model: type[R]) -> Iterator[R]:
        """Yield what was written whole; cut off a last line that a crash left unfinished."""
        if not self.path.exists():
            return
        raw = self.path.read_bytes()
        os.truncate(self.path, raw.rfind(b"\n") + 1)
        yield from read_records(self.path, model)

    def append(self, records: Iterable[Record]) -> None:
        """Write the records as one chunk and wait until the disk has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as handle:
            handle.write("".join(record.line() + "\n" for record in records).encode("utf-8"))
            handle.flush()
            os.fsync(handle.fileno())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from working in a folder.

    Raises:
        DataError: another one is at work in it.

    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as handle:
        if not _lock(handle):
            raise DataError(
                f"{folder}: another run is at work there; wait, or choose another --dir"
            )
        yield


def _lock(handle: TextIO) -> bool:
    """Lock a file until it is closed; say whether that could be done."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


class Manifest:
    """Says which settings a stage runs or ran with, and what it counted."""

    def __init__(self, folder: Path, stage: str) -> None:
        """Name the stage's manifest in `folder`."""
        self.path = folder / f"{stage.replace('/', '--')}.json"

    def begin(self, settings: dict[str, Any]) -> None:
        """Note what the stage is about to run with."""
        write_json(self.path, {"done": False, "settings": settings})

    def commit(self, settings: dict[str, Any], counts: dict[str, Any]) -> None:
        """Mark the stage done; called when all its outputs are in place."""
        write_json(self.path, {"done": True, "settings": settings, "counts": counts})

    def read(self) -> dict[str, Any] | None:
        """Return the manifest, or None when the stage never began."""
        found = read_json(self.path)
        return found if isinstance(found, dict) else None


def changed_keys(before: Any, now: Any, prefix: str = "") -> list[str]:
    """Name the keys whose values differ, as dotted paths."""
    if isinstance(before, dict) and isinstance(now, dict):
        keys = sorted(before.keys() | now.keys())
        found = [
            changed_keys(before.get(k), now.get(k), f"{prefix}.{k}" if prefix else k) for k in keys
        ]
        return [key for keys in found for key in keys]
    return [] if digest(before) == digest(now) else [prefix]
