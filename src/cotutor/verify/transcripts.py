"""Rows of recorded traces from anywhere: each becomes a problem and a trace of it.

Fields have their usual names or those the user names. What a row does not hold
and cannot be known is an error that names its place, never a guess. A completion
that is there and null is a generation that failed: its trace has an `error`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

from cotutor.errors import ConfigError, DataError
from cotutor.format import format_named
from cotutor.problems import files
from cotutor.problems.choices import read_choices
from cotutor.records import Choice, Kind, Problem, Trace
from cotutor.verify.rules import BENCHMARK_KINDS

KINDS: tuple[str, ...] = get_args(Kind)

USUAL_FIELDS: dict[str, tuple[str, ...]] = {
    "completion": ("completion",),
    "reasoning": (),  # a row's own reasoning may be a human's
    "gold": ("gold",),
    "kind": ("kind", "answer_type"),
    "choices": ("choices",),
    "question": ("question",),
    "task": ("dataset", "task"),
    "id": ("id",),
}
_NEEDED = ("completion", "gold")


class Transcript(NamedTuple):
    """One row: where it stands, its problem, and the trace to judge."""

    place: str
    problem: Problem
    trace: Trace


@dataclass(frozen=True)
class Reading:
    """How rows are read.

    `fields` names the field of a part in place of the usual ones. `kind` and
    `labels` hold for all rows; without them each row has its own, and a row of a
    published data set the kind of that data set. `format` is how the completions
    were prompted; where a row has a `reasoning`, its completion is the answering
    call's alone.
    """

    fields: dict[str, str] = field(default_factory=dict)
    kind: Kind | None = None
    labels: tuple[str, ...] = ()
    format: str = "zero-shot"


def read(path: Path, reading: Reading) -> Iterator[Transcript]:
    """Yield the rows of a file (JSONL, gzip too, CSV, Parquet) as a stream.

    A trace's id is the file's name and the number of its row, from 1. The task
    is the row's data set, else the published one that the file's name begins with.

    Raises:
        DataError: the file cannot be read, or a row is no trace.
        ConfigError: there is no such format.

    """
    format_named(reading.format)
    stem = path.name.partition(".")[0]
    task = next((name for name in BENCHMARK_KINDS if f"{stem}_".startswith(f"{name}_")), stem)
    for number, (place, row) in enumerate(files.read(path), 1):
        yield _transcript(_Row(place, row, reading), task, f"{path.name}:{number}")


def part_field(pair: str) -> tuple[str, str]:
    """Split "PART=FIELD".

    Raises:
        ConfigError: there is no such part.

    """
    part, equals, name = pair.partition("=")
    if not equals or not name or part not in USUAL_FIELDS:
        raise ConfigError(
            f"--map {pair!r} is not PART=FIELD with a part of {', '.join(USUAL_FIELDS)}"
        )
    return part, name


def choice_labels(text: str) -> tuple[str, ...]:
    """Return the labels in "ABCDE" or "1,2,10".

    Raises:
        ConfigError: there are fewer than two, or one is there twice.

    """
    labels = tuple(x.strip() for x in (text.split(",") if "," in text else text))
    if len(labels) < 2 or len(set(labels)) < len(labels) or not all(labels):
        raise ConfigError(f"{text!r} is no set of choice labels such as ABCDE or 1,2,10")
    return labels


@dataclass(frozen=True)
class _Row:
    place: str
    values: files.Row
    reading: Reading

    def value(self, part: str) -> Any:
        """Return what the row holds; None where it holds nothing that it need not."""
        named = self.reading.fields.get(part)
        usual = (named,) if named else USUAL_FIELDS[part]
        for name in usual:
            if name in self.values:
                return self.values[name]
        if named or part in _NEEDED:
            raise DataError(
                f"{self.place} has no field {usual[0]!r} for the {part}; "
                f"its fields are {', '.join(self.values)}"
            )
        return None

    def text(self, part: str) -> str:
        return files.as_text(self.value(part), self.place, part)


def _transcript(row: _Row, file_task: str, trace_id: str) -> Transcript:
    task = row.text("task") or file_task
    kind = _kind(row, task)
    named = row.text("id")
    problem = Problem.make(
        task=task, kind=kind, question=row.text("question"), gold=_gold(row, kind),
        choices=_choices(row) if kind == "choice" else (), **({"id": named} if named else {}),
    )  # fmt: skip
    return Transcript(row.place, problem, _trace(row, problem, trace_id))


def _trace(row: _Row, problem: Problem, trace_id: str) -> Trace:
    reasoning = row.text("reasoning")
    is_missing = row.value("completion") is None
    return Trace(
        id=trace_id, problem_id=problem.id, sample=0, generator="recorded",
        format=row.reading.format, finish="error" if is_missing else "unknown",
        completion=reasoning + row.text("completion"),
        answer_at=len(reasoning) if "reasoning" in row.reading.fields else None,
        error="no completion" if is_missing else None,
    )  # fmt: skip


def _kind(row: _Row, task: str) -> Kind:
    if row.reading.kind or row.reading.labels:
        return row.reading.kind or "choice"
    value = row.value("kind")
    if value is None and task in BENCHMARK_KINDS:
        return BENCHMARK_KINDS[task]
    if value not in KINDS:
        found = "has no kind of answer" if value is None else f"has the kind {value!r}"
        raise DataError(
            f"{row.place} {found}; give --kind one of {', '.join(KINDS)}, "
            "or --map kind= a field with these"
        )
    return cast(Kind, value)


def _gold(row: _Row, kind: Kind) -> str:
    value = row.value("gold")
    if kind == "yes_no" and isinstance(value, bool):
        return "yes" if value else "no"
    return row.text("gold")


def _choices(row: _Row) -> tuple[Choice, ...]:
    """Return the row's choices; with labels given, those, with the texts the row has for them."""
    listed = _listed(row)
    if not row.reading.labels:
        return listed
    texts = {choice.label: choice.text for choice in listed}
    return tuple(Choice(label=x, text=texts.get(x, "")) for x in row.reading.labels)


def _listed(row: _Row) -> tuple[Choice, ...]:
    value = row.value("choices")
    if not value:
        return ()
    if not isinstance(value, dict) and all(_is_letter(item) for item in value):
        return tuple(Choice(label=letter, text="") for letter in value)
    return read_choices(value, row.place)


def _is_letter(item: Any) -> bool:
    return isinstance(item, str) and len(item) == 1 and item.isupper()
