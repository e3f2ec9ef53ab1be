"""The steps of a reasoning, each with what the step checker says of it.

What `cotutor.verify.steps.examine` counts over a whole reasoning stands here step by step:
its first bad step is the first one that is marked invalid, and a chain is sound by its marks
where it is by its findings.
"""

from bisect import bisect_right
from collections.abc import Iterator

from cotutor.problems.procedural import FAMILIES
from cotutor.records import Problem
from cotutor.report.model import Mark, Step
from cotutor.verify.steps import steps
from cotutor.verify.steps.equations import equations
from cotutor.verify.steps.examine import LONGEST

_WEIGHT: dict[Mark, int] = {"unchecked": 0, "unreadable": 1, "valid": 2, "invalid": 3}


def marked(problem: Problem, reasoning: str) -> list[Step]:
    """Return the steps of the first `LONGEST` characters of a reasoning.

    A step is invalid where something in it is untrue, else valid where something in it was
    checked, else unreadable where an equation in it could not be read, else unchecked.
    """
    text = reasoning[:LONGEST]
    parts = steps(text)
    starts = [part.start for part in parts]
    marks: list[Mark] = ["unchecked"] * len(parts)
    faults: list[str | None] = [None] * len(parts)
    for at, mark, fault in sorted(_findings(problem, text), key=lambda finding: finding[0]):
        place = max(bisect_right(starts, at) - 1, 0)
        if _WEIGHT[mark] > _WEIGHT[marks[place]]:
            marks[place] = mark
            faults[place] = fault
    return [
        Step(text=part.text, mark=mark, fault=fault)
        for part, mark, fault in zip(parts, marks, faults, strict=True)
    ]


def _findings(problem: Problem, text: str) -> Iterator[tuple[int, Mark, str | None]]:
    """Yield what is checked in a text as (offset, mark, fault): its program, and its equations.

    Where there is a program, an equation that is true by itself says nothing of the problem.
    """
    family = FAMILIES.get(problem.task) if problem.program is not None else None
    if family is not None:
        program = family.program.model_validate(problem.program)
        for claim in family.claims(program, text):
            is_true = claim.said == claim.true
            fault = None if is_true else f"{claim.said}, which is {claim.true}"
            yield claim.at, "valid" if is_true else "invalid", fault
    if problem.program is None or problem.kind in ("number", "choice"):
        for equation in equations(text):
            if equation.found != "given" and (family is None or equation.found != "valid"):
                yield equation.end - 1, equation.found, equation.fault
