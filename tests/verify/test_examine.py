import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import DataError
from cotutor.problems.family import Hand
from cotutor.problems.procedural import FAMILIES, problems
from cotutor.records import Problem
from cotutor.verify.steps.examine import LONGEST, examine

JUNK = [
    "+",
    "-",
    "x 3 = ",
    "/",
    "=",
    "is",
    "left.",
    "0.3333333333333333",
    "half of",
    "$5",
    "20%",
    "0",
]

PENS = Problem.make(
    task="shop", kind="number", gold="30",
    question="Ann buys three boxes of 12 pens and gives 1/6 of them away. How many are left?",
)  # fmt: skip
CITY = Problem.make(
    task="city", kind="choice", gold="B", question="Which city is bigger?",
    choices=[{"label": "A", "text": "Paris"}, {"label": "B", "text": "New York"}],
)  # fmt: skip

BALLS = Problem.make(
    task="balls", kind="choice", gold="A", question="Ann swaps with Bob. Who has the ball?",
    choices=[{"label": "A", "text": "ball"}, {"label": "B", "text": "red ball"},
             {"label": "C", "text": "Catch-22"}, {"label": "D", "text": "cup"}],
)  # fmt: skip
SHARE = Problem.make(
    task="share", kind="choice", gold="A", question="What share is left? (A) 20% (B) -5 (C) none",
    choices=[{"label": "A", "text": "20%"}, {"label": "B", "text": "-5"},
             {"label": "C", "text": "None of these"}],
)  # fmt: skip
SPOOLS = Problem.make(
    task="spools", kind="number", gold="40", question="15 of 40 are blue. What percent is that?"
)

LETTERS = Problem.make(
    task="letters", kind="string", gold="heeo", question="The last letters of Leah Mae Joe Bo?"
)


def test_a_sound_reasoning():
    text = (
        "She buys 3 x 12 = <<3*12=36>>36 pens. She gives 36/6 = 6 away.\nSo 36 - 6 = 30 are left."
    )
    findings = examine(PENS, text, "30")
    assert (findings.by, findings.steps, findings.valid, findings.invalid) == ("equations", 3, 3, 0)
    assert (findings.operands, findings.ungrounded) == (6, 0)
    assert findings.is_supported is True
    assert (findings.first_bad, findings.fault, findings.reached) == (None, None, None)


def test_the_first_wrong_step_and_what_comes_out_of_the_blue():
    text = "She buys 3 x 12 = 36 pens. She gives 36/6 = 7 away. So 36 - 7 = 29. And 29 - 17 = 13."
    findings = examine(PENS, text, "30")
    assert (findings.first_bad, findings.fault) == (1, "36/6 = 7, which is 6")
    assert (findings.valid, findings.invalid) == (2, 2)
    assert findings.ungrounded == 1  # 17
    assert findings.is_supported is False


@pytest.mark.parametrize(
    ("text", "ungrounded"),
    [
        ("That is 36 pens. 36/6 = 6.", 0),  # 3 boxes of 12
        ("That is 36 pens. With 3 more it is 39. 39/3 = 13.", 0),
        ("With 3 more it is 39. 39/3 = 13.", 1),  # two operations: 3 * 12 + 3
        ("With 3 more it is 39. That is 36 pens. 39/3 = 13.", 1),  # told before it follows
        ("39/3 = 13. That is 36 pens. With 3 more it is 39.", 1),
        ("Her sister has 17. 17 + 12 = 29.", 1),
        ("An hour is 3600 seconds. 3600 / 12 = 300.", 0),
    ],
)
def test_a_number_told_in_words_is_known_where_one_operation_makes_it(text, ungrounded):
    assert examine(PENS, text, None).ungrounded == ungrounded


def test_a_double_is_the_simple_fraction_that_it_stands_for():
    oil = PENS.model_copy(
        update={"question": "She has 0.16666666666666666 cups of oil and buys 0.6666666666666666."}
    )
    text = "She has 1/6 cups and buys 2/3. That is 2.6666666666666665 ounces. 16 x 2.667 = 42.672."
    assert examine(oil, text.replace("2.667", "2.6666666666666665"), None).ungrounded == 0
    assert examine(oil, text, None).ungrounded == 1


@pytest.mark.parametrize("text", ["", " \n "])
def test_no_reasoning_has_no_findings(text):
    assert examine(PENS, text, "30") is None


@pytest.mark.parametrize(
    ("problem", "text", "answer", "is_supported"),
    [
        (PENS, "She has some. That leaves 30 pens.", "30", True),
        (PENS, "That leaves 25 pens.", "30", False),
        (PENS, "She has some.", "30", None),
        (PENS, "She has 30.", None, None),
        (PENS, "2/3 - 1/3 = 1/3", "0.3333333333333333", True),
        (PENS, "2/3 - 1/3 = 1/3", "0.3333", False),
        (CITY, "The bigger one is New York.", "B", True),
        (CITY, "The bigger one is New York.", "A", False),
        (CITY, "The bigger one is New York.", "D", None),
        (LETTERS, "So it is heeo.", "heeo", True),
        (LETTERS, "So it is h-e-e-o.", "heeo", True),
        (LETTERS, "We get: h, e, e, o", "heeo", True),
        (LETTERS, "So it is 'H E E O'.", "heeo", True),
        (LETTERS, "So it is h-e-e-o-s.", "heeo", False),
        (LETTERS, "We get he, then heeo.", "heeo", True),
        (LETTERS, "h and e make he. With e it is hee. With o it is heeo.", "hee", False),
        (CITY, "Paris is big. New York is bigger. The answer is A.", "A", False),
        (CITY, "Paris is big. New York is bigger. The answer is A.", "B", True),
        (CITY, "New York is bigger than Paris.", "B", None),
        (CITY, "One is bigger.", "B", False),
        (BALLS, "Ann had a ball. Now she has the red ball.", "B", True),
        (BALLS, "Ann had a ball. Now she has the red ball.", "A", False),
        (BALLS, "Ann had a ball. Now she reads Catch-22.", "C", True),
        (SHARE, "1 - 0.8 = 0.2 is left.", "A", True),
        (SHARE, "That is 20 percent.", "A", True),
        (SHARE, "10 - 15 = -5", "B", True),
        (SHARE, "15 - 10 = 5", "B", False),
        (SHARE, "It falls to -5.", "B", True),
        (SHARE, "15 - 10 = 5", "C", None),
        (PENS, "36 - 66 = -30", "30", False),
        (PENS, "36 - 6 = 0.3", "30", False),
        (PENS, "30 + 6 = 36", "30", False),
        (PENS, "36 - 6 = 31", "30", False),
        (PENS, "36 - 6 = 31", "31", True),
        (PENS, "1/2 + 1/8 = 3/8", "0.375", True),
        (SPOOLS, "15 / 40 = 0.375", "37.5", True),
        (SPOOLS, "15 / 40 = 0.375", "37.5%", True),
        (SPOOLS, "15 / 40 = 0.375", "3.75", False),
        (LETTERS, "The last letter is h, then e, then e, then o.", "heeo", False),
    ],
)
def test_an_answer_is_supported_by_what_was_reached(problem, text, answer, is_supported):
    assert examine(problem, text, answer).is_supported is is_supported


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("3 x 12 = 36. Then 36/6 = 6.", 2),
        ("That is 36 pens. 6 go away.", 1),  # the question has a 6
        ("There are 3 boxes of 12 pens.", 0),
        ("36 - 6 = 30", 2),  # 6 is an operand; 36 is stated, and not in the question
    ],
)
def test_ground_truth_steps_are_counted_where_they_are_results_or_new(text, reached):
    problem = PENS.model_copy(update={"steps": ("36", "6", "30")})
    assert examine(problem, text, None).reached == reached


def test_what_only_stands_in_the_question_reaches_no_ground_truth_step():
    cars = Problem.make(
        task="cars", kind="number", gold="12", question="There are 3 cars with 4 wheels each.",
        steps=("3", "4", "12"),
    )  # fmt: skip
    assert examine(cars, "There are 3 cars with 4 wheels. I like 7 dogs.", "12").reached == 0
    assert examine(cars, "3 * 4 = 12", "12").reached == 1


def test_steps_are_counted_in_which_a_statement_is_checked():
    text = "We count. 3 x 12 = 36, and 36/6 = 6. So 36 - 6 = 29. Done."
    assert examine(PENS, text, None).checked == 2
    assert examine(PENS, "We count. Done.", None).checked == 0
    (problem,) = problems("arithmetic", split="train", seed=1, count=1)
    assert examine(problem, "Well.\nBy the way, 2 + 2 = 5.", None).checked == 1


@pytest.mark.parametrize(
    ("text", "unsourced"),
    [
        ("3 x 12 = 36. 36/6 = 6. 36 - 6 = 30.", 0),
        ("An hour has 60 minutes. 60 x 12 = 720.", 1),  # common knowledge, but not in the question
        ("That is 36 pens. 36/6 = 6.", 1),  # told in words, no side of an equation
        ("17 - 12 = 5. 17 - 5 = 12.", 2),  # an operand is no side
        ("36/6 = 7. 12 - 7 = 5.", 1),  # 36; what the text prints as the result is a source
    ],
)
def test_a_strict_source_is_the_question_or_a_side_of_an_equation(text, unsourced):
    assert examine(PENS, text, None).unsourced == unsourced


def test_a_percentage_is_the_source_of_its_share():
    sale = PENS.model_copy(update={"question": "A coat of $50 is sold at 20% off."})
    assert examine(sale, "0.2 x 50 = 10. 50 - 10 = 40.", None).unsourced == 0


@pytest.mark.parametrize("name", FAMILIES)
def test_true_solutions_raise_no_alarm_and_slips_do(name):
    family = FAMILIES[name]
    for problem in problems(name, split="train", seed=5, count=15):
        program = family.program.model_validate(problem.program)
        for way, solve in family.ways.items():
            right = Hand(problem.id, way)
            solution = solve(program, right)
            findings = examine(problem, solution.reasoning, solution.answer)
            assert (findings.by, findings.invalid, findings.ungrounded) == ("program", 0, 0)
            assert (findings.first_bad, findings.is_supported is False) == (None, False)
            slipped = solve(program, Hand(problem.id, way, slip=right.notes - 1))
            findings = examine(problem, slipped.reasoning, slipped.answer)
            assert findings.first_bad is not None
            assert findings.invalid >= 1


def test_a_wrong_equation_is_found_beside_what_the_program_settles():
    (problem,) = problems("arithmetic", split="train", seed=1, count=1)
    findings = examine(problem, "By the way, 2 + 2 = 5.", None)
    assert findings.by == "program"
    assert findings.invalid >= 1
    assert findings.first_bad == 0


def test_a_program_of_another_family_is_named():
    (problem,) = problems("arithmetic", split="train", seed=1, count=1)
    with pytest.raises(DataError, match="its program is none of coin_flips"):
        examine(problem.model_copy(update={"task": "coin_flips"}), "Heads.", None)


def test_a_long_reasoning_is_examined_up_to_its_limit():
    text = "1 + 1 = 2. " * LONGEST + "1 + 1 = 3."
    findings = examine(PENS, text, None)
    assert findings.invalid == 0
    assert findings.steps == LONGEST // len("1 + 1 = 2. ") + 1


@given(st.lists(st.one_of(st.integers(0, 10**6).map(str), st.sampled_from(JUNK)), max_size=60))
def test_told_numbers_are_never_more_than_operands(parts):
    findings = examine(PENS, " ".join(parts), None)
    assert findings is None or 0 <= findings.ungrounded <= findings.operands
    assert findings is None or findings.ungrounded <= findings.unsourced <= findings.operands
