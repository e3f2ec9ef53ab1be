import pytest

from cotutor.problems import load, overlap
from cotutor.records import Problem


@pytest.fixture
def folder(data_dir, monkeypatch):
    monkeypatch.setenv("COTUTOR_DATA", str(data_dir))


def problem(question, task="own", **rest):
    return Problem.make(task=task, kind="number", question=question, gold="1", **rest)


def report(name):
    return overlap(load(f"{name}:train"), load(f"{name}:test")).sentences()


def test_the_published_leaks_of_the_default_splits_are_named(folder):
    twins, templates = report("multiarith")
    assert twins.startswith("multiarith: 77 of 180 tested questions have a twin")
    assert "5 of them word for word" in twins
    assert "of 120 templates are on both sides" in templates
    *_, templates = report("date_understanding")
    assert templates == (
        "date_understanding: 39 of 41 templates are on both sides, with 111 of 111 tested questions"
    )


def test_templates_are_found_where_the_data_names_none(folder):
    (told,) = report("svamp")
    assert "templates are on both sides" in told


@pytest.mark.parametrize("name", ["multiarith", "date_understanding", "svamp"])
def test_a_split_by_template_leaks_no_template(folder, name):
    sides = (load(f"{name}:{side}@template") for side in ("train", "test"))
    (leak,) = overlap(*sides).leaks
    assert (leak.exact, leak.shared, leak.seen) == (0, 0, 0)


def test_a_leak_from_another_task_counts_for_the_tested_one():
    train = [problem("Ann has 3 big red hens. How many eggs does she get?", task="farm")]
    tested = [
        problem("Bob has 5 big red hens. How many eggs does she get?", task="barn"),
        problem("Is the sea deep off the coast of Oslo?", task="barn"),
    ]
    (leak,) = overlap(train, tested).leaks
    assert (leak.task, leak.masked, leak.templates, leak.shared, leak.seen) == ("barn", 0, 2, 1, 1)


def test_made_problems_share_wordings_and_leak_nothing(caplog):
    sides = (load({"family": "all", "split": side, "count": 40}) for side in ("train", "heldout"))
    assert overlap(*sides).sentences() == []
    assert not caplog.text
