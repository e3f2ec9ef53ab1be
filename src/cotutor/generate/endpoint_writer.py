"""Any OpenAI-compatible server as a writer: strategies and probes on what it serves.

A completion is gone on from by sending prompt and beginning together (completions API), or
the beginning as the last message, the assistant's, with `continue_final_message`, which
vLLM knows (chat API). Calls run concurrently, are repeated, cached and paid for as those of
the endpoint teacher are; a call that failed for good is a `Written` with its error.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Self

from cotutor.errors import BackendError, ConfigError
from cotutor.generate.background import Background
from cotutor.generate.budget import Refused, Usage
from cotutor.generate.paid import PaidServer
from cotutor.generate.server import Body, Failed
from cotutor.generate.settings import EndpointSettings
from cotutor.generate.writing import Ask, Written


class EndpointWriter:
    """A model behind a server, as a `cotutor.generate.writing.Writer`; a context manager.

    How to sample is what each ask says; of the settings, the server, the model, `api`,
    `extra_body`, prices and limits count. With a `seed` there, each ask's own is sent.
    `usage` counts over the writer's whole life.

    Raises:
        BackendError: there is no key for OpenAI's own server.
        DataError: the cache file cannot be used.

    Example:
        >>> settings = EndpointSettings(model="m", base_url="http://localhost:8000/v1")
        >>> with EndpointWriter(settings) as writer:  # doctest: +SKIP
        ...     writer.write([Ask(prompt="Q: 1 + 1?", format=format_named("instruct"))])

    """

    def __init__(self, settings: EndpointSettings) -> None:
        self.name = settings.model
        self.settings = settings
        self.usage = Usage()
        self._server = PaidServer(settings, self.usage)
        self._background = Background().__enter__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up what is in flight and close the connections and the cache."""
        self._background.cancel()
        self._background.start(self._server.close()).result()
        self._background.__exit__()

    def keeping(self) -> AbstractContextManager[None]:
        """Hold nothing: what a server holds is its own affair."""
        return nullcontext()

    def begun_tokens(self, asks: Sequence[Ask]) -> None:
        """Return None: a server does not tell."""

    def write(self, asks: Sequence[Ask]) -> list[Written]:
        """Continue every text; at most `concurrency` are under way.

        Raises:
            BackendError: the server cannot be reached, or refuses the key or the model.
            BudgetSpent: after all that was in flight has been answered and cached.
            ConfigError: a format needs a chat template, and the API has none.

        """
        bodies = [self._body(ask) for ask in asks]
        written: dict[int, Written] = {}
        remaining = 0
        items = list(zip(range(len(asks)), asks, bodies, strict=True))
        for at, one in self._background.spread(self._one, items, self.settings.concurrency):
            if one is None:
                remaining += 1
            else:
                written[at] = one
        if remaining:
            raise self._server.budget.exhausted(remaining)
        return [written[at] for at in range(len(asks))]

    def likelihood(self, asks: Sequence[Ask], texts: Sequence[str]) -> list[float]:
        """Tell nothing: the API gives no probabilities of given texts.

        Raises:
            BackendError: always.

        """
        raise BackendError(
            f"the server at {self._server.url} does not tell how likely a text is; likelihoods"
            " need a local model"
        )

    async def _one(self, item: tuple[int, Ask, Body]) -> tuple[int, Written | None]:
        """Return the place of an ask with what was written; None: the budget is spent."""
        at, ask, body = item
        try:
            # The seed counts whether or not it is sent: two samples are never one cached reply.
            reply, _ = await self._server.ask(body, ("write", ask.seed))
        except Refused:
            return at, None
        except Failed as failure:
            return at, Written("", "error", 0, 0, error=str(failure))
        return at, Written(reply.text, reply.finish, reply.prompt_tokens, reply.completion_tokens)

    def _body(self, ask: Ask) -> Body:
        settings = self.settings
        ours = {
            "model": settings.model,
            "max_tokens": ask.max_tokens,
            "temperature": ask.temperature,
            "top_p": ask.top_p,
            "stop": list(ask.stop) or None,
            "seed": None if settings.seed is None else ask.seed,
        }
        body = ours | self._text(ask) | settings.extra_body
        return {key: value for key, value in body.items() if value is not None}

    def _text(self, ask: Ask) -> Body:
        if self.settings.api == "completions":
            if ask.format.is_chat:
                raise ConfigError(f"format {ask.format.name} needs api: chat")
            return {"prompt": ask.prompt + ask.begun}
        messages = [{"role": "user", "content": ask.prompt}]
        if not ask.begun:
            return {"messages": messages}
        messages.append({"role": "assistant", "content": ask.begun})
        return {
            "messages": messages,
            "continue_final_message": True,
            "add_generation_prompt": False,
        }
