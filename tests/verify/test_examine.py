import pytest

from cotutor.errors import DataError
from cotutor.problems.family import Hand
from cotutor.problems.procedural import FAMILIES, problems
from cotutor.records import Problem
from cotutor.verify.steps.examine import LONGEST, examine

PENS = Problem.make(
    task="shop", kind="number", gold="30",
    question="Ann buys three boxes of 12 pens and gives 1/6 of them away. How many are left?",
)  # fmt: skip
CITY = Problem.make(
    task="city", kind="choice", gold="B", question="Which city is bigger?",
    choices=[{"label": "A", "text": "Paris"}, {"label": "B", "text": "New York"}],
)  # fmt: skip


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
        (CITY, "The bigger one is New York.", "B", True),
        (CITY, "The bigger one is New York.", "A", False),
        (CITY, "The bigger one is New York.", "D", None),
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
