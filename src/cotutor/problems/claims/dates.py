"""What a reasoning about dates claims: the hops and events in turn, sums, dates, the end.

Dates and numbers stay text: nothing said is computed with.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cotutor.problems.claims.reading import claim, due, read, rules, turn
from cotutor.problems.family import Claim

if TYPE_CHECKING:
    from cotutor.problems.dates import Dates


class _Reader:
    """`at` is how many hops have been made; hops are written "+5 day"."""

    def __init__(self, program: "Dates") -> None:
        self.program = program
        self.results = program.results()
        self.hops = [f"{hop.number:+} {hop.unit}" for hop in program.hops]
        self.at = 0

    def start(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read the first date."""
        yield Claim(match.start("day"), _padded(match["day"]), self.before(0))

    def start_parts(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read the parts of the first date."""
        true = self.before(0)
        yield Claim(match.start("parts"), _with_parts(match["parts"], true), true)

    def before(self, step: int) -> str:
        """Return the date before a hop."""
        return self.results[step - 1] if step else f"{self.program.start:%m/%d/%Y}"

    def close(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read which event is asked for, and the last date."""
        if match["event"]:
            yield claim(match, "event", self.program.events[-1])
        yield self.day(match, len(self.results) - 1)

    def day(self, match: re.Match[str], step: int) -> Claim:
        """Read the date after a hop."""
        return Claim(match.start("day"), _padded(match["day"]), self.results[step], step)

    def arrive(self, match: re.Match[str], step: int) -> Iterator[Claim]:
        """Read the date, or the parts of it, that a hop leads to; the next one has its turn."""
        if step < len(self.results):
            groups = match.groupdict()
            if groups.get("day"):
                yield self.day(match, step)
            if groups.get("parts"):
                said = _with_parts(match["parts"], self.before(step))
                yield Claim(match.start("parts"), said, self.results[step], step)
        self.at = min(step + 1, len(self.results))

    def event(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read which event has its turn, what leads to it, and its date."""
        events = self.program.events
        yield claim(match, "event", due(events, self.at))
        step = turn(events, self.at, match["event"].lower())
        if match.groupdict().get("span"):
            yield Claim(match.start("span"), _hop(match), due(self.hops, step))
        yield from self.arrive(match, step)

    def hop(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read which hop has its turn, and where it leads."""
        said = _hop(match)
        yield Claim(match.start(), said, due(self.hops, self.at))
        yield from self.arrive(match, turn(self.hops, self.at, said))

    def terms(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read which hops have their turn, how many days they are together, and where they lead."""
        said = [_HOP.sub(r"\1 \2", term) for term in match["terms"].split(" and ")]
        first = turn(self.hops, self.at, *said)
        group = slice(first, first + len(said))
        expected = due(self.hops, self.at, len(said))
        yield Claim(match.start("terms"), " and ".join(said), expected)
        if match["net"]:
            days = sum(hop.days or 0 for hop in self.program.hops[group])
            net = _HOP.sub(r"\1 \2", match["net"])
            zero = net == "-0 day" and days == 0
            yield Claim(match.start("net"), "+0 day" if zero else net, f"{days:+} day")
        yield from self.arrive(match, max(first, min(group.stop, len(self.hops)) - 1))

    def carry(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read a sum with what is carried, and the date that it leads to."""
        step, at = self.at, match.start("sum")
        said = match["sum"].split(", ")
        if not any(map(_kind, said)):
            return
        due_now = self.program.carry(step).split(", ") if step < len(self.hops) else []
        truth = {_kind(piece): piece for piece in due_now}
        for piece in said:
            if _kind(piece) in truth:
                yield Claim(at, piece, truth[_kind(piece)])
            at += len(f"{piece}, ")
        yield from self.arrive(match, step)


def _hop(match: re.Match[str]) -> str:
    is_later = match["way"].lower() in ("later", "plus", "+")
    return _HOP.sub(r"\1 \2", f"{'+' if is_later else '-'}{match['span']}")


def _kind(piece: str) -> str | None:
    """Return which part of a carried sum this is, if any."""
    found = _KIND.search(piece)
    return found[0] if found else None


def _padded(day: str) -> str:
    return "/".join(part.zfill(2) for part in day.split("/"))


def _with_parts(parts: str, day: str) -> str:
    """Return a date with the parts that are said in place of its own."""
    own = dict(zip(("month", "day", "year"), day.split("/"), strict=True))
    said = {part: number.zfill(2) for part, number in _PART.findall(parts.lower())}
    return "/".join((own | said).values())


_UNIT = "(?:day|week|month|year)s?"
_HOP = re.compile(r"([-+][0-9]+) (day|week|month|year)s?")
_PART = re.compile("(month|day|year) ([0-9]+)")
_KIND = re.compile(" = | has |^left | is ")

_DAY = "(?P<day>[0-9]+(?:/[0-9]+)+)"
_SPAN = f"(?P<span>[0-9]+ {_UNIT})"
_WAY = "(?P<way>later|earlier)"
_SIGNED = f"[-+][0-9]+ {_UNIT}"
_ONE_PART = "(?:month|day|year) [0-9]+"
_PARTS = f"(?P<parts>(?i:{_ONE_PART}(?:, {_ONE_PART})*|the same))"

_RULES = rules(
    (f"(?:Start:|Start on|Count in days from|In days, from|Take|We have|Begin at) {_DAY}",
     _Reader.start),
    (f"From {_DAY}, weeks as days", _Reader.start),
    (_PARTS, _Reader.start_parts),
    (rf"(?:So the date is|That gives|Date:|So (?P<event>the \w+) is on) {_DAY}", _Reader.close),
    (rf"(?P<event>[Tt]he \w+) is {_SPAN} {_WAY}, {_DAY}", _Reader.event),
    (rf"(?P<event>[Tt]he \w+): {_DAY}", _Reader.event),
    (f"{_SPAN} {_WAY}: (?:{_DAY}|{_PARTS})", _Reader.hop),
    (f"(?P<way>Plus|Minus) {_SPAN}: {_DAY}", _Reader.hop),
    (f"(?P<way>Later|Earlier) by {_SPAN}: {_PARTS}", _Reader.hop),
    (rf"{_PARTS} after (?P<way>[-+]){_SPAN}", _Reader.hop),
    (f"(?P<terms>{_SIGNED}(?: and {_SIGNED})*)(?: (?:is|makes|comes to) (?P<net>{_SIGNED}))?:"
     f" {_DAY}", _Reader.terms),
    (f"(?P<sum>[^:]+)(?::|, so|, giving) {_DAY}", _Reader.carry),
)  # fmt: skip


def claims(program: "Dates", text: str) -> Iterator[Claim]:
    """Yield what the text claims."""
    return read(_Reader(program), _RULES, text)
