from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotutor.statistics import mcnemar, smallest_difference


def power(n, discordance, difference):
    """The chance of p <= 0.05 over all tables there are."""
    only_a, only_b = (discordance + difference) / 2, (discordance - difference) / 2
    return sum(
        comb(n, a)
        * comb(n - a, b)
        * only_a**a
        * max(only_b, 0) ** b
        * (1 - discordance) ** (n - a - b)
        for a in range(n + 1)
        for b in range(n + 1 - a)
        if mcnemar(a, b) <= 0.05
    )


@pytest.mark.parametrize(("n", "discordance"), [(30, 0.5), (40, 0.4), (25, 1.0)])
def test_the_smallest_difference_is_found_four_times_in_five(n, discordance):
    found = smallest_difference(n, discordance)
    assert found is not None
    assert power(n, discordance, found) == pytest.approx(0.8, abs=0.002)


def test_where_the_arms_seldom_disagree_all_that_differ_must_go_one_way():
    found = smallest_difference(20, 0.1)
    assert found > 0.1
    assert power(20, found, found) == pytest.approx(0.8, abs=0.002)
    assert smallest_difference(20, 0.0) == found


def test_six_problems_are_the_fewest_that_can_show_anything():
    # Six of six one way: p = 2 / 64. Five of five: 2 / 32.
    assert smallest_difference(5, 1.0) is None
    found = smallest_difference(6, 0.5)
    assert found**6 == pytest.approx(0.8, abs=0.001)


def test_many_problems_come_to_the_textbook_formula():
    # Connor 1987: sqrt(n) d = 1.96 sqrt(q) + 0.8416 sqrt(q - d^2), at n = 2000, q = 0.2.
    assert smallest_difference(2000, 0.2) == pytest.approx(0.0280, abs=0.0008)


@settings(max_examples=20)
@given(st.integers(10, 200), st.floats(0, 1))
def test_four_times_the_problems_show_less(n, discordance):
    assert smallest_difference(4 * n, discordance) < smallest_difference(n, discordance)


@pytest.mark.parametrize("case", [(0, 0.5), (10, -0.1), (10, 1.1)])
def test_nonsense_is_refused(case):
    with pytest.raises(ValueError, match="no power"):
        smallest_difference(*case)
