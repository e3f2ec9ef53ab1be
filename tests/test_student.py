import json

import pytest
from bench.made_students import says
from typer.testing import CliRunner

from cotutor.errors import BackendError, ConfigError
from cotutor.student import Student


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return says(tmp_path_factory.mktemp("student") / "red", "red")


def test_a_student_gives_steps_answer_and_tokens(folder):
    solution = Student.load(folder).solve("What is 3 plus 4?")
    assert solution.reasoning == "I look at it. I see it."
    assert solution.steps == ["I look at it.", "I see it."]
    assert solution.answer == "red"
    assert solution.tokens == 12
    cut = Student.load(folder).solve("What is 3 plus 4?", max_tokens=4)
    assert (cut.answer, cut.tokens) == (None, 4)


def test_a_strategy_counts_votes(folder):
    student = Student.load(folder)
    strategy = {"kind": "self-consistency", "samples": 4}
    solution = student.solve("What is 3 plus 4?", strategy=strategy)
    assert solution.answer == "red"
    assert solution.tokens == 12 * sum(solution.votes.values())
    with pytest.raises(ConfigError, match="strategy"):
        student.solve("What?", strategy={"kind": "guess"})
    with pytest.raises(ConfigError, match=r"strategy\.samples: "):
        student.solve("What?", strategy={"kind": "self-consistency", "samples": 0})


def test_what_cannot_be_asked_is_told(folder, tmp_path):
    with pytest.raises(BackendError, match="holds no student"):
        Student.load(tmp_path)
    with pytest.raises(BackendError, match="fills the model's context"):
        Student.load(folder).solve("word " * 3000)


def test_solve_prints_steps_and_answer(folder):
    import typer

    from cotutor.cli.solve import solve

    app = typer.Typer()
    app.command()(solve)
    shown = CliRunner().invoke(app, [str(folder), "What is 3 plus 4?"])
    assert shown.output.split() == [
        "1",
        "I",
        "look",
        "at",
        "it.",
        "2",
        "I",
        "see",
        "it.",
        "→",
        "red",
        "12",
        "tokens",
    ]
    arguments = ["-", "--strategy", "self-consistency", "--set", "samples=2", "--json"]
    told = CliRunner().invoke(app, [str(folder), *arguments], input="What is 3 plus 4?\n")
    assert json.loads(told.output)["votes"] == {"red": 2}
