"""Every strategy on the embedded base, which is a real model, and on its own writer."""

import pytest

from cotutor.format import format_named
from cotutor.generate.local import LocalWriter
from cotutor.models import load_model
from cotutor.problems.procedural import problems
from cotutor.reason import BestOf, Direct, React, SelfConsistency, Setup, Tree, solve
from cotutor.verify import decide

SHORT = {"max_tokens": 20}
STRATEGIES = (
    Direct(**SHORT, calculator=True),
    Direct(prompt="zero-shot-cot", **SHORT),
    SelfConsistency(samples=3, round=2, weighted=True, **SHORT),
    BestOf(samples=3, scorer="likelihood", **SHORT),
    Tree(step="sentence", branch=2, beam=1, depth=2, thought_max_tokens=12, **SHORT),
    Tree(search="depth", thoughts="propose", value="prompt", votes=1, branch=2, depth=2, **SHORT),
    React(steps=2, **SHORT),
)
PROBLEMS = [
    problem
    for family, level in (("coin_flips", 3), ("game_of_24", 3))
    for problem in problems(family, split="heldout", seed=0, count=1, level=level)
]


@pytest.fixture(scope="module")
def writer():
    model, tokenizer = load_model("embedded", device="cpu")
    return LocalWriter(model, tokenizer, name="base", batch_size=16)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.title)
def test_a_strategy_runs_on_a_model_and_whoever_thinks_beside_changes_nothing(writer, strategy):
    setup = Setup(format=format_named("plain"))
    found = {s.problem_id: s for s in solve(PROBLEMS, writer, strategy, setup)}
    assert len(found) == 2
    for problem in PROBLEMS:
        solution = found[problem.id]
        assert decide(problem, solution.trace).outcome in ("correct", "incorrect")
        assert solution.calls >= 1
        assert solution.completion_tokens >= sum(node.tokens for node in solution.nodes) > 0
    (alone,) = solve(PROBLEMS[1:], writer, strategy, setup)
    assert texts(alone) == texts(found[PROBLEMS[1].id])


def texts(solution):
    return [node.text for node in solution.nodes], solution.trace.completion
