import pytest

from cotutor.evaluate.accuracy import chance, compare, measures, rows
from cotutor.records import Findings, Problem, Request, Trace, Verdict
from cotutor.report.measures import MEASURES
from cotutor.report.model import Absent, Row
from cotutor.statistics import majority, pass_at_k, share, wilson
from cotutor.verify import VerifySettings, decide

PROBLEMS = {
    p.id: p
    for p in (
        Problem.make(task=task, question=f"{n}?", gold=str(n), kind="number")
        for task in ("one", "two")
        for n in range(10)
    )
}


def judged(arm, outcomes, *, finish="stop", tokens=10):
    """One attempt per problem: c correct, i incorrect, u unscored."""
    names = {"c": "correct", "i": "incorrect", "u": "unscored"}
    found = []
    for problem, letter in zip(PROBLEMS.values(), outcomes, strict=True):
        trace = Trace.make(
            Request(problem=problem), generator=arm, format="plain",
            completion=" x\nThe answer is 1" if letter == "c" else " x",
            finish=finish, completion_tokens=tokens,
        )  # fmt: skip
        verdict = Verdict(
            trace_id=trace.id, problem_id=problem.id, verifier="v", outcome=names[letter],
            reason="generation failed" if letter == "u" else None,
        )  # fmt: skip
        found.append((trace, verdict))
    return found


def test_rows_stand_over_all_and_per_task():
    found = rows("a", PROBLEMS, judged("a", "cccccccccc" + "ciiiiiiiii"), 0.1)
    assert [(r.task, r.n, r.accuracy) for r in found] == [
        ("all", 20, 0.55),
        ("one", 10, 1.0),
        ("two", 10, 0.1),
    ]
    assert found[2].low == pytest.approx(0.0179, abs=1e-4)
    assert found[2].high == pytest.approx(0.4042, abs=1e-4)
    assert (found[0].format_rate, found[0].truncation_rate, found[0].tokens) == (0.55, 0.0, 10.0)


def test_unscored_attempts_are_left_out_and_counted():
    found = rows("a", PROBLEMS, judged("a", "ucccccccci" + "c" * 10), 0.1)
    assert (found[1].n, found[1].unscored, found[1].accuracy) == (9, 1, 8 / 9)


def test_a_task_that_cannot_be_scored_is_absent_and_so_is_the_total():
    found = rows("a", PROBLEMS, judged("a", "uuuccccccc" + "c" * 10), 0.1)
    assert [type(row) for row in found] == [Absent, Absent, Row]
    assert found[1].reason == "of 10 attempts: 3 generation failed"


def test_an_absent_row_tells_the_first_error_of_a_generation():
    attempts = judged("a", "uuuccccccc" + "c" * 10)
    told = {1: "the prompt fills the context", 2: "another"}
    attempts = [
        (trace.model_copy(update={"error": told.get(at)}), verdict)
        for at, (trace, verdict) in enumerate(attempts)
    ]
    found = rows("a", PROBLEMS, attempts, 0.1)
    assert found[1].reason == (
        "of 10 attempts: 3 generation failed; the first: the prompt fills the context"
    )


def test_one_task_has_no_total():
    problems = {p.id: p for p in PROBLEMS.values() if p.task == "one"}
    found = rows("a", problems, judged("a", "c" * 20)[:10], 0.1)
    assert [row.task for row in found] == ["one"]


def test_chance_is_the_exact_expectation():
    choices = [{"label": label, "text": label} for label in "ABC"]
    problems = [
        Problem.make(task="a", question="1", gold="A", kind="choice", choices=choices),
        Problem.make(task="a", question="2", gold="A", kind="choice", choices=choices[:2]),
        Problem.make(task="b", question="3", gold="yes", kind="yes_no"),
        Problem.make(task="b", question="4", gold="7", kind="number"),
    ]
    found = {row.task: row for row in chance(problems)}
    assert found["a"].accuracy == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert found["b"].accuracy == 0.25
    assert found["all"].n == 4
    assert found["a"].low == found["a"].high == found["a"].accuracy


def test_arms_are_compared_on_what_both_answered():
    both = {"a": judged("a", "c" * 10 + "u" * 10), "b": judged("b", "i" * 8 + "cu" + "c" * 10)}
    found = compare("a", "b", PROBLEMS, both)
    assert [(c.task, c.n) for c in found] == [("all", 9), ("one", 9)]
    assert found[0].difference == pytest.approx(8 / 9)
    assert found[0].p == pytest.approx(2 / 2**8)
    assert compare("b", "a", PROBLEMS, both)[0].difference == pytest.approx(-8 / 9)


def sampled(arm, answers_P):
    """Samples by problem: c correct, others wrong, capitals cut, . unreadable, u unscored."""
    found = []
    for problem, answers in zip(PROBLEMS.values(), answers_P, strict=False):
        for sample, letter in enumerate(answers):
            trace = Trace.make(
                Request(problem=problem, sample=sample), generator=arm, format="plain",
                completion=" x", finish="stop",
            )  # fmt: skip
            outcome = {"c": "correct", "u": "unscored"}.get(letter, "incorrect")
            verdict = Verdict(
                trace_id=trace.id, problem_id=problem.id, verifier="v", outcome=outcome,
                answer=None if letter in "u." else letter.lower(),
                reason="truncated" if letter.isupper() else None,
            )  # fmt: skip
            found.append((trace, verdict))
    return found


def test_several_samples_of_a_problem_are_one_cluster():
    (row,) = rows("a", PROBLEMS, sampled("a", ["cccc", "cxxy", "u...", "xxcc"]), 0.1)
    values = [[1, 1, 1, 1], [1, 0, 0, 0], [0, 0, 0], [0, 0, 1, 1]]
    expected = share(values)
    assert (row.n, row.unscored, row.accuracy) == (4, 1, 7 / 15)
    assert (row.low, row.high) == (expected.low, expected.high)
    # The 15 attempts are not 15 problems.
    assert row.high - row.low > wilson(7, 15).high - wilson(7, 15).low


def test_single_samples_keep_wilsons_interval():
    (row,) = rows("a", PROBLEMS, judged("a", "c" * 7 + "i" * 13)[:10], 0.1)
    assert (row.low, row.high) == pytest.approx((wilson(7, 10).low, wilson(7, 10).high))


def test_pass_and_majority_at_k():
    found = measures("a", PROBLEMS, sampled("a", ["cccc", "cxxy", "..cx"]), 0.1)
    value = {measure.name: measure.value for measure in found}
    assert list(value) == ["pass@2", "maj@2", "pass@4", "maj@4"]
    assert value["pass@4"] == 1.0
    assert value["pass@2"] == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
    assert pass_at_k(4, 1, 2) == 1 / 2
    assert value["maj@4"] == pytest.approx((1 + 0 + 1 / 2) / 3)
    voted = majority(list("cxxy"), {"c"}, 2) + majority([None, None, "c", "x"], {"c"}, 2)
    assert value["maj@2"] == pytest.approx((1 + voted) / 3)
    assert all(0 <= m.low <= m.value <= m.high <= 1 and m.n == 3 for m in found)


def test_a_cut_sample_has_no_vote():
    # Capitals were cut: their answer could be read, but was not given.
    found = measures("a", PROBLEMS, sampled("a", ["cCCx"]), 0.1)
    assert {m.name: m.value for m in found}["maj@4"] == 0.5


def voted(kind, gold, answers, **settings):
    """What samples with those answers reach, by measure, each judged by the verifier."""
    problem = Problem.make(task="t", question="?", gold=gold, kind=kind)
    chosen = VerifySettings(**settings)
    judged = []
    for sample, answer in enumerate(answers):
        trace = Trace.make(
            Request(problem=problem, sample=sample), generator="a", format="plain",
            completion=f" x\nThe answer is {answer}", finish="stop",
        )  # fmt: skip
        judged.append((trace, decide(problem, trace, chosen)))
    found = measures("a", {problem.id: problem}, judged, 0.5, chosen)
    return {one.name: one.value for one in found}


@pytest.mark.parametrize(
    ("kind", "gold", "answers"),
    [
        ("number", "3.14159", ["3.14159", "3.1416", "3.1415926", "7", "7"]),
        ("expression", "2x+2", ["2(x+1)", "2x+2", "2+2x", "7x", "7x"]),
        ("date", "03/04/2020", ["03/04/2020", "March 4, 2020", "4 March 2020", "03/05/2020",
                                "03/05/2020"]),
    ],
)  # fmt: skip
def test_an_answer_written_otherwise_is_the_same_vote(kind, gold, answers):
    found = voted(kind, gold, answers)
    assert found["maj@5"] == 1.0
    # Of the five draws of four, three leave out a right answer: two against two.
    assert found["maj@4"] == pytest.approx((3 / 2 + 2) / 5)


def test_wrong_answers_written_otherwise_are_one_vote_too():
    assert voted("number", "5", ["5", "5", "3.14159", "3.1416", "3.1415926"])["maj@5"] == 0.0


def test_what_a_vote_says_is_its_first_writing():
    # 0.6666667 is 0.67 and 0.667 rounded, which are not the same: no vote leans on the gold.
    assert voted("number", "0.667", ["0.67", "0.6666667", "0.6666667"])["maj@3"] == 0.0
    assert voted("number", "0.667", ["0.6666667", "0.67", "0.67"])["maj@3"] == 1.0


def test_under_a_published_rule_answers_are_votes_as_they_are_written():
    found = voted("number", "0.5", ["0.5", "0.50", "7"], rule="kojima-2022")
    assert found["maj@3"] == pytest.approx(1 / 3)


def with_findings(judged, letters):
    """s: a checked and true statement, f: an untrue one, n: nothing to check, -: no reasoning."""
    kinds = {"s": (1, 0, None), "f": (1, 1, 0), "n": (0, 0, None)}
    found = []
    for (trace, verdict), letter in zip(judged, letters, strict=True):
        findings = None
        if letter in kinds:
            valid, invalid, first = kinds[letter]
            findings = Findings(
                by="equations", steps=1, valid=valid, invalid=invalid, first_bad=first
            )
        found.append((trace, verdict.model_copy(update={"findings": findings})))
    return found


def test_sound_pass_counts_right_answers_from_a_checked_and_true_chain():
    # Right: sound, faulty, unchecked. Wrong: sound. Of four samples one counts.
    judged = with_findings(sampled("a", ["cccx"]), "sfns")
    value = {m.name: m.value for m in measures("a", PROBLEMS, judged, 0.1)}
    assert list(value) == ["pass@2", "sound-pass@2", "maj@2", "pass@4", "sound-pass@4", "maj@4"]
    assert value["sound-pass@2"] == 1 - 3 / 6  # three of the six pairs lack the one
    assert value["sound-pass@4"] == 1.0
    assert value["pass@2"] == 1.0
    judged = with_findings(sampled("a", ["cccx"]), "fnfs")
    assert {m.name: m.value for m in measures("a", PROBLEMS, judged, 0.1)}["sound-pass@4"] == 0.0
    assert {"sound-pass@2", "sound-pass@128"} <= MEASURES.keys()


def test_without_a_chain_to_check_there_is_no_sound_pass():
    for letters in ("----", "nnnn"):
        judged = with_findings(sampled("a", ["cccx"]), letters)
        names = {m.name for m in measures("a", PROBLEMS, judged, 0.1)}
        assert names == {"pass@2", "maj@2", "pass@4", "maj@4"}


def test_k_samples_are_taken_where_there_are_as_many_scored_ones():
    found = measures("a", PROBLEMS, sampled("a", ["ccc", "uxx", "xcx"]), 0.2)
    assert {m.name: m.n for m in found} == {"pass@2": 3, "maj@2": 3, "pass@3": 2, "maj@3": 2}
    assert {m.name: m.value for m in found}["pass@3"] == 1.0
    assert {m.name for m in found} <= MEASURES.keys()
    assert measures("a", PROBLEMS, sampled("a", ["uuc", "cuu"]), 0.1) == []
    assert measures("a", PROBLEMS, judged("a", "c" * 20), 0.1) == []


def test_arms_with_several_samples_are_compared_by_problem():
    both = {"a": sampled("a", ["cc", "cx", "xx"]), "b": sampled("b", ["xc", "xx", "u", "cc"])}
    (found,) = compare("a", "b", PROBLEMS, both)
    assert (found.difference, found.n) == (0.5, 2)
    single = {**both, "b": judged("b", "i" * 20)}
    (found,) = compare("a", "b", PROBLEMS, single)
    assert found.difference == pytest.approx(0.5)
    assert found.detectable is None  # three problems show nothing


def test_a_comparison_says_what_it_could_have_shown():
    both = {"a": judged("a", "c" * 10 + "i" * 10), "b": judged("b", "i" * 3 + "c" * 7 + "i" * 10)}
    found = compare("a", "b", PROBLEMS, both)[0]
    assert found.p > 0.05
    assert found.difference == 0.15 < found.detectable
