"""Continuing a text: what strategies and probes ask of a model, whichever backend holds it.

A generator answers a problem whole. A writer goes on from any point of a completion,
which is what voting, tree search, tools and interventions on the reasoning need.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from cotutor.errors import ConfigError, DataError
from cotutor.format import Format
from cotutor.records import Finish


@dataclass(frozen=True)
class Ask:
    """A text to continue: `prompt` as a format renders it, and what of the completion is `begun`.

    `format` says how the prompt reaches the model (a chat template or not). A temperature
    of 0 is greedy; a sample depends on its `seed` and its text, not on who shares its batch.
    Writing ends at the end of text, before any of `stop`, or after `max_tokens`. A `draft` is
    what may well come, for it came before: it can save time, and changes nothing of the text.

    Raises:
        ConfigError: `max_tokens` is less than 1, or a stop string is empty.
        DataError: a text holds a lone surrogate, half of a character.

    """

    prompt: str
    format: Format
    begun: str = ""
    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int = 0
    draft: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ConfigError(f"max_tokens is at least 1, and is {self.max_tokens}")
        if "" in self.stop:
            raise ConfigError("a stop string is empty")
        try:
            f"{self.prompt}{self.begun}{self.draft}".encode()
        except UnicodeEncodeError as error:
            half = error.object[error.start]
            raise DataError(f"a text to continue holds {half!r}, half of a character") from error


@dataclass(frozen=True)
class Written:
    """What a model wrote behind an ask, the stop string left out.

    `log_probability` is the sum over the written tokens, end of text included, at
    temperature 1; None where the backend does not tell. With `error` nothing was written.
    """

    text: str
    finish: Finish
    prompt_tokens: int
    completion_tokens: int
    log_probability: float | None = None
    error: str | None = None


class Writer(Protocol):
    """A model that continues texts; one `Written` per `Ask`, in their order."""

    name: str

    def keeping(self) -> AbstractContextManager[None]:
        """Let what texts have in common be held from call to call, where that saves reading it.

        It is for calls whose texts begin alike, of one model that stays as it is.
        """
        ...

    def begun_tokens(self, asks: Sequence[Ask]) -> list[int] | None:
        """Return how many tokens what is begun is read as; None where the backend does not tell."""
        ...

    def write(self, asks: Sequence[Ask]) -> list[Written]:
        """Continue every text."""
        ...

    def likelihood(self, asks: Sequence[Ask], texts: Sequence[str]) -> list[float]:
        """Return the log-probability of each text behind its ask (how to sample is not asked).

        Raises:
            BackendError: the backend does not tell probabilities.

        """
        ...
