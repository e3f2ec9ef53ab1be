"""An encoder-decoder student: exact, trained, saved, and run through the pipeline."""

import copy
import json

import pytest
import torch
from test_layouts import rows_of
from transformers import AutoModelForSeq2SeqLM
from trl import SFTConfig

from cotutor.config import check_config
from cotutor.errors import ConfigError
from cotutor.format import format_named
from cotutor.generate.decode import decode
from cotutor.generate.local import LocalGenerator
from cotutor.generate.row import Decoding, Row
from cotutor.generate.settings import LocalSettings
from cotutor.models import encode_prompt, load_student
from cotutor.pipeline import execute
from cotutor.records import Example, Problem, Request, Trace
from cotutor.store import read_records
from cotutor.train import Arm, SftSettings
from cotutor.train.adapters import attach
from cotutor.train.batching import Batching, costs_of, layouts_for
from cotutor.train.layout import Pass, groups_of, tensors
from cotutor.train.rows import build_rows
from cotutor.train.seq2seq import PairConfig, PairTrainer, pair_loss
from cotutor.train.sft import train_arm
from tiny_models import make_model, make_tokenizer, save_tiny

TOKENIZER = make_tokenizer(closes=True)
ROWS = rows_of([(7, (5, 9, 3)), (12, (4,)), (1, (6, 1))])
EXAMPLES = [
    Example(problem_id=f"p{n // 2}", trace_id=None, prompt=f"what is {n // 2} + 1?",
            completion=f"{n // 2} and {1 + n % 2} less {n % 2} --> {n // 2 + 1}")
    for n in range(8)
]  # fmt: skip


def adapted(method="full"):
    torch.manual_seed(0)
    model = attach(make_model(TOKENIZER, "t5"), SftSettings(method=method)).eval()
    for parameter in model.parameters():
        if parameter.requires_grad and method != "full":
            torch.nn.init.normal_(parameter, std=0.2)
    return model


def gradients(model):
    found = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    return found


@pytest.mark.parametrize(
    "method", ["full", "lora", "dora", "prefix", "prompt", "ia3", "bottleneck"]
)
def test_an_encoder_that_reads_a_prompt_once_gives_the_loss_of_single_rows(method):
    model, wanted = adapted(method), 0.0
    for prompt, completions in groups_of(ROWS):
        for one in completions:
            ids, labels = torch.tensor([prompt]), torch.tensor([one])
            loss = model(input_ids=ids, labels=labels).loss * len(one)
            loss.backward()
            wanted += loss.item()
    grads = gradients(model)
    calls = []
    model.get_encoder().register_forward_hook(lambda _, __, out: calls.append(len(out[0])))
    found = pair_loss(model, tensors(Pass("encoded", groups_of(ROWS)), TOKENIZER.pad_token_id))
    found.backward()
    assert calls == [3]
    assert found.item() == pytest.approx(wanted, rel=1e-6)
    for one, two in zip(grads, gradients(model), strict=True):
        assert (one - two).norm() <= 1e-5 * one.norm() + 1e-6


@pytest.mark.parametrize("method", ["full", "prefix", "prompt", "bottleneck"])
def test_a_batch_is_decoded_as_plain_argmax_would(method):
    model = adapted(method)
    prompts = [torch.arange(30, 30 + length).tolist() for length in (3, 9, 5)]
    rows = [Row(prompt, 4 + len(prompt)) for prompt in prompts]
    probe = Row(prompts[0], 9)
    decode(model, [probe], Decoding(frozenset()))
    ends = {probe.written[2]}  # so that a row leaves the batch
    decode(model, rows, Decoding(frozenset(ends)))
    for row in rows:
        written = [TOKENIZER.pad_token_id]
        while len(written) <= row.limit and not ends & set(written[1:]):
            ids = {"input_ids": torch.tensor([row.prompt])}
            with torch.no_grad():
                logits = model(**ids, decoder_input_ids=torch.tensor([written])).logits
            written.append(int(logits[0, -1].argmax()))
        assert row.written == written[1:]


def test_an_encoder_reads_the_end_of_its_prompt_and_a_decoder_alone_does_not():
    fmt = format_named("paper-t5")
    asked = encode_prompt(TOKENIZER, fmt, "what is 1 + 1?", is_closed=True).ids
    rows, audit = build_rows(EXAMPLES, TOKENIZER, fmt, SftSettings(), is_pair=True)
    assert asked[-1] == TOKENIZER.eos_token_id
    assert rows[2]["input_ids"][: len(asked)] == asked
    assert TOKENIZER.decode(rows[2]["input_ids"][len(asked) : -1]) == EXAMPLES[2].completion
    assert (audit.retokenised, audit.without_end) == (0, 0)
    alone, _ = build_rows(EXAMPLES, TOKENIZER, fmt, SftSettings())
    assert alone[2]["input_ids"][: len(asked) - 1] == asked[:-1]
    assert len(alone[2]["input_ids"]) == len(rows[2]["input_ids"]) - 1


def test_the_paper_wrote_t5s_prompts_and_labels_without_marks():
    problem = Problem.make(task="t", kind="number", question="what is 1 + 1?", gold="2")
    assert format_named("paper-t5").prompt(problem) == "what is 1 + 1?"
    assert format_named("paper-t5").completion("one and one", "2") == "one and one --> 2"
    assert format_named("paper-t5-answer").completion(None, "2") == "2"


def trainer(model, tmp_path, **options):
    args = PairConfig(
        output_dir=str(tmp_path), bf16=False, use_cpu=True, save_strategy="no", max_steps=1,
        report_to="none", disable_tqdm=True, remove_unused_columns=False, logging_steps=1,
        activation_checkpointing=False,
        **options,
    )  # fmt: skip
    batching = Batching(costs_of(model), ("encoded",), 10_000, TOKENIZER.pad_token_id)
    return PairTrainer(
        rows=ROWS, batching=batching, together=1, model=model, args=args,
        processing_class=TOKENIZER, validation=None, validation_rows=(),
    )  # fmt: skip


def test_accumulated_batches_are_one_large_batch(tmp_path):
    model = adapted()
    weights = []
    for size, count in ((6, 1), (2, 3)):
        one = trainer(
            copy.deepcopy(model), tmp_path, per_device_train_batch_size=size,
            gradient_accumulation_steps=count, learning_rate=0.01, optim="sgd",
        )  # fmt: skip
        one.train()
        weights.append(one.model.state_dict())
    assert isinstance(one.args, SFTConfig)
    moved = 0.0
    for name, start in model.state_dict().items():
        torch.testing.assert_close(weights[0][name], weights[1][name], rtol=1e-4, atol=1e-6)
        moved += float((weights[0][name] - start).norm())
    assert moved > 0.01


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(save_tiny(tmp_path_factory.mktemp("base"), "t5"))


@pytest.mark.parametrize("method", ["full", "prompt"])
def test_a_student_trains_and_comes_back_as_it_was(base, tmp_path, method):
    trainer = {"learning_rate": 0.01, "logging_steps": 1, "bf16": False}
    told = SftSettings(base=base, method=method, format="paper-t5", trainer=trainer)
    training = train_arm(Arm(name="cot"), EXAMPLES, told, folder=tmp_path, steps=12, seed=0)
    losses = [loss for _, loss in training.losses]
    assert losses[-1] < 0.95 * losses[0]
    model, tokenizer, student = load_student(tmp_path)
    assert (student.method, student.format) == (method, "paper-t5")
    if method == "full":
        ids = {"input_ids": torch.tensor([[20, 21]]), "decoder_input_ids": torch.tensor([[0, 22]])}
        plain = AutoModelForSeq2SeqLM.from_pretrained(tmp_path)
        assert torch.equal(plain(**ids).logits, model(**ids).logits)
    generator = LocalGenerator(
        model, tokenizer, LocalSettings(format="paper-t5", max_tokens=8), name="t5"
    )
    problem = Problem.make(task="t", kind="number", question="what is 1 + 1?", gold="2")
    (trace,) = generator.generate([Request(problem=problem)])
    assert 1 <= trace.completion_tokens <= 8


def test_layouts_of_a_single_line_are_refused():
    assert layouts_for("auto", "apart", is_checkpointed=True, is_pair=True) == ("encoded",)
    with pytest.raises(ConfigError, match="layout tree is not possible here: apart"):
        layouts_for("tree", "apart", is_checkpointed=False, is_pair=True)


@pytest.mark.parametrize(
    ("kind", "sft"),
    [("qwen3", {"method": "bottleneck"}), ("t5", {"format": "paper-t5"})],
)
def test_the_pipeline_runs_to_its_report(tmp_path, kind, sft):
    base = str(save_tiny(tmp_path / "base", kind))
    raw = {
        "name": "small",
        "problems": {
            "train": {"family": "coin_flips", "split": "train", "count": 4, "level": 2},
            "heldout": {"family": "coin_flips", "split": "heldout", "count": 2, "level": 2},
        },
        "teacher": {"generator": "symbolic", "samples": 2},
        "students": [{"name": "cot", "samples": 2}],
        "sft": {"base": base, "trainer": {"max_steps": 2}} | sft,
        "evaluate": {"max_tokens": 4, "compare": ["zero-shot"]},
    }
    execute(check_config(raw, "test"), tmp_path / "run")
    rows = json.loads((tmp_path / "run" / "report.json").read_text())["rows"]
    assert {row["arm"]: row["n"] for row in rows} == {"cot": 2, "zero-shot": 2}
    traces = list(read_records(tmp_path / "run" / "eval" / "cot" / "traces.jsonl", Trace))
    assert {trace.error for trace in traces} == {None}
