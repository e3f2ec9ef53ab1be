"""Train the embedded base model: `python -m base.train --out DIR --minutes N`.

Muon for the hidden matrices, AdamW for embeddings and norms, bfloat16 autocast on the CPU,
micro-batches small enough for the cache. A first phase of nothing but short copying grows the
induction heads; then the whole mix. Warm-up and linear decay go by the clock. The checkpoint
in DIR is replaced every few minutes, so that training may be stopped at any time.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from base import tokenizer as tokens
from base.corpus import BACKWARD_MIX, COPY_MIX, MIX, batches

SAVE_SECONDS = 240
LOG = logging.getLogger("base.train")


@dataclass(frozen=True)
class Recipe:
    """Everything that shapes the weights; `minutes` of wall clock on one core."""

    minutes: float = 60.0
    seed: int = 20261122
    layers: int = 5
    width: int = 128
    heads: int = 4
    inner: int = 384
    muon_rate: float = 6e-3
    adam_rate: float = 4e-3
    weight_decay: float = 0.02
    decay_share: float = 0.4
    copy_share: float = 0.04
    backward_share: float = 0.1
    accumulate: int = 2
    learnt_positions: int = 1152  # of the 2048 in a micro-batch
    start: str = ""  # a checkpoint to go on from, with a new mix or new rates


def build_model(recipe: Recipe, vocabulary: int, pad: int, end: int) -> LlamaForCausalLM:
    """Return a fresh Llama with tied embeddings."""
    torch.manual_seed(recipe.seed)
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=recipe.width, intermediate_size=recipe.inner,
        num_hidden_layers=recipe.layers, num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads, max_position_embeddings=1024, rope_theta=10000.0,
        tie_word_embeddings=True, pad_token_id=pad, eos_token_id=end, bos_token_id=None,
        initializer_range=0.04, attn_implementation="eager", use_cache=False,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def optimizers(model: LlamaForCausalLM, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices inside the blocks and AdamW for all else."""
    hidden = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    chosen = {id(p) for p in hidden}
    others = [p for p in model.parameters() if id(p) not in chosen]
    muon = torch.optim.Muon(
        hidden, lr=recipe.muon_rate, weight_decay=recipe.weight_decay, momentum=0.95,
        adjust_lr_fn="match_rms_adamw",
    )  # fmt: skip
    adam = torch.optim.AdamW(others, lr=recipe.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    return [muon, adam]


def rate_factor(recipe: Recipe, share: float) -> float:
    """Warm-up over the first fiftieth, flat, then linear to zero; `share` of the time gone."""
    rise = min(1.0, (share + 1e-3) / 0.02)
    return rise * min(1.0, max(0.01, (1.0 - share) / recipe.decay_share))


def choose(weights: torch.Tensor, count: int) -> torch.Tensor:
    """Return `count` flat positions in [B, T-1] to learn from: completions, some of the prompts.

    Scoring the vocabulary is a third of a step's cost, and most of a prompt cannot be foretold.
    """
    keys = weights[:, 1:].flatten()
    return torch.topk(keys + 0.2 * torch.rand(len(keys)) * (keys > 0), count).indices


def chosen_loss(model: LlamaForCausalLM, ids: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Mean next-token loss of ids [B, T] at the chosen positions [K]; padding is left out."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = model.model(input_ids=ids).last_hidden_state
        picked = hidden[:, :-1].reshape(-1, hidden.shape[-1])[chosen]
        logits = model.lm_head(picked).float()
    targets = ids[:, 1:].flatten()[chosen]
    return torch.nn.functional.cross_entropy(
        logits, targets, ignore_index=model.config.pad_token_id
    )


def save(model: LlamaForCausalLM, directory: Path, notes: dict[str, object]) -> None:
    """Write a checkpoint beside `directory`, then put it in its place."""
    beside = directory.with_name(directory.name + ".writing")
    beside.mkdir(parents=True, exist_ok=True)
    model.config.use_cache = model.generation_config.use_cache = True
    model.save_pretrained(beside)
    model.config.use_cache = False
    tokens.save(beside)
    (beside / "training.json").write_text(json.dumps(notes, indent=2) + "\n")
    directory.mkdir(parents=True, exist_ok=True)
    for path in beside.iterdir():
        os.replace(path, directory / path.name)
    beside.rmdir()


def legs_before(recipe: Recipe) -> list[dict[str, object]]:
    """Return what was noted of the runs that the start was made by; none for a fresh start."""
    noted = Path(recipe.start) / "training.json"
    return json.loads(noted.read_text())["legs"] if recipe.start else []


class Schedule:
    """The clock of a run: share of the time gone, learning rates, time to save."""

    def __init__(self, recipe: Recipe, opts: list[torch.optim.Optimizer]) -> None:
        """Start the clock."""
        self.recipe, self.opts = recipe, opts
        self.rates = [[group["lr"] for group in opt.param_groups] for opt in opts]
        self.begin = self.saved = time.time()

    @property
    def share(self) -> float:
        """Share of the time gone, at most 1."""
        return min(1.0, (time.time() - self.begin) / (60 * self.recipe.minutes))

    def step(self) -> None:
        """Set the rates and take a step with every optimizer."""
        factor = rate_factor(self.recipe, self.share)
        for opt, bases in zip(self.opts, self.rates, strict=True):
            for group, base in zip(opt.param_groups, bases, strict=True):
                group["lr"] = base * factor
            opt.step()
            opt.zero_grad(set_to_none=True)

    def is_time_to_save(self) -> bool:
        """Say yes every four minutes and at the end."""
        if time.time() - self.saved < SAVE_SECONDS and self.share < 1.0:
            return False
        self.saved = time.time()
        return True


def train(recipe: Recipe, out: Path) -> None:
    """Train for `recipe.minutes` and leave the checkpoint in `out`."""
    tokenizer = tokens.build()
    if recipe.start:
        model = LlamaForCausalLM.from_pretrained(recipe.start, attn_implementation="eager")
    else:
        model = build_model(recipe, len(tokenizer), tokenizer.pad_token_id, tokenizer.eos_token_id)
    earlier = legs_before(recipe)
    model.float().train()
    schedule = Schedule(recipe, optimizers(model, recipe))
    loss_of = torch.compile(chosen_loss, dynamic=False)
    copying = batches(tokenizer, recipe.seed, COPY_MIX)
    backward = batches(tokenizer, recipe.seed + 2, BACKWARD_MIX)
    everything = batches(tokenizer, recipe.seed + 1, MIX)
    step, seen, smooth = 0, 0, 0.0
    while schedule.share < 1.0:
        stream = everything
        if schedule.share < recipe.copy_share:
            stream = copying
        elif schedule.share < recipe.copy_share + recipe.backward_share:
            stream = backward
        for _ in range(1 if stream is copying else recipe.accumulate):
            ids, weights = (torch.from_numpy(array) for array in next(stream))
            loss = loss_of(model, ids, choose(weights, recipe.learnt_positions))
            (loss / recipe.accumulate).backward()
            seen += ids.numel()
            smooth = 0.99 * smooth + 0.01 * loss.item() if seen > ids.numel() else loss.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        schedule.step()
        step += 1
        if step % 200 == 0:
            LOG.info("%5.1f%% step %d loss %.4f %.1fM %.0f/s", 100 * schedule.share, step, smooth,
                     seen / 1e6, seen / (time.time() - schedule.begin))  # fmt: skip
        if schedule.is_time_to_save():
            minutes = round((time.time() - schedule.begin) / 60, 1)
            leg = asdict(recipe) | {"start": Path(recipe.start).name}
            leg |= {"steps": step, "tokens": seen, "minutes": minutes, "loss": round(smooth, 4)}
            save(model, out, {"legs": [*earlier, leg]})


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=Recipe.minutes)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(options.threads)
    changes = {key: json.loads(value) for key, value in (pair.split("=") for pair in options.set)}
    train(Recipe(minutes=options.minutes, **changes), options.out)


if __name__ == "__main__":
    main()
