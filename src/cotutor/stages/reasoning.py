"""What the reasoning stages do: a student tries every strategy, and each is judged."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from cotutor.curate import gate_unscored
from cotutor.evaluate.faithfulness import drawn
from cotutor.evaluate.shots import shots_by_task
from cotutor.format import format_named
from cotutor.progress import say, track
from cotutor.reason import React, Setup, Solution, Strategy, Tree, solve
from cotutor.reason.compare import Judged
from cotutor.reason.settings import LookupTool
from cotutor.records import Problem, Verdict
from cotutor.report.model import ALL
from cotutor.stages.run import Run, judging
from cotutor.stages.training import students
from cotutor.store import Journal, read_records, write_records
from cotutor.train import Arm
from cotutor.verify import decide

SOLUTIONS, JUDGED = "strategies", "strategies-verdicts.jsonl"
_CHUNK = 16  # solutions that a crash may cost


def strategy_settings(run: Run) -> dict[str, Any]:
    """Return all that shapes what strategies come to; tables of tools count by their content."""
    chosen = run.config.evaluate
    tools = [t for one in chosen.strategies if isinstance(one, React) for t in one.tools]
    files = [Path(tool.file) for tool in tools if isinstance(tool, LookupTool)]
    return {
        "strategies": [one.model_dump(mode="json") for one in chosen.strategies],
        "tables": [hashlib.sha256(file.read_bytes()).hexdigest() for file in files],
        "strategy_problems": chosen.strategy_problems,
        "shots": chosen.shots,
        "seed": run.config.seed,
        **judging(run),
    }


def solved_files(run: Run, arm: Arm) -> tuple[str, ...]:
    """Return the files that the stage leaves in the run directory."""
    titles = [one.title for one in run.config.evaluate.strategies]
    folder = f"eval/{arm.name}"
    return f"{folder}/{JUDGED}", *(f"{folder}/{SOLUTIONS}/{title}.jsonl" for title in titles)


def reason_student(run: Run, arm: Arm) -> dict[str, Any]:
    """Let the students of one arm try every strategy on the problems drawn for all arms."""
    chosen = run.config.evaluate
    problems = drawn(run.tested, chosen.strategy_problems or len(run.tested))
    for task, folder in students(run, arm).items():
        _try(run, arm, folder, [p for p in problems if task in (ALL, p.task)])
    found = {one.title: _in_order(run, arm.name, one, problems) for one in chosen.strategies}
    verdicts = []
    for title, solutions in found.items():
        some = [
            decide(run.by_id[one.problem_id], one.trace, run.config.verify) for one in solutions
        ]
        gate_unscored(some, chosen.max_unscored, f"the solutions of {arm.name} by {title}")
        verdicts += some
    write_records(run.folder / "eval" / arm.name / JUDGED, verdicts)
    return _counts(problems, found, verdicts)


def _try(run: Run, arm: Arm, folder: Path, problems: Sequence[Problem]) -> None:
    """Solve what one student has not solved yet."""
    from cotutor.generate.local import LocalWriter
    from cotutor.models import load_student

    chosen = run.config.evaluate
    left = {one.title: _unsolved(run, arm.name, one, problems) for one in chosen.strategies}
    if not any(left.values()):
        return
    model, tokenizer, student = load_student(folder)
    writer = LocalWriter(model, tokenizer, name=arm.name, batch_size=chosen.batch_size)
    setup = Setup(
        format=format_named(student.format), verify=run.config.verify, seed=run.config.seed,
        shots=shots_by_task(run.kept(), run.by_id, chosen.shots), width=chosen.batch_size,
    )  # fmt: skip
    for strategy in chosen.strategies:
        if model.config.is_encoder_decoder and _goes_on(strategy):
            say(f"{arm.name} is an encoder with a decoder: {strategy.title} is left out")
            continue
        some = left[strategy.title]
        solutions = solve(some, writer, strategy, setup)
        came = iter(track(solutions, f"{arm.name} {strategy.title}", len(some)))
        while chunk := list(islice(came, _CHUNK)):
            _journal(run, arm.name, strategy).append(chunk)


def _goes_on(strategy: Strategy) -> bool:
    """Say whether a strategy has the model go on from what it has written."""
    return isinstance(strategy, Tree | React) or strategy.calculator


def _journal(run: Run, arm: str, strategy: Strategy) -> Journal:
    return run.journal("eval", arm, SOLUTIONS, f"{strategy.title}.jsonl")


def _unsolved(run: Run, arm: str, strategy: Strategy, problems: Iterable[Problem]) -> list[Problem]:
    solved = {one.problem_id for one in _journal(run, arm, strategy).read(Solution)}
    return [problem for problem in problems if problem.id not in solved]


def _in_order(
    run: Run, arm: str, strategy: Strategy, problems: Iterable[Problem]
) -> list[Solution]:
    """Write a strategy's solutions in the order of the problems, and return them."""
    journal = _journal(run, arm, strategy)
    by_id = {one.problem_id: one for one in journal.read(Solution)}
    ordered = [by_id[problem.id] for problem in problems if problem.id in by_id]
    write_records(journal.path, ordered)
    return ordered


def _counts(
    problems: Sequence[Problem], found: dict[str, list[Solution]], verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    solutions = [one for some in found.values() for one in some]
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    return {
        "problems": len(problems),
        "strategies": len(found),
        "left_out": [title for title, some in found.items() if not some],
        "correct": outcomes["correct"],
        "unscored": outcomes["unscored"],
        "prompt_tokens": sum(one.prompt_tokens for one in solutions),
        "completion_tokens": sum(one.completion_tokens for one in solutions),
        "calls": sum(one.calls for one in solutions),
    }


def reasoned(run: Run, arm: str) -> dict[str, list[Judged]]:
    """Return the judged solutions by strategy, in the run file's order; of none that was not tried.

    An arm that does not reason has tried nothing.
    """
    path = run.folder / "eval" / arm / JUDGED
    if not path.exists():
        return {}
    verdicts = {one.trace_id: one for one in read_records(path, Verdict)}
    found: dict[str, list[Judged]] = {}
    for strategy in run.config.evaluate.strategies:
        solutions = list(_journal(run, arm, strategy).read(Solution))
        if solutions:
            found[strategy.title] = [(one, verdicts[one.trace.id]) for one in solutions]
    return found
