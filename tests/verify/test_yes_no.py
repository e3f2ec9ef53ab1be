import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.records import Problem
from cotutor.verify import yes_no
from cotutor.verify.scope import scopes

PROBLEM = Problem.make(task="t", question="q", gold="yes", kind="yes_no")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes", "yes"), ("No.", "no"), (' "Yes".', "yes"), (":\n\nYES", "yes"), ("(no)", "no"),
        ("yes!", "yes"), ("No; heads", "no"), ("TRUE", "yes"), ("false", "no"),
        ("YES, the coin is still heads up.", "yes"),
        ("No, because yes would need a flip.", "no"),
        ("No, no one flipped it.", "no"),
        ("no it is not", "no"),
        ("No\nIn range of a signal", "no"),
        ("most likely No.", "no"),
        ("the same for all three.\n\nYes, the coin is heads up.", "yes"),
        ("It is not true.\nNo.", "no"),
        ("'no'", "no"),
        ("True or false? False.", "no"),
        ("I have no doubt that it is true", "yes"),
    ],
)  # fmt: skip
def test_the_word_is_read_in_its_many_dresses(text, answer):
    assert yes_no.read(text, PROBLEM) == [answer]


@pytest.mark.parametrize(
    "text",
    [
        "Yes or no",
        "yes/no",
        "Maybe yes. Maybe no.",
        "yes and no",
        "No. Yes.",
        "No, wait, yes.",
        "yes, but no",
        "yes and also no",
    ],
)
def test_both_words_are_no_answer(text):
    assert sorted(yes_no.read(text, PROBLEM)) == ["no", "yes"]


@pytest.mark.parametrize(
    "text",
    ["", "not known.", "Noah", "yesterday", "know", "No one knows", "There is no evidence of it.",
     "yes-man", "It is not true.", "nö", "yeſ", "noé", "It isn't true", "not necessarily true",
     "I cannot say yes.", "Chanel No. 5", "it is never true"],
)  # fmt: skip
def test_what_holds_the_letters_alone_is_none(text):
    assert yes_no.read(text, PROBLEM) == []


@pytest.mark.parametrize(
    "text",
    ["Far from a yes", "anything but yes", "no way yes", "Nobody said yes.", "He said yes.",
     "almost a yes", "closer to no than yes", "It would be wrong to say yes", "the opposite of yes",
     "I refuse to say yes", "If yes, then go", "yes?", "Is it yes? I think so.", "True north is up",
     "True or false?", "False teeth", "I doubt yes", "Nobody said the answer is yes."],
)  # fmt: skip
def test_a_word_that_is_denied_supposed_asked_or_quoted_answers_nothing(text):
    assert (
        next((found for scope in scopes(text) if (found := yes_no.read(scope, PROBLEM))), []) == []
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [("It's a yes.", "yes"), ("I'd say no", "no"), ("A resounding no", "no"),
     ("Yes, right?", "yes"),
     ("Without a doubt, yes", "yes"), ("It is true that it floats", "yes"), ("So yes it is", "yes"),
     ("Nothing changed, so yes", "yes"), ("It floats, therefore yes, since wood is light", "yes"),
     ("Nobody flipped the coin. Yes.", "yes"), ("I think yes because it floats", "yes")],
)  # fmt: skip
def test_a_word_that_opens_or_closes_a_clause_answers(text, answer):
    assert yes_no.read(text, PROBLEM) == [answer]


@given(st.sampled_from(["yes", "no"]), st.text(alphabet=" .,!?:;\"'()*\n", max_size=8))
def test_punctuation_never_hides_the_answer(word, dress):
    assert yes_no.read(f"{word.title()}{dress}", PROBLEM) in ([word], [])
    assert yes_no.read(f"{word.upper()}.{dress}", PROBLEM) == [word]
