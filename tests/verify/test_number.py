from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.records import Problem
from cotutor.verify import DEFAULT, VerifySettings, number

PROBLEM = Problem.make(task="t", question="q", gold="5", kind="number")


def values(text: str) -> list[str]:
    return [str(found) for found in number.read(text, PROBLEM)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15", "15"),
        (" \n15.", "15"),
        ("007", "7"),
        ("1,080", "1080"),
        ("$1,234,567.50", "1234567.5"),
        ("43.0", "43"),
        (".5", "0.5"),
        ("-10.", "-10"),
        ("−10", "-10"),
        ("minus 10", "-10"),
        ("-$63", "-63"),
        ("$-63", "-63"),
        ("Rs. 500", "500"),
        ("€ 12", "12"),
        ("3/4.", "0.75"),
        ("1 3/4 cups", "1.75"),
        ("1 and 3/4 cups", "1.75"),
        ("1¾", "1.75"),
        ("12 and a half", "12.5"),
        ("2/3", "2/3"),
        ("\\frac{2}{3}", "2/3"),
        ("-2/3", "-2/3"),
        ("70%", "70%"),
        ("70 per cent", "70%"),
        ("1.5e6", "1500000"),
        ("1.5 x 10^6", "1500000"),
        ("2 \\times 10^{-3}", "0.002"),
        ("3.5 million tons", "3500000"),
        ("$5k", "5000"),
        ("120ml", "120"),
        ("5 hours.", "5"),
        ("**42**", "42"),
        ("$6$.", "6"),
        ("23 dollars and 86 cents", "23.86"),
        ("_____.\n\n8 years", "8"),
        ("1 080", "1080"),
        ("1'080", "1080"),
        ("1,00,000", "100000"),
        ("1.080,50", "1080.5"),
        ("\\$1{,}080", "1080"),
        ("-\\frac{1}{2}", "-0.5"),
        ("3\\frac12", "3.5"),
        ("-½", "-0.5"),
        ("x = - 5", "-5"),
        ("12cm²", "12"),
        ("12 cm^{2}", "12"),
        ("5'", "5"),
        ("90^\\circ", "90"),
        ("US$5", "5"),
        ("10⁶", "1000000"),
        ("2 dozen", "24"),
        ("$5m", "5000000"),
        ("5m", "5"),
        ("72 cents", "72¢"),
        ("$23 and 5 cents", "23.05"),
        ("5!", "5"),
        ("5 if x = 3", "5"),
    ],
)
def test_one_number_is_read_in_its_many_forms(text, value):
    assert values(text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10 + 5 = 15", "15"),
        ("5*5=25.", "25"),
        ("5155 - 45 = 5155 - 45 = 5110 .", "5110"),
        ("35,000 + $450 = $35,450", "35450"),
        ("3 x 68 = 204\n2 x 80 = 160\n\nThe total cost was $364.", "364"),
        ("x + y = 38\n29 + y = 38\ny = 9\n\nThere were 9 bad carrots.", "9"),
        ("90 + 80 + 150, which equals 320.", "320"),
        ("27. \n\nThe farmer earns $2.5 a tray, so 30 in total.", "27"),
        ("Joe has 40 cars. He sells 8 cars and gives away 16. He keeps 16 cars.", "16"),
        ("The total for 3 shirts is $45.", "45"),
        ("not 5 but 6", "6"),
        ("more than 99, it is 104", "104"),
        ("6, that is 6.0", "6"),
        ("3/8 or 0.375", "0.375"),
        ("0.7 (70%)", "0.7"),
        ("1/6, or 0.166666666666667.", "1/6"),
        ("She earned $1000 from selling 2000 apples at $5.", "1000"),
        ("It will take 8 more weeks to collect 200 of them.", "8"),
        ("She had 12 and ate 7. So five are left.", "5"),
        (".72 or seventy-two cents", "0.72"),
    ],
)
def test_the_number_that_concludes_is_the_answer(text, value):
    assert values(text) == [value]


@pytest.mark.parametrize(
    "text",
    ["5 or 6", "75 and 100", "3-4", "5, 4, 9", "2 4 6", "4 hours and 30 minutes", "2/0",
     "9.8 or 10 slices", "10 + 5", "20% of 20", "Jam has 3 boxes and Meg has 4.",
     "5 + 5", "2 * 2", "5-5", "5. Or maybe 6.", "five or 6", "It is 5 or it is 6.",
     "x = 5, y = 6", "12 out of 20", "from 5 to maybe 6", "5'6\""],
)  # fmt: skip
def test_several_different_numbers_are_never_one_answer(text):
    assert len(values(text)) > 1


@pytest.mark.parametrize(
    "text",
    ["", "none", "B52", "Catch-22", "3:46", "03/14/2021", "2021-03-14", "3-4-1", "2x", "2^5",
     "not 5", "less than 5", "x5", "9" * 401, "٣",
     "1,2", "5,5", "1,0000", "√7", "sqrt(7)", "7π", "7 \\pi", "5²", "3i", "2√3", "x + 5",
     "5 + x", "2x + 3", "x^2 + 3x + 1", "f(5)", "x > 5", "≥ 5", "5 or more", "5 ± 2", "±5",
     "it isn't 5", "it can't be 5", "\\frac{\\sqrt{3}}{2}", "1e999999999", "5 squared",
     "m^{-2}", "one in 4", "8th of May", "No one knows", "one moment please"],
)  # fmt: skip
def test_what_only_looks_like_a_number_is_none(text):
    assert values(text) == []


@pytest.mark.parametrize(
    "text",
    ["half of 27", "twice 27", "double the 27", "one over 27", "ten times 27", "a third of 27",
     "the square root of 27", "27 doubled", "not quite 27", "almost 27", "almost twenty-seven",
     "just under 27", "over $27", "far from 27", "27-year-old", "a 27-page book", "27-ish",
     "if it were 27", "suppose 27", "nobody said 27", "I don't think it is 27", "27?",
     "Is it 27 or 28?", "twice as many as 27"],
)  # fmt: skip
def test_a_number_that_is_changed_supposed_or_asked_is_none(text):
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("about 27", "27"), ("approximately 27", "27"), ("at least 27", "27"), ("27, right?", "27"),
     ("It adds up to 27", "27"), ("a total of 27", "27"), ("How many? 27", "27"),
     ("It is 30. If it were 27 we would stop.", "30"), ("If it were 27, it would be 30", "30"),
     ("If he sells 27 apples he makes 54", "54"), ("twice that, 27", "27"),
     ("That is half of 54, so 27", "27"), ("27 is half of 54", "27"),
     ("I have no doubt that it is 27", "27")],
)  # fmt: skip
def test_a_number_beside_a_changed_or_supposed_one_is_the_answer(text, value):
    assert values(text) == [value]


@pytest.mark.parametrize(
    ("gold", "answer", "is_same"),
    [
        ("43.0", "43", True),
        ("1,080", "1080.00", True),
        ("0.6666666666666666", "2/3", True),
        ("0.6666666666666666", "0.67", True),
        ("0.6666666666666666", "0.66", False),  # cut, not rounded
        ("0.6666666666666666", "0.7", False),  # one decimal is too few
        ("0.6666666666666666", "0.65", False),
        ("0.3333333333333333", "0.3333333333333334", True),  # float noise
        ("0.67", "2/3", True),
        ("5.300000000000001", "5.3", True),
        ("0.72", "72 cents", True),
        ("0.875", "0.88", False),  # 0.875 is exact
        ("2010", "1995", False),  # within 1 %, and wrong
        ("100", "101", False),
        ("1", "0.9999999", False),
        ("0.7", "70%", True),
        ("70", "70%", True),
        ("70%", "0.7", True),
        ("7", "70%", False),
        ("1/3", "333333333333/1000000000000", False),  # both exact
    ],
)
def test_equality_is_exact_up_to_the_printed_precision(gold, answer, is_same):
    (a,), (b,) = number.read(gold, PROBLEM), number.read(answer, PROBLEM)
    assert number.equal(a, b, PROBLEM, DEFAULT) is number.equal(b, a, PROBLEM, DEFAULT) is is_same


@given(st.integers(-(10**30), 10**30), st.integers(0, 12))
def test_a_decimal_survives_commas_zeros_and_its_own_normal_form(digits, places):
    value = Fraction(digits, 10**places)
    whole, part = divmod(abs(digits), 10**places)
    text = f"{'-' if digits < 0 else ''}{whole:,}.{part:0{places}d}00"
    (read,) = number.read(text, PROBLEM)
    assert read.value == value
    assert number.read(str(read), PROBLEM)[0].value == value


@given(st.fractions(max_denominator=10**6).filter(bool))
def test_a_fraction_is_read_exactly(value):
    (read,) = number.read(f"{value.numerator}/{value.denominator}", PROBLEM)
    assert read.value == value


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_different_integers_are_never_equal(x, y):
    (a,), (b,) = number.read(str(x), PROBLEM), number.read(str(y), PROBLEM)
    assert number.equal(a, b, PROBLEM, DEFAULT) is (x == y)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("thirty-seven", "37"),
        ("Twenty one dollars", "21"),
        ("two hundred and five", "205"),
        ("one million two hundred thousand and five", "1200005"),
        ("fifteen hundred", "1500"),
        ("two and a half", "2.5"),
        ("three quarters", "0.75"),
        ("half a dozen eggs", "6"),
        ("a hundred", "100"),
        ("one and a half million", "1500000"),
        ("two point five", "2.5"),
        ("twenty-four point eighty-seven", "24.87"),
        ("minus five", "-5"),
        ("fifty percent", "50%"),
        ("zero", "0"),
        ("One.", "1"),
        ("There is one apple left.", "1"),
        ("thirty-four dollars and five cents", "34.05"),
    ],
)
def test_numbers_in_words_are_numbers(text, value):
    assert values(text) == [value]


@given(st.integers(0, 999_999))
def test_a_number_spelled_out_is_the_number(value):
    assert values(spelled(value)) == [str(value)]


SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def spelled(value: int) -> str:
    if value < 20:
        return SMALL[value]
    if value < 100:
        tens = TENS[value // 10 - 2]
        return f"{tens}-{SMALL[value % 10]}" if value % 10 else tens
    size, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    rest = f" and {spelled(value % size)}" if value % size else ""
    return f"{spelled(value // size)} {name}{rest}"


@pytest.mark.parametrize(
    ("answer", "settings", "is_same"),
    [
        ("101", {}, False),
        ("101", {"tolerance": 0.01}, True),
        ("99", {"tolerance": 0.01}, True),
        ("102", {"tolerance": 0.01}, False),
        ("100%", {}, True),
        ("100%", {"percent": "share"}, False),
    ],
)
def test_tolerance_and_percent_are_settings(answer, settings, is_same):
    (a,), (b,) = number.read(answer, PROBLEM), number.read("100", PROBLEM)
    assert number.equal(a, b, PROBLEM, VerifySettings(**settings)) is is_same


@given(st.integers(-(10**9), 10**9))
def test_a_wrong_number_is_wrong_even_within_a_tolerance(value):
    problem = Problem.make(task="t", question="q", gold=str(value), kind="number")
    (a,), (b,) = number.read(number.wrong(problem), problem), number.read(problem.gold, problem)
    assert not number.equal(a, b, problem, VerifySettings(tolerance=0.1))
