import json
import warnings

import pytest

from cotutor.errors import BackendError, ConfigError
from cotutor.evaluate import harness as module
from cotutor.evaluate.harness import check_harness, harness, load_tasks
from cotutor.models import load_model

TASK = """
task: three_sums
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
output_type: multiple_choice
test_split: test
doc_to_text: "{{{{question}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: gold
target_delimiter: ""
metric_list: [{{metric: acc}}]
"""
ROWS = (
    {"question": "We need this: 3 + 4 =", "choices": [" 7", " 9"], "gold": 0},
    {"question": "We need this: 13 + 4 =", "choices": [" 12", " 17"], "gold": 1},
    {"question": "We need this: 20 + 14 =", "choices": [" 34", " 17"], "gold": 1},
)


def test_without_the_package_the_run_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    check_harness(())
    with pytest.raises(BackendError, match=r"needs the package lm_eval, which is not installed"):
        check_harness(("gsm8k",))


def test_a_missing_task_file_is_named(tmp_path):
    pytest.importorskip("lm_eval")
    with pytest.raises(ConfigError, match=r"there is no file .*gone\.yaml"):
        check_harness((str(tmp_path / "gone.yaml"),))


def test_a_local_task_is_scored_document_by_document(tmp_path, monkeypatch):
    pytest.importorskip("lm_eval")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    path = tmp_path / "three_sums.yaml"
    path.write_text(TASK.format(data=data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the harness's own
        (found,) = harness(*load_model("embedded"), (str(path),), limit=None, batch_size=4)
    assert found.set == "task: three_sums (acc)"
    assert found.items == ("0", "1", "2")
    assert found.scores == (1.0, 1.0, 0.0)  # the third gold is wrong


def test_tasks_are_loaded_and_their_faults_found_without_a_model(tmp_path, monkeypatch):
    pytest.importorskip("lm_eval")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    data, path = tmp_path / "rows.jsonl", tmp_path / "three_sums.yaml"
    path.write_text(TASK.format(data=data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the harness's own
        with pytest.raises(
            BackendError, match=r"retention\.tasks: lm_eval cannot run .*sums\.yaml"
        ):
            load_tasks((str(path),))
        data.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        load_tasks((str(path),))
