"""Greedy decoding along drafts: texts that the model may well write, since it did so before.

Some tokens of its draft are run behind a row's last one. Those that the model chooses itself
stay, its own choice follows them, and the others are hidden again (Yang et al. 2023, "Inference
with Reference"). A row that leaves its draft goes on where another row's draft says the same
(He et al. 2023, "REST"). It is written as without a draft, in fewer calls: its keys and values
are read once for several tokens.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch

from cotutor.generate.branches import Branches
from cotutor.generate.row import DROP_AT, Decoding, Row

TRIED = 3  # tokens of a draft in a call: more are run in vain, fewer save less


_Places = dict[tuple[int, int], tuple[list[int], int]]
"""Behind which two tokens a draft goes on, and where."""


class _Draft:
    """What a row may write, and the place in it from which the row may go on."""

    def __init__(self, row: Row, others: _Places) -> None:
        self._row, self._others = row, others
        self._text, self._at = row.draft, 0

    def ahead(self) -> list[int]:
        """Return the tokens to try, so few that one more can be written."""
        row = self._row
        room = min(TRIED, row.limit - len(row.written) - 1) if row.finish == "unknown" else 0
        return self._text[self._at : self._at + room]

    def go_on(self, fitted: int) -> None:
        """Go on behind what fitted and one more.

        Where none did, go on behind the last two tokens: in the row's own draft nearby, or else
        in another one.
        """
        self._at += fitted + 1
        if fitted:
            return
        reached = len(self._row.written)
        first, second = [*self._row.prompt[-1:], *self._row.written][-2:]
        own = self._row.draft
        places = [at for at in range(2, len(own)) if own[at - 2 : at] == [first, second]]
        if places:
            self._text, self._at = own, min(places, key=lambda at: abs(at - reached))
        else:
            self._text, self._at = self._others.get((first, second), (self._text, self._at))


def follow(
    branches: Branches, own: Sequence[list[int]], rows: Sequence[Row], how: Decoding
) -> None:
    """Write every row greedily to its end.

    Args:
        branches: where the rows stand, in their order.
        own: the tokens of each row's prompt that are not run yet, at least one.
        rows: with drafts, or without.
        how: when a row ends; its temperature is not asked.

    """
    others = {
        pair: (row.draft, at) for row in rows for at, pair in enumerate(pairwise(row.draft[:-1]), 2)
    }
    live = [(row, _Draft(row, others)) for row in rows]
    tried = [draft.ahead() for _, draft in live]
    logits = branches.read(_joined(own, tried), max(map(len, tried)) + 1)
    while True:
        back = _accept(live, tried, logits, how)
        keep = [at for at, (row, _) in enumerate(live) if row.finish == "unknown"]
        if not keep:
            return
        branches.take_back(back)
        if len(keep) <= (1 - DROP_AT) * len(live):
            live = [live[at] for at in keep]
            branches.keep(torch.tensor(keep, device=logits.device))
        tried = [draft.ahead() for _, draft in live]
        last = [row.written[-1:] for row, _ in live]
        logits = branches.run(_joined(last, tried), max(map(len, tried)) + 1)


def _joined(ahead: Sequence[list[int]], tried: Sequence[list[int]]) -> list[list[int]]:
    return [one + some for one, some in zip(ahead, tried, strict=True)]


def _accept(
    live: Sequence[tuple[Row, _Draft]],
    tried: Sequence[list[int]],
    logits: torch.Tensor,
    how: Decoding,
) -> list[int]:
    """Write what the model chooses itself of the tokens tried, and its own choice behind them.

    Args:
        live: the rows, each with its draft.
        tried: the tokens of each draft that were run behind its row.
        logits: the scores behind each row and its tokens, (rows, 1 + the most tried, vocabulary).
        how: when a row ends.

    Returns:
        How many of the tokens tried each row does not keep.

    """
    most = max(map(len, tried)) + 1
    best = logits.argmax(-1)
    logs = torch.stack([_logs(logits[:, at], best[:, at]) for at in range(most)], 1)
    back = []
    for (row, draft), some, tokens, likely in zip(
        live, tried, best.tolist(), logs.tolist(), strict=True
    ):
        begin = most - len(some) - 1
        fitted = _alike(some, tokens[begin:])
        for at in range(begin, begin + fitted + 1):
            row.write(tokens[at], likely[at], how)
        draft.go_on(fitted)
        back.append(len(some) - fitted)
    return back


def _logs(logits: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Return the log-probability of a token a row; in float32, of one column at a time."""
    precise = logits.float()
    return precise.gather(-1, tokens[:, None])[:, 0] - precise.logsumexp(-1)


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many of the first tokens are the same."""
    return next((at for at, token in enumerate(one) if token != other[at]), len(one))
