import random

import pytest

from cotutor.curate import CurateSettings
from cotutor.curate.select import choose
from cotutor.records import Problem
from curate.some_traces import PROBLEMS, candidates, curated, traces

TEXTS = [f"Way {n}: {n} + {9 - n} = 9." for n in range(8)]


def chosen(texts, score=None, *, problem=PROBLEMS[0], **settings):
    settings = CurateSettings(**settings)
    return [c.text for c in choose(candidates(*texts, problem=problem), settings, score)]


def test_the_first_ones_and_never_more_than_there_are():
    assert chosen(TEXTS, per_problem=3) == TEXTS[:3]
    assert chosen(TEXTS, per_problem=99) == TEXTS
    assert all(chosen([], select=way, score=len) == [] for way in ("random", "diverse", "likely"))


def test_random_depends_on_seed_and_traces_and_on_no_order():
    settings = CurateSettings(select="random", per_problem=3)
    made = candidates(*TEXTS)
    wanted = choose(made, settings, None)
    assert choose(random.Random(1).sample(made, len(made)), settings, None) == wanted
    others = {tuple(chosen(TEXTS, select="random", per_problem=3, seed=s)) for s in range(20)}
    assert len(others) > 10


def test_random_is_drawn_anew_for_every_problem_and_takes_all_traces_alike():
    taken = [0] * len(TEXTS)
    for n in range(400):
        problem = Problem.make(task="t", question=f"{n}?", gold="9", kind="number")
        for text in chosen(TEXTS, problem=problem, select="random", per_problem=2):
            taken[TEXTS.index(text)] += 1
    assert all(60 <= count <= 140 for count in taken)


@pytest.mark.parametrize("way", ["first", "random", "diverse"])
def test_what_a_smaller_d_takes_a_larger_one_takes_first(way):
    larger = chosen(TEXTS, select=way, per_problem=6)
    assert chosen(TEXTS, select=way, per_problem=2) == larger[:2]


def test_diverse_takes_another_path_before_another_wording():
    texts = [
        "5 + 3 = 8 apples.",
        "So we get 8 in all, because 5 + 3 = 8 holds here.",
        "Apples: 9 - 1 = 8 apples.",
        "5 + 3 = 8 apples, and so on.",
    ]
    assert chosen(texts, select="diverse", per_problem=2) == [texts[0], texts[2]]
    assert chosen(texts, select="diverse", per_problem=3) == [texts[0], texts[2], texts[1]]


def test_a_scorer_ranks_and_ties_stay_in_order():
    def score(pairs):
        return [float(trace.completion.count("3")) for _, trace in pairs]

    texts = ["None.", "A 3.", "Also none.", "3 and 3."]
    assert chosen(texts, score, select="likely", per_problem=3) == [texts[3], texts[1], texts[0]]


def test_a_way_that_needs_a_scorer_does_not_go_without():
    with pytest.raises(ValueError, match="select: reaches needs a scorer"):
        chosen(TEXTS, select="reaches")


def test_the_rest_is_rejected_as_not_chosen():
    (made,) = curated([(PROBLEMS[0], traces(PROBLEMS[0], "A.", "B.", "C."))], per_problem=1)
    assert [reject.reason for reject in made.rejects] == ["not chosen"] * 2
