"""Humans as a teacher: the rationales that stand in the data become traces like any other.

A problem has one human rationale at most, its sample 0. The answer of the trace
is the human's own where the rationale names one (GSM8K's last line), else the
gold answer. The rationale of a tested problem is reference material: it is
neither training data nor an attempt at the problem, and is never shown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from cotutor.errors import ConfigError
from cotutor.format import format_named
from cotutor.problems.rationale import reasoning_and_answer, without_marks
from cotutor.records import Problem, Request, Trace

NO_RATIONALE = "no human rationale"
NO_MORE = "no more than one human rationale"
TESTED = "the human rationale of a tested problem is not for use"


class HumanTeacher:
    """Human rationales behind the interface of a teacher.

    Args:
        format: the name of the prompt format that completions are written in.
        keep_marks: keep calculator marks such as `<<48/2=24>>`.

    Raises:
        ConfigError: no such format, or one without a place for the reasoning.

    """

    name = "human"

    def __init__(self, *, format: str = "plain", keep_marks: bool = False) -> None:
        self._format = format_named(format)
        if self._format.mark is None:
            raise ConfigError(f"format {format} has no place for a human's reasoning")
        self._keep_marks = keep_marks
        self._missing: Counter[str] = Counter()

    def tally(self) -> dict[str, int]:
        """Count the problems that had no rationale to give, by reason."""
        return {f"problems with {reason}": count for reason, count in self._missing.items()}

    def generate(self, requests: Iterable[Request]) -> Iterator[Trace]:
        """Yield one trace per request, in order; an error where there is no rationale."""
        for request in requests:
            fault = _fault(request)
            if fault is not None:
                self._missing[fault] += 1
            yield Trace.make(
                request, generator=self.name, format=self._format.name,
                completion="" if fault else self._completion(request.problem),
                finish="error" if fault else "stop", error=fault,
            )  # fmt: skip

    def _completion(self, problem: Problem) -> str:
        rationale = problem.reasoning or ""
        reasoning, answer = reasoning_and_answer(rationale)
        if not self._keep_marks:
            reasoning = without_marks(reasoning)
        return self._format.completion(reasoning, answer or problem.gold)


def _fault(request: Request) -> str | None:
    """Return why there is nothing to give, or None."""
    if request.problem.split != "train":
        return TESTED
    if request.sample > 0:
        return NO_MORE
    return None if (request.problem.reasoning or "").strip() else NO_RATIONALE
