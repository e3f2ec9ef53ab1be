"""The neurosymbolic shortcut: a calculator has the last word in `<<12*7=84>>`.

A student writes on; at its first mark with another result than the exact one, the text is
cut there, the mark filled in, and the student goes on from it. What it had written behind
is dropped and its tokens count. So the text is the one that comes of filling in every mark
while it is written: right marks change nothing, and cost nothing. (To stop at each mark would
not do: a writer does not say whether a text ended or came to a stop.)
"""

import re
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from cotutor.generate.writing import Ask, Written
from cotutor.reason.rational import printed, work_out
from cotutor.records import digest

_MARK = re.compile(r"<<(?P<expression>[^<>=\n]{1,200})=(?P<result>[^<>\n]{0,60})>>")
_DECIMAL = re.compile(r"-?[0-9]{1,30}\.(?P<places>[0-9]{2,20})")


def with_calculator(
    asks: Sequence[Ask], counts: Counter[str]
) -> Generator[list[Ask], Any, list[Written]]:
    """Have texts continued with their calculator marks worked out; yields what is to be written.

    Marks are counted: right ones, those corrected, and those left to the student because
    they cannot be worked out. `log_probability` is not told of a corrected text.
    """
    done: dict[int, Written] = {}
    going = dict(enumerate(asks))
    parts: dict[int, list[Written]] = {at: [] for at in going}
    while going:
        written = yield list(going.values())
        still = {}
        for (at, ask), one in zip(going.items(), written, strict=True):
            parts[at].append(one)
            corrected = _corrected(ask.begun, one.text, counts)
            if corrected is None or one.error is not None:
                done[at] = _joined(asks[at], ask.begun + one.text, parts[at])
                continue
            room = ask.max_tokens - _kept(ask.begun, one, corrected)
            if room > 0:
                still[at] = _going_on(ask, corrected, room)
            else:
                done[at] = replace(_joined(asks[at], corrected, parts[at]), finish="length")
        going = still
    return [done[at] for at in range(len(asks))]


def _corrected(begun: str, text: str, counts: Counter[str]) -> str | None:
    """Return the text up to its first wrong mark, with that one right; None: none is wrong."""
    whole = begun + text
    for mark in _MARK.finditer(whole):
        if mark.end() <= len(begun):
            continue
        value = work_out(mark["expression"])
        ours = None if value is None else printed(value)
        if value is None or ours is None:
            counts["marks left to the student"] += 1
        elif _is_right(mark["result"].strip(), value, ours):
            counts["marks right"] += 1
        else:
            counts["marks corrected"] += 1
            return f"{whole[: mark.start()]}<<{mark['expression']}={ours}>>"
    return None


def _is_right(result: str, value: Fraction, ours: str) -> bool:
    """Say whether a result is the value, or the value rounded to two decimals or more."""
    if result == ours or work_out(result) == value:
        return True
    decimal = _DECIMAL.fullmatch(result)
    return decimal is not None and round(value, len(decimal["places"])) == Fraction(result)


def _kept(begun: str, one: Written, corrected: str) -> int:
    """Return about how many of the written tokens stay, by their share of the characters."""
    share = min((len(corrected) - len(begun)) / max(len(one.text), 1), 1.0)
    return max(round(one.completion_tokens * share), 1)


def _going_on(ask: Ask, begun: str, room: int) -> Ask:
    """Return the ask behind a mark, with a seed of its own: its samples are new ones."""
    seed = int(digest("mark", ask.seed, len(begun)), 16) % 2**31
    return replace(ask, begun=begun, max_tokens=room, seed=seed)


def _joined(ask: Ask, text: str, parts: Sequence[Written]) -> Written:
    last = parts[-1]
    return replace(
        last, text=text[len(ask.begun) :],
        prompt_tokens=sum(part.prompt_tokens for part in parts),
        completion_tokens=sum(part.completion_tokens for part in parts),
        log_probability=last.log_probability if len(parts) == 1 else None,
    )  # fmt: skip
