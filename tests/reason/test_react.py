import pytest

from cotutor.errors import ConfigError, DataError
from cotutor.format import FORMATS
from cotutor.generate.writing import Written
from cotutor.reason import React
from cotutor.reason.settings import CalculatorTool, CalendarTool, LookupTool, PythonTool
from cotutor.reason.tools import make_tools
from cotutor.verify import decide
from reason.scripted import number, run, samples


def act(tool, text, thought="Hm."):
    return f"Thought: {thought}\nAction: {tool}[{text}]"


def use(settings, text):
    (tool,) = make_tools([settings]).values()
    return tool.observe(text)


def test_an_observation_is_put_in_and_writing_goes_on():
    made_up = f"{act('calculator', '3 + 4')}\nObservation: 99\nAction: Finish[99]"
    writer = samples(made_up, act("Finish", "7"))
    solution = run(React(), writer)
    second = writer.calls[1][0]
    assert second.begun == f"{act('calculator', '3 + 4')}\nObservation: 7\n"
    assert "calculator[text]" in second.prompt
    assert second.prompt.endswith("Question: What is it?\n")
    assert decide(number(), solution.trace).outcome == "correct"
    assert "Observation: 7" in solution.trace.completion
    assert solution.ended == "answered"
    assert [(node.parent, node.is_kept) for node in solution.nodes] == [(None, True), (0, True)]
    assert solution.completion_tokens == solution.trace.completion_tokens


def test_what_goes_wrong_with_a_tool_is_observed():
    writer = samples(
        act("search", "x"), act("calculator", "1/0"), act("lose", "x"), act("Finish", "7")
    )
    lose = PythonTool(name="lose", call="reason.test_react.lose")
    solution = run(React(tools=(CalculatorTool(), lose)), writer)
    seen = [node.text.partition("Observation: ")[2].strip() for node in solution.nodes]
    assert seen[0] == "error: no tool 'search'; there are calculator, lose, Finish"
    assert seen[1] == "error: this cannot be worked out"
    assert seen[2] == "error: KeyError: 'lost x'"
    assert solution.counts == {"tool errors": 3}
    assert decide(number(), solution.trace).outcome == "correct"


def lose(text):
    raise KeyError(f"lost {text}")


def shout(text):
    return f"{text}\n!" * 500


def test_the_same_action_twice_ends_it():
    same = act("calculator", "3 + 4")
    solution = run(React(), samples(same, same, act("Finish", "7")))
    assert solution.ended == "loop: calculator[3 + 4] a second time"
    assert solution.calls == 2
    assert decide(number(), solution.trace).reason == "no answer"


def test_there_are_so_many_steps_and_no_more():
    writer = samples(*[act("calculator", n) for n in range(9)])
    solution = run(React(steps=3), writer)
    assert (solution.ended, solution.calls) == ("step limit", 3)
    assert decide(number(), solution.trace).reason == "no answer"


def test_the_students_own_mark_ends_it_and_a_text_without_action_is_no_answer():
    solution = run(React(), samples("Thought: easy.\nThe answer is 7"))
    assert (solution.ended, decide(number(), solution.trace).outcome) == ("answered", "correct")
    solution = run(React(), samples("Thought: hard."))
    assert (solution.ended, decide(number(), solution.trace).reason) == ("no action", "no answer")


def test_an_answer_that_holds_the_mark_and_a_failed_call_are_told():
    solution = run(React(), samples(act("Finish", "The answer is 7")))
    assert solution.ended == "the answer holds the format's mark"
    failed = Written("", "error", 0, 0, error="no route")
    solution = run(React(), samples(act("calculator", "1"), failed))
    assert (solution.ended, solution.trace.error) == ("no route", "no route")


@pytest.mark.parametrize("name", ["paper", "chat", "instruct", "zero-shot"])
def test_the_answer_is_read_whatever_the_format(name):
    solution = run(
        React(), samples(act("calculator", "3+4"), act("Finish", "7")), fmt=FORMATS[name]
    )
    assert decide(number(), solution.trace).answer == "7"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("(3 + 4) * 2", "14"),
        ("22/7", "3.1429"),
        ("1/8 =", "0.125"),
        ("1,000 × 3", "3000"),
        ("-1/3", "-0.3333"),
        ("2^99999", None),
        ("__import__('os')", None),
        ("x + 1", None),
        ("(" * 500, None),
        ("", None),
    ],
)
def test_the_calculator_is_exact_and_evaluates_nothing(text, seen):
    told = use(CalculatorTool(), text)
    assert told == ((seen, True) if seen else ("error: this cannot be worked out", False))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2024-02-28 + 2 days", "2024-03-01"),
        ("March 31, 2021 - 1 month", "2021-02-28"),
        ("29 February 2024 + 1 year", "2025-02-28"),
        ("2024-01-01 - 3 weeks", "2023-12-11"),
        ("2024-05-01 - 2024-03-01", "61 days"),
        ("weekday 2024-02-29", "Thursday"),
        ("day of the week of March 1, 2024", "Friday"),
        ("2021-02-29 + 1 day", "error: '2021-02-29' is no day"),
        ("9999-12-31 + 1 day", "error: that day is in no calendar"),
        ("2021-01-01 - 999999 years", "error: that day is in no calendar"),
        ("tomorrow", "error: ask for DATE + N days"),
    ],
)
def test_the_calendar_knows_days(text, seen):
    assert use(CalendarTool(), text)[0].startswith(seen)


def test_a_row_of_the_users_table_is_looked_up(tmp_path):
    table = tmp_path / "cities.csv"
    table.write_text("city,people,river\nUlm,126000,Danube\nBonn,330000,Rhine\n")
    tool = LookupTool(file=str(table), key="city")
    assert use(tool, " ulm ") == ("people: 126000; river: Danube", True)
    one = LookupTool(file=str(table), key="city", values=("river",))
    assert use(one, "Bonn") == ("river: Rhine", True)
    assert use(tool, "Bon") == ("error: no city 'Bon'; there is Bonn", False)


def test_a_users_callable_gets_the_text_and_long_results_are_cut_to_one_line():
    seen, is_done = use(PythonTool(name="shout", call="reason.test_react.shout"), "hey")
    assert is_done
    assert seen.startswith("hey !hey !")
    assert seen.endswith("... (cut)")
    assert "\n" not in seen


@pytest.mark.parametrize(
    ("tools", "error", "sentence"),
    [
        ([PythonTool(name="a", call="no.such.thing")], ConfigError, "'no.such.thing' cannot be im"),
        ([PythonTool(name="a", call="len")], ConfigError, "'len' cannot be imported"),
        ([PythonTool(name="a", call="math.pi")], ConfigError, "'math.pi' cannot be called"),
        ([CalculatorTool(), CalculatorTool()], ConfigError, "the name 'calculator' is taken"),
        ([CalculatorTool(name="finish")], ConfigError, "the name 'finish' is taken"),
        ([LookupTool(file="none.csv", key="a")], DataError, "there is no file none.csv"),
    ],
)
def test_tools_that_cannot_be_had_are_one_sentence(tools, error, sentence):
    with pytest.raises(error, match=sentence):
        make_tools(tools)


def test_a_table_without_the_column_names_the_line(tmp_path):
    table = tmp_path / "t.jsonl"
    table.write_text('{"a": 1}\n')
    with pytest.raises(DataError, match="line 1 has no column 'b'; it has a"):
        make_tools([LookupTool(file=str(table), key="b")])
