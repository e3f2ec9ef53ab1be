"""Rows on shared segments give what each row gives alone."""

from contextlib import contextmanager

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from transformers import Cache

from cotutor.generate import beginnings, branches, kept, likelihood, lines
from cotutor.generate.beginnings import find
from cotutor.generate.branches import can_share
from cotutor.generate.decode import decode
from cotutor.generate.kept import Kept
from cotutor.generate.likelihood import log_probabilities
from cotutor.generate.row import Decoding, Row
from cotutor.models import why_not_shared
from generate.decoder_shapes import ENDS, SHAPES, shape, sliding
from tiny_models import make_model, make_tokenizer

token = st.integers(5, 39)
words = st.lists(token, min_size=1, max_size=12)
families = st.lists(
    st.tuples(words, st.lists(st.tuples(st.integers(0, 12), words), min_size=1, max_size=4)),
    min_size=1, max_size=3,
)  # fmt: skip


def prompts(shots, families):
    """Prompts on common shots, each family with copies and cuts of one text, as probes have."""
    return [
        shots + text[:cut] + more for text, cuts in families for cut, more in [*cuts, *cuts[:1]]
    ]


def eagerly(monkeypatch):
    """Let all be shared that can be, however little it saves.

    Only like lengths are read together, and unlike ones go on together.
    """
    for module, price in ((lines, 1), (likelihood, 0), (branches, 0)):
        monkeypatch.setattr(module, "call_price", lambda model, price=price: price)
    for module in (lines, likelihood):
        monkeypatch.setattr(module, "find", lambda heads: find(heads, saves=1, apart=0))
    monkeypatch.setattr(beginnings, "_PAYS", 99)
    monkeypatch.setattr(kept, "APART", 1)


@pytest.fixture(autouse=True, scope="module")
def _eagerly():
    with pytest.MonkeyPatch.context() as patch:
        eagerly(patch)
        yield


def written(model, rows, **how):
    made = [Row(list(row), limit=6, seed=seed) for seed, row in enumerate(rows)]
    decode(model, made, Decoding(frozenset(ENDS), **how))
    return made


@pytest.mark.parametrize("kind", SHAPES)
@settings(max_examples=5, deadline=None, phases=[Phase.generate])
@given(shots=words, families=families)
def test_a_row_is_written_as_if_alone(kind, shots, families):
    model, rows = shape(kind), prompts(shots, families)
    assert_as_if_alone(model, rows, Decoding(frozenset(ENDS)))


@pytest.mark.parametrize("kind", SHAPES)
@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(shots=words, families=families, top_p=st.sampled_from([None, 0.9]))
def test_a_sample_is_drawn_as_if_alone(kind, shots, families, top_p):
    """In double precision: among thousands of draws, single has one on the line of two tokens."""
    model, rows = shape(kind, torch.float64), prompts(shots, families)
    assert_as_if_alone(model, rows, Decoding(frozenset(ENDS), 1.0, top_p))


@pytest.mark.parametrize("kind", SHAPES)
@settings(max_examples=5, deadline=None, phases=[Phase.generate])
@given(shots=words, families=families, data=st.data())
def test_a_row_is_written_as_if_alone_whatever_its_draft(kind, shots, families, data):
    """Drafts of what the rows will write, with tokens changed, left out and put in."""
    model, rows = shape(kind), prompts(shots, families)
    drafts = [row.written for row in written(model, rows)]
    for draft in drafts:
        for at in data.draw(st.lists(st.integers(0, 6), max_size=2)):
            draft[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(token, max_size=2))
    assert_as_if_alone(model, rows, Decoding(frozenset(ENDS)), drafts)


def assert_as_if_alone(model, rows, how, drafts=()):
    together, alone = (
        [Row(row, limit=6, seed=seed) for seed, row in enumerate(rows)] for _ in range(2)
    )
    for row, draft in zip(together, drafts, strict=False):
        row.draft = draft
    decode(model, together, how)
    for row, one in zip(together, alone, strict=True):
        decode(model, [one], how)
        assert (row.written, row.finish) == (one.written, one.finish)
        assert row.logs == pytest.approx(one.logs, abs=1e-3)


@pytest.mark.parametrize("kind", SHAPES)
@settings(max_examples=5, deadline=None, phases=[Phase.generate])
@given(shots=words, families=families, after=st.lists(token, max_size=6))
def test_a_text_is_as_likely_as_if_alone(kind, shots, families, after):
    model = shape(kind)
    rows = [(row, after[: at % 7]) for at, row in enumerate(prompts(shots, families))]
    assert log_probabilities(model, rows) == pytest.approx(
        [by_hand(model, *row) for row in rows], abs=1e-3
    )


@pytest.mark.parametrize("kind", SHAPES)
@settings(max_examples=5, deadline=None, phases=[Phase.generate])
@given(shots=words, some=families, others=families)
def test_a_text_is_as_likely_as_if_alone_behind_what_was_kept(kind, shots, some, others):
    """Of each family only the first half is kept, and texts of other families, too."""
    model, held = shape(kind), Kept()
    halves = [[(cut // 2, more) for cut, more in cuts] for _, cuts in some]
    first = prompts(shots, [(text, half) for (text, _), half in zip(some, halves, strict=True)])
    decode(model, [Row(row, limit=3) for row in first], Decoding(frozenset(ENDS)), held)
    rows = [(row, [7, 8]) for row in prompts(shots, [*some, *others])]
    assert log_probabilities(model, rows, held) == pytest.approx(
        [by_hand(model, *row) for row in rows], abs=1e-3
    )


def by_hand(model, before, after):
    with torch.no_grad():
        logs = model(torch.tensor([before + after])).logits[0].log_softmax(-1)
    return sum(float(logs[len(before) - 1 + n, token]) for n, token in enumerate(after))


@contextmanager
def tokens_run(model):
    """Tell how many tokens each call of a model runs."""
    sizes = []
    hook = model.register_forward_pre_hook(
        lambda module, args, kwargs: sizes.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    yield sizes
    hook.remove()


def test_the_shared_tokens_are_run_once():
    model = shape("llama")
    with tokens_run(model) as sizes:
        written(model, [[*range(5, 35), 5 + n] for n in range(3) for _ in range(4)])
    assert sizes[:2] == [30, 12]
    assert all(size <= 12 for size in sizes[2:])


def test_what_was_kept_is_run_no_more_and_the_rest_of_it_is_kept_then():
    model, held = shape("llama"), Kept()
    texts = [*range(5, 35)], [*range(5, 25), 9, 8, 7], [*range(5, 25), 9, 8, 7]
    firsts = []
    for text in texts:
        with tokens_run(model) as sizes:
            log_probabilities(model, [([*text, 5 + n], [7]) for n in range(4)], held)
        firsts.append(sizes[0])
    assert firsts == [30, 3, 4]  # all of it; what is new; the rows themselves


def test_trunks_that_stand_on_a_common_one_are_kept_too():
    model, held = shape("llama"), Kept()
    shots, texts = [*range(5, 25)], [[first, *range(6, 20)] for first in (30, 31, 32, 33)]

    def rows(cut):
        return [([*shots, *text[: len(text) - cut], 39 - n], [7]) for text in texts for n in (0, 1)]

    with tokens_run(model) as first:
        log_probabilities(model, rows(0), held)
    with tokens_run(model) as second:
        found = log_probabilities(model, rows(1), held)
    assert sum(first) - sum(second) >= 20 + 3 * 14  # the shots, and each text but one's
    assert found == pytest.approx([by_hand(model, *row) for row in rows(1)], abs=1e-3)


def test_a_beginning_is_put_together_from_where_its_parts_are_held():
    held = Kept()

    def layers(start, end):
        return ([torch.arange(start, end).float()[None, :, None]],) * 2

    held.put(range(4), 0, layers(0, 4))
    held.put(range(9), 4, layers(4, 9))
    held.put([*range(6), 30, 31], 3, layers(3, 8))
    for start, end, path in (
        (0, 9, range(12)),
        (2, 9, range(9)),
        (5, 9, range(9)),
        (1, 4, [*range(4), 9]),
    ):
        keys, _ = held.longest(path, start)
        assert keys[0].flatten().tolist() == [*range(start, end)]
    assert held.longest([8, 8], 0) is None


def test_what_is_too_large_for_all_the_room_throws_nothing_out(monkeypatch):
    held, few, many = Kept(), [torch.zeros(2, 20, 4)], [torch.zeros(2, 99, 4)]
    monkeypatch.setattr(kept, "_MOST_BYTES", 2 * few[0].nbytes)
    held.put([5] * 20, 0, (few, few))
    held.put([6] * 99, 0, (many, many))
    assert held.longest([5] * 20, 0) is not None
    assert held.longest([6] * 20, 0) is None


def test_what_was_kept_first_makes_room_for_more(monkeypatch):
    keys = [torch.zeros(2, 20, 4)]
    held = Kept()
    monkeypatch.setattr(kept, "_MOST_BYTES", 2 * 2 * keys[0].nbytes)
    for first in (5, 6, 7):
        held.put([first] * 20, 0, (keys, keys))
    assert [held.longest([first] * 9, 0) is None for first in (5, 6, 7)] == [True, False, False]
    assert held.longest([7] * 9, 0)[0][0].shape == (2, 9, 4)


def test_a_row_that_shares_nothing_goes_on_when_all_others_are_done(monkeypatch):
    monkeypatch.setattr(lines, "find", lambda heads: find(heads, saves=1, apart=1))
    rows = [Row([*range(5, 35), 5 + n], limit=2) for n in range(4)] + [Row([7], limit=9)]
    alone = Row([7], limit=9)
    for some in (rows, [alone]):
        decode(shape("llama"), some, Decoding(frozenset()))
    assert rows[4].written == alone.written


def test_a_draft_that_fits_saves_calls_and_is_found_again_behind_a_change():
    model = shape("llama")
    rows = [[*range(5, 35), 5 + n] for n in range(4)]
    plain, drafted = ([Row(row, limit=24) for row in rows] for _ in range(2))
    decode(model, plain, Decoding(frozenset()))
    for row, like in zip(drafted, plain, strict=True):
        row.draft = [*like.written[:8], 4, 4, *like.written[8:]]
    calls = []
    hook = model.register_forward_pre_hook(lambda *_: calls.append(1))
    decode(model, drafted, Decoding(frozenset()))
    hook.remove()
    assert [row.written for row in drafted] == [row.written for row in plain]
    assert len(calls) < 14  # a call for what is shared, and four tokens in most others


def test_a_row_that_leaves_its_draft_goes_on_in_another_one():
    model = shape("llama")
    rows = [[*range(5, 35), 5 + n] for n in range(4)]
    plain, drafted = ([Row(row, limit=24) for row in rows] for _ in range(2))
    decode(model, plain, Decoding(frozenset()))
    for row, like in zip(drafted, [*plain[1:], plain[0]], strict=True):
        row.draft = [4, 4, *like.written]
    calls = []
    hook = model.register_forward_pre_hook(lambda *_: calls.append(1))
    decode(model, drafted, Decoding(frozenset()))
    hook.remove()
    assert [row.written for row in drafted] == [row.written for row in plain]
    assert len(calls) < 14


def test_long_suffixes_are_run_in_pieces(monkeypatch):
    rows = [([*range(5, 15), n], [5, 6, 7, 8, 9, n]) for n in range(20, 26)]
    whole = log_probabilities(shape("qwen3"), rows)
    monkeypatch.setattr("cotutor.generate.branches._MOST_CACHED", 1000)
    assert log_probabilities(shape("qwen3"), rows) == pytest.approx(whole, abs=1e-4)


def test_what_cannot_share_exactly_is_named_and_takes_the_plain_way():
    gemma = sliding()
    assert why_not_shared(gemma, 16) is None
    assert (
        why_not_shared(gemma, 17)
        == "its attention slides over 16 tokens and the longest row has 17"
    )
    rows = [[*range(5, 35), 5 + n] for n in range(4)]
    assert [row.written for row in written(gemma, rows)] == [
        written(gemma, [row])[0].written for row in rows
    ]
    assert "encoder-decoder" in why_not_shared(make_model(make_tokenizer(), "t5"), 1)


@pytest.mark.parametrize("kind", ["longrope", "dynamic", "default"])
def test_rows_beyond_the_length_that_changes_their_frequencies_share_nothing(kind):
    model = make_model(make_tokenizer())
    model.config.rope_parameters = {
        "rope_type": kind,
        "rope_theta": 1e4,
        "original_max_position_embeddings": 40,
    }
    assert why_not_shared(model, 40) is None
    assert (why_not_shared(model, 41) is None) == (kind == "default")


def test_a_model_that_attends_in_another_way_is_found_out():
    model = make_model(make_tokenizer())
    assert can_share(model, 9)
    other = make_model(make_tokenizer())
    other.model.layers[0].self_attn.register_forward_pre_hook(halve_the_keys, with_kwargs=True)
    assert not can_share(other, 9)


def halve_the_keys(module, args, kwargs):
    """Stand in for a model that does with its cache what we do not know of."""
    if isinstance(kwargs["past_key_values"], Cache) and kwargs.get("branches_below"):
        kwargs["hidden_states"] = kwargs["hidden_states"] / 2
    return args, kwargs


@pytest.mark.parametrize("drafted", [True, False])
@pytest.mark.parametrize("begin", [[*range(5, 35)] * 16, [6]])
def test_a_row_at_the_end_of_the_context_waits_there_for_the_others(monkeypatch, begin, drafted):
    """GPT-2 looks its positions up: past the last one there is none."""
    monkeypatch.setattr(lines, "call_price", lambda model: 10**6)  # all rows in one group
    model = shape("gpt2")
    longest = [*begin, *range(5, 35), *[*range(5, 35)] * 16][: model.config.n_positions - 2]
    rows = [Row(longest, limit=2)] + [Row([*begin, 7, 5 + n], limit=12) for n in range(16)]
    for row in rows if drafted else []:
        row.draft = [7, 8, 9]
    decode(model, rows, Decoding(frozenset()))
    assert [len(row.written) for row in rows] == [2] + [12] * 16
