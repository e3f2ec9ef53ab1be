import pytest

from cotutor.curate import CurateSettings, curate
from cotutor.curate.donors import UNNEEDED
from cotutor.format import parse
from cotutor.verify import decide
from curate.some_traces import PROBLEMS, curated, finding, reasons, traces


def test_traces_that_the_base_answers_without_are_rejected_together():
    p, q, r = PROBLEMS
    asked = []

    def reaches(pairs):
        asked.extend((problem.id, parse(trace).text) for problem, trace in pairs)
        return [float(problem.id == q.id) for problem, _ in pairs]

    groups = [(p, traces(p, "P one.", "P two.")), (q, traces(q, "Q.")), (r, traces(r, "R."))]
    settings = CurateSettings(filters=["complete", "needed"])
    made = list(curate(groups, settings, decide, None, reaches))
    assert [len(one.kept) for one in made] == [2, 0, 1]
    assert reasons(made) == [UNNEEDED]
    assert asked == [(q.id, "P one."), (r.id, "P one.")]


def test_a_donor_has_another_answer_and_passed_the_filters():
    p, q, _ = PROBLEMS
    asked = []

    def reaches(pairs):
        asked.extend(pairs)
        return [0.0]

    wrong = [one.model_copy(update={"completion": " x\nThe answer is 99"}) for one in traces(p, "")]
    groups = [(p, wrong), (p, traces(p, "P.")), (p, traces(p, "P.")), (q, traces(q, "Q."))]
    list(curate(groups, CurateSettings(filters=["needed"]), decide, None, reaches))
    assert [problem.id for problem, _ in asked] == [q.id]


def test_without_a_base_the_filter_is_refused():
    with pytest.raises(ValueError, match="needed asks"):
        list(curate([], CurateSettings(filters=["needed"]), decide))
    assert CurateSettings(filters=["needed"]).asks_base
    assert not CurateSettings().asks_base


@pytest.mark.parametrize(("reached", "expected"), [(1, True), (2, False), (None, False)])
def test_a_trace_covers_the_ground_truth_steps(reached, expected):
    problem = PROBLEMS[0].model_copy(update={"steps": ("0", "1")})

    def judge(asked, one):
        return finding(asked, one, reached=reached)

    made = curated([(problem, traces(problem, "So it is."))], judge=judge, filters=["covering"])
    assert reasons(made) == ["a ground-truth step is missing"] * expected
