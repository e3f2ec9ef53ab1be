import json
from math import isnan

import pytest
import torch

from cotutor.errors import ConfigError, GateError
from cotutor.models import load_student
from cotutor.records import Example
from cotutor.train import Arm, SftSettings
from cotutor.train.callbacks import Steps
from cotutor.train.options import check_trainer, steps_for
from cotutor.train.sft import train_arm
from tiny_models import save_tiny

ARM = Arm(name="cot", samples=1)
EXAMPLES = [
    Example(problem_id=f"p{n}", trace_id=None, prompt=f"Q: {n} + 1?\nA:",
            completion=f" {n} and 1.\nThe answer is {n + 1}")
    for n in range(8)
]  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(save_tiny(tmp_path_factory.mktemp("base"), "qwen3"))


def settings(base, **changed):
    trainer = {"per_device_train_batch_size": 4, "learning_rate": 1e-3, "logging_steps": 1}
    return SftSettings(base=base, **({"trainer": trainer} | changed))


def train(base, folder, *, steps=4, seed=0, **changed):
    return train_arm(
        ARM, EXAMPLES, settings(base, **changed), folder=folder, steps=steps, seed=seed
    )


def test_the_loss_falls_and_the_student_loads(base, tmp_path):
    training = train(base, tmp_path / "s", steps=30)
    losses = [loss for _, loss in training.losses]
    assert len(losses) == 30
    assert losses[-1] < 0.7 * losses[0]
    model, tokenizer, student = load_student(tmp_path / "s")
    assert (student.format, student.base) == ("plain", base)
    ids = torch.tensor([tokenizer("Q: 3 + 1?\nA:")["input_ids"]])
    assert model(ids).logits.isfinite().all()
    assert not (tmp_path / "s" / "checkpoints").exists()
    written = json.loads((tmp_path / "s" / "training.json").read_text())
    assert written["audit"]["rows"] == 8


def weights(folder):
    model, _, _ = load_student(folder)
    return model.state_dict()


def test_equal_seeds_give_equal_weights_and_others_do_not(base, tmp_path):
    first, again, other = (
        train(base, tmp_path / name, seed=seed).losses
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == again
    assert first != other
    one, two = weights(tmp_path / "a"), weights(tmp_path / "b")
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_training_goes_on_from_a_whole_checkpoint_and_ends_with_the_same_weights(
    base, tmp_path, monkeypatch
):
    trainer = {"per_device_train_batch_size": 4, "learning_rate": 1e-3, "save_steps": 2,
               "logging_steps": 1, "lr_scheduler_type": "cosine"}  # fmt: skip
    whole = train(base, tmp_path / "whole", steps=8, trainer=trainer)

    from cotutor.train import sft

    class Stop(Exception):
        pass

    def break_at_five(self, args, state, control, **_):
        if state.global_step == 5:
            raise Stop

    with monkeypatch.context() as patched:
        patched.setattr(sft.Steps, "on_step_end", break_at_five)
        with pytest.raises(Stop):
            train(base, tmp_path / "broken", steps=8, trainer=trainer)
    torn = tmp_path / "broken" / "checkpoints" / "checkpoint-6"
    torn.mkdir()
    (torn / "trainer_state.json").write_text("{")
    resumed = train(base, tmp_path / "broken", steps=8, trainer=trainer)
    assert resumed.losses == whole.losses
    one, two = weights(tmp_path / "whole"), weights(tmp_path / "broken")
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_a_training_interrupted_behind_its_last_step_takes_no_further_one(
    base, tmp_path, monkeypatch
):
    """In the middle of an epoch, where the library goes on by one."""
    trainer = {"per_device_train_batch_size": 4, "logging_steps": 1, "save_steps": 1}
    whole = train(base, tmp_path / "whole", steps=3, trainer=trainer)
    with monkeypatch.context() as patch:
        patch.setattr("cotutor.train.sft.save_student", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(base, tmp_path / "cut", steps=3, trainer=trainer)
    again = train(base, tmp_path / "cut", steps=3, trainer=trainer)
    assert again.losses == whole.losses
    first, second = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert all(first[key].equal(second[key]) for key in first)


def interrupt(*_):
    raise KeyboardInterrupt


def test_lora_trains_a_few_parameters_and_loads_on_its_base(base, tmp_path):
    trained = train(
        base, tmp_path / "s", steps=2, method="lora", adapter={"r": 4, "target_modules": ["q_proj"]}
    )
    full = train(base, tmp_path / "f", steps=2)
    assert trained.parameters < full.parameters / 10
    model, tokenizer, student = load_student(tmp_path / "s")
    assert student.method == "lora"
    ids = torch.tensor([tokenizer("Q: 3 + 1?\nA:")["input_ids"]])
    with model.disable_adapter():
        plain = model(ids).logits
    assert not torch.equal(model(ids).logits, plain)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"trainer": {"learning_rat": 1}},
            "sft.trainer has no option 'learning_rat'; did you mean learning_rate?",
        ),
        ({"trainer": {"output_dir": "x"}}, "sft.trainer.output_dir is set by cotutor"),
        ({"trainer": {"lr_scheduler_type": "sine"}}, "sft.trainer: .*sine"),
        (
            {"method": "lora", "adapter": {"lora_alfa": 4}},
            "sft.adapter of lora has no option 'lora_alfa'; did you mean lora_alpha?",
        ),
    ],
)
def test_a_wrong_option_is_told_before_anything_runs(base, changed, sentence):
    with pytest.raises(ConfigError, match=sentence):
        check_trainer(settings(base, **changed))


def test_flex_attention_is_refused_off_the_gpu(base, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ConfigError, match=r"sft.attention flex_attention needs a GPU"):
        train(base, tmp_path / "s", attention="flex_attention")


def test_an_arm_without_rows_is_a_failed_gate(base, tmp_path):
    with pytest.raises(GateError, match="arm cot has no training rows"):
        train_arm(ARM, [], settings(base), folder=tmp_path, steps=1, seed=0)


def test_a_training_that_diverges_leaves_no_student(base, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(Steps, "on_log", lambda *_, logs, **__: seen.append(logs.get("loss")))
    trainer = {"learning_rate": 1e30, "logging_steps": 1}
    with pytest.raises(GateError, match=r"arm cot diverged: after 3 steps .* lower sft\.trainer"):
        train(base, tmp_path / "s", steps=3, trainer=trainer)
    assert not list((tmp_path / "s").glob("*.json"))
    assert isnan(seen[2])  # and not 0, as the library would have it


@pytest.mark.parametrize(
    ("trainer", "steps"),
    [
        ({}, 39),
        ({"num_train_epochs": 1, "per_device_train_batch_size": 10}, 10),
        (
            {
                "num_train_epochs": 1,
                "per_device_train_batch_size": 5,
                "gradient_accumulation_steps": 2,
            },
            10,
        ),
        ({"max_steps": 7}, 7),
    ],
)
def test_steps_follow_from_rows_and_options(trainer, steps):
    assert steps_for(100, SftSettings(trainer=trainer)) == steps
