"""What a strategy leaves behind: the completion it chose, and every branch it looked at."""

from pydantic import BaseModel, ConfigDict

from cotutor.records import Record, Trace


class Node(BaseModel):
    """One branch: a text behind that of its `parent` (None: behind the prompt).

    `score` is what it was chosen or pruned by, `answer` the answer read in it, `tokens`
    how many were written for it; `why` says what became of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    parent: int | None = None
    text: str
    score: float | None = None
    answer: str | None = None
    tokens: int = 0
    is_kept: bool = False
    why: str | None = None


class Solution(Record):
    """What a strategy came to on one problem.

    `trace` is the chosen completion, to be judged like any other; the token counts are
    those of all calls, prompts read again included. `ended` says why the strategy stopped
    and `counts` what else it counted, such as tool errors.
    """

    problem_id: str
    strategy: str
    trace: Trace
    nodes: tuple[Node, ...]
    prompt_tokens: int
    completion_tokens: int
    calls: int
    ended: str
    counts: dict[str, int]

    @property
    def tokens(self) -> int:
        """All tokens, read and written."""
        return self.prompt_tokens + self.completion_tokens
