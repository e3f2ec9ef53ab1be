"""A reasoning in other words, by rules that keep its meaning, its numbers and their order.

Only phrases that stand for each other wherever they stand are exchanged, signs for words among
them; what no rule knows stays.
"""

import re
from collections.abc import Iterable

_WORDS = {
    "that makes": "which gives",
    "this gives": "this makes",
    "this means": "that means",
    "together they are": "put together they are",
    "joined:": "put together:",
    "put together:": "joined:",
    "ends in": "ends with",
    "we get": "this gives",
    "because": "since",
    "we know that": "it is known that",
    "in total": "altogether",
    "altogether": "in total",
    "starts": "begins",
    "begins": "starts",
    "started with": "began with",
    "swap": "trade",
    "so far": "up to here",
    "there are": "we have",
    "is equal to": "equals",
    "at the end": "in the end",
    "in the end": "at the end",
    "in the beginning": "at first",
}
_OPENERS = {
    "So": "Thus", "Thus": "So", "Hence": "So", "Therefore": "So", "Then": "After that",
    "After that": "Then", "First": "To begin", "Finally": "In the end", "Now": "By now",
    "Start": "Begin", "Add": "Plus", "Plus": "Add", "Take away": "Minus", "Minus": "Take away",
    "Multiply by": "Times", "At first": "In the beginning", "Asked": "The question",
}  # fmt: skip
"""What may be exchanged at the beginning of a sentence only."""

_SIGNS = {"+": "plus", "-": "minus", "−": "minus", "*": "times", "×": "times", "=": "is"}


def _any(phrases: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, phrases), key=len, reverse=True))


_PHRASE = re.compile(
    rf"(?:(?<=[.!?:\n] )|(?<=\n)|\A)(?P<opener>{_any(_OPENERS)})(?!\w)"
    rf"|\b(?P<words>(?i:{_any(_WORDS)}))(?!\w)"
    r"|(?<=[0-9)] )(?P<sign>[-+−*×=])(?= [0-9(])"
)


def paraphrase(reasoning: str) -> str | None:
    """Return the reasoning in other words, None where no rule knows any of its own."""
    other = _PHRASE.sub(_other, reasoning)
    return None if other == reasoning else other


def _other(found: re.Match[str]) -> str:
    if found["opener"]:
        return _OPENERS[found["opener"]]
    if found["sign"]:
        return _SIGNS[found["sign"]]
    other = _WORDS[found["words"].lower()]
    return other.capitalize() if found["words"][0].isupper() else other
