import pytest
from pydantic import TypeAdapter, ValidationError

from cotutor.evaluate.rubric import (
    Criterion,
    Rating,
    Rubric,
    Rule,
    rated_by_rules,
    rubric_measures,
)
from cotutor.records import Problem, Request, Trace, Verdict
from cotutor.report.measures import MEASURES

PROBLEM = Problem.make(task="law", question="May he?", gold="no", kind="yes_no")
TEXT = " By § 12 the Lessee may not.\nSo he must ask.\nThe answer is No"


def trace(text, number=0, error=None):
    problem = Problem.make(task="law", question=f"{number}?", gold="no", kind="yes_no")
    return Trace.make(
        Request(problem=problem), generator="s", format="plain", completion=text,
        finish="stop", error=error,
    )  # fmt: skip


def verdict(trace):
    return Verdict(
        trace_id=trace.id, problem_id=trace.problem_id, verifier="v", outcome="correct"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "is_kept"),
    [
        ({"contains": "lessee"}, True),
        ({"contains": ["tenant", "LESSEE"]}, True),
        ({"contains": ["tenant"]}, False),
        ({"mentions_all": ["lessee", "ask"]}, True),
        ({"mentions_all": ["lessee", "landlord"]}, False),
        ({"absent": ["as an ai", "landlord"]}, True),
        ({"absent": "§"}, False),
        ({"matches": r"§ ?\d+"}, True),
        ({"matches": r"^the lessee"}, False),
        ({"ends_with": "the answer is no"}, True),
        ({"ends_with": "yes"}, False),
        ({"min_steps": 2, "max_steps": 2}, True),
        ({"max_steps": 1}, False),
        ({"min_steps": 3}, False),
        ({"max_steps": 0}, False),
        ({"contains": "lessee", "max_steps": 1}, False),
    ],
)
def test_a_rule_is_kept_if_all_of_it_is(rule, is_kept):
    assert Rule(**rule).is_kept(trace(TEXT)) is is_kept


def test_a_rule_looks_at_so_many_characters_and_no_more():
    assert not Rule(contains="end").is_kept(trace("x" * 30_000 + "end"))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": "a"}, "a needs either a rule or a judge"),
        ({"name": "a", "rule": {}}, "a rule needs one of contains"),
        ({"name": "a", "rule": {"matches": "(("}}, "is no pattern"),
        ({"name": "a", "rule": {"min_steps": 5, "max_steps": 2}}, "min_steps 5 is above max_steps"),
        ({"name": "a", "rule": {"longer_than": 3}}, "longer_than"),
        ({"name": "a", "judge": {"model": "m", "question": ""}}, "question"),
        (
            {"name": "a", "judge": {"model": "m", "question": "?", "format": "instruct"}},
            "chat-answer",
        ),
        (
            {"name": "a", "rule": {"contains": "x"}, "judge": {"model": "m", "question": "?"}},
            "either a rule or a judge",
        ),
    ],
)
def test_a_criterion_that_says_nothing_is_refused(wrong, told):
    with pytest.raises(ValidationError, match=told):
        Criterion.model_validate(wrong)


def test_two_criteria_of_one_name_are_refused():
    twice = [{"name": "a", "rule": {"max_steps": 1}}, {"name": "a", "rule": {"max_steps": 2}}]
    with pytest.raises(ValidationError, match="two criteria are named rule: a"):
        TypeAdapter(Rubric).validate_python(twice)


def test_the_share_of_kept_rules_leaves_out_what_never_came():
    rubric = [
        Criterion(name="cites", rule=Rule(contains="§")),
        Criterion(name="s", rule=Rule(max_steps=9)),
    ]
    traces = [trace(TEXT), trace("No.", 1), trace("", 2, error="lost")]
    ratings = list(rated_by_rules(rubric, [(t, verdict(t)) for t in traces]))
    found = {m.task: m for m in rubric_measures("s", ratings)}
    assert (found["rule: cites"].value, found["rule: cites"].n) == (0.5, 2)
    assert found["rule: s"].value == 1
    assert {m.name for m in found.values()} == {"rubric-rule"}
    assert "rubric-rule" in MEASURES


def test_a_judges_unclear_and_missing_labels_are_no_votes_and_are_counted():
    labels = ["yes", "yes", "no", "unclear", None]
    ratings = [
        Rating(trace_id=str(n), problem_id=str(n), criterion="LLM judge: kind", label=label)
        for n, label in enumerate(labels)
    ]
    found = {m.name: m for m in rubric_measures("s", ratings)}
    assert (found["rubric-judge"].value, found["rubric-judge"].n) == (pytest.approx(2 / 3), 3)
    assert (found["judge-unscored"].value, found["judge-unscored"].n) == (pytest.approx(0.4), 5)
    assert {m.task for m in found.values()} == {"LLM judge: kind"}
