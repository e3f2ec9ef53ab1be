"""What a person is told when a stage is done: one line from its counts."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cotutor.report.words import duration
from cotutor.store import read_json

Counts = Mapping[str, Any]


def told(stage: str, counts: Counts, folder: Path) -> str:
    """Return the line for a stage that is done in the run directory `folder`."""
    kind, _, arm = stage.partition("/")
    parts = [part for part in _TELLERS[kind](counts, folder / kind / arm) if part]
    return f"{stage:26} {', '.join([*parts, duration(counts['seconds'])])}"


def _problems(counts: Counts, _: Path) -> Iterator[str]:
    for role, n in counts.items():
        if role != "seconds":
            yield f"{n:,} {role}"


def _collect(counts: Counts, _: Path) -> Iterator[str]:
    yield f"{counts['traces']:,} traces by {counts['generator']}"
    yield _some({**counts["failed"], "tokens": counts["completion_tokens"]})
    if counts["cost"]:
        yield f"cost {counts['cost']:.2f}"


def _curate(counts: Counts, _: Path) -> Iterator[str]:
    yield f"{counts['kept']:,} of {counts['traces']:,} traces kept"
    yield _some(counts["rejected"])


def _some(found: Mapping[str, int | None]) -> str:
    """Return the counts that are not zero, nor unknown."""
    return ", ".join(f"{n:,} {what}" for what, n in found.items() if n)


def _examples(counts: Counts, _: Path) -> Iterator[str]:
    arms = counts.keys() - {"contamination", "seconds"}
    yield f"{sum(counts[arm] for arm in arms):,} for {len(arms)} arms"
    yield _some({key: n for key, n in counts["contamination"].items() if key != "warnings"})


def _rows(counts: Counts, _: Path) -> Iterator[str]:
    audits = counts["rows"].values()
    yield f"{sum(audit['rows'] for audit in audits):,} rows"
    yield f"{sum(audit['too_long'] for audit in audits):,} too long"


def _sft(counts: Counts, folder: Path) -> Iterator[str]:
    made = [read_json(path) for path in sorted(folder.rglob("training.json"))]
    yield f"{sum(counts['steps'].values()):,} steps"
    if len(made) > 1:
        yield f"{len(made)} students"
        return
    losses = [loss for _, loss in made[0]["losses"]]
    if losses:
        yield f"loss {losses[0]:.3f} to {losses[-1]:.3f}"
    for _, loss, accuracy in made[0]["validation"][-1:]:
        yield f"validation {loss:.3f}" if loss is not None else ""
        yield f"accuracy {100 * accuracy:.0f} %" if accuracy is not None else ""


def _evaluate(counts: Counts, _: Path) -> Iterator[str]:
    also = counts.get("also", {"traces": 0, "correct": 0})
    right, asked = (counts[key] - also[key] for key in ("correct", "traces"))
    yield f"{right:,} of {asked:,} right"
    if also["traces"]:
        yield f"{also['correct']:,} of {also['traces']:,} of evaluate.also"
    yield _some({"unscored": counts["unscored"], "tokens": counts["completion_tokens"]})


def _probe(counts: Counts, _: Path) -> Iterator[str]:
    yield f"{counts['traces']:,} traces"
    yield _some(counts["unfit"])


def _reason(counts: Counts, _: Path) -> Iterator[str]:
    yield f"{counts['strategies']:,} strategies on {counts['problems']:,} problems"
    if counts["left_out"]:
        yield f"left out: {', '.join(counts['left_out'])}"
    yield _some({"unscored": counts["unscored"]})
    yield f"{counts['prompt_tokens'] + counts['completion_tokens']:,} tokens"


def _retention(counts: Counts, _: Path) -> Iterator[str]:
    yield f"{counts['sets']:,} sets"


def _rubric(counts: Counts, _: Path) -> Iterator[str]:
    yield f"{counts['ratings']:,} ratings"
    yield _some({f"without a label by {who}": n for who, n in counts["without a label"].items()})


def _report(counts: Counts, _: Path) -> Iterator[str]:
    return iter(())


_TELLERS: dict[str, Callable[[Counts, Path], Iterator[str]]] = {
    "problems": _problems,
    "collect": _collect,
    "curate": _curate,
    "examples": _examples,
    "rows": _rows,
    "sft": _sft,
    "evaluate": _evaluate,
    "probe": _probe,
    "reason": _reason,
    "retention": _retention,
    "rubric": _rubric,
    "report": _report,
}
