"""Prompts of strategies: which opening a completion has, and templates filled in one pass."""

import re
from dataclasses import replace

from cotutor.format import Format, format_named
from cotutor.reason.settings import Prompt

_SLOT = re.compile(r"\{([a-z]+)\}")


def prompted(own: Format, prompt: Prompt) -> Format:
    """Return the student's own format with the opening of a CoT prompt.

    The mark before the answer stays the student's own, and exemplars are written with it.
    A format without a mark has no reasoning to prompt for: the CoT prompt's own format is
    returned for it, which asks for the answer in a second call where it must.
    """
    if prompt == "own":
        return own
    cot = format_named(prompt)
    if own.mark is None:
        return cot
    return replace(
        own, opening=cot.opening, takes_shots=cot.takes_shots, stop=(*own.stop, *cot.stop)
    )


def fill(template: str, **texts: str) -> str:
    """Return a template with its slots filled; a text may itself hold what looks like a slot."""
    return _SLOT.sub(lambda slot: texts.get(slot[1], slot[0]), template)
