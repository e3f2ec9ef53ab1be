"""What training and tested problems share, told before anything is trained.

Three kinds of leak, from the plain to the subtle: the same question, the same
question with other numbers (a twin), and another question of the same template.
"""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cotutor.errors import DataError
from cotutor.problems.benchmarks import is_published
from cotutor.problems.templates import template_groups
from cotutor.records import Problem

logger = logging.getLogger(__name__)

Pair = tuple[str, str]
View = Callable[[str], str]


class Leak(NamedTuple):
    """What the tested problems of one task share with training, as counts.

    Of `tested` problems, `exact` have a training question word for word,
    `masked` have one once numbers are masked (the exact ones among them), and
    `seen` are of a template that training has. Of the task's `templates`,
    `shared` are on both sides.
    """

    task: str
    tested: int
    exact: int
    masked: int
    templates: int
    shared: int
    seen: int

    def sentences(self) -> Iterator[str]:
        """Say what leaks; nothing where nothing does."""
        if self.masked:
            word_for_word = f", {self.exact} of them word for word" if self.exact else ""
            yield (
                f"{self.task}: {self.masked} of {self.tested} tested questions have a twin in"
                f" training that differs in numbers at most{word_for_word}"
            )
        if self.shared:
            yield (
                f"{self.task}: {self.shared} of {self.templates} templates are on both sides, with"
                f" {self.seen} of {self.tested} tested questions"
            )


class Overlap(NamedTuple):
    """The held-out problems that training holds too, as (training id, held-out id).

    `exact` have the same question text, white space aside; `masked` have it
    once every number is masked, the exact ones among them. Each held-out
    problem counts once, with the first training problem it equals. `leaks`
    counts them, and shared templates, task by task.
    """

    exact: tuple[Pair, ...]
    masked: tuple[Pair, ...]
    heldout: int
    leaks: tuple[Leak, ...]

    def sentences(self) -> list[str]:
        """Return the leak report, a sentence for each kind of leak of a task."""
        return [sentence for leak in self.leaks for sentence in leak.sentences()]


def overlap(
    train: Sequence[Problem], heldout: Sequence[Problem], *, key: str | None = None
) -> Overlap:
    """Find what the held-out problems share with training; sentences begin with the `key`, if any.

    The published benchmark splits share questions (MultiArith 5, StrategyQA 1): they
    are counted and logged, as twins and templates are. In all other problems a shared
    question is refused.

    Raises:
        DataError: a question that is not a published one is on both sides, or
            one id is.

    """
    of = "" if key is None else f"{key}: "
    exact = _twins(train, heldout, lambda text: text)
    masked = _twins(train, heldout, lambda text: re.sub(r"\d+", "#", text))
    for seen, asked in exact:
        if not (is_published(seen) and is_published(asked)):
            raise DataError(
                f"{of}held-out problem {asked.id} has the question of training problem {seen.id}:"
                f" {asked.question!r:.80}"
            )
    if shared := {p.id for p in train} & {p.id for p in heldout}:
        raise DataError(
            f"{of}the id {min(shared)!r} is that of a training and of a held-out problem; make ids"
            " differ across the two, or let map.id name another field"
        )
    leaks = tuple(_leaks(train, heldout, exact, masked))
    found = Overlap(_ids(exact), _ids(masked), len(heldout), leaks)
    for sentence in found.sentences():
        logger.warning("%s%s", of, sentence)
    return found


def _twins(
    train: Sequence[Problem], heldout: Sequence[Problem], view: View
) -> list[tuple[Problem, Problem]]:
    first: dict[str, Problem] = {}
    for problem in train:
        first.setdefault(view(" ".join(problem.question.split())), problem)
    keys = ((view(" ".join(problem.question.split())), problem) for problem in heldout)
    return [(first[key], problem) for key, problem in keys if key in first]


def _ids(pairs: Sequence[tuple[Problem, Problem]]) -> tuple[Pair, ...]:
    return tuple((seen.id, asked.id) for seen, asked in pairs)


def _leaks(
    train: Sequence[Problem],
    heldout: Sequence[Problem],
    exact: Sequence[tuple[Problem, Problem]],
    masked: Sequence[tuple[Problem, Problem]],
) -> Iterator[Leak]:
    trained, asked = found_templates(train, heldout)
    for task in dict.fromkeys(problem.task for problem in heldout):
        mine = [key for p, key in zip(heldout, asked, strict=True) if p.task == task]
        theirs = {key for p, key in zip(train, trained, strict=True) if p.task == task}
        shared = set(mine).intersection(trained) - {None}
        yield Leak(
            task=task,
            tested=len(mine),
            exact=sum(problem.task == task for _, problem in exact),
            masked=sum(problem.task == task for _, problem in masked),
            templates=len((theirs | set(mine)) - {None}),
            shared=len(shared),
            seen=sum(key in shared for key in mine),
        )


def found_templates(
    train: Sequence[Problem], heldout: Sequence[Problem]
) -> tuple[list[Any], list[Any]]:
    """Return the template of each problem on both sides: as its task names them, else as found.

    Made problems have None: their few wordings are shared by design, and their
    contents are apart by construction.
    """
    problems = [*train, *heldout]
    unnamed = {p.task for p in problems if p.template is None}
    keys: list[Any] = [None if p.program else (p.task, p.template) for p in problems]
    if unnamed.intersection(p.task for p in heldout):
        told = [place for place, problem in enumerate(problems) if not problem.program]
        groups = _groups(tuple(problems[place].question for place in told))
        asked = {p.task for p in heldout} - unnamed
        for place, group in zip(told, groups, strict=True):
            if problems[place].task not in asked:
                keys[place] = group
    return keys[: len(train)], keys[len(train) :]


@lru_cache(maxsize=4)
def _groups(questions: tuple[str, ...]) -> list[int]:
    """Remember the groups: every arm of a report asks for the same ones."""
    return template_groups(questions)
