"""Retention: what the base knew before training, and what its students know still.

A `Known` is how one model did on one set, an item a score, so that before and after are
compared item by item. `cotutor.evaluate.knowledge` asks the models; here the scores become
measures, and losses beyond a stated margin become sentences.
"""

from collections.abc import Iterator, Sequence
from math import exp
from pathlib import Path
from statistics import fmean
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cotutor.errors import ConfigError
from cotutor.evaluate.measuring import share_measure
from cotutor.format import format_named
from cotutor.problems.sources import Source
from cotutor.records import Record
from cotutor.report.model import SKILL, Measure
from cotutor.statistics import difference, mean

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

    A loss is flagged where its whole 95 % interval is beyond `margin` (a share), or beyond
    `text_margin` (nats a token).
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

    Scores of unit `share` are in 0-1. Those of unit `nats` are log-probabilities, summed over
    the `tokens` of the item.
    """

    set: str
    unit: Literal["share", "nats"]
    items: tuple[str, ...]
    scores: tuple[float | None, ...]
    tokens: tuple[int, ...] = ()

    def scored(self) -> dict[str, float]:
        """Return the scores that there are, by item."""
        pairs = zip(self.items, self.scores, strict=True)
        return {item: score for item, score in pairs if score is not None}


def averaged(students: Sequence[Sequence[Known]]) -> list[Known]:
    """Return what the students of one arm know: an item's score is the mean of theirs.

    What one of them could not be scored on is not scored.
    """
    found = []
    for same in zip(*students, strict=True):
        columns = zip(*(known.scores for known in same), strict=True)
        scores = tuple(_mean_of(column) for column in columns)
        found.append(same[0].model_copy(update={"scores": scores}))
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
            how = _perplexities if known.unit == "nats" else _shares
            found += how(arm, known, theirs[known.set])
    return found


def _with_all_skills(known: Sequence[Known]) -> list[Known]:
    skills = [one for one in known if one.set.startswith(SKILL)]
    if not skills:
        return list(known)
    items = tuple(f"{one.set} {item}" for one in skills for item in one.items)
    scores = tuple(score for one in skills for score in one.scores)
    return [Known(set=ALLSKILLS, unit="share", items=items, scores=scores), *known]


def _shares(arm: str, before: Known, after: Known) -> Iterator[Measure]:
    had, has = before.scored(), after.scored()
    shared = [item for item in had if item in has]
    if not shared:
        return
    for name, side in (("known-before", had), ("known-after", has)):
        yield share_measure(arm, before.set, name, [[side[item]] for item in shared])
    value, low, high = difference(*([[side[item]] for item in shared] for side in (has, had)))
    yield Measure(
        arm=arm, task=before.set, name="known-change", value=value, low=low, high=high,
        n=len(shared),
    )  # fmt: skip


def _limits(values_C_K: Sequence[Sequence[float]]) -> tuple[float, float | None, float | None]:
    """Return a mean over clusters with its limits; of one cluster there are none."""
    if len(values_C_K) < 2:
        return fmean(values_C_K[0]), None, None
    found = mean(values_C_K)
    return found.value, found.low, found.high


def _perplexities(arm: str, before: Known, after: Known) -> Iterator[Measure]:
    """Yield perplexities, and the nats a token by which the text got less likely.

    The windows are the clusters; neighbours, which share words, are taken as independent.
    """
    tokens = dict(zip(before.items, before.tokens, strict=True))
    had, has = before.scored(), after.scored()
    told: dict[str, Any] = {"arm": arm, "task": before.set, "n": sum(tokens.values())}
    for name, side in (("perplexity-before", had), ("perplexity-after", has)):
        value, low, high = _limits([[-side[item] / size] * size for item, size in tokens.items()])
        yield Measure(name=name, value=exp(value), low=_exp(low), high=_exp(high), **told)
    lost = [[(had[item] - has[item]) / size] * size for item, size in tokens.items()]
    value, low, high = _limits(lost)
    yield Measure(name="nats-lost", value=value, low=low, high=high, **told)


def _exp(limit: float | None) -> float | None:
    return None if limit is None else exp(max(limit, 0.0))  # no perplexity is below 1


def losses(measures: Sequence[Measure], settings: RetentionSettings) -> Iterator[str]:
    """Yield a sentence for every loss whose whole interval is beyond the margin.

    Where an arm has lost of all skills together, its single skills are not told again.
    """
    lost = [measure for measure in measures if _is_lost(measure, settings)]
    whole = {measure.arm for measure in lost if measure.task == ALLSKILLS}
    for measure in lost:
        if not (measure.arm in whole and measure.task.startswith(SKILL)):
            yield _told(measure)


def _is_lost(measure: Measure, settings: RetentionSettings) -> bool:
    if measure.low is None or measure.high is None:
        return False
    if measure.name == "nats-lost":
        return measure.low > settings.text_margin
    return measure.name == "known-change" and measure.high < -settings.margin


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
