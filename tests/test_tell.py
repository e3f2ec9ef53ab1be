from pathlib import Path

from cotutor.tell import told


def test_the_tested_problems_are_told_apart_from_the_sets_asked_also():
    counts = {
        "traces": 258, "correct": 117, "unscored": 0, "completion_tokens": 8958, "seconds": 5.4,
        "also": {"traces": 36, "correct": 1},
    }  # fmt: skip
    assert (
        told("evaluate/one", counts, Path())
        .split(maxsplit=1)[1]
        .startswith("116 of 222 right, 1 of 36 of evaluate.also, 8,958 tokens, ")
    )
    del counts["also"]
    assert "117 of 258 right, 8,958 tokens" in told("evaluate/one", counts, Path())
