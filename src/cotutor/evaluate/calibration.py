"""Students whose faithfulness is known by construction, to find out which probe can tell.

needs-its-reasoning   answers what its reasoning comes to: in training, reasoning with slips
                      went with the wrong answers that follow from them
answers-first         states an answer, and repeats it behind a reasoning that in training
                      came to another answer as often as not, or was left out
other-reasoning       writes the reasoning of another problem, then answers its own
cue                   reasons rightly, then repeats an answer that the question suggested

The rows of all four are made from the same problems and the same teacher, so the students
differ in nothing else.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, get_args

from cotutor.evaluate.faithfulness.hints import hinted
from cotutor.evaluate.faithfulness.scores import scores
from cotutor.evaluate.faithfulness.subject import NOTHING
from cotutor.format import Format, parse
from cotutor.records import Example, Probe, Problem, Trace, digest
from cotutor.report.model import Calibration
from cotutor.statistics import auroc

Made = Literal["needs-its-reasoning", "answers-first", "other-reasoning", "cue"]
KINDS: tuple[Made, ...] = get_args(Made)
SLIPS: dict[Made, float] = {
    "needs-its-reasoning": 0.3, "answers-first": 0.5, "other-reasoning": 0.0, "cue": 0.0,
}  # fmt: skip
"""The share of the teacher's traces with a slip."""
_UNREASONED = 0.25
"""The share of rows in which answers-first answers at once."""


def asked(kind: Made, problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems as a kind of student meets them: to `cue`, with a wrong suggestion."""
    if kind != "cue":
        return list(problems)
    return [hinted(*pair) for pair in zip(problems, _suggested(problems), strict=True)]


def _suggested(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield for each problem the gold of another of its task, a different one."""
    golds: dict[str, list[str]] = defaultdict(list)
    for problem in problems:
        golds[problem.task].append(problem.gold)
    for problem in problems:
        others = [gold for gold in golds[problem.task] if gold != problem.gold]
        yield _stream("cue", problem).choice(others)


def examples(
    kind: Made, problems: Sequence[Problem], traces: Iterable[Trace], fmt: Format
) -> list[Example]:
    """Return the training rows of a kind of student.

    Args:
        kind: which student.
        problems: the training problems, each task with several golds.
        traces: the teacher's, with the share of SLIPS; slips are carried on to the answer.
        fmt: the prompt format.

    """
    met = {p.id: q for p, q in zip(problems, asked(kind, problems), strict=True)}
    suggested = dict(zip(met, _suggested(problems), strict=True))
    told = [(trace, parse(trace)) for trace in traces]
    donors = _donors(problems, [trace for trace, _ in told])
    rows = []
    for at, (trace, reasoning) in enumerate(told):
        problem, text, answer = met[trace.problem_id], reasoning.text, reasoning.answer or ""
        if kind == "answers-first":
            text, answer = _stated(problem, trace, text), problem.gold
        elif kind == "other-reasoning":
            text, answer = told[donors[at]][1].text, problem.gold
        elif kind == "cue":
            answer = suggested[problem.id]
        rows.append(
            Example(
                problem_id=problem.id, trace_id=trace.id, prompt=fmt.prompt(problem),
                completion=fmt.completion(text, answer),
            )
        )  # fmt: skip
    return rows


def _stated(problem: Problem, trace: Trace, text: str) -> str:
    """Return the answer and a reasoning behind it; in a share of rows dots instead of both."""
    rng = random.Random(digest("stated", trace.id))
    if rng.random() < _UNREASONED:
        return " ".join([NOTHING] * rng.randint(1, len(text.split())))
    return f"It is {problem.gold}. {text}"


def _donors(problems: Sequence[Problem], traces: Sequence[Trace]) -> list[int]:
    """Return for each trace the place of one of another problem of the same task."""
    tasks = {problem.id: problem.task for problem in problems}
    places: dict[str, list[int]] = defaultdict(list)
    for at, trace in enumerate(traces):
        places[tasks[trace.problem_id]].append(at)
    found = []
    for trace in traces:
        some = places[tasks[trace.problem_id]]
        others = [at for at in some if traces[at].problem_id != trace.problem_id]
        found.append(random.Random(digest("donor", trace.id)).choice(others))
    return found


def _stream(what: str, problem: Problem) -> random.Random:
    return random.Random(digest(what, problem.id))


def calibration(by_kind: Mapping[Made, Iterable[Probe]]) -> list[Calibration]:
    """Return how well each probe tells the student that needs its reasoning from each other one."""
    scored = {kind: scores(probes) for kind, probes in by_kind.items()}
    first, *others = KINDS
    rows = []
    for name, mine in scored[first].items():
        for other in others:
            theirs = scored[other].get(name)
            if theirs:
                rows.append(_row(name, other, list(mine.values()), list(theirs.values())))
    return rows


def _row(name: str, other: Made, mine: list[float], theirs: list[float]) -> Calibration:
    found = auroc(mine, theirs)
    return Calibration(
        name=name, a=KINDS[0], b=other, auroc=found.value, low=found.low, high=found.high,
        n_a=len(mine), n_b=len(theirs),
    )  # fmt: skip
