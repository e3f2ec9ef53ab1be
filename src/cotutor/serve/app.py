"""The routes: OpenAI's, vLLM's for adapters, a page, health and metrics."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cotutor.serve.answers import Body, model_card
from cotutor.serve.chatting import Chatting
from cotutor.serve.continuing import Continuing
from cotutor.serve.endpoint import Events, Simple, respond, until_hang_up
from cotutor.serve.gate import Gate, json_response, read_body, refused
from cotutor.serve.metrics import Metrics
from cotutor.serve.page import page
from cotutor.serve.protocol import (
    ChatRequest,
    CompletionRequest,
    LoadRequest,
    Refusal,
    UnloadRequest,
    parse,
)
from cotutor.serve.settings import ServeSettings
from cotutor.serve.shelf import Shelf, Version
from cotutor.serve.worker import Worker

_T = TypeVar("_T")
_NO_ADMIN = "adapters are loaded and removed only on a server that was started with --admin"


class Server:
    """A server's state, and what each route does with it."""

    def __init__(self, settings: ServeSettings, shelf: Shelf, worker: Worker) -> None:
        self._settings, self._shelf, self._worker = settings, shelf, worker
        self._metrics = Metrics()
        self._running = 0
        self._began = int(time.time())

    def app(self) -> Starlette:
        """Return the application; its worker runs while it does."""
        inner = self._worker, self._settings.limits, self._metrics
        gets: dict[str, ASGIApp] = {
            "/": Simple(self.page),
            "/health": Simple(self.health),
            "/metrics": Simple(self.metrics),
            "/v1/models": Simple(self.models),
            "/v1/models/{name:path}": Simple(self.model),
        }
        posts: dict[str, ASGIApp] = {
            "/v1/chat/completions": _Completions(self, ChatRequest, Chatting(*inner).answer),
            "/v1/completions": _Completions(self, CompletionRequest, Continuing(*inner).answer),
            "/v1/load_lora_adapter": Simple(self.load),
            "/v1/unload_lora_adapter": Simple(self.unload),
        }
        routes = [Route(path, endpoint, methods=["GET"]) for path, endpoint in gets.items()]
        routes += [Route(path, endpoint, methods=["POST"]) for path, endpoint in posts.items()]
        gate = Middleware(
            Gate,
            settings=self._settings,
            metrics=self._metrics,
            routes=frozenset({**gets, **posts}),
        )
        return Starlette(
            routes=routes, middleware=[gate], lifespan=self._lifespan,
            exception_handlers={404: _no_route, 405: _no_route},
        )  # fmt: skip

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._worker.start()
        yield
        await asyncio.to_thread(self._worker.stop)

    async def page(self, _: Request) -> Response:
        """Return the page for people."""
        text, policy = page()
        headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
        return Response(text, headers=headers, media_type="text/html")

    async def health(self, _: Request) -> Response:
        """Say whether the models' thread lives."""
        is_well = self._worker.is_alive()
        return json_response({"status": "ok" if is_well else "dead"}, 200 if is_well else 503)

    async def metrics(self, _: Request) -> Response:
        """Return the counts for Prometheus."""
        gauges = [
            ("requests_running", "Requests being answered.", self._running),
            ("texts_waiting", "Texts that no batch has taken yet.", self._worker.waiting()),
            ("batches_running", "Batches being written.", self._worker.running()),
        ]
        versions = [(version.name, version.fingerprint) for version in self._shelf.versions()]
        text = self._metrics.text(gauges, versions)
        return Response(text, media_type="text/plain; version=0.0.4")

    async def models(self, _: Request) -> Response:
        """List the students."""
        cards = [model_card(version, self._began) for version in self._shelf.versions()]
        return json_response({"object": "list", "data": cards})

    async def model(self, request: Request) -> Response:
        """Return one student."""
        with ExitStack() as held:
            version = self._borrow(request.path_params["name"], held)
            return json_response(model_card(version, self._began))

    async def load(self, request: Request) -> Response:
        """Load an adapter, or replace one."""
        asked = parse(LoadRequest, await self._admin_body(request))
        if asked.lora_name in self._shelf.names() and not asked.load_inplace:
            raise Refusal(400, f"{asked.lora_name} is loaded; load_inplace replaces it")
        folder = Path(asked.lora_path)
        version = await self._errand(lambda: self._shelf.load(asked.lora_name, folder))
        self._metrics.loads += 1
        return json_response(model_card(version, self._began))

    async def unload(self, request: Request) -> Response:
        """Remove an adapter."""
        name = parse(UnloadRequest, await self._admin_body(request)).lora_name
        if not await self._errand(lambda: self._shelf.unload(name)):
            raise _unknown(name)
        return json_response({"id": name, "object": "model", "deleted": True})

    async def _errand(self, errand: Callable[[], _T]) -> _T:
        return await asyncio.wrap_future(self._worker.run(errand))

    async def _admin_body(self, request: Request) -> bytes:
        if not self._settings.admin:
            raise Refusal(403, _NO_ADMIN)
        return await self.body(request)

    async def body(self, request: Request) -> bytes:
        """Return a request's body, within the limits.

        Raises:
            Refusal: it is too large, or slow.

        """
        limits = self._settings.limits
        try:
            async with asyncio.timeout(limits.seconds):
                return await read_body(request, limits.body)
        except TimeoutError as error:
            raise Refusal(408, "the body did not come in time") from error

    def admit(self, name: str, held: ExitStack) -> Version:
        """Let a request in until `held` is closed, and return the student it is for.

        Raises:
            Refusal: too many requests are in, or there is no such student.

        """
        if self._running >= self._settings.limits.requests:
            raise Refusal(429, "too many requests wait; try again", retry_after=1)
        version = self._borrow(name, held)
        self._running += 1
        held.callback(self._leave)
        return version

    async def answer(self, request: Request, answer: Awaitable[Body | Events], send: Send) -> None:
        """Send an answer to a client that may hang up."""
        seconds = self._settings.limits.seconds
        if not await until_hang_up(request, respond(answer, seconds, send)):
            self._metrics.abandoned += 1

    def _leave(self) -> None:
        self._running -= 1

    def _borrow(self, name: str, held: ExitStack) -> Version:
        version = self._shelf.borrow(name)
        if version is None:
            raise _unknown(name)
        held.callback(self._shelf.give_back, version)
        return version


class _Completions:
    """A route that writes texts."""

    def __init__(
        self,
        server: Server,
        kind: type[BaseModel],
        answer: Callable[[Any, Version, ExitStack], Awaitable[Body | Events]],
    ) -> None:
        self._server, self._kind, self._answer = server, kind, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        with ExitStack() as held:
            try:
                asked: Any = parse(self._kind, await self._server.body(request))
                version = self._server.admit(asked.model, held)
            except Refusal as refusal:
                await refused(refusal)(scope, receive, send)
                return
            await self._server.answer(request, self._answer(asked, version, held), send)


def _unknown(name: str) -> Refusal:
    return Refusal(404, f"there is no model {name[:200]!r}", code="model_not_found", param="model")


async def _no_route(request: Request, error: Exception) -> Response:
    if getattr(error, "status_code", 404) == 405:
        return refused(Refusal(405, f"{request.method} is not what {request.url.path} takes"))
    return refused(Refusal(404, f"there is nothing at {request.url.path[:200]}"))
