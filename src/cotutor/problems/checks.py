"""What must hold for the problems of a source before anything is made of them."""

import logging
from collections import Counter
from collections.abc import Iterable

from cotutor.errors import DataError
from cotutor.problems.rows import Located
from cotutor.records import Problem

logger = logging.getLogger(__name__)


def check(located: Iterable[Located]) -> list[Located]:
    """Return the problems with their places, each with an id of its own.

    Problems without a given id whose content is equal are all kept: the second
    gets the suffix `-2`, and so on. `repeats` finds them.

    Raises:
        DataError: two problems were given one id; a question or an answer is
            missing; a multiple-choice answer is none of the choices.

    """
    places: dict[str, str] = {}
    copies: Counter[str] = Counter()
    checked = []
    for place, problem, is_named in located:
        _check_one(place, problem)
        if is_named and problem.id in places:
            raise DataError(f"{place} has the id {problem.id!r} that {places[problem.id]} has")
        copies[problem.id] += 1
        if problem.id in places:
            problem = problem.model_copy(update={"id": f"{problem.id}-{copies[problem.id]}"})
        places[problem.id] = place
        checked.append(Located(place, problem, is_named))
    if repeated := repeats(checked):
        first, again = repeated[0]
        logger.warning(
            "%d of %d problems repeat an earlier one, the first of them %s (id %s), which is %s"
            " (id %s) again",
            len(repeated), len(checked), again.place, again.problem.id, first.place,
            first.problem.id,
        )  # fmt: skip
    return checked


def _check_one(place: str, problem: Problem) -> None:
    for text, what in ((problem.question, "question"), (problem.gold, "answer")):
        if not text.strip():
            raise DataError(f"{place} has no {what}")
    labels = [choice.label for choice in problem.choices]
    if labels and problem.gold not in labels:
        raise DataError(
            f"the answer {problem.gold!r} of {place} is none of its choices {', '.join(labels)}"
        )


def repeats(located: Iterable[Located]) -> list[tuple[Located, Located]]:
    """Return every problem that has the content of an earlier one, behind the first of these."""
    firsts: dict[tuple[str, ...], Located] = {}
    found = []
    for item in located:
        p = item.problem
        content = (p.task, p.kind, p.question, p.gold, *(c.text for c in p.choices))
        if (first := firsts.setdefault(content, item)) is not item:
            found.append((first, item))
    return found
