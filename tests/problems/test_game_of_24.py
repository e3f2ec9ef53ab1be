"""The exact checker against one of the test's own, which reads by Python's parser."""

import ast
import random
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, permutations
from operator import add, mul, sub, truediv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.problems.game_of_24 import FAMILY, GameOf24, answer, fault
from cotutor.problems.number_puzzle import is_solvable, leaves, read, solutions, write
from cotutor.problems.procedural import own_check, problems, split_of
from cotutor.problems.sources import parse_source

COUNT = 10_500
SIGNS = {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: truediv}


@cache
def games():
    sets = combinations_with_replacement(range(1, 14), 4)
    return [numbers for numbers in sets if is_solvable(numbers, 24)]


def judged(numbers, text):
    """What is wrong with an answer by the checker: None where it is right."""
    tree = answer(text)
    return "no answer" if tree is None else fault(GameOf24(numbers=numbers), tree)


def is_right(numbers, text):
    """Whether a plain expression solves the game, by Python's own parser and exact rationals."""
    try:
        body = ast.parse(text.strip(), mode="eval").body
        used = [node.value for node in ast.walk(body) if isinstance(node, ast.Constant)]
        is_plain = all(type(number) is int for number in used)
        return is_plain and sorted(used) == sorted(numbers) and worth(body) == 24
    except (SyntaxError, ZeroDivisionError, KeyError):
        return False


def worth(node):
    if isinstance(node, ast.Constant):
        return Fraction(node.value)
    if not isinstance(node, ast.BinOp):
        raise KeyError(node)
    return SIGNS[type(node.op)](worth(node.left), worth(node.right))


def random_tree(rng, numbers):
    """Any expression of the numbers in any order, with brackets wherever they may stand."""
    parts = [str(n) for n in rng.sample(numbers, len(numbers))]
    while len(parts) > 1:
        at = rng.randrange(len(parts) - 1)
        blank = rng.choice(["", " "])
        joined = f"{parts[at]}{blank}{rng.choice('+-*/')}{blank}{parts[at + 1]}"
        parts[at : at + 2] = [f"({joined})"]
    return parts[0]


WRONG = {
    "other number": lambda rng, text: text.replace(rng.choice("123456789"), "7", 1),
    "one more": lambda rng, text: f"{text} + {rng.randint(0, 1)}",
    "times one": lambda rng, text: f"{text} * 1",
    "joined digits": lambda rng, text: text.replace(" ", "").replace(rng.choice("+-*/"), "", 1),
    "sign before": lambda rng, text: f"-{text}" if rng.random() < 0.5 else f"+{text}",
    "sign inside": lambda rng, text: text.replace("(", "(-", 1),
    "double sign": lambda rng, text: text.replace("+", "- -", 1).replace("*", "* +", 1),
    "decimals": lambda rng, text: text.replace(rng.choice("2468"), "2.0", 1),
    "point": lambda rng, text: text.replace(rng.choice("1234"), ".4", 1),
    "power": lambda rng, text: text.replace("*", "**", 1),
    "whole division": lambda rng, text: text.replace("/", "//", 1),
    "cut off": lambda rng, text: text[: rng.randrange(len(text))],
    "cut before": lambda rng, text: text[rng.randrange(1, len(text)) :],
    "two of them": lambda rng, text: f"{text} or {text}",
    "words": lambda rng, text: f"about {text}",
    "zero in front": lambda rng, text: text.replace(rng.choice("123456789"), "04", 1),
    "factorial": lambda rng, text: f"{text}!",
    "comma": lambda rng, text: text.replace("+", ",", 1),
}


def test_the_checker_agrees_with_python_on_many_expressions_right_and_wrong():
    rng = random.Random(24)
    some = [list(game) for game in rng.sample(games(), 250)]
    seen = Counter()
    for at in range(COUNT):
        numbers = rng.choice(some)
        if at % 3 == 0:
            text = write(rng.choice(solutions(numbers, 24)))
        else:
            text = random_tree(rng, numbers)
        if at % 3 == 2 or (at % 3 == 0 and rng.random() < 0.5):
            text = WRONG[rng.choice(list(WRONG))](rng, text)
        expected = is_right(numbers, text)
        dressed = text
        if rng.random() < 0.5:
            dressed = text.replace("*", rng.choice("*×·")).replace("/", rng.choice("/÷"))
        if rng.random() < 0.5:
            dressed = f"Some reasoning = 24.\n\nAnswer: {dressed} = 24"
        assert (judged(numbers, dressed) is None) == expected, (numbers, dressed)
        seen[expected] += 1
    assert min(seen.values()) > COUNT / 8


@pytest.mark.parametrize("kind", WRONG)
def test_no_solution_survives_being_spoilt(kind):
    rng = random.Random(kind)
    for game in random.Random(0).sample(games(), 30):
        for tree in solutions(game, 24)[:5]:
            text = WRONG[kind](rng, write(tree))
            assert (judged(game, text) is None) == is_right(game, text), text


GAME = (4, 9, 10, 13)
RIGHT = "(10 - 4) * (13 - 9)"


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        f"Answer: {RIGHT} = 24",
        f"answer: {RIGHT} = 24.",
        f"The final answer is {RIGHT}",
        f"**Answer:** {RIGHT} = 24",
        f"Answer: ${RIGHT} = 24$",
        f"13 - 9 = 4 (left: 4 10 4)\n10 - 4 = 6\nAnswer: {RIGHT} = 24\n\n",
        "((10)-(4))*((13-9))",
        "(10 − 4) × (13 − 9) = 24",
    ],
)
def test_right_answers_in_their_dress(text):
    assert judged(GAME, text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10 + 14 = 24", "other numbers than given"),
        ("(10 - 4) * 4 = 24", "other numbers than given"),
        ("(10 - 4) * (13 - 9) * 9 / 9", "other numbers than given"),
        ("10 + 4 + 13 - 9 = 24", "mismatch"),
        ("13 / (9 + 4 - 13) * 10", "other numbers than given"),
        ("10 / (13 - 4 - 9)", "division by zero"),
        (f"{RIGHT} = 25", "no answer"),
        (f"{RIGHT} = 6 * 4 = 24", "no answer"),
        (f"24 = {RIGHT}", "no answer"),
        (f"{RIGHT} = 24.0", "no answer"),
        ("(10 - 4)(13 - 9)", "no answer"),
        ("(10 - 4) * (13 - 9", "no answer"),
        ("10 - 4) * (13 - 9)", "no answer"),
        ("()", "no answer"),
        ("", "no answer"),
        ("Answer:", "no answer"),
        (f"Answer: {RIGHT} or so", "no answer"),
        (f"Not the answer: {RIGHT}", "no answer"),
        (f"Answer: {RIGHT} = 24\nBut that is wrong.", "no answer"),
        ("(١٠ - ٤) * (١٣ - ٩)", "no answer"),
        ("(10 - 4) * (13 - 3²)", "no answer"),
        ("10_0 - 4", "no answer"),
        ("1e1 - 4", "no answer"),
        ("0xA - 4", "no answer"),
        ("__import__('os')", "no answer"),
        (f"{'(' * 9}10 - 4{')' * 9} * (13 - 9)", "no answer"),
        ("(" * 100_000, "no answer"),
        ("1+" * 100_000, "no answer"),
        (RIGHT + " " * 300 + "* 1", "no answer"),
    ],
)
def test_wrong_answers_and_why(text, why):
    assert judged(GAME, text) == why


@given(st.text() | st.text("0123456789+-*/() .=", max_size=60))
def test_any_text_can_be_read_and_what_is_read_is_written_and_read_again(text):
    tree = read(text)
    if tree is not None:
        assert write(read(write(tree))) == write(tree)
        assert leaves(read(write(tree))) == leaves(tree)
    judged(GAME, text)


def test_the_solver_finds_all_games_that_can_be_won():
    """Of the 1820 sets of four numbers from 1 to 13, 1362 make 24; and a search of the test's."""
    assert len(won := set(games())) == 1362
    rng = random.Random(1)
    for _ in range(30):
        numbers = tuple(sorted(rng.randint(1, 13) for _ in range(4)))
        assert (numbers in won) == by_trying(numbers), numbers
        for tree in solutions(numbers, 24):
            assert is_right(numbers, write(tree)), write(tree)
    assert write(solutions((3, 3, 8, 8), 24)[0]) == "8 / (3 - 8 / 3)"
    assert not is_solvable((1, 1, 1, 1), 24)


def by_trying(numbers):
    """Whether any order, signs and brackets make 24."""

    def values(some):
        if len(some) == 1:
            return {Fraction(some[0])}
        found = set()
        for at in range(1, len(some)):
            for a in values(some[:at]):
                for b in values(some[at:]):
                    found |= {a + b, a - b, a * b} | ({a / b} if b else set())
        return found

    return any(24 in values(order) for order in set(permutations(numbers)))


def test_problems_are_solvable_told_whole_and_of_one_split():
    made = list(problems("game_of_24", split="train", seed=0, count=300))
    assert len({tuple(sorted(p.program["numbers"])) for p in made}) == 300
    for problem in made:
        program = GameOf24.model_validate(problem.program)
        assert split_of("game_of_24", program) == problem.split == "train"
        assert all(str(number) in problem.question for number in program.numbers)
        assert judged(program.numbers, problem.gold) is None
        assert problem.level == len(problem.steps) == 3
        assert problem.steps[-1] == "24"
        check, read_back = own_check(problem)
        assert check.fault(read_back, check.read(f"Answer: {problem.gold} = 24")) is None
    assert len({p.template for p in made}) == 20


def test_the_game_is_asked_for_by_name_and_is_none_of_all_the_stories():
    (game,) = parse_source("game_of_24:train")
    assert game.families() == ("game_of_24",)
    (every,) = parse_source("all:train")
    assert "game_of_24" not in every.families()


@pytest.mark.parametrize("way", FAMILY.ways)
def test_a_slip_is_carried_on_to_the_answer(way):
    """The claims' own tests are in test_claims; here: wrong steps make wrong answers."""
    from cotutor.problems.family import Hand, stream

    wrong = 0
    for at in range(60):
        program = FAMILY.draw(stream("slip", at), 3)
        right = FAMILY.ways[way](program, Hand(at))
        assert judged(program.numbers, right.answer) is None
        slipped = FAMILY.ways[way](program, Hand(at, slip=at % 3))
        assert slipped.reasoning != right.reasoning
        wrong += judged(program.numbers, slipped.answer) is not None
    assert wrong >= 55
