import csv
import gzip
import json
import logging

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import DataError
from cotutor.problems import load, overlap
from cotutor.problems.choices import with_choices
from cotutor.records import Choice

ROWS = [
    {"question": "What is 1 + 1?", "answer": "2", "id": "a"},
    {"question": "What is 2 + 2?", "answer": "4", "id": "b"},
]


def jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def numbers(path, **more):
    return {"file": str(path), "kind": "number", **more}


def of_choice(tmp_path, row, **more):
    path = jsonl(tmp_path / "choice.jsonl", [{"question": "Which?", **row}])
    return load({"file": path, "kind": "choice", **more})[0]


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def write_gzip(path, rows):
    path.write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in rows).encode()))


def write_parquet(path, rows):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


@pytest.mark.parametrize(
    ("ending", "write"),
    [("jsonl", jsonl), ("jsonl.gz", write_gzip), ("csv", write_csv), ("parquet", write_parquet)],
)
def test_every_kind_of_file_holds_the_same_problems(tmp_path, ending, write):
    write(tmp_path / f"x.{ending}", ROWS)
    first, second = load(numbers(tmp_path / f"x.{ending}"))
    assert (first.id, first.question, first.gold, first.kind) == (
        "a",
        "What is 1 + 1?",
        "2",
        "number",
    )
    assert (second.id, second.task, second.split) == ("b", "x", "train")


def test_a_mapping_renames_every_field(tmp_path):
    row = {
        "q": "Which?",
        "a": "y",
        "options": ["x", "y"],
        "why": "since y",
        "uid": 7,
        "sort": "choice",
    }
    fields = {"question": "q", "gold": "a", "choices": "options", "reasoning": "why", "id": "uid"}
    source = {
        "file": jsonl(tmp_path / "mine.jsonl", [row]),
        "map": fields | {"kind": "sort"}, "task": "mine", "split": "heldout",
    }  # fmt: skip
    (problem,) = load(source)
    assert problem.question == "Which? Answer choices: (A) x, (B) y."
    assert (problem.gold, problem.reasoning, problem.id) == ("B", "since y", "7")
    assert (problem.task, problem.split, problem.kind) == ("mine", "heldout", "choice")


def test_sources_in_a_list_are_concatenated(tmp_path):
    one, two = (jsonl(tmp_path / f"{n}.jsonl", [ROWS[n]]) for n in range(2))
    assert [p.id for p in load([numbers(one), numbers(two)])] == ["a", "b"]


@pytest.mark.parametrize(
    "choices",
    [
        ["red", "blue"],
        [{"label": "A", "text": "red"}, {"label": "B", "text": "blue"}],
        {"A": "red", "B": "blue", "C": None},
        {"label": ["A", "B"], "text": ["red", "blue"]},
        '["red", "blue"]',
    ],
)
@pytest.mark.parametrize("gold", ["B", "blue", 1])
def test_choices_and_golds_of_any_shape(tmp_path, choices, gold):
    problem = of_choice(tmp_path, {"answer": gold, "choices": choices})
    assert [(c.label, c.text) for c in problem.choices] == [("A", "red"), ("B", "blue")]
    assert problem.gold == "B"


def test_an_ambiguous_gold_is_refused_until_the_source_says_what_it_is(tmp_path):
    row = {"answer": 2, "choices": ["1", "2", "3"]}
    with pytest.raises(DataError, match="could be choice B or C; say `gold_is:`"):
        of_choice(tmp_path, row)
    assert of_choice(tmp_path, row, gold_is="text").gold == "B"
    assert of_choice(tmp_path, row, gold_is="index").gold == "C"
    assert of_choice(tmp_path, row | {"answer": "2"}, gold_is="index").gold == "C"


@pytest.mark.parametrize(
    "question",
    [
        "Which? Answer choices: (A) red, (B) blue.",
        "Which?\nA. red\nB. blue",
        "Which? A) red B) blue",
    ],
)
def test_choices_that_the_question_holds_are_not_repeated(tmp_path, question):
    row = {"question": question, "answer": "A", "choices": ["red", "blue"]}
    assert of_choice(tmp_path, row).question == question


def test_texts_of_choices_without_labels_do_not_count_as_listed(tmp_path):
    row = {"question": "Is it red or blue?", "answer": "A", "choices": ["red", "blue"]}
    assert of_choice(tmp_path, row).question == (
        "Is it red or blue? Answer choices: (A) red, (B) blue."
    )


@given(st.text(min_size=1), st.lists(st.text(min_size=1), min_size=2, max_size=5))
def test_appending_choices_twice_is_appending_them_once(question, texts):
    choices = [Choice(label=chr(ord("A") + n), text=text) for n, text in enumerate(texts)]
    once = with_choices(question, choices)
    assert with_choices(once, choices) == once


@pytest.mark.parametrize(("value", "gold"), [(True, "yes"), (False, "no"), ("Yes", "Yes")])
def test_booleans_are_yes_and_no(tmp_path, value, gold):
    path = jsonl(tmp_path / "x.jsonl", [{"question": "Is it?", "answer": value}])
    assert load({"file": path, "kind": "yes_no"})[0].gold == gold


def test_numbers_are_kept_as_printed(tmp_path):
    path = jsonl(tmp_path / "x.jsonl", [{"question": "q?", "answer": 43.0}])
    assert load(numbers(path))[0].gold == "43.0"


def test_a_pattern_cuts_out_its_last_match(tmp_path):
    path = jsonl(tmp_path / "x.jsonl", [{"question": "q?", "answer": "#### 1\nno,\n#### 2 "}])
    assert load(numbers(path, pattern="#### (.*)"))[0].gold == "2"
    with pytest.raises(DataError, match=r"'== \(\.\*\)' is not found in the answer of .* line 1"):
        load(numbers(path, pattern="== (.*)"))


def test_a_pattern_is_not_searched_in_very_long_text(tmp_path):
    path = jsonl(tmp_path / "x.jsonl", [{"question": "q?", "answer": "a" * 20_001}])
    with pytest.raises(DataError, match="20001 characters"):
        load(numbers(path, pattern="(a)b"))


def test_equal_rows_without_ids_are_kept_told_apart_and_counted(tmp_path, caplog):
    row = {"question": "What is 1 + 1?", "answer": "2"}
    path = jsonl(tmp_path / "x.jsonl", [row, row, {"question": "q?", "answer": "1"}, row])
    with caplog.at_level(logging.WARNING):
        problems = load(numbers(path))
    first = problems[0].id
    assert [p.id for p in problems if p.gold == "2"] == [first, f"{first}-2", f"{first}-3"]
    assert (
        f"2 of 4 problems repeat an earlier one, the first of them {path} line 2 (id {first}-2),"
        f" which is {path} line 1 (id {first}) again" in caplog.text
    )


def test_blank_lines_are_no_rows(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text("\n" + json.dumps(ROWS[0]) + "\n\n" + json.dumps(ROWS[1]))
    assert len(load(numbers(path))) == 2


def test_a_byte_order_mark_is_no_part_of_the_first_field(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("\ufeffquestion,answer\n1+1?,2\n", encoding="utf-8")
    assert load(numbers(path))[0].question == "1+1?"


BAD_FILES = {
    "not JSON": (b'{"question": "q?", "answer": 1}\n{"question":', "line 2 is not JSON"),
    "no object": (b"[1, 2]\n", "line 1 is not a JSON object"),
    "not UTF-8": (b'{"question": "q?", "answer": 1}\n\xff\n', "line 2 is not UTF-8"),
    "no question": (b'{"question": " ", "answer": 1}\n', "line 1 has no question"),
    "no answer": (b'{"question": "q?", "answer": null}\n', "line 1 has no answer"),
    "unknown field": (b'{"q": "q?", "a": 1}\n', "no field 'question' .* its fields are q, a"),
    "a list as answer": (b'{"question": "q?", "answer": [1]}\n', "neither text nor a number"),
    "NaN": (b'{"question": "q?", "answer": NaN}\n', "neither text nor a number: nan"),
    "a lone surrogate": (
        b'{"question": "\\ud800", "answer": 1}\n',
        "line 1 holds half a character",
    ),
    "same id": (
        b'{"question":"q?","answer":1,"id":7}\n' * 2,
        "line 2 has the id '7' that .* line 1",
    ),
    "empty": (b"", "has no rows"),
}


@pytest.mark.parametrize("bad", BAD_FILES)
def test_a_bad_jsonl_file_is_told_in_one_sentence(tmp_path, bad):
    content, sentence = BAD_FILES[bad]
    (tmp_path / "bad.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=sentence) as told:
        load(numbers(tmp_path / "bad.jsonl"))
    assert "bad.jsonl" in str(told.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("question,answer\nq?,1,2\n", "line 2 has more cells than the 2 columns"),
        ("question,answer\nq?\n", "line 2 has no answer"),
        ("question,question\nq?,1\n", "names a column twice"),
        ('question,answer\n"q?,1\n', "is not CSV"),
        ("question,answer\n", "has no rows"),
    ],
)
def test_a_bad_csv_file_is_told_in_one_sentence(tmp_path, content, sentence):
    (tmp_path / "bad.csv").write_text(content)
    with pytest.raises(DataError, match=sentence):
        load(numbers(tmp_path / "bad.csv"))


def test_a_bad_parquet_file_is_told_in_one_sentence(tmp_path):
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DataError, match="not a readable Parquet file"):
        load(numbers(tmp_path / "bad.parquet"))


def test_a_cut_gzip_file_is_told_in_one_sentence(tmp_path):
    write_gzip(tmp_path / "whole.jsonl.gz", ROWS)
    (tmp_path / "cut.jsonl.gz").write_bytes((tmp_path / "whole.jsonl.gz").read_bytes()[:-20])
    with pytest.raises(DataError, match="not a whole gzip file"):
        load(numbers(tmp_path / "cut.jsonl.gz"))


def test_missing_files_and_folders_are_told_in_one_sentence(tmp_path):
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(DataError, match=r"there is no file .*none\.jsonl"):
        load(numbers(tmp_path / "none.jsonl"))
    with pytest.raises(DataError, match="is a folder"):
        load(numbers(tmp_path / "folder.jsonl"))
    with pytest.raises(DataError, match=r"none of the kinds that can be read: \.jsonl"):
        load(numbers(tmp_path / "x.txt"))


def test_a_mapped_field_that_no_row_has_is_refused(tmp_path):
    path = jsonl(tmp_path / "x.jsonl", ROWS)
    with pytest.raises(DataError, match=r"no row of .* 'why' of map.reasoning; there are question"):
        load(numbers(path, map={"reasoning": "why"}))


def test_a_row_without_the_mapped_id_is_refused(tmp_path):
    path = jsonl(tmp_path / "x.jsonl", [ROWS[0], {"question": "q?", "answer": "1"}])
    with pytest.raises(DataError, match="line 2 has no id in the field 'id'"):
        load(numbers(path, map={"id": "id"}))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"answer": "C", "choices": ["x", "y"]}, r"'C' of .* none of its choices \(A\) x, \(B\) y"),
        ({"answer": 2, "choices": ["x", "y"]}, "'2' of .* none of its choices"),
        ({"answer": "", "choices": ["x", "y"]}, "line 1 has no answer"),
        ({"answer": "A"}, "no field 'choices'"),
        ({"answer": "A", "choices": ["x"]}, "at least two choices"),
        ({"answer": "A", "choices": "x or y"}, "text but not JSON"),
        ({"answer": "A", "choices": 3}, "no list and no mapping"),
        ({"answer": "A", "choices": ["x"] * 27}, "27 choices for 26 labels"),
        ({"answer": "A", "choices": {"label": ["A", "A"], "text": ["x", "y"]}}, "one label"),
        ({"answer": "x", "choices": {"A": "x", "a": "y"}}, "one label, case aside"),
        ({"question": "", "answer": "A", "choices": ["x", "y"]}, "line 1 has no question"),
        ({"question": "  ", "answer": "A", "choices": ["x", "y"]}, "line 1 has no question"),
        ({"question": None, "answer": "A", "choices": ["x", "y"]}, "line 1 has no question"),
        ({"answer": "A", "choices": [{"label": "A"}, {"label": "B", "text": "y"}]}, "a text"),
    ],
)  # fmt: skip
def test_bad_choices_are_told_in_one_sentence(tmp_path, row, sentence):
    with pytest.raises(DataError, match=sentence):
        of_choice(tmp_path, row)


def test_a_field_names_the_task_of_each_row(tmp_path):
    rows = [
        row | {"area": area} for row, area in zip(ROWS, ("dose", "fever of a child"), strict=True)
    ]
    found = load(numbers(jsonl(tmp_path / "x.jsonl", rows), map={"task": "area"}))
    assert [problem.task for problem in found] == ["dose", "fever of a child"]
    unmapped = load(numbers(jsonl(tmp_path / "y.jsonl", [row | {"task": "z"} for row in ROWS])))
    assert {problem.task for problem in unmapped} == {"y"}


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        ("", "line 1 has no task in the field 'area'"),
        (None, "line 1 has no task in the field 'area'"),
        ("all", "'all' in the field 'area' cannot name a task"),
        ("../x", "'../x' in the field 'area' cannot name a task"),
        ("a/b", "'a/b' in the field 'area' cannot name a task"),
    ],
)
def test_a_row_whose_task_names_none_is_refused(tmp_path, task, sentence):
    path = jsonl(tmp_path / "x.jsonl", [ROWS[0] | {"area": task}])
    with pytest.raises(DataError, match=sentence):
        load(numbers(path, map={"task": "area"}))


def test_the_kind_is_never_guessed(tmp_path):
    path = jsonl(tmp_path / "x.jsonl", [ROWS[0], ROWS[1] | {"kind": "sum"}])
    with pytest.raises(DataError, match="line 1 has no kind; give `kind:` number, choice"):
        load(path)
    with pytest.raises(DataError, match="line 2 has the kind 'sum'"):
        load(
            {
                "file": jsonl(
                    tmp_path / "y.jsonl", [ROWS[0] | {"kind": "number"}, ROWS[1] | {"kind": "sum"}]
                )
            }
        )


def test_an_own_question_on_both_sides_is_refused(tmp_path):
    train = load(numbers(jsonl(tmp_path / "train.jsonl", ROWS)))
    twin = {"question": "What  is 2 + 2? ", "answer": "4", "id": "c"}
    heldout = load(numbers(jsonl(tmp_path / "test.jsonl", [twin])))
    with pytest.raises(
        DataError, match="held-out problem c has the question of training problem b"
    ):
        overlap(train, heldout)


def test_an_id_on_both_sides_is_refused(tmp_path):
    train = load(numbers(jsonl(tmp_path / "train.jsonl", ROWS)))
    other = {"question": "Why?", "answer": "4", "id": "b"}
    heldout = load(numbers(jsonl(tmp_path / "test.jsonl", [other])))
    with pytest.raises(DataError, match=r"^the id 'b' is that of a training and of a held-out"):
        overlap(train, heldout)
    with pytest.raises(DataError, match=r"^evaluate.also.x: the id 'b' is that of a training"):
        overlap(train, heldout, key="evaluate.also.x")


def test_own_questions_that_differ_in_numbers_are_counted(tmp_path):
    train = load(numbers(jsonl(tmp_path / "train.jsonl", ROWS)))
    other = [{"question": "What is 12 + 7?", "answer": "19"}, {"question": "Why?", "answer": "1"}]
    heldout = load(numbers(jsonl(tmp_path / "test.jsonl", other)))
    assert overlap(train, heldout)[:3] == ((), (("a", heldout[0].id),), 2)


def test_a_large_file_is_read_in_time_linear_in_its_rows(tmp_path):
    rows = [{"question": f"What is {n} + 2?", "answer": n + 2} for n in range(20_000)]
    assert len(load(numbers(jsonl(tmp_path / "x.jsonl", rows)))) == 20_000


def test_mapped_choices_need_not_be_there_where_no_row_is_of_choice(tmp_path):
    rows = [row | {"kind": "number"} for row in ROWS]
    path = jsonl(tmp_path / "x.jsonl", rows)
    mapped = {"kind": "kind", "choices": "options"}
    assert len(load({"file": path, "map": mapped})) == 2
    path = jsonl(tmp_path / "y.jsonl", [*rows, ROWS[0] | {"kind": "choice", "id": "c"}])
    with pytest.raises(DataError, match="line 3 has no field 'options' for the choices"):
        load({"file": path, "map": mapped})
