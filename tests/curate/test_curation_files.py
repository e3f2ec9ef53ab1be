import random

import pytest

from cotutor.curate.files import by_problem, writing
from cotutor.errors import DataError
from cotutor.records import Trace
from cotutor.store import Journal, read_records
from curate.some_traces import PROBLEMS, trace, traces


def grouped(path, problems=PROBLEMS, samples=2):
    return [(p.id, [t.id for t in some]) for p, some in by_problem(path, problems, samples)]


def test_traces_come_by_problem_and_sample_however_they_lie_in_the_journal(tmp_path):
    path = tmp_path / "traces.jsonl"
    made = [t for p in PROBLEMS for t in traces(p, "Ünï\u2028code.", "Two.")]
    Journal(path).append(random.Random(0).sample(made, len(made)))
    wanted = [(p.id, [t.id for t in made[2 * n : 2 * n + 2]]) for n, p in enumerate(PROBLEMS)]
    assert grouped(path) == wanted


def test_a_chunk_that_was_asked_again_counts_as_it_came_last(tmp_path):
    path, p = tmp_path / "traces.jsonl", PROBLEMS[0]
    journal = Journal(path)
    journal.append([trace(p, "x", error="timeout"), trace(p, "Second.", sample=1)])
    journal.append([trace(p, "First."), trace(p, "Second.", sample=1)])
    ((_, some),) = by_problem(path, [p], 2)
    assert [t.error for t in some] == [None, None]


def test_traces_of_other_problems_and_samples_are_left_out_and_missing_ones_are_missing(tmp_path):
    path, (p, q, r) = tmp_path / "traces.jsonl", PROBLEMS
    Journal(path).append([*traces(p, "A.", "B.", "C."), *traces(q, "D.")])
    assert [len(ids) for _, ids in grouped(path, [p, r], 2)] == [2, 0]


def test_a_line_that_is_no_trace_is_named(tmp_path):
    path = tmp_path / "traces.jsonl"
    path.write_text(traces(PROBLEMS[0], "A.")[0].line() + "\n{}\n")
    with pytest.raises(DataError, match=r"traces\.jsonl line 2"):
        grouped(path)


def test_the_files_appear_together_at_the_end(tmp_path):
    a, b = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    made = traces(PROBLEMS[0], "A.", "B.")
    with writing(a, b) as (to_a, to_b):
        to_a(made[:1])
        to_a(made[1:])
        to_b([])
        assert not a.exists()
    assert list(read_records(a, Trace)) == made
    assert b.read_text() == ""


def test_when_something_fails_the_old_files_stay_and_nothing_is_left_behind(tmp_path):
    a, b = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    a.write_text("old")

    def fail():
        with writing(a, b) as (to_a, _):
            to_a(traces(PROBLEMS[0], "A."))
            raise RuntimeError("gate")

    with pytest.raises(RuntimeError, match="gate"):
        fail()
    assert a.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]
