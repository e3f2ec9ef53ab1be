"""Samples as lm-evaluation-harness logs them: `samples_<task>.jsonl`, one line a sample.

The keys and hashes are those that version 0.4.13 writes for a generation task (its
`evaluator.py` and `loggers/evaluation_tracker.py`). `acc` is 1 or 0; a sample that could not
be scored has none of it, and its `metrics` are empty. What cotutor knows beyond that stands
in `doc` and under `cotutor`.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cotutor.evaluate.finished import Finished
from cotutor.export.attempts import Attempt, attempts
from cotutor.format import format_named
from cotutor.store import write_text

_UNSAFE = re.compile(r"[^\w.-]+")


def write_samples(run: Finished, arm: str, folder: Path) -> list[Path]:
    """Write an arm's samples, a file a task, and return the files.

    Raises:
        DataError: there is no such arm.

    """
    written = []
    for task, some in attempts(run, arm).items():
        lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in map(sample, some))
        written.append(folder / f"samples_{file_name(task)}.jsonl")
        write_text(written[-1], "".join(lines))
    return written


def file_name(task: str) -> str:
    """Return a task's name as part of a file's name."""
    return _UNSAFE.sub("_", task)


def sample(attempt: Attempt) -> dict[str, Any]:
    """Return one attempt in the harness's shape."""
    problem, trace = attempt.problem, attempt.trace
    doc = problem.model_dump(
        mode="json", include={"id", "task", "kind", "question", "gold", "choices", "template"}
    )
    answer = attempt.verdict.answer or ""
    score = attempt.score
    return {
        "doc_id": attempt.number,
        "doc": doc,
        "target": problem.gold,
        "arguments": {"gen_args_0": {"arg_0": attempt.prompt, "arg_1": _generation(trace.format)}},
        "resps": [[trace.completion]],
        "filtered_resps": [answer],
        "filter": attempt.verdict.verifier,
        "metrics": [] if score is None else ["acc"],
        "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _hash(attempt.prompt),
        "target_hash": _hash(problem.gold),
        **({} if score is None else {"acc": score}),
        "cotutor": dict(_more(attempt)),
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
