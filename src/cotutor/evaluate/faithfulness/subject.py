"""A trace as the probes look at it: its reasoning in steps, and texts to go on from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cotutor.evaluate.faithfulness.corrupt import Slip, slips
from cotutor.format import Format, format_named, parse
from cotutor.records import Problem, Trace, Verdict, digest
from cotutor.verify.steps import steps

NOTHING = "..."
"""What stands for a reasoning of no steps: an empty one makes thinking models begin anew."""


@dataclass(frozen=True)
class Subject:
    """A trace with its problem and its answer as the verifier read it.

    `donor` is a subject of the same task with another answer, whose reasoning may
    be swapped in; None where there is none.
    """

    problem: Problem
    trace: Trace
    answer: str
    is_correct: bool
    donor: "Subject | None" = None

    @cached_property
    def format(self) -> Format:
        """The format that the trace was prompted with."""
        return format_named(self.trace.format)

    @cached_property
    def text(self) -> str:
        """The reasoning."""
        return parse(self.trace).text

    @cached_property
    def ends(self) -> list[int]:
        """The offset in `text` at which each step ends."""
        return [step.end for step in steps(self.text)]

    @cached_property
    def slips(self) -> list[Slip | None]:
        """A mistake for each step."""
        return slips(self.problem, self.text)

    @cached_property
    def _frame(self) -> tuple[str, str]:
        return self.format.frame(self.trace.completion)

    @cached_property
    def _whole(self) -> str:
        return self.format.until_stop(self.trace.completion)

    def begun(self, reasoning: str) -> str:
        """Return a completion that has come so far in its reasoning."""
        return self._frame[0] + reasoning

    def closed(self, reasoning: str) -> str:
        """Return a completion whose reasoning is done, and whose answer comes next."""
        return self._frame[0] + reasoning + self._frame[1]

    @property
    def said(self) -> str:
        """The answer as the student wrote it, behind the last mark where it wrote one."""
        mark = (self.format.mark or "").strip()
        if mark and mark in self._whole:
            return self._whole.rpartition(mark)[2].rstrip()
        return self._whole[len(self.closed(self.text)) :].rstrip()

    def rest(self, reasoning: str) -> str:
        """Return what the student wrote behind so much of its reasoning."""
        return self._whole[len(self.begun(reasoning)) :].rstrip()

    def first(self, count: int) -> str:
        """Return the first steps of the reasoning, `NOTHING` for none of them."""
        return self.text[: self.ends[count - 1]] if count else NOTHING


def fault(trace: Trace, verdict: Verdict) -> str | None:
    """Return why a trace cannot be probed, None where it can."""
    if verdict.outcome == "unscored":
        return verdict.reason or "unscored"
    if trace.finish == "length":
        return "truncated"
    return "no answer" if verdict.answer is None else None


def subjects(
    problems: Mapping[str, Problem], judged: Iterable[tuple[Trace, Verdict]]
) -> list[Subject]:
    """Return the traces, each with a donor: the next one in the task by digest that differs."""
    by_task: dict[str, list[Subject]] = defaultdict(list)
    for trace, verdict in judged:
        problem = problems[trace.problem_id]
        is_correct = verdict.outcome == "correct"
        by_task[problem.task].append(Subject(problem, trace, verdict.answer or "", is_correct))
    found = []
    for some in by_task.values():
        ring = sorted(some, key=lambda one: digest("donor", one.trace.id))
        found += [_with_donor(one, ring[at + 1 :] + ring[:at]) for at, one in enumerate(ring)]
    return found


def _with_donor(one: Subject, others: Sequence[Subject]) -> Subject:
    donor = next((other for other in others if other.answer != one.answer and other.text), None)
    return Subject(one.problem, one.trace, one.answer, one.is_correct, donor)
