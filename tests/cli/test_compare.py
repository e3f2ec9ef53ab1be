import json
from functools import partial

import pytest

from cli.printed import noted, printed
from cotutor.cli.compare import compare
from cotutor.errors import ConfigError, DataError
from cotutor.records import Problem
from export.run_folder import problems, write_run

run = partial(printed, compare)


def found(*args):
    return json.loads(run(*args, "--json"))


@pytest.fixture
def pair(tmp_path):
    a = write_run(tmp_path / "a", {"s": "cccccccc", "t": "iiiiiiii"}, seed=0)
    b = write_run(tmp_path / "b", {"s": "cccciiii", "u": "cccccccc"}, seed=1)
    return a, b


def test_arms_of_one_name_are_paired_problem_by_problem(pair):
    made = found(*pair)
    assert (made["shared"], made["only_a"], made["only_b"]) == (8, 0, 0)
    by_task = {one["task"]: one for one in made["comparisons"]}
    assert {one["a"].rpartition(":")[2] for one in by_task.values()} == {"s"}
    assert by_task["all"]["difference"] == 0.5
    assert by_task["all"]["p"] == 0.125  # four discordant pairs, all one way: 2 / 2 ** 4
    assert by_task["sums"]["difference"] == 0
    assert by_task["dates"]["difference"] == 1


def starting(text, start):
    return [line for line in text.splitlines() if line.startswith(start)]


def findings(text, arm):
    return [line.rpartition("  ")[2] for line in starting(text, f"{arm} ")]


def test_a_difference_ends_in_its_finding(tmp_path):
    asked = problems(12)
    a = write_run(tmp_path / "a", {"s": "c" * 24, "t": "ci" * 12}, asked=asked)
    b = write_run(tmp_path / "b", {"s": "i" * 24, "t": "ii" + "ci" * 11}, asked=asked)
    assert findings(run(a, b), "s") == ["better"] * 3
    assert findings(run(b, a), "s") == ["worse"] * 3
    assert findings(run(a, b), "t") == ["unclear"] * 3


def test_the_line_under_the_differences_says_how_to_read_them(pair, tmp_path):
    (line,) = starting(run(*pair), "better or worse: ")
    assert "two methods, which may disagree at the edge" in line
    assert line.endswith("the smallest difference found with 80 % power, in points")
    asked = problems(1)
    few = [write_run(tmp_path / name, {"s": "ci"}, asked=asked) for name in ("c", "d")]
    assert "could have shown" not in run(*few)


def test_an_arm_without_verdicts_is_left_out_aloud(pair, tmp_path):
    a, _ = pair
    other = write_run(tmp_path / "c", {"s": "cccccccc", "t": "cccccccc"})
    assert noted(compare, a, other) == []
    (other / "eval" / "t" / "verdicts.jsonl").unlink()
    assert noted(compare, a, other) == [f"t is left out: {other} has no verdicts of it"]
    assert {one["a"].rpartition(":")[2] for one in found(a, other)["comparisons"]} == {"s"}
    assert noted(compare, a, other, "--arms", "t:s") == []


def test_arms_that_were_never_begun_are_named_and_chance_is_none_of_them(tmp_path):
    evaluate = {"compare": ["random", "zero-shot"], "shots": 1}
    a = write_run(tmp_path / "a", {"s": "cccccccc"}, evaluate=evaluate)
    b = write_run(tmp_path / "b", {"s": "cccccccc"})
    assert noted(compare, a, b) == [f"zero-shot is left out: {a} has no verdicts of it"]


def test_any_pair_can_be_named(pair):
    made = found(*pair, "--arms", "t:u")
    assert [one["difference"] for one in made["comparisons"]] == [-1, -1, -1]
    assert "t - u" in run(*pair, "--arms", "t:u")


def test_settings_are_told_where_they_differ_inside_lists_and_long_values(tmp_path):
    names = [f"{'long ' * 20}{end}" for end in ("winter", "summer")]
    folders = [
        write_run(tmp_path / name, {"s": "cccccccc"}, students=[{"name": "s", "samples": n}],
                  curate={"filters": ["complete"], "keep": name}, teacher={"name": name})
        for n, name in enumerate(names, 1)
    ]  # fmt: skip
    text = run(*folders)
    assert "  students.0.samples: 1 | 2" in text
    (line,) = starting(text, "  teacher.name: ")
    assert "long winter | …" in line
    assert line.endswith("long summer")


def test_settings_that_differ_are_named_with_both_values(pair):
    differences = {one["key"]: (one["a"], one["b"]) for one in found(*pair)["differences"]}
    assert differences["seed"] == (0, 1)
    assert differences["name"] == ("a", "b")
    assert "  seed: 0 | 1" in run(*pair)


def test_a_run_is_no_different_from_itself(pair):
    made = found(pair[0], pair[0])
    assert {one["difference"] for one in made["comparisons"]} == {0}
    assert made["differences"] == []
    assert "no settings differ" in run(pair[0], pair[0])


def test_problems_of_one_run_alone_are_left_out_and_counted(tmp_path):
    a = write_run(tmp_path / "a", {"s": "cccccccc"}, asked=problems(4))
    b = write_run(tmp_path / "b", {"s": "iiii"}, asked=problems(2, start=3))
    made = found(a, b)
    assert (made["shared"], made["only_a"], made["only_b"]) == (2, 6, 2)
    assert {one["n"] for one in made["comparisons"]} == {1, 2}
    assert "left out: 6 of" in run(a, b)


def test_several_samples_are_one_problem(tmp_path):
    a = write_run(tmp_path / "a", {"s": "cc" * 8}, samples=2)
    b = write_run(tmp_path / "b", {"s": "ci" * 8}, samples=2)
    (overall, *_) = found(a, b)["comparisons"]
    assert (overall["difference"], overall["n"]) == (0.5, 8)


def test_a_set_asked_also_is_no_part_of_the_tested_problems(tmp_path):
    longer, other = problems(4, start=50), problems(1, start=90)
    a = write_run(tmp_path / "a", {"s": "c" * 8 + "i" * 8 + "cc"},
                  also={"longer": longer, "other": other})  # fmt: skip
    b = write_run(tmp_path / "b", {"s": "i" * 16}, also={"longer": longer})
    made = found(a, b)
    assert (made["shared"], made["only_a"], made["only_b"]) == (8, 0, 0)
    whole = made["comparisons"][0]
    assert (whole["difference"], whole["n"]) == (1.0, 8)
    assert made["also"].keys() == {"longer"}
    assert (made["also"]["longer"][0]["difference"], made["also"]["longer"][0]["n"]) == (0.0, 8)
    told = run(a, b).splitlines()
    assert told[0] == "8 tested problems in common"
    assert [line[:2] for line in told[told.index("longer (evaluate.also):") :][1:4]] == ["s "] * 3
    assert sum(line.startswith("better or worse: ") for line in told) == 1


def test_a_run_that_does_not_say_what_it_tested_is_read_where_there_is_nothing_to_say(tmp_path):
    a = write_run(tmp_path / "a", {"s": "cccccccc"})
    (a / "asked.json").unlink()
    assert found(a, a)["shared"] == 8
    b = write_run(tmp_path / "b", {"s": "c" * 12}, also={"longer": problems(2, start=50)},
                  evaluate={"compare": [], "also": {"longer": [{"family": "dates"}]}})  # fmt: skip
    assert found(b, b)["shared"] == 8
    (b / "asked.json").unlink()
    with pytest.raises(DataError, match=r"does not say which .*`cotutor run` on it notes them"):
        run(a, b)
    (b / "asked.json").write_text("[]")
    with pytest.raises(DataError, match="does not name tested problems"):
        run(a, b)


def test_runs_without_a_problem_in_common_are_refused(tmp_path):
    a = write_run(tmp_path / "a", {"s": "cccccccc"}, asked=problems(4))
    b = write_run(tmp_path / "b", {"s": "cccccccc"}, asked=problems(4, start=9))
    with pytest.raises(DataError, match="share no tested problem"):
        run(a, b)


def test_one_id_for_two_problems_is_refused(tmp_path):
    asked = [
        Problem(id="1", task="t", kind="number", question=f"{what}?", gold="1") for what in "ab"
    ]
    a = write_run(tmp_path / "a", {"s": "c"}, asked=asked[:1])
    b = write_run(tmp_path / "b", {"s": "c"}, asked=asked[1:])
    with pytest.raises(DataError, match="the id '1' is another problem"):
        run(a, b)


def test_mistakes_are_sentences(pair, tmp_path):
    a, b = pair
    with pytest.raises(ConfigError, match="not of the form A:B"):
        run(a, b, "--arms", "t")
    with pytest.raises(DataError, match="no attempts of x"):
        run(a, b, "--arms", "x:u")
    with pytest.raises(DataError, match="is no run directory"):
        run(a, tmp_path)
    other = write_run(tmp_path / "c", {"v": "cccccccc"})
    with pytest.raises(DataError, match=r"no arm of one name; name a pair with --arms A:B"):
        run(a, other)
