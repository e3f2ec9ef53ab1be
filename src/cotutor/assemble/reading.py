"""The attempts that a person reads in the report."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from cotutor.assemble.marking import marked
from cotutor.evaluate.accuracy import Judged
from cotutor.evaluate.faithfulness.scores import changes
from cotutor.format import parse
from cotutor.records import Probe, Problem, Trace, Verdict, digest
from cotutor.report.model import Attempt, Changed, SideBySide
from cotutor.stages import Run, probes

MOST_CHARACTERS = 10_000_000
"""How much text of traces a report takes in, so that its page stays quick."""

PLACES = 3
"""The most places a report tells of which a probe changed an answer."""

_ByProblem = Mapping[str, Sequence[tuple[str, Trace, Verdict]]]


def side_by_side(run: Run, judged: Mapping[str, Sequence[Judged]]) -> Iterator[SideBySide]:
    """Yield the attempts of all arms on the tested problems, task by task.

    Where that is more than `MOST_CHARACTERS`, problems are drawn by digest, the same in every run.
    """
    found: dict[str, list[tuple[str, Trace, Verdict]]] = defaultdict(list)
    for arm, some in judged.items():
        for trace, verdict in some:
            found[trace.problem_id].append((arm, trace, verdict))
    changed = {arm: changes(probes(run, arm)) for arm in judged}
    for problem in _drawn(run.tested, found):
        attempts = [
            _shown(arm, problem, trace, verdict, changed[arm].get(trace.id))
            for arm, trace, verdict in found[problem.id]
        ]
        yield SideBySide(
            problem_id=problem.id, task=problem.task, question=problem.question,
            gold=problem.gold, attempts=tuple(attempts),
        )  # fmt: skip


def _drawn(problems: Sequence[Problem], found: _ByProblem) -> list[Problem]:
    drawn: list[Problem] = []
    size = 0
    for problem in sorted(problems, key=lambda problem: digest("shown", problem.id)):
        traces = [trace for _, trace, _ in found.get(problem.id, ())]
        size += len(problem.question) + sum(len(trace.completion) for trace in traces)
        if size > MOST_CHARACTERS:
            break
        drawn.append(problem)
    return sorted(drawn, key=lambda problem: problem.task)


def _shown(
    arm: str,
    problem: Problem,
    trace: Trace,
    verdict: Verdict,
    changed: Mapping[str, Sequence[Probe]] | None,
) -> Attempt:
    return Attempt(
        arm=arm,
        completion=trace.completion if trace.error is None else f"({trace.error})",
        answer=verdict.answer,
        outcome=verdict.outcome,
        finish=trace.finish,
        reason=verdict.reason,
        steps=tuple(marked(problem, parse(trace).text)) if trace.error is None else (),
        changed_by=tuple(_changed(name, some) for name, some in (changed or {}).items()),
        is_probed=changed is not None,
    )


def _changed(name: str, some: Sequence[Probe]) -> Changed:
    places = tuple((probe.at, probe.after) for probe in some[:PLACES])
    return Changed(probe=name, places=places, n=len(some))
