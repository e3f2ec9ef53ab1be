"""From the run file's teacher to a generator, by a dict of callables."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from cotutor.config import OneTeacher, RunConfig, Teacher
from cotutor.errors import DataError
from cotutor.generate import Generator
from cotutor.generate.settings import INCIDENTAL
from cotutor.records import Trace, digest


def open_teacher(config: RunConfig, folder: Path) -> Generator:
    """Return the teacher of a run; what it caches lies in the run directory.

    Raises:
        BackendError: a local teacher cannot be loaded.
        DataError: a file of recorded traces is missing or wrong.

    """
    return _open(config.teacher, config, folder)


def open_baseline(config: RunConfig, folder: Path) -> Generator:
    """Return the teacher that answers the tested problems: the first that is no human.

    Where all are human, so is this one, and it answers none of them.

    Raises:
        BackendError: a local teacher cannot be loaded.
        DataError: a file of recorded traces is missing or wrong.

    """
    teachers = list(each_teacher(config))
    able = [settings for settings in teachers if settings.generator != "human"]
    return _open((able or teachers)[0], config, folder)


def teacher_settings(config: RunConfig) -> dict[str, Any]:
    """Return all that shapes the traces of a run's teacher, as JSON.

    What shapes how it goes only, such as concurrency and prices, is left out,
    and the content of recorded files is in.

    Raises:
        DataError: a file of recorded traces is missing.

    """
    settings = _shaping(config.teacher.model_dump(mode="json"))
    return settings | {"seed": config.seed, "content": _teacher_content(config)}


def _teacher_content(config: RunConfig) -> str | None:
    """Return a digest of the recorded traces that the run's teachers read, None without any."""
    contents = [_content(settings) for settings in each_teacher(config)]
    return contents[0] if len(contents) == 1 else digest(contents)


def by_teacher(traces: Iterable[Trace]) -> dict[str, list[Trace]]:
    """Return the traces of each generator, by its name."""
    found: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        found[trace.generator].append(trace)
    return dict(found)


def each_teacher(config: RunConfig) -> Iterator[OneTeacher]:
    """Yield the settings of a run's teachers, one after the other."""
    if config.teacher.generator == "mixed":
        yield from config.teacher.teachers
    else:
        yield config.teacher


def _shaping(settings: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in settings.items() if key not in INCIDENTAL}
    if "teachers" in kept:
        kept["teachers"] = [_shaping(one) for one in kept["teachers"]]
    return kept


def _content(settings: OneTeacher) -> str | None:
    """Return a digest of the recorded traces that a replay teacher reads, None for others."""
    if settings.generator != "replay":
        return None
    return digest([path.read_bytes().hex() for path in _recorded(settings.files)])


def _open(settings: Teacher, config: RunConfig, folder: Path) -> Generator:
    return _TEACHERS[settings.generator](settings, config, folder)


def _symbolic(settings: Any, config: RunConfig, folder: Path) -> Generator:
    from cotutor.generate.symbolic import SymbolicTeacher

    return SymbolicTeacher(mistakes=settings.mistakes, seed=config.seed)


def _endpoint(settings: Any, config: RunConfig, folder: Path) -> Generator:
    from cotutor.generate.endpoint import EndpointTeacher

    cache = settings.cache or folder / "requests.sqlite"
    return EndpointTeacher(settings.model_copy(update={"cache": cache}))


def _local(settings: Any, config: RunConfig, folder: Path) -> Generator:
    from cotutor.generate.local import LocalGenerator
    from cotutor.models import load_model

    model, tokenizer = load_model(settings.model, revision=settings.revision)
    return LocalGenerator(model, tokenizer, settings, name=settings.model)


def _replay(settings: Any, config: RunConfig, folder: Path) -> Generator:
    from cotutor.generate.replay import ReplayTeacher

    return ReplayTeacher(settings.model_copy(update={"files": _recorded(settings.files)}))


def _human(settings: Any, config: RunConfig, folder: Path) -> Generator:
    from cotutor.generate.human import HumanTeacher

    return HumanTeacher(format=settings.format, keep_marks=settings.marks == "keep")


def _several(settings: Any, config: RunConfig, folder: Path) -> Generator:
    from cotutor.generate.mixed import MixedTeachers

    return MixedTeachers([(_open(one, config, folder), one.samples) for one in settings.teachers])


def _recorded(files: tuple[Path, ...]) -> tuple[Path, ...]:
    """Find each file where it says, or in the data folder."""
    found = []
    for file in files:
        places = [file, Path(os.environ.get("COTUTOR_DATA", "")) / file]
        at = next((place for place in places if place.is_file()), None)
        if at is None:
            raise DataError(f"teacher.files: there is no file {file}, nor one in COTUTOR_DATA")
        found.append(at)
    return tuple(found)


_TEACHERS: dict[str, Callable[[Any, RunConfig, Path], Generator]] = {
    "symbolic": _symbolic,
    "endpoint": _endpoint,
    "local": _local,
    "replay": _replay,
    "human": _human,
    "mixed": _several,
}
