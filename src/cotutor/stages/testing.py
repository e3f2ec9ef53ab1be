"""What the evaluation stages do: every arm answers the tested problems, and is judged."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cotutor.collect import collect
from cotutor.curate import gate_unscored
from cotutor.evaluate.shots import shots_by_task
from cotutor.generate import Generator
from cotutor.generate.human import HumanTeacher
from cotutor.records import Problem, Trace
from cotutor.report.model import ALL
from cotutor.stages.exemplars import FEW_SHOT, NoExemplars, too_few
from cotutor.stages.run import Run, by_task, decoding, trace_counts
from cotutor.stages.training import students
from cotutor.store import write_records
from cotutor.teachers import open_baseline
from cotutor.train import Arm
from cotutor.verify import decide


def evaluate_student(run: Run, arm: Arm) -> dict[str, Any]:
    """Let the students of one arm answer the tested problems."""
    from cotutor.generate.local import LocalGenerator
    from cotutor.models import load_student

    traces: list[Trace] = []
    for task, folder in students(run, arm).items():
        model, tokenizer, student = load_student(folder)
        generator = LocalGenerator(model, tokenizer, decoding(run, student.format), name=arm.name)
        problems = [p for p in run.asked if task in (ALL, p.task)]
        traces += _attempt(run, arm.name, generator, problems)
    return _judge(run, arm.name, traces)


def evaluate_prompting(run: Run, name: str) -> dict[str, Any]:
    """Let the untrained base answer the tested problems by prompting alone."""
    from cotutor.generate.local import LocalGenerator
    from cotutor.models import load_model

    model, tokenizer = load_model(run.config.sft.base, revision=run.config.sft.revision)
    count = run.config.evaluate.shots
    shots = shots_by_task(run.kept(), run.by_id, count) if name == FEW_SHOT else {}
    traces: list[Trace] = []
    tasks = by_task(run.tested)
    for task, problems in tasks.items():
        settings = decoding(run, name, shots.get(task, ()))
        local = LocalGenerator(model, tokenizer, settings, name=name)
        generator = local if name != FEW_SHOT or task in shots else NoExemplars()
        traces += _attempt(run, name, generator, problems)
    told = {"warnings": list(too_few(shots, tasks, count))} if name == FEW_SHOT else {}
    return _judge(run, name, traces, is_gated=False) | told


def evaluate_teacher(run: Run) -> dict[str, Any]:
    """Let the teacher answer the tested problems, once each; a human did not."""
    teacher = open_baseline(run.config, run.folder)
    traces = _attempt(run, "teacher", teacher, run.tested)
    return _judge(run, "teacher", traces, is_gated=not isinstance(teacher, HumanTeacher))


def _attempt(run: Run, arm: str, generator: Generator, problems: Sequence[Problem]) -> list[Trace]:
    journal = run.journal("eval", arm, "traces.jsonl")
    samples = 1 if arm == "teacher" else run.config.evaluate.samples
    return collect(problems, generator, journal, samples=samples, what=f"evaluate {arm}")


def _judge(run: Run, arm: str, traces: Sequence[Trace], *, is_gated: bool = True) -> dict[str, Any]:
    """Write an arm's verdicts; a baseline that cannot be scored is absent from the report."""
    settings = run.config.verify
    verdicts = [decide(run.by_id[t.problem_id], t, settings, steps=True) for t in traces]
    if is_gated:
        gate_unscored(verdicts, run.config.evaluate.max_unscored, f"the attempts of {arm}")
    write_records(run.folder / "eval" / arm / "verdicts.jsonl", verdicts)
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    told: dict[str, Any] = {key: outcomes[key] for key in ("correct", "unscored")}
    tested = {problem.id for problem in run.tested}
    if also := [verdict for verdict in verdicts if verdict.problem_id not in tested]:
        right = sum(verdict.outcome == "correct" for verdict in also)
        told["also"] = {"traces": len(also), "correct": right}
    return trace_counts(traces) | told
