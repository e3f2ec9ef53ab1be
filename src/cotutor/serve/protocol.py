"""What clients send: OpenAI's fields, and three of our own, `strategy`, `kind` and `steps`.

A field that we do not know is refused. Of OpenAI's fields, those that do not shape an
answer are ignored, and those that would shape it in a way we cannot are refused unless
they are neutral: a client gets what it asked for, or a sentence.
"""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from cotutor.records import Kind

_NEUTRAL: tuple[Any, ...] = (None, 0, False, [], {}, "none", {"type": "text"})
_T = TypeVar("_T", bound=BaseModel)


class Refusal(Exception):
    """A request that gets no answer: an HTTP status and an error in OpenAI's shape."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after
        kind = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
        told = kind.get(status, "invalid_request_error" if status < 500 else "server_error")
        self.body = {
            "error": {"message": message, "type": told, "param": param, "code": code}
        }  # the shape that the openai client reads


def _neutral(value: Any) -> None:
    if value not in _NEUTRAL:
        raise ValueError("this server cannot do that; leave it out")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value or []


Unsupported = Annotated[None, BeforeValidator(_neutral)]
Seed = Annotated[int, Field(ge=-(2**63), lt=2**64)]
Stops = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    BeforeValidator(_as_list),
    Field(max_length=16),
]


class StreamOptions(BaseModel):
    """What a stream holds beside its texts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    include_usage: bool = False
    include_obfuscation: Any = None


class _Request(BaseModel):
    """What both kinds of completion share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    n: int = Field(default=1, ge=1)
    temperature: float = Field(default=0.0, ge=0, le=10, allow_inf_nan=False)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=0)
    seed: Seed | None = None
    stop: Stops = []
    stream: bool = False
    stream_options: StreamOptions | None = None

    user: Any = None
    metadata: Any = None
    store: Any = None
    service_tier: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    frequency_penalty: Unsupported = None
    presence_penalty: Unsupported = None
    logit_bias: Unsupported = None

    @model_validator(mode="before")
    @classmethod
    def _nothing_said(cls, fields: Any) -> Any:
        """Take a null for a field that was left out, as OpenAI does."""
        if isinstance(fields, dict):
            return {key: value for key, value in fields.items() if value is not None}
        return fields


class TextPart(BaseModel):
    """A part of a message."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One message of a chat; only texts are read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """The message as one text."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content or ())


class ChatRequest(_Request):
    """`POST /v1/chat/completions`: the last message of the user is the question.

    `strategy` is how to reason, such as {"kind": "self-consistency", "samples": 8}, and
    `kind` of what kind the answer is, by which its votes are compared. With `steps` the
    reasoning is told as a list of its steps, too.
    """

    messages: list[Message] = Field(min_length=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    strategy: dict[str, Any] | None = None
    kind: Kind | None = None
    steps: bool = False

    reasoning_effort: Any = None
    verbosity: Any = None
    parallel_tool_calls: Any = None
    modalities: Any = None
    logprobs: Unsupported = None
    top_logprobs: Unsupported = None
    response_format: Unsupported = None
    tools: Unsupported = None
    tool_choice: Unsupported = None
    functions: Unsupported = None

    @property
    def question(self) -> str:
        """The last message of the user; it stands last."""
        return self.messages[-1].text

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.messages[-1].role != "user" or not self.question.strip():
            raise ValueError("the last of messages is to be the user's, with a text")
        if self.kind is not None and self.strategy is None:
            raise ValueError("kind is for the votes of a strategy")
        return self


class CompletionRequest(_Request):
    """`POST /v1/completions`: texts to go on with, as strings or as the tokenizer's numbers.

    With `echo` the prompt comes first. `logprobs` is how many of the likeliest tokens
    are told beside each token's own log-probability; with `echo` those of the prompt, too.
    """

    prompt: str | list[str] | list[int] | list[list[int]]
    echo: bool = False
    logprobs: int | None = Field(default=None, ge=0, le=20)

    best_of: Any = None
    suffix: Unsupported = None

    @property
    def prompts(self) -> list[str | list[int]]:
        """The prompts, whichever way they were given."""
        if isinstance(self.prompt, str):
            return [self.prompt]
        given: list[Any] = self.prompt
        return [given] if given and isinstance(given[0], int) else given

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        if not self.prompts or not all(self.prompts):
            raise ValueError("prompt is empty")
        if self.best_of not in (None, self.n):
            raise ValueError("best_of is n or left out")
        if self.stream and (self.echo or self.logprobs is not None):
            raise ValueError("echo and logprobs are not streamed")
        return self


class LoadRequest(BaseModel):
    """`POST /v1/load_lora_adapter`, as vLLM names it; `load_inplace` replaces what has the name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lora_name: str = Field(min_length=1, max_length=200, pattern=r"^[\w.:/-]+$")
    lora_path: str = Field(min_length=1)
    load_inplace: bool = False


class UnloadRequest(BaseModel):
    """`POST /v1/unload_lora_adapter`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lora_name: str = Field(min_length=1)


def parse(kind: type[_T], body: bytes) -> _T:
    """Return a request's body as what it is to be.

    Raises:
        Refusal: it is not; 400, with one sentence.

    """
    try:
        return kind.model_validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"] if not isinstance(part, type))
        reason = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            reason = "there is no such field"
        message = f"{place}: {reason}" if place else reason
        raise Refusal(400, message[:500], param=place or None) from error
