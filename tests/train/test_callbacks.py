import json
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import pytest
import torch
from transformers import TrainerState

from cotutor.generate.settings import LocalSettings
from cotutor.models import load_student
from cotutor.records import Example, Problem
from cotutor.train import Arm, SftSettings, callbacks
from cotutor.train.callbacks import Steps
from cotutor.train.sft import train_arm
from cotutor.train.validation import UNWATCHED, Validation, Watch
from cotutor.verify import decide
from tiny_models import save_tiny

ARM = Arm(name="cot", samples=1)


def example(n):
    text = f" {n} and 1.\nThe answer is {n + 1}"
    return Example(problem_id=f"p{n}", trace_id=None, prompt=f"Q: {n} + 1?\nA:", completion=text)


PROBLEMS = [
    Problem.make(task="t", question=f"{n} + 1?", gold=f"{n + 1}", kind="number") for n in range(3)
]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(save_tiny(tmp_path_factory.mktemp("base"), "qwen3"))


def train(base, folder, watch=UNWATCHED, **trainer):
    options = {"per_device_train_batch_size": 4, "learning_rate": 1e-3, "logging_steps": 2}
    return train_arm(
        ARM, [example(n) for n in range(8)], SftSettings(base=base, trainer=options | trainer),
        folder=folder, steps=4, seed=0, watch=watch,
    )  # fmt: skip


HELD = [example(n) for n in (10, 11, 12)]


def validation(examples=HELD):
    decoding = LocalSettings(format="plain", max_tokens=6)
    return Validation(examples, PROBLEMS, decoding, decide)


def test_validation_is_noted_and_changes_nothing(base, tmp_path):
    watched = train(base, tmp_path / "a", Watch(validation=validation()), eval_steps=2)
    alone = train(base, tmp_path / "b")
    assert [step for step, _, _ in watched.validation] == [2, 4]
    for _, loss, accuracy in watched.validation:
        assert loss > 0
        assert 0 <= accuracy <= 1
    assert (watched.validation_audit.rows, alone.validation) == (3, ())
    assert watched.losses == alone.losses
    one, two = (load_student(tmp_path / name)[0].state_dict() for name in "ab")
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert json.loads((tmp_path / "a" / "training.json").read_text())["validation"]


def test_the_validation_loss_is_the_mean_over_completion_tokens(base, tmp_path):
    examples = [example(10), example(123456)]
    held = Watch(validation=validation(examples))
    trained = train(base, tmp_path / "s", held, per_device_eval_batch_size=1, bf16=False)
    model, tokenizer, _ = load_student(tmp_path / "s")
    losses = []
    for one in examples:
        prompt = tokenizer(one.prompt)["input_ids"]
        rest = [*tokenizer(one.completion)["input_ids"], tokenizer.eos_token_id]
        logits = model(torch.tensor([prompt + rest])).logits[0, len(prompt) - 1 : -1]
        losses += torch.nn.functional.cross_entropy(logits, torch.tensor(rest), reduction="none")
    assert trained.validation[-1][1] == pytest.approx(torch.stack(losses).mean().item(), rel=1e-4)


def test_without_examples_there_is_an_accuracy_and_no_loss(base, tmp_path):
    trained = train(base, tmp_path, Watch(validation=validation(())))
    (_, loss, accuracy) = trained.validation[-1]
    assert loss is None
    assert accuracy is not None


def test_the_best_checkpoint_on_validation_is_the_student(base, tmp_path):
    held = Watch(validation=validation())
    often = {"eval_steps": 1, "save_steps": 1, "learning_rate": 0.5}
    last = train(base, tmp_path / "last", held, **often)
    best = train(base, tmp_path / "best", held, **often, load_best_model_at_end=True)
    losses = [loss for _, loss, _ in best.validation]
    assert losses == [loss for _, loss, _ in last.validation]
    assert min(losses) < losses[-1]  # such a rate goes astray
    one, two = (load_student(tmp_path / name)[0].state_dict() for name in ("last", "best"))
    assert not all(torch.equal(one[key], two[key]) for key in one)


def test_tensorboard_gets_the_name_the_configuration_and_the_curves(base, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    watch = Watch("demo/cot", {"sft": {"base": "tiny"}}, validation())
    train(base, tmp_path, watch, report_to="tensorboard")
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert {"train/loss", "eval/loss", "eval/accuracy"} <= set(events.Tags()["scalars"])
    text = events.Tensors("args/text_summary")[0].tensor_proto.string_val[0].decode()
    assert '"run_name": "demo/cot"' in text
    assert '"cotutor/sft.base": "tiny"' in text


def test_every_training_is_a_run_of_its_own_in_wandb(base, tmp_path, monkeypatch):
    ended, fake = [], ModuleType("wandb")
    fake.__spec__, fake.run = ModuleSpec("wandb", None), SimpleNamespace(url="")
    fake.finish = lambda: ended.append(True)
    monkeypatch.setitem(sys.modules, "wandb", fake)
    train(base, tmp_path, save_strategy="no")
    assert ended == [True]


class Shown:
    def __init__(self):
        self.notes, self.done = [], None

    def resume(self, done):
        self.done = done

    def advance(self, note):
        self.notes.append(note)


def test_what_is_shown_leaves_the_time_of_validation_out(monkeypatch):
    seconds = [0.0]
    monkeypatch.setattr(callbacks.time, "monotonic", lambda: seconds[0])
    monkeypatch.setattr(callbacks, "memory", lambda: 1.24e9)
    shown, state = Shown(), TrainerState(global_step=7)
    steps = Steps(shown, tokens=1000.0, flops=2e12, peak=1e13)
    steps.on_train_begin(None, state, None)
    for _ in range(2):
        seconds[0] += 0.5
        steps.on_step_end(None, state, None)
        seconds[0] += 60
        steps.on_log(None, state, None, logs={"eval_loss": 0.5, "eval_accuracy": 0.25})
        steps.on_evaluate(None, state, None)
    assert shown.done == 7
    assert shown.notes == [
        "2,000 tokens/s, MFU 40 %, 1.2 GB",
        "2,000 tokens/s, MFU 40 %, 1.2 GB, validation 0.500, accuracy 25 %",
    ]


def test_no_mfu_is_told_where_the_peak_is_not_known(monkeypatch):
    shown = Shown()
    steps = Steps(shown, tokens=1.0, flops=1.0, peak=None)
    steps.on_step_end(None, TrainerState(), None)
    assert "MFU" not in shown.notes[0]
