"""`cotutor verify`: judge a file of traces from anywhere, as a stream."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cotutor.records import Estimate, Findings, Verdict
    from cotutor.verify.audit import Audit
    from cotutor.verify.settings import VerifySettings
    from cotutor.verify.transcripts import Reading

PARTS = "completion, reasoning, gold, kind, choices, question, task or id"


def verify(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Traces: JSONL, CSV or Parquet.")],
    rule: Annotated[
        str | None, typer.Option(help="cotutor (the default), kojima-2022 or reasoning-teacher.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="number, choice, yes_no, string, list, date or expression (default: each row's)."
        ),
    ] = None,
    choices: Annotated[
        str | None, typer.Option(help="Labels of the choices, such as ABCDE (default: each row's).")
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="PART=FIELD", help=f"Which field holds {PARTS}."),
    ] = None,
    fmt: Annotated[
        str,
        typer.Option("--format", help="The completions' format; zero-shot is the answer alone."),
    ] = "zero-shot",
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the verifier: several=last."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write one verdict a line, in order.")] = None,
    steps: Annotated[bool, typer.Option("--steps", help="Check the reasoning, too.")] = False,
    with_audit: Annotated[
        bool, typer.Option("--audit", help="List where math-verify thinks otherwise.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Judge every row of a file: is its answer right, and with --steps its reasoning sound?"""
    from cotutor.errors import ConfigError
    from cotutor.store import write_records
    from cotutor.verify.audit import Audit

    if out is not None and _is_same(out, file):
        raise ConfigError(f"--out {out} is the file that is judged; name another")
    began = time.monotonic()
    reading = _reading(fields or [], kind, choices, fmt, steps=steps)
    settings = _settings(rule, overrides or [])
    tally, audit = Tally(with_steps=steps), Audit() if with_audit else None
    verdicts = tally.counting(_judge(file, reading, settings, audit, steps=steps))
    if out is not None:
        write_records(out, verdicts)
    else:
        for _ in verdicts:
            pass
    summary = {"rule": settings.rule} | tally.summary()
    if audit is not None:
        summary["audit"] = audit.summary()
    summary["seconds"] = round(time.monotonic() - began, 3)
    typer.echo(json.dumps(summary) if as_json else _told(summary))


def _is_same(out: Path, file: Path) -> bool:
    file = file.expanduser()  # as it is when it is read
    return out.exists() and file.exists() and out.samefile(file)


def _reading(
    pairs: list[str], kind: str | None, choices: str | None, fmt: str, *, steps: bool
) -> Reading:
    from cotutor.errors import ConfigError
    from cotutor.format import format_named
    from cotutor.verify.transcripts import KINDS, Reading, choice_labels, part_field

    if kind is not None and kind not in KINDS:
        raise ConfigError(f"no kind {kind!r}; there are {', '.join(KINDS)}")
    fields = dict(map(part_field, pairs))
    if steps and "reasoning" not in fields and format_named(fmt).mark is None:
        raise ConfigError(
            f"--steps finds no reasoning in format {fmt!r}, which is the answer alone; give"
            " --map reasoning=FIELD, or the --format of completions that hold it"
        )
    return Reading(
        fields=fields,
        kind=kind,  # type: ignore[arg-type]  # one of KINDS, as shown above
        labels=choice_labels(choices) if choices is not None else (),
        format=fmt,
    )


def _settings(rule: str | None, overrides: list[str]) -> VerifySettings:
    from pydantic import ValidationError

    from cotutor.errors import ConfigError
    from cotutor.verify.settings import VerifySettings

    given = {} if rule is None else {"rule": rule}
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise ConfigError(f"--set {override!r} is not of the form key=value")
        given[key.strip()] = value.strip()
    unknown = given.keys() - VerifySettings.model_fields.keys()
    if unknown:
        known = ", ".join(VerifySettings.model_fields)
        raise ConfigError(f"--set: no setting {min(unknown)!r} of the verifier; there are {known}")
    try:
        return VerifySettings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{first['loc'][0]}={first['input']}: {first['msg']}") from error


def _judge(
    file: Path,
    reading: Reading,
    settings: VerifySettings,
    audit: Audit | None,
    *,
    steps: bool,
) -> Iterator[Verdict]:
    from cotutor.progress import track
    from cotutor.verify import decide
    from cotutor.verify.transcripts import read

    for transcript in track(read(file, reading), "verify", _count(file)):
        verdict = decide(transcript.problem, transcript.trace, settings, steps=steps)
        if audit is not None:
            audit.add(transcript, verdict)
        yield verdict


def _count(file: Path) -> int:
    """Return how many rows there are, for the progress bar: lines are quick to count."""
    import gzip
    import zlib

    if file.suffix not in (".jsonl", ".csv", ".gz"):
        return 0
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as handle:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: handle.read(1 << 20), b""))
    except (OSError, EOFError, zlib.error):
        return 0  # reading the file will say what is wrong with it


def _has_wrong_equation(found: Findings) -> bool | None:
    return found.invalid > 0 if found.valid + found.invalid else None


def _is_unsupported(found: Findings) -> bool | None:
    return None if found.is_supported is None else not found.is_supported


def _is_ungrounded(found: Findings) -> bool | None:
    return found.ungrounded > 0 if found.operands else None


FAULTS: dict[str, Callable[[Findings], bool | None]] = {
    "wrong_equation": _has_wrong_equation,
    "unsupported": _is_unsupported,
    "ungrounded": _is_ungrounded,
}
"""Whether a reasoning has the fault; None where it cannot be told."""


class Tally:
    """Counts verdicts as they pass."""

    def __init__(self, *, with_steps: bool) -> None:
        self._with_steps = with_steps
        self._outcomes: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._faults: dict[str, Counter[bool | None]] = {name: Counter() for name in FAULTS}
        self._checked = 0

    def counting(self, verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
        """Yield the verdicts, counted."""
        for verdict in verdicts:
            self._outcomes[verdict.outcome] += 1
            if verdict.reason is not None:
                self._reasons[verdict.reason] += 1
            if verdict.outcome == "correct" and verdict.findings is not None:
                self._checked += 1
                for name, has_fault in FAULTS.items():
                    self._faults[name][has_fault(verdict.findings)] += 1
            yield verdict

    def summary(self) -> dict[str, Any]:
        """Return the counts and rates, each of what could be scored or told."""
        correct, incorrect = self._outcomes["correct"], self._outcomes["incorrect"]
        scored = correct + incorrect
        accuracy = _share(correct, scored)
        summary: dict[str, Any] = {
            "n": self._outcomes.total(),
            "correct": correct,
            "incorrect": incorrect,
            "unscored": self._outcomes["unscored"],
            "accuracy": accuracy and accuracy.value,
            "interval": _interval(accuracy),
            "reasons": dict(self._reasons.most_common()),
        }
        if self._with_steps:
            shares = {name: _fault(told) for name, told in self._faults.items()}
            summary["steps"] = {"correct": self._checked, **shares}
        return summary


def _share(count: int, n: int) -> Estimate | None:
    from cotutor.statistics import wilson

    return wilson(count, n) if n else None


def _interval(share: Estimate | None) -> list[float] | None:
    return None if share is None else [share.low, share.high]


def _fault(told: Counter[bool | None]) -> dict[str, Any]:
    """Return how many of the reasonings for which it can be told have a fault."""
    n = told[True] + told[False]
    share = _share(told[True], n)
    value = share and share.value
    return {"value": value, "interval": _interval(share), "count": told[True], "n": n}


def _told(summary: dict[str, Any]) -> str:
    accuracy = summary["accuracy"]
    shown = "nothing could be scored"
    if accuracy is not None:
        low, high = summary["interval"]
        shown = f"accuracy {accuracy:.2%} ({low:.2%} to {high:.2%})"
    lines = [
        f"{summary['n']} traces: {summary['correct']} correct, {summary['incorrect']} incorrect, "
        f"{summary['unscored']} unscored; {shown}"
    ]
    if summary["reasons"]:
        lines.append(", ".join(f"{reason} {n}" for reason, n in summary["reasons"].items()))
    if "steps" in summary:
        steps = dict(summary["steps"])
        lines.append(f"of the {steps.pop('correct')} correct with reasoning: " + _shares(steps))
    if "audit" in summary:
        lines += _audit_told(summary["audit"])
    return "\n".join(lines)


def _shares(faults: dict[str, dict[str, Any]]) -> str:
    return "; ".join(f"{name.replace('_', ' ')} {_shown(one)}" for name, one in faults.items())


def _shown(fault: dict[str, Any]) -> str:
    if fault["interval"] is None:
        return "cannot be told"
    low, high = fault["interval"]
    return f"{fault['value']:.1%} ({fault['count']} of {fault['n']}, {low:.1%} to {high:.1%})"


def _audit_told(audit: dict[str, Any]) -> list[str]:
    counts = ", ".join(f"{name} {n}" for name, n in audit.items() if name != "differences")
    lines = [f"math-verify: {counts}"]
    for item in audit["differences"]:
        lines.append(
            f"{item['row']}: gold {item['gold']!r}, answer text {item['text']!r}: "
            f"ours {item['ours']} ({item['answer']}), math-verify {item['math_verify']}"
        )
    if len(audit["differences"]) < audit["differ"]:
        lines.append(f"the first {len(audit['differences'])} of {audit['differ']} are listed")
    return lines
