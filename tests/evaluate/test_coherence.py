import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.evaluate.coherence import contradictions
from cotutor.problems import load
from cotutor.records import Problem

PLAIN = Problem.make(task="t", kind="number", question="How many?", gold="1")
(COIN,) = load({"family": "coin_flips", "split": "heldout", "count": 1, "level": 3})


def kinds(text, problem=PLAIN):
    return [found.kind for found in contradictions(problem, text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We know x = 5. Then y = 3. So x = 7.", "letter"),
        ("3R = 105. That gives R = 36.", "letter"),
        ("48 / 2 = 24. Later 48 / 2 = 25.", "sum"),
        ("48/2 = 25. We add 3 + 4 = 7. 48 / 2 = 26.", "sum"),
        ("The total cost is $12. The bag is blue. So the total cost is $15.", "subject"),
        ("Anna's age is 7 years.\nThe age of Ben is 9 years.\nAnna's age is 8 years.", "subject"),
    ],
)
def test_two_values_of_one_thing_are_a_contradiction(text, kind):
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = 5. Let x be the rest. x = 7.",
        "n = 3. n = n + 2. So n = 5.",
        "48/2 = 24. 48/2 = 24.",
        "10 / 3 = 3.3. More exactly, 10 / 3 = 3.33.",
        "The total is 12. He buys 3 more. The total is 15.",
        "The total is 12. Now the total is 15.",
        "The first box is 3 pounds. The second box is 4 pounds.",
        "This is 45. This is 11.",
        "The rope is 3 meters. The rope is 300 centimeters.",
        "48/2 = 25.",
        "",
    ],
)
def test_change_rounding_units_and_mere_untruth_are_none(text):
    assert kinds(text) == []


def test_a_step_of_a_program_that_is_stated_twice_differently():
    names = [move["name"] for move in COIN.program["moves"]]
    lines = [f"After {name}: heads." for name in names]
    assert kinds(" ".join(lines), COIN) == []
    assert kinds(" ".join([*lines, "Now tails."]), COIN) == ["program"]


@given(st.text(max_size=300))
def test_any_text_is_looked_at(text):
    for problem in (PLAIN, COIN):
        for found in contradictions(problem, text):
            assert 0 <= found.at < len(text)
