"""What the audit of training rows refuses, by the student that each arm would train."""

import pytest
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    GPT2Config,
    GPT2LMHeadModel,
    MambaConfig,
    MambaForCausalLM,
)

from cotutor.config import check_config
from cotutor.errors import BackendError, DataError, GateError
from cotutor.records import Example
from cotutor.stages.run import examples_path, open_run
from cotutor.stages.training import audit_rows
from cotutor.store import write_records
from tiny_models import make_tokenizer, save_tiny

TOKENIZER = make_tokenizer()
SIZES = {"vocab_size": len(TOKENIZER), "bos_token_id": None, "eos_token_id": TOKENIZER.eos_token_id}
BART = {
    "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "max_position_embeddings": 128, "pad_token_id": TOKENIZER.pad_token_id,
    "decoder_start_token_id": TOKENIZER.eos_token_id, "forced_eos_token_id": None,
}  # fmt: skip


def save(folder, model):
    model.save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory):
    config = GPT2Config(n_positions=128, n_embd=16, n_layer=1, n_head=2, **SIZES)
    return save(tmp_path_factory.mktemp("gpt2"), GPT2LMHeadModel(config))


@pytest.fixture(scope="module")
def bart(tmp_path_factory):
    model = BartForConditionalGeneration(BartConfig(**SIZES, **BART))
    return save(tmp_path_factory.mktemp("bart"), model)


def open_with(folder, base, *, prompt="Q", completion=" coin", families=("coin_flips",), **sft):
    """A run whose arm has one example of the first family's every problem."""
    source = {"count": 2, "level": 1}
    config = check_config(
        {
            "name": "audited",
            "problems": {
                split: [{"family": name, "split": split, **source} for name in families]
                for split in ("train", "heldout")
            },
            "teacher": {"generator": "symbolic"},
            "students": [{"name": "cot"}],
            "sft": {"base": base, "format": "paper", **sft},
            "evaluate": {"retention": None},
        },
        "test",
    )
    run = open_run(config, folder)
    examples = [
        Example(problem_id=p.id, trace_id=None, prompt=prompt, completion=completion)
        for p in run.train
        if p.task == families[0]
    ]
    write_records(examples_path(run, config.students[0]), examples)
    return run


def tokens(text):
    return len(TOKENIZER(text)["input_ids"])


@pytest.mark.parametrize(
    ("method", "adapter", "room"),
    [("full", {}, 128), ("prompt", {}, 108), ("prefix", {"num_virtual_tokens": 8}, 120)],
)
def test_a_row_has_the_places_that_virtual_tokens_leave(tmp_path, gpt2, method, adapter, room):
    for more in (0, 1):
        completion = " coin" * 20
        prompt = "Q" * (room - tokens(completion) - 1 + more)
        run = open_with(
            tmp_path / str(more), gpt2, prompt=prompt, completion=completion, method=method,
            adapter=adapter,
        )  # fmt: skip
        if not more:
            assert audit_rows(run)["rows"]["cot"]["longest"] == room
            continue
        behind = "" if room == 128 else f" behind {128 - room} virtual ones"
        sentence = f"row of arm cot has {room + 1} tokens, and .* reads {room}{behind}: set"
        with pytest.raises(DataError, match=sentence):
            audit_rows(run)


def test_an_encoder_and_a_decoder_have_a_context_each(tmp_path, bart):
    fits = open_with(tmp_path / "fits", bart, prompt="Q" * 120, completion="Q" * 127)
    assert audit_rows(fits)["rows"]["cot"]["longest"] > 128
    long = open_with(tmp_path / "long", bart, prompt="Q", completion="Q" * 128)
    with pytest.raises(DataError, match="longest prompt or completion of arm cot has 129 tokens"):
        audit_rows(long)


def test_a_base_that_could_not_be_decoded_is_named_before_training(tmp_path):
    config = MambaConfig(
        vocab_size=len(TOKENIZER), hidden_size=16, num_hidden_layers=1, state_size=4,
        eos_token_id=TOKENIZER.eos_token_id, pad_token_id=TOKENIZER.pad_token_id,
    )  # fmt: skip
    base = save(tmp_path / "mamba", MambaForCausalLM(config))
    with pytest.raises(BackendError, match="a MambaForCausalLM cannot be decoded"):
        audit_rows(open_with(tmp_path / "run", base))


def test_a_student_of_one_task_without_a_row_is_named_before_training(tmp_path):
    base = str(save_tiny(tmp_path / "base"))
    families = ("last_letters", "coin_flips")
    one = open_with(tmp_path / "one", base, families=families)
    assert audit_rows(one)["rows"]["cot"]["rows"] == 2
    each = open_with(tmp_path / "each", base, families=families, one_per_task=True)
    with pytest.raises(GateError, match="arm cot, task coin_flips, has no training rows"):
        audit_rows(each)
