import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import DataError
from cotutor.records import Problem
from cotutor.store import (
    Journal,
    Manifest,
    changed_keys,
    read_json,
    read_records,
    write_records,
    write_text,
)


def problems(count):
    return [
        Problem.make(task="t", question=f"{n}?", gold=str(n), kind="number") for n in range(count)
    ]


def test_records_are_read_as_written(tmp_path):
    path = tmp_path / "deep" / "problems.jsonl"
    assert write_records(path, problems(3)) == 3
    assert list(read_records(path, Problem)) == problems(3)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text() == "old"


def test_a_bad_line_is_named(tmp_path):
    path = tmp_path / "problems.jsonl"
    path.write_text(problems(1)[0].line() + "\n{}\n")
    with pytest.raises(DataError, match=r"problems\.jsonl line 2: id Field required"):
        list(read_records(path, Problem))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"kept\.jsonl is missing"):
        list(read_records(tmp_path / "kept.jsonl", Problem))
    assert read_json(tmp_path / "none.json") is None


def test_a_file_that_is_no_json_is_named(tmp_path):
    (tmp_path / "m.json").write_text("{")
    with pytest.raises(DataError, match=r"m\.json is not JSON"):
        read_json(tmp_path / "m.json")


@given(
    cut=st.integers(min_value=0, max_value=400), first=st.integers(0, 3), second=st.integers(0, 3)
)
def test_a_journal_cut_anywhere_gives_its_whole_lines_and_goes_on(
    tmp_path_factory, cut, first, second
):
    journal = Journal(tmp_path_factory.mktemp("journal") / "j.jsonl")
    journal.append(problems(first))
    raw = journal.path.read_bytes()[:cut]
    journal.path.write_bytes(raw)
    whole = raw.count(b"\n")
    assert list(journal.read(Problem)) == problems(first)[:whole]
    assert journal.path.read_bytes() == raw
    journal.append(problems(second))
    assert list(journal.read(Problem)) == problems(first)[:whole] + problems(second)


def test_a_journal_keeps_a_line_with_odd_line_separators(tmp_path):
    odd = Problem.make(task="t", question="a\u2028b\x85c\x0bd", gold="1", kind="number")
    journal = Journal(tmp_path / "j.jsonl")
    journal.append([odd])
    assert list(journal.read(Problem)) == [odd]
    write_records(tmp_path / "r.jsonl", [odd])
    assert list(read_records(tmp_path / "r.jsonl", Problem)) == [odd]


def test_a_manifest_is_done_only_when_committed(tmp_path):
    manifest = Manifest(tmp_path, "sft/a")
    assert manifest.read() is None
    manifest.begin({"x": 1})
    assert manifest.read() == {"done": False, "settings": {"x": 1}}
    manifest.commit({"x": 1}, {"rows": 3}, "ab")
    done = {"done": True, "settings": {"x": 1}, "counts": {"rows": 3}, "made": "ab"}
    assert manifest.read() == done


def test_changed_keys_are_named_by_their_path():
    before = {"sft": {"lr": 1, "batch": 8}, "gone": 1, "list": [1, 2]}
    now = {"sft": {"lr": 2, "batch": 8}, "new": None, "list": [1, 3]}
    assert changed_keys(before, now) == ["gone", "list", "sft.lr"]
    assert changed_keys(before, before) == []


def test_items_of_lists_that_hold_keys_are_named_by_number():
    before = {"students": [{"name": "a", "samples": 1}, {"name": "b"}], "also": [[1, 2], [3]]}
    now = {"students": [{"name": "a", "samples": 4}], "also": [[1, 5], [3]]}
    assert changed_keys(before, now) == ["also.0", "students.0.samples", "students.1"]
