"""Retention: what the base knew before training, and what its students know still.

A `Known` is how one model did on one set, an item a score, so that before and after are
compared item by item. `cotutor.evaluate.knowledge` asks the models; here the scores become
measures, and losses beyond a stated margin become sentences.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import exp
from pathlib import Path
from statistics import fmean
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cotutor.errors import ConfigError, DataError
from cotutor.evaluate.measuring import share_measure
from cotutor.format import format_named
from cotutor.problems.sources import Source
from cotutor.records import Record
from cotutor.report.model import SKILL, Measure
from cotutor.statistics import detectable, difference, mean

ALLSKILLS = "all skills"


class RetentionSettings(BaseModel):
    """What base and students are asked beside the tested problems, and when a loss is flagged.

    `skills` cases of each single-step skill are asked (0: none), and all problems of the `sets`,
    in one `format` for base and students alike. The perplexity of a `text` (a UTF-8 file; the
    embedded base brings one of its own) is taken over its first `text_tokens` tokens: each has
    at least `window - stride` tokens before it, where the text has them. `tasks` are
    names of lm-evaluation-harness or paths of its YAML files, with at most `task_limit`
    documents each. `training_problems` are drawn from those a student was trained on, for the
    accuracy that tells overfitting.

    A loss, and overfitting, is flagged where its whole 95 % interval is beyond `margin` (a share),
    or beyond `text_margin` (nats a token).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    skills: int = Field(default=50, ge=0)
    sets: dict[str, Source] = {}
    format: str = "zero-shot-cot"
    text: Path | None = None
    text_tokens: int = Field(default=16_384, ge=2)
    window: int = Field(default=512, ge=2)
    stride: int = Field(default=256, ge=1)
    tasks: tuple[str, ...] = ()
    task_limit: int | None = Field(default=None, ge=1)
    training_problems: int = Field(default=100, ge=0)
    margin: float = Field(default=0.02, ge=0, le=1)
    text_margin: float = Field(default=0.05, ge=0)

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        try:
            takes_shots = format_named(self.format).takes_shots
        except ConfigError as error:
            raise ValueError(str(error)) from error
        if takes_shots:
            raise ValueError(f"format {self.format} wants shots, and the sets have none")
        if self.stride >= self.window:
            raise ValueError("stride must be smaller than window")
        return self


class Known(Record):
    """How one model did on one set: a score an item, None where it could not be scored.

    Scores of unit `share` are in 0-1, unless the metric of a task has another scale. Those of
    unit `nats` are log-probabilities, summed over the `tokens` of the item. Where a model was
    asked to write, `asked` holds each item's text, and `written` what it wrote: one text from
    each student of the arm, None where it could not be asked.
    """

    set: str
    unit: Literal["share", "nats"]
    items: tuple[str, ...]
    scores: tuple[float | None, ...]
    tokens: tuple[int, ...] = ()
    asked: tuple[str, ...] = ()
    written: tuple[tuple[str | None, ...], ...] = ()

    def scored(self) -> dict[str, float]:
        """Return the scores that there are, by item."""
        pairs = zip(self.items, self.scores, strict=True)
        return {item: score for item, score in pairs if score is not None}


def averaged(students: Sequence[Sequence[Known]]) -> list[Known]:
    """Return what the students of one arm know: an item's score is the mean of theirs.

    What one of them could not be scored on is not scored. What all wrote is kept.
    """
    found = []
    for same in zip(*students, strict=True):
        columns = zip(*(known.scores for known in same), strict=True)
        scores = tuple(_mean_of(column) for column in columns)
        texts = zip(*(known.written for known in same), strict=True)
        written = tuple(tuple(chain.from_iterable(each)) for each in texts)
        found.append(same[0].model_copy(update={"scores": scores, "written": written}))
    return found


def _mean_of(scores: Sequence[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return fmean(known) if len(known) == len(scores) else None


def retention(arm: str, before: Sequence[Known], after: Sequence[Known]) -> list[Measure]:
    """Return before, after and change for every set, over the items that both were scored on.

    The measures' task is the name of the set; all skills together are one set more.
    """
    theirs = {known.set: known for known in _with_all_skills(after)}
    found: list[Measure] = []
    for known in _with_all_skills(before):
        if known.set in theirs:
            how = _perplexities if known.unit == "nats" else _changes
            found += how(arm, known, theirs[known.set])
    return found


def _with_all_skills(known: Sequence[Known]) -> list[Known]:
    skills = [one for one in known if one.set.startswith(SKILL)]
    if not skills:
        return list(known)
    items = tuple(f"{one.set} {item}" for one in skills for item in one.items)
    scores = tuple(score for one in skills for score in one.scores)
    return [Known(set=ALLSKILLS, unit="share", items=items, scores=scores), *known]


def _changes(arm: str, before: Known, after: Known) -> Iterator[Measure]:
    """Yield before, after and change: of shares, else, on a metric's own scale, of means."""
    had, has = before.scored(), after.scored()
    shared = [item for item in had if item in has]
    if not shared:
        return
    sides = [[[side[item]] for item in shared] for side in (had, has)]
    is_share = all(0 <= score <= 1 for side in sides for (score,) in side)
    yield from (_shares if is_share else _scores)(arm, before.set, *sides)


def _shares(
    arm: str, task: str, had_C: Sequence[Sequence[float]], has_C: Sequence[Sequence[float]]
) -> Iterator[Measure]:
    yield share_measure(arm, task, "known-before", had_C)
    yield share_measure(arm, task, "known-after", has_C)
    value, low, high = difference(has_C, had_C)
    moved = [after - before for (before,), (after,) in zip(had_C, has_C, strict=True)]
    yield Measure(
        arm=arm, task=task, name="known-change", value=value, low=low, high=high, n=len(had_C),
        detectable=detectable(moved),
    )  # fmt: skip


def _scores(
    arm: str, task: str, had_C: Sequence[Sequence[float]], has_C: Sequence[Sequence[float]]
) -> Iterator[Measure]:
    moved_C = [[after - before] for (before,), (after,) in zip(had_C, has_C, strict=True)]
    for name, values_C in (("before", had_C), ("after", has_C), ("change", moved_C)):
        value, low, high = _limits(values_C)
        yield Measure(
            arm=arm, task=task, name=f"score-{name}", value=value, low=low, high=high,
            n=len(values_C), detectable=_detectable(moved_C) if name == "change" else None,
        )  # fmt: skip


def _limits(values_C_K: Sequence[Sequence[float]]) -> tuple[float, float | None, float | None]:
    """Return a mean over clusters with its limits; of one cluster there are none."""
    if len(values_C_K) < 2:
        return fmean(values_C_K[0]), None, None
    found = mean(values_C_K)
    return found.value, found.low, found.high


def _detectable(values_C_K: Sequence[Sequence[float]]) -> float | None:
    return mean(values_C_K).detectable if len(values_C_K) > 1 else None


def _perplexities(arm: str, before: Known, after: Known) -> Iterator[Measure]:
    """Yield perplexities, and the nats a token by which the text got less likely.

    The windows are the clusters; neighbours, which share words, are taken as independent.

    Raises:
        DataError: the two have scored different tokens.

    """
    if before.tokens != after.tokens:
        raise DataError(
            f"{before.set}: the base has scored other tokens than the student of {arm}, and the "
            "two cannot be compared: remove the folder retention of the run and run again"
        )
    tokens = dict(zip(before.items, before.tokens, strict=True))
    had, has = before.scored(), after.scored()
    told: dict[str, Any] = {"arm": arm, "task": before.set, "n": len(tokens)}
    for name, side in (("perplexity-before", had), ("perplexity-after", has)):
        value, low, high = _limits([[-side[item] / size] * size for item, size in tokens.items()])
        yield Measure(name=name, value=exp(value), low=_exp(low), high=_exp(high), **told)
    lost = [[(had[item] - has[item]) / size] * size for item, size in tokens.items()]
    value, low, high = _limits(lost)
    yield Measure(
        name="nats-lost", value=value, low=low, high=high, detectable=_detectable(lost), **told
    )


def _exp(limit: float | None) -> float | None:
    return None if limit is None else exp(max(limit, 0.0))  # no perplexity is below 1


def flagged(measures: Sequence[Measure], settings: RetentionSettings) -> list[Measure]:
    """Return the measures, losses and overfitting beyond the margins of the settings marked."""
    return [one.model_copy(update={"is_loss": _is_loss(one, settings)}) for one in measures]


def losses(measures: Sequence[Measure]) -> Iterator[str]:
    """Yield a sentence for each flagged loss of what the base knew.

    Where an arm has lost of all skills together, its single skills are not told again.
    """
    lost = [one for one in measures if one.is_loss and one.name in ("known-change", "nats-lost")]
    whole = {measure.arm for measure in lost if measure.task == ALLSKILLS}
    for measure in lost:
        if not (measure.arm in whole and measure.task.startswith(SKILL)):
            yield _told(measure)


def _is_loss(measure: Measure, settings: RetentionSettings) -> bool:
    """Say whether a measure's whole interval is beyond its margin, on the worse side."""
    if measure.low is None or measure.high is None:
        return False
    match measure.name:
        case "known-change":
            return measure.high < -settings.margin
        case "nats-lost":
            return measure.low > settings.text_margin
        case "overfitting":
            return measure.low > settings.margin
        case _:
            return False


def _told(measure: Measure) -> str:
    value, low, high = measure.value, measure.low or 0.0, measure.high or 0.0
    if measure.name == "nats-lost":
        return (
            f"{measure.arm} finds {measure.task} less likely than the base did, by {value:.2f}"
            f" nats a token (95 % interval {low:.2f} to {high:.2f})"
        )
    return (
        f"{measure.arm} lost {-100 * value:.1f} points of what the base knew: {measure.task}"
        f" (95 % interval {-100 * high:.1f} to {-100 * low:.1f}, n = {measure.n})"
    )
