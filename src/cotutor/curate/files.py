"""The files of a curation: traces out of the journal by problem, and records written as they come.

Memory holds an offset per trace and one problem's traces at a time.
"""

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from cotutor.records import Problem, Record, Trace
from cotutor.store import read_records

Write = Callable[[Iterable[Record]], None]


def by_problem(
    path: Path, problems: Sequence[Problem], samples: int
) -> Iterator[tuple[Problem, list[Trace]]]:
    """Yield every problem with its traces of samples 0 to `samples` - 1, all in order.

    A journal holds traces in the order in which they came; a chunk that was
    asked again stands there again, and the later traces count.

    Raises:
        DataError: the journal is missing, or a line of it is no trace.

    """
    offsets = _offsets(path, {problem.id: at for at, problem in enumerate(problems)}, samples)
    with path.open("rb") as handle:
        for at, problem in enumerate(problems):
            traces = []
            for offset in offsets[at * samples : (at + 1) * samples]:
                if offset >= 0:
                    handle.seek(offset)
                    traces.append(Trace.model_validate_json(handle.readline()))
            yield problem, traces


def _offsets(path: Path, places: dict[str, int], samples: int) -> "array[int]":
    """Return the offset in the file of every (problem, sample), -1 for those not there."""
    offsets = array("q", [-1]) * (len(places) * samples)
    traces = read_records(path, Trace)
    offset = 0
    with path.open("rb") as handle:
        for line in handle:
            trace = next(traces)
            if trace.problem_id in places and trace.sample < samples:
                offsets[places[trace.problem_id] * samples + trace.sample] = offset
            offset += len(line)
    return offsets


@contextmanager
def writing(*paths: Path) -> Iterator[list[Write]]:
    """Give a writer of records for each path; the files appear whole and together at the end.

    When something is raised inside, none of them is touched.
    """
    beside = [path.with_name(f".{path.name}.{os.getpid()}") for path in paths]
    try:
        with ExitStack() as stack:
            handles = [stack.enter_context(path.open("w", encoding="utf-8")) for path in beside]
            yield [_writer(handle) for handle in handles]
            for handle in handles:
                handle.flush()
                os.fsync(handle.fileno())
        for fresh, path in zip(beside, paths, strict=True):
            os.replace(fresh, path)
    finally:
        for fresh in beside:
            fresh.unlink(missing_ok=True)


def _writer(handle: TextIO) -> Write:
    return lambda records: handle.writelines(record.line() + "\n" for record in records)
