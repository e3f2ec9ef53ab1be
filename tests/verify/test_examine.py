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
        (LETTERS, "The last letter is h, then e, then e, then o.", "heeo", False),
    ],
)
def test_an_answer_is_supported_by_what_was_reached(problem, text, answer, is_supported):
    assert examine(problem, text, answer).is_supported is is_supported


def test_ground_truth_steps_are_counted_where_they_are_stated():
    problem = PENS.model_copy(update={"steps": ("36", "6", "30")})
    assert examine(problem, "3 x 12 = 36. Then 36/6 = 6.", None).reached == 2


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
