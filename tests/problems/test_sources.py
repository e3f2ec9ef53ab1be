import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from cotutor.errors import ConfigError
from cotutor.problems import load, overlap
from cotutor.problems.sources import (
    BenchmarkSource,
    FamilySource,
    FileSource,
    HubSource,
    Source,
    parse_source,
)


class Stage(BaseModel):
    """A field as the run file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: Source


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("data/x.jsonl", FileSource(file="data/x.jsonl")),
        ("x.jsonl.gz", FileSource(file="x.jsonl.gz")),
        ("x.csv", FileSource(file="x.csv")),
        ("x.parquet", FileSource(file="x.parquet")),
        ("coin_flip:train", BenchmarkSource(benchmark="coin_flip", split="train")),
        (
            "multiarith:test@template",
            BenchmarkSource(benchmark="multiarith", split="test", splits="template"),
        ),
        ("coin_flips:heldout", FamilySource(family="coin_flips", split="heldout")),
        ("all:train", FamilySource(family="all", split="train")),
        ({"hub": "a/b", "split": "test"}, HubSource(hub="a/b", split="test")),
    ],
)
def test_a_shorthand_stands_for_a_mapping(value, meant):
    assert parse_source(value) == (meant,)
    assert parse_source(meant.model_dump()) == (meant,)
    assert parse_source([value, meant]) == (meant, meant)


def test_a_run_file_field_survives_being_written_and_read():
    ranged = {"family": "dates", "split": "train", "level": [1, 2]}
    stage = Stage.model_validate({"train": ["x.csv", "coin_flip:train", "all:heldout", ranged]})
    assert Stage.model_validate_json(stage.model_dump_json()) == stage


def test_an_error_names_the_place_in_the_run_file():
    with pytest.raises(ValidationError) as told:
        Stage.model_validate({"train": ["x.csv", {"benchmark": "gsm8k", "split": "dev"}]})
    (error,) = told.value.errors()
    assert error["loc"][:2] == ("train", 1)
    assert error["msg"] == "no split 'dev' of gsm8k; there are train, test"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("coin_flipp:train", r"names no problems \(did you mean coin_flip\?\)"),
        ("coin_flips:train@template", "names no problems"),
        ("train.txt", "a path that ends in .jsonl"),
        ("coin_flip", "split: Field required"),
        ("coin_flip:heldout", "no split 'heldout' of coin_flip; there are train, test"),
        ("aqua:validation@template", "template split of aqua has train and test only"),
        ("multiarith:test@templates", r"no splits 'templates' .*did you mean template\?"),
        ({"benchmark": "multiarit", "split": "test"}, r"did you mean multiarith\?"),
        ("coin_flips:test", "split: .*'train', 'validation' or 'heldout'"),
        ({"family": "coin", "split": "train"}, "no family 'coin'"),
        ({"family": "dates", "split": "train", "count": 0}, "count: "),
        ({"fil": "x.jsonl"}, "needs one of the keys file, hub, benchmark, family"),
        ({"file": "x.jsonl", "hub": "a/b"}, "hub: Extra inputs"),
        ({"file": "x.jsonl", "map": {"questio": "q"}}, "map: questio: Extra inputs"),
        ({"file": "x.jsonl", "kind": "sum"}, "kind: "),
        ({"file": "x.jsonl", "kind": "number", "map": {"kind": "k"}}, "both given"),
        ({"file": "x.jsonl", "kind": "number", "map": {"choices": "c"}}, "needs kind: choice"),
        ({"file": "x.jsonl", "pattern": "("}, "no regular expression"),
        ({"file": "x.jsonl", "pattern": "a"}, "has 0 groups"),
        ([], "at least 1 item"),
        (None, "needs one of the keys"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(value, sentence):
    with pytest.raises(ConfigError, match=sentence) as told:
        parse_source(value)
    assert "\n" not in str(told.value)


def test_a_family_is_made_anew_the_same():
    source = {"family": "coin_flips", "split": "train", "count": 30, "level": [4, 5]}
    assert load(source, seed=3) == load(source, seed=3) != load(source, seed=4)
    assert {(p.task, p.split) for p in load(source)} == {("coin_flips", "train")}
    assert {p.level for p in load(source)} == {4, 5}


def test_all_families_are_five_with_as_many_problems_each():
    problems = load({"family": "all", "split": "validation", "count": 3})
    assert [problems[n].task for n in range(0, 15, 3)] == [
        "last_letters", "coin_flips", "shuffled_objects", "arithmetic", "dates",
    ]  # fmt: skip
    assert len({p.id for p in problems}) == 15


def test_made_splits_share_no_question():
    sides = [load({"family": "all", "split": s, "count": 60}) for s in ("train", "heldout")]
    assert overlap(*sides).exact == ()
