"""What a `LocalWriter` tells beside the text: pieces as they come, and how likely they are."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, trainers
from transformers import PreTrainedTokenizerFast

from cotutor.errors import BackendError, ConfigError, DataError
from cotutor.format import FORMATS
from cotutor.generate.local import LocalGenerator, LocalWriter
from cotutor.generate.settings import LocalSettings
from cotutor.generate.writing import Ask, Written
from cotutor.records import Problem, Request
from generate.decoder_shapes import ENDS, TOKENIZER, shape
from tiny_models import make_model, make_tokenizer

PLAIN = FORMATS["plain"]
QUESTION = "Q: what is 12 plus 30?\nA:"


def writer(model=None, tokenizer=TOKENIZER, **more):
    return LocalWriter(model or shape("llama"), tokenizer, name="tiny", **more)


def saying(text, tokenizer=TOKENIZER):
    """A tiny model that writes one text, whatever it is asked."""
    model = make_model(tokenizer)
    steps = iter([*tokenizer(text)["input_ids"], tokenizer.eos_token_id])

    def force(module, args, kwargs, output):
        output.logits[..., next(steps)] = 1e9
        return output

    model.register_forward_hook(force, with_kwargs=True)
    return model


def by_hand(prompt, new):
    """The log-probability of tokens behind a text, in one plain pass."""
    ids = TOKENIZER(prompt)["input_ids"]
    with torch.no_grad():
        logs = shape("llama")(torch.tensor([ids + new])).logits[0].log_softmax(-1)
    return sum(float(logs[len(ids) - 1 + n, token]) for n, token in enumerate(new))


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_a_text_comes_with_the_log_probability_of_all_its_tokens(temperature):
    asks = [Ask(QUESTION, PLAIN, max_tokens=12, temperature=temperature, seed=k) for k in range(24)]
    ended = 0
    for found in writer().write(asks):
        new = TOKENIZER(found.text)["input_ids"]
        if found.finish == "length" and len(new) == found.completion_tokens:
            assert found.log_probability == pytest.approx(by_hand(QUESTION, new), abs=1e-3)
        elif len(new) == found.completion_tokens - 1:
            likely = [by_hand(QUESTION, [*new, end]) for end in ENDS]
            assert min(abs(one - found.log_probability) for one in likely) < 1e-3
            ended += 1
    assert ended or not temperature


def test_a_trace_holds_it_unless_two_calls_made_it():
    problem = Problem.make(task="t", kind="number", question="what is 12 plus 30?", gold="42")
    one, two = (
        next(
            LocalGenerator(
                shape("llama"), TOKENIZER, LocalSettings(format=fmt, max_tokens=9), name="tiny"
            ).generate([Request(problem=problem)])
        )
        for fmt in ("plain", "zero-shot-cot")
    )
    (written,) = writer().write([Ask(QUESTION, PLAIN, max_tokens=9)])
    assert one.log_probability == written.log_probability
    assert two.log_probability is None


def test_the_likelihood_of_many_texts_behind_one_trace_is_that_of_each():
    steps = [" 12 plus 30 is 42." * n for n in range(24)]
    asks = [Ask(QUESTION, PLAIN, begun=begun) for begun in steps]
    texts = ["\nThe answer is 42", " no"] * 12
    found = writer().likelihood(asks, texts)
    for begun, text, score in zip(steps, texts, found, strict=True):
        new = TOKENIZER(text)["input_ids"]
        assert score == pytest.approx(by_hand_ids(TOKENIZER(begun)["input_ids"], new), abs=1e-3)


def test_what_is_kept_from_call_to_call_is_read_once_and_then_let_go():
    one = writer()
    asks = [Ask(QUESTION * 4, PLAIN, begun=" heads" * n, max_tokens=2) for n in range(16)]
    texts = ["\nThe answer is 42"] * 16
    plain, alone = tokens_read(lambda: one.likelihood(asks, texts))
    with one.keeping():
        one.write(asks)
        with one.keeping():
            pass
        kept, found = tokens_read(lambda: one.likelihood(asks, texts))
    after, _ = tokens_read(lambda: one.likelihood(asks, texts))
    assert found == pytest.approx(alone, abs=1e-3)
    assert plain == after >= kept + len(TOKENIZER(QUESTION * 4)["input_ids"])


def tokens_read(act):
    sizes = []
    hook = shape("llama").register_forward_pre_hook(
        lambda module, args, kwargs: sizes.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    done = act()
    hook.remove()
    return sum(sizes), done


def by_hand_ids(begun, new):
    return by_hand(QUESTION, begun + new) - by_hand(QUESTION, begun)


def test_an_encoder_decoder_reads_the_ask_and_tells_of_the_text():
    tokenizer = make_tokenizer(closes=True)
    model = make_model(tokenizer, "t5")
    asks = [Ask("12 plus 30?", PLAIN), Ask("heads up", PLAIN)]
    found = writer(model, tokenizer).likelihood(asks, ["42", "it is tails up"])
    for ask, text, score in zip(asks, ["42", "it is tails up"], found, strict=True):
        read = torch.tensor([tokenizer(ask.prompt)["input_ids"]])
        new = tokenizer(text, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            loss = model(input_ids=read, labels=torch.tensor([new])).loss
        assert score == pytest.approx(-len(new) * float(loss), abs=1e-3)


def test_a_text_is_split_as_it_was_learnt_where_a_tokenizer_puts_a_blank_before_each():
    """As Llama 2's does: behind "is" the student was trained on "_4", never on "_", "_4"."""
    tokenizer = blank_first()
    model = make_model(tokenizer)
    whole, begun, alone = (
        tokenizer(text, add_special_tokens=False)["input_ids"]
        for text in (" it is 42", " it is", " 42")
    )
    before, after = tokenizer("it?")["input_ids"] + begun, whole[len(begun) :]
    assert whole[: len(begun)] == begun
    assert after != alone
    (found,) = writer(model, tokenizer).likelihood([Ask("it?", PLAIN, begun=" it is")], [" 42"])
    with torch.no_grad():
        logs = model(torch.tensor([before + after])).logits[0].log_softmax(-1)
    by_token = [float(logs[len(before) - 1 + n, token]) for n, token in enumerate(after)]
    assert found == pytest.approx(sum(by_token), abs=1e-3)


def blank_first():
    """A tokenizer that puts a blank before each text and splits it like SentencePiece."""
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    trainer = trainers.BpeTrainer(
        special_tokens=["<unk>", "<s>", "</s>"], initial_alphabet=list("0123456789?"), vocab_size=60
    )
    made.train_from_iterator(["it is it is"], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="<unk>", eos_token="</s>", pad_token="<unk>"
    )


def test_a_text_that_melts_into_what_is_begun_is_split_by_itself():
    head, text, whole = (TOKENIZER(part)["input_ids"] for part in (" i", "s 42", " is 42"))
    assert whole[: len(head)] != head
    (found,) = writer().likelihood([Ask(QUESTION, PLAIN, begun=" i")], ["s 42"])
    assert found == pytest.approx(by_hand_ids(head, text), abs=1e-3)


@pytest.mark.parametrize(
    ("wrong", "kind", "sentence"),
    [
        ({"max_tokens": 0}, ConfigError, "max_tokens is at least 1, and is 0"),
        ({"max_tokens": -1}, ConfigError, "max_tokens is at least 1, and is -1"),
        ({"stop": ("Q:", "")}, ConfigError, "a stop string is empty"),
        ({"prompt": "Q: \ud800"}, DataError, r"holds '\\ud800', half of a character"),
        ({"begun": "\udfff"}, DataError, r"holds '\\udfff', half of a character"),
    ],
)
def test_what_no_model_can_go_on_from_is_told(wrong, kind, sentence):
    with pytest.raises(kind, match=sentence):
        Ask(**{"prompt": QUESTION, "format": PLAIN, **wrong})


def test_a_prompt_without_tokens_is_told_and_the_others_are_written():
    nothing, something = writer().write([Ask("", PLAIN), Ask(QUESTION, PLAIN, max_tokens=4)])
    assert nothing.error == "there is nothing to go on from: the prompt has no tokens"
    assert (nothing.finish, something.error) == ("error", None)
    (streamed,) = writer().stream(Ask("", PLAIN))
    assert streamed == nothing
    with pytest.raises(BackendError, match="the prompt has no tokens"):
        writer().likelihood([Ask("", PLAIN)], [" 42"])


def test_a_text_beyond_the_context_is_refused():
    model = make_model(TOKENIZER, context=32)
    with pytest.raises(BackendError, match=r"a text of \d+ tokens .* the model's context of 32"):
        writer(model).likelihood([Ask(QUESTION, PLAIN)], [" and more" * 9])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 99), stop=st.sampled_from([(), ("e",), ("is", " plus")]))
def test_what_is_streamed_is_what_is_written(seed, stop):
    ask = Ask(QUESTION, PLAIN, max_tokens=20, temperature=1.0, seed=seed, stop=stop)
    *pieces, last = writer().stream(ask)
    (wanted,) = writer().write([ask])
    assert "".join(pieces) == wanted.text == last.text
    assert last.log_probability == pytest.approx(wanted.log_probability, abs=1e-3)
    assert all(pieces)


def test_no_piece_splits_a_character_or_shows_a_stop_string():
    ask = Ask(QUESTION, PLAIN, max_tokens=99, stop=("\n\nQ:",))
    *pieces, last = writer(saying(" 14 € 💡\n\nQuite.\n\nQ: what")).stream(ask)
    assert "".join(pieces) == last.text == " 14 € 💡\n\nQuite."
    assert len(pieces) > 5
    assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in pieces)
    assert "\n\nQuite"[:4] in pieces


def test_a_prompt_beyond_the_context_streams_its_error_alone():
    (only,) = writer(make_model(TOKENIZER, context=8)).stream(Ask(QUESTION, PLAIN))
    assert isinstance(only, Written)
    assert "context of 8" in only.error
