"""lm-evaluation-harness against `cotutor serve`: likelihoods of choices, and generation."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

CHOICES = """
task: colour_choice
dataset_path: json
dataset_kwargs: {data_files: {test: ROWS}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}} ### I look at it. I see it. -->"
doc_to_choice: [green, red, blue]
doc_to_target: 1
metric_list: [{metric: acc}]
"""
WRITTEN = """
task: colour_written
dataset_path: json
dataset_kwargs: {data_files: {test: ROWS}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}} ###"
doc_to_target: red
generation_kwargs: {until: ["\\n\\n"], max_gen_toks: 40, temperature: 0.0, do_sample: false}
filter_list:
  - name: answer
    filter: [{function: regex, regex_pattern: "--> (\\\\w+)"}, {function: take_first}]
metric_list: [{metric: exact_match}]
"""


@pytest.mark.skipif(
    importlib.util.find_spec("lm_eval") is None, reason="needs lm_eval[api], which is not installed"
)
def test_a_harness_evaluates_a_student(server, students, tmp_path):
    rows = tmp_path / "rows.jsonl"
    questions = ("What is 3 plus 4?", "Who is first?", "How many coins are there?")
    rows.write_text("".join(json.dumps({"question": q}) + "\n" for q in questions), "utf-8")
    for name, task in (("choice", CHOICES), ("written", WRITTEN)):
        (tmp_path / f"{name}.yaml").write_text(task.replace("ROWS", str(rows)), "utf-8")
    arguments = [
        f"model=red,base_url={server.url}/v1/completions,tokenizer={students['red']}",
        "num_concurrent=2,max_retries=1,max_length=1024",
    ]
    command = [
        sys.executable, "-m", "lm_eval", "run", "--model", "local-completions",
        "--model_args", ",".join(arguments), "--include_path", str(tmp_path),
        "--tasks", "colour_choice,colour_written", "--output_path", str(tmp_path / "out.json"),
    ]  # fmt: skip
    caches = {"HF_HOME": str(tmp_path / "hf"), "HF_DATASETS_OFFLINE": "1"}
    done = subprocess.run(
        command, env={**os.environ, **caches}, capture_output=True, text=True, check=False,
        timeout=300, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    (path,) = tmp_path.glob("out*.json")
    results = json.loads(path.read_text("utf-8"))["results"]
    assert results["colour_choice"]["acc,none"] == 1
    assert results["colour_written"]["exact_match,answer"] == 1
