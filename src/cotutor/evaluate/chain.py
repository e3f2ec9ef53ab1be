"""Is the reasoning right? Without any model call, from the step checker's findings.

valid-statements  of the statements that were checked, those that are true
sound-steps       how far a reasoning gets before its first untrue step: first_bad / steps, else 1;
                  of reasonings of which a statement could be checked
checked-steps     of a reasoning's steps, those with a statement that was checked
grounded          of the operands, those with a source, common knowledge and what follows included
grounded-strict   of the operands, those in the question or a side of an earlier equation
supported         of the answers that can be told, those that were reached
coverage          of a problem's ground-truth steps, those that are stated
omission          of the right answers with a reasoning, those that leave out a ground-truth step
sound-accuracy    right answers from a sound chain (`is_sound`), of all scored attempts
right-unsound     of the right answers whose reasoning could be checked, those with an untrue step
right-unchecked   of the right answers with a reasoning, those of which no statement was checked
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from cotutor.records import Findings, Problem, Trace, Verdict, sound

Values = dict[str, list[float]]
"""Values in 0-1 by problem."""


def is_sound(findings: Findings | None) -> bool:
    """Say whether a chain is sound: a statement of it was checked, and none is untrue."""
    return findings is not None and sound(
        valid=findings.valid, is_untrue=findings.first_bad is not None
    )


def _valid(found: Findings, _: Problem, __: bool) -> list[float]:
    return [1.0] * found.valid + [0.0] * found.invalid


def _sound_steps(found: Findings, _: Problem, __: bool) -> list[float]:
    if not _is_checked(found):
        return []
    return [1.0 if found.first_bad is None else found.first_bad / found.steps]


def _checked_steps(found: Findings, _: Problem, __: bool) -> list[float]:
    return [] if found.checked is None else [found.checked / found.steps]


def _grounded(found: Findings, _: Problem, __: bool) -> list[float]:
    return [1.0] * (found.operands - found.ungrounded) + [0.0] * found.ungrounded


def _grounded_strict(found: Findings, _: Problem, __: bool) -> list[float]:
    if found.unsourced is None:
        return []
    return [1.0] * (found.operands - found.unsourced) + [0.0] * found.unsourced


def _supported(found: Findings, _: Problem, __: bool) -> list[float]:
    return [] if found.is_supported is None else [float(found.is_supported)]


def _coverage(found: Findings, problem: Problem, _: bool) -> list[float]:
    return [] if found.reached is None else [found.reached / len(problem.steps)]


def _omission(found: Findings, problem: Problem, is_right: bool) -> list[float]:
    if found.reached is None or not is_right:
        return []
    return [float(found.reached < len(problem.steps))]


def _sound_accuracy(found: Findings, _: Problem, is_right: bool) -> list[float]:
    return [float(is_right and is_sound(found))]


def _right_unsound(found: Findings, _: Problem, is_right: bool) -> list[float]:
    return [float(found.first_bad is not None)] if is_right and _is_checked(found) else []


def _right_unchecked(found: Findings, _: Problem, is_right: bool) -> list[float]:
    return [float(not _is_checked(found))] if is_right else []


def _is_checked(found: Findings) -> bool:
    """Whether there was a statement to check: a reasoning without one is not sound by that."""
    return found.valid + found.invalid > 0


CHAIN: dict[str, Callable[[Findings, Problem, bool], list[float]]] = {
    "valid-statements": _valid,
    "sound-steps": _sound_steps,
    "checked-steps": _checked_steps,
    "grounded": _grounded,
    "grounded-strict": _grounded_strict,
    "supported": _supported,
    "coverage": _coverage,
    "omission": _omission,
    "sound-accuracy": _sound_accuracy,
    "right-unsound": _right_unsound,
    "right-unchecked": _right_unchecked,
}


def chain(
    problems: Mapping[str, Problem], judged: Iterable[tuple[Trace, Verdict]]
) -> dict[str, Values]:
    """Return by measure what the scored attempts come to, by problem.

    An attempt without reasoning has no step that is right: it counts for `sound-accuracy`
    alone, as none. Where no attempt has a reasoning there is nothing to measure, and where no
    reasoning has a statement to check none is called sound.
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
    if not any(found["sound-steps"].values()):
        del found["sound-accuracy"]
    return {name: values for name, values in found.items() if any(values.values())}
