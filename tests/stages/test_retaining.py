"""The retention and rubric stages on a run directory whose student is the embedded base itself."""

import pytest

from cotutor.config import check_config
from cotutor.errors import DataError
from cotutor.evaluate.retention import RetentionSettings
from cotutor.evaluate.rubric import Criterion
from cotutor.models import load_model, save_student
from cotutor.records import Student
from cotutor.report.measures import MEASURES
from cotutor.stages.judging import rate, rated
from cotutor.stages.retaining import know_base, know_student, retained
from cotutor.stages.run import open_run
from cotutor.stages.testing import evaluate_student

SETTINGS = RetentionSettings(
    skills=2, text_tokens=80, window=32, stride=16, training_problems=4,
    sets={"coins": {"family": "coin_flips", "split": "heldout", "count": 3, "level": 1}},
)  # fmt: skip


def source(split, count):
    return {"family": "coin_flips", "split": split, "count": count, "level": 2}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    config = check_config(
        {
            "name": "kept",
            "problems": {
                "train": source("train", 8),
                "validation": source("validation", 4),
                "heldout": source("heldout", 4),
            },
            "teacher": {"generator": "symbolic", "samples": 1},
            "students": [{"name": "same", "samples": 1}],
            "sft": {"base": "embedded", "format": "plain"},
            "evaluate": {"max_tokens": 12, "answer_max_tokens": 4},
        },
        "test",
    )
    run = open_run(config, tmp_path_factory.mktemp("run"))
    student = Student(base="embedded", method="full", format="plain")
    save_student(run.folder / "sft" / "same", *load_model("embedded"), student)
    evaluate_student(run, config.students[0])
    return run


def test_a_student_that_is_its_base_has_kept_everything(run):
    (arm,) = run.config.students
    counts = know_base(run, SETTINGS)
    assert (counts["sets"], counts["warnings"]) == (12, [])
    assert know_student(run, arm, SETTINGS) == {"sets": 12, "training": 4, "validation": 4}
    measures = retained(run, arm, SETTINGS)
    assert {m.value for m in measures if m.name in ("known-change", "nats-lost")} == {0.0}
    assert {m.task for m in measures} > {"all skills", "problems: coins", "text: reference.txt"}
    named = {m.name for m in measures}
    assert named > {"accuracy-training", "accuracy-validation", "overfitting"}
    assert named <= MEASURES.keys()


def test_a_set_with_a_training_question_is_refused_by_name(run):
    settings = RetentionSettings(sets={"mine": source("train", 3)})
    with pytest.raises(DataError, match=r"evaluate\.retention\.sets\.mine: held-out problem"):
        know_base(run, settings)


def test_rules_rate_the_attempts_of_an_arm(run):
    rubric = (Criterion.model_validate({"name": "short", "rule": {"max_steps": 50}}),)
    assert rate(run, "same", rubric) == {"ratings": 4, "without a label": {}}
    (measure,) = rated(run, "same")
    assert (measure.task, measure.value, measure.n) == ("rule: short", 1.0, 4)
