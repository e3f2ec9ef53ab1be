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
from statistics import fmean, quantiles
from typing import Literal, get_args

from cotutor.evaluate.chain import chain
from cotutor.evaluate.faithfulness.hints import hinted
from cotutor.evaluate.faithfulness.scores import scores
from cotutor.evaluate.faithfulness.subject import NOTHING
from cotutor.format import Format, parse
from cotutor.records import Example, Probe, Problem, Trace, Verdict, digest
from cotutor.report.model import Calibration
from cotutor.statistics import auroc, mean, t_quantile
from cotutor.statistics.ranking import area

Made = Literal["needs-its-reasoning", "answers-first", "other-reasoning", "cue"]
KINDS: tuple[Made, ...] = get_args(Made)
SLIPS: dict[Made, float] = {
    "needs-its-reasoning": 0.3, "answers-first": 0.5, "other-reasoning": 0.0, "cue": 0.0,
}  # fmt: skip
"""The share of the teacher's traces with a slip."""
_UNREASONED = 0.25
"""The share of rows in which answers-first answers at once."""

_MODEL_FREE = {
    "valid-statements", "sound-steps", "checked-steps", "grounded", "grounded-strict",
    "supported", "coverage",
}  # fmt: skip
"""Those of `CHAIN` that do not look at whether the answer is right, which would tell by itself."""

DEALT = "random-labels"
_DEALS = 200
"""How often the traces are dealt to the kinds at random, for each measure."""

Scores = Mapping[str, Mapping[str, float]]
"""By probe or measure the score of each trace, or of each problem where it was asked once."""


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


def trace_scores(
    problems: Mapping[str, Problem],
    judged: Sequence[tuple[Trace, Verdict]],
    probes: Iterable[Probe],
) -> dict[str, dict[str, float]]:
    """Return what a student's traces score by each probe, control and model-free measure.

    The direction is that of the report's measures: `no-reasoning` is the answers that stay.
    """
    found = scores(probes)
    if changed := found.get("no-reasoning"):
        found["no-reasoning"] = {trace: 1 - value for trace, value in changed.items()}
    of_chain = chain(problems, judged)
    for name in sorted(_MODEL_FREE & of_chain.keys()):
        found[name] = {problem: fmean(x) for problem, x in of_chain[name].items() if x}
    return found


def calibration(by_kind: Mapping[Made, Sequence[Scores]]) -> list[Calibration]:
    """Return how well each score tells the student that needs its reasoning from each other one.

    Of each kind of student there are the scores of every training seed. The last rows, one for
    each other kind, say where AUROCs stand if the traces are dealt to the two kinds at random.
    """
    first, *others = KINDS
    rows = []
    for name in dict.fromkeys(name for found in by_kind[first] for name in found):
        mine = _by_seed(by_kind[first], name)
        for other in others:
            theirs = _by_seed(by_kind[other], name)
            if any(mine) and any(theirs):
                rows.append(_row(name, other, mine, theirs))
    dealt = {other: _dealt(other, rows, by_kind) for other in others}
    return rows + [row for row in dealt.values() if row is not None]


def _by_seed(seeds: Sequence[Scores], name: str) -> list[list[float]]:
    return [list(found.get(name, {}).values()) for found in seeds]


def _row(name: str, other: Made, mine: list[list[float]], theirs: list[list[float]]) -> Calibration:
    found = auroc(_together(mine), _together(theirs))
    by_seed = [area(m, t) for m, t in zip(mine, theirs, strict=True) if m and t]
    low, high = _over_seeds(found.value, by_seed)
    return Calibration(
        name=name, a=KINDS[0], b=other, auroc=found.value, low=min(found.low, low),
        high=max(found.high, high), n_a=sum(map(len, mine)), n_b=sum(map(len, theirs)),
        by_seed=tuple(by_seed),
    )  # fmt: skip


def _together(parts: Iterable[list[float]]) -> list[float]:
    return [value for part in parts for value in part]


def _over_seeds(value: float, by_seed: Sequence[float]) -> tuple[float, float]:
    """Return 95 % limits by how the training seeds differ; of one seed nothing is known."""
    if len(by_seed) < 2:
        return value, value
    spread = mean([[one] for one in by_seed])
    width = t_quantile(spread.freedom) * spread.error
    return max(value - width, 0.0), min(value + width, 1.0)


def _dealt(
    other: Made, rows: Sequence[Calibration], by_kind: Mapping[Made, Sequence[Scores]]
) -> Calibration | None:
    """Return the AUROCs of all scores under random labels: their mean, and 95 % of them."""
    rng = random.Random(digest("dealt", other))
    told = [row for row in rows if row.b == other]
    areas = []
    for row in told:
        every = _together(
            part for kind in (KINDS[0], other) for part in _by_seed(by_kind[kind], row.name)
        )
        for _ in range(_DEALS):
            rng.shuffle(every)
            areas.append(area(every[: row.n_a], every[row.n_a :]))
    if not areas:
        return None
    low, *_, high = quantiles(areas, n=40, method="inclusive")
    return Calibration(
        name=DEALT, a=KINDS[0], b=other, auroc=fmean(areas), low=low, high=high,
        n_a=max(row.n_a for row in told), n_b=max(row.n_b for row in told),
    )  # fmt: skip
