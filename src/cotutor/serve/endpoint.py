"""From a handler to an HTTP response: errors told in OpenAI's shape, streams, hang-ups, time."""

import asyncio
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cotutor.errors import UserError
from cotutor.serve.answers import event
from cotutor.serve.gate import json_response, refused
from cotutor.serve.protocol import Refusal

Events = AsyncIterator[bytes]
Handler = Callable[[Request], Awaitable[Response]]


class Simple:
    """A route that answers at once."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            response = await self._handler(Request(scope, receive))
        except Exception as error:  # noqa: BLE001 - told to the client, and a bug to the log
            response = refused(explained(error))
        await response(scope, receive, send)


async def until_hang_up(request: Request, work: Awaitable[None]) -> bool:
    """Do the work while the client waits; say whether it waited to the end."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_hang_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            return False
        task.result()
        return True
    finally:
        gone.cancel()
        task.cancel()
        await asyncio.wait({task, gone})


async def respond(answer: Awaitable[dict[str, Any] | Events], seconds: float, send: Send) -> None:
    """Send an answer, whole or as events; after `seconds` it is given up."""
    is_begun = False
    try:
        async with asyncio.timeout(seconds):
            found = await answer
            if isinstance(found, dict):
                await _whole(json_response(found), send)
                return
            async for part in found:
                if not is_begun:
                    await _begin(send)
                    is_begun = True
                await _part(send, part, more=True)
            await _part(send, b"", more=False)
    except Exception as error:  # noqa: BLE001 - told to the client, and a bug to the log
        refusal = explained(error)
        if is_begun:
            await _part(send, event(refusal.body), more=False)
        else:
            await _whole(refused(refusal), send)


def explained(error: Exception) -> Refusal:
    """Return any exception as a refusal; one that is a bug is printed."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, UserError):
        return Refusal(400, str(error))
    if isinstance(error, TimeoutError):
        return Refusal(504, "the answer took longer than this server allows", code="timeout")
    traceback.print_exception(error, file=sys.stderr)
    return Refusal(500, "a bug in the server; its log says more")


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _whole(response: Response, send: Send) -> None:
    await response({"type": "http"}, _nothing, send)


async def _nothing() -> Any:
    raise AssertionError("a whole response reads nothing")


async def _begin(send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _part(send: Send, content: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": more})
