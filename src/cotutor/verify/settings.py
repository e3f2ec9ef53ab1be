"""The readings of an answer that are decisions, by name, each with its default."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class VerifySettings(BaseModel):
    """How answers are read and compared.

    `rule` is cotutor's own, or a published one for comparison with the
    literature. `several` says what counts when a text gives several different
    answers: none of them, the first or the last. `ordered` lists must agree in
    order. `tolerance` is the relative difference that two numbers may have
    beyond their printed precision. `deadline` is how many seconds a symbolic
    comparison may take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["cotutor", "kojima-2022", "reasoning-teacher"] = "cotutor"
    several: Literal["ambiguous", "first", "last"] = "ambiguous"
    ordered: bool = True
    tolerance: float = Field(default=0.0, ge=0, lt=1)
    deadline: float = Field(default=2.0, gt=0)


DEFAULT = VerifySettings()
