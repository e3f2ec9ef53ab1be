"""Strategies in a run through the front door: what is written, resumed, reported and shown."""

import json

import pytest
from typer.testing import CliRunner

from cotutor.cli import app
from cotutor.config import check_config
from cotutor.errors import ConfigError
from cotutor.pipeline import execute
from cotutor.reason import Solution
from cotutor.report.model import Report
from cotutor.store import Manifest, read_records
from tiny_models import save_tiny

TRAINER = {"max_steps": 2, "per_device_train_batch_size": 2}
SHORT = {"max_tokens": 6, "answer_max_tokens": 3}
STRATEGIES = [
    {"kind": "direct", **SHORT},
    {"kind": "self-consistency", "samples": 3, "round": 2, **SHORT},
    {"kind": "tree", "branch": 2, "beam": 1, "depth": 2, "thought_max_tokens": 4, **SHORT},
]


@pytest.fixture(scope="module")
def configuration(tmp_path_factory):
    base = str(save_tiny(tmp_path_factory.mktemp("base"), "qwen3"))

    def make(sft=None, **evaluate):
        sets = {
            role: [
                {"family": family, "split": role, "count": 4, "level": 2}
                for family in ("coin_flips", "arithmetic")
            ]
            for role in ("train", "heldout")
        }
        raw = {
            "name": "reasons",
            "problems": sets,
            "teacher": {"generator": "symbolic", "samples": 1},
            "students": [{"name": "answers", "reasoning": "none"}, {"name": "one", "samples": 1}],
            "sft": {"base": base, "trainer": TRAINER} | (sft or {}),
            "evaluate": {
                "compare": [], "probed": 0, "retention": None, "strategies": STRATEGIES,
                "strategy_problems": 6, **SHORT, **evaluate,
            },
        }  # fmt: skip
        return check_config(raw, "test")

    return make


@pytest.fixture(scope="module")
def finished(configuration, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    execute(configuration(), folder)
    return folder


def solutions(folder):
    files = sorted((folder / "eval" / "one" / "strategies").iterdir())
    return {path.stem: list(read_records(path, Solution)) for path in files}


def test_every_strategy_meets_the_same_drawn_problems_in_one_order(finished):
    found = solutions(finished)
    assert list(found) == ["direct", "self-consistency-3", "tree-breadth"]
    orders = {tuple(one.problem_id for one in some) for some in found.values()}
    assert len(orders) == 1
    assert len(set(orders.pop())) == 6
    assert not (finished / "eval" / "answers" / "strategies").exists()


def test_the_report_sets_accuracy_against_tokens(finished):
    report = Report.model_validate_json((finished / "report.json").read_text())
    rows = [row for row in report.strategies if row.task == "all"]
    assert [row.tokens for row in rows] == sorted(row.tokens for row in rows)
    assert {row.strategy for row in rows} == set(solutions(finished))
    for row in rows:
        some = solutions(finished)[row.strategy]
        assert row.arm == "one"
        assert row.n + row.unscored == 6
        assert row.tokens == pytest.approx(sum(one.tokens for one in some) / 6)
        assert (row.against is None) == (row.strategy == "direct")
    assert {row.task for row in report.strategies} == {"all", "coin_flips", "arithmetic"}
    assert 'id="strategies"' in (finished / "report.html").read_text()


def test_an_interrupted_stage_solves_only_what_is_missing(configuration, finished, monkeypatch):
    folder = finished / "eval" / "one" / "strategies"
    before = {path.name: path.read_text() for path in folder.iterdir()}
    manifest = Manifest(finished / "manifests", "reason/one")
    manifest.begin(manifest.read()["settings"])
    lines = before["self-consistency-3.jsonl"].splitlines(keepends=True)
    (folder / "self-consistency-3.jsonl").write_text("".join(lines[3:]) + lines[0][:40])
    solved = []

    def counting(problems, writer, strategy, setup):
        problems = list(problems)
        solved.append((strategy.title, len(problems)))
        return real(problems, writer, strategy, setup)

    from cotutor.stages import reasoning

    real = reasoning.solve
    monkeypatch.setattr(reasoning, "solve", counting)
    execute(configuration(), finished)
    assert [one for one in solved if one[1]] == [("self-consistency-3", 3)]
    assert {path.name: path.read_text() for path in folder.iterdir()} == before


def test_a_changed_strategy_is_refused_without_overwrite(configuration, finished):
    with pytest.raises(ConfigError, match=r"strategies\.0\..* changed since stage reason/one"):
        execute(configuration(strategies=["direct"]), finished)


def test_show_draws_the_trees_of_a_problem(finished):
    problem = solutions(finished)["tree-breadth"][0].problem_id
    told = CliRunner().invoke(app, ["show", str(finished), problem])
    assert told.exit_code == 0, told.output
    for expected in (f" {problem}\n", "one by tree-breadth", "self-consistency-3: ", "└─ ", "gold"):
        assert expected in told.output
    assert "one by" not in CliRunner().invoke(app, ["show", str(finished), "--arm", "one"]).output
    unknown = CliRunner().invoke(app, ["show", str(finished), "nothing"])
    assert "no problem 'nothing'" in str(unknown.exception)


def test_students_of_one_task_each_share_a_strategy_and_a_pair_grows_no_trees(
    configuration, tmp_path, capsys
):
    sft = {"base": str(save_tiny(tmp_path / "base", "t5")), "format": "paper-t5"}
    config = configuration(sft=sft | {"one_per_task": True}, strategy_problems=0)
    execute(config, tmp_path / "run")
    found = solutions(tmp_path / "run")
    tried = {title: len(some) for title, some in found.items()}
    assert tried == {"direct": 8, "self-consistency-3": 8, "tree-breadth": 0}
    told = capsys.readouterr().err
    assert "one is an encoder with a decoder: tree-breadth is left out" in told
    assert "3 strategies on 8 problems, left out: tree-breadth" in told


@pytest.mark.parametrize(
    ("strategies", "sentence"),
    [
        (["tree", {"kind": "tree", "value": "vote"}], "two strategies are called 'tree-breadth'"),
        ([{"kind": "direct", "name": "../x"}], "is to name a file"),
        ([{"kind": "direct", "sample": 3}], "unknown key evaluate.strategies.*sample"),
    ],
)
def test_a_wrong_strategy_is_told_by_the_run_file(configuration, strategies, sentence):
    with pytest.raises(ConfigError, match=sentence):
        configuration(strategies=strategies)


def test_a_scorer_that_is_not_there_is_told_before_any_work(configuration, tmp_path):
    strategies = [{"kind": "best-of", "scorer": "oracle"}]
    with pytest.raises(ConfigError, match="no scorer 'oracle'"):
        execute(configuration(strategies=strategies), tmp_path / "run")
    assert not (tmp_path / "run" / "problems.jsonl").exists()


def test_settings_of_a_run_are_read_back_as_they_were(configuration):
    config = configuration()
    assert check_config(json.loads(json.dumps(config.resolved())), "again") == config
