"""Answers in the shape that OpenAI clients read."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from cotutor.generate.writing import Written
from cotutor.serve.scoring import Scored
from cotutor.serve.shelf import Version
from cotutor.serve.splitting import Shown
from cotutor.verify.steps import steps

Body = dict[str, Any]
Kind = Literal["chat.completion", "text_completion"]
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Envelope:
    """What all parts of one answer share: `system_fingerprint` is the version that gives it."""

    kind: Kind
    version: Version
    id: str = field(default_factory=lambda: uuid4().hex)
    created: int = field(default_factory=lambda: int(time.time()))

    def body(self, choices: Sequence[Body], **rest: Any) -> Body:
        """Return a whole answer."""
        return self._around(self.kind, choices, rest)

    def chunk(self, choices: Sequence[Body], **rest: Any) -> bytes:
        """Return a part of a streamed answer as an event."""
        is_chat = self.kind == "chat.completion"
        return event(self._around("chat.completion.chunk" if is_chat else self.kind, choices, rest))

    def _around(self, kind: str, choices: Sequence[Body], rest: Body) -> Body:
        prefix = "chatcmpl" if self.kind == "chat.completion" else "cmpl"
        return {
            "id": f"{prefix}-{self.id}",
            "object": kind,
            "created": self.created,
            "model": self.version.name,
            "system_fingerprint": self.version.fingerprint,
            "choices": list(choices),
            **rest,
        }


def event(body: Body) -> bytes:
    """Return a server-sent event."""
    return b"data: " + json.dumps(body, ensure_ascii=False).encode("utf-8", "replace") + b"\n\n"


def message(at: int, shown: Shown, finish: str, *, with_steps: bool) -> Body:
    """Return one choice of a chat completion."""
    told = {
        "role": "assistant",
        "content": shown.content,
        "reasoning_content": shown.reasoning or None,
        **(_steps(shown) if with_steps else {}),
    }
    return {"index": at, "message": told, "logprobs": None, "finish_reason": finish}


def delta(
    at: int, before: Shown, now: Shown, finish: str | None, *, with_steps: bool
) -> list[Body]:
    """Return what one choice of a streamed chat completion has gained, if anything.

    Steps are told anew as a whole: the last one may have grown.
    """
    told = {
        "reasoning_content": now.reasoning.removeprefix(before.reasoning),
        "content": now.content.removeprefix(before.content),
    }
    gained: Body = {key: text for key, text in told.items() if text}
    if with_steps and "reasoning_content" in gained:
        gained |= _steps(now)
    if not gained and finish is None:
        return []
    return [{"index": at, "delta": gained, "logprobs": None, "finish_reason": finish}]


def opening(at: int) -> Body:
    """Return the first part of one choice of a streamed chat completion."""
    told = {"role": "assistant", "content": ""}
    return {"index": at, "delta": told, "logprobs": None, "finish_reason": None}


def _steps(shown: Shown) -> Body:
    return {"steps": [step.text for step in steps(shown.reasoning)]}


def text_choice(at: int, text: str, finish: str | None, logprobs: Body | None = None) -> Body:
    """Return one choice of a completion, or what it has gained."""
    return {"index": at, "text": text, "logprobs": logprobs, "finish_reason": finish}


def logprobs(version: Version, scored: Scored, first: int) -> Body:
    """Return the log-probabilities of a text from its token `first` on."""
    word = version.tokenizer.decode
    tokens = [word([token]) for token in scored.ids]
    offsets = [sum(map(len, tokens[:at])) for at in range(len(tokens))]
    tops = [
        None if top is None else {word([token]): chance for token, chance in reversed(top)}
        for top in scored.top
    ]  # of several tokens with one text the likeliest stands
    return {
        "tokens": tokens[first:],
        "token_logprobs": scored.chances[first:],
        "top_logprobs": tops[first:],
        "text_offset": [offset - offsets[first] for offset in offsets[first:]]
        if first < len(offsets)
        else [],
    }


def usage(written: Sequence[Written], *, times: int = 1) -> Body:
    """Return the tokens of an answer; a prompt with several samples (`times`) counts once."""
    read = sum(part.prompt_tokens for part in written[::times])
    return counts(read, sum(part.completion_tokens for part in written))


def counts(read: int, wrote: int) -> Body:
    """Return the tokens read and written."""
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}


def model_card(version: Version, created: int) -> Body:
    """Return a model as `/v1/models` lists it."""
    return {
        "id": version.name,
        "object": "model",
        "created": created,
        "owned_by": "cotutor",
        "parent": version.student.base,
        "format": version.student.format,
        "method": version.student.method,
        "version": version.fingerprint,
    }
