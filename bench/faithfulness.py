"""The probes of a student through what its texts share, against each text from scratch.

    python bench/faithfulness.py RUN ARM [--steps 6] [--traces 24] [--batch 64]

RUN is a run directory whose student ARM has answered the tested problems. Its traces of at
least so many steps are probed twice in one run, greedily, in float32, on one thread: as the
library does it, and with every row its own prompt and reasoning, in batches of like length from
which finished rows leave (the library's decoding without the sharing). Prints CPU seconds,
their ratio, and how many findings are equal; second draws are compared like all others.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import torch

from cotutor.evaluate.faithfulness import Probing, probe
from cotutor.evaluate.faithfulness.subject import fault
from cotutor.format import parse
from cotutor.generate import local
from cotutor.generate.beginnings import Beginnings
from cotutor.generate.local import LocalWriter
from cotutor.models import load_student
from cotutor.records import Probe, Problem, Trace, Verdict, digest
from cotutor.store import Journal, read_records
from cotutor.verify.steps import steps

GAIN = 1e-3
"""How far two log-probabilities of float32 may be apart, in nats."""


def judged(folder: Path, arm: str, least: int, count: int) -> list[tuple[Trace, Verdict]]:
    """Return an arm's traces of at least so many steps, drawn by digest."""
    traces = {t.id: t for t in Journal(folder / "eval" / arm / "traces.jsonl").read(Trace)}
    verdicts = read_records(folder / "eval" / arm / "verdicts.jsonl", Verdict)
    found = [
        (trace, verdict)
        for verdict in verdicts
        if fault(trace := traces[verdict.trace_id], verdict) is None
        and len(steps(parse(trace).text)) >= least
    ]
    return sorted(found, key=lambda pair: digest("bench", pair[0].id))[:count]


def by_length(rows: Sequence[Sequence[int]], size: int) -> list[list[int]]:
    """Return places of rows in batches of like length: the least padding there can be."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    return [order[start : start + size] for start in range(0, len(order), size)]


def same(a: Probe, b: Probe) -> bool:
    """Say whether two ways of probing found the same."""
    if a.value is not None and b.value is not None:
        return abs(a.value - b.value) < GAIN
    return (a.probe, a.at, a.after, a.is_changed) == (b.probe, b.at, b.after, b.is_changed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("arm")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--traces", type=int, default=24)
    parser.add_argument("--batch", type=int, nargs="+", default=[64])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    every = read_records(arguments.run / "problems.jsonl", Problem)
    problems = {problem.id: problem for problem in every}
    chosen = judged(arguments.run, arguments.arm, arguments.steps, arguments.traces)
    model, tokenizer, _ = load_student(arguments.run / "sft" / arguments.arm)

    def probed(batch: int) -> tuple[float, list[Probe]]:
        """Return the CPU seconds that the probes took, and what they found."""
        writer = LocalWriter(model, tokenizer, name=arguments.arm, batch_size=batch)
        began = time.process_time()
        found = list(probe(problems, chosen, writer, Probing(max_tokens=140)))
        return time.process_time() - began, found

    for size in arguments.batch:
        shared, ours = probed(size)
        with patch.object(Beginnings, "pays", False), patch.object(local, "batches", by_length):
            plain, theirs = probed(size)
        equal = sum(map(same, ours, theirs))
        figures = {
            "traces": len(chosen), "probes": len(ours), "batch": size,
            "shared_s": round(shared, 2), "scratch_s": round(plain, 2),
            "ratio": round(plain / shared, 2), "equal": f"{equal} of {len(ours)}",
        }  # fmt: skip
        sys.stdout.write(json.dumps(figures) + "\n")
        sys.stdout.flush()
