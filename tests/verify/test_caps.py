r"""Values of thousands of digits: told apart exactly, in bounded work, and never wrongly."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotutor.records import Problem
from cotutor.verify import expression
from cotutor.verify.expression import equality
from cotutor.verify.expression.grammar import parse
from cotutor.verify.expression.residues import PRIME, differ
from cotutor.verify.expression.terms import Unreadable
from cotutor.verify.settings import VerifySettings

# Whether a proof is in time is not what is tested here.
PATIENT = VerifySettings(deadline=60)


def are_equal(gold: str, answer: str) -> bool:
    asked = Problem.make(task="t", question="q", gold=gold, kind="expression")
    (truth,), (found,) = expression.read(gold, asked), expression.read(answer, asked)
    return expression.equal(found, truth, asked, PATIENT)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("10^{3000}", "10^{3000} + 1"),
        ("10^{100000} - 1", "10^{100000} + 1"),
        ("2^{10000} + 3", "4^{5000}"),
        (r"\frac{1}{3^{6000}} + 1", "1"),
        ("0.1^{9000} + 2", "2"),
        ("2^{2^{39}}", "2^{2^{39}} + 1"),
        ("3000! + 1", "3000!"),
        (r"\binom{4000}{2000} + 7", r"\binom{4000}{2000}"),
    ],
)
def test_huge_constants_are_told_apart_without_a_proof(gold, answer, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("sympy was asked")

    monkeypatch.setattr(equality, "prove", refuse)
    assert not are_equal(gold, answer)
    assert not are_equal(answer, gold)
    assert are_equal(gold, f"0 + {gold}")


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("2^{10000}", "4^{5000}"),
        ("3001!", r"3001 \cdot 3000!"),
        ("10^{3000} + 1", "1 + 100^{1500}"),
    ],
)
def test_huge_constants_in_other_words_are_equal(gold, answer):
    assert are_equal(gold, answer)


def test_equal_remainders_decide_nothing():
    for huge in (f"10^{{3000}} + {PRIME}", "10^{3000}"):
        assert not differ(parse(huge), parse("10^{3000}"))
    assert not are_equal(f"10^{{3000}} + {PRIME}", "10^{3000}")


# Powers that are too long to be multiplied out, and small numbers.
exponents = st.integers(8192, 10_000).map(lambda n: n if n % 2 else -n) | st.just(1)
sums = st.lists(st.tuples(st.integers(1, 9), exponents), min_size=1, max_size=3)


def written(terms: list[tuple[int, int]]) -> str:
    return " + ".join(f"{base}^{{{exponent}}}" for base, exponent in terms)


def value(terms: list[tuple[int, int]]) -> Fraction:
    return sum((Fraction(base) ** exponent for base, exponent in terms), Fraction(0))


@settings(deadline=None, max_examples=50)
@given(a=sums, b=sums)
def test_what_differs_by_its_remainder_differs(a, b):
    assert not differ(parse(written(a)), parse(written([*reversed(a)])))
    assert differ(parse(written(a)), parse(written(b))) == (value(a) != value(b))


@settings(deadline=None)
@given(base=st.integers(2, 10**60), root=st.integers(2, 64), step=st.sampled_from([0, -1, 1]))
def test_a_root_of_a_long_number_is_whole_only_where_it_is(base, root, step):
    base = max(base % 10 ** (380 // root), 2)  # a longer number is not read
    found = parse(rf"\sqrt[{root}]{{{base**root + step}}}")
    assert (found == parse(str(base))) == (step == 0)


@pytest.mark.parametrize("text", ["x_{", "x_{1", "x_{n+1", r"\sin x_{a,", r"\log_{x_{1"])
def test_an_index_that_never_ends_is_no_term(text):
    with pytest.raises(Unreadable):
        parse(text)


@pytest.mark.parametrize(("gold", "answer"), [("9", r"\binom{10^9}{10^8}i"), ("x < 1", "0 < i")])
def test_what_is_imaginary_has_no_size(gold, answer):
    assert not are_equal(gold, answer)


def test_a_root_of_the_longest_radicand_is_read():
    assert are_equal(rf"\sqrt[63]{{{'7' * 390}}}", f"{'7' * 390}^{{1/63}}")
