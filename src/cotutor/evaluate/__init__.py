"""Evaluation: every arm on the same held-out problems, judged by the one verifier."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Baseline = Literal["random", "zero-shot", "zero-shot-cot", "few-shot-cot", "teacher"]
PROMPTING: tuple[Baseline, ...] = ("zero-shot", "zero-shot-cot", "few-shot-cot")


class EvaluateSettings(BaseModel):
    """What is evaluated, and how its completions are decoded (greedily).

    `compare` names the baselines beside the students. `on` is `validation`
    while something is being tuned, so that the held-out problems stay unseen.
    `shots` exemplars of a problem's own task, taken from the curated training
    traces, stand before it in few-shot prompts.
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
    max_tokens: int = Field(default=256, ge=1)
    answer_max_tokens: int = Field(default=32, ge=1)
    batch_size: int = Field(default=64, ge=1)
    shots: int = Field(default=4, ge=1)
    max_unscored: float = Field(default=0.1, ge=0, le=1)
