"""A completion that is still growing, split into what may already be shown.

For every text, however it grows, what was shown at the end joins to what
`Format.parse` finds in the whole.
"""

from collections.abc import Iterable
from typing import NamedTuple

from cotutor.format import THINK_CLOSE, THINK_OPEN, Format

_INCOMPLETE = "\ufffd"  # what stands for a character of which some bytes are still to come


class Shown(NamedTuple):
    """Reasoning and answer, as far as both are certain."""

    reasoning: str
    content: str


def settled(text: str, stops: Iterable[str]) -> str:
    """Return the text without an end that may yet turn out to be the beginning of a stop string."""
    text = text.rstrip(_INCOMPLETE)
    return text[: len(text) - max((_overlap(text, stop) for stop in stops), default=0)]


def whole(fmt: Format, completion: str, answer_at: int | None = None) -> Shown:
    """Return a finished completion's reasoning and answer; without an answer, all is reasoning."""
    reasoning, answer, _ = fmt.parse(completion, answer_at)
    return Shown(reasoning, answer or "")


def growing(fmt: Format, text: str, stops: Iterable[str] = ()) -> Shown:
    """Return what is certain of an unfinished completion.

    The last mark of the format is where the answer begins, so an answer is certain
    only when all is written; formats without a mark hold nothing but an answer.
    """
    if fmt.mark is None:
        return Shown("", settled(text, [*stops, *fmt.stop]).strip())
    mark = fmt.mark.strip()
    before, found, _ = text.partition(mark)
    if not found:
        before = settled(text, [mark, THINK_OPEN, THINK_CLOSE, *stops, *fmt.stop])
    return Shown(fmt.parse(before).text, "")


def _overlap(text: str, mark: str) -> int:
    """Return how much of the beginning of `mark`, but not all of it, stands at the text's end."""
    sizes = range(min(len(mark) - 1, len(text)), 0, -1)
    return next((n for n in sizes if text.endswith(mark[:n])), 0)
