"""The probes of a student through what their texts share, against each text from scratch.

    python bench/faithfulness.py RUN ARM [--traces 24] [--batch 32 64 1024] [--no-drafts]

RUN is a run directory whose student ARM has answered the tested problems. Its traces of at
least so many steps are probed with all probes and controls that are greedy (a second draw at
temperature 1 is none), in float32, on one thread, three ways in one run:

shared     as the library does it: what texts have in common is run once, in each batch, and a
           reasoning that goes on follows the one there was (`--no-drafts`: it does not).
scratch    every text of a probe is read whole, its prompt and all that comes before the answer:
           the library's own decoding and batches without the sharing, in batches of like length,
           which pads least, and finished rows leave them here, too.
generate   the same with transformers' `generate` in place of our decoding: what one would write.

What is asked twice is written once on all sides. Each side runs in the batch size that is
fastest for it, found in a first round that is not counted; then they take turns. Prints the
medians in CPU seconds with their ratio, in all and of the three kinds of texts (answers alone,
reasonings that go on, likelihoods of answers), and how many of the findings are equal.
"""

import argparse
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import torch
from torch.nn.utils.rnn import pad_sequence

from cotutor.evaluate.faithfulness import Probing, effects, probe
from cotutor.evaluate.faithfulness.subject import fault
from cotutor.evaluate.finished import Finished
from cotutor.format import parse
from cotutor.generate import local
from cotutor.generate.beginnings import Beginnings
from cotutor.generate.local import LocalWriter
from cotutor.generate.row import Decoding, Row
from cotutor.generate.writing import Ask, Written
from cotutor.models import load_student
from cotutor.records import Probe, Problem, Trace, Verdict, digest
from cotutor.store import read_records
from cotutor.verify.steps import steps

GAIN = 1e-3
"""How far two log-probabilities of float32 may be apart, in nats."""

SIDES = ("shared", "scratch", "generate")


class Timed(LocalWriter):
    """A writer that counts CPU seconds and written tokens by kind of text."""

    has_no_drafts = False

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.seconds: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()

    def write(self, asks: Sequence[Ask]) -> list[Written]:
        """Write, and count."""
        if self.has_no_drafts:
            asks = [replace(ask, draft="") for ask in asks]
        kind = "answers" if asks[0].max_tokens == HOW.answer_max_tokens else "reasonings"
        began = time.process_time()
        found = super().write(asks)
        self.seconds[kind] += time.process_time() - began
        self.tokens[kind] += sum(written.completion_tokens for written in found)
        return found

    def likelihood(self, asks: Sequence[Ask], texts: Sequence[str]) -> list[float]:
        """Find out how likely, and count."""
        began = time.process_time()
        found = super().likelihood(asks, texts)
        self.seconds["likelihoods"] += time.process_time() - began
        return found


HOW = Probing(max_tokens=140)


def judged(folder: Path, arm: str, least: int, count: int) -> list[tuple[Trace, Verdict]]:
    """Return an arm's tested traces of at least so many steps, drawn by digest."""
    found = [
        (trace, verdict)
        for trace, verdict in Finished.open(folder).judged(arm)
        if fault(trace, verdict) is None and len(steps(parse(trace).text)) >= least
    ]
    return sorted(found, key=lambda pair: digest("bench", pair[0].id))[:count]


def by_length(rows: Sequence[Sequence[int]], size: int) -> list[list[int]]:
    """Return places of rows in batches of like length: the least padding there can be."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    return [order[start : start + size] for start in range(0, len(order), size)]


def generated(model: Any, rows: Sequence[Row], how: Decoding, _: Any) -> None:
    """Decode as `cotutor.generate.decode.decode` does, with transformers' `generate`."""
    prompts = [torch.tensor(row.prompt) for row in rows]
    ids = pad_sequence(prompts, True, 0, "left")
    mask = pad_sequence([torch.ones_like(prompt) for prompt in prompts], True, 0, "left")
    found = model.generate(
        ids, attention_mask=mask, max_new_tokens=max(row.limit for row in rows), do_sample=False,
        eos_token_id=sorted(how.ends), pad_token_id=0,
    )  # fmt: skip
    for row, tokens in zip(rows, found[:, ids.shape[1] :].tolist(), strict=True):
        for token in tokens:
            row.write(token, 0.0, how)


def same(a: Probe, b: Probe) -> bool:
    """Say whether two ways of probing found the same."""
    if a.value is not None and b.value is not None:
        return abs(a.value - b.value) < GAIN
    return (a.probe, a.at, a.after, a.is_changed) == (b.probe, b.at, b.after, b.is_changed)


def probed(
    side: str, writer: Timed, problems: dict[str, Problem], chosen: list[tuple[Trace, Verdict]]
) -> tuple[list[Probe], Counter[str]]:
    """Return what one side found, and its CPU seconds by kind of text and in all."""
    with ExitStack() as patches:
        greedy = tuple(name for name in effects.CONTROLS if name != "replicate")
        patches.enter_context(patch.object(effects, "CONTROLS", greedy))
        if side != "shared":
            patches.enter_context(patch.object(Beginnings, "pays", lambda *_: False))
            patches.enter_context(patch.object(local, "batches", by_length))
        if side == "generate":
            patches.enter_context(patch.object(local, "decode", generated))
        began = time.process_time()
        found = list(chain.from_iterable(probe(problems, chosen, writer, HOW)))
        return found, Counter(all=time.process_time() - began) + writer.seconds


def say(**figures: Any) -> None:
    """Print a line of figures."""
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("arm")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--traces", type=int, default=24)
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 64, 1024])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-drafts", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    every = read_records(arguments.run / "problems.jsonl", Problem)
    problems = {problem.id: problem for problem in every}
    chosen = judged(arguments.run, arguments.arm, arguments.steps, arguments.traces)
    model, tokenizer, _ = load_student(arguments.run / "sft" / arguments.arm)

    def timed(side: str, size: int) -> tuple[list[Probe], Counter[str], Timed]:
        """Probe once with a writer of its own."""
        writer = Timed(model, tokenizer, name=arguments.arm, batch_size=size)
        writer.has_no_drafts = arguments.no_drafts
        return *probed(side, writer, problems, chosen), writer

    gc.collect()
    gc.freeze()  # one collection of all that was imported takes a fifth of a second
    best: dict[str, int] = {}
    for side in SIDES:
        took = {size: timed(side, size)[1]["all"] for size in arguments.batch}
        best[side] = min(took, key=took.__getitem__)
        say(side=side, first_round={size: round(seconds, 2) for size, seconds in took.items()})
    rounds: dict[str, list[Counter[str]]] = {side: [] for side in SIDES}
    findings: dict[str, list[Probe]] = {}
    for _ in range(arguments.rounds):
        for side in SIDES:
            findings[side], seconds, writer = timed(side, best[side])
            rounds[side].append(seconds)
    shared = findings["shared"]
    equal = {side: sum(map(same, shared, findings[side])) for side in SIDES[1:]}
    say(
        traces=len(chosen), steps=sum(len(steps(parse(t).text)) for t, _ in chosen),
        findings=len(shared), equal=equal, batch=best, written=dict(writer.tokens),
    )  # fmt: skip
    for kind in ("all", "answers", "reasonings", "likelihoods"):
        middle = {side: median(one[kind] for one in rounds[side]) for side in SIDES}
        ratios = {
            side: [b[kind] / a[kind] for a, b in zip(rounds["shared"], rounds[side], strict=True)]
            for side in SIDES[1:]
        }
        say(
            kind=kind, ratio={side: round(median(some), 2) for side, some in ratios.items()},
            **{f"{side}_s": round(seconds, 2) for side, seconds in middle.items()},
        )  # fmt: skip
