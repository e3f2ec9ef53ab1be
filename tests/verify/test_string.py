import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.records import Problem
from cotutor.verify import VerifySettings, string


def read(text: str, gold: str = "yajo") -> list[str]:
    problem = Problem.make(task="t", question="q", gold=gold, kind="string")
    return [str(found) for found in string.read(text, problem)]


@pytest.mark.parametrize(
    "text",
    ["yajo", ' "yajo".', "“yajo.”", "'yajo'", "**yajo**", "YAJO", "y-a-j-o", "y a j o",
     '"y a j o".',
     '"y" + "a" + "j" + "o" = "yajo".', "y + a + j + o = yajo", "The word is yajo.",
     'The letters put together are "yajo".', "yajo\n\nI hope this helps!", "yajo. That is all.",
     "y, a, j, o", "'y', 'a', 'j', 'o'", "(yajo)", "It's yajo.", "The word: yajo",
     '"yajo" is the answer.'],
)  # fmt: skip
def test_the_word_is_read_in_its_many_dresses(text):
    assert read(text) == ["yajo"]


@pytest.mark.parametrize(
    "text",
    [
        "yaj",
        "yajoo",
        "ya jo",
        "yájo",
        "yajo or yaja",
        "oyaj",
        "not 'yajo'",
        "the reverse of 'yajo'",
        "yajo. Or yaja.",
    ],
)
def test_another_word_is_another_answer(text):
    assert read(text) not in ([], ["yajo"])


def test_several_quoted_words_are_several_answers():
    assert read('"yajo" or "yaja"') == ["yajo", "yaja"]


@pytest.mark.parametrize(
    ("gold", "text"),
    [("03/14/2021", "03/14/2021."), ("St. Louis", "St. Louis."), ("x = 5", "x = 5"),
     ("new york", "New  York"), ("what is love", "What is love"), ('say "hi" now', 'say "hi" now'),
     ("café", "cafe\u0301"), ("2021-03-14", "2021-03-14")],
)  # fmt: skip
def test_what_the_gold_holds_is_not_cut_away(gold, text):
    assert read(text, gold) == read(gold, gold)


def test_an_equation_is_not_right_for_its_right_side():
    assert read("c = b", "a = b") != read("a = b", "a = b")


@pytest.mark.parametrize("text", ["", " ", "...", '""', "***"])
def test_marks_alone_are_no_answer(text):
    assert read(text) == []


@given(st.text(min_size=1, max_size=30))
def test_a_gold_is_read_as_itself_or_not_at_all(gold):
    assert len(read(gold, gold)) <= 1


def test_a_capital_letter_is_another_answer_where_the_settings_say_so():
    problem = Problem.make(task="t", question="q", gold="Yajo", kind="string")
    (a,), (b,) = string.read("yajo", problem), string.read("Yajo", problem)
    assert string.equal(a, b, problem, VerifySettings())
    assert not string.equal(a, b, problem, VerifySettings(ignore_case=False))
