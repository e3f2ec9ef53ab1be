"""Samples as lm-evaluation-harness logs them: `samples_<task>.jsonl`, one line a problem.

The keys and hashes are those that version 0.4.13 writes for a generation task (its
`evaluator.py` and `loggers/evaluation_tracker.py`). `resps` holds all samples of a problem, and
so does `filtered_resps`, unless there is one. `acc` is their mean; a problem of which no sample
could be scored has none of it, and its `metrics` are empty. What cotutor knows beyond that
stands in `doc` and, sample by sample, under `cotutor`.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from cotutor.export.attempts import Attempt
from cotutor.format import format_named
from cotutor.store import write_text

_UNSAFE = re.compile(r"[^\w.-]+")


def write_samples(found: Mapping[str, Sequence[Attempt]], folder: Path) -> list[Path]:
    """Write the samples `found` of an arm by task, a file a task, and return the files."""
    written = []
    for task, some in found.items():
        by_number: dict[int, list[Attempt]] = defaultdict(list)
        for attempt in some:
            by_number[attempt.number].append(attempt)
        documents = map(document, by_number.values())
        lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in documents)
        written.append(folder / f"samples_{file_name(task)}.jsonl")
        write_text(written[-1], "".join(lines))
    return written


def file_name(task: str) -> str:
    """Return a task's name as part of a file's name."""
    return _UNSAFE.sub("_", task)


def document(samples: Sequence[Attempt]) -> dict[str, Any]:
    """Return the attempts at one problem in the harness's shape."""
    first = samples[0]
    problem = first.problem
    doc = problem.model_dump(
        mode="json", include={"id", "task", "kind", "question", "gold", "choices", "template"}
    )
    answers = [attempt.verdict.answer or "" for attempt in samples]
    scores = [attempt.score for attempt in samples if attempt.score is not None]
    generation = _generation(first.trace.format)
    return {
        "doc_id": first.number,
        "doc": doc,
        "target": problem.gold,
        "arguments": {"gen_args_0": {"arg_0": first.prompt, "arg_1": generation}},
        "resps": [[attempt.trace.completion for attempt in samples]],
        "filtered_resps": answers if len(answers) == 1 else [answers],
        "filter": first.verdict.verifier,
        "metrics": ["acc"] if scores else [],
        "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _hash(first.prompt),
        "target_hash": _hash(problem.gold),
        **({"acc": fmean(scores)} if scores else {}),
        "cotutor": [dict(_more(attempt)) for attempt in samples],
    }


def _generation(fmt: str) -> dict[str, Any]:
    return {"until": list(format_named(fmt).stop)}


def _more(attempt: Attempt) -> Iterator[tuple[str, Any]]:
    trace, verdict = attempt.trace, attempt.verdict
    yield "trace_id", trace.id
    yield "sample", trace.sample
    yield "generator", trace.generator
    yield "format", trace.format
    yield "finish", trace.finish
    yield "error", trace.error
    yield "outcome", verdict.outcome
    yield "reason", verdict.reason


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
