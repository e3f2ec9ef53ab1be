"""Every mistake of a user is one sentence that names the place, and exit code 2."""

import json
import resource
import sys

import pytest
import yaml
from bench.made_students import says

from cotutor import cli
from tiny_models import save_tiny

ROWS = [{"question": f"{n} + 1?", "answer": str(n + 1)} for n in range(6)]
HELD = [{"question": f"{n} + 2?", "answer": str(n + 2)} for n in range(6)]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(save_tiny(tmp_path_factory.mktemp("base")))


@pytest.fixture
def world(tmp_path, base, monkeypatch):
    """A folder with a run file that is right in every way, and a function that runs it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COTUTOR_DATA", raising=False)
    lines(tmp_path / "train.jsonl", ROWS)
    lines(tmp_path / "held.jsonl", HELD)
    return World(tmp_path, base)


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


class World:
    def __init__(self, folder, base):
        self.folder = folder
        self.raw = {
            "name": "small",
            "problems": {
                "train": {"file": "train.jsonl", "kind": "number"},
                "heldout": {"file": "held.jsonl", "kind": "number"},
            },
            "teacher": {"generator": "replay", "name": "me", "format": "plain",
                        "files": ["traces.jsonl"],
                        "map": {"question": "question", "completion": "completion"}},
            "students": [{"name": "cot", "samples": 1}],
            "sft": {"base": base, "trainer": {"max_steps": 1}},
            "evaluate": {"compare": ["random"], "max_tokens": 4},
        }  # fmt: skip
        traces = [
            {"question": r["question"], "completion": f" Add.\nThe answer is {r['answer']}"}
            for r in ROWS
        ]
        lines(folder / "traces.jsonl", traces)

    def change(self, path, value):
        *parents, last = path.split(".")
        node = self.raw
        for key in parents:
            node = node[key]
        node[last] = value

    def run(self, *options):
        (self.folder / "run.yaml").write_text(yaml.safe_dump(self.raw))
        return ["run", "run.yaml", *options]


@pytest.fixture
def told(monkeypatch, capsys):
    """Run the command line in this process; return its exit code and its last line of error."""

    def tell(*arguments):
        monkeypatch.setattr(sys, "argv", ["cotutor", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        error = capsys.readouterr().err.strip()
        return ended.value.code, error.splitlines()[-1] if error else ""

    return tell


def test_the_world_is_right_as_it_is(world, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["cotutor", *world.run()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert (world.folder / "runs" / "small" / "report.html").exists()


def test_a_file_that_changed_after_its_stage_ran_is_named(world, told):
    assert told(*world.run())[0] == 0
    path = world.folder / "traces.jsonl"
    path.write_text(path.read_text().replace("Add.", "Count."))
    code, error = told(*world.run())
    named = "small: the content of traces.jsonl changed since stage collect ran; redo it"
    assert (code, named in error) == (2, True)


def rewrite(name, rows):
    def change(world):
        lines(world.folder / name, rows)

    return change


def setting(path, value):
    def change(world):
        world.change(path, value)

    return change


def raw_file(name, content):
    def change(world):
        (world.folder / name).write_bytes(content)

    return change


CHOICES = [{"question": "Which?", "choices": ["x", "y"], "answer": "z"}]
FAMILY = {"family": "coin_flips", "split": "test"}
AWAY = {"model": "m", "base_url": "http://127.0.0.1:9/v1", "retries": 0}

MISTAKES = {
    "a misspelt key": (setting("sfft", {}), "unknown key sfft; did you mean sft?"),
    "a misspelt key below": (
        setting("sft.formt", "plain"),
        "unknown key sft.formt; did you mean format?",
    ),
    "a value of the wrong kind": (setting("sft.max_length", "long"), "sft.max_length: "),
    "a missing problems file": (setting("problems.train.file", "no.jsonl"), "no.jsonl"),
    "a folder for a file": (
        setting("problems.train", {"file": ".", "kind": "number"}),
        "none of the kinds",
    ),
    "a row without an answer": (
        rewrite("train.jsonl", [*ROWS, {"question": "7 + 1?"}]),
        "train.jsonl line 7 has no field 'gold'",
    ),
    "a row with an empty question": (
        rewrite("train.jsonl", [{"question": " ", "answer": "1"}]),
        "train.jsonl line 1 has no question",
    ),
    "duplicate ids": (
        rewrite("train.jsonl", [{"id": "a", **row} for row in ROWS]),
        "line 2 has the id 'a' that",
    ),
    "an unreadable gold": (
        rewrite("train.jsonl", [ROWS[0], {"question": "How?", "answer": "banana"}]),
        "problems.train: train.jsonl line 2: the gold answer 'banana' cannot be read as number",
    ),
    "a question with two answers": (
        rewrite("held.jsonl", [*HELD, {"id": "x", "question": "3  + 2?", "answer": "6"}]),
        "problems.heldout: held.jsonl line 7 (id x) has the question of held.jsonl line 4",
    ),
    "a table that is not there": (
        setting(
            "evaluate.strategies",
            [
                "direct",
                {"kind": "react", "tools": [{"kind": "lookup", "file": "no.csv", "key": "k"}]},
            ],
        ),
        "evaluate.strategies.1: there is no file no.csv",
    ),
    "a scorer that does not exist": (
        setting("evaluate.strategies", [{"kind": "best-of", "samples": 3, "scorer": "oracle"}]),
        "evaluate.strategies.0: best-of-3: no scorer 'oracle'",
    ),
    "a few-shot strategy on a task that is not trained": (
        setting("evaluate.strategies", ["direct", "few-shot-cot"]),
        "evaluate.strategies.1: direct few-shot-cot needs exemplars from training, and there are"
        " no training problems of held",
    ),
    "a line that is no JSON": (
        raw_file("train.jsonl", b'{"question": '),
        "train.jsonl line 1 is not JSON",
    ),
    "a file that is no UTF-8": (
        raw_file("train.jsonl", b"\xff\xfe{}"),
        "train.jsonl line 1 is not UTF-8",
    ),
    "an empty file": (raw_file("train.jsonl", b""), "train.jsonl has no rows"),
    "a mapped field that no row has": (
        setting("problems.train.map", {"question": "frage"}),
        "'frage'",
    ),
    "a gold that is no choice": (
        lambda world: (
            rewrite("train.jsonl", CHOICES)(world),
            world.change("problems.train.kind", "choice"),
        ),
        "'z' of train.jsonl line 1 is none of its choices",
    ),
    "a held-out question that was trained on": (
        rewrite("held.jsonl", ROWS[:1]),
        "has the question of training problem",
    ),
    "a wrong split name": (setting("problems.heldout", FAMILY), "problems.heldout"),
    "an unknown benchmark": (setting("problems.train", "gsm9k:train"), "did you mean gsm8k?"),
    "a benchmark without its data": (setting("problems.train", "coin_flip:train"), "COTUTOR_DATA"),
    "a base that does not exist": (
        setting("sft.base", "./nowhere"),
        "there is no base model at ./nowhere",
    ),
    "a trainer option that is none": (
        setting("sft.trainer", {"max_stepps": 1}),
        "sft.trainer has no option 'max_stepps'; did you mean max_steps?",
    ),
    "a trainer value that is no number": (
        setting("sft.trainer", {"learning_rate": "abc"}),
        "sft.trainer.learning_rate: Input should be a valid number",
    ),
    "a trainer value out of bounds": (
        setting("sft.trainer", {"per_device_train_batch_size": 0}),
        "sft.trainer.per_device_train_batch_size: Input should be greater than or equal to 1",
    ),
    "an adapter value of the wrong kind": (
        lambda world: (
            world.change("sft.method", "lora"),
            world.change("sft.adapter", {"r": "x"}),
        ),
        "sft.adapter.r: Input should be a valid integer",
    ),
    "an unreachable teacher": (
        setting("teacher", {"generator": "endpoint", **AWAY}),
        "the teacher at http://127.0.0.1:9/v1/ cannot be reached",
    ),
    "an unreachable judge": (
        setting("evaluate.rubric", [{"name": "a", "judge": {"question": "Is it?", **AWAY}}]),
        "the judge at http://127.0.0.1:9/v1/ cannot be reached",
    ),
    "recorded traces that are not there": (
        setting("teacher.files", ["gone.jsonl"]),
        "no file gone.jsonl",
    ),
    "a training row that is too long": (
        setting("sft.max_length", 8),
        "more than sft.max_length (8)",
    ),
    "two arms of one name": (
        setting("students", [{"name": "a"}, {"name": "a"}]),
        "two arms are named a",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_ends_with_one_sentence_and_exit_code_2(name, world, told):
    change, sentence = MISTAKES[name]
    change(world)
    code, error = told(*world.run())
    assert sentence in error
    assert error.startswith("cotutor: ")
    assert code == 2


def test_a_base_with_pickled_weights_only_is_refused(world, told, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "config.json").write_text("{}")
    (tmp_path / "old" / "pytorch_model.bin").write_bytes(b"x")
    world.change("sft.base", "./old")
    code, error = told(*world.run())
    assert (code, "holds no safetensors weights" in error) == (2, True)


PLACES = {
    "a file for a run directory": (["run", "run.yaml", "--dir", "held.jsonl"], "held.jsonl"),
    "a file in its path": (["run", "run.yaml", "--dir", "held.jsonl/b"], "held.jsonl/b"),
    "a file to show": (["show", "held.jsonl"], "held.jsonl"),
    "a file to compare": (["compare", "held.jsonl", "folder"], "held.jsonl"),
    "a folder for verdicts": (
        ["verify", "judged.jsonl", "--kind", "number", "--out", "folder"],
        "folder: Is a directory",
    ),
    "a file for a folder": (["init", "train.jsonl", "--out", "held.jsonl/x.yaml"], "held.jsonl: "),
    "a folder that takes no file": (
        ["init", "train.jsonl", "--heldout", "held.jsonl", "--out", "/proc/x.yaml"],
        "cotutor: /proc/x.yaml: ",
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_that_cannot_be_used_is_named(name, world, told):
    world.run()
    (world.folder / "folder").mkdir()
    lines(world.folder / "judged.jsonl", [{"completion": "4", "gold": "4"}])
    arguments, sentence = PLACES[name]
    code, error = told(*arguments)
    assert sentence in error
    assert error.startswith("cotutor: ")
    assert code == 2


def test_a_full_disk_is_told_and_what_was_finished_is_kept(world, told):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        code, error = told(*world.run())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code == 2
    assert "cannot write" in error
    kept = world.folder / "runs" / "small" / "kept.jsonl"
    assert len(kept.read_text().splitlines()) == len(ROWS)
    assert told(*world.run())[0] == 0


def test_a_changed_setting_is_named_and_overwrite_redoes_it(world, told):
    assert told(*world.run())[0] == 0
    world.change("sft.trainer", {"max_steps": 2})
    code, error = told(*world.run())
    assert code == 2
    assert "sft.trainer.max_steps changed since stage sft/cot ran" in error
    assert told(*world.run("--overwrite"))[0] == 0


def test_a_changed_file_is_a_changed_setting(world, told):
    assert told(*world.run())[0] == 0
    lines(world.folder / "held.jsonl", HELD[:-1])
    code, error = told(*world.run())
    assert (code, "held.jsonl changed since stage problems ran" in error) == (2, True), error


def test_nothing_to_learn_from_is_a_failed_gate(world, told):
    wrong = [{"question": r["question"], "completion": " Hm.\nThe answer is 99"} for r in ROWS]
    lines(world.folder / "traces.jsonl", wrong)
    code, error = told(*world.run())
    assert code == 3
    assert "curation kept none of 6 traces: mismatch 6 (in format plain the answer stands" in error
    assert "behind 'The answer is')" in error


def test_a_missing_run_file_and_a_bad_option_are_told(world, told):
    assert told("run", "none.yaml")[0] == 2
    code, error = told("run", "--frobnicate")
    assert (code, "--frobnicate" in error) == (2, True)


def test_the_other_commands_tell_their_mistakes(world, told):
    code, error = told("show", "runs/none")
    assert (code, "problems.jsonl is missing" in error) == (2, True)
    code, error = told("verify", "train.jsonl", "--kind", "number")
    assert (code, "train.jsonl line 1 has no field 'gold' for the gold" in error) == (2, True)
    code, error = told("init", "train.jsonl", "--out", "traces.jsonl")
    assert (code, "traces.jsonl is there already" in error) == (2, True)
    before = (world.folder / "train.jsonl").read_text()
    code, error = told("verify", "train.jsonl", "--kind", "number", "--out", "./train.jsonl")
    assert (code, "--out train.jsonl is the file that is judged" in error) == (2, True)
    assert (world.folder / "train.jsonl").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--temperature", "0.2"), "--temperature: say it in the strategy, with --set temperature"),
        (("--max-tokens", "9"), "--max-tokens: say it in the strategy, with --set max_tokens=9"),
        (("--kind", "nombre"), "no kind 'nombre'; there are number, choice"),
        (("--set", "scorer=nope"), "no scorer 'nope'; there are likelihood, findings"),
    ],
)
def test_solve_refuses_what_it_would_not_heed(arguments, sentence, told, student):
    code, error = told("solve", student, "What?", "--strategy", "best-of", *arguments)
    assert (code, sentence in error) == (2, True), error


def test_solve_takes_a_kind_for_votes_only(told):
    code, error = told("solve", "anywhere", "What?", "--kind", "number")
    assert (code, "--kind is for the votes of a --strategy" in error) == (2, True)


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return str(says(tmp_path_factory.mktemp("student") / "red", "red"))
