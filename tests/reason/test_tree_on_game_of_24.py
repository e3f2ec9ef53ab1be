"""The standard test of tree search, played by a writer that knows what can still be won."""

import re
from fractions import Fraction
from itertools import permutations

import pytest

from cotutor.format import format_named
from cotutor.problems.number_puzzle import apply, is_solvable
from cotutor.problems.procedural import own_check, problems
from cotutor.reason import Tree
from reason.scripted import Scripted, run

GAMES = list(problems("game_of_24", split="heldout", seed=0, count=12))
STEP = re.compile(r"(\S+) (\S) (\S+) = (\S+) \(left: ([^)]*)\)")


def player(ask):
    """Proposes every step, knows which states can be won, and writes down the expression."""
    question, _, thoughts = ask.prompt.partition("Steps so far:\n")
    if ask.begun:
        return f" {expression(question, ask.begun)} = 24"
    steps = STEP.findall(thoughts)
    numbers = re.findall(r"[0-9]+", question.partition("24")[0])
    left = steps[-1][4].split() if steps else numbers[:4]
    if "possible next steps" in ask.prompt:
        return "\n".join(moves(left))
    return "sure" if is_solvable([Fraction(n) for n in left], 24) else "impossible"


def moves(left):
    for a, b in permutations(range(len(left)), 2):
        others = [n for at, n in enumerate(left) if at not in (a, b)]
        for sign in "+-*/":
            made = apply(Fraction(left[a]), sign, Fraction(left[b]))
            if made is not None and made >= 0 and (sign in "-/" or a < b):
                now = " ".join([*others, str(made)])
                yield f"{left[a]} {sign} {left[b]} = {made} (left: {now})"


def expression(question, begun):
    """The steps put into each other."""
    made = {}
    for a, sign, b, result, _ in STEP.findall(begun):
        a = made[a].pop() if made.get(a) else a
        b = made[b].pop() if made.get(b) else b
        made.setdefault(result, []).append(f"({a} {sign} {b})")
    return made.get("24", ["0"])[-1]


def wins(solution, problem):
    check, program = own_check(problem)
    read = check.read(format_named("instruct").parse(solution.trace.completion).answer or "")
    return read is not None and check.fault(program, read) is None


@pytest.mark.parametrize("search", ["breadth", "depth"])
def test_search_wins_every_game_that_its_values_lead_to(search):
    settings = Tree(
        search=search, thoughts="propose", value="prompt", votes=1, branch=60, beam=4,
        depth=3, threshold=1.0,
    )  # fmt: skip
    solutions = run(settings, Scripted(player), *GAMES, fmt=format_named("instruct"))
    assert all(map(wins, solutions, GAMES))
    for solution in solutions:
        given_up = {node.why for node in solution.nodes if node.score == 0.001}
        assert given_up == {"below the threshold"}


def test_without_values_most_games_are_lost():
    settings = Tree(
        thoughts="propose", value="prompt", votes=1, branch=60, beam=1, depth=3
    )  # fmt: skip
    blind = Scripted(lambda ask: "likely" if "be reached from here" in ask.prompt else player(ask))
    solutions = run(settings, blind, *GAMES, fmt=format_named("instruct"))
    assert sum(map(wins, solutions, GAMES)) < 4
