"""How the rows of a batch go through the model: a shared prompt once, padding only where it pays.

A batch holds rows of several problems, often several rows of one problem. `plan`
puts the rows into passes and gives each pass the cheapest layout that is exact:

padded     rows side by side, padded to the longest (what any trainer does)
packed     rows one after the other in a single line, isolated by their positions
branches   each prompt once, without its last token; then every completion, led by
           that token, on the prompt's keys and values, through which gradients flow
tree       a prompt and its completions in one line, kept apart by a mask
encoded    each prompt once, whole, in the encoder; its completions in the decoder

In `branches` and `tree` the last prompt token is repeated in front of each completion, so
that every position has one next token and the first completion token is trained. Rows go in
without their last token, which has no next one, and labels are shifted already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal, NamedTuple

import torch

IGNORED = -100
PREFIX, PADDING = 0, -1
# Widths are rounded up: a CPU's libraries build kernels for every new shape, and keep them.
_ROUND = 16
Layout = Literal["padded", "packed", "branches", "tree", "encoded"]
Row = dict[str, list[int]]


class Group(NamedTuple):
    """The completions, token ids each, of one prompt."""

    prompt: list[int]
    completions: list[list[int]]


class Pass(NamedTuple):
    """Some groups of a batch and the layout they take."""

    layout: Layout
    groups: list[Group]


@dataclass(frozen=True)
class Costs:
    """What work costs, in floating-point operations of a forward pass.

    `token` is that of one token in the matrices of the layers, `pair` that of one
    query with one key in all layers, seen or masked; `start` is that of beginning
    a pass. `skips` says that the backend leaves out pairs that do not see each other.
    """

    token: float
    pair: float
    start: float
    skips: bool = False


def groups_of(rows: Iterable[Row]) -> list[Group]:
    """Group rows by prompt: the tokens before the first label."""
    completions: dict[tuple[int, ...], list[list[int]]] = {}
    for row in rows:
        length = next(at for at, label in enumerate(row["labels"]) if label != IGNORED)
        prompt = tuple(row["input_ids"][:length])
        completions.setdefault(prompt, []).append(row["input_ids"][length:])
    return [Group(list(prompt), some) for prompt, some in completions.items()]


def cost(layout: Layout, groups: Sequence[Group], costs: Costs) -> float:
    """Return what one pass over the groups costs, padding included."""
    tokens, pairs = _size(layout, groups, skips=costs.skips)
    starts = 2 if layout == "branches" else 1
    return starts * costs.start + tokens * costs.token + pairs * costs.pair


def _size(layout: Layout, groups: Sequence[Group], *, skips: bool) -> tuple[int, int]:
    """Return how many tokens a pass runs, and how many pairs of them."""
    prompts = [len(group.prompt) for group in groups]
    rows = [(len(g.prompt) - 1, len(c)) for g in groups for c in g.completions]
    if layout == "padded":
        length = _rounded(max(p + c for p, c in rows))
        return len(rows) * length, len(rows) * length**2
    if layout == "packed":
        tokens = sum(p + c for p, c in rows)
        return tokens, sum((p + c) ** 2 for p, c in rows) if skips else tokens**2
    if layout == "tree":
        length = _rounded(max(len(g.prompt) - 1 + sum(map(len, g.completions)) for g in groups))
        seen = sum((p - 1) ** 2 for p in prompts) + sum(c * (p + c) for p, c in rows)
        return len(groups) * length, seen if skips else len(groups) * length**2
    prefix = _rounded(max(prompts) - (layout == "branches"))
    line = _rounded(max(c for _, c in rows))
    tokens = len(groups) * prefix + len(rows) * line
    return tokens, len(groups) * prefix**2 + len(rows) * line * (prefix + line)


def plan(
    groups: Sequence[Group], costs: Costs, layouts: Sequence[Layout], budget: int
) -> list[Pass]:
    """Return the passes that take the groups, the cheapest found.

    Groups of like lengths share a pass as long as that is no dearer than a pass
    of their own, and as long as its tokens are within `budget`.

    Args:
        groups: the batch.
        costs: what work costs on the device at hand.
        layouts: those that are exact for the model at hand.
        budget: the most tokens, padding included, that a pass may hold.

    """
    ordered = sorted(_within(groups, budget), key=lambda g: (len(g.prompt), _longest(g)))
    passes: list[Pass] = []
    for group in ordered:
        alone = _cheapest([group], costs, layouts)
        if passes:
            joined = _cheapest([*passes[-1].groups, group], costs, layouts)
            apart = cost(*passes[-1], costs) + cost(*alone, costs)
            if cost(*joined, costs) <= apart and _tokens(joined.groups) <= budget:
                passes[-1] = joined
                continue
        passes.append(alone)
    return passes


def _within(groups: Iterable[Group], budget: int) -> Iterable[Group]:
    """Split groups of more tokens than the budget."""
    for group in groups:
        room = max(1, (budget - len(group.prompt)) // _longest(group))
        for start in range(0, len(group.completions), room):
            yield Group(group.prompt, group.completions[start : start + room])


def _longest(group: Group) -> int:
    return max(map(len, group.completions))


def _tokens(groups: Sequence[Group]) -> int:
    return sum(len(g.prompt) + len(g.completions) * _longest(g) for g in groups)


def _cheapest(groups: list[Group], costs: Costs, layouts: Sequence[Layout]) -> Pass:
    repeats = {"branches", "tree"} if min(len(group.prompt) for group in groups) > 1 else set()
    can = [layout for layout in layouts if layout in {"padded", "packed", "encoded"} | repeats]
    return Pass(min(can, key=lambda layout: cost(layout, groups, costs)), groups)


def tensors(one: Pass, pad: int) -> dict[str, Any]:
    """Return the tensors of a pass; `shift_labels` holds the next token of each of `input_ids`."""
    return _BUILDERS[one.layout](one.groups, pad)


def _rows(groups: Iterable[Group]) -> list[tuple[list[int], list[int]]]:
    """Return input ids and next-token labels of every row."""
    return [
        (g.prompt + c[:-1], [IGNORED] * (len(g.prompt) - 1) + c)
        for g in groups
        for c in g.completions
    ]


def _stack(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
    """Return the rows padded to the longest, rounded up."""
    width = _rounded(max(map(len, rows)))
    return torch.tensor([[*row, *[value] * (width - len(row))] for row in rows])


def _mask(lengths: Sequence[int]) -> torch.Tensor:
    """Return 1 where a row has a token and 0 where it is padded, as wide as `_stack` makes it."""
    return (torch.arange(_rounded(max(lengths))) < torch.tensor(lengths)[:, None]).long()


def _rounded(length: int) -> int:
    return -(-length // _ROUND) * _ROUND


def _padded(groups: Sequence[Group], pad: int) -> dict[str, Any]:
    ids, labels = zip(*_rows(groups), strict=True)
    return {
        "input_ids": _stack(ids, pad),
        "attention_mask": _mask([len(row) for row in ids]),
        "shift_labels": _stack(labels, IGNORED),
    }


def _packed(groups: Sequence[Group], pad: int) -> dict[str, Any]:
    ids, labels = zip(*_rows(groups), strict=True)
    return {
        "input_ids": torch.tensor([[*chain(*ids)]]),
        "position_ids": torch.cat([torch.arange(len(row)) for row in ids])[None],
        "shift_labels": torch.tensor([[*chain(*labels)]]),
    }


def _branches(groups: Sequence[Group], pad: int) -> dict[str, Any]:
    prefixes = [g.prompt[:-1] for g in groups]
    ids = [[g.prompt[-1], *c[:-1]] for g in groups for c in g.completions]
    group_of = [number for number, g in enumerate(groups) for _ in g.completions]
    starts = torch.tensor([len(prefixes[number]) for number in group_of])
    prefix_mask = _mask([len(prefix) for prefix in prefixes])
    input_ids = _stack(ids, pad)
    return {
        "prefix_ids": _stack(prefixes, pad),
        "prefix_mask": prefix_mask,
        "group_of": torch.tensor(group_of),
        "input_ids": input_ids,
        "attention_mask": torch.cat([prefix_mask[group_of], _mask([len(row) for row in ids])], 1),
        "position_ids": starts[:, None] + torch.arange(input_ids.shape[1]),
        "shift_labels": _stack([c for g in groups for c in g.completions], IGNORED),
    }


def _tree(groups: Sequence[Group], pad: int) -> dict[str, Any]:
    """Return a line per group; `branch` is PREFIX, the number of a completion, or PADDING."""
    lines: dict[str, list[list[int]]] = {
        key: [] for key in ("input_ids", "shift_labels", "position_ids", "branch")
    }
    for prompt, completions in groups:
        start = len(prompt) - 1
        line = {
            "input_ids": prompt[:-1], "shift_labels": [IGNORED] * start,
            "position_ids": list(range(start)), "branch": [PREFIX] * start,
        }  # fmt: skip
        for number, completion in enumerate(completions, 1):
            length = len(completion)
            line["input_ids"] = line["input_ids"] + [prompt[-1], *completion[:-1]]
            line["shift_labels"] = line["shift_labels"] + completion
            line["position_ids"] = line["position_ids"] + list(range(start, start + length))
            line["branch"] = line["branch"] + [number] * length
        for key, values in line.items():
            lines[key].append(values)
    fill = {"input_ids": pad, "shift_labels": IGNORED, "position_ids": 0, "branch": PADDING}
    return {key: _stack(lines[key], fill[key]) for key in lines}


def _encoded(groups: Sequence[Group], pad: int) -> dict[str, Any]:
    prompts = [g.prompt for g in groups]
    return {
        "input_ids": _stack(prompts, pad),
        "attention_mask": _mask([len(prompt) for prompt in prompts]),
        "group_of": torch.tensor([n for n, g in enumerate(groups) for _ in g.completions]),
        "shift_labels": _stack([c for g in groups for c in g.completions], IGNORED),
    }


_BUILDERS = {
    "padded": _padded, "packed": _packed, "branches": _branches, "tree": _tree,
    "encoded": _encoded,
}  # fmt: skip


def sees(branch: torch.Tensor) -> torch.Tensor:
    """Return who sees whom in a tree, bool [lines, 1, query, key], from `branch` [lines, T].

    A token sees what stands before it in the prefix or in its own branch; padding sees itself.
    """
    query, key = branch[:, :, None], branch[:, None, :]
    causal = torch.ones(branch.shape[1], branch.shape[1], device=branch.device).tril().bool()
    allowed = causal & ((key == PREFIX) | (key == query)) & (query != PADDING)
    return (allowed | torch.eye(branch.shape[1], device=branch.device).bool())[:, None]
