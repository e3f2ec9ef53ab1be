"""What a dry run says of the training to come, before and after curation."""

import json

import pytest

from cotutor.config import check_config
from cotutor.pipeline import dry_run, execute
from cotutor.records import Problem
from cotutor.store import Manifest, read_records
from tiny_models import save_tiny


@pytest.fixture(scope="module")
def configuration(tmp_path_factory):
    base = str(save_tiny(tmp_path_factory.mktemp("base"), "qwen3"))

    def make(teacher=None, **sft):
        return check_config(
            {
                "name": "small",
                "problems": {
                    "train": {"family": "coin_flips", "split": "train", "count": 8, "level": 2},
                    "heldout": {"family": "coin_flips", "split": "heldout", "count": 4, "level": 2},
                },
                "teacher": teacher or {"generator": "symbolic", "samples": 3, "mistakes": 0.3},
                "students": [{"name": "gold", "reasoning": "none"}, {"name": "two", "samples": 2}],
                "sft": {"base": base, "trainer": {"per_device_train_batch_size": 2}} | sft,
                "evaluate": {"compare": ["teacher"]},
            },
            "test",
        )

    return make


def cells(lines, arm):
    (line,) = (line for line in lines if line.startswith(f"{arm} "))
    return [cell.strip() for cell in line.split("  ") if cell.strip()][1:]


def test_before_curation_rows_and_steps_are_bounds(configuration, tmp_path):
    lines = dry_run(configuration(), tmp_path)
    gold, two = cells(lines, "gold"), cells(lines, "two")
    assert gold[0] == "8"
    assert two[0] == "≤ 16"
    assert gold[2] == two[2] == "≤ 24"  # three epochs of the larger arm, two rows a step
    assert "rough" in lines[-1]
    assert not list(tmp_path.iterdir())


def test_after_curation_they_are_counted(configuration, tmp_path):
    execute(configuration(), tmp_path, until="examples")
    curated = Manifest(tmp_path / "manifests", "curate").read()["counts"]["kept"]
    rows, _, steps, *_ = cells(dry_run(configuration(), tmp_path), "two")
    counts = Manifest(tmp_path / "manifests", "examples").read()["counts"]
    assert rows == f"{counts['two']}"
    assert counts["two"] <= curated
    assert "≤" not in steps


def test_what_is_trained_already_tells_the_speed_and_is_not_counted(configuration, tmp_path):
    config = configuration(trainer={"max_steps": 2, "per_device_train_batch_size": 2})
    execute(config, tmp_path, until="sft")
    assert dry_run(config, tmp_path, until="sft")[-1].split() == ["sft/two", "done"]
    Manifest(tmp_path / "manifests", "sft/two").path.unlink()
    lines = dry_run(config, tmp_path, until="sft", price=3600.0)
    assert not [line for line in lines if line.startswith("gold ")]
    assert "by this run's earlier trainings" in lines[-1]
    assert "at 3600 an hour" in lines[-1]


def test_recorded_traces_are_read_for_their_number_and_lengths(configuration, tmp_path):
    """Two traces of five of the eight problems, and nothing of the others."""
    config = configuration()
    execute(config, tmp_path / "run", until="problems")
    problems = list(read_records(tmp_path / "run" / "problems.jsonl", Problem))
    short, long = "Coins.\nThe answer is yes", f"{'Coins lie. ' * 9}\nThe answer is yes"
    rows = [{"id": p.id, "text": text} for p in problems[:5] for text in (short, long)]
    path = tmp_path / "traces.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    teacher = {
        "generator": "replay", "name": "me", "format": "plain", "samples": 4, "files": [str(path)],
        "map": {"problem_id": "id", "completion": "text"},
    }  # fmt: skip
    both = cells(dry_run(configuration(teacher), tmp_path / "a"), "two")
    assert both[0] == "≤ 10"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if row["text"] == short))
    brief = cells(dry_run(configuration(teacher), tmp_path / "b"), "two")
    assert brief[0] == "≤ 5"
    tokens = [int(found[1].split("+")[1]) for found in (both, brief)]
    assert 4 < tokens[1] < tokens[0] < 100


def test_an_endpoint_teacher_is_bounded_in_tokens_and_money(configuration, tmp_path):
    teacher = {
        "generator": "endpoint", "model": "some", "samples": 5, "max_tokens": 100,
        "price_in": 1.0, "price_out": 250.0, "max_cost": 9.0,
    }  # fmt: skip
    lines = dry_run(configuration(teacher), tmp_path)
    (told,) = (line for line in lines if line.startswith("teacher some:"))
    assert "at most 44 samples" in told  # five of each of 8, and 4 to be tested on
    assert "4,400 out" in told
    assert "at most 1.10 by its prices" in told
    assert "stops at max_cost 9" in told
    assert cells(lines, "two")[1].endswith("+ 100")
