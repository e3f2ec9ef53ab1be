"""`cotutor export`: samples in the shape of lm-evaluation-harness, and Inspect's logs."""

import hashlib
import json

import pytest
import typer
from typer.testing import CliRunner

from cotutor.cli.export import export
from cotutor.errors import BackendError, ConfigError, DataError
from cotutor.export import inspect_log
from cotutor.records import Request, Trace
from cotutor.store import write_records
from export.run_folder import problems, write_run

APP = typer.Typer()
APP.command()(export)

# What lm_eval 0.4.13 writes for a generation task with one metric.
KEYS = {
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
    "doc_hash", "prompt_hash", "target_hash", "acc",
}  # fmt: skip


def run(*args):
    return done(*args).stdout.split()


def done(*args):
    result = CliRunner().invoke(APP, [str(arg) for arg in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_an_arm_without_verdicts_is_left_out_aloud(tmp_path):
    folder = write_run(tmp_path / "r", {"s": "cccccccc", "t": "cccccccc"})
    (folder / "eval" / "t" / "verdicts.jsonl").unlink()
    exported = done(folder, "--to", "lm-eval")
    assert exported.stderr == f"t is left out: {folder} has no verdicts of it\n"
    assert all("/s/" in path for path in exported.stdout.split())
    assert done(folder, "--to", "lm-eval", "--arm", "s").stderr == ""


def lines(path):
    with open(path, encoding="utf-8") as handle:
        return [json.loads(line) for line in handle]


def test_samples_have_the_keys_hashes_and_order_of_the_harness(tmp_path):
    folder = write_run(tmp_path / "r", {"s": "cciiuccc"})
    paths = run(folder, "--to", "lm-eval")
    assert [path.rpartition("/")[2] for path in paths] == [
        "samples_sums.jsonl", "samples_dates.jsonl",
    ]  # fmt: skip
    sums, dates = map(lines, paths)
    assert [one["doc_id"] for one in sums] == [0, 1, 2, 3]
    assert set(sums[0]) == KEYS | {"cotutor"}
    assert [one["acc"] for one in sums] == [1, 1, 0, 0]
    assert (dates[0]["metrics"], "acc" in dates[0]) == ([], False)
    assert [one["outcome"] for one in dates[0]["cotutor"]] == ["unscored"]
    first = sums[0]
    assert first["arguments"]["gen_args_0"]["arg_0"] == "Q: sums 0?\nA:"
    assert first["resps"] == [[" It is <b>0</b>.\nThe answer is 0"]]
    assert (first["filtered_resps"], first["target"]) == (["0"], "0")
    assert first["prompt_hash"] == hashlib.sha256(b"Q: sums 0?\nA:").hexdigest()
    assert first["target_hash"] == hashlib.sha256(b"0").hexdigest()
    doc = json.dumps(first["doc"], indent=2, ensure_ascii=False)
    assert first["doc_hash"] == hashlib.sha256(doc.encode()).hexdigest()


def test_several_samples_of_a_problem_are_one_line_as_the_harness_writes_them(tmp_path):
    folder = write_run(tmp_path / "r", {"s": "ciuuuc" + "c" * 10}, samples=2)
    sums, dates = map(lines, run(folder, "--to", "lm-eval"))
    assert [one["doc_id"] for one in sums] == [0, 1, 2, 3]
    right, wrong = (f" It is <b>{answer}</b>.\nThe answer is {answer}" for answer in ("0", "99"))
    assert sums[0]["resps"] == [[right, wrong]]
    assert sums[0]["filtered_resps"] == [["0", "99"]]
    assert [one["sample"] for one in sums[0]["cotutor"]] == [0, 1]
    assert [one.get("acc") for one in sums] == [0.5, None, 1.0, 1.0]
    assert [one["metrics"] for one in sums] == [["acc"], [], ["acc"], ["acc"]]
    assert {one["acc"] for one in dates} == {1.0}


@pytest.mark.parametrize("tool", ["lm-eval", "inspect"])
def test_a_set_asked_also_is_exported_as_tasks_of_its_own(tmp_path, tool):
    if tool == "inspect":
        pytest.importorskip("inspect_ai")
    also = {"longer": problems(1, start=50)}
    folder = write_run(tmp_path / "r", {"s": "c" * 8 + "ii"}, also=also)
    paths = run(folder, "--to", tool)
    stems = [path.rpartition("/")[2].partition(".")[0].removeprefix("samples_") for path in paths]
    assert stems == ["sums", "dates", "longer_sums", "longer_dates"]
    if tool == "lm-eval":
        assert [[one["acc"] for one in lines(path)] for path in paths] == [
            [1.0] * 4, [1.0] * 4, [0.0], [0.0],
        ]  # fmt: skip


def test_the_hashes_are_those_of_the_installed_harness(tmp_path):
    utils = pytest.importorskip("lm_eval.utils")
    folder = write_run(tmp_path / "r", {"s": "cccccccc"})
    (one, *_) = lines(run(folder, "--to", "lm-eval")[0])
    doc = json.dumps(
        one["doc"], indent=2, default=utils.handle_non_serializable, ensure_ascii=False
    )
    assert one["doc_hash"] == utils.hash_string(doc)
    assert one["prompt_hash"] == utils.hash_string(one["arguments"]["gen_args_0"]["arg_0"])


def test_few_shot_prompts_hold_the_runs_exemplars(tmp_path):
    asked = problems()
    folder = write_run(tmp_path / "r", {"few-shot-cot": "cccccccc"}, asked=asked)
    exemplar = Trace.make(
        Request(problem=asked[1]), generator="t", format="plain", finish="stop",
        completion=" Because.\nThe answer is 1",
    )  # fmt: skip
    write_records(folder / "kept.jsonl", [exemplar])
    (one, *_) = lines(run(folder, "--to", "lm-eval")[0])
    assert one["arguments"]["gen_args_0"]["arg_0"] == (
        "Q: sums 1?\nA: Because. The answer is 1.\n\nQ: sums 0?\nA:"
    )


def test_an_inspect_log_is_read_back_by_inspect(tmp_path):
    pytest.importorskip("inspect_ai")
    from inspect_ai.log import read_eval_log

    folder = write_run(tmp_path / "r", {"s": "cciucccc" * 2}, samples=2)
    out = tmp_path / "logs"
    path, _ = run(folder, "--to", "inspect", "--out", out)
    log = read_eval_log(path)
    assert (log.status, log.eval.task, log.eval.model) == ("success", "sums", "cotutor/s")
    (score,) = log.results.scores
    assert (score.scored_samples, score.unscored_samples) == (7, 1)
    assert score.metrics["accuracy"].value == pytest.approx(6 / 7)
    asked = problems()
    samples = {(one.id, one.epoch): one for one in log.samples}
    assert samples.keys() == {(asked[at].id, epoch) for at in range(4) for epoch in (1, 2)}
    first = samples[asked[0].id, 1]
    assert (first.input, first.target) == ("Q: sums 0?\nA:", "0")
    assert first.output.completion == " It is <b>0</b>.\nThe answer is 0"
    assert first.scores["cotutor"].value == "C"
    assert samples[asked[1].id, 1].scores["cotutor"].value == "I"
    lost = samples[asked[1].id, 2]
    assert lost.error.message == "lost"
    assert lost.scores["cotutor"].value != lost.scores["cotutor"].value  # NaN: unscored


def test_without_inspect_the_export_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(inspect_log, "find_spec", lambda name: None)
    folder = write_run(tmp_path / "r", {"s": "cccccccc"})
    with pytest.raises(BackendError, match="inspect_ai, which is not installed"):
        run(folder, "--to", "inspect")


def test_nothing_is_written_where_a_later_arm_is_broken(tmp_path):
    folder = write_run(tmp_path / "r", {"s": "cccccccc", "t": "cccccccc"})
    (folder / "eval" / "t" / "traces.jsonl").write_text("broken\n")
    with pytest.raises(DataError, match=r"traces\.jsonl line 1"):
        run(folder, "--to", "lm-eval")
    assert not (folder / "export").exists()


def test_mistakes_are_sentences(tmp_path):
    folder = write_run(tmp_path / "r", {"s": "cccccccc"})
    with pytest.raises(ConfigError, match="no tool 'csv' to export to"):
        run(folder, "--to", "csv")
    with pytest.raises(DataError, match="no attempts of t; of these there are: s"):
        run(folder, "--to", "lm-eval", "--arm", "t")
    with pytest.raises(DataError, match="is no run directory"):
        run(tmp_path / "nowhere", "--to", "lm-eval")
