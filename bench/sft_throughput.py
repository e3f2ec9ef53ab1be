"""Completion tokens a second of fine-tuning: cotutor against TRL's `SFTTrainer` at its best.

    python -m bench.sft_throughput [--case 300/100/8] [--shape tiny] [--rounds 5]

A case is prompt tokens / completion tokens / completions of a prompt, or `gsm8k-8shot`: an
8-shot prompt and completions as long as GSM8K's human solutions (needs COTUTOR_DATA). All run in
one process on the same model and rows, in turn; TRL is taken at the better of padding, packing and
padding-free (a way that is half as fast as another in the first, warming round runs no more).
One JSON line a case: the median over rounds of the ratio of completion tokens a
second, both speeds, and `ideal`, the ratio of tokens that must be run, D (P + R) / (P + D R).
"""

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from random import Random
from typing import Any

import torch
from datasets import Dataset
from transformers import PrinterCallback, Qwen3Config, Qwen3ForCausalLM, TrainerCallback
from transformers.utils import logging
from trl import SFTConfig, SFTTrainer

from cotutor.models import load_model
from cotutor.train.batching import Batching, costs_of, layouts_for
from cotutor.train.layout import IGNORED, Row
from cotutor.train.trainer import CompletionTrainer

CASES = ("100/100/8", "300/100/8", "1000/100/16", "gsm8k-8shot", "100/100/1", "300/100/1",
         "30/200/4", "100/20/2", "1000/100/1")  # fmt: skip
SHAPES: dict[str, dict[str, int]] = {
    "tiny": {
        "vocab_size": 4096, "hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 4,
        "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 32,
    },
    "0.6b": {
        "vocab_size": 151936, "hidden_size": 1024, "intermediate_size": 3072,
        "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8,
        "head_dim": 128,
    },
    "1.7b": {
        "vocab_size": 151936, "hidden_size": 2048, "intermediate_size": 6144,
        "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8,
        "head_dim": 128,
    },
}  # fmt: skip
"""The vocabulary of `tiny` has the share of its parameters that that of Qwen3-0.6B has."""
THEIRS: dict[str, dict[str, Any]] = {
    "padded": {},
    "packed": {"packing": True},
    "padding-free": {"padding_free": True},
}


def made_rows(prompt: int, lengths: list[list[int]], vocabulary: int) -> list[Row]:
    """Return rows of random tokens: one prompt per list of completion lengths."""
    rng = Random(0)
    rows = []
    for completions in lengths:
        ids = rng.choices(range(3, vocabulary), k=prompt)
        for length in completions:
            more = rng.choices(range(3, vocabulary), k=length)
            rows.append({"input_ids": ids + more, "labels": [IGNORED] * prompt + more})
    return rows


def rows_of(case: str, prompts: int, vocabulary: int) -> tuple[list[Row], float]:
    """Return the rows of a case and its ideal ratio."""
    if case == "gsm8k-8shot":
        prompt, lengths = gsm8k(prompts)
    else:
        prompt, completion, count = map(int, case.split("/"))
        lengths = [[completion] * count for _ in range(prompts)]
    completions = sum(map(sum, lengths))
    plain = sum(map(len, lengths)) * prompt + completions
    rows = made_rows(prompt, lengths, vocabulary)
    return rows, plain / (len(lengths) * prompt + completions)


def gsm8k(prompts: int, samples: int = 8) -> tuple[int, list[list[int]]]:
    """Return the tokens of an 8-shot prompt and of human solutions, in the embedded tokenizer."""
    from cotutor.problems import load
    from cotutor.problems.sources import parse_source

    _, tokenizer = load_model("embedded")
    problems = load(parse_source("gsm8k:train"), seed=0)[: 8 + prompts * samples]
    counts = [len(tokenizer(p.reasoning or "")["input_ids"]) for p in problems]
    asked = [len(tokenizer(p.question)["input_ids"]) for p in problems]
    prompt = sum(counts[:8]) + sum(asked[:8]) + round(statistics.mean(asked))
    rest = counts[8:]
    return prompt, [rest[at : at + samples] for at in range(0, len(rest), samples)]


def options(folder: str, batch: int, **more: Any) -> SFTConfig:
    """Return the same training options for both."""
    on_gpu = torch.cuda.is_available()
    return SFTConfig(
        output_dir=folder, per_device_train_batch_size=batch, num_train_epochs=1,
        bf16=on_gpu, use_cpu=not on_gpu, report_to="none", save_strategy="no",
        activation_checkpointing=False, disable_tqdm=True, logging_strategy="no",
        dataset_kwargs={"skip_prepare_dataset": True}, remove_unused_columns=False,
        dataloader_pin_memory=on_gpu, **more,
    )  # fmt: skip


class Clock(TrainerCallback):  # type: ignore[misc]
    """Times the loop, from its begin to its end."""

    seconds = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Start."""
        _wait()
        self.seconds = -time.perf_counter()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        """Stop."""
        _wait()
        self.seconds += time.perf_counter()


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def timed(make: Callable[[], SFTTrainer]) -> float:
    """Return the seconds of one epoch."""
    trainer, clock = make(), Clock()
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(clock)
    trainer.train()
    del trainer
    gc.collect()
    return clock.seconds


def makers(
    model: Any, rows: list[Row], batch: int, folder: str
) -> dict[str, Callable[[], SFTTrainer]]:
    """Return our trainer and TRL's in each of its ways, all on one model."""
    data = Dataset.from_list([dict(row) for row in rows])
    _, tokenizer = load_model("embedded")
    longest = max(len(row["input_ids"]) for row in rows)
    batching = Batching(costs_of(model), layouts_for("auto", None, is_checkpointed=False), 2**16, 0)

    def theirs(**way: Any) -> Callable[[], SFTTrainer]:
        room = longest if "packing" in way else None
        args = options(folder, batch, max_length=room, **way)
        return lambda: SFTTrainer(
            model=model, args=args, train_dataset=data, processing_class=tokenizer
        )

    def ours() -> SFTTrainer:
        return CompletionTrainer(
            rows=rows, batching=batching, together=batch, model=model,
            args=options(folder, batch, max_length=None), processing_class=tokenizer,
        )  # fmt: skip

    return {"ours": ours} | {name: theirs(**way) for name, way in THEIRS.items()}


def run(case: str, shape: str, rounds: int, prompts: int, ways: list[str]) -> dict[str, Any]:
    """Measure one case against some of TRL's ways."""
    torch.manual_seed(0)
    config = Qwen3Config(**SHAPES[shape], eos_token_id=1, pad_token_id=0, bos_token_id=None)
    model = Qwen3ForCausalLM(config)
    if torch.cuda.is_available():
        model = model.to("cuda")
    rows, ideal = rows_of(case, prompts, config.vocab_size)
    completions = sum(label != IGNORED for row in rows for label in row["labels"])
    batch = min(16, len(rows))
    speeds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        made = makers(model, rows, batch, folder)
        made = {name: make for name, make in made.items() if name in ("ours", *ways)}
        warm = {name: completions / timed(make) for name, make in made.items()}
        fast = max(speed for name, speed in warm.items() if name in THEIRS)
        running = [name for name in made if name == "ours" or warm[name] > fast / 2]
        for _ in range(rounds):
            for name in running:
                speeds.setdefault(name, []).append(completions / timed(made[name]))
    best = max(running[1:], key=lambda name: statistics.median(speeds[name]))
    ratios = [a / b for a, b in zip(speeds["ours"], speeds[best], strict=True)]
    medians = {name: round(statistics.median(found), 1) for name, found in speeds.items()}
    return {
        "case": case, "ratio": round(statistics.median(ratios), 3), "ours": medians["ours"],
        "trl": medians[best], "ideal": round(ideal, 2), "trl_way": best, "speeds": medians,
        "first_round": {name: round(speed, 1) for name, speed in warm.items()},
        "rounds": rounds, "rows": len(rows), "batch": batch, "shape": shape,
        "threads": torch.get_num_threads(), "device": str(model.device),
    }  # fmt: skip


def main() -> None:
    """Run the cases and print a line each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--case", action="append", help=f"one of {', '.join(CASES)}, or P/R/D")
    parser.add_argument("--shape", choices=SHAPES, default="tiny")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--prompts", type=int, default=4)
    parser.add_argument("--way", action="append", choices=THEIRS, help="TRL's ways; default all")
    given = parser.parse_args()
    logging.set_verbosity_error()
    for case in given.case or CASES:
        found = run(case, given.shape, given.rounds, given.prompts, given.way or list(THEIRS))
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
