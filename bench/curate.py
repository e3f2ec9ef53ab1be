"""A million traces curated in a stream: traces a CPU second and peak memory, as one JSON line.

    python bench/curate.py [TRACES] [KEY=VALUE ...]      the keys are those of `curate:`

Symbolic traces of `SAMPLES` a problem are written to a journal, with a share of
slips, and curated by the stage itself. Problems are copies of `KINDS` different
ones. The peak is that of the whole process; `before` is what it held when the
curation began, the problems of the run included.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from cotutor.config import check_config
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems import load
from cotutor.records import Problem, Request, Trace
from cotutor.stages import Run, curate_traces
from cotutor.store import Journal

SAMPLES = 8
KINDS = 1_000
CHUNK = 1_000


def copies(kinds: list[Problem], count: int) -> Iterator[Problem]:
    """Yield problems of their own ids; each is read from JSON, so that nothing is shared."""
    for at in range(count):
        line = kinds[at % len(kinds)].model_copy(update={"id": f"problem-{at}"}).line()
        yield Problem.model_validate_json(line)


def recorded(kinds: list[Problem], problems: tuple[Problem, ...]) -> Iterator[Trace]:
    """Yield the traces of all problems."""
    teacher = SymbolicTeacher(mistakes=0.2)
    asked = [Request(problem=p, sample=k) for p in kinds for k in range(SAMPLES)]
    made = list(teacher.generate(asked))
    for at, problem in enumerate(problems):
        for sample in range(SAMPLES):
            trace = made[at % len(kinds) * SAMPLES + sample]
            yield trace.model_copy(update={"id": f"trace-{at}-{sample}", "problem_id": problem.id})


def write(journal: Journal, traces: Iterator[Trace]) -> None:
    """Write the traces as collection does, chunk by chunk."""
    chunk: list[Trace] = []
    for trace in traces:
        chunk.append(trace)
        if len(chunk) == CHUNK:
            journal.append(chunk)
            chunk = []
    journal.append(chunk)


def peak() -> float:
    """Return the peak memory of this process so far, in MB (the kernel counts in KiB)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1)


def main(count: int, curate: dict[str, object]) -> None:
    """Write, curate and print."""
    config = check_config(
        {
            "name": "bench",
            "problems": {"train": "arithmetic:train", "heldout": "arithmetic:heldout"},
            "teacher": {"generator": "symbolic", "samples": SAMPLES},
            "curate": curate,
        },
        "bench",
    )
    with tempfile.TemporaryDirectory() as folder:
        kinds = load({"family": "arithmetic", "split": "train", "count": KINDS}, seed=0)
        problems = tuple(copies(kinds, count // SAMPLES))
        run = Run(config=config, folder=Path(folder), train=problems, tested=())
        write(run.journal("traces.jsonl"), recorded(kinds, problems))
        before, began, worked = peak(), time.perf_counter(), time.process_time()
        counts = curate_traces(run)
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    result = {
        "traces": counts["traces"],
        "kept": counts["kept"],
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "traces_per_cpu_second": round(counts["traces"] / cpu),
        "before_mb": before,
        "peak_mb": peak(),
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    pairs = [argument.partition("=") for argument in sys.argv[2:]]
    chosen = {key: yaml.safe_load(value) for key, _, value in pairs}
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, chosen)
