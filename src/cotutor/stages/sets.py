"""The problem sets of a run, read and held against the verifier before any work."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cotutor.errors import DataError
from cotutor.problems import located
from cotutor.problems.benchmarks import is_published
from cotutor.problems.rows import Located
from cotutor.records import Problem, Request, Trace
from cotutor.verify import VerifySettings, decide, prove


def read_set(
    key: str, source: Any, settings: VerifySettings, *, seed: int
) -> tuple[list[Problem], list[str]]:
    """Return the problems of a set, and what a reader of the report must know of them.

    The published benchmarks are taken as they are: where one holds a question with two
    answers, that is told.

    Args:
        key: the key of the run file that names the set.
        source: where the problems come from.
        settings: how answers are read.
        seed: see `cotutor.problems.load`.

    Raises:
        DataError: the set cannot be read, an answer cannot, or a question has two answers.

    """
    try:
        found = located(source, seed=seed)
        places = {item.problem.id: item.place for item in found}
        for problem in prove((item.problem for item in found), settings):
            raise DataError(
                f"{places[problem.id]}: the gold answer {problem.gold!r} cannot be read as"
                f" {problem.kind} (problem {problem.id} of {problem.task})"
            )
        told = [*_two_answers(found, settings), *_equal_choices(found)]
    except DataError as error:
        raise DataError(f"{key}: {error}") from error
    return [item.problem for item in found], [f"{key}: {sentence}" for sentence in told]


def _two_answers(found: Sequence[Located], settings: VerifySettings) -> Iterator[str]:
    """Yield a sentence for every published question with two answers.

    Raises:
        DataError: a question that is not published has two.

    """
    firsts: dict[tuple[Any, ...], Located] = {}
    for item in found:
        problem = item.problem
        if problem.program is not None:
            continue
        asked = (problem.kind, " ".join(problem.question.split()), problem.choices)
        first = firsts.setdefault(asked, item)
        if _is_another(problem.gold, first.problem, settings):
            sentence = (
                f"{item.place} (id {problem.id}) has the question of {first.place} (id"
                f" {first.problem.id}) and another answer, {problem.gold!r} for"
                f" {first.problem.gold!r}"
            )
            if not is_published(problem):
                raise DataError(sentence)
            yield sentence


def _is_another(gold: str, problem: Problem, settings: VerifySettings) -> bool:
    """Say whether the verifier's own rule takes `gold` for a wrong answer to a problem."""
    if gold == problem.gold:
        return False
    written = Trace.make(
        Request(problem=problem), generator="gold", format="zero-shot", completion=gold,
        finish="stop",
    )  # fmt: skip
    own = settings.model_copy(update={"rule": "cotutor"})
    return decide(problem, written, own).outcome == "incorrect"


def _equal_choices(found: Sequence[Located]) -> Iterator[str]:
    """Yield a sentence where choices of one problem have one text: the verifier takes either."""
    texts = ((item, [choice.text for choice in item.problem.choices]) for item in found)
    equal = [item for item, some in texts if len(set(some)) < len(some)]
    if equal:
        yield (
            f"{len(equal)} of {len(found)} problems have two choices of one text, which count as"
            f" one answer; the first is {equal[0].place} (id {equal[0].problem.id})"
        )


def check_ids(sets: Mapping[str, Sequence[Problem]]) -> None:
    """Refuse an id that stands for two problems: attempts are found by it.

    Args:
        sets: problems by the key of the run file that names them.

    Raises:
        DataError: there is such an id.

    """
    known: dict[str, tuple[str, Problem]] = {}
    for key, some in sets.items():
        for problem in some:
            where, first = known.setdefault(problem.id, (key, problem))
            if _content(first) != _content(problem):
                raise DataError(
                    f"{key}: the id {problem.id!r} is another problem than in {where}: make ids"
                    " differ across the sets, or let map.id name another field"
                )


def _content(problem: Problem) -> tuple[Any, ...]:
    return problem.question, problem.gold, problem.kind, problem.choices
