import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import ConfigError
from cotutor.problems.procedural import FAMILIES, SPLITS, STORIES, problems, split_of
from cotutor.records import digest

EVERY = pytest.mark.parametrize("family", STORIES)


def make(family, split="train", seed=0, count=50, level=None):
    return list(problems(family, split=split, seed=seed, count=count, level=level))


def contents(made):
    return [digest(FAMILIES[p.task].program.model_validate(p.program).content()) for p in made]


@EVERY
def test_a_problem_is_whole_and_short(family):
    for problem in make(family, count=200):
        assert problem.task == family
        assert problem.split == "train"
        assert problem.kind == FAMILIES[family].kind
        assert problem.level == FAMILIES[family].level == len(problem.steps)
        assert len(problem.question.split()) <= 70
        assert "{" not in problem.question


@EVERY
def test_the_same_seed_makes_the_same_problems_and_fewer_are_the_first_of_more(family):
    assert make(family, seed=3, count=30) == make(family, seed=3, count=60)[:30]


@EVERY
def test_neighbouring_seeds_share_nothing(family):
    first, second = (contents(make(family, seed=seed, count=300)) for seed in (42, 43))
    assert len(set(first) & set(second)) <= 1


@EVERY
@pytest.mark.parametrize("level", [1, None])
def test_splits_never_share_a_problem_whatever_the_seed(family, level):
    seen = {
        split: {c for seed in (0, 1, 2) for c in contents(make(family, split, seed, 100, level))}
        for split in SPLITS
    }
    assert not seen["train"] & seen["heldout"]
    assert not seen["train"] & seen["validation"]
    assert not seen["validation"] & seen["heldout"]


def test_short_stories_would_meet_across_splits_if_only_chance_kept_them_apart():
    two_seeds = [set(contents(make("arithmetic", "train", seed, 300, 1))) for seed in (0, 1)]
    assert len(two_seeds[0] & two_seeds[1]) > 50


@EVERY
@pytest.mark.parametrize("level", [1, None])
def test_no_problem_comes_twice(family, level):
    made = make(family, count=300, level=level)
    assert len(set(contents(made))) == len({p.id for p in made}) == 300


def test_content_decides_the_split_and_wording_does_not():
    program = FAMILIES["arithmetic"].program
    story = make("arithmetic", "heldout", count=1)[0].program
    other = program.model_validate(story | {"name": "Nobody", "things": "kites", "theme": "bus"})
    assert split_of("arithmetic", other) == "heldout"


@EVERY
def test_wording_varies(family):
    made = make(family, count=200)
    assert len({p.template for p in made}) >= 10


@EVERY
def test_the_program_survives_json_and_solves_the_problem_again(family):
    for problem in make(family, count=20):
        again = FAMILIES[family].program.model_validate(json.loads(json.dumps(problem.program)))
        assert again.answer() == problem.gold
        assert again.results() == problem.steps
        assert again.choices() == problem.choices


@given(
    st.sampled_from(STORIES),
    st.integers(1, 4),
    st.integers(0, 4),
    st.integers(min_value=0),
)
def test_a_range_of_levels_is_kept_to(family, low, more, seed):
    for problem in make(family, seed=seed, count=3, level=(low, low + more)):
        assert low <= problem.level == len(problem.steps) <= low + more


def test_a_range_of_levels_is_used_up():
    assert {p.level for p in make("coin_flips", count=100, level=(2, 4))} == {2, 3, 4}


def test_problems_do_not_depend_on_the_process():
    code = (
        "from cotutor.problems.procedural import FAMILIES, problems\n"
        "for family in FAMILIES:\n"
        "    for p in problems(family, split='train', seed=0, count=5): print(p.line())\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"family": "coin_flip"}, "no family 'coin_flip'; there are last_letters, coin_flips"),
        ({"split": "test"}, "no split 'test' of dates; there are train, validation, heldout"),
        ({"level": 0}, "level 0 of dates is not within 1 to 8"),
        ({"level": (3, 9)}, r"level \(3, 9\) of dates is not within 1 to 8"),
        ({"level": (3, 2)}, r"level \(3, 2\) of dates"),
    ],
)
def test_what_does_not_exist_is_refused_at_once(asked, sentence):
    with pytest.raises(ConfigError, match=sentence):
        problems(**{"family": "dates", "split": "train", "seed": 0, "count": 1} | asked)


def test_a_family_that_runs_out_says_so():
    with pytest.raises(ConfigError, match=r"no more than about \d+ different heldout problems"):
        make("arithmetic", "heldout", count=2000, level=1)
