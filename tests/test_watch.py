"""What a training is held against: rows in the arm's own format, and answers."""

import pytest

from cotutor.config import check_config
from cotutor.errors import DataError
from cotutor.generate.settings import LocalSettings
from cotutor.pipeline import dry_run
from cotutor.problems import load
from cotutor.records import Problem
from cotutor.tell import told
from cotutor.watch import watch

FAMILY = {"family": "coin_flips", "split": "validation", "count": 3, "level": 2}
ANSWERS = {"name": "answers", "reasoning": "none"}
RAW = {
    "name": "small",
    "problems": {
        "train": FAMILY | {"split": "train"},
        "heldout": FAMILY | {"split": "heldout"},
        "validation": FAMILY,
    },
    "teacher": {"generator": "symbolic"},
    "students": [ANSWERS, {"name": "reasons"}],
    "sft": {"validation_problems": 2},
}
HUMAN = Problem.make(
    task="t", question="1 + 2?", gold="3", kind="number", reasoning="1 + 2 = <<1+2=3>>3\n#### 3"
)
BARE = Problem.make(task="t", question="1 + 3?", gold="4", kind="number")


def watched(arm, problems):
    config = check_config(RAW, "test")
    return watch(config.students[arm], problems, config, LocalSettings(format="plain"))


def test_an_arm_of_answers_is_held_against_gold_and_one_of_reasoning_against_what_is_known():
    procedural = load(check_config(RAW, "test").problems.validation, seed=0)
    problems = [*procedural, HUMAN, BARE]
    gold, reasoned = (watched(arm, problems).examples for arm in (0, 1))
    assert [one.completion for one in gold] == [f" {problem.gold}" for problem in problems]
    assert [one.problem_id for one in reasoned] == [p.id for p in (*procedural, HUMAN)]
    assert reasoned[-1].completion == " 1 + 2 = 3\nThe answer is 3"
    for one, problem in zip(reasoned, procedural, strict=False):
        assert one.completion.endswith(f"The answer is {problem.gold}")


def test_some_problems_are_answered_and_the_run_has_a_name():
    found = watched(1, [HUMAN, BARE, BARE.model_copy(update={"id": "other"})])
    assert len(found.validation.problems) == 2
    assert found.name == "small/reasons"
    assert found.config["sft"]["validation_problems"] == 2
    assert watched(1, []).validation is None


def test_a_validation_problem_that_is_trained_on_is_refused(tmp_path):
    raw = RAW | {"problems": RAW["problems"] | {"validation": FAMILY | {"split": "train"}}}
    with pytest.raises(DataError, match=r"validation problem \S+ has the question of training"):
        dry_run(check_config(raw, "test"), tmp_path)


def test_a_stage_is_told_in_a_line(tmp_path):
    curated = {"kept": 52, "traces": 1064, "rejected": {"mismatch": 12}, "seconds": 61.0}
    line = told("curate", curated, tmp_path)
    assert line.split(maxsplit=1)[1].startswith("52 of 1,064 traces kept, 12 mismatch, 1")
