"""The report of a small run through the front door: which arms meet where, and what it warns of."""

import pytest

from cotutor.assemble.counts import counts
from cotutor.config import check_config
from cotutor.pipeline import execute
from cotutor.records import Probe
from cotutor.report.model import Report
from cotutor.stages import open_run
from cotutor.store import read_json, write_records
from tiny_models import save_tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of one task with another level that students alone are asked, and arms that are one."""
    raw = {
        "name": "also",
        "problems": {
            "train": {"family": "coin_flips", "split": "train", "count": 8, "level": 2},
            "heldout": {"family": "coin_flips", "split": "heldout", "count": 2, "level": 2},
            "validation": {"family": "coin_flips", "split": "validation", "count": 5, "level": 2},
        },
        "teacher": {"generator": "symbolic", "samples": 1},
        "students": [{"name": "one", "samples": 1}, {"name": "eight", "samples": 8}],
        "sft": {
            "base": str(save_tiny(tmp_path_factory.mktemp("base"), "qwen3")),
            "trainer": {"max_steps": 1, "per_device_train_batch_size": 2},
        },
        "evaluate": {
            "split": "validation", "max_tokens": 8, "probed": 0, "shots": 1,
            "samples": 3, "temperature": 1.0,
            "compare": ["zero-shot-cot", "teacher"],
            "also": {"longer": {"family": "coin_flips", "split": "heldout", "count": 3,
                                "level": 3}},
            "retention": {"skills": 2, "training_problems": 4},
            "rubric": [{"name": "short", "rule": {"max_steps": 4}}],
        },
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("run")
    execute(check_config(raw, "test"), folder)
    return folder


@pytest.fixture(scope="module")
def report(folder):
    return Report.model_validate(read_json(folder / "report.json"))


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report.html").read_text("utf-8")


def test_a_stage_counts_the_sets_asked_also_apart(folder):
    students, teacher = (
        read_json(folder / "manifests" / f"evaluate--{arm}.json")["counts"]
        for arm in ("one", "teacher")
    )
    assert (students["traces"], students["also"]["traces"]) == (3 * (5 + 3), 3 * 3)
    assert students["also"]["correct"] <= students["correct"]
    assert "also" not in teacher


def test_all_arms_are_compared_on_the_same_problems(report):
    tested = [part for part in report.slices if part.set is None and part.by != "source"]
    assert {part.arm for part in tested} == {"one", "eight", "zero-shot-cot", "teacher"}
    for by in ("steps", "length"):
        assert {(part.level, part.n) for part in tested if part.by == by} == {
            ("2" if by == "steps" else "as in training", 5)
        }


def test_a_set_that_students_alone_were_asked_stands_by_itself(report, page):
    also = [part for part in report.slices if part.set == "longer"]
    assert {(part.arm, part.level, part.n) for part in also if part.by == "steps"} == {
        ("one", "3", 3), ("eight", "3", 3),
    }  # fmt: skip
    assert "By steps, longer" in page
    sources = {(part.arm, part.level) for part in report.slices if part.by == "source"}
    assert ("one", "longer") in sources
    assert ("zero-shot-cot", "tested") in sources
    assert ("zero-shot-cot", "longer") not in sources


def test_arms_that_trained_on_the_same_rows_are_told(report, page):
    (told,) = [warning for warning in report.warnings if "same rows" in warning]
    assert told.startswith("one and eight trained on the same rows with the same settings")
    assert told in page


def test_the_split_that_was_tested_is_named(report, page):
    assert report.split == "validation"
    assert "of 5 validation problems right" in page


def test_all_samples_are_a_k_of_their_own(report):
    names = {m.name for m in report.measures if "@" in m.name}
    assert names == {"pass@2", "maj@2", "pass@3", "maj@3"}


def test_in_a_run_of_one_task_nothing_is_hidden_behind_a_choice_of_tasks(page):
    assert '<select class="task-choice">' not in page
    for title in ("Was it learnt by heart?", "What the student knew before", "all skills",
                  "Fitness for the domain", "rule: short"):  # fmt: skip
        assert title in page


def test_what_was_not_probed_is_counted_and_probes_of_another_setting_are_not_read(folder):
    config = check_config(read_json(folder / "config.json"), "test")
    made = [
        Probe(trace_id=trace, problem_id="p", probe=name, steps=2, **more)
        for trace, name, more in [
            ("a", "filler", {"reason": "truncated"}),
            ("a", "hint", {"reason": "truncated"}),
            ("b", "filler", {"is_changed": True}),
            ("b", "hint", {"reason": "no other answer to suggest"}),
            ("b", "hint-admitted", {"reason": "the hint was not taken"}),
        ]
    ]
    path = folder / "eval" / "one" / "probes.jsonl"
    write_records(path, made)
    try:
        for probed, temperature, told in [
            (0, 0.0, []),
            (5, 1.0, []),
            (5, 0.0, [("traces", 1, 2, "truncated"),
                      ("hint probes", 1, 2, "no other answer to suggest")]),
        ]:  # fmt: skip
            asked = {"probed": probed, "temperature": temperature, "samples": 1}
            changed = config.evaluate.model_copy(update=asked)
            run = open_run(config.model_copy(update={"evaluate": changed}), folder)
            lost = [row for row in counts(run, {}) if row.stage == "probe"]
            assert [(row.what, row.n, row.of, row.reason) for row in lost] == told
            assert ("no reasoning is probed" in " ".join(run.warnings)) == (temperature > 0)
    finally:
        path.unlink()
