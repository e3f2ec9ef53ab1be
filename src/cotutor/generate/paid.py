"""A server whose calls are cached, kept within a budget and counted."""

from collections.abc import Sequence
from typing import Any

from cotutor.generate.budget import Budget, Prices, Usage
from cotutor.generate.cache import Reply, RequestCache
from cotutor.generate.server import Body, Server, worst_case
from cotutor.generate.settings import EndpointSettings
from cotutor.records import digest


class PaidServer:
    """Answers calls from the cache, else from the server, as far as the budget goes.

    Raises:
        BackendError: there is no key for OpenAI's own server.
        DataError: the cache file cannot be used.

    """

    def __init__(self, settings: EndpointSettings, usage: Usage) -> None:
        self._server, self._usage = Server(settings, usage), usage
        self._cache = RequestCache(settings.cache)
        self._payee = f"{self._server.url} {settings.model}"
        self.url = self._server.url
        self.prices = Prices(settings.price_in, settings.price_out)
        self.budget = Budget(
            max_tokens=settings.max_tokens_total,
            max_cost=settings.max_cost,
            prices=self.prices,
            spent=self._cache.paid(self._payee),
        )

    async def ask(
        self, body: Body, key: Sequence[Any], *, is_begun: bool = False
    ) -> tuple[Reply, bool]:
        """Return the reply to a request body, and whether it had to be sent.

        `key` is what tells the call from others with the same body.

        Raises:
            Refused: the budget is spent, and the call does not belong to a request begun.
            Failed: the call will get no answer.
            BackendError: the server cannot be reached, or refuses the key or the model.

        """
        place = digest(self.url, *key, body)
        if (known := self._cache.get(place)) is not None:
            self._usage.cached += 1
            return known, False
        async with self.budget.admit(worst_case(body), is_begun=is_begun):
            reply = await self._server.ask(body)
            self._cache.put(place, reply, payee=self._payee)
            self.budget.spend(reply.tokens)
        self._usage.estimated += reply.is_estimated
        return reply, True

    async def close(self) -> None:
        """Close the connections and the cache."""
        await self._server.close()
        self._cache.__exit__()
