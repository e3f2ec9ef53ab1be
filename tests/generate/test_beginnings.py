from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cotutor.generate.beginnings import _most_common, alike, batches, find

SMALL = {"saves": 4, "apart": 2}
few = st.lists(st.integers(0, 2), max_size=12)
rows = st.lists(few, min_size=1, max_size=12)
grown = st.builds(  # rows that are made of each other's beginnings
    lambda some, cuts: some + [some[at % len(some)][:cut] + more for at, cut, more in cuts],
    rows,
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 12), few), max_size=8),
)


@given(heads=grown)
def test_what_a_row_sees_of_its_segments_is_its_own_beginning(heads):
    found = find(heads, **SMALL)
    assert sorted(found.order) == list(range(len(heads)))
    for place, at in enumerate(found.order):
        below = {s.level: s for s in found.segments if s.first <= place < s.last}
        seen = []
        for level, count in enumerate(found.seen[place]):
            assert count == 0 or (
                below[level].start == len(seen) and count <= len(below[level].ids)
            )
            seen += below[level].ids[:count] if count else []
        assert seen + heads[at][len(seen) :] == heads[at]
        assert (found.shared[place], found.left[place]) == (len(seen), len(heads[at]) - len(seen))


@given(heads=grown)
def test_segments_of_a_level_have_rows_of_their_own_and_save_tokens(heads):
    found = find(heads, **SMALL)
    for level in found.levels():
        assert all(one.last <= other.first for one, other in pairwise(level))
    alone = sum(map(len, heads))
    assert sum(len(s.ids) for s in found.segments) + sum(found.left) <= alone


def test_samples_of_a_few_shot_prompt_share_the_shots_and_then_their_problem():
    shots = list(range(300))
    problems = [[*shots, *[300 + n] * 40] for n in range(3)]
    found = find([problem for problem in problems for _ in range(8)])
    assert [(s.level, s.start, len(s.ids), s.last - s.first) for s in found.segments] == [
        (0, 0, 340, 24), (1, 300, 40, 8), (1, 300, 40, 8),
    ]  # fmt: skip
    assert found.left == [0] * 24
    assert found.pays(call=64)


def test_probes_of_a_trace_stand_on_its_longest_one():
    trace = list(range(400))
    found = find([[*trace[:cut], 900] for cut in range(100, 401, 50)] + [trace])
    (segment,) = found.segments
    assert segment.ids == trace
    assert sorted(found.shared) == [100, 150, 200, 250, 300, 350, 400, 400]


def test_the_trunk_is_what_most_is_shared_with_and_not_the_longest():
    question, trace = list(range(100)), list(range(100, 300))
    cuts = [[*question, *trace[:cut], 900] for cut in range(20, 201, 20)]
    fillers = [[*question, *[7] * count] for count in (200, 240, 280)]
    found = find(cuts + fillers)
    assert [(s.level, s.start, s.ids) for s in found.segments] == [
        (0, 0, question + trace[:180]), (1, 100, [7] * 240),
    ]  # fmt: skip
    assert sorted(found.left) == [0, 0] + [1] * 9 + [21, 40]


@given(heads=st.lists(few, min_size=1, max_size=9))
def test_what_heads_have_in_common_is_summed_as_by_hand(heads):
    def common(one, other):
        return next(
            n for n in range(12, -1, -1) if len(one) >= n <= len(other) and one[:n] == other[:n]
        )

    heads = sorted(heads)
    sums = [sum(common(one, other) for other in heads) - len(one) for one in heads]
    assert sums[_most_common(heads)] == max(sums)


def test_one_long_stranger_does_not_widen_the_others():
    found = find([[1] * 100] * 20 + [[2] * 300])
    assert [(s.first, s.last, len(s.ids)) for s in found.segments] == [(0, 20, 100)]
    assert found.left == [0] * 20 + [300]
    assert alike(found.left, 64) == [list(range(20)), [20]]
    assert found.pays(call=64)
    assert not found.pays(call=10**6)  # in one group, the stranger pads all


@given(lengths=st.lists(st.integers(1, 30), max_size=7), price=st.integers(0, 40))
def test_groups_of_like_length_are_the_cheapest_of_all(lengths, price):
    found = alike(lengths, price)
    assert sorted(at for some in found for at in some) == list(range(len(lengths)))
    assert all(some == sorted(some) for some in found)

    def cost(groups):
        return sum(price + len(some) * max(lengths[at] for at in some) for some in groups)

    assert cost(found) == min(map(cost, partitions(list(range(len(lengths))))))


def partitions(things):
    """Yield every way to put things into groups."""
    if not things:
        yield []
        return
    for rest in partitions(things[1:]):
        yield [things[:1], *rest]
        for at, some in enumerate(rest):
            yield [*rest[:at], [things[0], *some], *rest[at + 1 :]]


def test_problems_that_have_nothing_in_common_have_segments_each():
    found = find([[n, *range(100)] for n in range(3) for _ in range(8)])
    assert [(s.level, s.first, s.last, len(s.ids)) for s in found.segments] == [
        (0, 0, 8, 101), (0, 8, 16, 101), (0, 16, 24, 101),
    ]  # fmt: skip
    assert found.pays(call=64)


@given(rows=grown, size=st.integers(1, 5))
def test_batches_hold_every_row_once(rows, size):
    made = batches(rows, size)
    assert sorted(at for batch in made for at in batch) == list(range(len(rows)))
    assert all(len(batch) == size for batch in made[:-1])


def test_what_begins_alike_shares_a_batch_and_short_ones_come_first():
    rows = ["bb" * 9, "a", "cc" * 5, "bb" * 9 + "x", "ac", "cc" * 5 + "xyz"]
    assert batches(rows, 2) == [[1, 4], [2, 5], [0, 3]]
    assert batches([], 2) == []
