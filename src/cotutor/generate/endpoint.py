"""The endpoint teacher: any OpenAI-compatible server, through the `openai` client.

Calls run concurrently on an event loop in a thread of its own, so that the
public method is a plain iterator: it works in notebooks, requests are taken
one by one in the caller's thread, and a slow consumer stalls no call in flight.
At most `concurrency` requests are begun and not yet handed out.

Two-call formats (zero-shot-CoT, Kojima et al. 2022, section 3) ask for the
reasoning, then for the answer after the trigger; each call is cached alone.
"""

from collections.abc import Iterable, Iterator

from cotutor.generate.background import Background
from cotutor.generate.budget import Refused, Usage
from cotutor.generate.cache import Reply, Tokens
from cotutor.generate.calls import lead_in, seed_for
from cotutor.generate.paid import PaidServer
from cotutor.generate.server import Body, Failed
from cotutor.generate.settings import EndpointSettings
from cotutor.records import Request, Trace


class EndpointTeacher:
    """A model behind a server. `usage` counts over the teacher's whole life.

    Example:
        >>> settings = EndpointSettings(model="qwen3:8b", base_url="http://localhost:11434/v1")
        >>> traces = EndpointTeacher(settings).generate(requests)  # doctest: +SKIP

    """

    def __init__(self, settings: EndpointSettings) -> None:
        self.name = settings.model
        self.settings = settings
        self.usage = Usage()

    def tally(self) -> dict[str, int]:
        """Count the calls: sent, answered from the cache, repeated, not counted by the server."""
        return {
            "calls sent": self.usage.sent,
            "calls answered from the cache": self.usage.cached,
            "calls repeated": self.usage.retried,
            "replies whose tokens are estimated": self.usage.estimated,
        }

    def generate(self, requests: Iterable[Request]) -> Iterator[Trace]:
        """Yield one trace per request, in the order in which they finish.

        What is in the cache is handed out even when the budget is spent.

        Raises:
            BackendError: the server cannot be reached, or refuses the key or the model.
            BudgetSpent: after all that was in flight has been yielded.
            DataError: the cache file cannot be used.

        """
        with Background() as background:
            server = PaidServer(self.settings, self.usage)
            writer = _Writer(self.settings, server)
            remaining = 0
            try:
                for trace in background.spread(writer.write, requests, self.settings.concurrency):
                    if trace is None:
                        remaining += 1
                    else:
                        yield trace
            finally:
                background.cancel()
                background.start(server.close()).result()
            if remaining:
                raise server.budget.exhausted(remaining)


class _Writer:
    """Turns requests into traces, by one call or two."""

    def __init__(self, settings: EndpointSettings, server: PaidServer) -> None:
        self._settings, self._server = settings, server
        self._format = settings.prompting

    async def write(self, request: Request) -> Trace | None:
        """Return the trace of a request; None when the budget does not allow it any more."""
        try:
            if self._format.trigger is None:
                reply, _ = await self._server.ask(self._first(request), _key("only", request))
                return self._trace(request, [reply], reply.text, None)
            return await self._write_two(request)
        except Refused:
            return None
        except Failed as failure:
            return Trace.make(
                request,
                generator=self._settings.model,
                format=self._format.name,
                completion="",
                finish="error",
                error=str(failure),
            )

    async def _write_two(self, request: Request) -> Trace:
        first = self._first(request)
        reasoning, was_sent = await self._server.ask(first, _key("reasoning", request))
        head = lead_in(self._format, reasoning.text)
        second = self._second(request, head)
        answer, _ = await self._server.ask(second, _key("answer", request), is_begun=was_sent)
        # A new turn of a chat begins without the blank that a continuation begins with.
        text = f" {answer.text.lstrip()}" if self._settings.api == "chat" else answer.text
        return self._trace(request, [reasoning, answer], head + text, len(head))

    def _trace(
        self, request: Request, replies: list[Reply], completion: str, answer_at: int | None
    ) -> Trace:
        """Join the replies; the trace is cut off when its reasoning was, and all tokens count."""
        tokens = Tokens(*(sum(kind) for kind in zip(*(r.tokens for r in replies), strict=True)))
        priced = self._settings.price_in or self._settings.price_out
        return Trace.make(
            request,
            generator=self._settings.model,
            format=self._format.name,
            completion=completion,
            finish=replies[0].finish,
            answer_at=answer_at,
            prompt_tokens=tokens.prompt,
            completion_tokens=tokens.completion,
            seed=self._seed(request),
            cost=self._server.prices.of(tokens) if priced else None,
        )

    def _first(self, request: Request) -> Body:
        prompt = self._format.prompt(request.problem, self._settings.shots)
        if self._settings.api == "completions":
            asked: Body = {"prompt": prompt}
        else:
            asked = {"messages": [{"role": "user", "content": prompt}]}
        sampling = {"temperature": self._settings.temperature, "top_p": self._settings.top_p}
        return self._body(request, asked | sampling, self._settings.max_tokens)

    def _second(self, request: Request, head: str) -> Body:
        prompt = self._format.prompt(request.problem, self._settings.shots)
        if self._settings.api == "completions":
            asked: Body = {"prompt": prompt + head}
        else:
            trigger = self._format.trigger or ""
            turns = (
                ("user", prompt),
                ("assistant", head.removesuffix(trigger)),
                ("user", trigger.strip()),
            )
            asked = {"messages": [{"role": role, "content": text} for role, text in turns]}
        return self._body(request, asked | {"temperature": 0.0}, self._settings.answer_max_tokens)

    def _body(self, request: Request, asked: Body, max_tokens: int) -> Body:
        ours = {
            "model": self._settings.model,
            "max_tokens": max_tokens,
            "stop": list(self._format.stop) or None,
            "seed": self._seed(request),
        }
        body = ours | asked | self._settings.extra_body
        return {key: value for key, value in body.items() if value is not None}

    def _seed(self, request: Request) -> int | None:
        seed = self._settings.seed
        return None if seed is None else seed_for(seed, request)


def _key(stage: str, request: Request) -> tuple[str, str, int]:
    """Return what tells a call from others: samples of one problem are never one reply."""
    return stage, request.problem.id, request.sample
