import json
import sys

import pytest
import yaml

from cotutor import cli
from cotutor.config import load_config
from cotutor.problems import load
from tiny_models import save_tiny


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command line in this process and return what it printed."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["cotutor", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert ended.value.code == 0, printed.err
        return printed.out

    return run


@pytest.fixture
def refusal(monkeypatch, capsys):
    """Run the command line in this process and return the sentence with which it refuses."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["cotutor", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
        return capsys.readouterr().err

    return run


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


TRACES = [
    {"completion": "so 4", "gold": "4", "kind": "number"},
    {"completion": "5", "gold": "4", "kind": "number"},
    {"completion": "B.", "gold": "B", "kind": "choice", "choices": ["A", "B"]},
    {"completion": "hm", "gold": "yes", "kind": "yes_no"},
]


def test_verify_judges_every_row_in_order(command, tmp_path):
    file, out = lines(tmp_path / "t.jsonl", TRACES), tmp_path / "v.jsonl"
    summary = json.loads(command("verify", file, "--out", out, "--json"))
    assert {key: summary[key] for key in ("n", "correct", "incorrect", "unscored", "accuracy")} == {
        "n": 4, "correct": 2, "incorrect": 2, "unscored": 0, "accuracy": 0.5,
    }  # fmt: skip
    assert summary["reasons"] == {"mismatch": 1, "no answer": 1}
    outcomes = [json.loads(line)["outcome"] for line in out.read_text().splitlines()]
    assert outcomes == ["correct", "incorrect", "correct", "incorrect"]


def test_verify_takes_fields_kind_and_choices_from_the_command_line(command, tmp_path):
    rows = [{"text": "the answer is (C)", "right": "C"}, {"text": "(D)", "right": "C"}]
    file = lines(tmp_path / "t.jsonl", rows)
    told = command(
        "verify", file, "--map", "completion=text", "--map", "gold=right", "--choices", "ABCD"
    )
    assert told.startswith("2 traces: 1 correct, 1 incorrect, 0 unscored; accuracy 50.00%")


def test_verify_agrees_with_the_recorded_judgement_of_coin_flips(command, data_dir):
    file = data_dir / "teacher" / "coin_flip__text-davinci-002__zero_shot_cot.jsonl"
    told = command(
        "verify", file, "--kind", "yes_no", "--map", "completion=answer_prompt_output", "--json"
    )
    assert json.loads(told)["correct"] == 457


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([{"problem": f"{n}?", "answer": str(n)} for n in range(40)], "number"),
        ([{"question": f"{n}?", "label": "yes"} for n in range(40)], "yes_no"),
        ([{"question": f"{n}?", "answer": "word"} for n in range(40)], "string"),
        (
            [{"question": f"{n}?", "answer": "A", "options": ["x", "y"]} for n in range(40)],
            "choice",
        ),
    ],
)
def test_init_writes_a_run_file_for_your_data(command, tmp_path, monkeypatch, rows, kind):
    monkeypatch.chdir(tmp_path)
    lines(tmp_path / "mine.jsonl", rows)
    told = command("init", "mine.jsonl")
    assert "run.heldout.jsonl (8 rows): a fifth of the questions is held out" in told
    config = load_config(tmp_path / "run.yaml")
    assert config.problems.train[0].kind == kind
    sides = [
        (tmp_path / f"run.{side}.jsonl").read_text().splitlines() for side in ("train", "heldout")
    ]
    assert sorted(
        json.loads(line)[next(iter(rows[0]))] for side in sides for line in side
    ) == sorted(row[next(iter(rows[0]))] for row in rows)
    assert len(sides[1]) == 8
    assert "# " in (tmp_path / "run.yaml").read_text()


MIXED = [
    {"question": "1 + 1?", "answer": "2", "kind": "number", "task": "sums"},
    {"question": "2 + 1?", "answer": "3", "kind": "number", "task": "sums"},
    {"question": "Is it?", "answer": "yes", "kind": "yes_no", "task": "facts"},
    {"question": "Which?", "answer": "A", "kind": "choice", "choices": ["x", "y"], "task": "facts"},
]


def test_init_takes_kind_and_task_from_the_rows_that_have_them(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines(tmp_path / "mixed.jsonl", MIXED)
    command("init", "mixed.jsonl")
    config = load_config(tmp_path / "run.yaml")
    assert config.problems.train[0].kind is None
    found = load((*config.problems.train, *config.problems.heldout))
    assert {(p.question, p.kind, p.task) for p in found} == {
        ("1 + 1?", "number", "sums"),
        ("2 + 1?", "number", "sums"),
        ("Is it?", "yes_no", "facts"),
        ("Which? Answer choices: (A) x, (B) y.", "choice", "facts"),
    }


@pytest.mark.parametrize(
    ("field", "values"),
    [("kind", ["easy", "hard", "easy", "hard"]), ("task", ["Add.", "Add it.", "Say.", "Choose."]),
     ("choices", [None, "", [], None])],
)  # fmt: skip
def test_init_leaves_out_a_field_that_says_something_else(
    command, tmp_path, monkeypatch, field, values
):
    monkeypatch.chdir(tmp_path)
    rows = [{"question": f"{n}?", "answer": str(n), field: value} for n, value in enumerate(values)]
    lines(tmp_path / "mine.jsonl", rows)
    command("init", "mine.jsonl")
    (source,) = load_config(tmp_path / "run.yaml").problems.train
    assert (source.kind, source.map.model_dump(exclude_none=True)) == (
        "number",
        {"question": "question", "gold": "answer"},
    )


def test_init_refuses_rows_of_which_some_have_choices_or_kinds(tmp_path, monkeypatch, refusal):
    monkeypatch.chdir(tmp_path)
    without = [{key: value for key, value in row.items() if key != "kind"} for row in MIXED]
    lines(tmp_path / "mixed.jsonl", without)
    told = refusal("init", "mixed.jsonl")
    assert "mixed.jsonl line 4 has choices and mixed.jsonl line 1 has none: give every row" in told
    lines(tmp_path / "some.jsonl", [*MIXED, {"question": "3?", "answer": "3"}])
    told = refusal("init", "some.jsonl")
    assert "some.jsonl line 5 has the kind None, where other rows have one of number" in told


def test_init_prints_a_command_that_a_shell_takes(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines(tmp_path / "mixed.jsonl", MIXED)
    assert "`cotutor run 'sp ace/r.yaml' --dry-run`" in command(
        "init", "mixed.jsonl", "--out", "sp ace/r.yaml"
    )


def test_init_cuts_the_answer_out_of_a_worked_solution(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [{"question": f"{n}?", "answer": f"It is {n}.\n#### 1,{n:03}"} for n in range(9)]
    lines(tmp_path / "gsm.jsonl", rows)
    command("init", "gsm.jsonl")
    config = load_config(tmp_path / "run.yaml")
    found = load((*config.problems.train, *config.problems.heldout))
    assert sorted(problem.gold for problem in found) == [f"1,{n:03}" for n in range(9)]
    assert {problem.kind for problem in found} == {"number"}


@pytest.mark.parametrize("out", ["my run.yaml", "übung.yaml", "2024.yaml", "1e5.yaml", "null.yaml"])
def test_init_writes_what_it_can_read_whatever_it_is_called(command, tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "MODEL").mkdir()
    lines(tmp_path / "MODEL" / "d.jsonl", [{"question": "a", "answer": "b"}])
    held = lines(tmp_path / "held.jsonl", [{"question": "c", "answer": "d"}])
    arguments = ("--heldout", held, "--model", "yes", "--base", "a: b")
    command("init", "MODEL/d.jsonl", *arguments, "--out", out)
    config = load_config(tmp_path / out)
    assert config.problems.train[0].file == "MODEL/d.jsonl"
    assert (config.teacher.model, config.sft.base) == ("yes", "a: b")


def test_init_never_replaces_a_file(tmp_path, monkeypatch, refusal):
    monkeypatch.chdir(tmp_path)
    rows = [{"question": f"{n}?", "answer": str(n)} for n in range(5)]
    data = lines(tmp_path / "run.train.jsonl", rows)
    before = data.read_text()
    assert "run.train.jsonl is there already" in refusal("init", "run.train.jsonl")
    assert data.read_text() == before
    data.rename(tmp_path / "all.jsonl")
    (tmp_path / "run.heldout.jsonl").write_text("mine")
    assert "run.heldout.jsonl is there already" in refusal("init", "all.jsonl")
    assert (tmp_path / "run.heldout.jsonl").read_text() == "mine"
    assert not (tmp_path / "run.train.jsonl").exists()


def test_init_holds_out_one_question_at_least(command, tmp_path, monkeypatch, refusal):
    monkeypatch.chdir(tmp_path)
    rows = [{"question": f"{n}?", "answer": str(n)} for n in range(2)]
    lines(tmp_path / "two.jsonl", rows)
    assert "run.train.jsonl (1 rows) and run.heldout.jsonl (1 rows)" in command("init", "two.jsonl")
    lines(tmp_path / "one.jsonl", rows[:1] * 3)
    assert "one question only" in refusal("init", "one.jsonl", "--out", "b.yaml")
    lines(tmp_path / "none.jsonl", [*rows, {"question": "2?", "answer": None}])
    told = refusal("init", "none.jsonl", "--out", "c.yaml")
    assert "none.jsonl line 3 holds nothing in the field 'answer'" in told


def test_config_prints_every_default(command, tmp_path):
    resolved = yaml.safe_load(command("config"))
    assert resolved["name"] == "demo"
    assert resolved["sft"]["max_length"] == 1024
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(resolved))
    assert yaml.safe_load(command("config", path)) == resolved


def test_doctor_tells_packages_device_and_data(command, monkeypatch, tmp_path):
    monkeypatch.setenv("COTUTOR_DATA", str(tmp_path))
    told = command("doctor")
    assert "transformers   5.23." in told
    assert "holds no benchmarks" in told
    assert "M parameters" in told


def test_show_prints_traces_and_hides_control_characters(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    base = str(save_tiny(tmp_path / "base"))
    rows = [{"question": f"\x1b]0;x\x07{n} + 1?", "answer": str(n + 1)} for n in range(3)]
    lines(tmp_path / "train.jsonl", rows)
    lines(tmp_path / "held.jsonl", [{"question": "7 + 7?", "answer": "14"}])
    traces = [
        {"question": row["question"], "completion": f" \x1b[31mAdd.\nThe answer is {row['answer']}"}
        for row in rows
    ]
    lines(tmp_path / "traces.jsonl", traces)
    run = {
        "name": "small",
        "problems": {"train": {"file": "train.jsonl", "kind": "number"},
                     "heldout": {"file": "held.jsonl", "kind": "number"}},
        "teacher": {"generator": "replay", "name": "me", "format": "plain",
                    "files": ["traces.jsonl"],
                    "map": {"question": "question", "completion": "completion"}},
        "sft": {"base": base},
    }  # fmt: skip
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(run))
    command("curate", "run.yaml")
    told = command("show", "runs/small", "--outcome", "correct", "--count", 2)
    assert told.count("→ correct: read") == 2
    assert "\x1b" not in told
    assert told.count("⟨U+001B⟩") == 4
    assert "2 shown" in told
    assert command("show", "runs/small", "--outcome", "unscored") == "no such trace\n"
