"""Samples as logs of Inspect, made of inspect_ai's own models, where it is installed.

One log an arm and task. A right answer scores C and a wrong one I, by scorer `cotutor`; a
sample that could not be scored is unscored there, too.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cotutor.errors import BackendError
from cotutor.evaluate.finished import Finished
from cotutor.export.attempts import Attempt
from cotutor.export.lm_eval import file_name
from cotutor.records import digest
from cotutor.statistics import share

SCORER = "cotutor"
_STOPS = {"stop": "stop", "length": "max_tokens"}


def write_logs(
    run: Finished, arm: str, found: Mapping[str, Sequence[Attempt]], folder: Path
) -> list[Path]:
    """Write the logs of an arm's attempts, `found` by task, a file a task; return the files.

    Raises:
        BackendError: inspect_ai is not installed.

    """
    if find_spec("inspect_ai") is None:
        raise BackendError(
            "an export to inspect needs the package inspect_ai, which is not installed"
            " (pip install inspect_ai)"
        )
    from inspect_ai.log import write_eval_log

    when = datetime.fromtimestamp(
        (run.folder / "eval" / arm / "verdicts.jsonl").stat().st_mtime, UTC
    )
    written = []
    folder.mkdir(parents=True, exist_ok=True)
    for task, some in found.items():
        written.append(folder / f"{file_name(task)}.eval")
        write_eval_log(log(run, arm, task, some, when.isoformat()), written[-1].absolute())
    return written


def log(run: Finished, arm: str, task: str, attempts: Sequence[Attempt], created: str) -> Any:
    """Return an arm's attempts at a task as an `EvalLog`."""
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalPlan, EvalSpec, EvalStats

    name = run.config.get("name", run.folder.name)
    key = digest(name, arm, task, [attempt.trace.id for attempt in attempts])
    ids = list(dict.fromkeys(attempt.problem.id for attempt in attempts))
    spec = EvalSpec(
        eval_id=key, run_id=key, task_id=key, created=created, task=task, model=f"cotutor/{arm}",
        dataset=EvalDataset(name=task, samples=len(ids), sample_ids=list(ids)),
        config=EvalConfig(epochs=max(attempt.trace.sample for attempt in attempts) + 1),
        packages={"cotutor": version("cotutor")}, metadata={"run": name, "arm": arm},
    )  # fmt: skip
    return EvalLog(
        status="success", eval=spec, plan=EvalPlan(), results=_results(attempts),
        stats=EvalStats(started_at=created, completed_at=created),
        samples=[_sample(arm, attempt) for attempt in attempts],
    )  # fmt: skip


def _results(attempts: Sequence[Attempt]) -> Any:
    from inspect_ai.log import EvalMetric, EvalResults, EvalScore

    by_problem: dict[str, list[float]] = {}
    for attempt in attempts:
        if attempt.score is not None:
            by_problem.setdefault(attempt.problem.id, []).append(attempt.score)
    metrics = {}
    if by_problem:
        found = share(list(by_problem.values()))
        limits = {"low": found.low, "high": found.high, "problems": found.n}
        metrics = {"accuracy": EvalMetric(name="accuracy", value=found.value, metadata=limits)}
    scored = sum(map(len, by_problem.values()))
    score = EvalScore(
        name=SCORER, scorer=SCORER, metrics=metrics,
        scored_samples=scored, unscored_samples=len(attempts) - scored,
    )  # fmt: skip
    return EvalResults(total_samples=len(attempts), completed_samples=len(attempts), scores=[score])


def _sample(arm: str, attempt: Attempt) -> Any:
    from inspect_ai.log import EvalError, EvalSample
    from inspect_ai.model import ModelOutput
    from inspect_ai.scorer import CORRECT, INCORRECT, Score

    problem, trace, verdict = attempt.problem, attempt.trace, attempt.verdict
    output = ModelOutput.from_content(
        model=f"cotutor/{arm}", content=trace.completion,
        stop_reason=_STOPS.get(trace.finish, "unknown"),
    )  # fmt: skip
    if attempt.score is None:
        score = Score.unscored(reason=verdict.reason)
    else:
        value = CORRECT if attempt.score else INCORRECT
        score = Score(value=value, answer=verdict.answer, explanation=verdict.reason)
    failed = trace.error and EvalError(message=trace.error, traceback="", traceback_ansi="")
    return EvalSample(
        id=problem.id, epoch=trace.sample + 1, input=attempt.prompt, target=problem.gold,
        choices=[choice.text for choice in problem.choices] or None, output=output,
        scores={SCORER: score}, error=failed or None,
        metadata={"question": problem.question, "generator": trace.generator,
                  "format": trace.format, "outcome": verdict.outcome, "trace_id": trace.id},
    )  # fmt: skip
