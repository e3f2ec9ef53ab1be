"""One OpenAI-compatible server: sends a call until it is answered or hopeless.

A call is repeated after 408, 409, 429, 5xx, a timeout, a lost connection and a
body that holds no answer, with waits that double unless the server names one
(Retry-After). The client's own retries are off: they see no malformed body and
are not counted. Three ends: a `Reply`; `Failed`, for this call alone; and
`BackendError`, which ends the run, because no call could ever be answered.
"""

import asyncio
import email.utils
import os
import random
import time
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import BaseModel, Field, ValidationError

from cotutor.errors import BackendError
from cotutor.format import THINK_CLOSE, THINK_OPEN
from cotutor.generate.budget import Usage
from cotutor.generate.cache import Reply, Tokens
from cotutor.generate.settings import EndpointSettings
from cotutor.records import Finish

if TYPE_CHECKING:
    import openai

LONGEST_WAIT = 120.0  # seconds; a server that asks for more is not waited for
_CHARACTERS_PER_TOKEN = 4  # for servers that count no tokens; English under most tokenizers
_HOPELESS = {401, 403, 404}
_REPEATED = {408, 409, 429}
_FINISHES: dict[str | None, Finish] = {"stop": "stop", "length": "length"}

Body = dict[str, Any]


class Failed(Exception):
    """One call got no answer and will get none; the message is the trace's `error`."""


class _Passing(Exception):
    """An attempt failed in a way that may pass; the server asked to wait `wait` seconds."""

    def __init__(self, reason: str, wait: float | None = None, *, is_refused: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.is_refused = is_refused


class Server:
    """Answers calls through the `openai` client.

    Raises:
        BackendError: OpenAI's own server is meant and no key is in the environment.

    """

    def __init__(self, settings: EndpointSettings, usage: Usage) -> None:
        import openai

        self._settings, self._usage = settings, usage
        key = os.environ.get(settings.api_key_env)
        if key is None and settings.base_url is None:
            raise BackendError(
                f"no key for the {settings.role}'s model {settings.model}: set the environment "
                f"variable {settings.api_key_env}, or its base_url to another server"
            )
        self._client = openai.AsyncOpenAI(
            api_key=key or "none", base_url=settings.base_url, max_retries=0, timeout=None
        )
        self.url = str(self._client.base_url)

    async def ask(self, body: Body) -> Reply:
        """Return the server's reply to a request body.

        Raises:
            Failed: the call was refused, or failed `retries + 1` times.
            BackendError: the server cannot be reached, or refuses the key or the model.

        """
        for attempt in range(self._settings.retries + 1):
            try:
                return await self._attempt(body)
            except _Passing as failure:
                last = failure
            if attempt < self._settings.retries:
                self._usage.retried += 1
                await asyncio.sleep(self._wait(last, attempt))
        if last.is_refused:
            raise BackendError(f"the {self._settings.role} at {self.url} cannot be reached: {last}")
        raise Failed(f"{last} ({self._settings.retries + 1} attempts)")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _wait(self, failure: _Passing, attempt: int) -> float:
        if failure.wait is not None:
            return failure.wait
        doubled = min(self._settings.backoff * 2.0**attempt, LONGEST_WAIT)
        return doubled * random.uniform(0.5, 1.0)  # spread out, or all would come back at once

    async def _attempt(self, body: Body) -> Reply:
        import openai

        self._usage.sent += 1
        try:
            async with asyncio.timeout(self._settings.timeout):
                content = await self._post(body)
            return _reply(content, body)
        except openai.APIStatusError as error:
            self._judge(error)
        except TimeoutError as error:
            raise _Passing(f"no answer within {self._settings.timeout:g} s") from error
        except openai.APIConnectionError as error:
            cause = error.__cause__
            # By name: the client runs on either of two HTTP libraries.
            refused = type(cause).__name__ == "ConnectError"
            raise _Passing(f"{cause or error}", is_refused=refused) from error
        except ValidationError as error:
            raise _Passing("a body that holds no answer") from error

    async def _post(self, body: Body) -> bytes:
        client = self._client
        route: Any = client.completions if "prompt" in body else client.chat.completions
        # The raw body: the client reads bodies leniently, and a wrong one would pass for an answer.
        response = await route.with_raw_response.create(
            model=body["model"],
            **{key: body[key] for key in ("prompt", "messages") if key in body},
            extra_body={key: value for key, value in body.items() if key not in _NAMED},
        )
        return bytes(response.content)

    def _judge(self, error: "openai.APIStatusError") -> NoReturn:
        status, said = error.status_code, _said(error)
        if status in _HOPELESS or error.code == "insufficient_quota":
            ours = self._settings
            raise BackendError(
                f"the {ours.role} at {self.url} refuses model {ours.model!r} with the key in "
                f"{ours.api_key_env} (status {status}): {said}"
            ) from error
        wait = _retry_after(error.response.headers)
        if (status in _REPEATED or status >= 500) and (wait or 0) <= LONGEST_WAIT:
            raise _Passing(f"status {status}: {said}", wait) from error
        raise Failed(f"status {status}: {said}") from error


_NAMED = {"model", "prompt", "messages"}


def _said(error: "openai.APIStatusError") -> str:
    told = error.body.get("message") if isinstance(error.body, dict) else None
    return " ".join(str(told or error.response.reason_phrase).split())[:200]


def _retry_after(headers: Any) -> float | None:
    """Return the seconds a server asks to wait, told as such or as a date (RFC 9110, 10.2.3)."""
    asked = headers.get("retry-after", "").strip()
    if asked.replace(".", "", 1).isdigit():
        return float(asked)
    date = email.utils.parsedate_tz(asked)
    return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None


class _Message(BaseModel):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(BaseModel):
    finish_reason: str | None = None
    text: str | None = None
    message: _Message = _Message()


class _Counts(BaseModel):
    prompt_tokens: int
    completion_tokens: int


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Counts | None = None


def _reply(content: bytes, body: Body) -> Reply:
    answer = _Answer.model_validate_json(content)
    choice = answer.choices[0]
    text = choice.text if choice.text is not None else _chat_text(choice.message)
    if not text and choice.finish_reason is None:
        raise _Passing("an empty completion without a finish reason")
    counts = answer.usage or _Counts(
        prompt_tokens=_prompt_tokens(body), completion_tokens=-(-len(text) // _CHARACTERS_PER_TOKEN)
    )
    return Reply(
        text=text,
        finish=_FINISHES.get(choice.finish_reason, "unknown"),
        **counts.model_dump(),
        is_estimated=answer.usage is None,
    )


def _chat_text(message: _Message) -> str:
    """Return a message as one text: servers that split off the thinking get it put back."""
    thought = message.reasoning_content or message.reasoning
    content = message.content or ""
    return f"{THINK_OPEN}\n{thought}\n{THINK_CLOSE}\n\n{content}" if thought else content


def worst_case(body: Body) -> Tokens:
    """Return the most tokens a call can take; those of its prompt are estimated."""
    limit = body.get("max_tokens") or body.get("max_completion_tokens") or 0
    return Tokens(_prompt_tokens(body), limit)


def _prompt_tokens(body: Body) -> int:
    prompt = body.get("prompt") or "".join(m["content"] for m in body.get("messages", ()))
    return -(-len(prompt) // _CHARACTERS_PER_TOKEN)
