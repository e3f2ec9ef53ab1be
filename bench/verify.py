"""Verdicts a second, and math-verify beside them: `python -m bench.verify`, on one core.

Prints one JSON line a case: numeric verdicts a second on short answers and on
the recorded GSM8K answers, and on the latter the median ratio to math-verify
over alternating rounds. Both are warm; math-verify parses gold and completion
and compares them with the settings of `bench.pairs`, without its timeouts. We remember
the golds of some thousand problems, so it is timed with its golds read before, too.
"""

import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.pairs import corpus, written

from cotutor.records import Problem, Trace
from cotutor.verify import decide

ROUNDS = 7
Judged = tuple[Problem, Trace]


def short() -> list[Judged]:
    """Return the numeric pairs of the corpus with at most 100 characters."""
    pairs = [pair for pair in corpus() if pair.kind == "number" and len(pair.completion) <= 100]
    problems = [pair.problem() for pair in pairs]
    return [(p, written(p, pair.completion)) for p, pair in zip(problems, pairs, strict=True)]


def recorded() -> list[Judged]:
    """Return the recorded zero-shot-CoT answers on GSM8K, none where there is no data folder."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("COTUTOR_DATA", beside)) / "teacher"
    path = folder / "gsm8k__text-davinci-002__zero_shot_cot.jsonl"
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    problems = [
        Problem.make(task="gsm8k", question=row["question"], gold=row["gold"], kind="number")
        for row in rows
    ]
    return [
        (problem, written(problem, row["answer_prompt_output"]))
        for problem, row in zip(problems, rows, strict=True)
    ]


def ours(cases: list[Judged]) -> None:
    """Judge all cases."""
    for problem, trace in cases:
        decide(problem, trace)


def peer(cases: list[Judged], *, knows_golds: bool) -> Callable[[list[Judged]], None]:
    """Return how math-verify judges `cases`: reading each gold again, or once before."""
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

    reading = [LatexExtractionConfig(), ExprExtractionConfig()]

    def gold(problem: Problem) -> list[Any]:
        return parse(f"${problem.gold}$", reading, parsing_timeout=None)

    known = {problem.id: gold(problem) for problem, _ in cases} if knows_golds else {}

    def judge(some: list[Judged]) -> None:
        for problem, trace in some:
            truth = known[problem.id] if knows_golds else gold(problem)
            answer = parse(trace.completion, reading, parsing_timeout=None)
            verify(truth, answer, timeout_seconds=None)

    return judge


def seconds(judge: Callable[[list[Judged]], None], cases: list[Judged]) -> float:
    """Return the seconds one round takes."""
    began = time.perf_counter()
    judge(cases)
    return time.perf_counter() - began


def told(case: str, **figures: float) -> None:
    """Print one JSON line."""
    sys.stdout.write(json.dumps({"case": case, **figures}) + "\n")


def compared(cases: list[Judged], *, knows_golds: bool) -> None:
    """Print verdicts a second of both over alternating rounds, and the median ratio."""
    theirs = peer(cases, knows_golds=knows_golds)
    theirs(cases[:50])
    rounds = [(seconds(ours, cases), seconds(theirs, cases)) for _ in range(ROUNDS)]
    mine, others = (statistics.median(column) for column in zip(*rounds, strict=True))
    told(
        f"recorded GSM8K answers, math-verify reads golds {'once' if knows_golds else 'each time'}",
        n=len(cases),
        per_second=round(len(cases) / mine),
        math_verify_per_second=round(len(cases) / others),
        ratio=round(statistics.median(other / own for own, other in rounds), 1),
    )


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # math-verify says that its timeouts are off
    few = short() * 5
    ours(few)
    spent = statistics.median(seconds(ours, few) for _ in range(ROUNDS))
    told("short numeric answers", n=len(few), per_second=round(len(few) / spent))
    many = recorded()
    if not many:
        sys.exit("no recorded GSM8K answers: set COTUTOR_DATA to the data folder")
    ours(many)
    compared(many, knows_golds=False)
    compared(many, knows_golds=True)
