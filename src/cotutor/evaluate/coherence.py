"""Contradictions in a reasoning: something that is given two values without a change between.

Seen:
    letters    `x = 5` and later `x = 7`, or `3R = 105` and later `R = 36`; not behind `x = x + 2`
    sums       the same sum worked out twice to different numbers: `48/2 = 24 ... 48/2 = 25`
    program    one step of a procedural problem stated twice, differently
    subjects   `The total is 12.` and later `The total is 15.`: two whole steps that begin alike
               and end in different numbers of the same unit, no word of change in or between them

Not seen: contradictions that take knowledge or arithmetic to find, other words for the same
thing, and whatever stands in the middle of a longer sentence. That an answer differs from what
the steps come to is no contradiction between steps: `Findings.is_supported` tells it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cotutor.problems.procedural import FAMILIES
from cotutor.records import Problem
from cotutor.verify.steps import steps
from cotutor.verify.steps.equations import equations
from cotutor.verify.steps.examine import LONGEST
from cotutor.verify.steps.signs import words


class Contradiction(NamedTuple):
    """Two statements at offsets of the reasoning that cannot both hold, and what they say."""

    at: int
    kind: str
    told: str


def contradictions(problem: Problem, reasoning: str) -> list[Contradiction]:
    """Return the contradictions of a reasoning in order of their second statements.

    A reasoning of more than `LONGEST` characters is looked at up to there.
    """
    text = reasoning[:LONGEST]
    found = [*_sums(text), *_claims(problem, text), *_subjects(text)]
    return sorted(found, key=lambda contradiction: contradiction.at)


def _sums(text: str) -> Iterator[Contradiction]:
    """Yield letters with two values, and sums with two results."""
    results: dict[str, tuple[str, str]] = {}
    updated: set[str] = set()
    for equation in equations(text):
        said = " ".join(text[equation.start : equation.end].split())
        if equation.found == "invalid" and ", where " in (equation.fault or ""):
            if updated.isdisjoint(said):
                yield Contradiction(equation.start, "letter", equation.fault or "")
            continue
        if update := _UPDATE.match(said):
            updated.add(update["letter"])
        left, _, right = (part.strip() for part in said.partition("="))
        if equation.found not in ("valid", "invalid") or _NUMBER.fullmatch(left):
            continue
        if _NUMBER.fullmatch(right) is None:
            continue
        before = results.setdefault(left.replace(" ", ""), (equation.found, right))
        # Two results may both be right, rounded differently.
        if before[1] != right and "invalid" in (before[0], equation.found):
            yield Contradiction(equation.start, "sum", f"{left} = {before[1]}, {said}")


def _claims(problem: Problem, text: str) -> Iterator[Contradiction]:
    """Yield the steps of a procedural problem that are stated twice, differently."""
    family = FAMILIES.get(problem.task)
    if family is None or problem.program is None:
        return
    stated: dict[int, str] = {}
    for claim in family.claims(family.program.model_validate(problem.program), text):
        if claim.result is None:
            continue
        before = stated.setdefault(claim.result, claim.said)
        if before.casefold() != claim.said.casefold():
            step = claim.result + 1
            yield Contradiction(claim.at, "program", f"step {step}: {before}, then {claim.said}")


_VALUE = re.compile(
    r"(?P<subject>[A-Za-z][^0-9=.\n]{2,80}?) (?:is|are|was|were|equals|=) (?:about |only )?"
    r"\$?(?P<number>-?[0-9][0-9,]{0,15}(?:\.[0-9]{1,9})?)"
    r" ?(?P<unit>[A-Za-z%]{0,20}(?: [a-z]{1,20})?)[.!]?"
)
_UPDATE = re.compile(r"(?P<letter>[A-Za-z]) ?=[^=]*?(?<!\w)(?P=letter)(?!\w)")
_NUMBER = re.compile(r"[$]?[0-9.,%]{1,40}")
_POINTERS = words("this that it they these those he she we there i you which")
_LEADS = re.compile(r"(?:(?:so|therefore|thus|hence|that means|this means|the|a|an),? )+")
_CHANGES = re.compile(
    r"\b(?:now|then|after|afterwards|before|left|remain(?:s|ing)?|new|next|more|another|other|each"
    r"|every|per|if|instead|becomes?|again|wait|actually|wrong|correct(?:ed|ion)?|first|second"
    r"|third|last|day|week|month|year|hour|increases?d?|decreases?d?|however|but|or)\b",
    re.IGNORECASE,
)


def _subjects(text: str) -> Iterator[Contradiction]:
    """Yield subjects with two numbers; a word of change from the one to the other excuses it."""
    known: dict[tuple[str, str], tuple[str, str, int]] = {}
    changes = 0
    for step in steps(text):
        said = " ".join(step.text.split())
        changes += _CHANGES.search(said) is not None
        if (match := _VALUE.fullmatch(said)) is None:
            continue
        subject = _LEADS.sub("", match["subject"].lower(), count=1)
        if subject in _POINTERS:  # who knows what it points at
            continue
        number = match["number"].replace(",", "")
        key = (subject, match["unit"].lower())
        before = known.get(key)
        if before and before[0] != number and before[2] == changes:
            yield Contradiction(step.start, "subject", f"{before[1]} {said}")
        known[key] = (number, said, changes)
