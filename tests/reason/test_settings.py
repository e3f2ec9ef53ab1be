import json

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from cotutor.reason.record import Solution
from cotutor.reason.settings import NamedStrategy, SelfConsistency
from reason.scripted import run, samples

STRATEGIES = TypeAdapter(tuple[NamedStrategy, ...])
WRITTEN = """
- direct
- zero-shot-cot
- {kind: direct, prompt: few-shot-cot, name: shots}
- {kind: self-consistency, samples: 32, prompt: zero-shot-cot}
- {kind: best-of, scorer: likelihood}
- tree
- {kind: tree, search: depth, calculator: true}
- {kind: react, tools: [{kind: calculator}, {kind: lookup, file: a.csv, key: city}]}
"""


def test_strategies_are_written_sparsely_and_have_titles():
    read = STRATEGIES.validate_python(yaml.safe_load(WRITTEN))
    assert [strategy.title for strategy in read] == [
        "direct", "direct zero-shot-cot", "shots", "self-consistency-32 zero-shot-cot",
        "best-of-8", "tree-breadth", "tree-depth calculator", "react",
    ]  # fmt: skip
    assert STRATEGIES.validate_json(STRATEGIES.dump_json(read)) == read


@pytest.mark.parametrize(
    "wrong",
    [
        "beam", {"kind": "direct", "samples": 3}, {"kind": "self-consistency", "samples": 0},
        {"kind": "tree", "search": "best"}, {"kind": "react", "tools": [{"kind": "shell"}]}, 3,
        {"kind": "tree", "thoughts": "propose"}, {"kind": "react", "prompt": "zero-shot-cot"},
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused(wrong):
    with pytest.raises(ValidationError):
        STRATEGIES.validate_python([wrong])


def test_a_solution_is_one_line_of_json_and_read_back_whole():
    solution = run(SelfConsistency(samples=2, round=2), samples(" 1\nThe answer is 1", " none"))
    line = solution.line()
    assert "\n" not in line
    assert Solution.model_validate(json.loads(line)) == solution
