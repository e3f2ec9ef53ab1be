import dataclasses

import pytest
from trl import SFTConfig

from cotutor.errors import ConfigError
from cotutor.train import SftSettings
from cotutor.train import options as module
from cotutor.train.options import check_trainer, trainer_config


@pytest.mark.parametrize(
    ("trainer", "sentence"),
    [
        ({"report_to": "mlflow"}, "mlflow is not installed"),
        ({"report_to": ["none", "wandb"]}, r"wandb is not installed \(pip install wandb\)"),
        ({"report_to": "neptune"}, "knows no 'neptune'; there are tensorboard, trackio, wandb"),
    ],
)
def test_a_tracker_that_is_not_there_is_told_before_anything_runs(monkeypatch, trainer, sentence):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=sentence):
        check_trainer(SftSettings(trainer=trainer))


@pytest.mark.parametrize("trainer", [{"eval_steps": 5}, {"load_best_model_at_end": True}])
def test_a_best_checkpoint_is_picked_on_validation_problems_or_not_at_all(trainer):
    settings = SftSettings(trainer={"save_steps": 5} | trainer)
    check_trainer(settings, is_validated=True)
    with pytest.raises(ConfigError, match=r"needs validation problems: problems\.validation"):
        check_trainer(settings, is_validated=False)


def test_validation_comes_as_often_as_checkpoints_and_at_the_end(tmp_path):
    every = {
        steps: trainer_config(
            SftSettings(), tmp_path, steps=steps, seed=0, is_validated=True
        ).eval_steps
        for steps in (7, 100, 1000)
    }  # fmt: skip
    assert every == {7: 7, 100: 50, 1000: 250}
    assert trainer_config(SftSettings(), tmp_path, steps=9, seed=0).eval_strategy == "no"


@pytest.mark.parametrize(
    "trainer",
    [
        {"bf16": None, "warmup_steps": 0.1, "save_steps": 0.5, "optim": "sgd", "max_steps": -1},
        {"lr_scheduler_type": "cosine", "lr_scheduler_kwargs": {}, "include_for_metrics": ["loss"]},
    ],
)
def test_what_the_trainer_takes_is_taken(trainer):
    check_trainer(SftSettings(trainer=trainer))


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("label_smoothing_factor", 0.1, "the loss is the mean over all completion tokens"),
        ("loss_type", "dft", "the loss is the mean over all completion tokens"),
        ("completion_only_loss", False, "the loss is the mean over all completion tokens"),
        ("packing", True, r"rows go together as sft\.layout says"),
        ("data_seed", 7, r"an order of their own, which sft\.seed shapes"),
        ("train_sampling_strategy", "group_by_length", "an order of their own"),
        ("dataloader_drop_last", True, "every row is trained in every epoch"),
        ("eos_token", "<|pad|>", "rows are written and encoded before the trainer has them"),
        ("model_init_kwargs", {"dtype": "float16"}, "the base is loaded before"),
        ("logging_nan_inf_filter", True, "set by cotutor"),
    ],
)
def test_an_option_that_would_not_be_heeded_is_refused_with_the_reason(option, value, reason):
    with pytest.raises(ConfigError, match=rf"sft\.trainer\.{option} .*{reason}"):
        check_trainer(SftSettings(trainer={option: value}))


def test_every_option_that_is_refused_is_one_that_the_trainer_has():
    assert {field.name for field in dataclasses.fields(SFTConfig)} > module._UNHEEDED.keys()


@pytest.mark.parametrize(
    ("method", "adapter"),
    [
        ("lora", {"init_lora_weights": "pissa_niter_16", "target_modules": ["q_proj"]}),
        ("prefix", {"token_dim": None}),
        ("bottleneck", {"target_modules": ["mlp"], "reduction_factor": 8}),
    ],
)
def test_what_an_adapter_takes_is_taken(method, adapter):
    check_trainer(SftSettings(method=method, adapter=adapter))
