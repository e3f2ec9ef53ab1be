import json

import pytest
from bench.made_students import says
from typer.testing import CliRunner

from cotutor.errors import BackendError, ConfigError
from cotutor.student import Student
from reason.scripted import PLAIN, samples


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


def answering(*answers):
    return Student(samples(*(f" So.\nThe answer is {one}" for one in answers)), PLAIN)


def voted(answers, **how):
    strategy = {"kind": "self-consistency", "samples": len(answers), "round": len(answers)}
    return answering(*answers).solve("How many?", strategy=strategy, **how)


def test_votes_compare_numbers_as_numbers_and_anything_else_as_text():
    numbers = ("20", "18", "20", "$18", "18.0")
    assert voted(numbers).votes == {"18": 3, "20": 2}
    assert voted(numbers).answer == "18"
    assert voted(numbers, kind="string").answer == "20"
    assert voted(("Room 2", "room 2", "hall 2")).votes == {"room 2": 2, "hall 2": 1}
    assert voted(("18 men", "20", "18", "20 %"), kind="number").votes["18"] == 2
    dates = ("2024-05-01", "May 2, 2024", "May 1, 2024")
    assert voted(dates, kind="date").answer == "2024-05-01"
    with pytest.raises(ConfigError, match="no kind 'nombre'; there are number, "):
        voted(numbers, kind="nombre")


def test_the_kind_changes_no_sample(folder):
    student = Student.load(folder)
    how = {"strategy": {"kind": "self-consistency", "samples": 4, "temperature": 3}, "seed": 5}
    one, other = student.solve("Who?", **how), student.solve("Who?", kind="string", **how)
    assert one.tokens == other.tokens


def test_the_bare_name_of_a_strategy_stands_for_its_defaults():
    solution = answering(*["7"] * 8).solve("How many?", strategy="self-consistency")
    assert solution.votes == {"7": 4}  # of 8 the other 4 cannot change the winner
    with pytest.raises(ConfigError, match="strategy"):
        answering().solve("How many?", strategy="guess")


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
