"""The comparison that `python -m bench.filters` makes."""

from collections import Counter

import pytest
from bench.filters import CLEAN, LEVELS, NO_FILTER, Outcome, compare, row, spoiled, traces

from cotutor.evaluate.chain import is_sound
from cotutor.problems import load
from cotutor.records import Request, Trace
from cotutor.verify import decide


@pytest.fixture(scope="module")
def problems():
    families = [{"family": f, "split": "train", "count": 25, "level": n} for f, n in LEVELS.items()]
    return load(families)


def test_a_spoiled_trace_is_right_on_a_bad_chain_and_the_others_are_the_teachers(problems):
    by_id = {problem.id: problem for problem in problems}
    found = Counter()
    recorded = traces(problems, 0, is_clean=False)
    for mine, clean in zip(recorded, traces(problems, 0, is_clean=True), strict=True):
        problem = by_id[mine["problem_id"]]
        how = spoiled(problem, mine["sample"], 0)
        trace = Trace.make(
            Request(problem=problem, sample=mine["sample"]), generator="recorded", format="plain",
            completion=mine["completion"], finish="stop",
        )  # fmt: skip
        verdict = decide(problem, trace, steps=True)
        assert verdict.outcome == "correct"
        assert is_sound(verdict.findings) == (how is None)
        assert (mine == clean) == (how is None)
        found[how] += 1
    assert found["foreign"] + found["slip"] == pytest.approx(150, abs=35)
    assert min(found["foreign"], found["slip"]) > 50


def test_a_line_of_the_table_holds_shares_and_differences_from_no_filter():
    base = Outcome(
        right={"1": 1, "2": 0, "3": 0, "4": 1},
        sound={"1": 0, "2": 0, "3": 0, "4": 1},
        areas={"1": 0.5, "2": 1.0},
        dropped=Counter({(True, False): 3, (False, False): 7}),
    )
    mine = Outcome(
        right=dict.fromkeys("1234", 1),
        sound={"1": 1, "2": 1, "3": 0, "4": 1},
        areas={"1": 1.0, "2": 0.75},
        dropped=Counter({(True, True): 2, (True, False): 1, (False, False): 7}),
    )
    cells = [cell.strip() for cell in row("a", [mine], [base]).split("|")[1:-1]]
    assert cells[:3] == ["a", "66.7 of 3", "0.0 of 7"]
    told = [cell.split(" ")[0] for cell in cells[3:]]
    assert told == ["100.0", "75.0", "25.0", "87.5", "+50.0", "+50.0", "+12.5"]
    alone = [base]
    assert row("b", alone, alone).startswith("| b | 0.0 of 3 | 0.0 of 7 | 50.0 ")


def test_a_difference_of_several_seeds_is_taken_over_seeds():
    def students(*shares):
        return [
            Outcome(right, right, right, Counter())
            for right in ({str(n): float(n < 10 * share) for n in range(10)} for share in shares)
        ]

    cells = row("a", students(0.8, 0.6), students(0.6, 0.5)).split("|")
    # Of ten problems 2 and 1 more are right: 0.15 with the error 0.05, and t of one degree 12.71.
    assert cells[9].strip() == "+15.0 (-48.5 to +78.5)"


def test_each_filter_has_a_student_beside_that_of_all_traces_and_that_of_the_clean_ones(tmp_path):
    *_, none, steps, clean = compare(tmp_path, [0], ["step-valid"], quick=True).splitlines()
    assert [line.split(" | ")[0] for line in (none, steps, clean)] == [
        f"| {NO_FILTER}", "| step-valid", f"| {CLEAN}",
    ]  # fmt: skip
    assert "| 0.0 of 53 | 0.0 of 187 |" in none
    assert "| 100.0 of 53 | 0.0 of 187 |" in steps
    assert "|  | 0.0 of 240 |" in clean
