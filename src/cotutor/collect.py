"""Collect: problems x generator -> traces.

Requests are answered in chunks of fixed composition. A chunk that was
interrupted is asked again whole: a generator that pads a batch then sees the
same batch, and writes the same text as in an undisturbed run.
"""

from collections.abc import Iterator, Sequence

from cotutor.generate import Generator
from cotutor.progress import track
from cotutor.records import Problem, Request, Trace
from cotutor.store import Journal

CHUNK = 512


def collect(
    problems: Sequence[Problem], generator: Generator, journal: Journal, *, samples: int, what: str
) -> list[Trace]:
    """Return `samples` traces per problem, in the order of the problems; resume from the journal.

    A trace with an error is kept for the record and asked for again by the
    next run of an unfinished stage.
    """
    requests = [Request(problem=p, sample=k) for p in problems for k in range(samples)]
    journal.mend()
    known = {_key(trace): trace for trace in journal.read(Trace)}
    answered = {key for key, trace in known.items() if trace.error is None}
    chunks = [requests[at : at + CHUNK] for at in range(0, len(requests), CHUNK)]
    pending = [chunk for chunk in chunks if any(_key(r) not in answered for r in chunk)]
    done = len(requests) - sum(map(len, pending))
    stream = (trace for chunk in pending for trace in _answer(chunk, generator, journal))
    for trace in track(stream, what, len(requests), done):
        known[_key(trace)] = trace
    return [known[_key(request)] for request in requests]


def _answer(chunk: Sequence[Request], generator: Generator, journal: Journal) -> Iterator[Trace]:
    came: list[Trace] = []
    try:
        for trace in generator.generate(chunk):
            came.append(trace)
            yield trace
    finally:
        journal.append(came)


def _key(item: Request | Trace) -> tuple[str, int]:
    problem_id = item.problem.id if isinstance(item, Request) else item.problem_id
    return problem_id, item.sample
