import copy
from dataclasses import replace

import pytest
import torch
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, PrefixTuningConfig, get_peft_model
from transformers import (
    AutoConfig,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from trl import SFTConfig, SFTTrainer

from cotutor.errors import ConfigError
from cotutor.models import why_not_shared
from cotutor.train.batching import Batching, costs_of, layouts_for
from cotutor.train.layout import IGNORED, Costs, Group, Pass, cost, groups_of, plan, tensors
from cotutor.train.shared_prefix import pass_loss
from cotutor.train.trainer import CompletionTrainer
from tiny_models import make_tokenizer

LAYOUTS = ("padded", "packed", "branches", "tree")
SHAPE = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "pad_token_id": 0, "eos_token_id": 1,
    "bos_token_id": None,
}  # fmt: skip
GPT2 = {
    "vocab_size": 64, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 128,
    "bos_token_id": None, "eos_token_id": 1, "pad_token_id": 0,
}  # fmt: skip
MAKERS = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)),
    "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(head_dim=8, **SHAPE)),
    "gemma3": lambda: Gemma3ForCausalLM(Gemma3TextConfig(head_dim=8, sliding_window=64, **SHAPE)),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**GPT2)),
}


def make(kind, method="full"):
    torch.manual_seed(0)
    model = MAKERS[kind]()
    if method == "lora":
        torch.manual_seed(1)
        modules = ["c_attn"] if kind == "gpt2" else ["q_proj", "v_proj", "down_proj"]
        lora = LoraConfig(
            r=4, target_modules=modules, init_lora_weights=False, task_type="CAUSAL_LM",
            fan_in_fan_out=kind == "gpt2",
        )  # fmt: skip
        model = get_peft_model(model, lora)
    return model.eval()  # without GPT-2's dropout


def rows_of(shapes, seed=0):
    """Rows of (prompt length, completion lengths)."""
    rng = torch.Generator().manual_seed(seed)
    rows = []
    for prompt, completions in shapes:
        ids = torch.randint(3, 64, (prompt,), generator=rng).tolist()
        for length in completions:
            more = torch.randint(3, 64, (length,), generator=rng).tolist()
            rows.append({"input_ids": ids + more, "labels": [IGNORED] * prompt + more})
    return rows


ROWS = rows_of([(7, (5, 9, 3)), (12, (4,)), (2, (6, 1))])


@pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning")  # torch's own
@pytest.mark.parametrize("kind", ["llama", "qwen3", "gemma3"])
def test_blocks_of_flex_attention_show_what_the_boolean_mask_shows(kind):
    model, groups = make(kind), groups_of(ROWS)
    inputs = tensors(Pass("tree", groups), 0)
    with torch.no_grad():  # on a CPU it has no backward pass
        wanted = pass_loss(model, inputs)
        model.set_attn_implementation("flex_attention")
        assert pass_loss(model, inputs).item() == pytest.approx(wanted.item(), rel=1e-5)


def test_a_backend_that_skips_makes_a_tree_cheaper_than_branches():
    groups, layouts = [Group([1] * 1000, [[1] * 100] * 8)], ("padded", "packed", "branches", "tree")
    seen = Costs(token=1e3, pair=1e2, start=1e6, skips=True)
    assert plan(groups, seen, layouts, 2**16)[0].layout == "tree"
    assert plan(groups, replace(seen, skips=False), layouts, 2**16)[0].layout == "branches"


def measured(model, layout, groups):
    model.zero_grad()
    loss = pass_loss(model, tensors(Pass(layout, groups), 0))
    loss.backward()
    return loss.item(), [p.grad.clone() for p in model.parameters() if p.grad is not None]


def reference(model, rows):
    """Each row by itself through the model's own loss."""
    model.zero_grad()
    total = 0.0
    for row in rows:
        ids, labels = torch.tensor([row["input_ids"]]), torch.tensor([row["labels"]])
        loss = model(input_ids=ids, labels=labels).loss * (labels[:, 1:] != IGNORED).sum()
        loss.backward()
        total += loss.item()
    return total, [p.grad.clone() for p in model.parameters() if p.grad is not None]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("kind", MAKERS)
def test_every_layout_has_the_loss_and_the_gradients_of_single_rows(kind, method, attention):
    model = make(kind, method)
    model.set_attn_implementation(attention)
    loss, grads = reference(model, ROWS)
    for layout in LAYOUTS:
        found, found_grads = measured(model, layout, groups_of(ROWS))
        assert found == pytest.approx(loss, rel=1e-6), layout
        for one, two in zip(grads, found_grads, strict=True):
            assert (one - two).norm() <= 1e-5 * one.norm() + 1e-7, layout


@given(
    st.lists(
        st.tuples(st.integers(2, 12), st.lists(st.integers(1, 9), min_size=1, max_size=4)),
        min_size=1, max_size=4,
    ),
    st.integers(4, 60),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_a_plan_holds_every_completion_once_and_has_the_same_loss(shapes, budget):
    model = make("llama")
    rows = rows_of(shapes)
    passes = plan(groups_of(rows), costs_of(model), LAYOUTS, budget)
    held = sorted(g.prompt + c for one in passes for g in one.groups for c in g.completions)
    assert held == sorted(row["input_ids"] for row in rows)
    loss = sum(pass_loss(model, tensors(one, 0)).item() for one in passes)
    assert loss == pytest.approx(reference(model, rows)[0], rel=1e-5)


def test_a_plan_shares_long_prompts_and_leaves_single_rows_alone():
    costs = costs_of(make("llama"))
    many = plan(groups_of(rows_of([(60, (10,) * 8)])), costs, LAYOUTS, 10_000)
    assert [one.layout for one in many] in (["branches"], ["tree"])
    single = plan(groups_of(rows_of([(60, (10,))])), costs, LAYOUTS, 10_000)
    assert [one.layout for one in single] in (["padded"], ["packed"])


@given(st.integers(2, 300), st.integers(1, 300), st.integers(1, 16))
def test_a_plan_is_never_dearer_than_padding(prompt, completion, count):
    costs = Costs(token=1e6, pair=1e3, start=1e5)
    groups = [Group([5] * prompt, [[6] * completion] * count)]
    passes = plan(groups, costs, LAYOUTS, 10**9)
    assert sum(cost(*one, costs) for one in passes) <= cost("padded", groups, costs)


def trainer(model, rows, tmp_path, *, layouts=LAYOUTS, together=4, **options):
    args = SFTConfig(
        output_dir=str(tmp_path), bf16=False, use_cpu=True, report_to="none", save_strategy="no",
        activation_checkpointing=False, dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False, max_length=None, disable_tqdm=True, logging_steps=1,
        learning_rate=1e-3, **options,
    )  # fmt: skip
    return CompletionTrainer(
        rows=rows, batching=Batching(costs_of(model), layouts, 10_000, 0), together=together,
        model=model, args=args, processing_class=make_tokenizer(),
    )  # fmt: skip


@pytest.mark.parametrize("method", ["full", "lora"])
def test_fifty_steps_end_with_the_weights_of_plain_padding(tmp_path, method):
    rows = rows_of([(9, (5, 9, 3, 7)), (4, (4, 8)), (6, (6, 2, 5))], seed=1)
    ends = []
    for layouts in (("padded",), ("branches",), ("tree",)):
        made = trainer(make("qwen3", method), rows, tmp_path, layouts=layouts, max_steps=50)
        made.train()
        ends.append([p.detach().clone() for p in made.model.parameters() if p.requires_grad])
    for end in ends[1:]:
        for one, two in zip(ends[0], end, strict=True):
            assert (one - two).norm() <= 1e-4 * one.norm()


def test_the_loss_of_a_batch_is_that_of_trl(tmp_path):
    model = make("llama")
    ours = trainer(model, ROWS, tmp_path)
    batch = ours.data_collator(ROWS)
    theirs = SFTTrainer(
        model=copy.deepcopy(model), args=ours.args, train_dataset=Dataset.from_list(ROWS),
        processing_class=make_tokenizer(),
    )  # fmt: skip
    mean = theirs.compute_loss(theirs.model, theirs.data_collator(ROWS))
    assert ours.compute_loss(ours.model, batch).item() == pytest.approx(mean.item(), rel=1e-6)


def test_accumulated_batches_are_one_large_batch(tmp_path):
    rows = rows_of([(9, (5, 9)), (4, (4, 8))])
    ends = []
    for size, accumulated in ((4, 1), (1, 4)):
        made = trainer(
            make("llama"), rows, tmp_path, max_steps=3, per_device_train_batch_size=size,
            gradient_accumulation_steps=accumulated,
        )  # fmt: skip
        made.train()
        losses = [entry["loss"] for entry in made.state.log_history if "loss" in entry]
        ends.append((losses, [p.detach().clone() for p in made.model.parameters()]))
    assert ends[0][0] == pytest.approx(ends[1][0], rel=1e-4)
    for one, two in zip(ends[0][1], ends[1][1], strict=True):
        assert (one - two).norm() <= 1e-4 * one.norm()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_first_completion_token_is_trained(layout):
    model = make("llama")
    rows = rows_of([(5, (1, 1))])
    expected = sum(
        torch.nn.functional.cross_entropy(
            model(torch.tensor([row["input_ids"][:5]])).logits[0, -1],
            torch.tensor(row["input_ids"][5]),
        ).item()
        for row in rows
    )
    loss = pass_loss(model, tensors(Pass(layout, groups_of(rows)), 0))
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_what_cannot_be_shared_exactly_is_refused_with_the_reason():
    sliding = Gemma3ForCausalLM(Gemma3TextConfig(head_dim=8, sliding_window=8, **SHAPE))
    assert "slides over 8 tokens" in why_not_shared(sliding, 9)
    assert why_not_shared(sliding, 8) is None
    prefixed = get_peft_model(
        make("llama"), PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=2)
    )
    reason = why_not_shared(prefixed, 8)
    assert "virtual tokens" in reason
    assert layouts_for("auto", reason, is_checkpointed=False) == ("padded",)
    with pytest.raises(ConfigError, match="virtual tokens"):
        layouts_for("branches", reason, is_checkpointed=False)
    with pytest.raises(ConfigError, match="checkpointing"):
        layouts_for("branches", None, is_checkpointed=True)


def test_linear_attention_is_refused():
    config = AutoConfig.for_model(
        "qwen3_next", num_hidden_layers=4, layer_types=["linear_attention"] * 3 + ["full_attention"]
    )
    model = type("Hybrid", (), {"config": config})()
    assert "linear_attention" in why_not_shared(model, 8)
