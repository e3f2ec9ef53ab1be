"""What is refused and told of the sets of a run, before any work."""

import json

import pytest

from cotutor.config import check_config
from cotutor.errors import ConfigError, DataError
from cotutor.stages import open_run
from cotutor.stages.sets import read_set
from cotutor.verify import DEFAULT


@pytest.fixture
def config(tmp_path):
    """A run of three files, whose rows and settings can be changed."""

    def make(*, evaluate=None, heldout=None, also=None, **changed):
        rows = {
            "train": [row(f"tr{n}", f"What is {n} plus 1?", n + 1) for n in range(5)],
            "heldout": heldout or [row(n, f"Double of {n}?", 2 * n) for n in range(3)],
            "also": also or [row(f"al{n}", f"Legs of {n} spiders?", 8 * n) for n in range(3)],
        }
        raw = {
            "name": "x",
            "problems": {name: write(tmp_path, name, rows[name]) for name in ("train", "heldout")},
            "teacher": {"generator": "human"},
            "students": [{"name": "a"}],
            "evaluate": {
                "also": {"other": write(tmp_path, "also", rows["also"])},
                "retention": None,
            }
            | (evaluate or {}),
        }
        return check_config(raw | changed, "test")

    return make


def row(name, question, answer, **more):
    return {"id": str(name), "question": question, "answer": answer, **more}


def write(folder, name, rows):
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {"file": str(path), "kind": "number"}


def test_an_id_that_stands_for_two_problems_is_refused_by_the_key_of_its_set(config, tmp_path):
    also = [row(n, f"Legs of {n} spiders?", 8 * n) for n in range(3)]
    told = "evaluate.also.other: the id '0' is another problem than in problems.heldout"
    with pytest.raises(DataError, match=told):
        open_run(config(also=also), tmp_path / "run")
    same = [row(n, f"Double of {n}?", 2 * n) for n in range(3)]
    run = open_run(config(also=same), tmp_path / "run")
    assert [problem.id for problem in run.asked] == ["0", "1", "2"]


def test_a_training_question_in_a_further_set_is_refused_by_its_key(config, tmp_path):
    also = [row("al", "What is 3 plus 1?", 4)]
    with pytest.raises(DataError, match=r"^evaluate.also.other: held-out problem al has the quest"):
        open_run(config(also=also), tmp_path / "run")


@pytest.mark.parametrize(
    ("kind", "golds", "is_refused"),
    [
        ("number", ("4", "5"), True),
        ("number", ("4", "4.0"), False),
        ("number", ("1000", "1,000"), False),
        ("yes_no", ("yes", "no"), True),
        ("yes_no", ("yes", "Yes"), False),
    ],
)
def test_a_question_with_two_answers_is_refused_where_the_verifier_tells_them_apart(
    tmp_path, kind, golds, is_refused
):
    rows = [row("a", "How?", golds[0]), row("b", "Why?", golds[0]), row("c", " How? ", golds[1])]
    source = write(tmp_path, "x", rows) | {"kind": kind}
    if not is_refused:
        assert len(read_set("problems.train", source, DEFAULT, seed=0)[0]) == 3
        return
    with pytest.raises(DataError) as told:
        read_set("problems.train", source, DEFAULT, seed=0)
    path = tmp_path / "x.jsonl"
    assert str(told.value) == (
        f"problems.train: {path} line 3 (id c) has the question of {path} line 1 (id a) and another"
        f" answer, {golds[1]!r} for {golds[0]!r}"
    )


def test_a_published_question_with_two_answers_is_told_and_not_refused(tmp_path):
    rows = [row("gsm8k-1", "How?", 4), row("gsm8k-2", "How?", 5)]
    source = write(tmp_path, "x", rows) | {"task": "gsm8k"}
    problems, told = read_set("problems.train", source, DEFAULT, seed=0)
    assert len(problems) == 2
    assert "line 2 (id gsm8k-2) has the question of" in told[0]


def test_choices_of_one_text_are_told(tmp_path):
    rows = [row("a", "Which?", "A", choices=["x", "y"]), row("b", "Who?", "B", choices=["z", "z"])]
    source = write(tmp_path, "x", rows) | {"kind": "choice"}
    _, told = read_set("problems.train", source, DEFAULT, seed=0)
    assert told == [
        "problems.train: 1 of 2 problems have two choices of one text, which count as one answer;"
        f" the first is {tmp_path / 'x.jsonl'} line 2 (id b)"
    ]


def test_samples_that_nobody_keeps_and_probes_that_nobody_makes_are_told(config, tmp_path, caplog):
    made = config(
        teacher={"generator": "symbolic", "samples": 6},
        students=[{"name": "nine", "samples": 9}, {"name": "three", "samples": 3}],
        curate={"per_problem": 3},
        evaluate={"temperature": 0.5},
    )
    run = open_run(made, tmp_path / "run")
    cautions = [told for told in run.warnings if "templates" not in told]
    assert cautions == [
        "evaluate.temperature is above 0: no reasoning is probed, probes need greedy attempts",
        "nine is to have 9 samples, and at most 3 traces of a problem are there for it:"
        " teacher.samples is 6, curate.per_problem 3",
    ]
    assert set(cautions) <= {record.getMessage() for record in caplog.records}


def test_a_few_shot_strategy_needs_a_trained_task(config, tmp_path):
    chosen = {"strategies": ["direct", "few-shot-cot"]}
    told = r"evaluate.strategies.1: direct few-shot-cot .* no training problems of heldout"
    with pytest.raises(ConfigError, match=told):
        open_run(config(evaluate=chosen), tmp_path / "run")
    answers = [{"name": "a", "reasoning": "none"}]
    open_run(config(evaluate=chosen, students=answers), tmp_path / "run")
