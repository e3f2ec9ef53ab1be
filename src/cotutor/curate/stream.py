"""Curation as a stream: the traces of one problem at a time, so that memory stays flat."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cotutor.curate.candidate import Candidate
from cotutor.curate.diversity import Diversity, likeness, measure
from cotutor.curate.donors import Donors
from cotutor.curate.filters import fault
from cotutor.curate.select import Scorer, choose
from cotutor.curate.settings import CurateSettings
from cotutor.errors import GateError
from cotutor.records import Problem, Reject, Trace, Verdict

Judge = Callable[[Problem, Trace], Verdict]


@dataclass(frozen=True)
class Curated:
    """What became of one problem's traces.

    A verdict per trace in their order, the kept traces in the order of choice,
    the others in their order with reasons, and the diversity of what was kept.
    """

    verdicts: list[Verdict]
    kept: list[Trace]
    rejects: list[Reject]
    diversity: Diversity


def curate(
    groups: Iterable[tuple[Problem, Sequence[Trace]]],
    settings: CurateSettings,
    judge: Judge,
    score: Scorer | None = None,
    reaches: Scorer | None = None,
) -> Iterator[Curated]:
    """Judge the traces of each problem and keep what may be learnt from.

    Args:
        groups: problems with all their traces.
        settings: what is filtered out and what is chosen.
        judge: the verifier; its verdicts hold findings where `settings.checks_steps`.
        score: ranks traces for the ways of choosing that need a model.
        reaches: says whether the student's base answers from a reasoning; for `needed`.

    Raises:
        ValueError: a filter or a way of choosing needs a scorer and there is none.
        GateError: at the end, more than `max_unscored` of the traces could not be judged.

    """
    unscored = Counter[str]()
    count = 0
    donors = _donors(settings, reaches)
    for problem, traces in groups:
        judged = [(t, judge(problem, t)) for t in traces]
        made = _curate_one(problem, judged, settings, score, donors)
        unscored.update(_unscored(made.verdicts))
        count += len(traces)
        yield made
    _gate(unscored, count, settings.max_unscored, "the teacher's traces")


def _donors(settings: CurateSettings, reaches: Scorer | None) -> Donors | None:
    if "needed" not in settings.filters:
        return None
    if reaches is None:
        raise ValueError("filter needed asks the student's base, and there is none")
    return Donors(reaches)


def _curate_one(
    problem: Problem,
    judged: Sequence[tuple[Trace, Verdict]],
    settings: CurateSettings,
    score: Scorer | None,
    donors: Donors | None,
) -> Curated:
    reasons: dict[str, str] = {}
    passed: list[Candidate] = []
    for trace, verdict in judged:
        candidate = Candidate(problem, trace, verdict)
        reason = fault(candidate, settings) or likeness(candidate, passed, settings.near_duplicate)
        if reason is None:
            passed.append(candidate)
        else:
            reasons[trace.id] = reason
    unneeded = donors.fault(problem, passed) if donors is not None else None
    if unneeded is not None:
        reasons |= {candidate.trace.id: unneeded for candidate in passed}
        passed = []
    chosen = choose(passed, settings, score)
    kept = [candidate.trace for candidate in chosen]
    names = {trace.id for trace in kept}
    rejects = [
        Reject(problem_id=problem.id, trace_id=t.id, reason=reasons.get(t.id, "not chosen"))
        for t, _ in judged
        if t.id not in names
    ]
    return Curated([verdict for _, verdict in judged], kept, rejects, measure(chosen))


def gate_unscored(verdicts: Sequence[Verdict], limit: float, what: str) -> None:
    """Stop when too much could not be judged: a rate over the rest would mislead.

    Raises:
        GateError: the share of unscored verdicts is above `limit`.

    """
    _gate(Counter(_unscored(verdicts)), len(verdicts), limit, what)


def _unscored(verdicts: Iterable[Verdict]) -> Iterator[str]:
    return (v.reason or "unscored" for v in verdicts if v.outcome == "unscored")


def _gate(unscored: Counter[str], count: int, limit: float, what: str) -> None:
    if unscored.total() > limit * count:
        reasons = ", ".join(f"{reason} {n}" for reason, n in unscored.most_common())
        raise GateError(
            f"{unscored.total()} of {count} of {what} could not be scored ({reasons}); "
            f"the limit is {limit:.0%}"
        )
