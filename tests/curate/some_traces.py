"""Small problems, traces and judged candidates for the tests of curation."""

from cotutor.curate import CurateSettings, curate
from cotutor.curate.candidate import Candidate
from cotutor.format import FORMATS
from cotutor.records import Findings, Problem, Request, Trace
from cotutor.verify import decide

PLAIN = FORMATS["plain"]
PROBLEMS = [
    Problem.make(task="t", question=f"{n} + 1?", gold=str(n + 1), kind="number") for n in range(3)
]


def trace(problem, reasoning, answer=None, *, sample=0, finish="stop", error=None):
    completion = PLAIN.completion(reasoning, answer or problem.gold)
    return Trace.make(
        Request(problem=problem, sample=sample), generator="g", format="plain",
        completion="" if error else completion, finish="error" if error else finish, error=error,
    )  # fmt: skip


def traces(problem, *reasonings):
    return [trace(problem, text, sample=k) for k, text in enumerate(reasonings)]


def candidates(*reasonings, problem=PROBLEMS[0]):
    made = traces(problem, *reasonings)
    return [Candidate(problem, one, decide(problem, one)) for one in made]


def finding(problem, one, **found):
    """The verdict of a step checker that found this, as if it had looked."""
    made = decide(problem, one)
    return made.model_copy(update={"findings": Findings(by="equations", steps=2, **found)})


def curated(groups, *, judge=decide, score=None, **settings):
    return list(curate(groups, CurateSettings(**settings), judge, score))


def reasons(made):
    return [reject.reason for one in made for reject in one.rejects]
