"""Models with an attention, a cache, positions or states of their own."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    DeepseekV3Config,
    Gemma2Config,
    MambaConfig,
    MiniMaxConfig,
    Phi3Config,
    SwitchTransformersConfig,
)

from cotutor.errors import BackendError
from cotutor.format import FORMATS
from cotutor.generate.branches import can_share
from cotutor.generate.decode import decode
from cotutor.generate.likelihood import log_probabilities
from cotutor.generate.lines import check_decodable
from cotutor.generate.local import LocalGenerator, LocalWriter
from cotutor.generate.row import Decoding, Row
from cotutor.generate.settings import LocalSettings
from cotutor.generate.writing import Ask
from cotutor.models import empty_model
from cotutor.reason.settings import SelfConsistency, Tree
from cotutor.records import Problem, Request
from cotutor.serve.shelf import Version
from cotutor.serve.steps import StepWriter, Text
from cotutor.serve.strategies import QueuedWriter
from cotutor.student import Student, reasoned
from cotutor.train.layout import Group, Pass, tensors
from cotutor.train.seq2seq import pair_loss
from tiny_models import make_model, make_tokenizer

TOKENIZER = make_tokenizer()
PLAIN = FORMATS["plain"]
SHAPE = {
    "vocab_size": len(TOKENIZER), "hidden_size": 48, "intermediate_size": 96,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4,
    "max_position_embeddings": 512, "initializer_range": 0.4, "bos_token_id": None,
    "eos_token_id": TOKENIZER.eos_token_id, "pad_token_id": TOKENIZER.pad_token_id,
}  # fmt: skip
CONFIGS = {
    "gemma2": Gemma2Config(**SHAPE, head_dim=12, sliding_window=512, query_pre_attn_scalar=12),
    "deepseek_v3": DeepseekV3Config(
        **SHAPE, n_routed_experts=4, num_experts_per_tok=2, n_group=1, topk_group=1,
        moe_intermediate_size=32, kv_lora_rank=16, q_lora_rank=16, qk_rope_head_dim=8,
        qk_nope_head_dim=8, v_head_dim=12, first_k_dense_replace=1,
    ),
    "mamba": MambaConfig(vocab_size=len(TOKENIZER), hidden_size=48, num_hidden_layers=2),
    "minimax": MiniMaxConfig(**SHAPE, layer_types=["linear_attention", "full_attention"]),
    "phi3": Phi3Config(**SHAPE, original_max_position_embeddings=32, rope_parameters={
        "rope_type": "longrope", "rope_theta": 1e4, "original_max_position_embeddings": 32,
        "short_factor": [1.0] * 6, "long_factor": [4.0] * 6,
    }),
    "switch": SwitchTransformersConfig(
        vocab_size=len(TOKENIZER), d_model=48, d_kv=16, d_ff=96, num_layers=2, num_heads=4,
        num_experts=2, expert_capacity=64, decoder_start_token_id=TOKENIZER.pad_token_id,
        eos_token_id=TOKENIZER.eos_token_id, pad_token_id=TOKENIZER.pad_token_id,
        initializer_factor=4.0,
    ),
}  # fmt: skip


def made(kind):
    config = CONFIGS[kind]
    torch.manual_seed(0)
    auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    return auto.from_config(config).eval()


def writer(model, tokenizer=TOKENIZER):
    return LocalWriter(model, tokenizer, name="tiny")


@pytest.mark.parametrize("kind", ["gemma2", "deepseek_v3"])
def test_a_model_that_fails_on_what_rows_share_takes_the_plain_way(kind):
    model = made(kind)
    assert not can_share(model, 99)
    problem = Problem.make(task="t", kind="number", question="what is 12 plus 30? " * 6, gold="42")
    settings = LocalSettings(format="plain", max_tokens=4, temperature=1.0)
    requests = [Request(problem=problem, sample=n) for n in range(8)]
    together, alone = (
        list(
            LocalGenerator(
                model, TOKENIZER, settings.model_copy(update={"batch_size": size}), name="tiny"
            ).generate(requests)
        )
        for size in (8, 1)
    )
    assert sorted(t.completion for t in together) == sorted(t.completion for t in alone)


@pytest.mark.parametrize("kind", ["mamba", "minimax"])
def test_a_model_without_a_place_for_keys_and_values_is_told_before_it_writes(kind):
    with pytest.raises(BackendError, match=f"(?i)a {kind}ForCausalLM cannot be decoded"):
        check_decodable(empty_model(CONFIGS[kind]))


def test_a_model_is_looked_at_beneath_its_adapters():
    targets = LoraConfig(target_modules=["in_proj"])
    with pytest.raises(BackendError, match="a MambaForCausalLM cannot be decoded"):
        writer(get_peft_model(made("mamba"), targets))
    check_decodable(get_peft_model(make_model(TOKENIZER), LoraConfig(target_modules=["q_proj"])))


def test_a_row_whose_keys_turn_by_the_longest_row_is_written_as_if_alone():
    one = writer(made("phi3"))
    lengths = (1, 2, 9, 10, 12, 30, 31, 40)
    asks = [Ask("Q:" + " up" * n, PLAIN, max_tokens=8) for n in lengths]
    texts = [" 42" * (1 + n % 3) for n in lengths]
    assert [w.text for w in one.write(asks)] == [one.write([ask])[0].text for ask in asks]
    assert one.likelihood(asks, texts) == pytest.approx(
        [one.likelihood([ask], [text])[0] for ask, text in zip(asks, texts, strict=True)], abs=1e-3
    )


def test_a_row_that_is_done_does_not_turn_the_keys_of_one_that_goes_on():
    one = writer(made("phi3"))
    done = Ask("Q:" + " up" * 20, PLAIN, max_tokens=2)
    asks = [done, *(Ask(f"Q: {n}", PLAIN, max_tokens=20) for n in range(9))]  # too few to leave
    assert [w.text for w in one.write(asks)] == [one.write([ask])[0].text for ask in asks]


def test_texts_of_one_turn_at_the_server_are_written_as_if_alone():
    steps = StepWriter(made("phi3"), TOKENIZER, name="tiny")
    asks = [Ask("Q:" + " up" * n, PLAIN, max_tokens=8) for n in (1, 30, 2, 40)]
    version = Version("tiny", None, None, "tiny@1", TOKENIZER, None, steps)
    texts = [Text(version, ask) for ask in asks]
    assert list(steps.steps(texts))
    assert [text.written.result().text for text in texts] == [
        steps.write([ask])[0].text for ask in asks
    ]


def test_an_encoder_with_experts_is_decoded_as_the_whole_model_says():
    model = made("switch")
    prompts = [[7, 8, 9, 1], [11, 12, 13, 14, 15, 16, 1]]
    rows = [Row(prompt, limit=6) for prompt in prompts]
    decode(model, rows, Decoding(frozenset()))
    for prompt, row in zip(prompts, rows, strict=True):
        line = [TOKENIZER.pad_token_id]
        for _ in range(6):
            with torch.no_grad():
                scores = model(
                    input_ids=torch.tensor([prompt]), decoder_input_ids=torch.tensor([line]),
                    use_cache=False,
                ).logits  # fmt: skip
            line.append(int(scores[0, -1].argmax()))
        assert row.written == line[1:]
    assert log_probabilities(model, [(row.prompt, row.written) for row in rows]) == pytest.approx(
        [sum(row.logs) for row in rows], abs=1e-2
    )


def test_an_encoder_with_experts_that_reads_a_prompt_once_gives_the_loss_of_single_rows():
    model = made("switch")
    groups = [Group([7, 8, 9, 1], [[20, 21, 1], [22, 1]]), Group([11, 12, 1], [[23, 24, 1]])]
    with torch.no_grad():
        together = pair_loss(model, tensors(Pass("encoded", groups), TOKENIZER.pad_token_id))
        alone = sum(
            model(
                input_ids=torch.tensor([group.prompt]), labels=torch.tensor([completion])
            ).loss * len(completion)
            for group in groups for completion in group.completions
        )  # fmt: skip
    assert float(together) == pytest.approx(float(alone), rel=1e-4)


@pytest.fixture(scope="module")
def pair():
    tokenizer = make_tokenizer(closes=True)
    return make_model(tokenizer, "t5"), tokenizer


def test_an_encoder_does_not_read_what_its_decoder_is_to_go_on_from(pair):
    one = writer(*pair)
    asks = [Ask("12 plus 30?", PLAIN), Ask("12 plus 30?", PLAIN, begun=" 12 plus 30 is")]
    sentence = "tiny is an encoder with a decoder: it cannot go on from the beginning"
    for act in (
        lambda: one.write(asks),
        lambda: one.likelihood(asks, [" 42", " 42"]),
        lambda: next(one.stream(asks[1])),
        lambda: Student(one, FORMATS["paper-t5"]).solve("12 plus 30?", strategy="tree"),
    ):
        with pytest.raises(BackendError, match=sentence):
            act()
    assert one.write(asks[:1])[0].error is None


def test_a_strategy_at_the_server_that_goes_on_stops_no_text_of_others(pair):
    steps = StepWriter(*pair, name="tiny")
    version = Version("tiny", None, None, "tiny@1", pair[1], pair[0], steps)
    worker = Inline()
    think = lambda strategy: reasoned(  # noqa: E731 - one line, used twice
        "12 plus 30?", QueuedWriter(worker, version, 99), FORMATS["paper-t5"], strategy, seed=0
    )
    with pytest.raises(BackendError, match="it cannot go on from the beginning"):
        think(Tree(kind="tree", max_tokens=8))
    assert all(not text.ask.begun for text in worker.submitted)
    assert think(SelfConsistency(kind="self-consistency", samples=2, max_tokens=8)).trace


class Inline:
    """A worker that writes what is submitted at once."""

    def __init__(self):
        self.submitted = []

    def submit(self, texts):
        self.submitted += texts
        for _ in texts[0].version.writer.steps(texts):
            pass
