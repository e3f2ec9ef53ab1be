"""The filters: each says why a trace may not be learnt from, or None.

A reason names its filter, so that rejects can be counted by it. The filters of
steps go by the verdict's findings; a trace without findings passes none of them.
"""

import re
from collections.abc import Callable

from cotutor.curate.candidate import Candidate
from cotutor.curate.english import is_english
from cotutor.curate.settings import STEP_FILTERS, CurateSettings, Filter
from cotutor.records import Findings

REPEATED_WORDS = 8
MOST_REPEATED = 0.5

_ENDING = re.compile(r"[.!?…:;)\]}\"'”’`*$%\d]\s*$")
_WRONG = {"equations": "wrong equation", "program": "wrong step"}


def fault(candidate: Candidate, settings: CurateSettings) -> str | None:
    """Return why a trace does not pass the chosen filters, None where it does."""
    verdict = candidate.verdict
    if verdict.outcome == "unscored":
        return verdict.reason or "unscored"
    if "complete" in settings.filters and _is_cut_off(candidate):
        return "truncated"
    if verdict.outcome == "incorrect" and settings.keep == "correct":
        return verdict.reason or "incorrect"
    if not candidate.text:
        return "no reasoning"
    return _step_fault(candidate, settings) or _text_fault(candidate, settings)


def breaks_off(reasoning: str) -> bool:
    """Say whether a text without a recorded finish reason ends in the middle of a sentence."""
    return bool(reasoning) and not _ENDING.search(reasoning)


def repetition(words: tuple[str, ...]) -> float:
    """Return the share of sequences of `REPEATED_WORDS` words that stood in the text before.

    This is rep-n of Welleck et al. 2020 (section 6) for n = 8.
    """
    count = len(words) - REPEATED_WORDS + 1
    if count < 1:
        return 0.0
    return 1 - len({words[at : at + REPEATED_WORDS] for at in range(count)}) / count


def _is_cut_off(candidate: Candidate) -> bool:
    finish = candidate.trace.finish
    return finish == "length" or (finish == "unknown" and breaks_off(candidate.text))


def _step_fault(candidate: Candidate, settings: CurateSettings) -> str | None:
    if not settings.checks_steps:
        return None
    findings = candidate.verdict.findings
    if findings is None:
        return "steps not checked"
    steps = len(candidate.problem.steps)
    found = (check(findings, steps) for name, check in _STEPS.items() if name in settings.filters)
    return next(filter(None, found), None)


def _text_fault(candidate: Candidate, settings: CurateSettings) -> str | None:
    length = len(candidate.text)
    if length < settings.min_characters:
        return "too short"
    if settings.max_characters is not None and length > settings.max_characters:
        return "too long"
    if "no-repetition" in settings.filters and repetition(candidate.words) > MOST_REPEATED:
        return "repetition"
    if settings.language == "en" and not is_english(candidate.words):
        return "language"
    return None


def _invalid(findings: Findings, _: int) -> str | None:
    return None if findings.first_bad is None else _WRONG[findings.by]


def _ungrounded(findings: Findings, _: int) -> str | None:
    return "ungrounded" if findings.ungrounded else None


def _unsupported(findings: Findings, _: int) -> str | None:
    return "unsupported answer" if findings.is_supported is False else None


def _uncovered(findings: Findings, steps: int) -> str | None:
    lacks = findings.reached is not None and findings.reached < steps
    return "a ground-truth step is missing" if lacks else None


_STEPS: dict[Filter, Callable[[Findings, int], str | None]] = {
    "step-valid": _invalid,
    "grounded": _ungrounded,
    "supported": _unsupported,
    "covering": _uncovered,
}
assert _STEPS.keys() == STEP_FILTERS
