import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.statistics import mcnemar, sign_flips


@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 5))
def test_sign_flips_of_single_outcomes_are_mcnemars_test(b, c, same):
    differences = [1.0] * b + [-1.0] * c + [0.0] * same
    assert sign_flips(differences) == pytest.approx(mcnemar(b, c))


def test_sign_flips_by_hand():
    # Sums of 8 flips of 1, 2, 3: 6, 4, 2, 0, 0, -2, -4, -6.
    assert sign_flips([1.0, 2.0, 3.0]) == 2 / 8
    assert sign_flips([1.0, 2.0, -1.0]) == 6 / 8
    assert sign_flips([]) == sign_flips([0.0, 0.0]) == 1.0


def test_random_sign_flips_come_near_the_exact_ones():
    differences = [1.0] * 22 + [-1.0] * 10
    assert sign_flips(differences) == pytest.approx(mcnemar(22, 10), abs=0.01)
    assert sign_flips([1.0] * 40) == 1 / 10_001
