"""Laws of expressions, on random ones and on any text."""

import string
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cotutor.records import Problem
from cotutor.verify import expression
from cotutor.verify.expression.symbolic import Undecided
from cotutor.verify.settings import DEFAULT

# The first proof starts a process.
LAW = settings(deadline=None)
PROBLEM = Problem.make(task="t", question="q", gold="3/4", kind="expression")

numbers = st.integers(0, 30).map(lambda n: ("number", n))
arithmetic = st.recursive(
    numbers,
    lambda part: st.tuples(st.sampled_from(["+", "-", "*", "/"]), part, part),
    max_leaves=8,
)
trees = st.recursive(
    numbers | st.sampled_from("abxyz").map(lambda name: ("name", name)),
    lambda part: st.one_of(
        st.tuples(st.sampled_from(["+", "-", "*", "/"]), part, part),
        st.tuples(st.just("^"), part, st.integers(2, 3)),
        st.tuples(st.sampled_from(["sqrt", "sin", "abs", "negative"]), part),
    ),
    max_leaves=8,
)
PIECES = [*"0123456789+-*/^_=()[]{}|,.!%$&:;<> \\'\"xyabei√²°×π∞≤∪½\n\x00", r"\frac", r"\sqrt",
          r"\pi", r"\text{", r"\left", r"\begin{pmatrix}", r"\end{pmatrix}", r"\{", r"\}", r"\\",
          " or ", " and ", " is ", "sin", r"\pm", r"\cup", r"\in", r"\infty",
          "million"]  # fmt: skip
texts = st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def latex(tree) -> str:
    match tree:
        case ("number" | "name", leaf):
            return str(leaf)
        case ("/", a, b):
            return rf"\dfrac{{{latex(a)}}}{{{latex(b)}}}"
        case ("*", a, b):
            return rf"\left({latex(a)}\right) \cdot \left({latex(b)}\right)"
        case ("^", a, n):
            return rf"\left({latex(a)}\right)^{{{n}}}"
        case ("+" | "-" as sign, a, b):
            return rf"{latex(a)} {sign} \left({latex(b)}\right)"
        case ("negative", a):
            return rf"-\left({latex(a)}\right)"
        case ("abs", a):
            return rf"\left|{latex(a)}\right|"
        case (function, a):
            return rf"\{function}{{{latex(a)}}}"


def plain(tree) -> str:
    match tree:
        case ("number" | "name", leaf):
            return str(leaf)
        case ("^", a, n):
            return f"({plain(a)})**{n}"
        case ("negative", a):
            return f"-({plain(a)})"
        case (sign, a, b):
            return f"({plain(a)}){sign}({plain(b)})"
        case (function, a):
            return f"{function}({plain(a)})"


def value(tree) -> Fraction | None:
    if tree[0] == "number":
        return Fraction(tree[1])
    a, b = value(tree[1]), value(tree[2])
    if a is None or b is None or (tree[0] == "/" and b == 0):
        return None
    return {"+": a.__add__, "-": a.__sub__, "*": a.__mul__, "/": a.__truediv__}[tree[0]](b)


def equal(a: expression.Expression, b: expression.Expression) -> bool | None:
    try:
        return expression.equal(a, b, PROBLEM, DEFAULT)
    except Undecided:
        return None


@LAW
@given(trees)
def test_latex_and_plain_text_say_the_same(tree):
    assert expression.read(latex(tree), PROBLEM) == expression.read(plain(tree), PROBLEM)


@LAW
@given(trees)
def test_the_normal_form_is_read_back(tree):
    for found in expression.read(plain(tree), PROBLEM):
        assert expression.read(str(found), PROBLEM) == [found]


@LAW
@given(arithmetic, arithmetic)
def test_rationals_are_equal_exactly_when_their_values_are(a, b):
    exact = value(a), value(b)
    assume(None not in exact)
    (x,), (y,) = expression.read(plain(a), PROBLEM), expression.read(latex(b), PROBLEM)
    assert equal(x, y) is (exact[0] == exact[1])


@LAW
@given(trees)
def test_an_expression_equals_itself_and_never_itself_and_one(tree):
    for found in expression.read(plain(tree), PROBLEM):
        (more,) = expression.read(f"({plain(tree)}) + 1", PROBLEM)
        assert equal(found, found) is True
        assert not equal(found, more)
        assert not equal(more, found)


@LAW
@given(trees, trees)
def test_equality_has_no_direction(a, b):
    for x in expression.read(plain(a), PROBLEM):
        for y in expression.read(plain(b), PROBLEM):
            assert {equal(x, y), equal(y, x)} in ({True}, {False}, {None})


@LAW
@given(texts)
def test_any_text_is_read_or_not_and_never_raises(text):
    found = expression.read(text, PROBLEM)
    truth = expression.read(PROBLEM.gold, PROBLEM)
    for one in found:
        assert str(one)
        assert equal(one, one) is True
        assert equal(one, truth[0]) in (True, False, None)


@LAW
@given(st.text(string.ascii_letters, min_size=3, max_size=8), st.data())
def test_a_word_equals_no_other_word_with_its_letters(word, data):
    other = "".join(data.draw(st.permutations(word)))
    assume(other.casefold() != word.casefold())
    problem = Problem.make(task="t", question="q", gold=word, kind="expression")
    truth, found = (expression.read(text, problem) for text in (word, other))
    is_product = str(truth[0]).count("*") + str(truth[0]).count("^") > 0
    assert is_product or not any(equal(one, truth[0]) for one in found)
