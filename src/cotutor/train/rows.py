"""Training rows: examples become token ids and labels, and an audit of what was lost.

The prompt is encoded by itself and the completion after it, exactly as the
student meets them when it generates, so the prompt's tokens are a prefix of
the row by construction. The loss is on the completion and the end of text.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cotutor.errors import DataError
from cotutor.format import Format
from cotutor.models import encode_prompt
from cotutor.records import Example, Record
from cotutor.train import SftSettings
from cotutor.train.layout import IGNORED


class Audit(Record):
    """What became of the examples of one arm: all counts are rows, except the token counts.

    `retokenised` rows would be split otherwise if prompt and completion were
    encoded in one go; they train as they will be generated.
    """

    examples: int
    rows: int
    problems: int
    prompt_tokens: int
    completion_tokens: int
    longest: int
    too_long: int
    retokenised: int
    without_end: int
    fully_masked: int


def build_rows(
    examples: Sequence[Example], tokenizer: Any, fmt: Format, settings: SftSettings
) -> tuple[list[dict[str, list[int]]], Audit]:
    """Return rows of `input_ids` and `labels` (equal lengths), and the audit.

    Raises:
        DataError: a row is longer than `max_length` and `on_long` is `error`,
            or the tokenizer has no end-of-text token.

    """
    if tokenizer.eos_token_id is None:
        raise DataError(f"the tokenizer of {settings.base} has no end-of-text token to train")
    rows, counts = [], Counter[str]()
    for example in examples:
        prompt_ids, completion_ids, is_retokenised = _encode(example, tokenizer, fmt)
        length = len(prompt_ids) + len(completion_ids)
        counts["retokenised"] += is_retokenised
        if length > settings.max_length:
            if settings.on_long == "error":
                raise DataError(_too_long(example, length, settings.max_length))
            counts["too_long"] += 1
            continue
        counts["prompt_tokens"] += len(prompt_ids)
        counts["completion_tokens"] += len(completion_ids)
        counts["longest"] = max(counts["longest"], length)
        rows.append(_row(prompt_ids, completion_ids))
    return rows, _audit(examples, rows, counts, tokenizer.eos_token_id)


def _too_long(example: Example, length: int, limit: int) -> str:
    return (
        f"the training row of problem {example.problem_id} has {length} tokens, more than "
        f"sft.max_length ({limit}): raise it, or set sft.on_long to drop"
    )


def _encode(example: Example, tokenizer: Any, fmt: Format) -> tuple[list[int], list[int], bool]:
    """Return prompt and completion tokens, and whether encoding both in one go splits otherwise."""
    prompt = encode_prompt(tokenizer, fmt, example.prompt)
    completion = fmt.continuing(prompt.opened, example.completion)
    completion_ids = list(tokenizer(completion, add_special_tokens=False)["input_ids"])
    text = tokenizer.decode(prompt.ids) + completion
    whole = tokenizer(text, add_special_tokens=False)["input_ids"]
    is_retokenised = list(whole) != prompt.ids + completion_ids
    return prompt.ids, [*completion_ids, tokenizer.eos_token_id], is_retokenised


def _row(prompt_ids: list[int], completion_ids: list[int]) -> dict[str, list[int]]:
    return {
        "input_ids": prompt_ids + completion_ids,
        "labels": [IGNORED] * len(prompt_ids) + completion_ids,
    }


def _audit(
    examples: Sequence[Example], rows: list[dict[str, list[int]]], counts: Counter[str], end: int
) -> Audit:
    return Audit(
        examples=len(examples),
        rows=len(rows),
        problems=len({example.problem_id for example in examples}),
        prompt_tokens=counts["prompt_tokens"],
        completion_tokens=counts["completion_tokens"],
        longest=counts["longest"],
        too_long=counts["too_long"],
        retokenised=counts["retokenised"],
        without_end=sum(row["labels"][-1] != end for row in rows),
        fully_masked=sum(all(label == IGNORED for label in row["labels"]) for row in rows),
    )
