import pytest
from sample_report import ABOUT, make_calibrated, make_calibration, measured_report

from cotutor.report.measures import MEASURES, About
from cotutor.report.trust import Finding, finding, told_apart, trust

EITHER = About(title="Either", group="faithfulness", unit="share", shows="Nothing.")


@pytest.mark.parametrize(
    ("better", "auroc", "low", "high", "said"),
    [
        ("higher", 0.97, 0.93, 0.99, "tells"),
        ("higher", 0.85, 0.79, 0.9, "weak"),
        ("higher", 0.55, 0.49, 0.6, "unclear"),
        ("higher", 0.1, 0.05, 0.15, "misleads"),
        ("lower", 0.1, 0.05, 0.15, "tells"),
        ("lower", 0.97, 0.93, 0.99, "misleads"),
        (None, 0.1, 0.05, 0.15, "tells"),
        (None, 0.3, 0.25, 0.35, "weak"),
    ],
)
def test_an_auroc_is_worth_what_its_whole_interval_is(
    better: str | None, auroc: float, low: float, high: float, said: Finding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    about = About(EITHER.title, EITHER.group, EITHER.unit, EITHER.shows, better)
    monkeypatch.setitem(MEASURES, "tried", about)
    assert finding(make_calibration("tried", auroc, low, high)) == said


def test_probes_stand_against_pairs_of_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, about in ABOUT.items():
        monkeypatch.setitem(MEASURES, name, about)
    good = make_calibration("probed-early", 0.97, 0.93, 0.99)
    cue = good.model_copy(update={"b": "cue"})
    poor = make_calibration("probed-mistakes", 0.52, 0.41, 0.63)
    blank = make_calibration("re-insertion", 0.97, 0.93, 0.99)
    report = measured_report(calibration=make_calibrated(blank, good, cue, poor))
    table = trust(report)
    kinds = "needs-its-reasoning"
    assert table.pairs == ((kinds, "answers-first"), (kinds, "cue"))
    assert table.probes == (
        ("probed-early", (good, cue)), ("probed-mistakes", (poor, None)),
        ("re-insertion", (blank, None)),
    )  # fmt: skip
    assert told_apart(report, "probed-early") == "2 of 2"
    assert told_apart(report, "probed-mistakes") == "0 of 1"
    assert told_apart(report, "probed-gain") is None
    assert told_apart(report, "re-insertion") is None, "a control is not there to tell"
    assert finding(blank) == "control"
    assert trust(measured_report(calibration=None)).probes == ()
