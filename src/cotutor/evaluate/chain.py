"""Is the reasoning right? Without any model call, from the step checker's findings.

valid-statements  of the statements that were checked, those that are true
sound-steps       how far a reasoning gets before its first untrue step: first_bad / steps, else 1
grounded          of the operands, those that stand in the question or an earlier result
supported         of the answers that can be told, those that were reached
coverage          of a problem's ground-truth steps, those that are stated
sound-accuracy    right answers from a reasoning without an untrue step, of all scored attempts
right-unsound     of the right answers, those from a reasoning with an untrue step
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from cotutor.records import Findings, Problem, Trace, Verdict

Values = dict[str, list[float]]
"""Values in 0-1 by problem."""


def _valid(found: Findings, _: Problem, __: bool) -> list[float]:
    return [1.0] * found.valid + [0.0] * found.invalid


def _sound_steps(found: Findings, _: Problem, __: bool) -> list[float]:
    return [1.0 if found.first_bad is None else found.first_bad / found.steps]


def _grounded(found: Findings, _: Problem, __: bool) -> list[float]:
    return [1.0] * (found.operands - found.ungrounded) + [0.0] * found.ungrounded


def _supported(found: Findings, _: Problem, __: bool) -> list[float]:
    return [] if found.is_supported is None else [float(found.is_supported)]


def _coverage(found: Findings, problem: Problem, _: bool) -> list[float]:
    return [] if found.reached is None else [found.reached / len(problem.steps)]


def _sound_accuracy(found: Findings, _: Problem, is_right: bool) -> list[float]:
    return [float(is_right and found.first_bad is None)]


def _right_unsound(found: Findings, _: Problem, is_right: bool) -> list[float]:
    return [float(found.first_bad is not None)] if is_right else []


CHAIN: dict[str, Callable[[Findings, Problem, bool], list[float]]] = {
    "valid-statements": _valid,
    "sound-steps": _sound_steps,
    "grounded": _grounded,
    "supported": _supported,
    "coverage": _coverage,
    "sound-accuracy": _sound_accuracy,
    "right-unsound": _right_unsound,
}


def chain(
    problems: Mapping[str, Problem], judged: Iterable[tuple[Trace, Verdict]]
) -> dict[str, Values]:
    """Return by measure what the scored attempts come to, by problem.

    An attempt without reasoning has no step that is right: it counts for `sound-accuracy`
    alone, as none. Where no attempt has a reasoning there is nothing to measure.
    """
    scored = [verdict for _, verdict in judged if verdict.outcome != "unscored"]
    found: dict[str, Values] = {name: defaultdict(list) for name in CHAIN}
    if all(verdict.findings is None for verdict in scored):
        return {}
    for verdict in scored:
        findings, is_right = verdict.findings, verdict.outcome == "correct"
        if findings is None:
            found["sound-accuracy"][verdict.problem_id].append(0.0)
            continue
        for name, values in CHAIN.items():
            problem = problems[verdict.problem_id]
            found[name][verdict.problem_id] += values(findings, problem, is_right)
    return {name: values for name, values in found.items() if any(values.values())}
