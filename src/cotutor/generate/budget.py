"""What a run may spend on a server, and what it has spent.

A call may be sent while what was spent plus the worst case of all calls in
flight is below the limit. So the limit is overshot by less than one call, plus
the answering calls of requests already begun: a request once begun is finished.
What the request cache holds from earlier runs counts as spent, so a run that is
stopped and resumed has one budget, not two.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cotutor.errors import GateError
from cotutor.generate.cache import Tokens


class BudgetSpent(GateError):
    """The token or money budget is spent and requests remain."""


class Refused(Exception):
    """One call may not be sent any more; never leaves `cotutor.generate`."""


@dataclass
class Usage:
    """What an endpoint was asked since it was opened.

    `sent` counts requests on the wire, repeats included, `cached` calls answered
    from the cache, `estimated` replies whose tokens the server did not count.
    """

    sent: int = 0
    cached: int = 0
    retried: int = 0
    estimated: int = 0


@dataclass(frozen=True)
class Prices:
    """Money per million tokens."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, tokens: Tokens) -> float:
        """Return what the tokens cost."""
        return (tokens.prompt * self.prompt + tokens.completion * self.completion) / 1e6


class Budget:
    """Admits calls until the limits are reached. Lives in one event loop."""

    def __init__(
        self, *, max_tokens: int | None, max_cost: float | None, prices: Prices, spent: Tokens
    ) -> None:
        self._max_tokens, self._max_cost, self._prices = max_tokens, max_cost, prices
        self._spent, self._reserved = spent, Tokens()
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def admit(self, worst: Tokens, *, is_begun: bool = False) -> AsyncIterator[None]:
        """Wait until a call of at most `worst` tokens may be sent, and hold that much for it.

        Raises:
            Refused: the budget is spent, and the call does not belong to a request begun.

        """
        async with self._changed:
            if not is_begun:
                await self._changed.wait_for(lambda: self._is_decided)
            if not is_begun and self._reaches(self._spent):
                raise Refused
            self._reserved = self._reserved.plus(worst)
        try:
            yield
        finally:
            self._reserved = self._reserved.minus(worst)
            async with self._changed:
                self._changed.notify_all()

    def spend(self, tokens: Tokens) -> None:
        """Count the tokens of a call that was answered."""
        self._spent = self._spent.plus(tokens)

    def exhausted(self, remaining: int) -> BudgetSpent:
        """Return the error that says what was spent and what remains."""
        limits = [f"{self._max_tokens:,} tokens"] if self._max_tokens is not None else []
        limits += [f"a cost of {self._max_cost:g}"] if self._max_cost is not None else []
        spent = f"{sum(self._spent):,} tokens, cost {self._prices.of(self._spent):.4f}"
        return BudgetSpent(
            f"the budget of {' and '.join(limits)} is spent ({spent}) and {remaining} requests "
            "remain; with a larger budget the run goes on from here and sends nothing twice"
        )

    @property
    def _is_decided(self) -> bool:
        """Whether a call's fate is known without waiting for those in flight."""
        return self._reaches(self._spent) or not self._reaches(self._spent.plus(self._reserved))

    def _reaches(self, tokens: Tokens) -> bool:
        if self._max_tokens is not None and sum(tokens) >= self._max_tokens:
            return True
        return self._max_cost is not None and self._prices.of(tokens) >= self._max_cost
