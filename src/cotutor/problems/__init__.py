"""Problems: questions with known answers, from files, the hub, benchmarks or families.

    load({"file": "mine.csv", "kind": "number"})    your own rows
    load("coin_flip:train")                         a published benchmark split
    load(["coin_flips:train", "dates:train"])       made problems, concatenated

`load` gives every problem an id of its own and refuses whatever is no problem;
`overlap` shows what training and held-out problems share.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cotutor.problems import benchmarks, files, hub, procedural, rows
from cotutor.problems.checks import check
from cotutor.problems.contamination import contamination, gate_contamination
from cotutor.problems.leaks import overlap
from cotutor.problems.rows import Located
from cotutor.problems.sides import take_side
from cotutor.problems.sources import (
    BenchmarkSource,
    FamilySource,
    FileSource,
    HubSource,
    OneSource,
    parse_source,
)
from cotutor.records import Problem

__all__ = ["contamination", "gate_contamination", "load", "located", "overlap"]


def load(source: Any, *, seed: int = 0) -> list[Problem]:
    """Return the problems of a source, in its order, each with an id of its own.

    Args:
        source: a parsed `Source`, or whatever the run file may hold for one.
        seed: which problems a procedural family makes; other sources ignore it.

    Raises:
        ConfigError: the source is misspelt.
        DataError: a file, data set or row is not what it should be; the
            sentence names the place.

    """
    return [item.problem for item in located(source, seed=seed)]


def located(source: Any, *, seed: int = 0) -> list[Located]:
    """Return the problems that `load` returns, each with its place in the source.

    Raises:
        ConfigError, DataError: see `load`.

    """
    return check(item for one in parse_source(source) for item in _located(one, seed))


def _located(source: OneSource, seed: int) -> Iterator[Located]:
    match source:
        case FileSource():
            return _from_file(source)
        case HubSource():
            return _from_hub(source)
        case BenchmarkSource():
            return benchmarks.located(source.benchmark, split=source.split, splits=source.splits)
        case FamilySource():
            return _made(source, seed)


def _from_file(source: FileSource) -> Iterator[Located]:
    read, task = files.read(source.file), Path(source.file).name.partition(".")[0]
    found = rows.problems(read, source, name=source.file, task=task, split=source.split)
    return take_side(found, source, name=source.file)


def _from_hub(source: HubSource) -> Iterator[Located]:
    name, task = f"{source.hub} {source.loaded}", Path(source.hub).name
    read = hub.read(source.hub, config=source.config, split=source.loaded, revision=source.revision)
    found = rows.problems(read, source, name=name, task=task, split=source.split)
    return take_side(found, source, name=name)


def _made(source: FamilySource, seed: int) -> Iterator[Located]:
    for family in source.families():
        made = procedural.problems(
            family, split=source.split, seed=seed, count=source.count, level=source.level,
            wording=source.wording,
        )  # fmt: skip
        for number, problem in enumerate(made, start=1):
            yield Located(f"{family} {source.split} problem {number}", problem, is_named=False)
