"""What curation keeps, by name."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Filter = Literal[
    "complete", "step-valid", "grounded", "supported", "covering", "needed", "no-repetition"
]
Select = Literal["first", "random", "diverse", "likely", "reaches"]

STEP_FILTERS: frozenset[Filter] = frozenset({"step-valid", "grounded", "supported", "covering"})
SCORED: frozenset[Select] = frozenset({"likely", "reaches"})


class CurateSettings(BaseModel):
    """Which traces may be learnt from: what is filtered out, and which of the rest are chosen.

    `keep` is the answer filter: `correct` as in Fine-tune-CoT, or `all`.
    `filters` are the others, each on where it is named. `complete`: not cut off.
    `step-valid`: the step checker found nothing untrue. `grounded`: every
    operand comes from the question, an earlier result or common knowledge, or is one
    operation away from these. `supported`: the answer is what was reached, where that
    can be told. `covering`: all ground-truth steps are stated, where the problem has
    them. `needed`: the student's base does not come to the answer from the reasoning
    of another problem of the task.
    `no-repetition`: at most half of its sequences of eight words stood there
    before. `min_characters` and `max_characters` bound the reasoning's length;
    `language: en` refuses what is not English by its letters and its function
    words (a coarse test: texts of less than 20 words pass). Traces without
    reasoning and unscored ones always go.

    Copies among a problem's traces always go (case and blanks aside). With
    `near_duplicate` below 1 so does a trace with the same numbers and operators,
    in the same order, as an earlier one, whose set of three-word sequences has at
    least that Jaccard similarity to that one's: two traces that differ in a number
    are different solutions.

    Of what is left, `per_problem` traces of each problem are kept, and written
    in the order of choice, so that an arm with fewer samples has the first
    chosen. `select` chooses the `first`; at `random` (by `seed`); the most
    `diverse` (each the farthest from those before it, by solution path, then by
    wording); those most `likely` to the student's base (mean log-probability of
    a token); or first those from whose reasoning the base `reaches` the answer.

    `max_unscored` is the share of unscored traces above which the run stops.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep: Literal["correct", "all"] = "correct"
    filters: tuple[Filter, ...] = ("complete",)
    min_characters: int = Field(default=0, ge=0)
    max_characters: int | None = Field(default=None, ge=1)
    language: Literal["en"] | None = None
    near_duplicate: float = Field(default=1.0, gt=0, le=1)
    per_problem: int = Field(default=8, ge=1)
    select: Select = "first"
    seed: int = Field(default=0, ge=0)
    max_unscored: float = Field(default=0.1, ge=0, le=1)

    @property
    def checks_steps(self) -> bool:
        """Whether a chosen filter asks for the findings of the step checker."""
        return not STEP_FILTERS.isdisjoint(self.filters)

    @property
    def asks_base(self) -> bool:
        """Whether the student's base is needed: to choose traces, or to filter them."""
        return self.select in SCORED or "needed" in self.filters

    @model_validator(mode="after")
    def _some_length_passes(self) -> Self:
        if self.max_characters is not None and self.max_characters < self.min_characters:
            raise ValueError("max_characters is less than min_characters")
        return self
