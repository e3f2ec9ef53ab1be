import pytest

from cotutor.errors import BackendError, DataError
from cotutor.format import training_format
from cotutor.records import Example, Problem
from cotutor.train import SftSettings
from cotutor.train.rows import IGNORED, audit_table, build_rows
from tiny_models import THINKING_TEMPLATE, make_tokenizer

PROBLEM = Problem.make(task="t", question="what is 12 plus 30?", gold="42", kind="number")


def example(name, reasoning="12 plus 30 is 42."):
    fmt = training_format(name, reasoning=True)
    return Example(
        problem_id=PROBLEM.id, trace_id=None, prompt=fmt.prompt(PROBLEM),
        completion=fmt.completion(reasoning, PROBLEM.gold),
    ), fmt  # fmt: skip


@pytest.mark.parametrize("name", ["paper", "plain", "chat"])
def test_the_loss_is_on_the_completion_and_its_end_alone(name):
    tokenizer = make_tokenizer()
    row, fmt = example(name)
    (made,), audit = build_rows([row], tokenizer, fmt, SftSettings())
    ids, labels = made["input_ids"], made["labels"]
    trained = [token for token, label in zip(ids, labels, strict=True) if label != IGNORED]
    assert tokenizer.decode(trained) == row.completion + tokenizer.eos_token
    prompt = tokenizer.decode(ids[: len(ids) - len(trained)])
    assert prompt == (row.prompt if name != "chat" else f"<|user|>{row.prompt}<|assistant|>")
    assert labels[-1] == tokenizer.eos_token_id
    assert (audit.rows, audit.without_end, audit.fully_masked, audit.too_long) == (1, 0, 0, 0)
    assert audit.completion_tokens == len(trained)
    assert audit.longest == len(ids)


def test_a_template_that_opens_the_think_tag_is_continued():
    tokenizer = make_tokenizer(THINKING_TEMPLATE)
    row, fmt = example("chat", "because")
    (made,), _ = build_rows([row], tokenizer, fmt, SftSettings())
    assert tokenizer.decode(made["input_ids"]).count("<think>") == 1
    trained = [label for label in made["labels"] if label != IGNORED]
    assert tokenizer.decode(trained).startswith("because\n</think>")


def test_a_long_row_is_an_error_or_counted():
    tokenizer = make_tokenizer()
    long, fmt = example("plain", "12 plus 30 is 42. " * 20)
    short, _ = example("plain")
    with pytest.raises(
        DataError, match=rf"problem {PROBLEM.id} has \d+ tokens, more than sft.max_length"
    ):
        build_rows([short, long], tokenizer, fmt, SftSettings(max_length=100))
    rows, audit = build_rows(
        [short, long], tokenizer, fmt, SftSettings(max_length=100, on_long="drop")
    )
    assert (len(rows), audit.examples, audit.rows, audit.too_long) == (1, 2, 1, 1)


def test_a_prompt_is_cut_from_the_left_and_its_completion_stays_whole():
    tokenizer = make_tokenizer()
    short, fmt = example("plain")
    long = short.model_copy(update={"prompt": "Some words before. " * 20 + short.prompt})
    (whole, _), _ = build_rows([long, short], tokenizer, fmt, SftSettings())
    limit = len(whole["input_ids"]) - 5
    settings = SftSettings(max_length=limit, on_long="truncate-prompt")
    (cut, _), audit = build_rows([long, short], tokenizer, fmt, settings)
    assert cut["input_ids"] == whole["input_ids"][5:]
    assert cut["labels"] == whole["labels"][5:]
    assert (audit.rows, audit.too_long, audit.truncated, audit.tokens_cut) == (2, 1, 1, 5)
    assert audit.prompt_tokens + audit.completion_tokens == sum(
        len(row["input_ids"]) for row in (cut, _)
    )

    tokenizer.bos_token = "<|user|>"
    ids = tokenizer(long.prompt)["input_ids"]
    begun = long.model_copy(update={"prompt": "<|user|>" + long.prompt})
    (cut,), audit = build_rows([begun], tokenizer, fmt, settings)
    assert cut["input_ids"][:2] == [tokenizer.bos_token_id, ids[6]]
    assert (len(cut["input_ids"]), audit.tokens_cut) == (limit, 6)


def test_a_completion_that_leaves_no_room_for_a_prompt_is_an_error():
    row, fmt = example("plain", "12 plus 30 is 42. " * 20)
    settings = SftSettings(max_length=20, on_long="truncate-prompt")
    with pytest.raises(DataError, match=rf"{PROBLEM.id} .* leaves no room for a prompt"):
        build_rows([row], make_tokenizer(), fmt, settings)


def test_the_table_has_an_arm_a_row_and_tells_what_was_lost():
    tokenizer = make_tokenizer()
    short, fmt = example("plain")
    long, _ = example("plain", "12 plus 30 is 42. " * 20)
    limits = {"error": 1024, "drop": 100, "truncate-prompt": 260}
    audits = {}
    for on_long, limit in limits.items():
        settings = SftSettings(max_length=limit, on_long=on_long)
        _, audits[on_long] = build_rows([short, long], tokenizer, fmt, settings)
    heading, *lines = audit_table(audits)
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in lines}
    assert len({len(line) for line in (heading, *lines)}) == 1
    assert "1 dropped" in told["drop"]
    assert f"1 cut by {audits['truncate-prompt'].tokens_cut} tokens" in told["truncate-prompt"]
    assert told["error"].startswith("2 ")


def test_rows_that_one_go_would_split_otherwise_are_counted():
    tokenizer = make_tokenizer()
    fmt = training_format("plain", reasoning=True)
    glued = Example(
        problem_id="p", trace_id=None, prompt="Therefore, the ans", completion="wer is 42"
    )
    _, audit = build_rows([glued], tokenizer, fmt, SftSettings())
    assert audit.retokenised == 1


def test_a_chat_format_needs_a_template():
    row, fmt = example("chat")
    with pytest.raises(BackendError, match="chat template"):
        build_rows([row], make_tokenizer(None), fmt, SftSettings())


def test_a_tokenizer_without_an_end_is_refused():
    tokenizer = make_tokenizer()
    tokenizer.eos_token = None
    row, fmt = example("plain")
    with pytest.raises(DataError, match="no end-of-text token"):
        build_rows([row], tokenizer, fmt, SftSettings())
