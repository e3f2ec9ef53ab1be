"""Generated tokens a second: cotutor's local writer against transformers at its best batch sizes.

    python -m bench.generate [--case sampled] [--rounds 5] [--problems 8]

Prompts have 8 worked exemplars of the arithmetic family, the model is the embedded base, nothing
longer than 100 tokens is written. Cases: `sampled`, 32 samples a problem at temperature 0.7, to
their own end; `sampled-full`, the same with ends left out, so that every row is as long;
`greedy`, one text for each of 32 times as many problems. Against `generate` and its
`num_return_sequences`, and against continuous batching (`generate_batch`); each way takes
the best of its batch sizes, found before the rounds. One JSON line a case: the median over
rounds of the ratio of tokens a second. Ours encodes and decodes text, theirs gets and gives ids.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig
from transformers.utils import logging

from cotutor.format import Shot, format_named, parse
from cotutor.generate.local import LocalWriter
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.generate.writing import Ask
from cotutor.models import load_model
from cotutor.problems import load
from cotutor.problems.sources import FamilySource
from cotutor.records import Request

CASES = ("sampled", "sampled-full", "greedy")
SAMPLES, SHOTS, LONGEST = 32, 8, 100
FORMAT = format_named("few-shot-cot")
_BLOCKS = 256  # pages of 256 tokens; left to itself it fills the memory, and takes its time
Texts = list[str] | list[list[int]]  # theirs are token ids
Way = Callable[[], tuple[int, Texts]]
SIZES: dict[str, tuple[int, ...]] = {
    "ours": (64, 128, 256, 512),
    "generate": (32, 64, 128),
    "continuous": (64, 256),
}
"""Rows together, of which `continuous` makes the most tokens of a pass."""


@dataclass(frozen=True)
class Work:
    """Prompts, samples of each, and how to write them; `end` is None where none ends."""

    model: Any
    tokenizer: Any
    prompts: list[str]
    samples: int
    temperature: float
    end: int | None

    @property
    def ids(self) -> list[list[int]]:
        """The prompts' tokens."""
        return [list(self.tokenizer(prompt)["input_ids"]) for prompt in self.prompts]

    def config(self, samples: int) -> GenerationConfig:
        """Return the same way of writing for transformers."""
        sampling: dict[str, Any] = {"temperature": self.temperature, "top_k": 0, "top_p": 1.0}
        return GenerationConfig(
            do_sample=self.temperature > 0, num_return_sequences=samples, max_new_tokens=LONGEST,
            pad_token_id=0, eos_token_id=self.end, **(sampling if self.temperature else {}),
        )  # fmt: skip


def work_of(case: str, problems: int) -> Work:
    """Return the prompts of a case."""
    model, tokenizer = load_model("embedded", device="cpu")
    count = problems * (SAMPLES if case == "greedy" else 1)
    source = FamilySource(family="arithmetic", split="train", count=SHOTS + count, level=1)
    made = load(source, seed=0)
    told = SymbolicTeacher().generate(Request(problem=problem) for problem in made[:SHOTS])
    shots = tuple(
        Shot(problem.question, parse(trace).text, problem.gold)
        for problem, trace in zip(made, told, strict=False)
    )
    prompts = [FORMAT.prompt(problem, shots) for problem in made[SHOTS:]]
    if case == "greedy":
        return Work(model, tokenizer, prompts, 1, 0.0, tokenizer.eos_token_id)
    end = None if case == "sampled-full" else tokenizer.eos_token_id
    return Work(model, tokenizer, prompts, SAMPLES, 0.7, end)


def ours(work: Work, size: int) -> Way:
    """Return our way with so many rows a batch."""
    writer = LocalWriter(work.model, work.tokenizer, name="ours", batch_size=size)
    writer._ends = frozenset({work.end} - {None})  # type: ignore[arg-type]
    asks = [
        Ask(prompt, FORMAT, max_tokens=LONGEST, temperature=work.temperature, seed=seed)
        for prompt in work.prompts
        for seed in range(work.samples)
    ]

    def run() -> tuple[int, Texts]:
        found = writer.write(asks)
        return sum(one.completion_tokens for one in found), [one.text for one in found]

    return run


def generate(work: Work, size: int) -> Way:
    """Return `generate` with so many rows a call."""
    prompts = work.ids
    prompts.sort(key=len)

    def run() -> tuple[int, Texts]:
        step = max(1, size // work.samples)
        found = [
            row
            for start in range(0, len(prompts), step)
            for row in _generated(work, prompts[start : start + step])
        ]
        return sum(map(len, found)), found

    return run


def _generated(work: Work, prompts: list[list[int]]) -> Iterator[list[int]]:
    width = max(map(len, prompts))
    ids = torch.tensor([[0] * (width - len(row)) + row for row in prompts])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in prompts])
    out = work.model.generate(
        input_ids=ids, attention_mask=mask, generation_config=work.config(work.samples)
    )
    for row in out[:, width:].tolist():
        yield row[: row.index(work.end) + 1] if work.end in row else row


def continuous(work: Work, size: int) -> Way:
    """Return continuous batching with at most so many tokens a pass."""
    batching = ContinuousBatchingConfig(max_batch_tokens=size, num_blocks=_BLOCKS)

    def run() -> tuple[int, Texts]:
        found = work.model.generate_batch(
            work.ids, generation_config=work.config(work.samples),
            continuous_batching_config=batching,
        )  # fmt: skip
        made = [list(one.generated_tokens) for one in found.values()]
        return sum(map(len, made)), made

    return run


WAYS: dict[str, Callable[[Work, int], Way]] = {
    "ours": ours, "generate": generate, "continuous": continuous,
}  # fmt: skip


def speed(way: Way) -> tuple[float, Texts]:
    """Return generated tokens a second of one run, and what was written."""
    gc.collect()
    start = time.perf_counter()
    count, texts = way()
    return count / (time.perf_counter() - start), texts


def plain(work: Work, texts: Texts) -> list[str]:
    """Return texts sorted, token ids decoded without their end."""
    return sorted(
        text if isinstance(text, str) else work.tokenizer.decode([t for t in text if t != work.end])
        for text in texts
    )


def run(case: str, rounds: int, problems: int) -> dict[str, Any]:
    """Measure one case."""
    torch.manual_seed(0)
    work = work_of(case, problems)
    sizes, ways, texts = {}, {}, {}
    for name, make in WAYS.items():
        tried = {size: speed(make(work, size)) for size in SIZES[name]}
        sizes[name] = max(tried, key=lambda size: tried[size][0])
        ways[name], texts[name] = make(work, sizes[name]), plain(work, tried[sizes[name]][1])
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            speeds[name].append(speed(way)[0])
    medians = {name: round(statistics.median(found), 1) for name, found in speeds.items()}
    best = max(("generate", "continuous"), key=medians.__getitem__)
    ratios = [a / b for a, b in zip(speeds["ours"], speeds[best], strict=True)]
    same = [a == b for a, b in zip(texts["ours"], texts[best], strict=True)]
    return {
        "case": case, "ratio": round(statistics.median(ratios), 2), "ours": medians["ours"],
        "theirs": medians[best], "theirs_way": best, "speeds": medians, "sizes": sizes,
        "same_texts": f"{sum(same)}/{len(same)}" if case == "greedy" else None,
        "prompt_tokens": statistics.mean(map(len, work.ids)), "rows": len(texts["ours"]),
        "rounds": rounds, "threads": torch.get_num_threads(),
    }  # fmt: skip


def main() -> None:
    """Run the cases and print a line each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--problems", type=int, default=8)
    given = parser.parse_args()
    logging.set_verbosity_error()
    for case in given.case or CASES:
        sys.stdout.write(json.dumps(run(case, given.rounds, given.problems)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
