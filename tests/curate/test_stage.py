"""Curation through the front door: a run file, a run directory."""

import json

import pytest

from cotutor.config import check_config
from cotutor.errors import GateError
from cotutor.pipeline import execute
from cotutor.records import Trace
from cotutor.store import read_records
from tiny_models import save_tiny


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(save_tiny(tmp_path_factory.mktemp("base")))


def run(folder, base, **curate):
    raw = {
        "name": "small",
        "problems": {
            "train": {"family": "coin_flips", "split": "train", "count": 4},
            "heldout": {"family": "coin_flips", "split": "heldout", "count": 1},
        },
        "teacher": {"generator": "symbolic", "samples": 6, "mistakes": 0.2},
        "curate": curate,
        "sft": {"base": base},
    }
    execute(check_config(raw, "test"), folder, until="curate")
    counts = json.loads((folder / "manifests" / "curate.json").read_text())["counts"]
    return counts, [t.id for t in read_records(folder / "kept.jsonl", Trace)]


@pytest.mark.parametrize("select", ["first", "random", "diverse", "likely", "reaches"])
def test_every_way_of_choosing_keeps_d_of_each_problem_again_and_again(select, base, tmp_path):
    counts, kept = run(tmp_path / "a", base, select=select, per_problem=2)
    assert counts["kept"] == len(kept) == 8
    assert counts["traces"] == 24 == 8 + sum(counts["rejected"].values())
    assert counts["rejected"]["not chosen"] > 0
    assert 1 <= counts["diversity"]["paths"] <= 2
    assert run(tmp_path / "b", base, select=select, per_problem=2)[1] == kept


def test_the_most_diverse_have_more_paths_than_the_first(base, tmp_path):
    paths = [
        run(tmp_path / select, base, select=select, per_problem=3)[0]["diversity"]["paths"]
        for select in ("first", "diverse")
    ]
    assert paths[0] < paths[1] == 3


def test_a_run_of_which_nothing_is_kept_stops_with_the_reasons(base, tmp_path):
    with pytest.raises(GateError, match=r"curation kept none of 24 traces: too long \d+, mismatch"):
        run(tmp_path, base, max_characters=1)
