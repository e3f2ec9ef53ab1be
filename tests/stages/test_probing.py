"""A probing stage that is interrupted goes on from the parts that it has made."""

import shutil
from pathlib import Path

import pytest

from cotutor.config import RunConfig, check_config
from cotutor.evaluate.faithfulness import effects
from cotutor.pipeline import execute
from cotutor.records import Probe
from cotutor.store import read_records

PROBED = "eval/one/probes.jsonl"
FAMILIES = ("coin_flips", "dates")


@pytest.fixture
def config() -> RunConfig:
    sets = {
        split: [{"family": f, "split": split, "count": 8, "level": 2} for f in FAMILIES]
        for split in ("train", "heldout")
    }
    raw = {
        "name": "probed",
        "problems": sets,
        "teacher": {"generator": "symbolic", "samples": 1},
        "students": [{"name": "one", "samples": 1}],
        "sft": {
            "base": "embedded",
            "trainer": {"max_steps": 1, "per_device_train_batch_size": 2, "learning_rate": 1e-5},
        },
        "evaluate": {
            "compare": [], "retention": None, "max_tokens": 100, "answer_max_tokens": 8,
            "probes": ["early-answering", "step-gain"], "probed": 16,
        },
    }  # fmt: skip
    return check_config(raw, "test")


def test_what_is_found_does_not_depend_on_an_interruption(
    config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "TOGETHER", 3)
    begun: list[int] = []
    execute(config, tmp_path / "undisturbed")
    real = effects._changed

    def interrupted(*args):
        begun.append(len(begun))
        if len(begun) == 3:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(effects, "_changed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        execute(config, tmp_path / "run")
    assert not (tmp_path / "run" / PROBED).exists()

    shutil.copytree(tmp_path / "run", tmp_path / "holed")
    (tmp_path / "holed" / "eval" / "one" / "probes" / "0" / "000000.jsonl").unlink()
    monkeypatch.setattr(effects, "_changed", lambda *args: begun.append(9) or real(*args))
    execute(config, tmp_path / "run")

    text = (tmp_path / "run" / PROBED).read_text()
    assert text == (tmp_path / "undisturbed" / PROBED).read_text()
    probed = {one.trace_id for one in read_records(tmp_path / "run" / PROBED, Probe) if one.steps}
    parts = -(-len(probed) // 3)
    assert parts > 3
    assert begun.count(9) == parts - 2, "the first two parts are not made again"
    assert not (tmp_path / "run" / "eval" / "one" / "probes").exists()

    execute(config, tmp_path / "holed")
    assert text == (tmp_path / "holed" / PROBED).read_text(), "parts were being removed"
