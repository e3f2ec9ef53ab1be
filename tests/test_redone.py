"""What becomes of later results when a stage is done anew, or files are changed, lost or broken."""

import json
import shutil
import sys

import pytest
import yaml

from cotutor import cli, stages
from cotutor.errors import BackendError, GateError
from cotutor.records import Trace
from cotutor.stages import run as opened
from cotutor.store import Journal
from tiny_models import save_tiny


def coins(split, count):
    return {"family": "coin_flips", "split": split, "count": count, "level": 2}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    raw = {
        "name": "small",
        "problems": {"train": coins("train", 6), "heldout": coins("heldout", 4)},
        "teacher": {"generator": "symbolic", "samples": 2, "mistakes": 0.3},
        "students": [{"name": "cot", "samples": 2}],
        "sft": {"base": str(save_tiny(folder / "base")), "trainer": {"max_steps": 1}},
        "evaluate": {
            "compare": ["random"], "max_tokens": 4, "probed": 0,
            "retention": {"skills": 1, "training_problems": 4, "text": None},
        },
    }  # fmt: skip
    (folder / "run.yaml").write_text(yaml.safe_dump(raw))
    return folder


@pytest.fixture
def call(finished, tmp_path, monkeypatch, capsys):
    """Run the command line beside a copy of the finished run; return exit code, output, errors."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["cotutor", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capsys.readouterr()

    if not (finished / "run").exists():
        assert command("run", finished / "run.yaml", "--dir", finished / "run")[0] == 0
    shutil.copytree(finished / "run", tmp_path / "a")
    shutil.copytree(finished / "run", tmp_path / "b")
    monkeypatch.chdir(tmp_path)

    def stage(name, *arguments):
        """Run a command; one that ends in `!` goes through the stages of run b."""
        if not name.endswith("!"):
            return command(name, *arguments)
        return command(name[:-1], finished / "run.yaml", "--dir", "b", *arguments)

    return stage


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_refused_command_changes_nothing_and_names_the_key(call, tmp_path):
    before = contents(tmp_path / "b")
    code, _, error = call("run!", "--set", "seed=7")
    assert (code, "b: seed changed since stage problems ran" in error) == (2, True)
    assert contents(tmp_path / "b") == before
    assert "no settings differ" in call("compare", "a", "b")[1]


def test_after_a_student_is_trained_anew_nobody_is_told_the_old_ones_results(call, tmp_path):
    code, _, error = call("sft!", "--set", "sft.trainer.learning_rate=0.01", "--overwrite")
    assert code == 0
    assert "out of date now: evaluate, retention, report; `cotutor run --overwrite`" in error
    for told in (
        call("compare", "a", "b"),
        call("export", "b", "--to", "lm-eval"),
        call("show", "b", "--arm", "cot"),
    ):
        assert told[0] == 2
        assert "b: the results of evaluate/cot are out of date (stage sft/cot" in told[2]
    assert call("show", "b")[0] == 0  # the teacher's are what they were
    again = ("--set", "sft.trainer.learning_rate=0.01", "--overwrite")
    assert call("run!", *again)[0] == 0
    assert "sft.trainer.learning_rate: - | 0.01" in call("compare", "a", "b")[1]


def test_no_verdict_is_shown_with_a_text_it_was_not_made_of(call):
    assert call("collect!", "--set", "teacher.mistakes=1", "--overwrite")[0] == 0
    code, output, error = call("show", "b")
    assert (code, output) == (2, "")
    assert "the results of curate are out of date (stage collect began anew since)" in error
    assert call("compare", "a", "b")[0] == 2  # through sft, examples and curate
    assert call("collect!", "--overwrite")[0] == 0
    assert call("show", "b")[0] == 0


def test_settings_that_a_later_stage_did_not_run_with_put_its_results_out_of_date(call):
    error = call("collect!", "--set", "evaluate.max_tokens=5")[2]
    assert "out of date now: evaluate, retention, report" in error
    assert "max_tokens changed since stage evaluate/cot ran" in call("compare", "a", "b")[2]
    assert call("collect!")[2] == ""
    assert "no settings differ" in call("compare", "a", "b")[1]


@pytest.mark.parametrize(
    ("lost", "stage"),
    [
        ("report.json", "report"),
        ("traces.jsonl", "collect"),
        ("eval/cot/verdicts.jsonl", "evaluate/cot"),
        ("sft/cot/student.json", "sft/cot"),
        ("retention/after/cot/training/traces.jsonl", "retention/cot"),
    ],
)
def test_a_lost_file_is_made_again_and_nothing_else(call, tmp_path, lost, stage):
    manifests = {p: p.stat().st_mtime_ns for p in (tmp_path / "b" / "manifests").iterdir()}
    (tmp_path / "b" / lost).unlink()
    assert f"to do again: {lost} is missing" in call("run!", "--dry-run")[1]
    code, _, error = call("run!")
    assert (code, f"{stage} is done again: b/{lost} is missing" in error) == (0, True)
    redone = {p.stem for p, at in manifests.items() if p.stat().st_mtime_ns != at}
    assert redone == {stage.replace("/", "--")}


def test_a_lost_file_that_is_half_made_again_is_not_taken_for_whole(call, tmp_path, monkeypatch):
    path = tmp_path / "b" / "traces.jsonl"
    whole = path.read_text()
    path.unlink()

    def interrupted(run):
        path.touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stages, "collect_traces", interrupted)
        assert call("run!")[0] != 0
    told = call("run!", "--dry-run")[1].splitlines()
    assert any(line.split() == ["collect", "to", "continue"] for line in told)
    assert call("run!")[0] == 0
    assert path.read_text() == whole


def interrupt(run, *_):
    raise KeyboardInterrupt


def test_an_interrupted_overwriting_goes_on_without_being_asked_for_again(
    call, tmp_path, monkeypatch
):
    faster, fastest = (("--set", f"sft.trainer.learning_rate={rate}") for rate in (0.01, 0.02))
    with monkeypatch.context() as patch:
        patch.setattr(stages, "fine_tune", interrupt)
        assert call("run!", *faster, "--overwrite")[0] != 0
    told = call("run!", *faster, "--dry-run")[1]
    assert "evaluate/cot                 changed: inputs.sft/cot; to do anew" in told
    code, _, error = call("run!", *fastest)
    assert (code, "changed since stage evaluate/cot ran; redo it with --ov" in error) == (2, True)
    assert call("run!", *faster)[0] == 0
    assert not (tmp_path / "b" / "overwriting.json").exists()
    assert call("run!", *fastest)[0] == 2


def test_an_agreement_to_overwrite_some_stages_holds_for_no_others(call, monkeypatch):
    faster = ("--set", "sft.trainer.learning_rate=0.01")
    with monkeypatch.context() as patch:
        patch.setattr(stages, "fine_tune", interrupt)
        assert call("sft!", *faster, "--overwrite")[0] != 0
    assert "inputs.sft/cot changed since stage evaluate/cot ran" in call("run!", *faster)[2]
    assert call("sft!", *faster)[0] == 0


def stop(run):
    raise GateError("too much")


def test_a_stage_that_failed_with_nothing_to_lose_goes_on_with_other_settings(
    call, finished, monkeypatch
):
    fresh = ("run", finished / "run.yaml", "--dir", "c", "--set")
    with monkeypatch.context() as patch:
        patch.setattr(stages, "write_examples", stop)
        assert call(*fresh, "seed=0")[2].endswith("cotutor: too much\n")
    lax = "contamination.max_contaminated=0.5"
    told = call(*fresh, lax, "--dry-run")[1].splitlines()
    assert "examples                     to do" in told
    assert call(*fresh, lax)[0] == 0


def test_tasks_that_are_out_of_reach_are_found_before_anything_is_done(
    call, finished, tmp_path, monkeypatch
):
    def unreachable(run):
        raise BackendError("no network")

    monkeypatch.setattr(stages, "load_tasks", unreachable)
    fresh = ("run", finished / "run.yaml", "--dir", "c")
    assert call(*fresh)[2].endswith("cotutor: no network\n")
    assert [path.name for path in (tmp_path / "c").iterdir()] == [".lock"]
    assert call("collect", *fresh[1:])[0] == 0  # it gets along without them
    assert call("run!")[0] == 0  # and so does a run whose retention is done


def test_a_stage_that_was_interrupted_with_traces_is_not_begun_anew_unasked(
    call, tmp_path, monkeypatch
):
    def half(run):
        Journal(run.folder / "traces.jsonl").append([first])
        raise KeyboardInterrupt

    path = tmp_path / "b" / "traces.jsonl"
    first = next(Journal(path).read(Trace))
    path.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(stages, "collect_traces", half)
        assert call("run!")[0] != 0
    error = call("run!", "--set", "teacher.mistakes=1")[2]
    assert "b: mistakes changed since stage collect ran; redo it with --overwrite" in error


def test_weights_that_are_gone_are_made_again_where_a_stage_needs_them(call, tmp_path):
    weights, verdicts = tmp_path / "b/sft/cot/model.safetensors", tmp_path / "b/eval/cot"
    weights.unlink()
    assert call("run!")[0] == 0
    assert not weights.exists()  # all that needs them is done
    code, _, error = call("solve", "b/sft/cot", "How many?")
    assert (code, "holds a student without weights: its .safetensors is missing" in error) == (
        2,
        True,
    )
    before = {name: (verdicts / name).read_text() for name in ("verdicts.jsonl", "traces.jsonl")}
    for name in before:
        (verdicts / name).unlink()
    told = call("run!", "--dry-run")[1]
    assert "sft/cot                      to do again: sft/cot/model.safetensors is missing" in told
    code, _, error = call("run!")
    assert (code, "sft/cot is done again: b/sft/cot/model.safetensors is mi" in error) == (0, True)
    assert weights.exists()
    assert {name: (verdicts / name).read_text() for name in before} == before


def test_traces_that_are_asked_again_and_come_out_the_same_put_nothing_out_of_date(call, tmp_path):
    traces, verdicts = (
        tmp_path / "b/eval/cot" / f"{name}.jsonl" for name in ("traces", "verdicts")
    )
    lines = traces.read_text().splitlines(keepends=True)
    traces.write_text("".join(reversed(lines[1:])))  # the chunk is asked again whole, and appended
    verdicts.unlink()
    code, _, error = call("run!")
    assert (code, "evaluate/cot is done again" in error) == (0, True)
    assert len(traces.read_text().splitlines()) == 2 * len(lines) - 1
    assert call("compare", "a", "b")[0] == 0


def test_other_records_under_the_same_settings_are_noticed(call, tmp_path, monkeypatch):
    """A teacher may answer otherwise when it is asked again."""

    def write(run):
        first = Trace.model_validate_json(asked[0])
        changed = first.model_copy(update={"completion": "Hm.\nThe answer is maybe"})
        Journal(run.folder / "traces.jsonl").append([changed])
        return counts

    counts = json.loads((tmp_path / "b/manifests/collect.json").read_text())["counts"]
    path = tmp_path / "b" / "traces.jsonl"
    asked = path.read_text().splitlines()
    path.unlink()
    monkeypatch.setattr(stages, "collect_traces", write)
    assert "out of date now: curate, " in call("collect!")[2]
    assert call("show", "b")[0] == 2
    code, _, error = call("run!")
    assert (code, "records.collect changed since stage curate ran" in error) == (2, True)


def test_another_version_of_the_verifier_is_a_changed_setting(call, monkeypatch):
    monkeypatch.setattr(opened, "VERIFIER", "another")
    code, _, error = call("run!")
    assert (code, "verifier changed since stage curate ran" in error) == (2, True)
    told = call("run!", "--dry-run")[1].splitlines()
    states = {line.split()[0]: line for line in told if line}
    for stage in ("curate", "evaluate/cot", "retention", "retention/cot"):
        assert "verifier" in states[stage]


def test_training_and_tested_problems_are_answered_alike(call, tmp_path):
    hot = ("--set", "evaluate.temperature=1", "--set", "evaluate.samples=2", "--overwrite")
    told = call("run!", *hot, "--dry-run")[1]
    assert "changed: samples, temperature" in told[told.index("retention") :]
    assert call("run!", *hot)[0] == 0
    journal = Journal(tmp_path / "b" / "retention" / "after" / "cot" / "training" / "traces.jsonl")
    assert {trace.sample for trace in journal.read(Trace)} == {0, 1}


@pytest.mark.parametrize(
    ("broken", "content", "sentence"),
    [
        ("eval/cot/verdicts.jsonl", b"\xff\xfe{}\n", "verdicts.jsonl line 1: Invalid JSON"),
        ("eval/cot/traces.jsonl", b"\xff\n", "traces.jsonl line 1: Invalid JSON"),
        ("eval/cot/traces.jsonl", b"", "verdicts.jsonl line 1 judges a trace that b/eval/cot/tra"),
        ("manifests/sft--cot.json", b'{"done": true}', "sft--cot.json is no manifest: remove it"),
        ("manifests/sft--cot.json", b"\xff", "sft--cot.json is not JSON"),
        ("config.json", b"\xff", "config.json is not JSON"),
    ],
)
def test_a_broken_file_of_a_run_is_named(call, tmp_path, broken, content, sentence):
    (tmp_path / "b" / broken).write_bytes(content)
    for told in (call("compare", "a", "b"), call("export", "b", "--to", "lm-eval")):
        assert told[0] == 2
        assert sentence in told[2]


def test_a_removed_manifest_has_its_stage_done_again(call, tmp_path):
    (tmp_path / "b" / "manifests" / "sft--cot.json").unlink()
    assert call("run!")[0] == 0
    assert call("compare", "a", "b")[0] == 0


def test_a_file_is_no_run_directory_and_no_student(call, tmp_path):
    (tmp_path / "file").write_text("")
    for arguments in (
        ("show", "file"),
        ("compare", "file", "a"),
        ("export", "file", "--to", "lm-eval"),
        ("run", "--dir", "file"),
        ("run", "--dir", "file/b"),
        ("solve", "file", "How many?"),
    ):
        code, _, error = call(*arguments)
        assert (code, error.startswith("cotutor: file")) == (2, True)


def test_a_student_record_that_is_no_text_is_named(call, tmp_path):
    (tmp_path / "b" / "sft" / "cot" / "student.json").write_bytes(b"\xff")
    code, _, error = call("solve", "b/sft/cot", "How many?")
    assert (code, "student.json is not the record of a student" in error) == (2, True)


def test_an_outcome_that_is_none_is_told(call):
    code, _, error = call("show", "b", "--outcome", "wrong")
    assert (code, "no outcome 'wrong'; there are correct, incorrect, unscored" in error) == (
        2,
        True,
    )


def test_a_task_that_the_run_has_not_is_told(call):
    code, _, error = call("show", "b", "--task", "nope")
    assert (code, "b has no task 'nope'; there are coin_flips" in error) == (2, True)
    assert call("show", "b", "--task", "coin_flips")[0] == 0


def test_an_empty_question_is_refused(call):
    for question in ("", " \n"):
        code, _, error = call("solve", "b/sft/cot", question)
        assert (code, error) == (2, "cotutor: the question is empty\n")


def test_who_reads_a_run_at_work_leaves_its_files_alone(call, tmp_path):
    """The last chunk of a running `collect` is half on the disk."""
    path = tmp_path / "b" / "traces.jsonl"
    whole = path.read_bytes()
    with path.open("ab") as journal:
        journal.write(whole[:100])
    before = contents(tmp_path / "b")
    assert call("show", "b", "--count", "1")[1].endswith("1 shown\n")
    assert call("compare", "a", "b")[0] == 0
    assert contents(tmp_path / "b") == before
