import json
import random
from collections import Counter
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.problems import load
from cotutor.problems.splits import date_templates, name_templates
from cotutor.problems.templates import masked, template_groups

PUBLISHED = {"multiarith": name_templates, "date_understanding": date_templates}


def agreement(a, b):
    """The adjusted Rand index of two groupings (Hubert and Arabie 1985)."""
    together, apart = (
        sum(comb(n, 2) for n in Counter(zip(a, b, strict=True)).values()),
        [sum(comb(n, 2) for n in Counter(side).values()) for side in (a, b)],
    )
    expected = apart[0] * apart[1] / comb(len(a), 2)
    return (together - expected) / (sum(apart) / 2 - expected)


def questions_of(data_dir, name):
    lines = (data_dir / "benchmarks" / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line)["question"] for line in lines]


def test_the_index_of_agreement_is_that_of_the_textbook():
    assert agreement([0, 0, 1, 1], [1, 1, 0, 0]) == 1
    assert agreement([0, 0, 1, 2], [0, 0, 1, 1]) == pytest.approx(0.571428, abs=1e-6)


@pytest.mark.parametrize(("name", "least"), [("multiarith", 0.99), ("date_understanding", 0.93)])
def test_the_published_templates_are_found(data_dir, name, least):
    questions = questions_of(data_dir, name)
    published = PUBLISHED[name](questions)
    assert agreement(published, template_groups(questions)) >= least
    for seed in range(3):
        order = random.Random(seed).sample(range(len(questions)), len(questions))
        found = template_groups([questions[at] for at in order])
        assert agreement([published[at] for at in order], found) >= 0.92


@pytest.mark.parametrize("alike", [0.6, 0.7])
def test_the_threshold_is_no_lucky_one(data_dir, alike):
    for name, keys in PUBLISHED.items():
        questions = questions_of(data_dir, name)
        assert agreement(keys(questions), template_groups(questions, alike=alike)) >= 0.9


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("coin_flip", (1, 2)),
        ("last_letter_concatenation", (1, 5)),
        ("tracking_shuffled_objects", (20, 80)),
        ("svamp", (500, 800)),
        ("strategy_qa", (2280, 2290)),
    ],
)
def test_a_set_has_as_many_groups_as_it_looks(data_dir, name, groups):
    found = len(set(template_groups(questions_of(data_dir, name))))
    assert groups[0] <= found <= groups[1]


def test_the_wordings_of_a_made_family_are_found():
    problems = load({"family": "last_letters", "split": "train", "count": 300})
    found = template_groups([problem.question for problem in problems])
    assert agreement([problem.template for problem in problems], found) >= 0.95


def test_numbers_and_names_are_masked_in_figures_and_in_words():
    questions = [
        "Ann's 3 cats met twenty-one dogs on 4/5/1999.",
        "The cats will meet Will, Bo and the Cy. Three pay $1,000.",
    ]
    assert masked(questions) == [
        "@ # cats met # dogs on #",
        "the cats will meet will @ and the @ # pay #",
    ]


def test_groups_are_numbered_by_first_appearance():
    red, blue = "How many red hens has {}?", "Is the blue sea of {} really deep today?"
    asked = [red.format("Ann"), blue.format("Oslo"), red.format("Bob"), blue.format("Rome")]
    assert template_groups(asked) == [0, 1, 0, 1]
    assert template_groups([]) == []


@given(st.lists(st.text(alphabet="ab A1'.", max_size=25), max_size=25))
def test_questions_that_differ_in_numbers_only_are_in_one_group(questions):
    twins = [question.replace("1", "7") for question in questions]
    found = template_groups(questions + twins)
    assert found[: len(questions)] == found[len(questions) :]
    assert list(dict.fromkeys(found)) == list(range(len(set(found))))
