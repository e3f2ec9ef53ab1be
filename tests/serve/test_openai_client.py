"""The `openai` client against `cotutor serve`."""

import openai
import pytest

MESSAGES = [{"role": "user", "content": "What is 3 plus 4?"}]
REASONING = "I look at it. I see it."


@pytest.fixture
def client(server):
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        yield client


def test_a_chat_is_answered_by_the_student_of_that_name(client):
    for name in ("red", "blue"):
        chat = client.chat.completions.create(model=name, messages=MESSAGES)
        (choice,) = chat.choices
        assert choice.message.content == name
        assert choice.message.reasoning_content == REASONING
        assert choice.finish_reason == "stop"
        assert chat.system_fingerprint.startswith(f"{name}@")
        assert chat.usage.completion_tokens == 12
        assert chat.usage.total_tokens == chat.usage.prompt_tokens + 12


def test_the_last_message_is_the_question_and_the_others_are_counted(client):
    history = [{"role": "system", "content": "Be brief."}, *MESSAGES]
    alone = client.chat.completions.create(model="red", messages=MESSAGES)
    chat = client.chat.completions.create(model="red", messages=history)
    assert chat.usage.prompt_tokens == alone.usage.prompt_tokens
    assert chat.ignored_messages == 1


def test_a_streamed_chat_joins_to_the_whole_one(client):
    stream = client.chat.completions.create(
        model="blue", messages=MESSAGES, stream=True, stream_options={"include_usage": True}, n=2
    )
    content, reasoning, finishes, usage = ["", ""], ["", ""], [None, None], None
    for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            content[choice.index] += choice.delta.content or ""
            told = getattr(choice.delta, "reasoning_content", None)
            reasoning[choice.index] += told or ""
            finishes[choice.index] = choice.finish_reason or finishes[choice.index]
    assert content == ["blue", "blue"]
    assert reasoning == [REASONING, REASONING]
    assert finishes == ["stop", "stop"]
    assert usage.completion_tokens == 24


def test_samples_are_the_seeds_own(client):
    def samples(n, seed):
        chat = client.completions.create(
            model="red", prompt="What", n=n, seed=seed, temperature=3, max_tokens=12
        )
        return [choice.text for choice in chat.choices]

    three = samples(3, seed=7)
    assert len(set(three)) == 3
    assert samples(3, seed=7) == three
    assert samples(1, seed=7) == three[:1]
    assert samples(3, seed=8) != three


def test_a_completion_goes_on_with_the_text_as_it_stands(client):
    done = client.completions.create(model="red", prompt="Who? ### I look", max_tokens=2)
    assert done.choices[0].text == " at it"
    assert done.choices[0].finish_reason == "length"
    stopped = client.completions.create(model="red", prompt="Who? ###", stop=" I see", echo=True)
    assert stopped.choices[0].text == "Who? ### I look at it."
    assert stopped.choices[0].finish_reason == "stop"
    parts = client.completions.create(
        model="red", prompt=["Who? ###", "What? ###"], stop=[" I see"], stream=True
    )
    texts = ["", ""]
    for part in parts:
        for choice in part.choices:
            texts[choice.index] += choice.text
    assert texts == [" I look at it."] * 2


def test_log_probabilities_are_those_of_the_model(client, students):
    from cotutor.student import Student

    writer = Student.load(students["red"])._writer
    told = client.completions.create(
        model="red", prompt=["Who? ### I look", "No"], max_tokens=1, echo=True, logprobs=3
    )
    first = told.choices[0].logprobs
    assert "".join(first.tokens[:-1]) == "Who? ### I look"
    assert first.token_logprobs[0] is None
    assert first.tokens[-1] == " at"
    assert first.token_logprobs[-1] == max(first.top_logprobs[-1].values())
    assert all(len(top) == 3 for top in first.top_logprobs[1:])

    from cotutor.generate.writing import Ask
    from cotutor.serve.continuing import RAW

    asked = len(writer._tokenizer("Who? ###")["input_ids"])
    (expected,) = writer.likelihood([Ask("Who? ###", RAW)], [" I look"])
    assert sum(first.token_logprobs[asked:-1]) == pytest.approx(expected, abs=1e-4)
    written = client.completions.create(model="red", prompt="Who? ###", max_tokens=2, logprobs=0)
    own = written.choices[0].logprobs
    assert own.tokens == [" I", " look"]
    assert sum(own.token_logprobs) == pytest.approx(expected, abs=1e-4)


def test_prompts_may_be_tokens(client, students):
    from cotutor.student import Student

    tokenizer = Student.load(students["red"])._writer._tokenizer
    ids = tokenizer("Who? ###")["input_ids"]
    done = client.completions.create(model="red", prompt=[ids, ids], max_tokens=3)
    assert [choice.text for choice in done.choices] == [" I look at"] * 2
    with pytest.raises(openai.BadRequestError, match="no such token"):
        client.completions.create(model="red", prompt=[10**6])


def test_a_strategy_votes(client):
    chat = client.chat.completions.create(
        model="red",
        messages=MESSAGES,
        extra_body={"strategy": {"kind": "self-consistency", "samples": 3, "temperature": 0.1}},
    )
    assert chat.choices[0].message.content == "red"
    assert chat.strategy["votes"] == {"red": 3}
    assert chat.usage.completion_tokens == 36


def test_votes_are_of_the_kind_that_is_asked_for(client):
    strategy = {"kind": "self-consistency", "samples": 2, "temperature": 0.1}
    body = {"strategy": strategy, "kind": "number"}
    chat = client.chat.completions.create(model="red", messages=MESSAGES, extra_body=body)
    assert chat.strategy["votes"] == {}
    assert chat.strategy["ended"] == "no sample has an answer"


@pytest.mark.parametrize("kind", ["direct", "best-of", "tree"])
def test_other_strategies_answer_too(client, kind):
    strategy = {"kind": kind, "max_tokens": 20, "answer_max_tokens": 8}
    chat = client.chat.completions.create(
        model="blue", messages=MESSAGES, seed=1, extra_body={"strategy": strategy, "steps": True}
    )
    message = chat.choices[0].message
    assert message.content == "blue"
    assert " ".join(message.steps) == message.reasoning_content
    with pytest.raises(openai.BadRequestError, match="temperature: say it in the strategy"):
        client.chat.completions.create(
            model="blue", messages=MESSAGES, temperature=1, extra_body={"strategy": strategy}
        )


def test_models_are_listed(client):
    cards = {card.id: card for card in client.models.list().data}
    assert set(cards) >= {"red", "blue"}
    assert cards["red"].format == "paper"
    assert client.models.retrieve("red").version == cards["red"].version


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"temperature": -1}, "temperature: "),
        ({"temperature": "hot"}, "temperature: "),
        ({"max_tokens": 10**9}, "max_tokens is at most 2048"),
        ({"max_tokens": 0}, "max_tokens is at least 1"),
        ({"n": 1000}, "at most 64"),
        ({"seed": 2**70}, "seed: "),
        ({"stop": [""]}, "stop"),
        ({"messages": []}, "messages: "),
        ({"messages": [{"role": "user", "content": "  "}]}, "the last of messages"),
        ({"messages": [{"role": "user", "content": "word " * 3000}]}, "fills the model's context"),
        ({"extra_body": {"colour": 1}}, "colour: there is no such field"),
        ({"extra_body": {"strategy": {"kind": "guess"}}}, "strategy"),
        ({"extra_body": {"kind": "number"}}, "kind is for the votes of a strategy"),
        ({"extra_body": {"strategy": {"kind": "direct"}, "kind": "nombre"}}, "kind: "),
        ({"presence_penalty": 1.5}, "presence_penalty: this server cannot do that"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools: "),
        ({"response_format": {"type": "json_object"}}, "response_format: "),
    ],
)
def test_nonsense_is_refused_in_one_sentence(client, wrong, sentence):
    request = {"model": "red", "messages": MESSAGES, **wrong}
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(**request)
    assert sentence in refused.value.body["message"]
    assert "\n" not in refused.value.body["message"]


def test_what_openai_clients_send_and_shapes_nothing_is_let_through(client):
    chat = client.chat.completions.create(
        model="red", messages=MESSAGES, user="me", presence_penalty=0, frequency_penalty=0.0,
        response_format={"type": "text"}, top_p=1, metadata={"a": "b"}, store=False,
    )  # fmt: skip
    assert chat.choices[0].message.content == "red"


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="no", messages=MESSAGES)
    assert refused.value.code == "model_not_found"
