from collections import Counter
from typing import get_args

import pytest
from bench.pairs import corpus, judge, written

from cotutor.records import Kind
from cotutor.verify import decide

PAIRS = corpus()
CLASSES = list(dict.fromkeys((pair.kind, pair.klass) for pair in PAIRS))


@pytest.fixture(scope="module")
def verdicts():
    return {pair.id: judge(pair) for pair in PAIRS}


def told(pairs, verdicts):
    """Say for a failing test how many pairs of which class were misjudged, and which."""
    classes = Counter(f"{pair.kind}, {pair.klass}" for pair in pairs)
    rows = [
        f"{pair.id}: gold {pair.gold!r}, written {pair.completion[:80]!r}, "
        f"read {verdicts[pair.id].answer!r} ({pair.why})"
        for pair in pairs
    ]
    return "\n".join([str(dict(classes)), *rows])


def test_the_corpus_is_large_balanced_and_names_each_pair_once():
    share = sum(pair.equal for pair in PAIRS) / len(PAIRS)
    assert len(PAIRS) >= 450
    assert 0.45 <= share <= 0.55
    assert len({pair.id for pair in PAIRS}) == len(PAIRS)
    assert {pair.kind for pair in PAIRS} == set(get_args(Kind))


@pytest.mark.parametrize(("kind", "klass"), CLASSES)
def test_no_wrong_answer_is_accepted(kind, klass, verdicts):
    accepted = [
        pair
        for pair in PAIRS
        if (pair.kind, pair.klass) == (kind, klass)
        and not pair.equal
        and verdicts[pair.id].outcome == "correct"
    ]
    assert not accepted, told(accepted, verdicts)


def test_hardly_a_right_answer_is_refused(verdicts):
    equal = [pair for pair in PAIRS if pair.equal]
    refused = [pair for pair in equal if verdicts[pair.id].outcome != "correct"]
    assert len(refused) <= 0.01 * len(equal), told(refused, verdicts)


def test_every_gold_can_be_read_and_is_right():
    golds = {(pair.kind, pair.gold): pair.problem() for pair in PAIRS}
    refused = [
        key
        for key, problem in golds.items()
        if decide(problem, written(problem, problem.gold)).outcome != "correct"
    ]
    assert not refused


def test_hardly_a_pair_is_left_unscored(verdicts):
    unscored = [pair for pair in PAIRS if verdicts[pair.id].outcome == "unscored"]
    assert len(unscored) <= 0.01 * len(PAIRS), told(unscored, verdicts)
