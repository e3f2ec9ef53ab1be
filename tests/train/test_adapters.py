"""Every way to adapt: it trains, is exact, comes back from disk, and writes what it was taught."""

import shutil
import warnings

import pytest
import torch
from peft import PeftModel
from test_layouts import LAYOUTS, MAKERS, ROWS, measured, reference

from cotutor.errors import BackendError, ConfigError
from cotutor.generate.decode import decode
from cotutor.generate.row import Decoding, Row
from cotutor.models import load_model, load_student, why_not_quantized, why_not_shared
from cotutor.records import Example
from cotutor.train import Arm, SftSettings, sft
from cotutor.train.adapters import attach
from cotutor.train.batching import layouts_for
from cotutor.train.layout import groups_of
from cotutor.train.options import check_trainer, trainer_config
from tiny_models import save_tiny

METHODS = ("lora", "dora", "prefix", "prompt", "ia3", "bottleneck")
VIRTUAL = ("prefix", "prompt")
TRAINER = {
    "per_device_train_batch_size": 8, "learning_rate": 0.02, "logging_steps": 1, "bf16": False,
}  # fmt: skip
EXAMPLES = [
    Example(problem_id=f"p{n // 2}", trace_id=None, prompt=f"Q: {n // 2} + 1?\nA:",
            completion=f" {n // 2} and {1 + n % 2} less {n % 2}.\nThe answer is {n // 2 + 1}")
    for n in range(8)
]  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(save_tiny(tmp_path_factory.mktemp("base"), "qwen3"))


def settings(base="embedded", **changed):
    return SftSettings(base=base, **({"trainer": TRAINER} | changed))


def adapted(kind, method, **adapter):
    """A tiny model whose adapter is far from doing nothing."""
    torch.manual_seed(0)
    model = attach(MAKERS[kind](), settings(method=method, adapter=adapter)).eval()
    torch.manual_seed(1)
    for parameter in model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.mark.parametrize("method", METHODS)
def test_a_student_trains_and_comes_back_as_it_was(base, tmp_path, method, monkeypatch):
    kept = []

    def keep(folder, model, *rest):
        kept.append(model.eval())
        save(folder, model, *rest)

    save = sft.save_student
    monkeypatch.setattr(sft, "save_student", keep)
    told, folder = settings(base, method=method), tmp_path / "s"
    training = sft.train_arm(Arm(name="cot"), EXAMPLES, told, folder=folder, steps=8, seed=0)
    losses = [loss for _, loss in training.losses]
    assert losses[-1] < 0.95 * losses[0]
    model, tokenizer, student = load_student(folder)
    plain, _ = load_model(base)
    assert student.method == method
    assert training.parameters < plain.num_parameters() / 2
    assert not (folder / "model.safetensors").exists()
    ids = torch.tensor([tokenizer("Q: 3 + 1?\nA:")["input_ids"]])
    (trained,) = kept
    trained.set_attn_implementation(model.config._attn_implementation)
    assert torch.equal(trained(ids).logits, model(ids).logits)
    assert not torch.allclose(plain(ids).logits[:, -1], model(ids).logits[:, -1])
    if method != "bottleneck":
        peers = PeftModel.from_pretrained(plain, folder).eval()
        assert torch.equal(peers(ids).logits, model(ids).logits)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", MAKERS)
def test_each_layout_that_may_be_taken_has_the_models_own_loss_and_gradients(kind, method):
    model = adapted(kind, method)
    loss, grads = reference(model, ROWS)
    reason = why_not_shared(model, 40)
    layouts = layouts_for("auto", reason, is_checkpointed=False)
    assert layouts == (("padded",) if method in VIRTUAL else LAYOUTS)
    for layout in layouts:
        found, found_grads = measured(model, layout, groups_of(ROWS))
        assert found == pytest.approx(loss, rel=1e-6), layout
        for one, two in zip(grads, found_grads, strict=True):
            assert (one - two).norm() <= 1e-5 * one.norm() + 1e-7, layout


@pytest.mark.parametrize("method", VIRTUAL)
def test_virtual_tokens_would_leak_through_a_packed_line(method):
    """The trap that the padded layout is there for."""
    model = adapted("llama", method)
    loss, _ = reference(model, ROWS)
    with warnings.catch_warnings(action="ignore"):  # peft drops the positions of prompt tuning
        packed, _ = measured(model, "packed", groups_of(ROWS))
    assert packed != pytest.approx(loss, rel=1e-5)
    with pytest.raises(ConfigError, match="layout packed is not possible here: prompt and prefix"):
        layouts_for("packed", why_not_shared(model, 40), is_checkpointed=False)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", MAKERS)
def test_a_batch_is_decoded_as_plain_argmax_would(kind, method):
    model = adapted(kind, method)
    prompts = [torch.arange(3, 3 + length).tolist() for length in (3, 9, 5)]
    rows = [Row(prompt, 4 + len(prompt)) for prompt in prompts]
    decode(model, rows, Decoding(frozenset({7, 8})))
    for row in rows:
        written = []
        while len(written) < row.limit and not {7, 8} & set(written):
            with torch.no_grad():
                written.append(
                    int(model(torch.tensor([row.prompt + written])).logits[0, -1].argmax())
                )
        assert row.written == written


@pytest.mark.parametrize("method", ["bottleneck", "prefix"])
def test_training_goes_on_from_its_checkpoint(base, tmp_path, method, monkeypatch):
    trainer = TRAINER | {"per_device_train_batch_size": 4, "save_steps": 1}
    told = settings(base, method=method, trainer=trainer)

    def train(name):
        folder = tmp_path / name
        return sft.train_arm(Arm(name="cot"), EXAMPLES, told, folder=folder, steps=2, seed=0)

    whole = train("whole")
    with monkeypatch.context() as patched:
        patched.setattr(sft, "save_student", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            train("broken")
    shutil.rmtree(tmp_path / "broken" / "checkpoints" / "checkpoint-2")
    assert train("broken").losses == whole.losses
    (one, tokenizer, _), (two, _, _) = (load_student(tmp_path / n) for n in ("whole", "broken"))
    ids = torch.tensor([tokenizer("Q: 3 + 1?\nA:")["input_ids"]])
    assert torch.equal(one(ids).logits, two(ids).logits)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"method": "lora", "adapter": {"rank": 4}}, "sft.adapter of lora has no option 'rank'"),
        ({"adapter": {"r": 4}}, "sft.adapter of full has no option 'r'"),
        (
            {"method": "prompt", "adapter": {"num_virtual_token": 4}},
            "did you mean num_virtual_tokens?",
        ),
        ({"method": "dora", "adapter": {"use_dora": False}}, "has no option 'use_dora'"),
        ({"method": "bottleneck", "adapter": {"placement": "x"}}, "sft.adapter.placement: "),
        ({"method": "bottleneck", "adapter": {"reduction_factor": 0}}, "sft.adapter: reduction_f"),
        (
            {"method": "lora", "adapter": {"loftq_config": 3, "init_lora_weights": "loftq"}},
            "sft.adapter.loftq_config: ",
        ),
        (
            {"method": "prefix", "trainer": {"gradient_checkpointing": True}},
            "gradient_checkpointing is not possible with sft.method prefix",
        ),
        ({"method": "prefix", "adapter": {"prefix_projection": True}}, "no option 'prefix_proj"),
    ],
)
def test_a_wrong_option_is_told_before_anything_runs(changed, says):
    with pytest.raises(ConfigError, match=says):
        check_trainer(settings(**changed))


def test_an_option_that_does_not_fit_the_model_is_one_sentence():
    with pytest.raises(ConfigError, match=r"sft\.adapter: .*kew_proj"):
        adapted("llama", "lora", target_modules=["kew_proj"])
    with pytest.raises(ConfigError, match="output layer cannot be adapted"):
        adapted("llama", "lora", target_modules=["lm_head"])


def test_learning_rates_follow_the_method_and_the_run_file(tmp_path):
    def rate(**changed):
        return trainer_config(SftSettings(**changed), tmp_path, steps=1, seed=0).learning_rate

    assert rate() < rate(method="lora") < rate(method="prefix")
    assert rate(method="prefix", trainer={"learning_rate": 5.0}) == 5.0


@pytest.mark.skipif(why_not_quantized() is None, reason="this machine can hold 4-bit weights")
def test_four_bits_are_refused_in_one_sentence_where_they_cannot_be_had(base):
    with pytest.raises(ConfigError, match=r"sft\.method qlora is not possible here: that needs"):
        check_trainer(settings(method="qlora"))
    with pytest.raises(BackendError, match="cannot be loaded in 4 bits: that needs"):
        load_model(base, is_quantized=True)
