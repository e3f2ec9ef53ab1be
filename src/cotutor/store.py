"""The run directory: records as JSON lines, atomic files, and a manifest per stage.

A file that a reader may see is whole: it is written beside its place and
renamed. The one exception is the journal, which grows a chunk of lines at a
time: readers skip a last line that is not finished, and whoever writes next
cuts it off.

A stage is done when its manifest says so, which is written last. The manifest
holds the settings the stage ran with, so that a changed one can be named, and
digests of the settings and records of the stages it rests on, so that its
results are known to be out of date when those are made anew.

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
    except (FileNotFoundError, NotADirectoryError):
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
    for number, line in _lines(path):
        yield _record(line, model, path, number)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        handle = path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{path} is missing: run the stage that writes it first") from error
    with handle:
        yield from enumerate(handle, 1)


def _record(line: bytes, model: type[R], path: Path, number: int) -> R:
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"{part}." for part in first["loc"]).removesuffix(".")
        message = f"{where} {first['msg']}".strip().replace(" at line 1 column", " at column")
        raise DataError(f"{path} line {number}: {message}") from error


class Journal:
    """An append-only file of records, written a chunk at a time.

    Anybody may read it; only the process that holds the folder's lock mends it and appends.
    """

    def __init__(self, path: Path) -> None:
        """Open the journal at `path`; it need not exist yet."""
        self.path = path

    def read(self, model: type[R]) -> Iterator[R]:
        """Yield what was written whole; a last line that is not finished is skipped."""
        if not self.path.exists():
            return
        for number, line in _lines(self.path):
            if line.endswith(b"\n"):
                yield _record(line, model, self.path, number)

    def mend(self) -> None:
        """Cut off a last line that a crash left unfinished."""
        if not self.path.exists():
            return
        with self.path.open("r+b") as handle:
            handle.seek(max(0, handle.seek(0, os.SEEK_END) - 1))
            if handle.read() not in (b"", b"\n"):
                handle.seek(0)
                handle.truncate(handle.read().rfind(b"\n") + 1)

    def append(self, records: Iterable[Record]) -> None:
        """Write the records as one chunk and wait until the disk has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.mend()
        with self.path.open("ab") as handle:
            handle.write("".join(record.line() + "\n" for record in records).encode("utf-8"))
            handle.flush()
            os.fsync(handle.fileno())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from working in a folder.

    Raises:
        DataError: another one is at work in it, or it cannot be a folder.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{folder} cannot be a run directory: {error.strerror}") from error
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

    def commit(self, settings: dict[str, Any], counts: dict[str, Any], made: str) -> None:
        """Mark the stage done; called when all its outputs are in place.

        `made` is a digest of the records in them.
        """
        write_json(self.path, {"done": True, "settings": settings, "counts": counts, "made": made})

    def mark(self, changed: list[str]) -> None:
        """Note which settings of a stage that ran have other values in the run's config.json."""
        found = self.read()
        if found is not None and found.get("changed", []) != changed:
            write_json(self.path, found | {"changed": changed})

    def read(self) -> dict[str, Any] | None:
        """Return the manifest, or None when the stage never began.

        Raises:
            DataError: the file is no manifest.

        """
        found = read_json(self.path)
        if found is None:
            return None
        is_whole = (
            isinstance(found, dict)
            and "done" in found
            and isinstance(found.get("settings"), dict)
            and isinstance(found.get("counts", {}), dict)
            and ("counts" in found or not found["done"])
        )
        if not is_whole:
            raise DataError(f"{self.path} is no manifest: remove it, and its stage is done again")
        manifest: dict[str, Any] = found
        return manifest


def outdated(folder: Path, stage: str) -> str | None:
    """Say why what a stage left in a run directory is out of date, None where it is not.

    It is where the run's configuration has changed, or a result it rests on was made anew.
    """
    found = Manifest(folder / "manifests", stage).read()
    if found is None:
        return None
    if found.get("changed"):
        return f"{', '.join(found['changed'][:3])} changed since stage {stage} ran"
    records = found["settings"].get("records", {})
    for name, settings in found["settings"].get("inputs", {}).items():
        before = Manifest(folder / "manifests", name).read()
        if before is None:
            continue
        made = before.get("made", records.get(name))
        if digest(before["settings"]) != settings or made != records.get(name):
            return f"stage {name} began anew since"
        if (reason := outdated(folder, name)) is not None:
            return reason
    return None


def changed_keys(before: Any, now: Any, prefix: str = "") -> list[str]:
    """Name the keys whose values differ, as dotted paths; items of lists by number, from 0.

    A list of plain values is one value.
    """
    if _holds_keys(before) and _holds_keys(now):
        before, now = (dict(enumerate(one)) for one in (before, now))
    if isinstance(before, dict) and isinstance(now, dict):
        keys = sorted(before.keys() | now.keys())
        found = [
            changed_keys(before.get(k), now.get(k), f"{prefix}.{k}" if prefix else k) for k in keys
        ]
        return [key for keys in found for key in keys]
    return [] if digest(before) == digest(now) else [prefix]


def _holds_keys(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
