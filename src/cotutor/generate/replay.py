"""The replay teacher: recorded traces from files, handed out as if they were sampled now.

Several recorded traces of one problem are its samples 0, 1, 2, ... in the order
of the files, unless a field holds the sample's number. A row that belongs to no
requested problem is counted in `unmatched`; a request beyond what is recorded
gives a trace with an error.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args

from cotutor.errors import DataError
from cotutor.format import format_named
from cotutor.generate.settings import ReplaySettings
from cotutor.problems.files import Row, read
from cotutor.records import Finish, Problem, Request, Trace

NOT_RECORDED = "no recorded trace"


@dataclass(frozen=True)
class _Recorded:
    completion: str
    answer_at: int | None
    finish: Finish


class ReplayTeacher:
    """Recorded traces behind the interface of a teacher.

    `missing` counts requests beyond what is recorded, `unmatched` recorded rows
    whose problem has not been asked for so far.

    Raises:
        DataError: a file cannot be read, a row lacks a mapped field or has a wrong
            value there, or two rows hold one sample of one problem.

    """

    def __init__(self, settings: ReplaySettings) -> None:
        self.name = settings.name
        self.settings = settings
        self.missing = 0
        self._trigger = format_named(settings.format).trigger or "\n"
        self._asked: set[str] = set()

    @property
    def unmatched(self) -> int:
        """Recorded rows whose problem no request has named yet."""
        return sum(len(kept) for key, kept in self._recorded.items() if key not in self._asked)

    def tally(self) -> dict[str, int]:
        """Count the recorded rows whose problem was not asked for."""
        return {"recorded rows of problems not asked for": self.unmatched}

    def generate(self, requests: Iterable[Request]) -> Iterator[Trace]:
        """Yield one trace per request, in their order."""
        for request in requests:
            key = self._key_of(request.problem)
            self._asked.add(key)
            found = self._recorded.get(key, {}).get(request.sample)
            if found is None:
                self.missing += 1
                yield self._trace(request, completion="", finish="error", error=NOT_RECORDED)
            else:
                yield self._trace(
                    request,
                    completion=found.completion,
                    finish=found.finish,
                    answer_at=found.answer_at,
                )

    def _trace(self, request: Request, **rest: Any) -> Trace:
        return Trace.make(request, generator=self.name, format=self.settings.format, **rest)

    @cached_property
    def _recorded(self) -> dict[str, dict[int, _Recorded]]:
        """The recorded traces by problem and sample, read when the first is asked for."""
        found: dict[str, dict[int, _Recorded]] = defaultdict(dict)
        for path in self.settings.files:
            for place, row in read(path):
                samples = found[self._key_in(place, row)]
                number = self._sample(place, row, len(samples))
                if number in samples:
                    raise DataError(f"{place} holds sample {number} of its problem a second time")
                samples[number] = self._read(place, row)
        return dict(found)

    def _key_of(self, problem: Problem) -> str:
        fields = self.settings.map
        has_id = fields.problem_id is not None or (fields.task and fields.sample_index)
        return problem.id if has_id else _squeeze(problem.question)

    def _key_in(self, place: str, row: Row) -> str:
        fields = self.settings.map
        if fields.problem_id is not None:
            return self._text(place, row, "problem_id")
        if fields.task and fields.sample_index:
            return f"{self._text(place, row, 'task')}-{self._number(place, row, 'sample_index')}"
        return _squeeze(self._text(place, row, "question"))

    def _sample(self, place: str, row: Row, seen: int) -> int:
        return seen if self.settings.map.sample is None else self._number(place, row, "sample")

    def _read(self, place: str, row: Row) -> _Recorded:
        fields = self.settings.map
        finish = self._finish(place, row)
        if fields.completion is not None:
            return _Recorded(self._text(place, row, "completion"), None, finish)
        answer = self._text(place, row, "answer")
        if fields.reasoning is None:
            return _Recorded(answer, None, finish)
        reasoning = self._text(place, row, "reasoning")
        trigger = self._text(place, row, "trigger") if fields.trigger else self._trigger
        return _Recorded(reasoning + trigger + answer, len(reasoning + trigger), finish)

    def _finish(self, place: str, row: Row) -> Finish:
        if self.settings.map.finish is None:
            return "unknown"
        value = self._text(place, row, "finish")
        known: dict[str, Finish] = {name: name for name in get_args(Finish)}
        if value not in known:
            raise self._mistake(place, row, "finish", f"none of {', '.join(known)}")
        return known[value]

    def _text(self, place: str, row: Row, part: str) -> str:
        """Return what the field of a part holds, which is text."""
        value = row.get(getattr(self.settings.map, part))
        if not isinstance(value, str):
            raise self._mistake(place, row, part, "no text")
        return value

    def _number(self, place: str, row: Row, part: str) -> int:
        """Return a whole number of at least 0; files without types hold it as text."""
        value = str(row.get(getattr(self.settings.map, part))).strip()
        if not (value.isascii() and value.isdigit()):
            raise self._mistake(place, row, part, "no whole number from 0 on")
        return int(value)

    def _mistake(self, place: str, row: Row, part: str, wrong: str) -> DataError:
        field = getattr(self.settings.map, part)
        found = f"holds {row[field]!r}, {wrong}" if field in row else "is missing"
        return DataError(f"{place}: field {field!r} of teacher.map.{part} {found}")


def _squeeze(text: str) -> str:
    return " ".join(text.split())
