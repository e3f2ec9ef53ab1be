"""What the trace reader of the page reads: every problem with its attempts, as JSON data.

The page's script fills it in as text alone; nothing in it becomes markup.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from cotutor.records import sound
from cotutor.report.drawing import arm_classes, shortened
from cotutor.report.measures import MEASURES, title_of
from cotutor.report.model import KINDS, Arm, Attempt, Changed, Report, SideBySide

AHEAD = 10_000  # how many characters of a completion a step is looked for in
ANSWER = 60  # the most characters of an answer that a probe led to

FILTERS = (
    "gain", "loss", "wrong", "right", "wrong-valid", "right-invalid", "truncated", "unscored",
    "unmoved",
)  # fmt: skip
"""The filters of the reader in order; `gain` and `loss` are of a problem, the rest of attempts."""


def reader_data(report: Report) -> Markup:
    """Return the reader's data as JSON that can stand in a `script` element."""
    arms = arms_in_order(report)
    tasks = list(dict.fromkeys(shown.task for shown in report.side_by_side))
    probes = probes_that_changed(report)
    place = {arm.name: at for at, arm in enumerate(arms)}
    styles = arm_classes(report)
    a, b = contenders(report)
    data = {
        "arms": [{"name": arm.name, "style": styles[arm.name]} for arm in arms],
        "tasks": tasks,
        "problems": [
            {
                "id": shown.problem_id, "task": tasks.index(shown.task),
                "question": shown.question, "gold": shown.gold, "tags": pair_tags(shown, a, b),
                "attempts": [
                    _attempt(attempt, place, probes)
                    for attempt in sorted(shown.attempts, key=lambda attempt: place[attempt.arm])
                ],
            }
            for shown in report.side_by_side
        ],
        "probes": [title_of(probe) for probe in probes],
    }  # fmt: skip
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":  # so that nothing ends the element, or opens a comment in it
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def arms_in_order(report: Report) -> list[Arm]:
    """Return the arms that have attempts as the reader shows them: the teacher first."""
    seen = {attempt.arm for shown in report.side_by_side for attempt in shown.attempts}
    return sorted(
        (arm for arm in report.arms_by_kind() if arm.name in seen),
        key=lambda arm: (KINDS.index(arm.kind) - KINDS.index("teacher")) % len(KINDS),
    )


def filters(report: Report) -> list[tuple[str, str]]:
    """Return the filters that fit at least one problem, each with its label."""
    a, b = contenders(report)
    labels = {
        "gain": f"{a} right, {b} wrong", "loss": f"{a} wrong, {b} right",
        "wrong": "wrong", "right": "right", "wrong-valid": "wrong answer, valid chain",
        "right-invalid": "right answer, bad chain", "truncated": "truncated",
        "unscored": "unscored", "unmoved": "probed, changed by none",
    }  # fmt: skip
    found: set[str] = set()
    for shown in report.side_by_side:
        found.update(pair_tags(shown, a, b), *map(attempt_tags, shown.attempts))
    return [(tag, labels[tag]) for tag in FILTERS if tag in found]


def probes_that_changed(report: Report) -> list[str]:
    """Return the probes that changed any answer, in order of appearance."""
    attempts = (attempt for shown in report.side_by_side for attempt in shown.attempts)
    return list(dict.fromkeys(one.probe for attempt in attempts for one in attempt.changed_by))


def pair_tags(shown: SideBySide, a: str | None, b: str | None) -> list[str]:
    """Return gain where `a` is right and `b` is wrong, loss the other way round.

    Of several attempts of an arm the first decides.
    """
    outcome = {attempt.arm: attempt.outcome for attempt in reversed(shown.attempts)}
    match outcome.get(a or ""), outcome.get(b or ""):
        case "correct", "incorrect":
            return ["gain"]
        case "incorrect", "correct":
            return ["loss"]
    return []


def attempt_tags(attempt: Attempt) -> list[str]:
    """Return which filters an attempt fits.

    A chain is valid where it is sound (see `cotutor.records.sound`), bad where a step is invalid.
    What a control changes is no intervention's doing.
    """
    marks = [step.mark for step in attempt.steps]
    is_valid = sound(valid=marks.count("valid"), is_untrue="invalid" in marks)
    holds = {
        "wrong": attempt.outcome == "incorrect",
        "right": attempt.outcome == "correct",
        "wrong-valid": attempt.outcome == "incorrect" and is_valid,
        "right-invalid": attempt.outcome == "correct" and "invalid" in marks,
        "truncated": attempt.verdict == "truncated",
        "unscored": attempt.outcome == "unscored",
        "unmoved": attempt.is_probed and all(map(_is_control, attempt.changed_by)),
    }
    return [tag for tag in FILTERS if holds.get(tag)]


def contenders(report: Report) -> tuple[str | None, str | None]:
    """Return the arms that gain and loss set against each other: those of the headline."""
    return (report.main.a, report.main.b) if report.main else (None, None)


def _attempt(attempt: Attempt, place: dict[str, int], probes: Sequence[str]) -> dict[str, Any]:
    return {
        "arm": place[attempt.arm],
        "verdict": attempt.verdict,
        "answer": attempt.answer,
        "reason": attempt.reason,
        "pieces": list(pieces(attempt)),
        "changed": [_changed(one, probes) for one in attempt.changed_by],
        "tags": attempt_tags(attempt),
    }


def _is_control(changed: Changed) -> bool:
    about = MEASURES.get(changed.probe)
    return about is not None and about.group == "control"


def _changed(changed: Changed, probes: Sequence[str]) -> tuple[Any, ...]:
    """Return a probe's place, where it changed the answer and to what, and how many more times."""
    places = [
        (_where(changed.probe, at), answer and shortened(answer, ANSWER))
        for at, answer in changed.places
    ]
    return probes.index(changed.probe), places, changed.n - len(places)


def _where(probe: str, at: int | None) -> str:
    """Say at which step: one that was made wrong is told by its number, from 1."""
    if at is None:
        return ""
    if probe.startswith("mistakes"):
        return f"step {at + 1}"
    return f"after step {at}" if at else "before step 1"


def pieces(attempt: Attempt) -> Iterator[tuple[str, ...]]:
    """Yield the completion in pieces: (text,), or (text, mark) and (text, mark, fault) of a step.

    A step that does not stand in the completion word for word comes after it.
    """
    at = 0
    strays: list[tuple[str, ...]] = []
    for step in attempt.steps:
        piece = (step.text, step.mark, *([step.fault] if step.fault else []))
        found = attempt.completion.find(step.text, at, at + len(step.text) + AHEAD)
        if found < 0:
            strays.append(piece)
            continue
        if between := attempt.completion[at:found].strip():
            yield (between,)
        yield piece
        at = found + len(step.text)
    if rest := attempt.completion[at:].strip():
        yield (rest,)
    yield from strays
