"""Tiny random models and a small tokenizer, made on the spot."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

TEMPLATE = (
    "{% for message in messages %}{% if message.role == 'assistant' %}<|assistant|>"
    "{% generation %}{{ message.content }}{{ eos_token }}{% endgeneration %}"
    "{% else %}<|user|>{{ message.content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
THINKING_TEMPLATE = TEMPLATE.replace(
    "{% if add_generation_prompt %}<|assistant|>",
    "{% if add_generation_prompt %}<|assistant|><think>\n",
)
_TEXTS = (
    "Q: what is 12 plus 30?\nA: Let's think step by step. 12 plus 30 is 42.\n"
    "Therefore, the answer is 42.",
    "The coin is heads up. Ann flips the coin. It is tails up. --> no ### yes The answer is no.",
    "Explain step by step, then decide: end with one line `Answer: ` and the answer alone.",
)


def make_tokenizer(
    template: str | None = TEMPLATE, *, closes: bool = False
) -> PreTrainedTokenizerFast:
    """A byte-level BPE of about 400 tokens with single digits, whose eos is not its pad.

    With `closes` it puts the eos behind every text, as T5's does.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(_TEXTS, trainer)
    if closes:
        end = ("<|end|>", tokenizer.token_to_id("<|end|>"))
        tokenizer.post_processor = processors.TemplateProcessing("$A <|end|>", None, [end])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|end|>",
        additional_special_tokens=special[2:],
    )  # fmt: skip
    fast.chat_template = template
    return fast


def make_model(
    tokenizer: PreTrainedTokenizerFast, kind: str = "llama", *, context: int = 512, seed: int = 0
):
    """A random two-layer model of about 0.1 M parameters that ends texts of its own accord."""
    torch.manual_seed(seed)
    if kind == "t5":
        return _make_t5(tokenizer)
    config_class, model_class = {
        "llama": (LlamaConfig, LlamaForCausalLM),
        "qwen3": (Qwen3Config, Qwen3ForCausalLM),
    }[kind]
    config = config_class(
        vocab_size=len(tokenizer), hidden_size=48, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=12, max_position_embeddings=context,
        bos_token_id=None, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.4, tie_word_embeddings=True,
    )  # fmt: skip
    return model_class(config).eval()


def _make_t5(tokenizer: PreTrainedTokenizerFast):
    """An encoder-decoder whose heads are wider than their share of the width, as Flan-T5's are."""
    config = T5Config(
        vocab_size=len(tokenizer), d_model=48, d_kv=16, d_ff=96, num_layers=2, num_heads=4,
        feed_forward_proj="gated-gelu", tie_word_embeddings=False, dropout_rate=0.0,
        decoder_start_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return T5ForConditionalGeneration(config).eval()


def save_tiny(folder: Path, kind: str = "llama") -> Path:
    """A tiny model with its tokenizer as a transformers checkpoint in `folder`."""
    tokenizer = make_tokenizer(closes=kind == "t5")
    make_model(tokenizer, kind).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
