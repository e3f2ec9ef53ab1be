"""What stands before every route: who may call, how large a body may be, and the counting."""

import hmac
import json
import time
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cotutor.serve.metrics import Metrics
from cotutor.serve.protocol import Refusal
from cotutor.serve.settings import ServeSettings

_OPEN = ("/", "/health")
_DRAINED = 16  # times the limit on bodies: read and thrown away, so that the refusal is heard
_HERE = ("127.0.0.1", "localhost", "::1")


class Gate:
    """Refuses what may not pass, and counts all requests by route and status.

    Without a key, only a caller that means this machine by the name it gives passes: a page
    of another site, in a browser here, sends its own name as Host or Origin.
    """

    def __init__(
        self, app: ASGIApp, settings: ServeSettings, metrics: Metrics, routes: frozenset[str]
    ) -> None:
        self._app, self._settings, self._metrics, self._routes = app, settings, metrics, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 499  # what nginx calls a client that hung up

        async def counting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            refusal = self._refusal(Request(scope))
            if refusal is not None:
                await refused(refusal)(scope, receive, counting)
            else:
                await self._app(scope, receive, counting)
        finally:
            route = scope["path"] if scope["path"] in self._routes else "other"
            self._metrics.answered(route, status, time.monotonic() - began)

    def _refusal(self, request: Request) -> Refusal | None:
        key = self._settings.api_key
        if request.url.path in _OPEN and request.method in ("GET", "HEAD") and key is not None:
            return None
        if key is None:
            return None if _is_meant_for_here(request) else _FOREIGN
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode("latin-1")
        if hmac.compare_digest(given, key.encode()):
            return None
        return Refusal(401, "the API key is wrong or missing", code="invalid_api_key")


_FOREIGN = Refusal(403, "without an API key only callers on this machine, by its name, are served")


def _is_meant_for_here(request: Request) -> bool:
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    return urlsplit(f"//{host}").hostname in _HERE and origin in (None, f"http://{host}")


def refused(refusal: Refusal) -> Response:
    """Return a refusal as a response."""
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else None
    return json_response(refusal.body, refusal.status, headers)


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return JSON; half a surrogate pair, which no JSON reader takes, becomes a question mark."""
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, headers, media_type="application/json")


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body of a request.

    Raises:
        Refusal: it is larger than `limit` bytes (413).

    """
    too_large = Refusal(413, f"the body is larger than {limit} bytes", code="body_too_large")
    content, total = bytearray(), 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > _DRAINED * limit:
            raise too_large
        if total <= limit:
            content += chunk
    if total > limit:
        raise too_large
    return bytes(content)
