"""What must hold for the problems of a source before anything is made of them."""

import logging
from collections import Counter
from collections.abc import Iterable

from cotutor.errors import DataError
from cotutor.problems.rows import Located
from cotutor.records import Problem

logger = logging.getLogger(__name__)


def check(located: Iterable[Located]) -> list[Problem]:
    """Return the problems, each with an id of its own.

    Problems without a given id whose content is equal are all kept: the second
    gets the suffix `-2`, and so on. `repeats` counts them.

    Raises:
        DataError: two problems were given one id; a question or an answer is
            missing; a multiple-choice answer is none of the choices.

    """
    places: dict[str, str] = {}
    copies: Counter[str] = Counter()
    problems = []
    for place, problem, is_named in located:
        _check_one(place, problem)
        if is_named and problem.id in places:
            raise DataError(f"{place} has the id {problem.id!r} that {places[problem.id]} has")
        copies[problem.id] += 1
        if problem.id in places:
            problem = problem.model_copy(update={"id": f"{problem.id}-{copies[problem.id]}"})
        places[problem.id] = place
        problems.append(problem)
    if repeated := repeats(problems):
        logger.warning("%d of %d problems repeat an earlier one", repeated, len(problems))
    return problems


def _check_one(place: str, problem: Problem) -> None:
    for text, what in ((problem.question, "question"), (problem.gold, "answer")):
        if not text.strip():
            raise DataError(f"{place} has no {what}")
    labels = [choice.label for choice in problem.choices]
    if labels and problem.gold not in labels:
        raise DataError(
            f"the answer {problem.gold!r} of {place} is none of its choices {', '.join(labels)}"
        )


def repeats(problems: Iterable[Problem]) -> int:
    """Return how many problems have the content of an earlier one."""
    contents = Counter(
        (p.task, p.kind, p.question, p.gold, *(c.text for c in p.choices)) for p in problems
    )
    return contents.total() - len(contents)
