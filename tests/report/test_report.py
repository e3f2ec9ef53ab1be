import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from sample_report import Markup, make_report, make_row, make_training

from cotutor.errors import DataError
from cotutor.report import render_page, write_report
from cotutor.report.model import Arm, Report, Row


def test_json_holds_rows_and_comparisons_as_promised(tmp_path: Path) -> None:
    write_report(tmp_path, make_report())
    held = json.loads((tmp_path / "report.json").read_text("utf-8"))
    row = next(row for row in held["rows"] if (row["arm"], row["task"]) == ("diverse-8", "all"))
    assert (row["n"], row["accuracy"], row["low"], row["high"]) == (1000, 0.8, 0.77, 0.83)
    assert held["comparisons"][0] == {
        "schema_version": 1, "a": "diverse-8", "b": "fine-tune", "task": "all", "n": 1000,
        "difference": 0.5, "low": 0.4, "high": 0.6, "p": 0.0001,
        "detectable": None,
    }  # fmt: skip


def test_json_reads_back_as_the_same_report(tmp_path: Path) -> None:
    report = make_report(text="\u202e<b>\x00 ünï")
    write_report(tmp_path, report)
    assert Report.model_validate_json((tmp_path / "report.json").read_bytes()) == report


def test_a_loss_that_diverged_is_null_in_json_and_leaves_the_chart_standing() -> None:
    diverged = make_training("diverse-8").model_copy(
        update={"losses": ((1, 2.0), (2, 1.5), (3, float("nan")), (4, float("inf")))}
    )
    report = make_report(trainings=[diverged])
    losses = json.loads(report.model_dump_json())["trainings"][0]["losses"]
    assert losses == [[1, 2.0], [2, 1.5], [3, None], [4, None]]
    page = render_page(report)
    assert "diverse-8: loss 1.500 at step 2" in page
    markup = Markup(page)
    assert "not finite" in markup.text
    curves = [str(value) for name, value in markup.attributes if name == "points"]
    assert not [curve for curve in curves if "nan" in curve or "inf" in curve]


def test_files_are_replaced_whole_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("old")
    write_report(tmp_path / ".", make_report())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]
    assert json.loads((tmp_path / "report.json").read_text())["name"] == "demo some text"


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DataError, match=r"cannot write .*taken.report\.html: "):
        write_report(tmp_path / "taken", make_report())


def test_an_arm_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"rows name \['stranger'\]"):
        make_report(rows=[make_row("stranger", "all", 0.5)])
    with pytest.raises(ValidationError, match="two arms have one name"):
        make_report(arms=[Arm(name="twin", kind="student")] * 2)


def test_an_accuracy_in_percent_is_refused() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        Row(arm="a", task="t", n=10, accuracy=81.3, low=0.7, high=0.9)
