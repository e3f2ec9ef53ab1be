import pytest
import torch
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    GPTNeoConfig,
    GPTNeoForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    OPTConfig,
    OPTForCausalLM,
)

from cotutor.errors import BackendError
from cotutor.models import why_not_shared
from cotutor.train import exactness
from cotutor.train.batching import Batching, costs_of
from cotutor.train.exactness import exact, probe
from cotutor.train.layout import IGNORED, Costs, Group, groups_of, plan

LAYOUTS = ("padded", "packed", "branches", "tree")
SMALL = {
    "vocab_size": 64, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
    "bos_token_id": None, "eos_token_id": 1, "pad_token_id": 0,
}  # fmt: skip
WIDE = SMALL | {"intermediate_size": 48, "num_key_value_heads": 2}
MAKERS = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(attention_dropout=0.5, **WIDE)),
    "mistral": lambda: MistralForCausalLM(MistralConfig(sliding_window=32, **WIDE)),
    "opt": lambda: OPTForCausalLM(
        OPTConfig(ffn_dim=48, word_embed_proj_dim=32, init_std=0.4, **SMALL)
    ),
    "bloom": lambda: BloomForCausalLM(
        BloomConfig(n_layer=2, n_head=4, initializer_range=0.4, **SMALL)
    ),
    "gpt-neo": lambda: GPTNeoForCausalLM(
        GPTNeoConfig(
            vocab_size=64, hidden_size=32, num_layers=2, num_heads=4, intermediate_size=48,
            attention_types=[[["global", "local"], 1]], window_size=8, bos_token_id=None,
            eos_token_id=1, initializer_range=0.4,
        )
    ),
}  # fmt: skip


def make(kind):
    torch.manual_seed(0)
    return MAKERS[kind]()


def rows_of(*shapes):
    """Rows of (prompt length, completion lengths), no prompt twice."""
    rng = torch.Generator().manual_seed(0)
    rows = []
    for prompt, completions in shapes:
        ids = torch.randint(3, 64, (prompt,), generator=rng).tolist()
        for length in completions:
            more = torch.randint(3, 64, (length,), generator=rng).tolist()
            rows.append({"input_ids": ids + more, "labels": [IGNORED] * prompt + more})
    return rows


SIBLINGS = ((40, (20, 30, 20, 30)), (40, (30, 20, 30, 20)))
ROWS = rows_of(*SIBLINGS, *((15, (n,)) for n in (9, 33, 12, 40, 21, 17, 38, 10)))


def batching(model, layouts=LAYOUTS):
    return Batching(costs_of(model), layouts, 10_000, 0)


def test_the_probe_has_the_longest_and_the_shortest_prompt_and_the_longest_completion():
    rows = rows_of((9, (4, 6)), (5, (11,)), (3, (7,)), (1, (2,)))
    long, short = probe(rows)
    assert long.prompt == rows[0]["input_ids"][:9]
    assert short.prompt == rows[3]["input_ids"][:3]  # one token cannot be shared
    assert long.completions == [rows[1]["input_ids"][9:], rows[1]["input_ids"][12:]]
    assert short.completions == [rows[2]["input_ids"][5:], rows[2]["input_ids"][10:]]


def test_a_single_row_is_probe_enough():
    (row,) = rows_of((2, (1,)))
    ids = row["input_ids"]
    assert probe([row]) == [Group(ids[:2], [ids[2:], ids[2:]])] * 2


@pytest.mark.parametrize("is_training", [True, False])
def test_all_layouts_of_a_llama_are_exact_and_asking_leaves_no_trace(is_training, capsys):
    model = make("llama").train(is_training)
    before, given = torch.get_rng_state(), batching(model)
    assert exact(model, ROWS, given, wanted="auto") is given
    assert torch.equal(torch.get_rng_state(), before)
    assert model.training == is_training
    assert all(p.grad is None for p in model.parameters())
    assert capsys.readouterr().err == ""


def test_a_layout_that_only_a_later_batch_would_take_is_tried_too(capsys):
    model = make("opt")
    costs = Costs(1.7e8, 80_000.0, 2.88e9)  # of a model of 125 M parameters, on two threads
    given = Batching(costs, LAYOUTS, 10_000, 0)
    first, later = (
        {one.layout for one in plan(groups_of(rows), costs, LAYOUTS, 10_000)}
        for rows in (ROWS[:8], ROWS[8:])
    )
    assert "packed" in later - first
    assert exact(model, ROWS, given, wanted="auto").layouts == ("padded", "branches", "tree")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("layouts that are not exact for this model are left out: packed has ")
    named = Batching(costs, ("packed",), 10_000, 0)
    with pytest.raises(BackendError, match=r"sft\.layout packed is not exact .*; take auto"):
        exact(model, ROWS, named, wanted="packed")


def test_a_layout_that_the_model_cannot_run_is_left_out(capsys):
    model = make("bloom")
    assert exact(model, ROWS, batching(model), wanted="auto").layouts == ("padded", "branches")
    assert "tree fails with ValueError" in capsys.readouterr().err


def test_too_little_memory_is_no_reason_to_take_another_layout(monkeypatch):
    def full(model, inputs):
        if "branch" in inputs:
            raise torch.OutOfMemoryError("full")
        return model(inputs["input_ids"]).logits.sum()

    monkeypatch.setattr(exactness, "pass_loss", full)
    model = make("llama")
    with pytest.raises(torch.OutOfMemoryError):
        exact(model, ROWS, batching(model, ("padded", "tree")), wanted="auto")


def test_a_window_that_holds_every_row_and_not_a_padded_prefix_leaves_out_branches():
    model = make("mistral")
    rows = rows_of((26, (4,)), (4, (24,)))
    assert why_not_shared(model, 30) is None
    assert exact(model, rows, batching(model), wanted="auto").layouts == (
        "padded",
        "packed",
        "tree",
    )


def test_local_attention_shares_nothing():
    assert "local attention" in why_not_shared(make("gpt-neo"), 4)


def test_a_mask_that_shows_too_much_stops_a_named_layout(monkeypatch):
    model = make("llama")
    monkeypatch.setattr(
        "cotutor.train.shared_prefix.sees",
        lambda branch: torch.ones(*branch.shape, branch.shape[1], dtype=torch.bool)[:, None].tril(),
    )
    with pytest.raises(BackendError, match="tree has a"):
        exact(model, ROWS, batching(model, ("tree",)), wanted="tree")
    assert all(p.grad is None for p in model.parameters())
