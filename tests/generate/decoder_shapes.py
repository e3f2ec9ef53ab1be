"""Tiny random decoders of four shapes that end texts now and then, over one tokenizer."""

from functools import cache

import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, GPT2Config, GPT2LMHeadModel

from tiny_models import make_model, make_tokenizer

TOKENIZER = make_tokenizer()
ENDS = [TOKENIZER.eos_token_id, *range(40, 50)]  # so many, that random texts end now and then
SHAPES = ("llama", "qwen3", "gemma3", "gpt2")


@cache
def shape(kind, dtype=torch.float32):
    """The model of a shape, always the same one; Gemma's windows are wider than any row here."""
    model = _made(kind).to(dtype)
    model.generation_config.eos_token_id = ENDS
    return model


def sliding():
    """A Gemma whose windows are narrower than its prompts."""
    return _gemma(window=16)


def _made(kind):
    torch.manual_seed(0)
    if kind == "gemma3":
        return _gemma(window=512)
    if kind == "gpt2":
        config = GPT2Config(
            vocab_size=len(TOKENIZER), n_positions=512, n_embd=48, n_layer=2, n_head=4,
            initializer_range=0.4, bos_token_id=None, eos_token_id=TOKENIZER.eos_token_id,
        )  # fmt: skip
        return GPT2LMHeadModel(config).eval()
    return make_model(TOKENIZER, kind)


def _gemma(window):
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=len(TOKENIZER), hidden_size=48, intermediate_size=96, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, head_dim=12, max_position_embeddings=512,
        sliding_window=window, initializer_range=0.4, bos_token_id=None,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        eos_token_id=TOKENIZER.eos_token_id, pad_token_id=TOKENIZER.pad_token_id,
    )  # fmt: skip
    return Gemma3ForCausalLM(config).eval()
