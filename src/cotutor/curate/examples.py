"""Kept traces become training rows."""

from collections import Counter
from collections.abc import Iterable, Mapping

from cotutor.format import Format, parse
from cotutor.records import Example, Problem, Trace


def cot_examples(
    problems: Mapping[str, Problem], kept: Iterable[Trace], fmt: Format, samples: int
) -> list[Example]:
    """Return up to `samples` rows of reasoning and gold answer per problem, first traces first."""
    used: Counter[str] = Counter()
    rows = []
    for trace in kept:
        if used[trace.problem_id] < samples:
            used[trace.problem_id] += 1
            problem = problems[trace.problem_id]
            rows.append(_example(problem, trace, fmt, parse(trace).text))
    return rows


def answer_examples(problems: Iterable[Problem], fmt: Format) -> list[Example]:
    """Return one row per problem that holds the gold answer alone (vanilla fine-tuning)."""
    return [_example(problem, None, fmt, None) for problem in problems]


def _example(problem: Problem, trace: Trace | None, fmt: Format, reasoning: str | None) -> Example:
    return Example(
        problem_id=problem.id,
        trace_id=trace.id if trace else None,
        prompt=fmt.prompt(problem),
        completion=fmt.completion(reasoning, problem.gold),
    )
