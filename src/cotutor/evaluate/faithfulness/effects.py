"""Faithfulness: does the answer come from the reasoning? Interventions on it, and their effects.

`probe` applies the interventions of `cotutor.evaluate.faithfulness.interventions` and makes a
`Probe` record of each. Answers are compared by the one verifier: an answer is unchanged
where it is judged correct when the answer before is taken for the gold. What could not be
done or judged is recorded with the reason. No score of these is faithfulness by itself;
`cotutor.evaluate.calibration` says which one can tell what.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cotutor.errors import BackendError
from cotutor.evaluate.faithfulness.hints import is_admitted
from cotutor.evaluate.faithfulness.interventions import INTERVENTIONS, WITHOUT_REASONING, Change
from cotutor.evaluate.faithfulness.shuffled import moved_back, moved_on
from cotutor.evaluate.faithfulness.subject import Subject, fault, subjects
from cotutor.evaluate.settings import CONTROLS, PROBES, Control, ProbeName
from cotutor.generate.writing import Ask, Writer, Written
from cotutor.progress import track
from cotutor.records import Probe, Problem, Request, Trace, Verdict, digest
from cotutor.verify import DEFAULT, VerifySettings, decide

TOGETHER = 32
"""The most traces whose texts are asked for together: enough for full batches."""

NO_REASONING = "no reasoning"


@dataclass(frozen=True)
class Probing:
    """Which probes are made, how long a student may go on, and how its answers are judged."""

    probes: Sequence[ProbeName] = PROBES
    max_tokens: int = 256
    answer_max_tokens: int = 32
    verify: VerifySettings = DEFAULT


def drawn(problems: Sequence[Problem], count: int) -> list[Problem]:
    """Return the problems that are probed: drawn by digest, the same for all arms."""
    return sorted(problems, key=lambda problem: digest("probed", problem.id))[:count]


def probe(
    problems: Mapping[str, Problem],
    judged: Sequence[tuple[Trace, Verdict]],
    writer: Writer,
    how: Probing,
    done: int = 0,
) -> Iterator[list[Probe]]:
    """Yield, part by part, what every probe and control finds in a student's traces.

    The first part is of the traces that cannot be probed. The parts are the same in every call.

    Args:
        problems: by id.
        judged: the traces with their verdicts; each is donor to others of its task.
        writer: the student that wrote the traces, greedily.
        how: which probes, and the limits.
        done: how many parts were made before, and are left out.

    """
    fit, unfit = [], []
    for trace, verdict in judged:
        reason = fault(trace, verdict)
        if reason is None:
            fit.append((trace, verdict))
        else:
            unfit += [_void(trace, name, reason) for name in (*how.probes, *CONTROLS)]
    if not done:
        yield unfit
    before = max(0, done - 1)
    parts = _parts(subjects(problems, fit))
    for some in track(parts[before:], f"probe {writer.name}", len(parts), before):
        with writer.keeping():
            made = [*_changed(some, writer, how)]
            made += _gains(some, writer) if "step-gain" in how.probes else ()
        yield made


def _parts(found: Sequence[Subject]) -> list[Sequence[Subject]]:
    """Return equal parts of at most `TOGETHER` subjects."""
    count = -(-len(found) // TOGETHER)
    return [found[len(found) * n // count : len(found) * (n + 1) // count] for n in range(count)]


def _void(trace: Trace, name: str, reason: str, at: int | None = None, steps: int = 0) -> Probe:
    return Probe(
        trace_id=trace.id, problem_id=trace.problem_id, probe=name, at=at, steps=steps,
        reason=reason,
    )  # fmt: skip


def _changed(some: Sequence[Subject], writer: Writer, how: Probing) -> Iterator[Probe]:
    """Yield the effects of all changes of some subjects; what is asked twice is written once."""
    chosen = [name for name in (*how.probes, *CONTROLS) if name in INTERVENTIONS]
    changes = [(one, change) for one in some for name in chosen for change in _changes(one, name)]
    asks = [None if change.reason else _ask(subject, change, how) for subject, change in changes]
    written = _written(writer, [ask for ask in asks if ask is not None])
    for (subject, change), ask in zip(changes, asks, strict=True):
        if ask is None:
            steps = len(subject.ends)
            yield _void(subject.trace, change.probe, change.reason or "", change.at, steps)
        else:
            yield from _found(subject, change, written[ask], how)


def _changes(subject: Subject, name: ProbeName | Control) -> Iterable[Change]:
    """Return the changes of a probe; to an answer without reasoning, those of the prompt alone."""
    if subject.text or name in WITHOUT_REASONING:
        return INTERVENTIONS[name](subject)
    return [Change(name, reason=NO_REASONING)]


def _written(writer: Writer, asks: Sequence[Ask]) -> dict[Ask, Written]:
    """Write what is asked, each text once: first the answers alone, which are short."""
    found: dict[Ask, Written] = {}
    by_length: dict[int, dict[Ask, None]] = {}
    for ask in asks:
        by_length.setdefault(ask.max_tokens, {})[ask] = None
    for _, some in sorted(by_length.items()):
        found |= zip(some, writer.write(list(some)), strict=True)
    return found


def _ask(subject: Subject, change: Change, how: Probing) -> Ask:
    style = subject.format
    return Ask(
        prompt=style.prompt(change.problem or subject.problem),
        format=style,
        begun=change.begun,
        max_tokens=how.answer_max_tokens if change.is_closed else how.max_tokens,
        temperature=change.temperature,
        stop=style.stop,
        seed=int(digest(change.probe, subject.trace.id), 16) % 2**31 if change.temperature else 0,
        draft=change.draft,
    )


def _found(subject: Subject, change: Change, written: Written, how: Probing) -> Iterator[Probe]:
    if written.error is not None:
        yield _void(subject.trace, change.probe, written.error, change.at, len(subject.ends))
        return
    trace = _attempt(subject, change, written)
    verdict = decide(change.problem or subject.problem, trace, how.verify)
    after = verdict.answer
    if change.probe == "shuffled-choices" and after is not None:
        after = moved_back(subject.problem, after)
    changed, reason = _difference(subject, change, trace, how)
    found = Probe(
        trace_id=subject.trace.id, problem_id=subject.problem.id, probe=change.probe,
        at=change.at, steps=len(subject.ends), before=subject.answer, after=after,
        is_correct=None if verdict.outcome == "unscored" else verdict.outcome == "correct",
        is_changed=changed, reason=reason,
    )  # fmt: skip
    yield found
    if change.probe == "hint":
        yield _admission(found, trace)


def _attempt(subject: Subject, change: Change, written: Written) -> Trace:
    """Return the completion as a trace; the limit on a forced answer is ours, no truncation."""
    request = Request(problem=subject.problem, sample=subject.trace.sample)
    return Trace.make(
        request, generator=subject.trace.generator, format=subject.trace.format,
        completion=change.begun + written.text,
        finish="stop" if change.is_closed else written.finish,
        answer_at=len(change.begun) if change.is_closed else None,
    )  # fmt: skip


def _difference(
    subject: Subject, change: Change, trace: Trace, how: Probing
) -> tuple[bool | None, str | None]:
    """Judge the answer by the one before; with a hint, by the answer that was hinted at."""
    before = subject.problem.model_copy(update={"gold": change.target or subject.answer})
    if change.probe == "shuffled-choices":
        before = moved_on(before) or before
    verdict = decide(before, trace, how.verify)
    if verdict.outcome == "unscored":
        return None, verdict.reason
    is_same = verdict.outcome == "correct"
    return is_same if change.target is not None else not is_same, None


def _admission(hinted: Probe, trace: Trace) -> Probe:
    """Say whether a student that took the hint speaks of it."""
    is_taken = hinted.is_changed
    update = {
        "probe": "hint-admitted",
        "is_changed": is_admitted(trace.completion) if is_taken else None,
        "reason": None if is_taken else hinted.reason or "the hint was not taken",
    }
    return hinted.model_copy(update=update)


def _gains(some: Sequence[Subject], writer: Writer) -> Iterator[Probe]:
    """Yield by how much each step makes the student's own answer likelier, in nats.

    g_k = log p(a given x, c_1 .. c_k) - log p(a given x, c_1 .. c_(k-1)).
    """
    asks, texts = [], []
    for subject in some:
        if not subject.text:
            yield _void(subject.trace, "step-gain", NO_REASONING)
    some = [subject for subject in some if subject.text]
    for subject in some:
        for k in range(len(subject.ends) + 1):
            begun = subject.closed(subject.first(k))
            asks.append(Ask(subject.format.prompt(subject.problem), subject.format, begun))
            texts.append(subject.said)
    try:
        found = iter(writer.likelihood(asks, texts))
    except BackendError as error:
        for subject in some:
            yield _void(subject.trace, "step-gain", str(error), steps=len(subject.ends))
        return
    for subject in some:
        steps = len(subject.ends)
        likely = [next(found) for _ in range(steps + 1)]
        for k in range(steps):
            yield Probe(
                trace_id=subject.trace.id, problem_id=subject.problem.id, probe="step-gain",
                at=k, steps=steps, before=subject.answer, value=likely[k + 1] - likely[k],
            )  # fmt: skip
