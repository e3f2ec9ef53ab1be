"""The readings of an answer that are decisions, by name, each with its default."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class VerifySettings(BaseModel):
    """How answers are read and compared.

    `rule` is cotutor's own, or a published one for comparison with the
    literature. `several` says what counts when a text gives several different
    answers, "A or B" among them: none of them, the first or the last.
    `ordered` lists must agree in order. `tolerance` is the relative difference
    that two numbers may have beyond their printed precision. `percent` says
    what `70%` may stand for: 70 and 0.7, or 0.7 alone. `day_first` reads
    03/04/2021 as 3 April, where neither it nor the gold says so itself.
    `ignore_case`: a capital letter makes no other string. `deadline` is how many
    seconds a symbolic comparison may take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["cotutor", "kojima-2022", "reasoning-teacher"] = "cotutor"
    several: Literal["ambiguous", "first", "last"] = "ambiguous"
    ordered: bool = True
    tolerance: float = Field(default=0.0, ge=0, lt=1)
    percent: Literal["either", "share"] = "either"
    day_first: bool = False
    ignore_case: bool = True
    deadline: float = Field(default=2.0, gt=0)


DEFAULT = VerifySettings()
