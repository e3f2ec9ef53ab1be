"""A human's rationale as it stands in the data: its calculator marks and its own answer.

GSM8K writes `48/2 = <<48/2=24>>24` where a calculator was at hand, and the
answer after `####` on the last line.
"""

import re

_MARK = re.compile(r"<<[^<>\n]*>>")
_OWN_ANSWER = "####"


def without_marks(rationale: str) -> str:
    """Return a rationale without its calculator marks."""
    return _MARK.sub("", rationale)


def reasoning_and_answer(rationale: str) -> tuple[str, str | None]:
    """Split a rationale into the reasoning and the human's own answer, None without one."""
    before, _, last = rationale.strip().rpartition("\n")
    if not last.startswith(_OWN_ANSWER):
        return rationale.strip(), None
    return before.strip(), last.removeprefix(_OWN_ANSWER).strip() or None
