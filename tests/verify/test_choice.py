import pytest

from cotutor.records import Problem
from cotutor.verify import DEFAULT, choice


def make(*texts: str) -> Problem:
    choices = [{"label": "ABCDEFGHI"[i], "text": text} for i, text in enumerate(texts)]
    return Problem.make(task="t", question="q", gold="A", kind="choice", choices=choices)


BALLS = make("blue ball", "black ball", "ball", "Karl", "none of the above")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("C", "C"), ("c", "C"), (" (c). ", "C"), ("C.", "C"), ("C)", "C"), ("[C]", "C"),
        ("**C**", "C"), ("C) ball", "C"), ("c) ball", "C"), ("C: ball", "C"), ("(C) ball", "C"),
        ("C because B and A swap", "C"), ("A is right", "A"), ("A.", "A"), ("A, blue ball.", "A"),
        ("option C", "C"), ("It is (C).", "C"), ("most likely D", "D"), ("closest to D, 35%", "D"),
        ("not A but (B)", "B"), ("Because he swaps, the answer is D.", "D"),
        ("A blue ball", "A"), ("the black ball", "B"), ("Claire has the black ball.", "B"),
        ("Karl", "D"), ("None of the above.", "E"), ("D. \n\nA has 5 horses", "D"),
        ("C. Is it (A)? No.", "C"), ("option c", "C"), ("Choice: C", "C"), ("- C", "C"),
        ("I would go with C.", "C"), ("Looking at all, C is the best.", "C"), ("{C}", "C"),
    ],
)  # fmt: skip
def test_a_label_or_a_text_names_its_choice(text, label):
    assert choice.read(text, BALLS) == [label]


@pytest.mark.parametrize(
    "text",
    ["(A) or (B)", "A or B", "C, D", "either C or D", "A/B", "It is (C). Or is it (D)?",
     "the blue ball or Karl", "(A)(B)", "(A) blue ball or (B)", "C or maybe D",
     "(A)... no, (B)", "Karl (C)"],
)  # fmt: skip
def test_a_hedge_names_several(text):
    assert len(choice.read(text, BALLS)) > 1


@pytest.mark.parametrize(
    "text",
    ["", "Because", "All", "Dan did it", "A man", "A bell", "Answer", "ABC", "D-day", "B's", "E.T.",
     "neither A nor B", "not (C)", "football", "not the black ball", "It is not Karl", "I think so",
     "f(x)", "C is wrong", "A is not right", "Not (C)", "It isn't Karl", "Karl is wrong", "C++"],
)  # fmt: skip
def test_a_capital_letter_in_a_word_names_nothing(text):
    assert choice.read(text, BALLS) == []


@pytest.mark.parametrize(
    "text",
    ["C major", "It is C major", "vitamin C", "I take vitamin C", "B flat", "D minus", "C°",
     "plan B", "I like plan B", "grade C", "C over D", "rather C than D", "C? I am not sure.",
     "Is it C?", "C? D?", "Nobody picked (C)", "far from (C)", "If (C) then stop", "wrong: B",
     "Exclude B.", "I doubt it is C"],
)  # fmt: skip
def test_a_label_that_is_part_of_a_phrase_asked_or_denied_names_nothing(text):
    assert choice.read(text, BALLS) == []


@pytest.mark.parametrize(
    "text",
    ["That leaves C.", "=> C", "Final: C", "Result: C", "answer - c", "The others fail, leaving C.",
     "We get C", "So we pick C", "Hence, C", "No, C.", "Perhaps C", "D versus C: C.", "C ball",
     "C probably", "C for sure", "C most likely", "C by elimination", "C — because it rolls",
     "D? No, C."],
)  # fmt: skip
def test_a_label_that_closes_a_statement_or_is_followed_by_grammar_is_named(text):
    assert choice.read(text, BALLS) == ["C"]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("C maybe D", ["C", "D"]),
        ("C Karl", ["C", "D"]),
        ("A, black ball.", ["A", "B"]),
        ("A) Claire has the black ball", ["A", "B"]),
        ("B) Claire has the black ball", ["B"]),
        ("C: 36.", ["C"]),  # the text of no choice
        ("D. Karl", ["D"]),
    ],
)
def test_a_label_with_the_text_of_another_choice_contradicts_itself(text, labels):
    assert choice.read(text, BALLS) == labels


def test_a_number_inside_another_number_names_no_choice():
    numbers = make("20", "200", "5")
    assert choice.read("200 meters", numbers) == ["B"]
    assert choice.read("1,200", numbers) == []
    assert choice.read("10.5", numbers) == []
    assert choice.read("25%", numbers) == []


def test_choices_of_the_same_text_are_the_same_answer():
    twins = make("8.75", "8.79", "8.75")
    assert choice.equal("A", "C", twins, DEFAULT)
    assert choice.read("8.75", twins) == choice.read("A or C", twins) == ["A"]
    assert not choice.equal("A", "B", twins, DEFAULT)
    assert choice.wrong(twins) == "B"


def test_texts_that_are_all_the_same_tell_nothing_apart():
    broken = make("kmph", "kmph", "kmph")
    assert not choice.equal("A", "C", broken, DEFAULT)
    assert choice.wrong(broken) == "B"


def test_without_listed_choices_the_labels_are_a_to_e():
    bare = Problem.make(task="t", question="q", gold="B", kind="choice")
    assert choice.read("(e)", bare) == ["E"]
    assert choice.read("(f)", bare) == []


def test_labels_need_not_be_letters():
    numbered = Problem.make(
        task="t", question="q", gold="2", kind="choice",
        choices=[{"label": "1", "text": "red"}, {"label": "2", "text": "blue"}],
    )  # fmt: skip
    assert choice.read("(2) blue", numbered) == ["2"]
    assert choice.read("blue", numbered) == ["2"]


def test_a_choice_that_is_a_number_is_compared_as_one():
    sums = make("$12", "$1.20", "3/4")
    assert choice.read("12.00", sums) == ["A"]
    assert choice.read("\\frac{3}{4}", sums) == ["C"]
    assert choice.read("120", sums) == []
