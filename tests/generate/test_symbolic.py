from collections import Counter
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotutor.errors import ConfigError, DataError
from cotutor.format import TRAINING_FORMATS, parse
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems.procedural import FAMILIES, STORIES, problems
from cotutor.records import Problem, Request
from cotutor.verify import decide

EVERY = pytest.mark.parametrize("family", STORIES)


def make(family, count=40, level=None, seed=0):
    return list(problems(family, split="train", seed=seed, count=count, level=level))


def ask(teacher, made, samples=1):
    return list(
        teacher.generate(Request(problem=p, sample=k) for p in made for k in range(samples))
    )


def ways_taken(family, monkeypatch, made, sample):
    """The way in which each problem's sample is solved, seen by listening to all ways."""
    calls, ways = [], FAMILIES[family].ways
    for name, way in list(ways.items()):
        heard = partial(_heard, calls, name, way)
        monkeypatch.setitem(ways, name, heard)
    taken = []
    for problem in made:
        list(SymbolicTeacher().generate([Request(problem=problem, sample=sample)]))
        taken.append(calls[-1])
    monkeypatch.undo()
    return taken


def _heard(calls, name, way, program, hand):
    calls.append(name)
    return way(program, hand)


@given(
    st.sampled_from(STORIES),
    st.integers(1, 8),
    st.integers(min_value=0),
    st.integers(0, 20),
    st.sampled_from(TRAINING_FORMATS),
)
@settings(deadline=None)
def test_without_mistakes_every_solution_comes_to_the_gold(family, level, seed, sample, name):
    (problem,) = make(family, 1, level, seed)
    teacher = SymbolicTeacher(seed=seed, format=name)
    (trace,) = teacher.generate([Request(problem=problem, sample=sample)])
    read = parse(trace)
    assert read.answer == problem.gold
    assert read.is_formatted
    assert decide(problem, trace).outcome == "correct"


@EVERY
def test_eight_samples_are_eight_texts(family):
    made = make(family, 100)
    teacher = SymbolicTeacher()
    for problem in made:
        texts = {parse(trace).text for trace in ask(teacher, [problem], samples=8)}
        assert len(texts) == 8


@EVERY
def test_eight_samples_go_round_all_ways_of_solving(family, monkeypatch):
    made = make(family, 20)
    taken = [ways_taken(family, monkeypatch, made, sample) for sample in range(8)]
    for of_one in zip(*taken, strict=True):
        assert set(of_one) == set(FAMILIES[family].ways)
        assert len(set(of_one)) >= 3


@EVERY
def test_first_samples_of_many_problems_mix_all_ways(family, monkeypatch):
    first = Counter(ways_taken(family, monkeypatch, make(family, 200), 0))
    usual, *others = FAMILIES[family].ways
    assert set(first) == {usual, *others}
    assert 70 <= first[usual] <= 130
    assert max(first[way] for way in others) < 2 * 100 / len(others)


@EVERY
def test_solutions_are_short(family):
    words = [len(t.completion.split()) for t in ask(SymbolicTeacher(), make(family, 50), samples=8)]
    assert max(words) <= 85
    assert sum(words) / len(words) <= 55


@EVERY
def test_solutions_read_as_sentences(family):
    for trace in ask(SymbolicTeacher(), make(family, 50), samples=8):
        text = parse(trace).text
        assert text.endswith(".")
        assert not [ugly for ugly in ("{", "  ", "..", " ,", " .", "None") if ugly in text]


@EVERY
def test_a_fifth_of_the_traces_slip_and_most_slips_reach_the_answer(family):
    made = make(family, 100)
    right, slipping = (ask(SymbolicTeacher(mistakes=m), made, samples=5) for m in (0.0, 0.2))
    changed = [b for a, b in zip(right, slipping, strict=True) if a.completion != b.completion]
    assert len(changed) == pytest.approx(100, abs=35)
    golds = {p.id: p.gold for p in made}
    wrong = [trace for trace in changed if parse(trace).answer != golds[trace.problem_id]]
    assert len(wrong) >= 0.6 * len(changed)


@EVERY
def test_a_teacher_that_always_slips_is_never_left_without_an_answer(family):
    for trace in ask(SymbolicTeacher(mistakes=1.0), make(family, 50, level=1), samples=4):
        assert parse(trace).answer


def test_the_same_request_gets_the_same_trace_in_any_order():
    made = make("dates", 10)
    together = ask(SymbolicTeacher(mistakes=0.5, seed=7), made, samples=3)
    alone = [t for p in reversed(made) for t in ask(SymbolicTeacher(mistakes=0.5, seed=7), [p], 3)]
    assert sorted(together, key=lambda t: t.id) == sorted(alone, key=lambda t: t.id)


def test_another_seed_tells_another_way():
    made = make("arithmetic", 20)
    one, two = ([t.completion for t in ask(SymbolicTeacher(seed=s), made)] for s in (0, 1))
    assert sum(a != b for a, b in zip(one, two, strict=True)) >= 15


def test_a_trace_says_where_it_comes_from():
    (problem,) = make("coin_flips", 1)
    (trace,) = SymbolicTeacher(seed=5, format="paper").generate(
        [Request(problem=problem, sample=2)]
    )
    assert (trace.problem_id, trace.sample, trace.seed) == (problem.id, 2, 5)
    assert (trace.generator, trace.format, trace.finish) == ("symbolic", "paper", "stop")
    assert trace.error is None
    assert trace.completion_tokens is None


def test_many_samples_of_a_tiny_problem_repeat_rather_than_fail():
    (problem,) = make("last_letters", 1, level=1)
    assert len(ask(SymbolicTeacher(), [problem], samples=100)) == 100


def test_a_problem_without_a_program_is_refused():
    problem = Problem.make(task="gsm8k", question="How many?", gold="3", kind="number")
    with pytest.raises(DataError, match=f"problem {problem.id} of 'gsm8k' has no program"):
        ask(SymbolicTeacher(), [problem])


def test_a_program_that_does_not_fit_is_refused():
    (problem,) = make("coin_flips", 1)
    broken = problem.model_copy(update={"program": {**problem.program, "start": "edge"}})
    with pytest.raises(DataError, match=r"its program is none of coin_flips: start: .*heads"):
        ask(SymbolicTeacher(), [broken])


@pytest.mark.parametrize("settings", [{"mistakes": 1.5}, {"mistakes": -0.1}, {"format": "plane"}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError):
        SymbolicTeacher(**settings)
