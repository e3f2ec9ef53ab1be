"""Training rows: examples become token ids and labels, and an audit of what was lost.

The prompt is encoded by itself and the completion after it, exactly as the
student meets them when it generates, so the prompt's tokens are a prefix of
the row by construction. The loss is on the completion and the end of text.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from cotutor.errors import DataError
from cotutor.format import Format
from cotutor.models import EncodedPrompt, encode_prompt
from cotutor.progress import aligned
from cotutor.records import Example, Record
from cotutor.train import SftSettings
from cotutor.train.layout import IGNORED


class Audit(Record):
    """What became of the examples of one arm: all counts are rows, except the token counts.

    `too_long` rows were longer than `max_length`: `truncated` of them lost the
    beginning of their prompts, `tokens_cut` tokens together, the others were dropped.
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
    truncated: int
    tokens_cut: int
    retokenised: int
    without_end: int
    fully_masked: int


class _Encoded(NamedTuple):
    """The tokens of an example, the end of text included."""

    prompt: list[int]
    completion: list[int]
    is_retokenised: bool

    @property
    def length(self) -> int:
        return len(self.prompt) + len(self.completion)


def build_rows(
    examples: Sequence[Example],
    tokenizer: Any,
    fmt: Format,
    settings: SftSettings,
    *,
    is_pair: bool = False,
) -> tuple[list[dict[str, list[int]]], Audit]:
    """Return rows of `input_ids` and `labels` (equal lengths), and the audit.

    For a pair of encoder and decoder, which never read prompt and completion as
    one text, the prompt has its end of text where the tokenizer puts one.

    Raises:
        DataError: a row is longer than `max_length` and `on_long` is `error`, or
            the completion alone leaves no room for a prompt and `on_long` is
            `truncate-prompt`; or the tokenizer has no end-of-text token.

    """
    if tokenizer.eos_token_id is None:
        raise DataError(f"the tokenizer of {settings.base} has no end-of-text token to train")
    rows, counts = [], Counter[str]()
    for example, encoded in _encoded(examples, tokenizer, fmt, is_pair=is_pair):
        counts["retokenised"] += encoded.is_retokenised
        row: _Encoded | None = encoded
        if encoded.length > settings.max_length:
            row = _fitted(example, encoded, tokenizer.bos_token_id, settings)
            counts["too_long"] += 1
        if row is None:
            continue
        counts["truncated"] += row.length < encoded.length
        counts["tokens_cut"] += encoded.length - row.length
        counts["prompt_tokens"] += len(row.prompt)
        counts["completion_tokens"] += len(row.completion)
        counts["longest"] = max(counts["longest"], row.length)
        rows.append(_labelled(row))
    return rows, _audit(examples, rows, counts, tokenizer.eos_token_id)


def _encoded(
    examples: Sequence[Example], tokenizer: Any, fmt: Format, *, is_pair: bool
) -> Iterator[tuple[Example, _Encoded]]:
    """Yield the tokens of every example, a prompt that comes again encoded once."""

    @cache
    def prompt_of(text: str) -> tuple[EncodedPrompt, str]:
        prompt = encode_prompt(tokenizer, fmt, text, is_closed=is_pair)
        return prompt, tokenizer.decode(prompt.ids)

    for example in examples:
        prompt, text = prompt_of(example.prompt)
        completion = fmt.continuing(prompt.opened, example.completion)
        ids = list(tokenizer(completion, add_special_tokens=False)["input_ids"])
        whole = list(tokenizer(text + completion, add_special_tokens=False)["input_ids"])
        is_retokenised = not is_pair and whole != prompt.ids + ids
        yield example, _Encoded(prompt.ids, [*ids, tokenizer.eos_token_id], is_retokenised)


def _fitted(
    example: Example, row: _Encoded, begin: int | None, settings: SftSettings
) -> _Encoded | None:
    """Return a row that was too long, its prompt cut from the left; None where it is dropped.

    A begin-of-text token stays, and so does every token of the completion.
    """
    if settings.on_long == "drop":
        return None
    too_long = (
        f"the training row of problem {example.problem_id} has {row.length} tokens, more than "
        f"sft.max_length ({settings.max_length})"
    )
    if settings.on_long == "error":
        raise DataError(f"{too_long}: raise it, or set sft.on_long to drop or truncate-prompt")
    head = [token for token in row.prompt[:1] if token == begin]
    room = settings.max_length - len(row.completion) - len(head)
    if room < 1:
        raise DataError(
            f"{too_long}, and its completion of {len(row.completion)} leaves no room for a "
            "prompt: raise it, or set sft.on_long to drop"
        )
    return row._replace(prompt=head + row.prompt[-room:])


def _labelled(row: _Encoded) -> dict[str, list[int]]:
    return {
        "input_ids": row.prompt + row.completion,
        "labels": [IGNORED] * len(row.prompt) + row.completion,
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
        truncated=counts["truncated"],
        tokens_cut=counts["tokens_cut"],
        retokenised=counts["retokenised"],
        without_end=sum(row["labels"][-1] != end for row in rows),
        fully_masked=sum(all(label == IGNORED for label in row["labels"]) for row in rows),
    )


_COLUMNS = (
    "rows", "tokens: prompt", "completion", "longest", "too long", "no end", "masked",
    "retokenised",
)  # fmt: skip


def audit_table(audits: Mapping[str, Audit]) -> list[str]:
    """Return the audits as lines of text, one arm a row, below a line of headings."""
    return aligned([["arm", *_COLUMNS], *([n, *_cells(a)] for n, a in audits.items())])


def _cells(audit: Audit) -> list[str]:
    fate = "0"
    if audit.truncated:
        fate = f"{audit.truncated:,} cut by {audit.tokens_cut:,} tokens"
    elif audit.too_long:
        fate = f"{audit.too_long:,} dropped"
    first = (audit.rows, audit.prompt_tokens, audit.completion_tokens, audit.longest)
    last = (audit.without_end, audit.fully_masked, audit.retokenised)
    return [f"{n:,}" for n in first] + [fate] + [f"{n:,}" for n in last]
