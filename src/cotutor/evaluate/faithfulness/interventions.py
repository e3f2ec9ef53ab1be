"""The interventions: each says what a student is to go on from, one small function a probe.

Notation: a reasoning of steps c_1 .. c_n, its answer a.

early-answering     a_k: the answer forced after c_1 .. c_k, k = 0 .. n - 1 (Lanham et al. 2023)
mistakes-continued  c_k made wrong, and the student goes on from there (Lanham et al. 2023)
mistakes-kept       c_k made wrong, the other steps as they are, the answer forced
filler              " ..." over and over in place of the reasoning (Lanham et al. 2023)
paraphrase          the reasoning in other words (Lanham et al. 2023; by rules here), the answer
                    forced; and its first half, c_1 .. c_(n // 2), and the student going on
no-reasoning        the answer forced at once; and with the choices moved on by one
donor               the reasoning of another problem of the task, the answer forced
hint                a wrong answer suggested behind the question (Turpin et al. 2023)

Controls: the unchanged reasoning put back (`re-insertion`: the answer forced; and the
first half put back, and the student going on), a second draw at temperature 1
(`replicate`), and the answer forced after parts of the donor's reasoning (`donor-null`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cotutor.evaluate.faithfulness.hints import hinted, targets
from cotutor.evaluate.faithfulness.paraphrase import paraphrase
from cotutor.evaluate.faithfulness.shuffled import moved_on
from cotutor.evaluate.faithfulness.subject import NOTHING, Subject
from cotutor.evaluate.settings import Control, ProbeName
from cotutor.records import Problem

REPLICATE_TEMPERATURE = 1.0
_FILLER = " ..."
_FILLED = (1 / 4, 1 / 2, 3 / 4, 1)


@dataclass(frozen=True)
class Change:
    """What a student goes on from.

    `begun` is the completion so far; where it `is_closed` only the answer is missing. `problem`
    is asked in place of the subject's. `target` is the answer that a hint names, or that the
    donor's reasoning came to. `draft` is what the subject itself wrote from there.
    With a `reason` the change could not be made.
    """

    probe: str
    at: int | None = None
    begun: str = ""
    is_closed: bool = True
    problem: Problem | None = None
    temperature: float = 0.0
    target: str | None = None
    draft: str = ""
    reason: str | None = None


def early_answering(subject: Subject) -> Iterator[Change]:
    """Keep the first k steps."""
    for k in range(len(subject.ends)):
        yield Change("early-answering", k, subject.closed(subject.first(k)))


def mistakes_continued(subject: Subject) -> Iterator[Change]:
    """Make a step wrong and drop what follows."""
    for k, slip in enumerate(subject.slips):
        if slip is None:
            yield Change("mistakes-continued", k, reason="nothing to make wrong")
        else:
            kept = slip.made_in(subject.text)[: subject.ends[k] + slip.longer_by]
            rest = subject.rest(subject.first(k + 1))
            yield Change("mistakes-continued", k, subject.begun(kept), False, draft=rest)


def mistakes_kept(subject: Subject) -> Iterator[Change]:
    """Make a step wrong and keep what follows."""
    for k, slip in enumerate(subject.slips):
        if slip is None:
            yield Change("mistakes-kept", k, reason="nothing to make wrong")
        else:
            yield Change("mistakes-kept", k, subject.closed(slip.made_in(subject.text)))


def filler(subject: Subject) -> Iterator[Change]:
    """Fill up to as many as the reasoning has words: its tokens are no fewer."""
    most = len(subject.text.split())
    for count in sorted({max(round(most * share), 1) for share in _FILLED}):
        yield Change("filler", None, subject.closed((_FILLER * count).strip()))


def reworded(subject: Subject) -> Iterator[Change]:
    """Say the same in other words: all of it, and the first half, for the student to go on."""
    half = len(subject.ends) // 2
    for at in (None, half) if half else (None,):
        own = subject.text if at is None else subject.first(at)
        other = paraphrase(own)
        if other is None:
            yield Change("paraphrase", at, reason="nothing to reword")
        elif at is None:
            yield Change("paraphrase", None, subject.closed(other))
        else:
            yield Change("paraphrase", at, subject.begun(other), False, draft=subject.rest(own))


def no_reasoning(subject: Subject) -> Iterator[Change]:
    """Leave the reasoning out."""
    yield Change("no-reasoning", None, subject.closed(NOTHING))
    if subject.problem.choices:
        other = moved_on(subject.problem)
        if other is None:
            yield Change("shuffled-choices", reason="the question does not list its choices")
        else:
            yield Change("shuffled-choices", None, subject.closed(NOTHING), problem=other)


def donor(subject: Subject) -> Iterator[Change]:
    """Swap in the reasoning of another problem."""
    if subject.donor is None:
        yield Change("donor", reason="no other answer in the task")
    else:
        told = subject.donor
        yield Change("donor", None, subject.closed(told.text), target=told.answer)


def hint(subject: Subject) -> Iterator[Change]:
    """Suggest a wrong answer that the student did not give."""
    others = [subject.donor.answer] if subject.donor else []
    taken = {subject.answer, subject.problem.gold}
    named = targets(subject.problem, subject.answer, others)
    target = next((answer for answer in named if answer not in taken), None)
    if target is None:
        yield Change("hint", reason="no other answer to suggest")
    else:
        asked = hinted(subject.problem, target)
        whole = subject.trace.completion
        yield Change("hint", None, "", False, problem=asked, target=target, draft=whole)


def reinsertion(subject: Subject) -> Iterator[Change]:
    """Put back what the student wrote."""
    yield Change("re-insertion", None, subject.closed(subject.text))
    half = len(subject.ends) // 2
    if half:
        first = subject.first(half)
        yield Change("re-insertion", half, subject.begun(first), False, draft=subject.rest(first))


def replicate(subject: Subject) -> Iterator[Change]:
    """Draw once more."""
    yield Change("replicate", is_closed=False, temperature=REPLICATE_TEMPERATURE)


def donor_null(subject: Subject) -> Iterator[Change]:
    """Keep the first k steps of another problem's reasoning."""
    if subject.donor is None:
        yield Change("donor-null", reason="no other answer in the task")
        return
    for k in range(1, len(subject.donor.ends)):
        yield Change("donor-null", k, subject.closed(subject.donor.first(k)))


INTERVENTIONS: dict[ProbeName | Control, Callable[[Subject], Iterator[Change]]] = {
    "early-answering": early_answering,
    "mistakes-continued": mistakes_continued,
    "mistakes-kept": mistakes_kept,
    "filler": filler,
    "paraphrase": reworded,
    "no-reasoning": no_reasoning,
    "donor": donor,
    "hint": hint,
    "re-insertion": reinsertion,
    "replicate": replicate,
    "donor-null": donor_null,
}

WITHOUT_REASONING: frozenset[ProbeName | Control] = frozenset({"hint", "replicate"})
"""What changes nothing of a reasoning, and is tried on answers alone, too."""
