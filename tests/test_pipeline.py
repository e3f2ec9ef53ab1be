"""A small run through the front door: what it writes, skips, redoes and says."""

import json

import pytest

from cotutor.config import check_config
from cotutor.errors import ConfigError
from cotutor.pipeline import dry_run, execute
from cotutor.records import Problem, Trace, Verdict
from cotutor.store import read_records
from tiny_models import save_tiny


@pytest.fixture(scope="module")
def configuration(tmp_path_factory):
    base = str(save_tiny(tmp_path_factory.mktemp("base"), "qwen3"))

    def make(**changed):
        raw = {
            "name": "small",
            "problems": {
                "train": [
                    {"family": "coin_flips", "split": "train", "count": 8, "level": 2},
                    {"family": "arithmetic", "split": "train", "count": 8, "level": 2},
                ],
                "validation": {"family": "coin_flips", "split": "validation", "count": 4},
                "heldout": [
                    {"family": "coin_flips", "split": "heldout", "count": 5, "level": 2},
                    {"family": "arithmetic", "split": "heldout", "count": 5, "level": 2},
                ],
            },
            "teacher": {"generator": "symbolic", "samples": 3, "mistakes": 0.3},
            "students": [
                {"name": "fine-tune", "reasoning": "none"},
                {"name": "one", "samples": 1},
                {"name": "two", "samples": 2},
            ],
            "sft": {"base": base, "trainer": {"max_steps": 2, "per_device_train_batch_size": 2}},
            "evaluate": {"max_tokens": 8, "answer_max_tokens": 4, "shots": 1},
        }
        return check_config(raw | changed, "test")

    return make


@pytest.fixture(scope="module")
def finished(configuration, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    execute(configuration(), folder)
    return folder


def report(folder):
    return json.loads((folder / "report.json").read_text())


def test_every_arm_and_baseline_meets_the_same_problems(finished):
    found = report(finished)
    arms = [
        "fine-tune",
        "one",
        "two",
        "zero-shot",
        "zero-shot-cot",
        "few-shot-cot",
        "teacher",
        "random",
    ]
    assert [row["arm"] for row in found["rows"] if row["task"] == "all"] == arms
    assert {row["n"] for row in found["rows"] if row["task"] == "all"} == {10}
    for row in found["rows"]:
        assert 0 <= row["low"] <= row["accuracy"] <= row["high"] <= 1


def test_the_first_comparison_is_the_last_arm_against_the_first(finished):
    pairs = [(c["a"], c["b"], c["task"]) for c in report(finished)["comparisons"]]
    assert pairs[0] == ("two", "fine-tune", "all")
    assert ("two", "one", "all") in pairs
    assert ("one", "few-shot-cot", "coin_flips") in pairs


def test_every_trace_is_accounted_for(finished):
    traces = {t.id for t in read_records(finished / "traces.jsonl", Trace)}
    kept = {t.id for t in read_records(finished / "kept.jsonl", Trace)}
    lines = (finished / "rejected.jsonl").read_text().splitlines()
    rejected = {json.loads(line)["trace_id"] for line in lines}
    assert len(traces) == 16 * 3
    assert kept | rejected == traces
    assert not kept & rejected
    told = report(finished)["counts"]
    assert sum(c["n"] for c in told if c["stage"] == "curate") == len(rejected)


def test_arms_train_on_what_their_names_say(finished):
    sizes = {p.stem: len(p.read_text().splitlines()) for p in (finished / "examples").iterdir()}
    assert sizes["fine-tune"] == 16
    assert sizes["one"] <= 16 < sizes["two"]
    trainings = {t["arm"]: t for t in report(finished)["trainings"]}
    assert {t["steps"] for t in trainings.values()} == {2}


def test_the_roles_of_problems_are_written(finished):
    roles = [p.split for p in read_records(finished / "problems.jsonl", Problem)]
    assert (roles.count("train"), roles.count("heldout")) == (16, 10)


def test_the_problems_tested_and_asked_also_are_noted_by_id(finished, configuration, tmp_path):
    problems = read_records(finished / "problems.jsonl", Problem)
    heldout = [problem.id for problem in problems if problem.split != "train"]
    noted = json.loads((finished / "asked.json").read_text())
    assert noted == {"tested": heldout, "also": {}}
    longer = {"family": "coin_flips", "split": "heldout", "count": 3, "level": 4}
    evaluate = {"also": {"longer": longer}}
    execute(configuration(evaluate=evaluate), tmp_path, until="problems")
    noted = json.loads((tmp_path / "asked.json").read_text())
    assert noted["tested"] == heldout
    problems = {p.id: p for p in read_records(tmp_path / "problems.jsonl", Problem)}
    assert [problems[key].level for key in noted["also"]["longer"]] == [4] * 3
    assert not set(noted["also"]["longer"]) & set(heldout)


def test_another_training_seed_trains_otherwise_on_the_same_rows(finished, configuration, tmp_path):
    config = configuration()
    other = config.model_copy(update={"sft": config.sft.model_copy(update={"seed": 1})})
    told = dry_run(other, finished)
    states = dict(line.split(maxsplit=1) for line in told[: told.index("")])
    assert {states[name] for name in ("problems", "collect", "curate", "examples", "rows")} == {
        "done"
    }
    assert states["sft/two"].startswith("changed: seed")
    same = config.model_copy(update={"sft": config.sft.model_copy(update={"seed": 0})})
    assert "sft/two                      done" in dry_run(same, finished)
    execute(other, tmp_path, until="sft")
    for file in ("problems.jsonl", "examples/two.jsonl"):
        assert (tmp_path / file).read_bytes() == (finished / file).read_bytes()
    paths = (folder / "sft/two/training.json" for folder in (finished, tmp_path))
    trained = [json.loads(path.read_text()) for path in paths]
    assert trained[0]["audit"] == trained[1]["audit"]
    assert trained[0]["losses"] != trained[1]["losses"]


def test_the_page_tells_the_run(finished):
    page = (finished / "report.html").read_text()
    for text in ("fine-tune", "few-shot-cot", "What was dropped", "mismatch"):
        assert text.lower() in page.lower()
    assert "<script src" not in page


def test_a_finished_run_does_nothing(finished, configuration, capsys):
    told = ("config.json", "asked.json")  # written by every run
    before = {p: p.stat().st_mtime_ns for p in finished.rglob("*.json*") if p.name not in told}
    execute(configuration(), finished)
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert "diverse" not in capsys.readouterr().err


def test_a_dry_run_says_what_is_done_and_what_has_changed(finished, configuration, tmp_path):
    assert {line.split()[1] for line in dry_run(configuration(), finished)} == {"done"}
    told = dry_run(configuration(), tmp_path)
    stages = told[: told.index("")]
    assert {" ".join(line.split()[1:]) for line in stages} == {"to do"}
    changed = dry_run(configuration(curate={"per_problem": 1}), finished)
    assert any("changed: per_problem; needs --overwrite" in line for line in changed)


def test_one_stage_at_a_time_stops_there(configuration, tmp_path):
    execute(configuration(), tmp_path, until="curate")
    assert (tmp_path / "kept.jsonl").exists()
    assert not (tmp_path / "sft").exists()


def test_tuning_looks_at_the_validation_problems_only(configuration, tmp_path):
    config = configuration(
        evaluate={"split": "validation", "max_tokens": 4, "compare": ["random"]},
        students=[{"name": "one", "samples": 1}],
    )
    execute(config, tmp_path)
    tested = {
        p.id for p in read_records(tmp_path / "problems.jsonl", Problem) if p.split != "train"
    }
    assert len(tested) == 4
    assert any("not results" in warning for warning in report(tmp_path)["warnings"])
    verdicts = read_records(tmp_path / "eval" / "one" / "verdicts.jsonl", Verdict)
    assert {v.problem_id for v in verdicts} == tested


def test_one_student_per_task_sees_its_task_alone(configuration, tmp_path):
    base = configuration().sft.base
    trainer = {"max_steps": 2, "per_device_train_batch_size": 2}
    config = configuration(
        sft={"base": base, "one_per_task": True, "trainer": trainer},
        evaluate={"max_tokens": 4, "compare": ["random"]},
        students=[{"name": "fine-tune", "reasoning": "none"}, {"name": "one", "samples": 1}],
    )
    execute(config, tmp_path)
    for arm in ("fine-tune", "one"):
        folders = {path.name for path in (tmp_path / "sft" / arm).iterdir()}
        assert folders == {"coin_flips", "arithmetic"}
    made = json.loads((tmp_path / "sft" / "fine-tune" / "arithmetic" / "training.json").read_text())
    assert made["audit"]["rows"] == 8
    told = {t["arm"]: t for t in report(tmp_path)["trainings"]}
    assert told["fine-tune"]["examples"] == 16
    assert told["fine-tune"]["steps"] == 4
    assert {row["n"] for row in report(tmp_path)["rows"] if row["task"] == "all"} == {10}


def test_a_tested_task_without_training_problems_has_no_student(configuration, tmp_path):
    raw = configuration().problems.model_dump()
    config = configuration(
        problems=raw | {"train": raw["train"][:1]},
        sft={"base": configuration().sft.base, "one_per_task": True},
    )
    with pytest.raises(ConfigError, match=r"no training problems of \['arithmetic'\]"):
        execute(config, tmp_path)
