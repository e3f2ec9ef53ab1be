"""Evaluation: every arm on the same held-out problems, judged by the one verifier."""

import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cotutor.evaluate.retention import RetentionSettings
from cotutor.evaluate.rubric import Rubric
from cotutor.evaluate.settings import PROBES, ProbeName
from cotutor.problems.sources import Source
from cotutor.reason.settings import NamedStrategy

Baseline = Literal["random", "zero-shot", "zero-shot-cot", "few-shot-cot", "teacher"]
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+=-]*")
PROMPTING: tuple[Baseline, ...] = ("zero-shot", "zero-shot-cot", "few-shot-cot")


class EvaluateSettings(BaseModel):
    """What is evaluated, and how its completions are decoded.

    `compare` names the baselines beside the students. `split` is `validation`
    while something is being tuned, so that the held-out problems stay unseen.
    Decoding is greedy at `temperature` 0, and draws above it; with several `samples` of a
    problem, which need that, accuracy is the mean over them, beside pass@k, sound-pass@k and
    maj@k. Students answer the sets of `also`, too (longer problems, other wordings), each told
    by itself. `shots` exemplars of a problem's own task, taken from the curated training
    traces, stand before it in few-shot prompts.

    `probed` problems, drawn by digest and the same for all students, are those on whose
    reasoning the `probes` intervene (0: none), with three controls: re-insertion,
    a second draw, and parts of another problem's reasoning. Only greedy attempts are probed.

    `retention` says what base and students are asked of what the base knew (null: nothing),
    `rubric` by which rules and LLM judges every attempt is rated.

    `strategies` are ways to think longer (direct, zero-shot-cot, few-shot-cot, and mappings
    with the kind self-consistency, best-of, tree or react), each with limits of its own. Every
    student that reasons tries them on `strategy_problems` tested problems, drawn by digest and
    the same for all (0: all of them); each is compared with the first one named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    compare: tuple[Baseline, ...] = (
        "random",
        "zero-shot",
        "zero-shot-cot",
        "few-shot-cot",
        "teacher",
    )
    split: Literal["heldout", "validation"] = "heldout"
    also: dict[str, Source] = {}
    samples: int = Field(default=1, ge=1)
    temperature: float = Field(default=0.0, ge=0)
    max_tokens: int = Field(default=256, ge=1)
    answer_max_tokens: int = Field(default=32, ge=1)
    batch_size: int = Field(default=64, ge=1)
    shots: int = Field(default=4, ge=1)
    probes: tuple[ProbeName, ...] = PROBES
    probed: int = Field(default=50, ge=0)
    retention: RetentionSettings | None = RetentionSettings()
    rubric: Rubric = ()
    strategies: tuple[NamedStrategy, ...] = ()
    strategy_problems: int = Field(default=100, ge=0)
    max_unscored: float = Field(default=0.1, ge=0, le=1)

    @model_validator(mode="after")
    def _draws_samples(self) -> Self:
        if self.samples > 1 and self.temperature == 0:
            raise ValueError("several samples need a temperature above 0: greedy ones are equal")
        return self

    @model_validator(mode="after")
    def _tells_strategies_apart(self) -> Self:
        known: set[str] = set()
        for title in (strategy.title for strategy in self.strategies):
            if title.casefold() in known:
                raise ValueError(f"two strategies are called {title!r}; give one another name")
            if not _FILE_NAME.fullmatch(title):
                raise ValueError(
                    f"the strategy's name {title!r} is to name a file: "
                    "begin with a letter or digit, and use letters, digits, blanks and . _ + = -"
                )
            known.add(title.casefold())
        return self
