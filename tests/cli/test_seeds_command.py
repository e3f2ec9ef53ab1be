import json
from functools import partial

import pytest

from cli.printed import noted, printed
from cotutor.cli.seeds import seeds
from cotutor.errors import DataError
from cotutor.evaluate.finished import Finished
from cotutor.evaluate.seeds import over_seeds
from export.run_folder import problems, write_run

run = partial(printed, seeds)


@pytest.fixture
def runs(tmp_path):
    outcomes = [("cccciiii", "ccccccii"), ("cciiiiii", "cccccccc"), ("cccciiii", "ccccccci")]
    return [
        write_run(tmp_path / f"r{seed}", {"few": few, "many": many}, seed=seed)
        for seed, (few, many) in enumerate(outcomes)
    ]


def test_each_student_is_taken_over_its_trainings(runs):
    found = json.loads(run(*runs, "--json"))
    assert (found["seeds"], found["shared"], found["left_out"]) == ([0, 1, 2], 8, 0)
    of = {(one["arm"], one["task"]): one for one in found["arms"]}
    opened = [Finished.open(one) for one in runs]
    expected = over_seeds(opened[0].problems, [one.judged("few") for one in opened])
    few = of["few", "all"]
    assert (few["value"], few["low"], few["high"], few["spread"]) == (
        expected.value, expected.low, expected.high, expected.spread,
    )  # fmt: skip
    assert few["value"] == pytest.approx(10 / 24)
    (difference,) = (one for one in found["comparisons"] if one["task"] == "all")
    assert (difference["a"], difference["b"]) == ("many", "few")
    assert difference["difference"] == pytest.approx(11 / 24)
    assert found["settings"] == []


def test_it_is_printed_with_the_spread_over_seeds(runs):
    told = run(*runs).splitlines()
    assert told[0] == "8 problems of which all runs scored an answer, seeds 0, 1, 2"
    assert any(line.startswith("few ") and "standard deviation is 14.4%" in line for line in told)
    assert any(line.startswith("many - few ") and "+45.8 points" in line for line in told)


def test_what_not_all_tested_and_other_settings_are_told(runs, tmp_path):
    more = write_run(
        tmp_path / "more", {"many": "c" * 10}, asked=problems(5), seed=3, on_error="stop"
    )
    told = run(*runs, more)
    assert "left out: 2 that not all did" in told
    assert "settings that differ: on_error, students" in told
    assert "few" not in told


def test_a_student_without_verdicts_is_left_out_aloud(runs):
    assert noted(seeds, *runs) == []
    (runs[1] / "eval" / "few" / "verdicts.jsonl").unlink()
    assert noted(seeds, *runs) == [f"few is left out: {runs[1]} has no verdicts of it"]
    assert {one["arm"] for one in json.loads(run(*runs, "--json"))["arms"]} == {"many"}


def test_baselines_without_verdicts_are_no_part_of_it(tmp_path):
    evaluate = {"compare": ["zero-shot"], "shots": 1}
    made = [
        write_run(tmp_path / f"r{seed}", {"s": "cccciiii"}, seed=seed, evaluate=evaluate)
        for seed in range(2)
    ]
    assert noted(seeds, *made) == []


def test_each_difference_ends_in_its_finding_and_is_explained(runs):
    (*_, overall, _, _, last) = run(*runs).splitlines()
    assert overall.startswith("many - few ")
    assert overall.endswith("  unclear")
    assert last.startswith("better or worse: the interval excludes 0")


def test_runs_that_tested_other_problems_are_refused(runs, tmp_path):
    other = write_run(tmp_path / "o", {"few": "cccccccc"}, asked=problems(start=50), seed=4)
    with pytest.raises(DataError, match=r"share no student or no scored problem.*sft\.seed"):
        run(runs[0], other)


def test_one_training_is_not_taken_for_two(runs):
    with pytest.raises(DataError, match=r"two of the runs trained with seed 0: .*sft\.seed"):
        run(runs[0], runs[0])


def test_runs_of_one_seed_are_taken_together_by_their_training_seeds(tmp_path):
    made = [
        write_run(tmp_path / f"t{seed}", {"s": outcomes}, seed=0, sft={"seed": seed})
        for seed, outcomes in ((None, "cccciiii"), (1, "cciiiiii"))
    ]
    found = json.loads(run(*made, "--json"))
    assert (found["seeds"], found["shared"], found["settings"]) == ([0, 1], 8, [])
    assert found["arms"][0]["value"] == 6 / 16
    twice = write_run(tmp_path / "twice", {"s": "cccccccc"}, seed=1, sft={"seed": None})
    with pytest.raises(DataError, match="two of the runs trained with seed 1"):
        run(*made, twice)


def test_a_set_asked_also_is_told_by_itself(tmp_path):
    longer = problems(2, start=50)
    made = [
        write_run(tmp_path / f"a{seed}", {"s": tested + also}, seed=seed, also={"longer": longer})
        for seed, (tested, also) in enumerate([("cccccccc", "iiii"), ("ccccccci", "iiic")])
    ]
    found = json.loads(run(*made, "--json"))
    assert (found["shared"], found["arms"][0]["value"]) == (8, 15 / 16)
    assert (found["also"]["longer"]["shared"], found["also"]["longer"]["arms"][0]["value"]) == (
        4, 1 / 8,
    )  # fmt: skip
    told = run(*made).splitlines()
    assert told[0].startswith("8 problems of which all runs")
    assert "longer (evaluate.also), 4 problems:" in told


def test_what_was_not_scored_by_all_is_left_out_and_one_problem_has_an_interval(tmp_path):
    made = [
        write_run(tmp_path / f"u{seed}", {"s": outcomes}, asked=problems(2), seed=seed)
        for seed, outcomes in enumerate(("cccu", "ciii"))
    ]
    found = json.loads(run(*made, "--json"))
    assert (found["shared"], found["left_out"]) == (3, 1)
    of = {one["task"]: one for one in found["arms"]}
    assert (of["dates"]["n"], of["dates"]["value"]) == (1, 0.5)
    assert 0 <= of["dates"]["low"] < 0.5 < of["dates"]["high"] <= 1
