import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import ConfigError
from cotutor.format import TRAINING_FORMATS, format_named, parse
from cotutor.generate.human import NO_MORE, NO_RATIONALE, TESTED, HumanTeacher
from cotutor.problems import load
from cotutor.problems.rationale import reasoning_and_answer
from cotutor.records import Problem, Request
from cotutor.verify import decide

GSM8K = "He has 48/2 = <<48/2=24>>24 left.\nSo 24+1 = <<24+1=25>>25.\n#### 25"


def request(reasoning, split="train", sample=0, gold="25"):
    made = Problem.make(
        task="t", kind="number", question="what?", gold=gold, reasoning=reasoning, split=split
    )
    return Request(problem=made, sample=sample)


def only(request, **options):
    (trace,) = HumanTeacher(**options).generate([request])
    return trace


@pytest.mark.parametrize("name", TRAINING_FORMATS)
def test_a_rationale_becomes_reasoning_and_answer(name):
    trace = only(request(GSM8K), format=name)
    assert (trace.generator, trace.format, trace.finish, trace.error) == (
        "human", name, "stop", None,
    )  # fmt: skip
    assert parse(trace).text == "He has 48/2 = 24 left.\nSo 24+1 = 25."
    assert parse(trace).answer == "25"


def test_calculator_marks_are_kept_where_one_asks_for_them():
    assert "48/2 = <<48/2=24>>24 left" in only(request(GSM8K), keep_marks=True).completion


def test_the_humans_own_answer_stands_even_where_it_is_wrong():
    asked = request("So 26.\n#### 26")
    trace = only(asked)
    assert parse(trace).answer == "26"
    assert decide(asked.problem, trace).outcome == "incorrect"


def test_without_an_answer_of_its_own_a_rationale_has_the_gold_one():
    text = "#### Solution\nIt is so."
    assert parse(only(request(text, gold="7"))).answer == "7"
    assert parse(only(request(text))).text == text


def test_what_is_not_there_is_an_error_and_counted():
    teacher = HumanTeacher()
    asked = [request(None), request(" "), request(GSM8K, sample=1), request(GSM8K, "heldout")]
    traces = list(teacher.generate(asked))
    assert [t.error for t in traces] == [NO_RATIONALE, NO_RATIONALE, NO_MORE, TESTED]
    assert {(t.completion, t.finish) for t in traces} == {("", "error")}
    assert teacher.tally() == {
        f"problems with {NO_RATIONALE}": 2,
        f"problems with {NO_MORE}": 1,
        f"problems with {TESTED}": 1,
    }
    assert decide(asked[3].problem, traces[3]).outcome == "unscored"


def test_a_format_without_reasoning_is_refused():
    with pytest.raises(ConfigError, match="format plain-answer has no place"):
        HumanTeacher(format="plain-answer")


@given(st.text(alphabet="ab #<>=\n12", max_size=60))
def test_a_rationale_survives_being_read(text):
    reasoning, answer = reasoning_and_answer(text)
    assert reasoning == reasoning.strip()
    assert answer is None or ("####" in text and "\n" not in answer)
    whole = format_named("paper").completion(reasoning, answer or "1")
    assert format_named("paper").parse(whole).answer == (answer or "1")


@pytest.mark.parametrize(
    ("name", "missing"),
    [("gsm8k", 0), ("aqua", 0), ("commonsense_qa", 3423), ("strategy_qa", 0)],
)
def test_published_rationales_reach_the_gold_answer(data_dir, monkeypatch, name, missing):
    monkeypatch.setenv("COTUTOR_DATA", str(data_dir))
    problems = load(f"{name}:train")
    teacher = HumanTeacher()
    traces = list(teacher.generate(Request(problem=p) for p in problems))
    assert sum(teacher.tally().values()) == missing
    told = [(p, t) for p, t in zip(problems, traces, strict=True) if t.error is None][
        :: len(problems) // 300
    ]
    assert all(decide(p, t).outcome == "correct" for p, t in told)
    refused = HumanTeacher().generate(Request(problem=p) for p in load(f"{name}:test")[:20])
    assert {t.error for t in refused} == {TESTED}
