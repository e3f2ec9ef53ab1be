from math import inf

import pytest
import torch

from cotutor.curate.score import SCORES, Base, likely, reaches
from cotutor.curate.settings import SCORED
from cotutor.format import FORMATS, parse
from cotutor.records import Problem
from cotutor.verify import decide
from curate.some_traces import trace
from tiny_models import THINKING_TEMPLATE, make_model, make_tokenizer

PROBLEM = Problem.make(task="t", question="what is 12 plus 30?", gold="42", kind="number")
TOKENIZER = make_tokenizer()
TEXTS = ["12 plus 30 is 42.", "Let's think: 42.", "No."] * 4


def pairs(*texts):
    return [(PROBLEM, trace(PROBLEM, text, sample=k)) for k, text in enumerate(texts)]


def base(fmt="plain", tokenizer=TOKENIZER, **made):
    return Base(make_model(tokenizer, **made), tokenizer, FORMATS[fmt], decide)


def by_hand(base, prompt, completion):
    ids = base.tokenizer(prompt)["input_ids"]
    new = [*base.tokenizer(completion)["input_ids"], base.tokenizer.eos_token_id]
    with torch.no_grad():
        logs = base.model(torch.tensor([ids + new])).logits[0].log_softmax(-1)
    return sum(float(logs[len(ids) - 1 + n, token]) for n, token in enumerate(new)) / len(new)


def test_every_way_that_needs_a_score_has_one():
    assert SCORES.keys() == SCORED


@pytest.mark.parametrize("kind", ["llama", "qwen3"])
def test_likelihood_is_that_of_the_training_row_in_any_batch(kind):
    model = base(kind=kind)
    scores = likely(model, pairs(*TEXTS))
    for text, score in zip(TEXTS, scores, strict=True):
        row = by_hand(model, "Q: what is 12 plus 30?\nA:", f" {text}\nThe answer is 42")
        assert score == pytest.approx(row, abs=1e-4)


def test_a_think_tag_that_the_prompt_opened_is_not_scored_twice():
    tokenizer = make_tokenizer(THINKING_TEMPLATE)
    model = base("chat", tokenizer)
    (score,) = likely(model, pairs("Well."))
    prompt = "<|user|>what is 12 plus 30?<|assistant|><think>\n"
    assert score == pytest.approx(by_hand(model, prompt, "Well.\n</think>\n\n42"), abs=1e-4)


def test_what_does_not_fit_the_context_scores_lowest():
    short = base(context=48)
    assert [score == -inf for score in likely(short, pairs("So 42.", "12 plus 30 " * 20))] == [
        False,
        True,
    ]
    assert reaches(short, pairs("12 plus 30 " * 20)) == [-inf]


class Echo(torch.nn.Module):
    """A model that writes the last number of its context, then a line break and nonsense."""

    def __init__(self, model, tokenizer):
        super().__init__()
        self.inner, self.tokenizer = model, tokenizer

    config = property(lambda self: self.inner.config)
    device = torch.device("cpu")

    def forward(self, input_ids, attention_mask, past_key_values, **_):
        past = getattr(past_key_values, "rows", None)
        ids = input_ids if past is None else torch.cat([past, input_ids], 1)
        past_key_values.rows = ids
        texts = [self.tokenizer.decode(row, skip_special_tokens=True) for row in ids]
        logits = torch.zeros(len(ids), 1, len(self.tokenizer))
        for at, text in enumerate(texts):
            logits[at, 0, self._next(text)] = 1
        return type("Output", (), {"logits": logits})

    def _next(self, text):
        head, mark, written = text.rpartition("The answer is")
        number = head.rstrip(". \n").split()[-1]
        rest = f" {number}\nQ: 7" if mark else "?"
        return self.tokenizer(rest[len(written) :] or ".")["input_ids"][0]


def test_a_trace_reaches_where_the_base_goes_on_to_the_gold():
    echo = base()
    echo = Base(Echo(echo.model, TOKENIZER), TOKENIZER, echo.format, decide)
    some = pairs("12 plus 30 is 42", "12 plus 30 is 43")
    assert reaches(echo, some) == [1.0, 0.0]
    assert [parse(t).answer for _, t in some] == ["42", "42"]
