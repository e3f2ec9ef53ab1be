import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cotutor.errors import ConfigError, DataError
from cotutor.format import FORMATS, TRAINING_FORMATS, Shot, format_named, training_format
from cotutor.records import Problem

PROBLEM = Problem.make(task="t", question="How many?", gold="7", kind="number")
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@pytest.mark.parametrize("name", TRAINING_FORMATS)
@given(reasoning=TEXT, answer=TEXT.filter(str.strip))
def test_parse_gives_back_what_was_written(name, reasoning, answer):
    fmt = training_format(name, reasoning=True)
    assume(fmt.mark.strip() not in answer)
    assume(not fmt.is_chat or not ({"<think>", "</think>"} & {reasoning, answer}))
    assume("think>" not in reasoning + answer)
    parsed = fmt.parse(fmt.completion(reasoning, answer))
    assert (parsed.text, parsed.answer, parsed.is_formatted) == (
        reasoning.strip(),
        answer.strip(),
        True,
    )


@pytest.mark.parametrize("name", TRAINING_FORMATS)
def test_the_answer_only_twin_shares_the_prompt(name):
    with_reasoning = training_format(name, reasoning=True)
    alone = training_format(name, reasoning=False)
    assert with_reasoning.prompt(PROBLEM) == alone.prompt(PROBLEM)
    assert alone.parse(alone.completion(None, "7")).answer == "7"


def test_an_arrow_inside_the_reasoning_is_not_the_answer():
    parsed = FORMATS["paper"].parse(" heads --> tails --> heads again, so --> yes")
    assert parsed.answer == "yes"
    assert parsed.text == "heads --> tails --> heads again, so"


def test_a_completion_without_the_mark_has_no_answer():
    parsed = FORMATS["paper"].parse(" it is 7")
    assert (parsed.answer, parsed.is_formatted) == (None, False)


def test_an_answer_that_holds_the_mark_is_refused():
    with pytest.raises(DataError, match=r"holds .*a mark of format"):
        FORMATS["paper"].completion("x", "a --> b")


def test_the_answering_call_is_split_where_it_began():
    fmt = FORMATS["zero-shot-cot"]
    head = " First, 3 + 4 = 7." + fmt.trigger
    parsed = fmt.parse(head + " 7.", len(head))
    assert (parsed.text, parsed.answer) == ("First, 3 + 4 = 7.", "7.")


def test_another_trigger_is_cut_from_the_reasoning_too():
    head = " So it is B.\nTherefore, among A through C, the answer is"
    parsed = FORMATS["zero-shot-cot"].parse(head + " B.", len(head))
    assert (parsed.text, parsed.answer) == ("So it is B.", "B.")


def test_few_shot_stops_at_the_next_question():
    fmt = FORMATS["few-shot-cot"]
    prompt = fmt.prompt(PROBLEM, [Shot("1+1?", "1 and 1 make 2.", "2")])
    assert prompt == "Q: 1+1?\nA: 1 and 1 make 2. The answer is 2.\n\nQ: How many?\nA:"
    assert fmt.parse(" 3 + 4. The answer is 7.\n\nQ: And? A: The answer is 9.").answer == "7."


def test_a_question_with_braces_is_left_alone():
    problem = Problem.make(
        task="t", question="What is {answer} + {question}?", gold="1", kind="number"
    )
    assert FORMATS["paper"].prompt(problem) == "What is {answer} + {question}? ###"
    shot = Shot("{answer}", "{question}", "{reasoning}")
    text = FORMATS["few-shot-cot"].prompt(problem, [shot])
    assert text.startswith("Q: {answer}\nA: {question} The answer is {reasoning}.\n\n")


def test_a_think_tag_that_the_prompt_opened_is_not_opened_again():
    fmt = FORMATS["chat"]
    written = fmt.completion("because", "7")
    assert fmt.continuing("<think>\n", written) == "because\n</think>\n\n7"
    assert fmt.continuing("", written) == written
    assert fmt.parse("because\n</think>\n\n7").text == "because"


def test_an_unknown_format_is_told():
    with pytest.raises(ConfigError, match="no format 'papers'"):
        format_named("papers")


@pytest.mark.parametrize("name", TRAINING_FORMATS)
def test_a_frame_stands_around_the_reasoning_of_a_completion(name):
    fmt = FORMATS[name]
    lead, gap = fmt.frame()
    written = fmt.completion("One.\nTwo.", "7")
    assert written.startswith(f"{lead}One.\nTwo.{gap}")
    assert fmt.frame(written) == (lead, gap)
    assert FORMATS[f"{name}-answer"].frame() == ("", "")


def test_a_frame_keeps_what_a_student_wrote_otherwise():
    assert FORMATS["plain"].frame("\n\nOne.\n\nThe answer is 7") == ("\n\n", "\n\nThe answer is")
    assert FORMATS["plain"].frame("One, no mark") == (" ", "\nThe answer is")
    assert FORMATS["plain"].frame("The answer is 7") == (" ", "\nThe answer is")
