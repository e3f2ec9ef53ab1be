r"""Expressions: what is read, what is the same, and what never is."""

import pytest

from cotutor.records import Problem, Request, Trace
from cotutor.verify import decide, expression, prove
from cotutor.verify.expression.symbolic import Undecided
from cotutor.verify.scope import scopes
from cotutor.verify.settings import DEFAULT, VerifySettings

# Equal, but with thousands of terms to expand.
LONG = ("(a+b+c+d)^{30}", "((a+b)^2 + 2(a+b)(c+d) + (c+d)^2)^{15}")


def problem(gold: str) -> Problem:
    return Problem.make(task="t", question="q", gold=gold, kind="expression")


def readings(text: str, gold: str = "1") -> list[str]:
    return [str(found) for found in expression.read(text, problem(gold))]


def are_equal(gold: str, answer: str, **settings) -> bool:
    asked = problem(gold)
    (truth,) = expression.read(gold, asked)
    found = next(filter(None, (expression.read(scope, asked) for scope in scopes(answer))), [])
    if len(found) != 1:
        return False
    return expression.equal(found[0], truth, asked, VerifySettings(**settings))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (r"\frac12", "1/2"),
        (r"2\frac{1}{2}", "5/2"),
        ("2 1/2", "5/2"),
        ("1½", "3/2"),
        (r"\frac{3}{\sqrt{3}}", "sqrt(3)"),
        (r"\sqrt[3]{16}", "2*2^(1/3)"),
        ("√12", "2*sqrt(3)"),
        ("3x²", "3*x^2"),
        ("2**-3", "1/8"),
        (r"1.5 \times 10^{6}", "1500000"),
        (r"10{,}000", "10000"),
        (r"12\,000", "12000"),
        ("(100,200)", "(100, 200)"),
        ("100,200", "100200"),
        (r"\$1,234.50", "$1234.5"),
        (r"5\,\mathrm{cm}^2", r"5 \text{cm^2}"),
        ("1011_2", "11"),
        (r"0.\overline{3}", "1/3"),
        (r"\binom{5}{2}", "10"),
        ("|-5|", "5"),
        (r"\sin^2 x", "sin(x)^2"),
        (r"\sin^{-1} x", "asin(x)"),
        (r"\left(-\infty, \tfrac12\right]", "(-oo, 1/2]"),
        (r"x \ge 3", "3 ≤ x"),
        ("1/2x", "x/2"),
        (r"\begin{pmatrix}1\\2\end{pmatrix}", "[[1], [2]]"),
        ("[[1], [2]]", "[[1], [2]]"),
        (r"x_{12} + \alpha", "alpha + x_{12}"),
        (r"\text{Area} = 6", "6"),
        ("5 million dollars", r"$5000000"),
    ],
)
def test_notation_has_one_normal_form(text, normal):
    assert readings(text) == [normal]


@pytest.mark.parametrize(
    "text",
    ["", " ", "?", "$ $", "x2", "2 3", "1/0", "0^0", r"\infty - \infty", "5!!", r"\frac{}{}", "{}",
     r"\int_0^1 x", "eval(1+1)[0]", "__import__('os').getpid()", "open('/etc/passwd').read()",
     "<script>alert(1)</script>", "٣", "1\x002", "\ud800", "(" * 3_000_000, "{" * 900 + "}" * 900,
     r"\sqrt{" * 200 + "2" + "}" * 200, "9" * 401, "I don't know.", "dog", "not 5", "at least 5",
     "5 halves"],
)  # fmt: skip
def test_what_is_no_expression_is_none(text):
    assert readings(text) == []


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}"),
        ("x^2-1", "(x-1)(x+1)"),
        ("1", "sin(x)^2 + cos(x)^2"),
        (r"\sqrt{5+2\sqrt6}", r"\sqrt2+\sqrt3"),
        (r"\cos 2x", r"1 - 2\sin^2 x"),
        (r"\sqrt{x^2}", "|x|"),
        (r"\sqrt[3]{x}", "x^{1/3}"),
        ("n!", "n(n-1)!"),
        (r"e^{i\pi}", "-1"),
        ("0.5", "50%"),
        ("90^\\circ", "90"),
        ("90^\\circ", r"\frac{\pi}{2}"),
        (r"\pi", "3.14159"),
        ("1/3", "0.33333"),
        ("2:3", "4:6"),
        ("12", r"12\text{ students}"),
        (r"9.8\text{ m/s}^2", "9.8 m/s^2"),
        (r"16\text{ square feet}", r"16\text{ ft}^2"),
        ("x = 5", "5"),
        ("2x+1", "f(x) = 2x + 1"),
        ("y = 2x+1", "4x - 2y = -2"),
        ("-x < 3", "x > -3"),
        ("x = 1 or x = 2", r"\{2, 1\}"),
        (r"1 \pm \sqrt2", r"1-\sqrt2 \text{ and } 1+\sqrt2"),
        (r"\pm1, \pm2", "{1, 2, -1, -2}"),
        ("(1, 2)", "y = 2, x = 1"),
        (r"(-\infty,1)\cup(3,\infty)", "x > 3 or x < 1"),
        (r"\mathbb{R}", r"(-\infty, \infty)"),
        (r"\{1,2\}", "1, 2"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[[1, 2], [3, 4]]"),
        ("2^{1000000}", "4^{500000}"),
        (r"\text{Tuesday}", "It was on a day, namely: the answer is Tuesday."),
        (r"\text{(C)}", "C"),
        (r"\sqrt2", r"x = \sqrt2 \approx 1.41"),
        ("1.41", r"x = \sqrt2 \approx 1.41"),
        ("5, 6", "5 cm, 6 cm"),
        ("0.0025", "2.5 x 10^-3"),
    ],
)
def test_the_same_in_other_words_is_equal(gold, answer):
    assert are_equal(gold, answer)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("1/3", "0.333"),
        (r"\pi", "3.14"),
        (r"\pi", "22/7"),
        (r"\sqrt2 + 10^{-40}", r"\sqrt2"),
        ("10^{100} + 1", "10^{100}"),
        ("2^{1000001}", "2^{1000000}"),
        ("9", "9^9^9^9"),
        (r"\sqrt{x^2}", "x"),
        ("x+y=3", "a+b=5"),  # Math-Verify#60: both parse to nothing
        ("x+y=3", "3"),
        ("x=x", "y=y"),
        ("x^2 = x", "x = 1"),
        ("x = 5", "y = 5"),
        ("5", "x^2 = 5"),
        ("5", "x > 5"),
        ("-x < 3", "x < -3"),
        ("2 < x < 5", "[2, 5]"),
        ("A", "0"),
        ("0", "A"),
        (r"\emptyset", "0"),
        (r"\{1,2\}", "(1,2)"),
        (r"x \in [-2,7]", "-2, 7"),
        (r"\{1,2\}", r"\{\{1\},\{2\}\}"),
        (r"\pm 3", "3"),
        ("3", "3 or -3"),
        (r"5\text{ cm}", "5 km"),
        (r"16\text{ ft}", r"16\text{ ft}^2"),
        ("5", "5 million"),
        (r"\infty", r"-\infty"),
        (r"\text{dog}", "god"),
        (r"\text{even}", r"\text{uneven}"),
        ("5", "5 apples and 3 pears"),
        ("5.5", r"5.5 \approx 6.25"),
    ],
)
def test_another_answer_is_never_equal(gold, answer):
    assert not are_equal(gold, answer)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3/4, since 6/8 reduces to it.", ["3/4"]),
        ("We know $a = 1$. Therefore $x^2-1$ is it.", ["x^2 - 1"]),
        ("$2x + 1 = 11$, so the value is $5$.", ["5"]),
        ("so $x = 1$ or $x = 2$.", ["x = 1 or x = 2"]),
        ("It is either $5$, as some say, or maybe $6$.", ["5", "6"]),
        ("Jam has 3 boxes and Meg has 4.", ["3", "4"]),
    ],
)
def test_an_answer_is_found_in_prose(text, found):
    assert readings(text) == found


def test_settings_decide_order_percent_and_tolerance():
    assert not are_equal("2, 7", "7, 2")
    assert are_equal("2, 7", "7, 2", ordered=False)
    assert are_equal("70", r"70\%")
    assert not are_equal("70", r"70\%", percent="share")
    assert not are_equal(r"\pi", "3.14")
    assert are_equal(r"\pi", "3.14", tolerance=0.01)


def test_what_passes_the_deadline_or_the_caps_is_undecided_and_not_wrong():
    with pytest.raises(Undecided):
        are_equal(*LONG, deadline=1e-3)
    assert are_equal("(a+b)^2", "a^2 + 2ab + b^2", deadline=DEFAULT.deadline + 60)
    with pytest.raises(Undecided):
        are_equal("x^{10^{30}}", "y^{10^{30}}")


@pytest.mark.parametrize(
    "absurd",
    ["7819.5!", ".5^25^25^25^25^25", "x^2²²²²²", r"\binom{10}{10^{8}}", r"\sin(10^{50})",
     "x < 9^{9^{9^{9}}}", r"\{1, 7819.5!\}"],
)  # fmt: skip
@pytest.mark.parametrize("gold", ["5", "x^2", "x < 5", r"\{1, 2\}"])
def test_an_answer_beyond_the_caps_is_not_an_ordinary_gold(gold, absurd):
    assert not are_equal(gold, absurd)
    with pytest.raises(Undecided):
        are_equal("7819.5!", "3")


def test_one_refuted_member_outweighs_an_undecided_one():
    assert not are_equal(f"({LONG[0]}, 1)", f"({LONG[1]}, 2)", deadline=1e-3)


@pytest.mark.parametrize(
    "gold",
    ["5", r"\frac{3}{4}", "x^2-1", "(1, 2)", r"\{1, 2\}", "(0, 1]", r"(-\infty, 1)", "x = 5",
     r"5\text{ cm}", r"70\%", r"\pm 3", "x < 1 or x > 3", "y = 2x+1", "3:4", r"\text{Tuesday}",
     r"\begin{pmatrix}1\\2\end{pmatrix}", r"\mathbb{R}", r"\infty", r"\emptyset", "f(x) = x"],
)  # fmt: skip
def test_the_verifier_proves_itself_on_every_kind_of_gold(gold):
    assert prove([problem(gold)]) == []


def test_a_gold_beyond_the_grammar_is_unscored():
    asked = problem(r"\int_0^1 x\,dx")
    trace = Trace.make(
        Request(problem=asked), generator="g", format="zero-shot", completion="1/2", finish="stop"
    )
    assert decide(asked, trace).outcome == "unscored"
