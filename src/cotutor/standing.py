"""How a stage stands in a run directory: to do, to continue, done, changed, or a file is lost.

All of it follows from the manifests and the files that are there. A stage that has changed may
be redone where nothing is lost by that, else where the user agrees to it (`--overwrite`). Such
an agreement lies in the run directory until all it was given for is done, so that the run goes
on when it is interrupted.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cotutor.errors import ConfigError
from cotutor.records import digest
from cotutor.stages import Run
from cotutor.store import Manifest, changed_keys, read_json, write_json

Work = Callable[[Run], dict[str, Any]]
OVERWRITING = "overwriting.json"
BEFORE = ("inputs.", "records.")
"""What keys begin with that say what a stage rests on."""
_RESUMED = ("collect", "sft", "evaluate", "probe", "reason", "retention")
_CONTENT = "content"
_READ = ("file", "files", "text", "tasks")


@dataclass(frozen=True)
class Stage:
    """One stage of a run.

    `settings` are all that shapes its outcome beside what the stages in
    `after` made; `outputs` are the files it leaves in the run directory; `work`
    returns the counts for the manifest. What else is in `folder` goes with the
    outputs when they are made anew.
    """

    name: str
    settings: dict[str, Any]
    after: tuple[str, ...]
    outputs: tuple[str, ...]
    work: Work
    folder: str | None = None

    @property
    def kind(self) -> str:
        """The name without that of the arm."""
        return self.name.partition("/")[0]


class Result(NamedTuple):
    """Digests of a stage's settings and of the records it made, None where that is not known."""

    settings: str
    made: str | None


@dataclass(frozen=True)
class Look:
    """A stage beside what is there of it.

    `changed` are the keys that differ from those it ran with; `missing` are files that it
    left and that are gone. It `has_work` that would be lost if it were begun anew.
    """

    stage: Stage
    manifest: Manifest
    settings: dict[str, Any]
    has_begun: bool
    was_done: bool
    changed: list[str]
    missing: list[str]
    has_work: bool

    @property
    def is_due(self) -> bool:
        """Whether there is something to do."""
        return not self.was_done or bool(self.changed or self.missing)

    def named(self) -> list[str]:
        """Return what has changed, in words: a digest alone stands for the files it is of."""
        own = [key for key in self.changed if key != _CONTENT]
        if own or not self.changed:
            return own
        files = list(dict.fromkeys(_files(self.stage.settings)))
        return [f"the content of {' or '.join(files)}"] if files else [_CONTENT]


def look(run: Run, stage: Stage, results: dict[str, Result]) -> Look:
    """Look at a stage, and note in `results` what those behind it rest on."""
    manifest = Manifest(run.folder / "manifests", stage.name)
    found = manifest.read()
    was_done = found is not None and found["done"]
    before = found["settings"].get("records", {}) if found else {}
    settings = stage.settings | {
        "inputs": {name: results[name].settings for name in stage.after},
        "records": {name: results[name].made or before.get(name) for name in stage.after},
    }
    changed = changed_keys(found["settings"], settings) if found else []
    made = found.get("made") if found and not changed else None
    results[stage.name] = Result(digest(settings), made)
    gone = [output for output in stage.outputs if not (run.folder / output).exists()]
    return Look(
        stage, manifest, settings, found is not None, was_done, changed,
        missing=gone if was_done else [], has_work=was_done or _is_half_done(run.folder, stage),
    )  # fmt: skip


def state(seen: Look, agreed: Iterable[str] = ()) -> str:
    """Return the state of a stage for a person; those `agreed` to may be redone."""
    if seen.changed and seen.has_work:
        told = f"changed: {', '.join(seen.named()[:3])}; "
        return told + ("to do anew" if seen.stage.name in agreed else "needs --overwrite")
    if seen.changed or not seen.has_begun:
        return "to do"
    if seen.missing:
        return f"to do again: {seen.missing[0]} is missing"
    return "done" if seen.was_done else "to continue"


def check(run: Run, seen: Look, agreed: Iterable[str]) -> None:
    """Refuse to redo a stage that has work to lose, unless that was `agreed` to.

    Raises:
        ConfigError: it has changed since it ran.

    """
    if not (seen.changed and seen.has_work) or seen.stage.name in agreed:
        return
    if "records" not in (seen.manifest.read() or {})["settings"]:
        raise ConfigError(
            f"{run.folder} was made by an older cotutor: choose another --dir, "
            "or make it anew with --overwrite"
        )
    raise ConfigError(
        f"{run.folder}: {', '.join(seen.named()[:3])} changed since stage {seen.stage.name} ran; "
        "redo it with --overwrite, or choose another --dir"
    )


def clear(folder: Path, stage: Stage) -> None:
    """Remove what a stage has left in the run directory."""
    for output in stage.outputs:
        (folder / output).unlink(missing_ok=True)
    if stage.folder is not None and (folder / stage.folder).exists():
        shutil.rmtree(folder / stage.folder)


def agree(run: Run, every: Iterable[Stage], names: Iterable[str]) -> None:
    """Note that the stages of these names may be redone with the settings they have now."""
    noted = {"settings": _asked(every), "stages": list(names)}
    write_json(run.folder / OVERWRITING, noted)


def agreed(run: Run, every: Iterable[Stage]) -> frozenset[str]:
    """Return the names of the stages that may be redone, as was agreed to before.

    None may where a setting of the run has changed since.
    """
    noted = read_json(run.folder / OVERWRITING)
    is_same = isinstance(noted, dict) and noted.get("settings") == _asked(every)
    return frozenset(noted["stages"]) if is_same else frozenset()


def settle(run: Run, done: Iterable[str]) -> None:
    """Forget what was agreed to, where all of it is done."""
    noted = read_json(run.folder / OVERWRITING)
    if noted is not None and set(noted["stages"]) <= set(done):
        (run.folder / OVERWRITING).unlink()


def _asked(every: Iterable[Stage]) -> str:
    return digest([stage.settings for stage in every])


def _is_half_done(folder: Path, stage: Stage) -> bool:
    """Say whether a stage that goes on from where it was has left something to go on from."""
    if stage.kind not in _RESUMED:
        return False
    inside = () if stage.folder is None else (folder / stage.folder).rglob("*")
    places = [*(folder / output for output in stage.outputs), *inside]
    return any(path.is_file() and path.stat().st_size for path in places)


def _files(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the files that settings say to read, at any depth."""
    for key, value in settings.items():
        some = value if isinstance(value, list) else [value]
        for one in some:
            if isinstance(one, Mapping):
                yield from _files(one)
            elif key in _READ and isinstance(one, str):
                yield one
