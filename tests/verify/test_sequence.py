import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.records import Problem
from cotutor.verify import DEFAULT, VerifySettings, sequence

PROBLEM = Problem.make(task="t", question="q", gold="ant, bee, cow", kind="list")


def lists(text: str) -> list[str]:
    return [str(found) for found in sequence.read(text, PROBLEM)]


def same(answer: str, gold: str, **settings) -> bool:
    (a,), (b,) = sequence.read(answer, PROBLEM), sequence.read(gold, PROBLEM)
    return sequence.equal(a, b, PROBLEM, VerifySettings(**settings))


@pytest.mark.parametrize(
    "text",
    ["ant, bee, cow", "ant,bee,cow", "ant, bee and cow", "ant, bee, and cow", "ant; bee; cow",
     "[ant, bee, cow]", "['ant', 'bee', 'cow']", '"ant", "bee", "cow"', "{ant, bee, cow}",
     "(ant, bee, cow)", "ant\nbee\ncow", "- ant\n- bee\n- cow", "1. ant\n2. bee\n3. cow",
     "Here it is:\n* ant\n* bee\n* cow\nI hope this helps!", "ant -> bee -> cow",
     "The sorted list is: ant, bee, cow.", "It is [ant, bee, cow] (sorted).",
     "Sure! ant, bee, cow", "\\left[ant, bee, cow\\right]", "**ant**, **bee**, **cow**"],
)  # fmt: skip
def test_a_list_is_read_in_its_many_layouts(text):
    assert lists(text) == ["ant, bee, cow"]


@pytest.mark.parametrize("text", ["", "[]", "...", "not ant, bee, cow", ", ,"])
def test_what_holds_no_items_is_no_list(text):
    assert lists(text) == []


def test_an_or_between_items_is_a_hedge():
    assert len(lists("ant, bee or cow")) == 2
    assert len(lists("[1, 2] or [2, 1]")) == 2


@pytest.mark.parametrize(
    ("answer", "gold", "is_same"),
    [
        ("1.0, 2/4", "1, 0.5", True),
        ("1,000 and 2,000", "1000, 2000", True),
        ("1,000, 2,000", "1000, 2000", True),
        ("one, two", "1, 2", True),
        ("1 2 3", "1, 2, 3", True),
        ("Ant, BEE", "ant, bee", True),
        ("ant, bee", "ant, bee, cow", False),
        ("ant, bee, cow, cow", "ant, bee, cow", False),
        ("5 apples, 3 pears", "5 pears, 3 apples", False),
        ("ants, bee", "ant, bee", False),
        ("1, 2, 3", "123", False),
        ("bee, ant", "ant, bee", False),
    ],
)
def test_items_are_compared_as_numbers_or_else_as_text(answer, gold, is_same):
    assert same(answer, gold) is is_same


@pytest.mark.parametrize(
    ("answer", "gold", "is_same"),
    [("bee, ant", "ant, bee", True), ("1, 2, 1", "1, 1, 2", True), ("1, 2, 2", "1, 1, 2", False)],
)
def test_without_order_every_item_still_counts_as_often_as_it_stands(answer, gold, is_same):
    assert same(answer, gold, ordered=False) is is_same


ITEMS = st.lists(st.sampled_from(["ant", "bee", "cow", "1", "2.5", "-3", "1/2"]), min_size=2)


@given(ITEMS, st.sampled_from([", ", ",", "; ", "\n", "\n- "]), st.randoms())
def test_a_list_survives_its_separators_and_in_no_order_any_shuffle(items, separator, random):
    text = separator.join(items)
    assert same(f"- {text}" if separator == "\n- " else text, ", ".join(items))
    shuffled = random.sample(items, len(items))
    assert same(", ".join(shuffled), ", ".join(items), ordered=False)
    problem = PROBLEM.model_copy(update={"gold": ", ".join(items)})
    (wrong,), (gold,) = (sequence.read(x, PROBLEM) for x in (sequence.wrong(problem), problem.gold))
    assert not sequence.equal(wrong, gold, problem, DEFAULT)
