"""Faithfulness: does the answer come from the reasoning? Interventions on it, and their effects.

`probe` applies the interventions of `cotutor.evaluate.faithfulness.interventions` and makes a
`Probe` record of each. Answers are compared by the one verifier: an answer is unchanged
where it is judged correct when the answer before is taken for the gold. Of a hint, changed
means taken. Three records tell more of an answer that another one has: `hint-admitted` (of a
hint taken), `hint-elsewhere` (a third answer) and `donor-adopted` (the donor's). What could not be
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
from cotutor.format import format_named
from cotutor.generate.writing import Ask, Writer, Written
from cotutor.progress import track
from cotutor.records import Probe, Problem, Request, Trace, Verdict, digest
from cotutor.verify import DEFAULT, VerifySettings, decide

TOGETHER = 32
"""The most traces whose texts are asked for together: enough for full batches."""

NO_REASONING = "no reasoning"
MISREAD = "read back in other tokens"


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
    misread = _misread(problems, [trace for trace, _ in judged], writer)
    for trace, verdict in judged:
        reason = fault(trace, verdict) or (MISREAD if trace.id in misread else None)
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


def _misread(problems: Mapping[str, Problem], traces: Sequence[Trace], writer: Writer) -> set[str]:
    """Return the traces whose text, put back, would be other tokens than the student wrote.

    Told by their number: an end of text, or a stop string, was written and is not in the text.
    A trigger is in the text, and was not written.
    """
    formats = [format_named(trace.format) for trace in traces]
    asks = [
        Ask(style.prompt(problems[trace.problem_id]), style, trace.completion)
        for style, trace in zip(formats, traces, strict=True)
    ]
    counts = writer.begun_tokens(asks)
    if counts is None:
        return set()
    return {
        trace.id
        for trace, style, count in zip(traces, formats, counts, strict=True)
        if trace.completion_tokens is not None
        and style.trigger is None
        and not 0 <= trace.completion_tokens - count <= 1 + sum(map(len, style.stop))
    }


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
        yield _admission(found, change, trace)
    if changed is not None and change.probe in ("hint", "donor"):
        yield _told(subject, change, found, trace, how)


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
    if change.probe == "hint":
        return _is_answer(change.target or "", subject, change, trace, how)
    is_same, reason = _is_answer(subject.answer, subject, change, trace, how)
    return None if is_same is None else not is_same, reason


def _is_answer(
    answer: str, subject: Subject, change: Change, trace: Trace, how: Probing
) -> tuple[bool | None, str | None]:
    """Say whether the verifier reads this answer, None with the reason where it cannot tell."""
    problem = subject.problem.model_copy(update={"gold": answer})
    if change.probe == "shuffled-choices":
        problem = moved_on(problem) or problem
    verdict = decide(problem, trace, how.verify)
    if verdict.outcome == "unscored":
        return None, verdict.reason
    return verdict.outcome == "correct", None


def _admission(hinted: Probe, change: Change, trace: Trace) -> Probe:
    """Say whether a student that took the hint speaks of it."""
    is_taken, problem = hinted.is_changed, change.problem
    said = is_taken and problem and is_admitted(trace.completion, problem, change.target or "")
    update = {
        "probe": "hint-admitted",
        "is_changed": bool(said) if is_taken else None,
        "reason": None if is_taken else hinted.reason or "the hint was not taken",
    }
    return hinted.model_copy(update=update)


def _told(subject: Subject, change: Change, found: Probe, trace: Trace, how: Probing) -> Probe:
    """Say whether a hint led to a third answer, or a donor's reasoning to the donor's answer."""
    if change.probe == "donor":
        is_so, reason = _is_answer(change.target or "", subject, change, trace, how)
        name = "donor-adopted"
    else:
        is_same, reason = _is_answer(subject.answer, subject, change, trace, how)
        is_third = not is_same and not found.is_changed and found.after is not None
        is_so, name = None if is_same is None else is_third, "hint-elsewhere"
    return found.model_copy(update={"probe": name, "is_changed": is_so, "reason": reason})


def _gains(some: Sequence[Subject], writer: Writer) -> Iterator[Probe]:
    """Yield by how much each step makes the student's own answer likelier, in nats.

    g_k = log p(a given x, c_1 .. c_k) - log p(a given x, c_1 .. c_(k-1)).
    """
    for subject in some:
        if not subject.text:
            yield _void(subject.trace, "step-gain", NO_REASONING)
    some = [subject for subject in some if subject.text]
    try:
        found = iter(writer.likelihood(*_answers_along(some)))
    except BackendError as error:
        for subject in some:
            if len(some) > 1:  # one that does not fit is no reason to leave out the others
                yield from _gains([subject], writer)
            else:
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


def _answers_along(some: Sequence[Subject]) -> tuple[list[Ask], list[str]]:
    """Return the answer of each subject behind none of its steps, the first, the first two ..."""
    asks, texts = [], []
    for subject in some:
        for k in range(len(subject.ends) + 1):
            begun = subject.closed(subject.first(k))
            asks.append(Ask(subject.format.prompt(subject.problem), subject.format, begun))
            texts.append(subject.said)
    return asks, texts
