"""Several teachers as one: each answers its own range of the samples.

With teachers of 1 and 4 samples, sample 0 is the first one's and samples 1 to 4
are the second one's, who knows them as its 0 to 3: what it writes, replays or
finds in its cache is what it would alone. A trace carries the sample's number
in the mix, so that ids stay unique, and the name of who wrote it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from cotutor.generate import Generator
from cotutor.records import Request, Trace

_MADE_ANEW = {"schema_version", "id", "problem_id", "sample"}


class MixedTeachers:
    """Teachers with their numbers of samples, behind the interface of one."""

    def __init__(self, teachers: Sequence[tuple[Generator, int]]) -> None:
        self.name = " + ".join(dict.fromkeys(teacher.name for teacher, _ in teachers))
        self._teachers = [teacher for teacher, _ in teachers]
        self._ends = list(accumulate(samples for _, samples in teachers))

    def tally(self) -> dict[str, int]:
        """Return what each teacher counted, after its name."""
        counts: Counter[str] = Counter()
        for teacher in self._teachers:
            counts.update({f"{teacher.name}: {what}": n for what, n in teacher.tally().items()})
        return dict(counts)

    def generate(self, requests: Iterable[Request]) -> Iterator[Trace]:
        """Yield one trace per request, teacher by teacher.

        Raises:
            IndexError: a request's sample is beyond those of all teachers.

        """
        asked = list(requests)
        if beyond := [request.sample for request in asked if request.sample >= self._ends[-1]]:
            raise IndexError(f"sample {max(beyond)} of {self._ends[-1]}")
        start = 0
        for teacher, end in zip(self._teachers, self._ends, strict=True):
            own = [
                request.model_copy(update={"sample": request.sample - start})
                for request in asked
                if start <= request.sample < end
            ]
            problems = {request.problem.id: request.problem for request in own}
            for trace in teacher.generate(own):
                numbered = Request(problem=problems[trace.problem_id], sample=trace.sample + start)
                yield Trace.make(numbered, **trace.model_dump(exclude=_MADE_ANEW))
            start = end
