import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from cotutor.bottleneck import (
    Bottleneck,
    BottleneckConfig,
    add_bottlenecks,
    load_bottlenecks,
    save_bottlenecks,
)
from tiny_models import make_model, make_tokenizer

TOKENIZER = make_tokenizer()
IDS = torch.arange(20, 40)[None]


def adapted(kind="llama", **options):
    model = add_bottlenecks(make_model(TOKENIZER, kind), BottleneckConfig(**options))
    for adapter in adapters(model).values():
        torch.nn.init.normal_(adapter.up.weight, std=0.5)
    return model


def adapters(model):
    return {name: m for name, m in model.named_modules() if isinstance(m, Bottleneck)}


def scores(model):
    inputs = {"decoder_input_ids": IDS} if model.config.is_encoder_decoder else {}
    with torch.no_grad():
        return model(input_ids=IDS, **inputs).logits


@pytest.mark.parametrize("kind", ["llama", "qwen3", "t5"])
@pytest.mark.parametrize("placement", ["pfeiffer", "houlsby"])
def test_training_begins_at_the_base_and_trains_the_adapters_alone(kind, placement):
    base = make_model(TOKENIZER, kind)
    names = {name for name, _ in base.named_parameters()}
    wanted = scores(base)
    model = add_bottlenecks(base, BottleneckConfig(placement=placement))
    assert torch.equal(scores(model), wanted)
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert trained == {name for name, _ in model.named_parameters()} - names
    places = sum(part.endswith(("mlp", "DenseReluDense")) for part, _ in model.named_modules())
    if placement == "pfeiffer":
        assert len(adapters(model)) == places
    else:
        assert len(adapters(model)) > places


def test_an_adapter_is_the_residual_of_two_matrices_behind_its_sublayer():
    model = adapted(reduction_factor=8, activation="gelu")
    (adapter, *_), mlp = adapters(model).values(), model.model.layers[0].mlp
    assert adapter.down.weight.shape == (6, 48)
    hidden = torch.randn(1, 3, 48)
    plain = mlp.down_proj(mlp.act_fn(mlp.gate_proj(hidden)) * mlp.up_proj(hidden))
    inner = torch.nn.functional.gelu(adapter.down(plain))
    torch.testing.assert_close(mlp(hidden), plain + adapter.up(inner))
    assert not torch.allclose(mlp(hidden), plain)


@pytest.mark.parametrize("kind", ["llama", "t5"])
@pytest.mark.parametrize("options", [{}, {"placement": "houlsby", "reduction_factor": 4}])
def test_what_was_saved_comes_back_on_its_base_and_holds_no_base_weights(tmp_path, kind, options):
    model = adapted(kind, **options)
    save_bottlenecks(model, tmp_path)
    saved = load_file(tmp_path / "adapter_model.safetensors")
    assert sum(w.numel() for w in saved.values()) == sum(
        p.numel() for p in model.parameters() if p.requires_grad
    )
    assert json.loads((tmp_path / "adapter_config.json").read_text())["peft_type"] == "BOTTLENECK"
    loaded = load_bottlenecks(make_model(TOKENIZER, kind), tmp_path)
    assert torch.equal(scores(loaded), scores(model))
    assert not torch.equal(scores(loaded), scores(make_model(TOKENIZER, kind)))


def test_an_adapter_may_stand_behind_any_named_module():
    assert len(adapters(adapted(target_modules=["q_proj"]))) == 2
    with pytest.raises(ValueError, match="no module named kew_proj: give target_modules"):
        adapted(target_modules=["kew_proj"])


def other_kind(folder):
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}')


def weight_missing(folder):
    weights = load_file(folder / "adapter_model.safetensors")
    del weights[min(weights)]
    save_file(weights, folder / "adapter_model.safetensors")


@pytest.mark.parametrize(
    ("damage", "says"),
    [(other_kind, "not that of a bottleneck"), (weight_missing, "only one of them has model.lay")],
)
def test_files_that_do_not_fit_are_refused(tmp_path, damage, says):
    save_bottlenecks(adapted(), tmp_path)
    damage(tmp_path)
    with pytest.raises(ValueError, match=says):
        load_bottlenecks(make_model(TOKENIZER), tmp_path)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"placement": "parallel"}, "placement is pfeiffer or houlsby, not 'parallel'"),
        ({"reduction_factor": 0}, "reduction_factor is above 0"),
        ({"activation": "sine"}, "knows no activation 'sine'"),
    ],
)
def test_a_wrong_option_is_told(options, says):
    with pytest.raises(ValueError, match=says):
        BottleneckConfig(**options)
