"""Dates: a chain of events, each so long before or after the one before it."""

import random
from calendar import monthrange
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from cotutor.problems.claims.dates import claims
from cotutor.problems.family import (
    Family,
    Hand,
    Program,
    Solution,
    Telling,
    Wording,
    pick_frame,
)
from cotutor.problems.vocabulary import words
from cotutor.problems.wordings.dates import SENTENCES

YEARS = (1990, 2034)
MONTHS = words(
    "January February March April May June July August September October November December"
)

Unit = Literal["day", "week", "month", "year"]
_LIMITS: dict[Unit, int] = {"day": 10, "week": 2, "month": 4, "year": 3}


class Hop(BaseModel):
    """So many days, weeks, months or years on; back where the number is negative."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: Unit
    number: int

    @property
    def days(self) -> int | None:
        """The hop in days; None where that hangs on the calendar."""
        return {"day": self.number, "week": 7 * self.number}.get(self.unit)

    def apply(self, day: date) -> date:
        """Return the date after the hop; a day that a shorter month lacks becomes its last."""
        if self.days is not None:
            return day + timedelta(days=self.days)
        months = self.number if self.unit == "month" else 12 * self.number
        year, month = divmod(12 * day.year + day.month - 1 + months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

    def span(self) -> str:
        """Return "5 days" or "1 week"."""
        size = abs(self.number)
        return f"{size} {self.unit}" if size == 1 else f"{size} {self.unit}s"

    def direction(self, later: str, earlier: str) -> str:
        """Return the word that fits the way the hop goes."""
        return later if self.number > 0 else earlier


class Dates(Program):
    """The first date, the hops in order and the event that each one leads to."""

    start: date
    hops: tuple[Hop, ...]
    events: tuple[str, ...]

    def content(self) -> Any:
        """Return the first date and the hops; what happens then is wording."""
        return [self.start.isoformat(), *([hop.unit, hop.number] for hop in self.hops)]

    def dates(self) -> list[date]:
        """Return the date after every hop."""
        found = [self.start]
        for hop in self.hops:
            found.append(hop.apply(found[-1]))
        return found[1:]

    def results(self) -> tuple[str, ...]:
        """Return the date after every hop, written out."""
        return tuple(map(written, self.dates()))

    def answer(self) -> str:
        """Return the last date."""
        return self.results()[-1]

    def carry(self, step: int) -> str:
        """Return the sum with what is carried that leads to the date after a hop."""
        before, after = [self.start, *self.dates()][step : step + 2]
        return _carry(before, self.hops[step], after)


def written(day: date) -> str:
    """Return a date as MM/DD/YYYY."""
    return f"{day:%m/%d/%Y}"


def _in_words(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


EVENTS = tuple(
    f"the {event}"
    for event in words(
        "concert exam party wedding trip match fair play race picnic meeting parade lecture hike "
        "market dinner regatta recital audit launch"
    )
)


def draw(rng: random.Random, level: int) -> Dates:
    """Draw `level` hops; months and years are added on days that every month has."""
    first = date(YEARS[0], 1, 1)
    while True:
        start = first + timedelta(days=rng.randrange(365 * (YEARS[1] - YEARS[0])))
        hops = tuple(_draw_hop(rng) for _ in range(level))
        program = Dates(start=start, hops=hops, events=tuple(rng.sample(EVENTS, level)))
        if _is_clear(program):
            return program


def _draw_hop(rng: random.Random) -> Hop:
    unit: Unit = rng.choices(tuple(_LIMITS), weights=(4, 3, 2, 1))[0]
    return Hop(unit=unit, number=rng.randint(1, _LIMITS[unit]) * rng.choice((1, -1)))


def _is_clear(program: Dates) -> bool:
    """Say whether every date has one reading and the last one is not the first again."""
    days = [program.start, *program.dates()]
    hops = zip(days, program.hops, strict=False)
    is_exact = all(hop.days is not None or day.day <= 28 for day, hop in hops)
    return is_exact and len(set(days)) == len(days)


def tell(program: Dates, rng: random.Random, wording: Wording) -> Telling:
    """Tell each event by the one before it and ask for the date of the last."""
    sentences = SENTENCES[wording]
    opening, question, template = pick_frame(rng, sentences.openings, sentences.questions)
    show = rng.choice((written, _in_words))
    said, last = [opening.format(day=show(program.start))], "today"
    for hop, event in zip(program.hops, program.events, strict=True):
        sentence = rng.choice(sentences.hops).format(
            event=event, span=hop.span(), after=hop.direction("after", "before"), last=last
        )
        said.append(sentence[0].upper() + sentence[1:])
        last = event
    said.append(question.format(event=last))
    return Telling(" ".join(said), template)


def _slips(day: date, unit: Unit) -> list[date]:
    """Return the dates that a careless hop ends at: the unit is off by one or two."""
    if unit in ("day", "week"):
        near = [n for n in range(day.day - 2, day.day + 3) if 1 <= n <= 28 and n != day.day]
        return [day.replace(day=n) for n in near or [27, 28]]
    safe = day.replace(day=min(day.day, 28))
    if unit == "year":
        return [safe.replace(year=day.year + n) for n in (-1, 1)]
    near = [n for n in (day.month - 1, day.month + 1) if 1 <= n <= 12]
    return [safe.replace(month=n) for n in near]


def _hop(day: date, hop: Hop, hand: Hand) -> date:
    """Note the date after a hop."""
    after = hop.apply(day)
    return hand.note(after, _slips(after, hop.unit))


_CLOSINGS = (
    "So the date is {day}.",
    "That gives {day}.",
    "So {event} is on {day}.",
    "Date: {day}.",
)


def _told(program: Dates, said: list[str], day: date, hand: Hand) -> Solution:
    closing = hand.pick(_CLOSINGS).format(day=written(day), event=program.events[-1])
    return Solution(" ".join([*said, closing]), written(day))


def hop_by_hop(program: Dates, hand: Hand) -> Solution:
    """Say the date of each event."""
    start = hand.pick(("Start: {day}.", "Start on {day}."))
    sentence = hand.pick(
        (
            "{span} {later}: {day}.",
            "{event}: {day}.",
            "{event} is {span} {later}, {day}.",
            "{sign} {span}: {day}.",
        )
    )
    day, said = program.start, [start.format(day=written(program.start))]
    for hop, event in zip(program.hops, program.events, strict=True):
        day = _hop(day, hop, hand)
        text = sentence.format(
            span=hop.span(), later=hop.direction("later", "earlier"), day=written(day),
            event=event, sign=hop.direction("plus", "minus"),
        )  # fmt: skip
        said.append(text[0].upper() + text[1:])
    return _told(program, said, day, hand)


# Days: a longer way over the calendar is no single step any more.
_SHORT = 20


def in_days(program: Dates, hand: Hand) -> Solution:
    """Count weeks as days and take hops of days that follow each other together."""
    lead = hand.pick(
        ("Count in days from {day}.", "From {day}, weeks as days.", "In days, from {day}.")
    )
    join = hand.pick(("{terms} is {net}", "{terms} makes {net}", "{terms} comes to {net}"))
    day, said = program.start, [lead.format(day=written(program.start))]
    for group in _groups(program.hops):
        hop = group[0]
        text = f"{hop.direction('+', '-')}{hop.span()}"
        if hop.days is not None and (len(group) > 1 or hop.unit == "week"):
            hop = _in_all(group, hand)
            terms = " and ".join(f"{h.direction('+', '-')}{h.span()}" for h in group)
            text = join.format(terms=terms, net=f"{hop.direction('+', '-')}{hop.span()}")
        day = _hop(day, hop, hand)
        said.append(f"{text}: {written(day)}.")
    return _told(program, said, day, hand)


def _groups(hops: tuple[Hop, ...]) -> list[list[Hop]]:
    """Return runs of hops of days and weeks that come to little; every other hop alone."""
    groups: list[list[Hop]] = []
    for hop in hops:
        together = [*groups[-1], hop] if groups else []
        if together and all(h.days is not None for h in together) and _is_short(together):
            groups[-1] = together
        else:
            groups.append([hop])
    return groups


def _is_short(group: list[Hop]) -> bool:
    return abs(sum(hop.days or 0 for hop in group)) <= _SHORT


def _in_all(group: list[Hop], hand: Hand) -> Hop:
    net = sum(hop.days or 0 for hop in group)
    return Hop(unit="day", number=hand.note(net, [net - 1, net + 1]))


def field_by_field(program: Dates, hand: Hand) -> Solution:
    """Say only which parts of the date change."""
    start = hand.pick(("Month {m}, day {d}, year {y}.", "Year {y}, month {m}, day {d}."))
    sentence = hand.pick(
        ("{span} {later}: {parts}.", "{later} by {span}: {parts}.", "{parts} after {sign}{span}.")
    )
    day = program.start
    said = [start.format(m=day.month, d=day.day, y=day.year)]
    for hop in program.hops:
        before, day = day, _hop(day, hop, hand)
        text = sentence.format(
            span=hop.span(), later=hop.direction("later", "earlier"), parts=_changed(before, day),
            sign=hop.direction("+", "-"),
        )  # fmt: skip
        said.append(text[0].upper() + text[1:])
    return _told(program, said, day, hand)


def _changed(before: date, after: date) -> str:
    parts = ("month", "day", "year")
    changed = [
        f"{part} {getattr(after, part)}"
        for part in parts
        if getattr(before, part) != getattr(after, part)
    ]
    return ", ".join(changed) or "the same"


def carrying(program: Dates, hand: Hand) -> Solution:
    """Add to the day or month and carry where it runs over."""
    start = hand.pick(("Take {day}.", "We have {day}.", "Begin at {day}."))
    by = hand.pick((": ", ", so ", ", giving "))
    day, said = program.start, [start.format(day=written(program.start))]
    for hop in program.hops:
        before, day = day, _hop(day, hop, hand)
        said.append(f"{_carry(before, hop, day)}{by}{written(day)}.")
    return _told(program, said, day, hand)


def _carry(before: date, hop: Hop, after: date) -> str:
    """Return the sum that leads to the date after a hop."""
    size, sign = abs(hop.days or hop.number), hop.direction("+", "-")
    if hop.unit == "year":
        return f"{before.year} {sign} {size} = {after.year}"
    if hop.unit == "month":
        true = before.month + hop.number
        turn = "" if 1 <= true <= 12 else f", {_sign_back(hop)} 12 is {after.month}"
        return f"{before.month} {sign} {size} = {true if turn else after.month}{turn}"
    true = before.day + (hop.days or 0)
    length = monthrange(before.year, before.month)[1]
    if 1 <= true <= length:
        return f"{before.day} {sign} {size} = {after.day}"
    if true > length:
        month = MONTHS[before.month - 1]
        return f"{before.day} + {size} = {true}, {month} has {length}, left {after.day}"
    month, length = MONTHS[before.month - 2], monthrange(*_month_before(before))[1]
    return f"{month} has {length}, {length} + {before.day} - {size} = {after.day}"


def _sign_back(hop: Hop) -> str:
    """Return the sign that brings a month back into the year."""
    return hop.direction("minus", "plus")


def _month_before(day: date) -> tuple[int, int]:
    last = day.replace(day=1) - timedelta(days=1)
    return last.year, last.month


FAMILY = Family(
    name="dates",
    kind="string",
    level=3,
    levels=range(1, 9),
    program=Dates,
    draw=draw,
    tell=tell,
    ways={
        "hop by hop": hop_by_hop,
        "in days": in_days,
        "field by field": field_by_field,
        "carrying": carrying,
    },
    claims=claims,
)
