"""What becomes of few-shot prompts on tasks of which curation kept too few traces, or none."""

import json

import pytest

from cotutor.config import check_config
from cotutor.errors import ConfigError
from cotutor.pipeline import execute
from cotutor.report.model import Report
from cotutor.store import read_json
from tiny_models import save_tiny


@pytest.fixture
def raw(tmp_path):
    """A run of two tasks; the recorded traces of one are all wrong."""
    rows = [(task, n, n + 1) for task in ("plus", "sum") for n in range(4)]
    for split, low in (("train", 0), ("heldout", 10)):
        made = [
            {"question": f"What is {low + n} {task} 1?", "answer": low + right, "t": task}
            for task, n, right in rows
        ]
        write(tmp_path / f"{split}.jsonl", made)
    traces = [
        {
            "q": f"What is {n} {task} 1?",
            "text": f" Add.\nThe answer is {right if task == 'plus' else 99}",
        }
        for task, n, right in rows
    ]
    write(tmp_path / "traces.jsonl", traces)
    source = {"kind": "number", "map": {"task": "t"}}
    return {
        "name": "x",
        "problems": {
            split: source | {"file": str(tmp_path / f"{split}.jsonl")}
            for split in ("train", "heldout")
        },
        "teacher": {
            "generator": "replay", "name": "me", "format": "plain",
            "files": [str(tmp_path / "traces.jsonl")],
            "map": {"question": "q", "completion": "text"},
        },
        "students": [{"name": "one", "samples": 1}],
        "sft": {"base": str(save_tiny(tmp_path / "base")), "trainer": {"max_steps": 1}},
        "evaluate": {
            "compare": ["few-shot-cot"], "max_tokens": 4, "retention": None, "probed": 0,
            "shots": 5,
        },
    }  # fmt: skip


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_few_shot_prompts_without_exemplars_are_absent_and_with_too_few_are_told(raw, tmp_path):
    execute(check_config(raw, "test"), tmp_path / "run")
    report = Report.model_validate(read_json(tmp_path / "run" / "report.json"))
    absent = {(one.arm, one.task): one.reason for one in report.absent}
    assert absent["few-shot-cot", "sum"] == (
        "of 4 attempts: 4 generation failed; the first: there is no exemplar of sum"
    )
    assert ("few-shot-cot", "plus") in {(row.arm, row.task) for row in report.rows}
    told = "few-shot-cot on plus: 4 exemplars, where evaluate.shots is 5; "
    assert [told for warning in report.warnings if warning.startswith(told)] == [told]


def test_a_few_shot_strategy_without_exemplars_is_refused_before_training(raw, tmp_path):
    raw["evaluate"] |= {"strategies": ["direct", "few-shot-cot"], "compare": []}
    told = r"evaluate.strategies.1: direct few-shot-cot .* curation kept no trace of sum"
    with pytest.raises(ConfigError, match=told):
        execute(check_config(raw, "test"), tmp_path / "run")
    assert (tmp_path / "run" / "kept.jsonl").exists()
    assert not (tmp_path / "run" / "sft").exists()
