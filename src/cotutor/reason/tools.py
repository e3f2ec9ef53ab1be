"""Tools for ReAct. Each takes a text and returns one; what goes wrong is told as well.

calculator  exact rationals, read by the verifier's grammar and never evaluated
calendar    dates and days
lookup      a row of the user's table
python      a callable that the user's run file names
"""

import datetime
import importlib
import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from cotutor.errors import ConfigError, DataError
from cotutor.problems.files import as_text, read
from cotutor.reason.rational import printed, work_out
from cotutor.reason.settings import CalculatorTool, CalendarTool, LookupTool, PythonTool
from cotutor.records import Problem
from cotutor.verify import date

LONGEST = 600
"""Characters of an observation; the rest is cut, and said to be."""


class ToolError(Exception):
    """A tool cannot do what it was asked; the message is the observation."""


class Tool:
    """A tool with its name and one line about it."""

    def __init__(self, name: str, about: str, call: Callable[[str], str]) -> None:
        self.name, self.about, self._call = name, about, call

    def observe(self, text: str) -> tuple[str, bool]:
        """Return the observation of one use on one line, and whether the tool could do it."""
        try:
            found, is_done = str(self._call(text)), True
        except ToolError as error:
            found, is_done = f"error: {error}", False
        except Exception as error:  # noqa: BLE001 - a user's callable may raise anything
            found, is_done = f"error: {type(error).__name__}: {error}", False
        line = " ".join(found.split())
        return (line if len(line) <= LONGEST else f"{line[:LONGEST]} ... (cut)"), is_done


def make_tools(
    settings: Sequence[CalculatorTool | CalendarTool | LookupTool | PythonTool],
) -> dict[str, Tool]:
    """Return the tools of a run file by their names in lower case.

    Raises:
        ConfigError: two tools share a name, or a callable cannot be found.
        DataError: a table cannot be read, or has no such column.

    """
    made: dict[str, Tool] = {}
    for one in settings:
        key = one.name.lower()
        if key in made or key == "finish":
            raise ConfigError(f"tools: the name {one.name!r} is taken")
        made[key] = _MAKERS[one.kind](one)
    return made


def _calculator(settings: CalculatorTool) -> Tool:
    return Tool(settings.name, "works out an expression, e.g. (3 + 4) * 2", calculate)


def calculate(text: str) -> str:
    """Return the exact value of an expression.

    Raises:
        ToolError: it has none.

    """
    value = work_out(text.strip().removesuffix("="))
    shown = None if value is None else printed(value)
    if shown is None:
        raise ToolError("this cannot be worked out")
    return shown


def _calendar(settings: CalendarTool) -> Tool:
    about = "days and dates, e.g. 2024-02-28 + 2 days; 2024-05-01 - 2024-03-01; weekday 2024-02-29"
    return Tool(settings.name, about, reckon)


_SHIFT = re.compile(
    r"(?P<date>[^+]{4,40}?)\s*(?P<sign>[+-])\s*(?P<count>[0-9]{1,6})\s*(?P<unit>day|week|month|year)s?"
)
_WEEKDAY = re.compile(r"(?ai:(?:the )?(?:weekday|day of the week)(?: of| on)?)\s+(?P<date>.{4,40})")
_DATE_PROBLEM = Problem.make(task="", question="", gold="", kind="date")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def reckon(text: str) -> str:
    """Return the day so long after or before another, the days between two, or a weekday.

    A month after 31 January is the last day of February.

    Raises:
        ToolError: the text asks for none of these, or a day is in no calendar.

    """
    text = text.strip()
    if asked := _WEEKDAY.fullmatch(text):
        return _WEEKDAYS[_day(asked["date"]).weekday()]
    if asked := _SHIFT.fullmatch(text):
        count = int(asked["count"]) * (1 if asked["sign"] == "+" else -1)
        return _shifted(_day(asked["date"]), count, asked["unit"]).isoformat()
    first, minus, second = text.partition(" - ")
    if not minus:
        raise ToolError("ask for DATE + N days, DATE - DATE or weekday DATE")
    return f"{(_day(first) - _day(second)).days} days"


def _day(text: str) -> datetime.date:
    found = date.read(text.strip(), _DATE_PROBLEM)
    days = {day for one in found for day in (one.month_first, one.day_first) if day is not None}
    if len(days) != 1:
        raise ToolError(f"{text.strip()!r} is no day that can be read; write it as 2024-02-29")
    return days.pop()


def _shifted(day: datetime.date, count: int, unit: str) -> datetime.date:
    try:
        if unit in ("day", "week"):
            return day + datetime.timedelta(days=count * (7 if unit == "week" else 1))
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        return datetime.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError) as error:
        raise ToolError("that day is in no calendar") from error


def _lookup(settings: LookupTool) -> Tool:
    rows: dict[str, dict[str, str]] = {}
    spelled: dict[str, str] = {}
    for place, row in read(settings.file):
        for column in (settings.key, *settings.values):
            if column not in row:
                raise DataError(f"{place} has no column {column!r}; it has {', '.join(row)}")
        name = as_text(row[settings.key], place, settings.key)
        columns = settings.values or [column for column in row if column != settings.key]
        rows.setdefault(_key(name), {c: as_text(row[c], place, c) for c in columns})
        spelled.setdefault(_key(name), name)

    def call(text: str) -> str:
        key = _key(text)
        if key not in rows:
            near = [spelled[k] for k in get_close_matches(key, rows, n=3)]
            hint = f"; there is {', '.join(near)}" if near else ""
            raise ToolError(f"no {settings.key} {text.strip()!r}{hint}")
        return "; ".join(f"{column}: {value}" for column, value in rows[key].items())

    return Tool(settings.name, f"looks up a row by its {settings.key}", call)


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _python(settings: PythonTool) -> Tool:
    module, _, name = settings.call.rpartition(".")
    try:
        found: Any = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"tools: {settings.call!r} cannot be imported: {error}") from error
    if not callable(found):
        raise ConfigError(f"tools: {settings.call!r} cannot be called")
    return Tool(settings.name, settings.about or f"calls {settings.call}", found)


_MAKERS: Mapping[str, Callable[[Any], Tool]] = {
    "calculator": _calculator,
    "calendar": _calendar,
    "lookup": _lookup,
    "python": _python,
}
