"""What an export tells of each attempt, whatever the tool: prompt, completion, answer, outcome."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from cotutor.evaluate.finished import Finished
from cotutor.evaluate.shots import shots_by_task
from cotutor.format import Shot, format_named
from cotutor.records import Problem, Trace, Verdict
from cotutor.store import read_records


@dataclass(frozen=True)
class Attempt:
    """One sample of one problem; `number` counts the problems of its task, in the run's order.

    `prompt` is the text of the first call as its format renders it, before any chat template.
    """

    number: int
    problem: Problem
    trace: Trace
    verdict: Verdict
    prompt: str

    @property
    def score(self) -> float | None:
        """1 for a right answer, 0 for a wrong one, None where it could not be scored."""
        outcome = self.verdict.outcome
        return None if outcome == "unscored" else float(outcome == "correct")


def attempts(run: Finished, arm: str) -> dict[str, list[Attempt]]:
    """Return an arm's attempts by task, in the order of the run: those at the tested problems.

    Those at a set of `evaluate.also` are tasks of their own, named `<set>: <task>`.

    Raises:
        DataError: there is no such arm, or the run does not say what it tested.

    """
    shots = _teachers(run) if arm == "teacher" else _own(run)
    numbers: dict[str, dict[str, int]] = defaultdict(dict)
    found: dict[str, list[Attempt]] = defaultdict(list)
    for name, judged in run.judged_by_set(arm).items():
        for trace, verdict in judged:
            problem = run.problems[trace.problem_id]
            task = problem.task if name is None else f"{name}: {problem.task}"
            number = numbers[task].setdefault(problem.id, len(numbers[task]))
            fmt = format_named(trace.format)
            prompt = fmt.prompt(problem, shots(problem.task) if fmt.takes_shots else ())
            found[task].append(Attempt(number, problem, trace, verdict, prompt))
    return found


_Shots = Callable[[str], tuple[Shot, ...]]


def _own(run: Finished) -> _Shots:
    """Return the exemplars of the run's own few-shot prompts, by task."""
    path = run.folder / "kept.jsonl"
    kept = read_records(path, Trace) if path.exists() else ()
    count = run.config.get("evaluate", {}).get("shots", 0)
    found = shots_by_task(kept, run.problems, count)
    return lambda task: found.get(task, ())


def _teachers(run: Finished) -> _Shots:
    """Return the exemplars that the first teacher with any was given."""
    teacher = run.config.get("teacher", {})
    for one in (teacher, *teacher.get("teachers", ())):
        if given := one.get("shots"):
            shots = tuple(Shot(**shot) for shot in given)
            return lambda task: shots
    return lambda task: ()
