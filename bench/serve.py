"""`cotutor serve` under load while its adapters are replaced.

    python -m bench.serve [--seconds 60] [--clients 16] [--replacements 100]

Two names are served; each is replaced in turn by one of two students whose answers differ. Every
client asks one thing after another: chats, streams and completions. Counted are requests that
failed, answers that are not what the version they name says, and answers of a version that was
not the name's between request and answer. One JSON line: the counts, requests and tokens a
second, seconds at percentiles, and the server's resident memory (MiB) over the time.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai
import psutil
from bench.made_students import QUESTIONS, says
from bench.served import serving

LEAST = 3  # requests of every client, however slow the machine
NAMES = {"left": ("red", "green"), "right": ("blue", "gold")}


@dataclass
class Log:
    """What was loaded and seen.

    `says` is what each version answers; `loads` are the versions of each name, in order, and
    `begun` counts those, too, that are not known to be done.
    """

    says: dict[str, str] = field(default_factory=dict)
    loads: dict[str, list[str]] = field(default_factory=dict)
    begun: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


async def ask(client: openai.AsyncOpenAI, name: str, turn: int) -> tuple[str, str, int]:
    """Ask one thing in one of three ways; return version, answer and tokens."""
    question = QUESTIONS[turn % len(QUESTIONS)]
    messages: Any = [{"role": "user", "content": question}]
    if turn % 3 == 0:
        chat = await client.chat.completions.create(model=name, messages=messages, max_tokens=40)
        assert chat.usage is not None
        return (
            chat.system_fingerprint or "", chat.choices[0].message.content or "",
            chat.usage.completion_tokens,
        )  # fmt: skip
    if turn % 3 == 1:
        text, versions, tokens = "", set(), 0
        stream = await client.chat.completions.create(
            model=name, messages=messages, max_tokens=40, stream=True,
            stream_options={"include_usage": True},
        )  # fmt: skip
        async for chunk in stream:
            versions.add(chunk.system_fingerprint)
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
            tokens = chunk.usage.completion_tokens if chunk.usage else tokens
        return "+".join(map(str, versions)), text, tokens
    written = await client.completions.create(
        model=name, prompt=f"{question} ###", max_tokens=40, temperature=0
    )
    assert written.usage is not None
    answer = written.choices[0].text.rpartition("-->")[2].strip()
    return written.system_fingerprint or "", answer, written.usage.completion_tokens


async def one_client(client: openai.AsyncOpenAI, number: int, log: Log, end: float) -> None:
    """Ask until the end, and judge every answer."""
    turn = number
    while turn < number + LEAST or time.monotonic() < end:
        name = sorted(NAMES)[turn % 2]
        done_before = len(log.loads[name])
        began = time.monotonic()
        try:
            version, answer, tokens = await ask(client, name, turn)
        except openai.OpenAIError as error:
            log.failed.append(repr(error))
            continue
        finally:
            turn += 1
        log.seconds.append(time.monotonic() - began)
        log.tokens += tokens
        while version not in log.says and log.begun[name] > len(log.loads[name]):
            await asyncio.sleep(0.01)  # its load is done, and is about to be told
        allowed = log.loads[name][done_before - 1 :]
        if version not in allowed or answer != log.says.get(version):
            log.wrong.append(f"{name}: {answer!r} from {version}, allowed {allowed}")


async def replacing(
    client: openai.AsyncOpenAI, folders: dict[str, Path], log: Log, times: int, seconds: float
) -> None:
    """Replace the names' students in turn, evenly over the time."""
    for turn in range(times):
        began = time.monotonic()
        name = sorted(NAMES)[turn % 2]
        answer = NAMES[name][(turn // 2 + 1) % 2]
        log.begun[name] += 1
        told = await client.post(
            "/load_lora_adapter", cast_to=dict,
            body={"lora_name": name, "lora_path": str(folders[answer]), "load_inplace": True},
        )  # fmt: skip
        log.says[told["version"]] = answer
        log.loads[name].append(told["version"])
        await asyncio.sleep(max(0, seconds / times - (time.monotonic() - began)))


async def load(
    url: str, folders: dict[str, Path], process: int, *, seconds: float, clients: int, times: int
) -> Log:
    """Put a server under load, and return what was seen."""
    client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=60)
    log = Log(begun=Counter(dict.fromkeys(NAMES, 1)))
    for card in (await client.models.list()).data:
        version = (card.model_extra or {})["version"]
        log.loads[card.id] = [version]
        log.says[version] = NAMES[card.id][0]
    end = time.monotonic() + seconds
    working = [
        *(one_client(client, number, log, end) for number in range(clients)),
        replacing(client, folders, log, times, seconds * 0.95),
        watching(process, log, end),
    ]
    await asyncio.gather(*working)
    await client.close()
    return log


async def watching(process: int, log: Log, end: float) -> None:
    """Look at the server's memory ten times."""
    step = (end - time.monotonic()) / 10
    while time.monotonic() < end:
        await asyncio.sleep(step)
        log.memory.append(psutil.Process(process).memory_info().rss >> 20)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return seconds at the median and the 95th and 99th of a hundred."""
    ranked = sorted(seconds)
    return {f"p{p}": round(ranked[len(ranked) * p // 100], 3) for p in (50, 95, 99)}


def main() -> None:
    """Run the load, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--replacements", type=int, default=100)
    given = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    with tempfile.TemporaryDirectory() as place:
        folders = {a: says(Path(place) / a, a) for pair in NAMES.values() for a in pair}
        named = [f"{name}={folders[pair[0]]}" for name, pair in NAMES.items()]
        with serving(*named, "--admin") as server:
            work = load(
                server.url, folders, server.process.pid, seconds=given.seconds,
                clients=given.clients, times=given.replacements,
            )  # fmt: skip
            log = asyncio.run(work)
            busy = sum(psutil.Process(server.process.pid).cpu_times()[:2])
            code = server.end()
        told = {
            "requests": len(log.seconds), "failed": len(log.failed), "wrong": len(log.wrong),
            "replacements": len(log.says) - len(NAMES), "exit": code, "cpu_seconds": round(busy, 1),
            "requests_per_second": round(len(log.seconds) / given.seconds, 1),
            "tokens_per_second": round(log.tokens / given.seconds, 1),
            "seconds": percentiles(log.seconds), "memory_mib": log.memory,
        }  # fmt: skip
        sys.stdout.write(json.dumps(told) + "\n")
        for line in (*log.failed[:3], *log.wrong[:3]):
            sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
