"""Settings of the generators: light to import, checked before anything is loaded or sent."""

from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cotutor.errors import ConfigError
from cotutor.format import Format, Shot, format_named

# Settings that shape no trace: when one of them changes, a half-done collection goes on.
INCIDENTAL = frozenset(
    {"concurrency", "timeout", "retries", "backoff", "api_key_env", "cache"}
    | {"price_in", "price_out", "max_cost", "max_tokens_total"}
)


class _Prompting(BaseModel):
    """How problems are put to a model, and how it writes.

    `max_tokens` bounds the reasoning (or the only) call, `answer_max_tokens` the
    answering call of a two-call format, which is always greedy. A temperature
    of 0 is greedy. `shots` are the exemplars of a few-shot format.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = "zero-shot-cot"
    shots: tuple[Shot, ...] = ()
    temperature: float = Field(default=0.0, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int = Field(default=512, ge=1)
    answer_max_tokens: int = Field(default=32, ge=1)

    @property
    def prompting(self) -> Format:
        """The format of that name."""
        return format_named(self.format)

    @model_validator(mode="after")
    def _format_and_shots_agree(self) -> Self:
        try:
            fmt = self.prompting
        except ConfigError as error:
            raise ValueError(str(error)) from error
        if self.shots and not fmt.takes_shots:
            raise ValueError(f"format {self.format} takes no shots")
        return self


class EndpointSettings(_Prompting):
    """A model behind an OpenAI-compatible server.

    Without `base_url` the server is OpenAI's. The key is read from the
    environment variable `api_key_env` when the run begins and kept nowhere.
    With a `seed`, every sample of every problem is sent one of its own. What is
    in `extra_body` is sent as it stands; a null there takes our own field out
    (`{max_tokens: null, max_completion_tokens: 900}`).

    `timeout` is the whole time of one call in seconds, `backoff` the wait before
    the first of at most `retries` repeats; it doubles, unless the server names
    one. Prices are per million tokens, and `max_cost` is in their currency.
    """

    role: ClassVar[str] = "server"  # as errors name it

    model: str
    base_url: str | None = None
    api: Literal["chat", "completions"] = "chat"
    format: str = "instruct"
    seed: int | None = None
    extra_body: dict[str, Any] = {}
    concurrency: int = Field(default=8, ge=1)
    timeout: float = Field(default=120.0, gt=0)
    retries: int = Field(default=6, ge=0)
    backoff: float = Field(default=0.5, gt=0)
    api_key_env: str = "OPENAI_API_KEY"
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)
    max_cost: float | None = Field(default=None, gt=0)
    max_tokens_total: int | None = Field(default=None, ge=1)
    cache: Path | None = None

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if self.prompting.is_chat and self.api != "chat":
            raise ValueError(f"format {self.format} needs api: chat")
        if self.max_cost is not None and not (self.price_in or self.price_out):
            raise ValueError("max_cost needs price_in and price_out")
        return self


class LocalSettings(_Prompting):
    """A transformers model on this machine.

    `batch_size` rows are decoded together; prompts of like length share a batch.
    """

    seed: int = Field(default=0, ge=0)
    batch_size: int = Field(default=64, ge=1)


class ReplayFields(BaseModel):
    """Which field of a recorded row holds what.

    The problem is found by `problem_id`, else by `task` and `sample_index` (id
    `<task>-<sample_index>`), else by `question` (white space aside). The text is
    `completion`, or `reasoning` + `trigger` + `answer`, or `answer` alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem_id: str | None = None
    task: str | None = None
    sample_index: str | None = None
    question: str | None = None
    sample: str | None = None
    completion: str | None = None
    reasoning: str | None = None
    trigger: str | None = None
    answer: str | None = None
    finish: str | None = None

    @model_validator(mode="after")
    def _finds_problem_and_text(self) -> Self:
        by_index = self.task is not None and self.sample_index is not None
        if not (self.problem_id or by_index or self.question):
            raise ValueError("map problem_id, or task and sample_index, or question")
        if (self.completion is None) == (self.answer is None):
            raise ValueError("map either completion or answer (with reasoning where there is one)")
        return self


class ReplaySettings(BaseModel):
    """Recorded traces: their files, the mapping of fields, and who wrote them in which format."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[Path, ...] = Field(min_length=1)
    map: ReplayFields
    name: str
    format: str = "zero-shot-cot"

    @model_validator(mode="after")
    def _format_exists(self) -> Self:
        try:
            format_named(self.format)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self
