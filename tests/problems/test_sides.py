import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import ConfigError, DataError
from cotutor.problems import load, overlap
from cotutor.problems.sources import parse_source
from cotutor.problems.splits import divided

STORIES = (
    "{} has {} red hens and sells two eggs a day",
    "On a bus to {} there are {} people and a dog sleeps",
    "The library of {} lends {} old books about stars",
    "A train leaves {} at {} and never comes back again",
    "{} paints {} white fences before the rain sets in",
)
NAMES = ("Ann", "Bob", "Cid", "Dora", "Egon", "Flo", "Gus", "Hilda")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.jsonl"
    rows = [
        {"question": story.format(name, 10 * k + j) + ", how much is left?", "answer": k}
        for k, name in enumerate(NAMES)
        for j, story in enumerate(STORIES)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def sides(source):
    return [load(source | {"split": side}) for side in ("train", "heldout")]


def test_one_file_becomes_two_sides_that_share_no_template(file):
    train, heldout = sides({"file": str(file), "kind": "number", "splits": "template"})
    assert (len(train), len(heldout)) == (32, 8)
    assert not {p.template for p in train} & {p.template for p in heldout}
    assert overlap(train, heldout).sentences() == []
    assert {p.split for p in train + heldout} == {"train", "heldout"}


def test_a_random_split_shares_templates_and_no_question(file):
    train, heldout = sides({"file": str(file), "kind": "number", "splits": "random", "share": 0.5})
    assert len(train) == len(heldout) == 20
    (leak,) = overlap(train, heldout).leaks
    assert leak.exact == 0
    assert leak.shared == 5


def test_a_side_does_not_depend_on_the_order_of_the_rows(file, tmp_path):
    lines = file.read_text().splitlines()
    other = tmp_path / "other" / "mine.jsonl"
    other.parent.mkdir()
    other.write_text("\n".join(reversed(lines)))
    for splits in ("random", "template"):
        chosen = {"kind": "number", "split": "train", "splits": splits}
        first, second = (load({"file": str(path)} | chosen) for path in (file, other))
        assert {p.id for p in first} == {p.id for p in second}


def test_a_hub_data_set_is_divided_too(file, tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "hub").mkdir()
    file.rename(tmp_path / "hub" / "train.jsonl")
    source = {"hub": str(tmp_path / "hub"), "kind": "number", "splits": "template"}
    train, heldout = sides(source)
    assert (len(train), len(heldout)) == (32, 8)


def test_a_shorthand_names_the_side():
    (source,) = parse_source("data/x.csv:heldout@template")
    assert (source.file, source.split, source.splits) == ("data/x.csv", "heldout", "template")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"splits": "template", "split": "test"}, "with splits, split is train or heldout"),
        ({"splits": "templates", "split": "train"}, "splits: "),
        ({"splits": "random", "split": "train", "share": 1.0}, "share: "),
        ({"share": 0.5}, "share needs splits"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(change, sentence):
    with pytest.raises(ConfigError, match=sentence) as told:
        parse_source({"file": "x.jsonl", "kind": "number"} | change)
    assert "\n" not in str(told.value)


def test_what_a_hub_split_is_divided_of_needs_splits():
    with pytest.raises(ConfigError, match="of needs splits"):
        parse_source({"hub": "a/b", "split": "test", "of": "validation"})


def test_a_file_of_one_template_cannot_be_divided_by_template(tmp_path):
    path = tmp_path / "sums.jsonl"
    rows = [{"question": f"What is {n} and 2?", "answer": n + 2} for n in range(9)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = {"file": str(path), "kind": "number", "split": "train"}
    with pytest.raises(DataError, match=r"sums.jsonl cannot be divided.*use splits: random"):
        load(source | {"splits": "template"})
    assert 0 < len(load(source | {"splits": "random"})) < 9


def test_a_benchmark_without_a_published_template_split_gets_one(data_dir, monkeypatch, caplog):
    monkeypatch.setenv("COTUTOR_DATA", str(data_dir))
    train, test = (load(f"svamp:{side}@template") for side in ("train", "test"))
    assert len(train) + len(test) == 1000
    assert abs(len(train) - 700) < 30
    assert not {p.template for p in train} & {p.template for p in test}
    assert "svamp has no published template split" in caplog.text
    with pytest.raises(DataError, match="coin_flip has no split by template"):
        load("coin_flip:test@template")


@given(st.lists(st.sampled_from("abcdefghij"), max_size=50), st.floats(0.1, 0.9))
def test_a_division_keeps_groups_whole_and_no_side_empty(keys, share):
    train, heldout = divided(keys, share)
    assert sorted(train + heldout) == list(range(len(keys)))
    assert not {keys[i] for i in train} & {keys[i] for i in heldout}
    assert len(set(keys)) < 2 or (train and heldout)
    largest = max(map(keys.count, set(keys)), default=0)
    assert abs(len(train) - share * len(keys)) <= largest or len(set(keys)) < 2
