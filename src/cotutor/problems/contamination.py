"""Contamination: training rows that hold a held-out question, or the solution of one.

Texts are compared by runs of words, as in the decontamination of s1 (8 words;
Muennighoff et al. 2025). One shared run is no contamination yet: problems
filled into templates share their frames. Hence two rules of our own. Runs that
stand in several training questions are a frame and do not count; whole frames
are what the leak report tells. And one training row must hold a large share of
the remaining runs of a held-out text. Of made problems the prompt is left out:
their questions are apart by construction.

Held-out texts are kept in memory, training rows are read as a stream.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from cotutor.errors import GateError
from cotutor.problems.benchmarks import is_published
from cotutor.problems.rationale import reasoning_and_answer, without_marks
from cotutor.records import Example, Problem

SHORTEST = 5
"""Texts of fewer words are not checked: they may stand anywhere by chance."""

_WORD = re.compile(r"\d+|[^\W\d_]+")


class ContaminationSettings(BaseModel):
    """What counts as contamination, and how much of it stops a run.

    A training row contaminates a held-out problem when it holds at least the share
    `coverage` of the runs of `words` words of its question, or of its human
    reasoning; runs that two training questions or more have are a frame and left out.
    The run stops when more than the share `max_contaminated` of the held-out problems is
    contaminated, those aside that the published splits contaminate by themselves.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: int = Field(default=8, ge=SHORTEST)
    coverage: float = Field(default=0.5, gt=0, le=1)
    max_contaminated: float = Field(default=0.0, ge=0, le=1)


class _Covered(NamedTuple):
    heldout: str
    part: str
    coverage: float


class Hit(NamedTuple):
    """The training row that holds most of a held-out problem's question or reasoning.

    `is_published` says that it is no fault of the run: both problems are of a published
    split, and the training problem's own question and human reasoning hold as much.
    """

    heldout: str
    part: str
    coverage: float
    trained: str
    trace: str | None
    is_published: bool


class Contamination(NamedTuple):
    """The contaminated ones of `heldout` problems, and the others' counts.

    `rows` training rows were read. Of `unchecked` problems the question is too
    short to check, or frame throughout.
    """

    hits: tuple[Hit, ...]
    heldout: int
    unchecked: int
    rows: int

    def counts(self) -> dict[str, int]:
        """Return the counts for a manifest."""
        published = sum(hit.is_published for hit in self.hits)
        return {
            "contaminated": len(self.hits) - published,
            "contaminated as published": published,
            "unchecked": self.unchecked,
        }


def contamination(
    examples: Iterable[Example],
    train: Sequence[Problem],
    heldout: Sequence[Problem],
    settings: ContaminationSettings,
) -> Contamination:
    """Return which held-out problems the training rows hold.

    Args:
        examples: the training rows, streamed; every one is of a problem in `train`.
        train: the training problems.
        heldout: the tested problems.
        settings: what counts as contamination.

    """
    index = _Index(heldout, train, settings.words)
    published = {p.id for p in heldout if is_published(p)}
    trained = {p.id: p for p in train}
    best: dict[str, Hit] = {}
    rows = 0
    for example in examples:
        rows += 1
        problem = trained[example.problem_id]
        shown = "" if problem.program else example.prompt
        for found in index.covered(f"{shown}\n{example.completion}", settings.coverage):
            natural = found.heldout in published and _is_natural(index, problem, found, settings)
            hit = Hit(*found, problem.id, example.trace_id, natural)
            best[hit.heldout] = max(best.get(hit.heldout, hit), hit, key=_gravity)
    hits = tuple(best[p.id] for p in heldout if p.id in best)
    return Contamination(hits, len(heldout), index.unchecked, rows)


def gate_contamination(found: Contamination, settings: ContaminationSettings) -> list[str]:
    """Return what to warn of: the contamination that published splits have by themselves.

    Raises:
        GateError: more of the held-out problems are contaminated than the settings allow.

    """
    own = [hit for hit in found.hits if not hit.is_published]
    if len(own) > settings.max_contaminated * found.heldout:
        worst = max(own, key=lambda hit: hit.coverage)
        raise GateError(
            f"{len(own)} of {found.heldout} held-out problems are contaminated: a training row of"
            f" {worst.trained} holds {worst.coverage:.0%} of the {_runs(settings)} in the"
            f" {worst.part} of {worst.heldout};"
            f" contamination.max_contaminated is {settings.max_contaminated:.0%}"
        )
    kinds = {"as the published split has it": len(found.hits) - len(own), "as allowed": len(own)}
    return [
        f"{count} of {found.heldout} tested problems are contaminated, {why}: a training row holds"
        f" {settings.coverage:.0%} or more of the {_runs(settings)} in the question or its"
        " reasoning"
        for why, count in kinds.items()
        if count
    ]


def _runs(settings: ContaminationSettings) -> str:
    return f"runs of {settings.words} words, those apart that several training questions share,"


def _is_natural(
    index: "_Index", problem: Problem, found: _Covered, settings: ContaminationSettings
) -> bool:
    own = index.covered(f"{problem.question}\n{problem.reasoning or ''}", settings.coverage)
    return is_published(problem) and found.heldout in {one.heldout for one in own}


def _gravity(hit: Hit) -> tuple[bool, float]:
    return not hit.is_published, hit.coverage


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _windows(words: Sequence[str], size: int) -> Iterator[str]:
    return (" ".join(words[at : at + size]) for at in range(len(words) - size + 1))


class _HeldOut(NamedTuple):
    """A text of a held-out problem: its runs are of `size` words, or one that is all of it."""

    problem: str
    part: str
    size: int
    runs: set[str]


def _held_out(problem: Problem, size: int) -> Iterator[_HeldOut]:
    reasoning, _ = reasoning_and_answer(problem.reasoning or "")
    for part, text in (("question", problem.question), ("reasoning", without_marks(reasoning))):
        words = _words(text)
        if len(words) >= SHORTEST:
            size_here = min(size, len(words))
            yield _HeldOut(problem.id, part, size_here, set(_windows(words, size_here)))


def _frames(train: Iterable[Problem], size: int, known: set[str]) -> set[str]:
    """Return those of the known runs that several training questions have."""
    once: set[str] = set()
    frames: set[str] = set()
    read: set[int] = set()
    for problem in train:
        words = _words(problem.question)
        key = hash(tuple(words))
        if key not in read:
            read.add(key)
            runs = known.intersection(_windows(words, size))
            frames |= runs & once
            once |= runs
    return frames


class _Index:
    """The telling runs of the held-out texts: those that are no frame.

    `unchecked` counts the problems whose question has none.
    """

    def __init__(self, heldout: Sequence[Problem], train: Sequence[Problem], size: int) -> None:
        texts = [text for problem in heldout for text in _held_out(problem, size)]
        frames = _frames(train, size, {run for text in texts for run in text.runs})
        self._of_run: dict[int, dict[str, list[int]]] = defaultdict(dict)
        self._texts: list[tuple[str, str, int]] = []
        checked: set[str] = set()
        for text in texts:
            if runs := text.runs - frames:
                for run in runs:
                    self._of_run[text.size].setdefault(run, []).append(len(self._texts))
                self._texts.append((text.problem, text.part, len(runs)))
                checked |= {text.problem} if text.part == "question" else set()
        self.unchecked = len(heldout) - len(checked)

    def covered(self, text: str, least: float) -> Iterator[_Covered]:
        """Yield the held-out texts of whose runs a text holds `least` or more."""
        words = _words(without_marks(text))
        held: Counter[int] = Counter()
        for size, of_run in self._of_run.items():
            for run in set(_windows(words, size)):
                if run in of_run:
                    held.update(of_run[run])
        for place, count in held.items():
            name, part, runs = self._texts[place]
            if count >= least * runs:
                yield _Covered(name, part, count / runs)
