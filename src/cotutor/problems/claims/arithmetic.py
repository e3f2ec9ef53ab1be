"""What a reasoning about a story's numbers claims: the changes in turn, sums, totals, the end.

Equations are read wherever they stand. Both sides of one are claims of their
own: what is put in must be the true total and the change whose turn it is, and
what comes out the true total after it. Numbers stay text.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cotutor.problems.claims.reading import claim, due, turn
from cotutor.problems.family import Claim

if TYPE_CHECKING:
    from cotutor.problems.arithmetic import Arithmetic

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_FORM = rf"\({{0,9}}-?{_NUMBER}\){{0,9}}(?: ?[-+*−×·] ?\({{0,9}}-?{_NUMBER}\){{0,9}})*"
_STATEMENT = re.compile(
    rf"Start(?::| with) (?P<start>{_NUMBER})(?: (?P<things>\w+))?"
    rf"|(?P<terms>[-+]{_NUMBER}(?: and [-+]{_NUMBER})+)"
    rf"(?: (?:make|come to|give) (?P<net>[-+]{_NUMBER}))?"
    rf"|\b(?P<lead>Add|Plus|Take away|Minus|Multiply by|Times) (?P<led>{_NUMBER})"
    rf"|(?P<followed>{_NUMBER}) (?P<follow>more|fewer|times as many)\b"
    rf"|\b(?:So|Now|That makes|Result) (?P<end>{_NUMBER})(?: (?P<counted>\w+))?(?=[.\n]|\Z)"
    r"|\b(?:be|Call) the number of (?P<named>\w+)"
    r"|(?P<whole>As one sum|All in one|One line|The whole sum):"
    rf"|(?P<variable>\b[A-Za-z] = )?(?P<chain>{_FORM}(?:\s*=\s*{_FORM})*)"
)
_SIGNS = {
    "Add": "+", "Plus": "+", "more": "+",
    "Take away": "-", "Minus": "-", "fewer": "-",
    "Multiply by": "*", "Times": "*", "times as many": "*",
}  # fmt: skip
_PLAIN = str.maketrans({"−": "-", "×": "*", "·": "*", " ": None})
_FORMS = re.compile(_FORM)
# From the second character on: a sign at the first belongs to the number.
_CHANGE = re.compile(r"([-+*])\(*(-?[0-9.]+)")


class _Reader:
    """`at` is how many changes have been made.

    `grouped` are how many of the next ones were taken together, `is_whole` says
    that the next equation is to hold all that are left.
    """

    def __init__(self, program: "Arithmetic") -> None:
        self.program = program
        self.changes = [f"{change.sign}{change.number}" for change in program.changes]
        self.results = program.results()
        self.at = self.grouped = 0
        self.is_whole = False

    def read(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read one statement."""
        self.is_whole = self.is_whole or match["whole"] is not None
        last = len(self.results) - 1
        truth = (
            ("start", str(self.program.start), None),
            ("end", self.results[last], last),
            ("things", self.program.things, None),
            ("counted", self.program.things, None),
            ("named", self.program.things, None),
        )
        for group, true, result in truth:
            if match[group] is not None:
                yield claim(match, group, true, result)
        if match["lead"] or match["follow"]:
            yield self.change(match)
        if match["terms"]:
            yield from self.group(match)
        if match["chain"]:
            yield from self.chain(match)

    def change(self, match: re.Match[str]) -> Claim:
        """Read which change has its turn."""
        said = _SIGNS[match["lead"] or match["follow"]] + (match["led"] or match["followed"])
        return Claim(match.start(), said, due(self.changes, self.at))

    def group(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read the changes that are taken together, and what they come to."""
        self.grouped = match["terms"].count(" and ") + 1
        yield Claim(match.start("terms"), match["terms"], due(self.changes, self.at, self.grouped))
        if match["net"]:
            yield claim(match, "net", self.net())

    def net(self) -> str:
        """Return what the changes taken together come to."""
        return f"{sum(c.apply(0) for c in self.program.changes[self.at :][: self.grouped]):+}"

    def chain(self, match: re.Match[str]) -> Iterator[Claim]:
        """Read the forms of one sum: the more changes a form has made, the fewer it still holds."""
        forms = list(_FORMS.finditer(match["chain"]))
        plain = [form[0].translate(_PLAIN) for form in forms]
        held = [["".join(change) for change in _CHANGE.findall(form, 1)] for form in plain]
        said = max(held, key=len)
        is_number_alone = len(forms) == 1 and not said and not match["variable"]
        if is_number_alone:
            return
        at = match.start("chain")
        if not self.grouped and turn(self.changes, self.at, *said) != self.at:
            yield Claim(at, " and ".join(said), due(self.changes, self.at, len(said)))
        done, truth = self.forms(said)
        for place, (form, text, left) in enumerate(zip(forms, plain, map(len, held), strict=True)):
            is_all = self.is_whole and place == 0
            true = truth[0 if is_all else max(0, len(truth) - 1 - left)]
            shown = true if text == true.translate(_PLAIN) else form[0]
            yield Claim(
                at + form.start(), shown, true, done - left - 1 if place and done > left else None
            )
        if len(forms) > 1:
            self.at, self.grouped, self.is_whole = done, 0, False

    def forms(self, said: list[str]) -> tuple[int, list[str]]:
        """Return how many changes a sum that holds what is said has made, and its true forms."""
        program, last = self.program, len(self.changes)
        if self.grouped and len(said) == 1:
            done = min(self.at + self.grouped, last)
            before, after = (program.expression(step, step) for step in (self.at, done))
            return done, [f"{before} {self.net()[0]} {self.net()[1:]}", after]
        first = turn(self.changes, self.at, *said)
        done = last if self.is_whole else min(first + len(said), last)
        return done, [program.expression(step, done) for step in range(first, done + 1)]


def claims(program: "Arithmetic", text: str) -> Iterator[Claim]:
    """Yield what the text claims."""
    reader = _Reader(program)
    for match in _STATEMENT.finditer(text):
        yield from reader.read(match)
