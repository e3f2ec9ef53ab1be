import pytest

from cotutor.collect import collect
from cotutor.generate.human import NO_RATIONALE, HumanTeacher
from cotutor.generate.mixed import MixedTeachers
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems import load
from cotutor.records import Request
from cotutor.store import Journal

MADE = load({"family": "coin_flips", "split": "train", "count": 6})
PROBLEMS = [
    p.model_copy(update={"reasoning": "I looked."} if at % 2 else {}) for at, p in enumerate(MADE)
]


def mix():
    sloppy = SymbolicTeacher(mistakes=1.0)
    return MixedTeachers([(HumanTeacher(), 1), (SymbolicTeacher(), 3), (sloppy, 2)])


def test_each_teacher_answers_its_own_samples_with_its_name(tmp_path):
    traces = collect(PROBLEMS, mix(), Journal(tmp_path / "t.jsonl"), samples=6, what="t")
    assert [t.generator for t in traces] == ["human", *["symbolic"] * 5] * 6
    assert [(t.problem_id, t.sample) for t in traces] == [
        (p.id, k) for p in PROBLEMS for k in range(6)
    ]
    assert len({t.id for t in traces}) == 36


def test_a_teacher_writes_in_a_mix_what_it_writes_alone():
    alone = SymbolicTeacher().generate(
        Request(problem=p, sample=k) for p in PROBLEMS for k in range(3)
    )
    asked = [Request(problem=p, sample=k) for p in PROBLEMS for k in range(1, 4)]
    assert [t.completion for t in mix().generate(asked)] == [t.completion for t in alone]


def test_tallies_say_whose_they_are():
    teachers = mix()
    assert teachers.name == "human + symbolic"
    list(teachers.generate(Request(problem=p, sample=k) for p in PROBLEMS for k in range(6)))
    assert teachers.tally() == {f"human: problems with {NO_RATIONALE}": 3}


def test_a_sample_that_is_nobodys_is_not_lost():
    with pytest.raises(IndexError, match="sample 6 of 6"):
        list(mix().generate([Request(problem=PROBLEMS[0], sample=6)]))
