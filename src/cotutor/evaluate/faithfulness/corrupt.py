"""A mistake in one step of a reasoning, made by rules: what adding mistakes needs.

What may be made wrong is what the step checker reads: in a procedural family what the
reasoning claims, elsewhere the numbers of equations, and results where they are said again.
The result of a step comes first. What the checker counts must then be one untrue statement
more, so that nothing is called a mistake that is none.
"""

import random
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from cotutor.problems.procedural import FAMILIES
from cotutor.records import Problem, digest
from cotutor.verify.steps import steps, untrue
from cotutor.verify.steps.equations import equations

_NUMBER = re.compile(r"[0-9]+")
_SEPARATOR = re.compile(r"(, | and )")
_OPPOSITES = (("heads", "tails"), ("yes", "no"), ("odd", "even"), ("flips", "does not flip"))
_OTHER = dict(_OPPOSITES) | {b: a for a, b in _OPPOSITES}
_BY = (1, 2, 10, -1, -2, 3)
_TRIES = 12


class Slip(NamedTuple):
    """`said` in the place of `reasoning[start:end]`, in the step numbered `at`."""

    at: int
    start: int
    end: int
    said: str

    def made_in(self, reasoning: str) -> str:
        """Return the reasoning with the mistake in it."""
        return reasoning[: self.start] + self.said + reasoning[self.end :]

    @property
    def longer_by(self) -> int:
        """How many characters the reasoning gains."""
        return len(self.said) - (self.end - self.start)


class _Span(NamedTuple):
    """What may be made wrong: will the checker count it, and is it the result of a step?"""

    start: int
    end: int
    is_counted: bool
    is_result: bool


def slips(problem: Problem, reasoning: str) -> list[Slip | None]:
    """Return a mistake for every step, None where no statement of it could be made wrong."""
    spans = sorted(_spans(problem, reasoning), key=lambda span: _rank(reasoning, span))
    others = sorted({reasoning[span.start : span.end] for span in spans})
    before = untrue(problem, reasoning)
    found: list[Slip | None] = []
    for at, step in enumerate(steps(reasoning)):
        inside = [span for span in spans if step.start <= span.start and span.end <= step.end]
        tried = islice(_candidates(problem, reasoning, at, inside, others), _TRIES)
        wrong = (s for s, more in tried if untrue(problem, s.made_in(reasoning)) >= before + more)
        found.append(next(wrong, None))
    return found


def _rank(reasoning: str, span: _Span) -> tuple[bool, bool, int, int]:
    """Results first, then numbers, then the last of a step."""
    is_number = bool(_NUMBER.search(reasoning[span.start : span.end]))
    return not span.is_result, not is_number, -span.end, -span.start


def _spans(problem: Problem, reasoning: str) -> set[_Span]:
    family = FAMILIES.get(problem.task)
    if family is None or problem.program is None:
        return set(_numbers(reasoning))
    claims = family.claims(family.program.model_validate(problem.program), reasoning)
    return {
        _Span(c.at, c.at + len(c.said), c.said == c.true, c.result is not None)
        for c in claims
        if c.said and reasoning.startswith(c.said, c.at)
    }


def _numbers(reasoning: str) -> Iterator[_Span]:
    """Yield the numbers of equations, and those that say a result again behind its equation."""
    found = [e for e in equations(reasoning) if e.found in ("valid", "invalid")]
    inside = {at: e for e in found for at in range(e.start, e.end)}
    for number in _NUMBER.finditer(reasoning):
        start, end = number.span()
        equation = inside.get(start)
        if equation is not None:
            yield _Span(start, end, equation.found == "valid", is_result=False)
        elif any(e.end <= start and int(number[0]) in e.results for e in found):
            yield _Span(start, end, is_counted=False, is_result=False)


def _candidates(
    problem: Problem, reasoning: str, at: int, spans: Sequence[_Span], others: Sequence[str]
) -> Iterator[tuple[Slip, bool]]:
    """Yield changes of a step, and whether each must make one statement more untrue."""
    for start, end, is_counted, _ in spans:
        rng = random.Random(digest("slip", problem.id, at, start))
        for said in _wrong(reasoning[start:end], others, rng):
            yield Slip(at, start, end, said), is_counted


def _wrong(said: str, others: Sequence[str], rng: random.Random) -> Iterator[str]:
    """Yield what could stand in the place of what is said: the likeliest to be wrong first."""
    if said in _OTHER:
        yield _OTHER[said]
    elif _NUMBER.search(said):
        yield from _other_numbers(said, rng)
    else:
        yield from _moved(said)
        like = [o for o in others if o != said and _shape(o) == _shape(said)]
        yield from rng.sample(like, len(like))
        if said.islower() and said.isalpha():
            at = rng.randrange(len(said))
            yield said[:at] + rng.choice("bcdfgklmprst".replace(said[at], "")) + said[at + 1 :]


def _moved(said: str) -> Iterator[str]:
    """Yield a list with its last words exchanged: "Ann pink, Bo grey" as "Ann grey, Bo pink"."""
    parts = _SEPARATOR.split(said)
    things = [part.rpartition(" ")[2] for part in parts[::2]]
    if len(things) > 1:
        parts[::2] = [
            part.removesuffix(thing) + other
            for part, thing, other in zip(parts[::2], things, things[1:] + things[:1], strict=True)
        ]
        yield "".join(parts)


def _other_numbers(said: str, rng: random.Random) -> Iterator[str]:
    """Yield the text with its last number changed; of a date with slashes, the middle one."""
    found = list(_NUMBER.finditer(said))
    is_date = said.count("/") == 2 and len(found) == 3
    number = found[1 if is_date else -1]
    for by in rng.sample(_BY, len(_BY)):
        other = int(number[0]) + by
        if is_date and other not in range(1, 29):
            continue
        if other >= 0:
            shown = str(other).zfill(len(number[0]) if number[0][0] == "0" else 0)
            yield said[: number.start()] + shown + said[number.end() :]


def _shape(said: str) -> tuple[bool, bool, bool, int]:
    """Return what two texts share that may stand in each other's place."""
    return bool(_NUMBER.search(said)), said[:1].isupper(), len(said) == 1, len(said.split())
