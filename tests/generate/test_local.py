import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import BackendError
from cotutor.format import Shot, format_named, parse
from cotutor.generate.decode import draw
from cotutor.generate.local import LocalGenerator
from cotutor.generate.settings import LocalSettings
from cotutor.records import Problem, Request
from cotutor.verify import decide
from tiny_models import THINKING_TEMPLATE, make_model, make_tokenizer

TOKENIZER = make_tokenizer()
ENDS = [TOKENIZER.eos_token_id, *range(40, 50)]  # so many, that random texts end now and then


def ending(kind="llama"):
    model = make_model(TOKENIZER, kind)
    model.generation_config.eos_token_id = ENDS
    return model


MODELS = {kind: ending(kind) for kind in ("llama", "qwen3")}


def requests(problems=1, samples=1, question=None):
    made = [
        Problem.make(
            task="t", kind="number", gold="1", question=question or f"what is {n} " + "plus 1 " * n
        )
        for n in range(problems)
    ]
    return [Request(problem=problem, sample=k) for problem in made for k in range(samples)]


def generator(kind="llama", tokenizer=TOKENIZER, model=None, **settings):
    settings = LocalSettings(**{"format": "paper", "max_tokens": 24, **settings})
    return LocalGenerator(model or MODELS[kind], tokenizer, settings, name="tiny")


def texts(traces):
    return {(t.problem_id, t.sample): (t.completion, t.finish, t.completion_tokens) for t in traces}


def by_hand(model, prompt, limit):
    """Greedy decoding without cache, padding or batch."""
    ids = list(TOKENIZER(prompt)["input_ids"])
    new = []
    while len(new) < limit:
        with torch.no_grad():
            new.append(int(model(torch.tensor([ids + new])).logits[0, -1].argmax()))
        if new[-1] in ENDS:
            break
    return new


@pytest.mark.parametrize("kind", ["llama", "qwen3"])
def test_greedy_text_is_that_of_plain_argmax_in_any_batch(kind):
    asked = requests(12)
    wanted = texts(generator(kind, batch_size=1).generate(asked))
    for size in (3, 8, 64):
        assert texts(generator(kind, batch_size=size).generate(reversed(asked))) == wanted
    for request in asked:
        new = by_hand(MODELS[kind], f"{request.problem.question.strip()} ###", 24)
        text, finish, count = wanted[request.problem.id, 0]
        assert text == TOKENIZER.decode([t for t in new if t not in ENDS])
        assert (finish, count) == ("stop" if new[-1] in ENDS else "length", len(new))
    assert {finish for _, finish, _ in wanted.values()} == {"stop", "length"}


def test_samples_depend_on_seed_problem_and_sample_and_not_on_the_batch():
    asked = requests(6, samples=3)
    how = {"temperature": 1.0, "top_p": 0.95, "seed": 5}
    wanted = texts(generator(batch_size=64, **how).generate(asked))
    assert texts(generator(batch_size=4, **how).generate(reversed(asked))) == wanted
    assert texts(generator(batch_size=64, **how | {"seed": 6}).generate(asked)) != wanted
    for request in asked[::3]:
        assert len({wanted[request.problem.id, k][0] for k in range(3)}) > 1


def test_the_seed_is_recorded_where_it_shaped_the_text():
    (greedy,) = generator().generate(requests())
    sampled = list(generator(temperature=0.7).generate(requests(samples=2)))
    assert greedy.seed is None
    assert len({t.seed for t in sampled} - {None}) == 2


@given(
    logits=st.lists(st.floats(-5, 5), min_size=2, max_size=8),
    chance=st.floats(0, 0.999),
    top_p=st.none() | st.floats(0.01, 1),
    temperature=st.floats(0.2, 3),
)
def test_a_drawn_token_is_in_the_nucleus(logits, chance, top_p, temperature):
    scores = torch.tensor([logits])
    token = int(draw(scores, torch.tensor([chance]), temperature, top_p))
    probabilities = (scores[0] / temperature).softmax(-1)
    likelier = probabilities[probabilities > probabilities[token]].sum()
    assert likelier < (top_p or 1.0) + 1e-5


def test_drawing_follows_the_probabilities():
    probabilities = torch.tensor([0.1, 0.6, 0.3])
    chances = torch.linspace(0, 1, 1001)[:-1]
    tokens = draw(probabilities.log().expand(1000, 3), chances, 1.0, None)
    assert torch.bincount(tokens).tolist() == pytest.approx([100, 600, 300], abs=2)
    nucleus = draw(probabilities.log().expand(1000, 3), chances, 1.0, 0.8)
    assert torch.bincount(nucleus, minlength=3).tolist() == pytest.approx([0, 667, 333], abs=2)


def test_zero_shot_cot_asks_twice_and_greedily_the_second_time():
    how = {"format": "zero-shot-cot", "temperature": 1.0, "max_tokens": 12, "answer_max_tokens": 5}
    traces = list(generator(**how).generate(requests(4, samples=2)))
    assert len(traces) == 8
    for trace in traces:
        head, answer = trace.completion[: trace.answer_at], trace.completion[trace.answer_at :]
        assert head.endswith("\nTherefore, the answer is")
        question = next(r.problem.question for r in requests(4) if r.problem.id == trace.problem_id)
        prompt = f"Q: {question.strip()}\nA: Let's think step by step."
        new = by_hand(MODELS["llama"], prompt + head, 5)
        assert answer == TOKENIZER.decode([t for t in new if t not in ENDS])
        assert trace.completion_tokens <= 17
        assert parse(trace).answer == answer.strip()


def test_shots_stand_before_the_question():
    shots = (Shot("1 + 1?", "one and one", "2"),)
    plain = next(generator(format="few-shot-cot").generate(requests()))
    shown = next(generator(format="few-shot-cot", shots=shots).generate(requests()))
    added = TOKENIZER("Q: 1 + 1?\nA: one and one The answer is 2.\n\n")["input_ids"]
    assert shown.prompt_tokens - plain.prompt_tokens == pytest.approx(len(added), abs=1)


def test_a_stop_string_ends_the_text_and_the_count():
    script = TOKENIZER(" the answer is 42.\n\nQ: more and more and more and more")["input_ids"]
    trace = next(generator(format="zero-shot", model=Scripted(script)).generate(requests()))
    assert (trace.completion, trace.finish) == (" the answer is 42.", "stop")
    assert trace.completion_tokens == len(TOKENIZER(" the answer is 42.\n\nQ:")["input_ids"])


def Scripted(script, context=512):
    """The tiny model, made to write one text whatever it is asked."""
    model = make_model(TOKENIZER, context=context)
    steps = iter(script)

    def force(module, args, kwargs, output):
        output.logits[..., next(steps)] = 1e9
        return output

    model.register_forward_hook(force, with_kwargs=True)
    return model


def test_an_end_token_in_the_last_place_is_a_stop():
    script = [*TOKENIZER(" ab")["input_ids"], TOKENIZER.eos_token_id]
    limit = len(script)
    trace = next(generator(model=Scripted(script), max_tokens=limit).generate(requests()))
    assert (trace.completion, trace.finish, trace.completion_tokens) == (" ab", "stop", limit)
    trace = next(generator(model=Scripted(script), max_tokens=limit - 1).generate(requests()))
    assert (trace.completion, trace.finish) == (" ab", "length")


def test_chat_prompts_pass_the_template_and_a_think_tag_it_opened_is_kept():
    thinking = make_tokenizer(THINKING_TEMPLATE)
    script = [*thinking("2 and 2\n</think>\n\n4")["input_ids"], thinking.eos_token_id]
    how = {"format": "chat", "max_tokens": 64}
    opened = next(generator(tokenizer=thinking, model=Scripted(script), **how).generate(requests()))
    assert opened.completion == "<think>\n2 and 2\n</think>\n\n4"
    assert (parse(opened).text, parse(opened).answer) == ("2 and 2", "4")
    plain = next(generator(model=Scripted(script), **how).generate(requests()))
    assert plain.completion == "2 and 2\n</think>\n\n4"
    message = [{"role": "user", "content": requests()[0].problem.question.strip()}]
    text = TOKENIZER.apply_chat_template(message, add_generation_prompt=True, tokenize=False)
    assert plain.prompt_tokens == len(TOKENIZER(text)["input_ids"])


def test_a_chat_format_without_a_template_is_one_sentence():
    bare = make_tokenizer(template=None)
    with pytest.raises(BackendError, match="format chat needs a tokenizer with a chat template"):
        list(generator(tokenizer=bare, format="chat").generate(requests()))


def test_a_prompt_beyond_the_context_is_an_error_and_never_cut():
    model = make_model(TOKENIZER, context=32)
    long = requests(question="very " * 40)
    traces = list(generator(model=model).generate(long + requests(2)))
    failed = [t for t in traces if t.error]
    assert [t.problem_id for t in failed] == [long[0].problem.id]
    assert (failed[0].finish, failed[0].completion) == ("error", "")
    assert "the model's context of 32" in failed[0].error
    assert all(t.prompt_tokens + t.completion_tokens <= 32 for t in traces if not t.error)


def test_an_answering_call_beyond_the_context_is_an_error_too():
    asked = requests(question="plus " * 12)
    prompt = TOKENIZER(format_named("zero-shot-cot").prompt(asked[0].problem))["input_ids"]
    script = [*TOKENIZER(" 12.")["input_ids"], TOKENIZER.eos_token_id]
    model = Scripted(script, context=len(prompt) + len(script))
    (trace,) = generator(model=model, format="zero-shot-cot").generate(asked)
    assert trace.finish == "error"
    assert "a prompt of" in trace.error


def test_a_reasoning_that_rambles_to_the_end_of_the_context_is_cut_off_and_wrong():
    """As in formats of one call: what is ours to mend is a prompt that does not fit."""
    model = make_model(TOKENIZER, context=64)
    model.generation_config.eos_token_id = None
    how = {"model": model, "max_tokens": 99}
    for name in ("zero-shot", "zero-shot-cot"):
        for request, trace in zip(
            requests(2), generator(format=name, **how).generate(requests(2)), strict=True
        ):
            verdict = decide(request.problem, trace)
            assert (trace.finish, trace.error) == ("length", None)
            assert (verdict.outcome, verdict.reason) == ("incorrect", "truncated")
            assert trace.prompt_tokens + trace.completion_tokens == 64
    assert trace.completion.endswith("\nTherefore, the answer is")
    assert trace.log_probability is None


def test_requests_are_taken_by_the_window_not_all_at_once():
    taken = []
    endless = (taken.append(n) or requests()[0] for n in iter(int, 1))
    next(generator(batch_size=2, max_tokens=1).generate(endless))
    assert len(taken) == 32


def test_one_endless_row_does_not_hold_up_the_others():
    """Finished rows leave the batch: the work is that of the lengths."""
    model, sizes = ending(), []
    model.register_forward_pre_hook(
        lambda module, args, kwargs: sizes.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    traces = list(generator(model=model, max_tokens=48, batch_size=32).generate(requests(32)))
    steps = sum(t.completion_tokens for t in traces)
    assert steps <= sum(sizes) < 1.3 * steps + 32
    assert sum(sizes) < 0.8 * 32 * max(t.completion_tokens for t in traces)
