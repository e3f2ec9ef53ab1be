from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.statistics import mean, mean_over_seeds, ratio, share, t_quantile, wilson

CLUSTERS = st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=1, max_size=12)


def test_t_quantiles_of_the_tables():
    assert [round(t_quantile(freedom), 3) for freedom in (1, 2, 5, 10, 30, 120)] == [
        12.706, 4.303, 2.571, 2.228, 2.042, 1.980,
    ]  # fmt: skip


@pytest.mark.parametrize("case", [(0, 0.975), (3, 0.5), (3, 1.0)])
def test_there_are_no_other_quantiles(case):
    with pytest.raises(ValueError, match="quantile"):
        t_quantile(*case)


def test_a_clustered_mean_by_hand():
    found = mean([[1, 1], [0, 1], [0, 0, 1], []])
    # Mean 4 / 7; sums of the residuals by cluster: 6 / 7, -1 / 7, -5 / 7; three clusters.
    assert found.value == pytest.approx(4 / 7)
    assert found.error == pytest.approx(sqrt(3 / 2 * (36 + 1 + 25) / 49 / 49))
    assert (found.n, found.freedom) == (3, 2)
    assert found.high - found.value == pytest.approx(4.302653 * found.error)
    assert found.value - found.low == pytest.approx(found.high - found.value)


def test_copies_of_a_sample_tell_nothing_new():
    once = mean([[1.0], [0.0], [0.5], [0.0]])
    assert mean([[1.0] * 8, [0.0] * 8, [0.5] * 8, [0.0] * 8]) == pytest.approx(once)


def test_what_a_mean_could_have_shown():
    found = mean([[0.1], [0.3], [-0.1], [0.2]])
    # t quantiles of 3 degrees of freedom at 0.975 and 0.8.
    assert found.detectable == pytest.approx((3.182446 + 0.978472) * found.error, rel=1e-6)
    assert mean([[1.0], [1.0]]).detectable is None


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1])
def test_clusters_that_are_all_the_same_have_no_interval(value):
    found = mean([[value]] * 6)
    assert (found.low, found.high, found.detectable) == (None, None, None)
    assert found.p == (2 / 2**6 if value else 1.0)  # as flipping the six signs gives it


def test_fiellers_limits_are_where_the_difference_is_just_significant():
    above, below = [10.0, 14.0, 9.0, 20.0, 11.0, 16.0], [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    value, low, high = ratio(above, below)
    assert value == 16
    assert low < value < high
    for limit in (low, high):
        rest = [x - limit * y for x, y in zip(above, below, strict=True)]
        mean = sum(rest) / 6
        variance = sum((r - mean) ** 2 for r in rest) / 5 / 6
        assert abs(mean) / variance**0.5 == pytest.approx(t_quantile(5))


def test_a_ratio_without_variation_or_of_one_cluster_has_no_interval():
    assert ratio([10, 20], [1, 2]) == (10, None, None)
    assert ratio([0.0, 0.0], [1.0, 0.0]) == (0.0, None, None)
    assert ratio([10], [1]) == (10, None, None)
    value, low, _ = ratio([1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0])
    assert (value, low) == (0.25, 0.0)  # what is counted is never below 0


def test_one_cluster_has_no_interval():
    with pytest.raises(ValueError, match="1 cluster"):
        mean([[1, 0, 1], []])


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_one_outcome_a_problem_is_wilsons_interval(outcomes):
    ours, theirs = (
        share([[x] for x in outcomes], unscored=2),
        wilson(sum(outcomes), len(outcomes), 2),
    )
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert (ours.value, ours.n, ours.unscored) == (theirs.value, theirs.n, 2)


@given(CLUSTERS)
def test_a_share_lies_in_its_interval_which_has_a_width(clusters):
    found = share(clusters)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high
    assert found.n == len(clusters)


def test_samples_that_are_copies_are_worth_one_problem():
    problems = [True] * 7 + [False] * 3
    found, once = share([[x] * 8 for x in problems]), wilson(7, 10)
    # A little wider: how variable the clusters are is known from ten of them only.
    assert found.low < once.low < once.high < found.high
    assert (found.low, found.high) == pytest.approx((once.low, once.high), abs=0.05)


def test_all_right_is_worth_the_problems_only():
    assert share([[True] * 8] * 20).low == pytest.approx(wilson(20, 20).low)


def test_equal_problems_are_worth_no_more_than_their_samples():
    assert share([[True, False]] * 200).low == pytest.approx(wilson(200, 400).low, abs=1e-3)
    assert share([[0.5]] * 200, draws=800).low == pytest.approx(wilson(400, 800).low, abs=1e-3)


@pytest.mark.parametrize("values", [[], [[]], [[1.5]], [[-0.1]]])
def test_there_is_no_share_of_nothing_or_of_other_numbers(values):
    with pytest.raises(ValueError, match="no share"):
        share(values)


def test_the_clustered_interval_covers_as_often_as_it_says():
    random, rounds = Random(7), 2000
    covered = 0
    for _ in range(rounds):
        abilities = [random.betavariate(9, 1) for _ in range(30)]
        found = share([[random.random() < ability for _ in range(8)] for ability in abilities])
        covered += found.low <= 0.9 <= found.high
    assert 0.925 < covered / rounds < 0.975


def test_seeds_by_hand():
    found = mean_over_seeds([{"a": 1.0, "b": 0.0, "x": 1.0}, {"a": 0.5, "b": 0.1, "y": 0.0}])
    # Problem means 0.75 and 0.05, seed means 0.5 and 0.3: both variances of two values.
    assert found.value == pytest.approx(0.4)
    assert found.error == pytest.approx(sqrt(0.35**2 + 0.1**2))
    # (0.1225 + 0.01)^2 / (0.1225^2 + 0.01^2) = 1.16
    assert (found.n, found.freedom) == (2, 1)


def test_seeds_that_agree_leave_the_problems():
    one = {"a": 1.0, "b": 0.0, "c": 0.5}
    assert mean_over_seeds([one, one, one]) == pytest.approx(mean([[x] for x in one.values()]))
    same = {"a": 0.5, "b": 0.5}
    assert mean_over_seeds([same, same]).error == 0


def test_one_seed_shows_nothing_of_how_trainings_differ():
    with pytest.raises(ValueError, match="one training seed"):
        mean_over_seeds([{"a": 1.0, "b": 0.0}])


def test_the_interval_over_seeds_covers_where_problems_alone_do_not():
    random, rounds = Random(3), 600
    both = alone = 0
    for _ in range(rounds):
        shifts = [random.gauss(0, 0.05) for _ in range(4)]
        problems = {str(i): random.gauss(0.5, 0.2) for i in range(60)}
        seeds = [{key: x + s + random.gauss(0, 0.2) for key, x in problems.items()} for s in shifts]
        found, first = mean_over_seeds(seeds), mean([[x] for x in seeds[0].values()])
        both += found.low <= 0.5 <= found.high
        alone += first.low <= 0.5 <= first.high
    assert alone / rounds < 0.85
    assert 0.92 < both / rounds < 0.99
