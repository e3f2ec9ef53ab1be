import dataclasses
import gzip
import json
import logging
import shutil
from itertools import pairwise

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import DataError
from cotutor.problems import load, mirrors, overlap
from cotutor.problems.benchmarks import BENCHMARKS
from cotutor.problems.splits import date_templates, name_templates, random_split, template_split

SIZES = {
    "single_eq": (356, 152), "addsub": (276, 119), "multiarith": (420, 180), "gsm8k": (7473, 1319),
    "aqua": (2718, 254), "svamp": (700, 300), "date_understanding": (258, 111),
    "tracking_shuffled_objects": (525, 225), "last_letter_concatenation": (350, 150),
    "coin_flip": (350, 150), "commonsense_qa": (9741, 1221), "strategy_qa": (1603, 687),
}  # fmt: skip
RANDOMLY_SPLIT = sorted(set(SIZES) - {"gsm8k", "aqua", "commonsense_qa"})


def stored(data_dir, name):
    path = data_dir / "benchmarks" / f"{name}.jsonl"
    if path.exists():
        return [json.loads(line) for line in path.read_text().splitlines()]
    with gzip.open(f"{path}.gz", "rt") as file:
        return [json.loads(line) for line in file]


@pytest.fixture
def folder(data_dir, monkeypatch):
    monkeypatch.setenv("COTUTOR_DATA", str(data_dir))
    return data_dir


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_problem_is_its_row(folder, name):
    rows = {row["id"]: row for row in stored(folder, name)}
    sides = [load(f"{name}:train"), load(f"{name}:test")]
    assert tuple(map(len, sides)) == SIZES[name]
    for problem in sides[0] + sides[1]:
        row = rows[problem.id]
        assert (problem.question, problem.gold) == (row["question"], row["answer"])
        assert (problem.task, problem.kind) == (name, row["answer_type"])
        assert problem.reasoning == row.get("rationale")
        assert [choice.model_dump() for choice in problem.choices] == row.get("choices", [])
        assert problem.split == row["split"]


@pytest.mark.parametrize(
    ("name", "exact", "masked"),
    [
        ("multiarith", 5, 77),
        ("strategy_qa", 1, 1),
        ("coin_flip", 0, 0),
        ("date_understanding", 0, 1),
    ],
)
def test_published_twins_are_counted(folder, caplog, name, exact, masked):
    train, test = load(f"{name}:train"), load(f"{name}:test")
    found = overlap(train, test)
    assert (len(found.exact), len(found.masked)) == (exact, masked)
    assert found.heldout == len(test)
    assert {name for pair in found.exact for name in pair} <= {p.id for p in train + test}
    told = f"{name}: {masked} of {len(test)} tested questions have a twin"
    assert (told in caplog.text) == bool(masked)


def test_a_published_question_in_an_own_file_is_refused(folder, tmp_path):
    test = load("coin_flip:test")
    row = {"question": test[3].question, "answer": test[3].gold}
    (tmp_path / "mine.jsonl").write_text(json.dumps(row))
    mine = load({"file": str(tmp_path / "mine.jsonl"), "kind": "yes_no"})
    with pytest.raises(DataError, match=f"held-out problem {test[3].id}"):
        overlap(mine, test)


@pytest.mark.parametrize(
    ("name", "sizes"), [("multiarith", (413, 187)), ("date_understanding", (261, 108))]
)
def test_the_template_split_leaves_no_template_on_both_sides(folder, name, sizes):
    train, test = (load(f"{name}:{side}@template") for side in ("train", "test"))
    assert (len(train), len(test)) == sizes
    assert not {p.template for p in train} & {p.template for p in test}
    assert overlap(train, test).exact == ()


@pytest.mark.parametrize("name", RANDOMLY_SPLIT)
def test_the_random_recipe_gives_the_published_split(data_dir, name):
    rows = stored(data_dir, name)
    split = random_split(len(rows))
    for side in ("train", "test"):
        published = [row["sample_index"] for row in rows if row["split"] == side]
        assert getattr(split, side) == published


@pytest.mark.parametrize(
    ("name", "templates", "groups"),
    [("multiarith", name_templates, 120), ("date_understanding", date_templates, 41)],
)
def test_the_template_recipe_gives_the_published_split(data_dir, name, templates, groups):
    rows = stored(data_dir, name)
    keys = templates([row["question"] for row in rows])
    assert len(set(keys)) == groups
    train = {row["sample_index"] for row in rows if row["template_split"] == "train"}
    assert set(template_split(keys).train) == train


def test_the_random_recipe_does_not_depend_on_the_numpy_at_hand():
    assert random_split(10) == ([1, 2, 4, 6, 7, 8, 9], [0, 3, 5])


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60))
def test_a_template_split_is_a_partition_that_keeps_groups_whole(keys):
    train, test = template_split(keys)
    assert sorted(train + test) == list(range(len(keys)))
    assert not {keys[i] for i in train} & {keys[i] for i in test}
    assert all(a < b for side in (train, test) for a, b in pairwise(side))


def test_a_stand_in_for_published_rows_is_announced(folder, caplog):
    with caplog.at_level(logging.WARNING):
        load("aqua:train")
    assert "2718 rows" in caplog.text
    caplog.clear()
    load("aqua:test")
    assert not caplog.text


def test_a_data_folder_without_the_benchmark_is_told_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("COTUTOR_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"COTUTOR_DATA names .* no file .*coin_flip\.jsonl"):
        load("coin_flip:train")


def test_without_data_folder_and_hub_version_the_sentence_names_the_way_out(monkeypatch):
    monkeypatch.delenv("COTUTOR_DATA", raising=False)
    with pytest.raises(DataError, match=r"coin_flip has no hub version .*; set COTUTOR_DATA"):
        load("coin_flip:train")


def as_on_the_hub(name, row):
    """Return a row of the data folder with the fields of its hub version."""
    if name == "svamp":
        body, _, asked = row["question"].rpartition(" ")
        return {"ID": row["upstream_id"], "Body": body, "Question": asked, "Answer": row["answer"]}
    if name == "aqua":
        options = [f"{c['label']}){c['text']}" for c in row["choices"]]
        return {
            "question": row["question_stem"], "options": options,
            "correct": row["answer"], "rationale": row["rationale"],
        }  # fmt: skip
    if name == "commonsense_qa":
        choices = {key: [c[key] for c in row["choices"]] for key in ("label", "text")}
        return {"question": row["question_stem"], "choices": choices, "answerKey": row["answer"]}
    if name == "strategy_qa":
        return {"question": row["question"], "answer": row["answer"] == "Yes"}
    if name == "gsm8k":
        return {"question": row["question"], "answer": row["rationale"]}
    gold = "final_ans" if name == "multiarith" else "answer"
    return {"question": row["question"], gold: row["answer"]}


@pytest.fixture
def hub_copy(data_dir, tmp_path, monkeypatch):
    """Build a local stand-in for the hub version of a benchmark and put it in the hub's place."""
    monkeypatch.delenv("COTUTOR_DATA", raising=False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))

    def build(name, change=lambda rows: rows):
        mirror = mirrors.MIRRORS[name]
        rows = stored(data_dir, name)
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        (tmp_path / name).mkdir()
        for side, part in zip(("train", "test"), mirror.parts, strict=True):
            side_rows = [as_on_the_hub(name, row) for row in rows if row["split"] == side]
            lines = [json.dumps(row) + "\n" for row in change(side_rows)]
            (tmp_path / name / f"{part}.jsonl").write_text("".join(lines))
        local = dataclasses.replace(mirror, hub=str(tmp_path / name), config=None)
        monkeypatch.setitem(mirrors.MIRRORS, name, local)

    return build


@pytest.mark.parametrize("name", sorted(set(mirrors.MIRRORS) - {"aqua"}))
def test_a_hub_version_in_the_published_order_gives_the_published_split(
    hub_copy, data_dir, monkeypatch, name
):
    hub_copy(name)
    from_hub = load(f"{name}:test")
    monkeypatch.setenv("COTUTOR_DATA", str(data_dir))
    from_folder = load(f"{name}:test")
    assert [(p.id, p.question, p.kind, p.split) for p in from_hub] == [
        (p.id, p.question, p.kind, p.split) for p in from_folder
    ]
    assert [p.gold.lower() for p in from_hub] == [p.gold.lower() for p in from_folder]


def test_the_template_split_of_a_hub_version_is_the_published_one(hub_copy, data_dir, monkeypatch):
    hub_copy("multiarith")
    from_hub = [p.id for p in load("multiarith:train@template")]
    monkeypatch.setenv("COTUTOR_DATA", str(data_dir))
    assert from_hub == [p.id for p in load("multiarith:train@template")]


def test_aqua_on_the_hub_is_checked_by_its_test_side(hub_copy, data_dir):
    hub_copy("aqua")
    rows = [row for row in stored(data_dir, "aqua") if row["split"] == "test"]
    test = load("aqua:test")
    assert [(p.question, p.gold) for p in test] == [(r["question"], r["answer"]) for r in rows]
    assert test[0].id == "aqua-2718"
    with pytest.raises(DataError, match="split validation of aqua is not on the hub"):
        load("aqua:validation")


@pytest.mark.parametrize("name", ["multiarith", "svamp"])
@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [*rows[1:], rows[0]],
        lambda rows: rows[1:],
        lambda rows: [{**rows[0], "question": "other?", "Question": "other?"}, *rows[1:]],
    ],
    ids=["another order", "a row less", "another question"],
)
def test_a_hub_version_that_differs_is_refused(hub_copy, name, change):
    if name == "svamp" and change([{}, {"moved": 1}])[0] == {"moved": 1}:
        change = lambda rows: [{**rows[0], "ID": "chal-5000"}, *rows[1:]]  # noqa: E731 - order is by ID
    hub_copy(name, change)
    with pytest.raises(
        DataError, match=f"does not hold the published rows of {name}.*COTUTOR_DATA"
    ):
        load(f"{name}:test")
