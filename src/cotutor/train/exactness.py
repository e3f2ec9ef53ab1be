"""Whether a layout is exact for a model: held against padded rows, once, before training.

Models differ in what they read: some take no positions (BLOOM, MPT) or work them out of a mask
of their own (OPT), so that rows in one line see each other, and nothing says so.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from cotutor.errors import BackendError
from cotutor.progress import say
from cotutor.ranks import is_main
from cotutor.train.batching import Batching
from cotutor.train.layout import Group, Layout, Pass, Row, groups_of, tensors
from cotutor.train.shared_prefix import pass_loss

# What a model raises that does not take the positions, the mask or the cache of a layout.
_REFUSALS = (AttributeError, IndexError, RuntimeError, TypeError, ValueError)
# How far loss and gradient may be off, relatively. Measured with 14 kinds of models on a CPU: exact
# layouts are off by up to 2e-7 and 2e-5 (packed rows of OpenAI GPT: 7e-6 and 4e-3), in bfloat16 by
# 3e-5 and 3e-2; the gradients of others by 0.3 at least. A GPU may keep fewer digits of float32.
_SLACK, _ROUGH = (1e-3, 5e-2), (5e-2, 0.2)
Gradients = dict[torch.nn.Parameter, torch.Tensor]


def exact(model: Any, rows: Sequence[Row], batching: Batching, *, wanted: str) -> Batching:
    """Return the batching with those of its layouts that give what padded rows give.

    Every layout that a batch may take is tried. Those that `auto` has to leave out are told to
    the person who watches.

    Args:
        model: what will be trained, adapters included.
        rows: the training rows.
        batching: how they are put into passes.
        wanted: the layout that the run file names, or `auto`.

    Raises:
        BackendError: the named layout is not exact for the model.

    """
    others = [layout for layout in batching.layouts if layout != "padded"]
    reasons = _reasons(model, probe(rows), others, batching.pad) if others else {}
    if not reasons:
        return batching
    told = "; ".join(f"{layout} {reason}" for layout, reason in reasons.items())
    if wanted != "auto":
        raise BackendError(f"sft.layout {wanted} is not exact for this model: {told}; take auto")
    if is_main():
        say(f"layouts that are not exact for this model are left out: {told}")
    return replace(batching, layouts=tuple(x for x in batching.layouts if x not in reasons))


def probe(rows: Sequence[Row]) -> list[Group]:
    """Return two groups of two completions with the extreme lengths that the rows have.

    The longest prompt has its own longest completion, the shortest one the longest of all
    rows: a pass may pad as far as that, and no row of the probe is longer than the rows are.
    The second completion is the latter half of the first.
    """
    groups = groups_of(rows)
    shareable = [group for group in groups if len(group.prompt) > 1] or groups
    last = max(shareable, key=lambda group: len(group.prompt))
    first = min(shareable, key=lambda group: len(group.prompt))
    longest = max((_longest(group) for group in shareable), key=len)
    return [_halved(last.prompt, _longest(last)), _halved(first.prompt, longest)]


def _longest(group: Group) -> list[int]:
    return max(group.completions, key=len)


def _halved(prompt: list[int], completion: list[int]) -> Group:
    return Group(prompt, [completion, completion[len(completion) // 2 :]])


def _reasons(
    model: Any, groups: Sequence[Group], layouts: Sequence[Layout], pad: int
) -> dict[Layout, str]:
    """Return why layouts are not exact, by layout; those that are exact are not in it."""
    plain = [Pass("padded", [Group(g.prompt, [c])]) for g in groups for c in g.completions]
    is_training = model.training
    model.eval()  # dropout would differ from pass to pass
    right = _measure(model, plain, pad)
    found = {layout: _reason(model, Pass(layout, [*groups]), pad, right) for layout in layouts}
    model.train(is_training)
    return {layout: reason for layout, reason in found.items() if reason is not None}


def _reason(model: Any, one: Pass, pad: int, right: tuple[float, Gradients]) -> str | None:
    """Say what differs between a pass and plain rows, None where nothing does."""
    try:
        loss, gradients = _measure(model, [one], pad)
    except torch.OutOfMemoryError:
        raise
    except _REFUSALS as error:
        return f"fails with {type(error).__name__}"
    is_exact = next(model.parameters()).dtype == torch.float32
    is_rough = not is_exact or getattr(model, "is_loaded_in_4bit", False)
    slack, off = _ROUGH if is_rough else _SLACK
    expected, theirs = right
    if not abs(loss - expected) <= slack * abs(expected):
        return f"has a loss of {loss:.6g} where plain rows have {expected:.6g}"
    if not _norm(_difference(gradients, theirs)) <= off * _norm(theirs.values()):
        return "has another gradient than plain rows"
    return None


def _measure(model: Any, passes: Sequence[Pass], pad: int) -> tuple[float, Gradients]:
    """Return the loss over the passes and its gradient; leaves no gradient behind."""
    loss = 0.0
    try:
        for one in passes:
            inputs = {key: value.to(model.device) for key, value in tensors(one, pad).items()}
            part = pass_loss(model, inputs)
            torch.autograd.backward(part)
            loss += part.item()
        return loss, {p: p.grad for p in model.parameters() if p.grad is not None}
    finally:
        model.zero_grad(set_to_none=True)


def _difference(ours: Gradients, theirs: Gradients) -> list[torch.Tensor]:
    """Return what the gradients differ by; where one has none, it is zero."""
    zero = torch.zeros(())
    both = ours.keys() | theirs.keys()
    return [ours.get(p, zero.to(p)) - theirs.get(p, zero.to(p)) for p in both]


def _norm(gradients: Any) -> float:
    return float(torch.nn.utils.get_total_norm([*gradients]))
