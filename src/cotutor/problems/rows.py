"""A row of somebody's data becomes a problem, by a mapping of fields.

Values are taken as they stand: the question verbatim, a gold number as it is
printed. What a row does not hold is an error that names its place, never a guess.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self, get_args

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from cotutor.errors import DataError
from cotutor.problems.choices import GoldIs, gold_label, read_choices, with_choices
from cotutor.problems.files import PlacedRow, Row, as_text
from cotutor.records import Kind, Problem

KINDS: tuple[str, ...] = get_args(Kind)
PATTERN_REACH = 20_000

USUAL_FIELDS: dict[str, tuple[str, ...]] = {
    "question": ("question",),
    "gold": ("gold", "answer"),
    "choices": ("choices",),
    "reasoning": ("reasoning", "rationale"),
    "id": ("id",),
    "kind": ("kind",),
    "task": (),
}


class Located(NamedTuple):
    """A problem, where it stands, and whether its id was given or made from its content."""

    place: str
    problem: Problem
    is_named: bool


class FieldMap(BaseModel):
    """Which field of a row holds what; unset ones have the usual name where a row has it.

    The usual names: question, gold or answer, choices, reasoning or rationale, id, kind. A
    `task` has none: without it all rows are of one, which the source's `task` or its file names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str | None = None
    gold: str | None = None
    choices: str | None = None
    reasoning: str | None = None
    id: str | None = None
    kind: str | None = None
    task: str | None = None


class Reading(BaseModel):
    """How rows are read.

    `kind` holds for all rows unless `map.kind` names a field. `gold_is` says how
    a multiple-choice gold names its choice; without it all three ways are tried
    (an integer counts as index, from 0) and more than one hit is an error.
    `pattern` is the user's own regular expression: its one group, in its last
    match, is the gold ("#### (.*)" for gsm8k).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    map: FieldMap = FieldMap()
    kind: Kind | None = None
    task: str | None = None
    gold_is: GoldIs | None = None
    pattern: str | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.kind is not None and self.map.kind is not None:
            raise mistake("kind and map.kind are both given; leave one out")
        if self.task is not None and self.map.task is not None:
            raise mistake("task and map.task are both given; leave one out")
        if self.map.choices is not None and self.kind not in (None, "choice"):
            raise mistake(f"map.choices needs kind: choice, not {self.kind}")
        if self.pattern is not None:
            _check_pattern(self.pattern)
        return self


def mistake(sentence: str) -> PydanticCustomError:
    """Return the error by which a validator tells the user's mistake in one sentence."""
    return PydanticCustomError("mistake", "{sentence}", {"sentence": sentence})


def _check_pattern(pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise mistake(f"the pattern {pattern!r} is no regular expression: {error}") from error
    if groups != 1:
        raise mistake(f"the pattern {pattern!r} has {groups} groups; it needs one, for the gold")


def problems(
    rows: Iterable[PlacedRow], reading: Reading, *, name: str, task: str, split: str
) -> Iterator[Located]:
    """Yield the problem in each row, with its place.

    Args:
        rows: the rows with their places.
        reading: which fields hold what.
        name: what to call the rows as a whole in an error.
        task: the task of problems where `reading` names none.
        split: the split that the problems belong to.

    Raises:
        DataError: there are no rows, or a row is no problem.

    """
    seen: dict[str, None] = {}
    reader = _RowReader(reading, reading.task or task, split)
    for place, row in rows:
        seen.update(dict.fromkeys(row))
        yield reader.located(place, row)
    if not seen:
        raise DataError(f"{name} has no rows")
    for part, field in reading.map:
        if part == "choices":  # a row that needs them says so itself
            continue
        if field is not None and field not in seen:
            raise DataError(
                f"no row of {name} has the field {field!r} of map.{part}; there are {_listed(seen)}"
            )


class _RowReader:
    """Reads rows one at a time; holds what is the same for all of them."""

    def __init__(self, reading: Reading, task: str, split: str) -> None:
        self.reading = reading
        self.task = task
        self.split = split
        self.fields = {
            part: (named,) if (named := getattr(reading.map, part)) else usual
            for part, usual in USUAL_FIELDS.items()
        }

    def located(self, place: str, row: Row) -> Located:
        kind = self._kind(place, row)
        content = self._multiple_choice if kind == "choice" else self._open
        name = self._name(place, row)
        problem = Problem.make(
            task=self._task(place, row),
            kind=kind,
            split=self.split,
            reasoning=self._reasoning(place, row),
            **content(place, row, kind),
            **({} if name is None else {"id": name}),
        )
        return Located(place, problem, name is not None)

    def _open(self, place: str, row: Row, kind: Kind) -> dict[str, Any]:
        question, gold = self._question(place, row), self._gold(place, row)
        if kind == "yes_no" and isinstance(gold, bool):
            gold = "yes" if gold else "no"
        return {"question": question, "gold": as_text(gold, place, "answer").strip()}

    def _multiple_choice(self, place: str, row: Row, _: Kind) -> dict[str, Any]:
        question = self._question(place, row)
        choices = read_choices(self._required(place, row, "choices"), place)
        return {
            "question": with_choices(question, choices),
            "gold": gold_label(self._gold(place, row), choices, self.reading.gold_is, place),
            "choices": choices,
        }

    def _question(self, place: str, row: Row) -> str:
        question = as_text(self._required(place, row, "question"), place, "question")
        if not question.strip():
            raise DataError(f"{place} has no question")
        return question

    def _gold(self, place: str, row: Row) -> Any:
        value = self._required(place, row, "gold")
        if self.reading.pattern is None:
            return value
        return _cut_out(self.reading.pattern, as_text(value, place, "answer"), place)

    def _reasoning(self, place: str, row: Row) -> str | None:
        return as_text(self._value(row, "reasoning"), place, "reasoning") or None

    def _value(self, row: Row, part: str) -> Any:
        return next((row[field] for field in self.fields[part] if field in row), None)

    def _required(self, place: str, row: Row, part: str) -> Any:
        fields = self.fields[part]
        if not any(field in row for field in fields):
            wanted = " or ".join(repr(field) for field in fields)
            raise DataError(
                f"{place} has no field {wanted} for the {part}; its fields are {_listed(row)}"
            )
        return self._value(row, part)

    def _kind(self, place: str, row: Row) -> Kind:
        if self.reading.kind is not None:
            return self.reading.kind
        value = self._value(row, "kind")
        if value not in KINDS:
            found = "has no kind" if value is None else f"has the kind {value!r}"
            raise DataError(
                f"{place} {found}; give `kind:` {_listed(KINDS)}, or `map.kind` a field with these"
            )
        kind: Kind = value
        return kind

    def _task(self, place: str, row: Row) -> str:
        field = self.reading.map.task
        if field is None:
            return self.task
        task = as_text(self._value(row, "task"), place, "task").strip()
        if not task:
            raise DataError(f"{place} has no task in the field {field!r}")
        if not names_task(task):
            raise DataError(
                f"{place}: {task!r} in the field {field!r} cannot name a task: results"
                " over all tasks are called `all`, and a task may name a folder"
            )
        return task

    def _name(self, place: str, row: Row) -> str | None:
        value = self._value(row, "id")
        if value is None and self.reading.map.id is None:
            return None
        name = as_text(value, place, "id").strip()
        if not name:
            raise DataError(f"{place} has no id in the field {self.reading.map.id or 'id'!r}")
        return name


def names_task(text: str) -> bool:
    """Say whether a text of the data can name a task, which may name a folder of the run, too."""
    is_safe = not text.startswith(".") and not {"/", "\\"} & set(text)
    return is_safe and text not in ("", "all")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names)


def _cut_out(pattern: str, text: str, place: str) -> str:
    """Return the group of the last match; long texts are refused to bound the search."""
    if len(text) > PATTERN_REACH:
        raise DataError(
            f"the answer of {place} has {len(text)} characters;"
            f" a pattern is searched in at most {PATTERN_REACH}"
        )
    found = [match[1] for match in re.finditer(pattern, text)]
    if not found or found[-1] is None:
        raise DataError(f"the pattern {pattern!r} is not found in the answer of {place}")
    return found[-1]
