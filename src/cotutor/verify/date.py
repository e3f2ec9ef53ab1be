"""Dates, read in the usual layouts and compared as calendar days.

Read: `2021-03-14` (also with `/` or a time behind), `03/14/2021`, `14.3.2021`, `3-14-21`,
`March 14, 2021`, `Mar. 14th 2021`, `the 14th of March, 2021`, `14-Mar-2021`, each with a
weekday before it or not. Two-digit years up to 68 lie in this century, later ones in
the last (as in POSIX). A day that is in no calendar and a date without its year are none.

In `03/04/2021` the month comes first unless the settings say `day_first`; where the
gold's own layout can only be read one way (`14/03/2021`), answers are read that way. A
number above 12 tells by itself, and with points (`3.4.2021`) the day comes first.

A text that opens with a date answers there; otherwise what follows the last `is`,
`was` or `=` counts, or all. Several different dates are ambiguous.
"""

import datetime
import re
from dataclasses import dataclass

from cotutor.records import Problem
from cotutor.verify.settings import VerifySettings

PIVOT = 68

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"""
    (?P<denied> \b(?:not|than|except)\s (?:on\s|the\s)?
      | [0-9](?:st|nd|rd|th)?\s?(?:or|to|and|through|until|[-–/&])\s )?
    (?<![\w/.-])
    (?: (?P<iso>[0-9]{{4}})(?P<cut>[-/.])(?P<iso_month>[0-9]{{1,2}})
        (?P=cut)(?P<iso_day>[0-9]{{1,2}})
      | (?P<first>[0-9]{{1,2}})(?P<by>[-/]|\.\s?)(?P<second>[0-9]{{1,2}})(?P=by)
        (?P<year>[0-9]{{4}}|[0-9]{{2}})
      | (?P<word>{_MONTH})[\s-](?:the\s)?(?P<day>{_DAY})(?:\s?,\s?|\s|-)(?:of\s)?
        (?P<year_1>[0-9]{{4}})
      | (?P<day_2>{_DAY})[\s-](?:day\s)?(?:of\s)?(?P<word_2>{_MONTH})(?:\s?,\s?|\s|-)
        (?P<year_2>[0-9]{{4}}|(?<=-)[0-9]{{2}})
      | (?P<year_3>[0-9]{{4}})[\s-](?P<word_3>{_MONTH})[\s-](?P<day_3>{_DAY}) )
    (?=T[0-9]|[^\w/-]|-?\Z|\s?[-–]\s)(?!\.[0-9])
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_RIGHT_SIDE = re.compile(r"=|\b(?:is|was|be)\b:?", re.IGNORECASE)
_OPENING = re.compile(
    r"\W*(?:on\s)?(?:the\s)?"
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\W*)?(?:the\s)?\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Date:
    """A day, or two where the order of day and month is open; None: no such day.

    `order` is the one that the layout itself shows, None where it shows none.
    """

    month_first: datetime.date | None
    day_first: datetime.date | None
    order: str | None = None

    def __str__(self) -> str:
        days = dict.fromkeys(day for day in (self.month_first, self.day_first) if day)
        return " or ".join(day.isoformat() for day in days)


def read(text: str, problem: Problem) -> list[Date]:
    """Return the different dates that `text` gives as its answer."""
    found = [(match, _date(match)) for match in _DATE.finditer(text) if not match["denied"]]
    dates = [(match, date) for match, date in found if date]
    if not dates:
        return []
    if not _OPENING.match(text, 0, dates[0][0].start()):
        cuts = [cut.end() for cut in _RIGHT_SIDE.finditer(text, 0, dates[-1][0].start())]
        start = cuts[-1] if cuts else 0
        dates = [(match, date) for match, date in dates if match.start() >= start]
    return _different([date for _, date in dates])


def equal(a: Date, b: Date, problem: Problem, settings: VerifySettings) -> bool:
    """Say whether an answer `a` is the same day as the gold `b`, read in the gold's order."""
    order = b.order or ("day" if settings.day_first else "month")
    return _in(order, a) == _in(order, b)


def wrong(problem: Problem) -> str:
    """Return another day."""
    readings = read(problem.gold, problem)
    day = readings and (readings[0].month_first or readings[0].day_first)
    if not day:
        return "2000-01-01"
    return day.replace(year=day.year + 1 if day.year < datetime.MAXYEAR else 1, day=1).isoformat()


def _in(order: str, date: Date) -> datetime.date | None:
    """Return the day in an order, or in the other where only that makes a day."""
    if order == "day":
        return date.day_first or date.month_first
    return date.month_first or date.day_first


def _different(dates: list[Date]) -> list[Date]:
    """Return the dates, each once; one whose order is open goes with a day that it may be."""
    different: list[Date] = []
    for date in dates:
        known = next((at for at, other in enumerate(different) if _may_be(date, other)), None)
        if known is None:
            different.append(date)
        elif different[known].month_first != different[known].day_first:
            different[known] = date
        if len(different) > 4:
            del different[2]
    return different


def _may_be(a: Date, b: Date) -> bool:
    return bool({a.month_first, a.day_first} & {b.month_first, b.day_first} - {None})


def _date(match: re.Match[str]) -> Date | None:
    if match["iso"]:
        return _certain(match["iso"], match["iso_month"], match["iso_day"])
    if match["first"]:
        return _numeric(match)
    for suffix in ("", "_2", "_3"):
        if match[f"word{suffix}"]:
            month = _MONTHS.index(match[f"word{suffix}"][:3].lower()) + 1
            year = match["year_1" if not suffix else f"year{suffix}"]
            day = match[f"day{suffix}"].lower().rstrip("stndrh")
            return _certain(year, str(month), day)
    return None


def _numeric(match: re.Match[str]) -> Date | None:
    first, second, year = match["first"], match["second"], match["year"]
    month_first = _day(year, first, second)
    day_first = _day(year, second, first)
    if match["by"].startswith(".") and day_first:
        return Date(day_first, day_first, "day")
    if month_first and day_first:
        return Date(month_first, day_first)
    found = month_first or day_first
    return Date(found, found, "month" if month_first else "day") if found else None


def _certain(year: str, month: str, day: str) -> Date | None:
    found = _day(year, month, day)
    return Date(found, found) if found else None


def _day(year: str, month: str, day: str) -> datetime.date | None:
    century = 0 if len(year) == 4 else 2000 if int(year) <= PIVOT else 1900
    try:
        return datetime.date(century + int(year), int(month), int(day))
    except ValueError:
        return None
