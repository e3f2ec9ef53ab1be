import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import ConfigError
from cotutor.problems import files
from cotutor.records import Problem, Trace
from cotutor.verify import rules, transcripts

KOJIMA, TEACHER = "kojima-2022", "reasoning-teacher"
RECORDED = [
    (dataset, method)
    for dataset in (
        "single_eq", "addsub", "multiarith", "gsm8k", "aqua", "tracking_shuffled_objects",
        "last_letter_concatenation", "coin_flip", "strategy_qa",
    )
    for method in ("zero_shot", "zero_shot_cot")
]  # fmt: skip


def problem(task, gold, *, kind=None, labels=""):
    kind = kind or rules.BENCHMARK_KINDS[task]
    choices = [{"label": label, "text": ""} for label in labels]
    return Problem.make(task=task, kind=kind, question="", gold=gold, choices=choices)


def recorded(folder, dataset, method):
    [path] = folder.glob(f"{dataset}__text-davinci-002__{method}.jsonl*")
    return path


@pytest.mark.parametrize(("dataset", "method"), RECORDED)
def test_both_rules_give_the_recorded_counts_and_rows(data_dir, dataset, method):
    path = recorded(data_dir / "teacher", dataset, method)
    logs = json.loads((data_dir / "teacher" / "summary.json").read_text())["logs"]
    [log] = [log for log in logs if (log["dataset"], log["method"]) == (dataset, method)]
    reading = transcripts.Reading(fields={"completion": "answer_prompt_output"})
    correct, unread = {KOJIMA: 0, TEACHER: 0}, 0
    rows = list(zip(transcripts.read(path, reading), files.read(path), strict=True))
    for transcript, (_, row) in rows:
        judged = {
            rule: rules.judge(rule, transcript.problem, *rules.place(transcript.trace))
            for rule in correct
        }
        for rule, (outcome, _, _) in judged.items():
            correct[rule] += outcome == "correct"
        outcome, answer, _ = judged[KOJIMA]
        unread += answer is None
        assert (outcome == "correct") == row["correct"]
        if "log_pred_before" not in row:  # where an older script read another text
            assert (answer or "") == row["predicted"]
    assert len(rows) == log["rows"]
    assert correct[KOJIMA] == log["published_rule_on_raw_output_correct"] == log["parsed_correct"]
    assert correct[TEACHER] == log["reasoning_teacher_rule_correct"]
    assert unread == log["empty_predictions"]


@pytest.mark.parametrize(
    ("task", "gold", "text", "kojima", "teacher"),
    [
        ("gsm8k", "18", " $18.", "18", "18"),
        ("gsm8k", "18", "18.00", None, None),
        ("gsm8k", "1,080", "1,080", None, "1080"),
        ("gsm8k", "4", "3-4", None, None),
        ("multiarith", "5", "-5", None, None),
        ("svamp", "51.0", "51 dollars", None, "51"),
        ("svamp", "0.6666666666666666", "0.66666667", None, "0.66666667"),
        ("addsub", "0.6666666666666666", "0.67", None, None),
        ("single_eq", "12.3", "12.30.", None, "12.30"),
        ("commonsense_qa", "B", "Because of (A)", "B", "B"),
        ("aqua", "E", "none of these", None, None),
        ("date_understanding", "F", " (F) 05/01/2021", "F", "F"),
        ("date_understanding", "A", "February: (A)", None, None),
        ("commonsense_qa", "A", "February: (A)", "A", "A"),
        ("tracking_shuffled_objects", "C", "D or (C)", "C", "C"),
        ("strategy_qa", "yes", "Yes, it would.", "yes", "yes"),
        ("strategy_qa", "Yes", "yes", None, "yes"),
        ("coin_flip", "Yes", "yes", None, None),
        ("coin_flip", "no", "(no)", None, None),
        ("last_letter_concatenation", "fnel", ' "f n e l."\n', "fnel", "fnel"),
        ("last_letter_concatenation", "fnel", "FNEL", None, None),
    ],
)
def test_answers_are_read_to_the_letter(task, gold, text, kojima, teacher):
    for rule, answer in ((KOJIMA, kojima), (TEACHER, teacher)):
        outcome, found, _ = rules.judge(rule, problem(task, gold), text)
        assert (found if outcome == "correct" else None) == answer


@pytest.mark.parametrize("rule", [KOJIMA, TEACHER])
def test_other_data_sets_are_read_by_kind(rule):
    def outcome(kind, gold, text, labels=""):
        return rules.judge(rule, problem("mine", gold, kind=kind, labels=labels), text)[0]

    assert outcome("number", "51.0", "51") == "incorrect"  # strings, as for most data sets
    assert outcome("number", "51", "51 apples") == "correct"
    assert outcome("choice", "G", "C, no: G", "EFG") == "correct"
    assert outcome("choice", "C", "FCE") == "correct"  # A to E without listed choices
    assert outcome("yes_no", "no", "No.") == "correct"
    assert outcome("string", "ab", "a b.") == "correct"
    with pytest.raises(ConfigError, match="no answers of kind 'expression'"):
        outcome("expression", "x", "x")


def test_gold_that_a_rule_cannot_read_is_unscored():
    assert rules.judge(TEACHER, problem("svamp", "five"), "5") == (
        "unscored", None, "gold unreadable",
    )  # fmt: skip
    assert rules.judge(KOJIMA, problem("last_letter_concatenation", ""), "")[0] == "unscored"


def answers(completion, fmt, **rest):
    """The answer each rule reads in a completion of that format."""
    trace = Trace(
        id="t", problem_id="p", sample=0, generator="g", format=fmt, completion=completion,
        finish="stop", **rest,
    )  # fmt: skip
    read = [rules.judge(r, problem("gsm8k", "0"), *rules.place(trace)) for r in (KOJIMA, TEACHER)]
    return [answer for _, answer, _ in read]


def test_where_the_answer_is_read_depends_on_the_mark():
    assert answers("1 --> 2 3 --> 4 5", "paper") == ["4", "2"]
    assert answers("1 and 2 and 3", "paper") == ["3", "3"]  # the mark never came
    assert answers("1 and 2", "paper-answer") == ["1", "1"]
    assert answers("1 The answer is 2, not 3.\nQ: 4", "few-shot-cot") == ["2", "2"]
    assert answers("1 2 3", "zero-shot-cot", answer_at=2) == ["2", "2"]


@given(st.text(alphabet="0123456789.,- ABxyes\n", max_size=60))
def test_a_correct_answer_is_the_gold(text):
    for task, gold in (("gsm8k", "12"), ("aqua", "B"), ("strategy_qa", "yes")):
        for rule in rules.RULES:
            outcome, answer, reason = rules.judge(rule, problem(task, gold), text)
            assert (outcome == "correct") == (answer == gold) == (reason is None)
