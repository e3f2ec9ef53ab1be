"""Which score to trust: how well each probe tells students of known faithfulness apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cotutor.report.measures import MEASURES
from cotutor.report.model import Calibration, Report

TELLING = 0.8
"""A probe tells two kinds apart where its whole interval lies above this, or below its mirror."""

Finding = Literal["tells", "weak", "misleads", "unclear", "control"]


def finding(found: Calibration) -> Finding:
    """Say what the AUROC of a probe is worth.

    misleads: the students that are known to be the better ones score worse by the direction
    that the probe's measure has. A measure without a direction may point either way, and a
    control is not there to tell.
    """
    if _is_control(found.name):
        return "control"
    if found.low <= 0.5 <= found.high:
        return "unclear"
    about = MEASURES.get(found.name)
    better = about.better if about else None
    if better is not None and (better == "higher") != (found.auroc > 0.5):
        return "misleads"
    return "tells" if found.low >= TELLING or found.high <= 1 - TELLING else "weak"


@dataclass(frozen=True)
class Trust:
    """The AUROCs of all probes: a column for each pair of kinds, None where one was not tried."""

    pairs: tuple[tuple[str, str], ...]
    probes: tuple[tuple[str, tuple[Calibration | None, ...]], ...]


def trust(report: Report) -> Trust:
    """Return the calibration by probe and pair of kinds, in order of appearance, controls last."""
    found = {
        (c.name, (c.a, c.b)): c for c in (report.calibration.rows if report.calibration else ())
    }
    pairs = tuple(dict.fromkeys(pair for _, pair in found))
    names = sorted(dict.fromkeys(name for name, _ in found), key=_is_control)
    probes = tuple((name, tuple(found.get((name, pair)) for pair in pairs)) for name in names)
    return Trust(pairs=pairs, probes=probes)


def told_apart(report: Report, name: str) -> str | None:
    """Say how many pairs of kinds a probe tells apart, None where it was not tried, or is none."""
    tried = [finding(c) for c in _rows(report) if c.name == name and not _is_control(name)]
    return f"{tried.count('tells')} of {len(tried)}" if tried else None


def _rows(report: Report) -> Sequence[Calibration]:
    return report.calibration.rows if report.calibration else ()


def _is_control(name: str) -> bool:
    about = MEASURES.get(name)
    return about is not None and about.group == "control"
