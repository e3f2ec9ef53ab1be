"""The corpus: an endless stream of small documents, mixed by weight, packed into rows.

Every document is a pure function of its random state. Nothing in it chains steps; the mix is
about half copying and looking up, half single steps.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np

from base import arithmetic, calendar_facts, copying, lookup, steps
from base.items import Item, write
from base.tokenizer import END, PAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from transformers import PreTrainedTokenizerFast

# Row lengths; a document goes into the shortest row that holds it.
LENGTHS = (128, 256, 512)
BATCH_TOKENS = 2048
Mix = dict["Callable[[Random], Item | tuple[str, str] | str]", int]
# Loss weight of a prompt's tokens: names in it are random, so most of its loss is noise.
PROMPT_WEIGHT = 0.25
# Share of the documents, in thousandths.
MIX: Mix = {
    copying.random_repeat: 10,
    copying.pairs: 15,
    copying.repeat_text: 15,
    copying.repeat_list: 55,
    copying.walk_sentences: 45,
    copying.who_said: 12,
    copying.nth_item: 15,
    copying.after_item: 15,
    lookup.who_has: 130,
    lookup.latest: 110,
    lookup.key_value: 10,
    lookup.backward: 50,
    lookup.choice_letter: 120,
    lookup.same_or_not: 15,
    steps.spell: 25,
    steps.end_letter: 60,
    steps.letter_facts: 25,
    steps.join_letters: 60,
    steps.flip: 110,
    steps.compare_states: 35,
    steps.swap: 210,
    steps.alphabet: 6,
    arithmetic.bare_sums: 120,
    arithmetic.worded_sums: 90,
    arithmetic.list_changes: 60,
    arithmetic.parity: 8,
    arithmetic.one_sum: 30,
    arithmetic.story: 90,
    arithmetic.compare: 8,
    arithmetic.number_words: 4,
    arithmetic.count_items: 6,
    calendar_facts.write_date: 20,
    calendar_facts.date_facts: 50,
    calendar_facts.day_step: 25,
    calendar_facts.far_step: 30,
    calendar_facts.month_fact: 20,
    calendar_facts.weekday_step: 15,
}
# What the first minutes are spent on, until strings of letters can be copied.
COPY_MIX: Mix = {copying.letters_repeat: 7, copying.random_repeat: 3}
# What comes next, until a value leads back to the label before it.
BACKWARD_MIX: Mix = {
    lookup.backward: 10, copying.random_repeat: 1, lookup.who_has: 4, lookup.choice_letter: 5
}  # fmt: skip


Document = tuple[list[int], list[float]]
"""Token ids and the loss weight of each."""


def document(rng: Random, mix: Mix) -> tuple[str, str]:
    """Return one document as (prompt, completion); either may be empty."""
    skill = rng.choices(list(mix), list(mix.values()))[0]
    made = skill(rng)
    if isinstance(made, Item):
        return write(rng, made)
    return made if isinstance(made, tuple) else ("", made)


def _documents(tokenizer: PreTrainedTokenizerFast, seed: int, mix: Mix) -> Iterator[Document]:
    """Yield token ids and loss weights; prompts hold much that cannot be foretold."""
    rng = Random(seed)
    end = tokenizer.convert_tokens_to_ids(END)
    while True:
        texts = [document(rng, mix) for _ in range(256)]
        prompts = tokenizer([prompt for prompt, _ in texts])["input_ids"]
        completions = tokenizer([completion for _, completion in texts])["input_ids"]
        for prompt, completion in zip(prompts, completions, strict=True):
            weights = [PROMPT_WEIGHT] * len(prompt) + [1.0] * (len(completion) + 1)
            yield [*prompt, *completion, end], weights


def _fill_row(length: int, own: list[Document], short: list[Document]) -> Document:
    """Take documents until the row is full: first of its own length class, then short ones."""
    ids, weights = own.pop()
    for pool in (own, short):
        for place in range(len(pool) - 1, max(-1, len(pool) - 40), -1):
            if len(ids) + len(pool[place][0]) <= length:
                more = pool.pop(place)
                ids, weights = ids + more[0], weights + more[1]
    return ids, weights


def batches(
    tokenizer: PreTrainedTokenizerFast, seed: int, mix: Mix, tokens: int = BATCH_TOKENS
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield packed rows: ids int64 [B, T], loss weights float32 [B, T], with B * T = tokens.

    T is one of LENGTHS: rows hold documents of their own length class and are filled up with
    short ones; what is left is padding of weight 0. Longer documents are left out.
    """
    pad = tokenizer.convert_tokens_to_ids(PAD)
    pools: dict[int, list[Document]] = {length: [] for length in LENGTHS}
    waiting = dict.fromkeys(LENGTHS, 0)
    short = pools[LENGTHS[0]]
    for found in _documents(tokenizer, seed, mix):
        length = next((limit for limit in LENGTHS if len(found[0]) <= limit), None)
        if length is None:
            continue
        pools[length].append(found)
        waiting[length] += len(found[0])
        if waiting[length] < 2 * tokens:
            continue
        ids = np.full((tokens // length, length), pad, dtype=np.int64)
        weights = np.zeros(ids.shape, dtype=np.float32)
        for row in range(len(ids)):
            taken, weight = _fill_row(length, pools[length], short)
            ids[row, : len(taken)], weights[row, : len(taken)] = taken, weight
        waiting = {limit: sum(len(one[0]) for one in pools[limit]) for limit in LENGTHS}
        yield ids, weights
