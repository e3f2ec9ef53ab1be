"""Claims against the one who knows where the slip is: the teacher's own hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotutor.problems.family import Hand, stream
from cotutor.problems.procedural import FAMILIES
from cotutor.verify.steps.segment import steps

WAYS = [(name, way) for name, family in FAMILIES.items() for way in family.ways]

# These state less than every result of the program, by their nature.
PARTIAL = {
    "only flips", "parity", "counting", "pairs", "backwards", "object by object", "grouped",
    "in days",
}  # fmt: skip


def solutions(name, way, count):
    """Problems of all levels, each with a function that solves it with or without a slip."""
    family = FAMILIES[name]
    for index in range(count):
        rng = stream("claims", name, way, index)
        program = family.draw(rng, family.levels[index % len(family.levels)])

        def solve(slip=None, program=program, index=index):
            hand = Hand(name, way, index, slip=slip)
            return family.ways[way](program, hand).reasoning, hand.notes

        yield program, solve, rng


def wrong(name, program, text):
    return [claim for claim in FAMILIES[name].claims(program, text) if claim.said != claim.true]


def step_at(text, at):
    return sum(step.end <= at for step in steps(text))


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_a_correct_solution_claims_nothing_wrong_and_is_read_in_order(name, way):
    for program, solve, _ in solutions(name, way, 60):
        text, _ = solve()
        found = list(FAMILIES[name].claims(program, text))
        assert found
        assert wrong(name, program, text) == [], text
        assert [claim.at for claim in found] == sorted(claim.at for claim in found)
        assert all(0 <= claim.at < len(text) for claim in found)


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_the_first_wrong_claim_lies_where_the_teacher_slipped(name, way):
    for program, solve, rng in solutions(name, way, 60):
        right, notes = solve()
        if notes == 0:
            continue
        text, _ = solve(slip=rng.randrange(notes))
        slip = next(at for at, letter in enumerate(text) if right[at : at + 1] != letter)
        found = wrong(name, program, text)
        assert found, text
        assert step_at(text, found[0].at) == step_at(text, slip), (text, found[0])


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_every_true_result_is_found_in_the_ways_that_state_them_all(name, way):
    for program, solve, _ in solutions(name, way, 20):
        text, _ = solve()
        stated = {claim.result for claim in FAMILIES[name].claims(program, text)} - {None}
        whole = set(range(len(program.results())))
        assert stated <= whole
        assert stated == whole or way in PARTIAL, text


@pytest.mark.parametrize("name", FAMILIES)
def test_half_of_a_solution_claims_nothing_wrong_up_to_its_last_step(name):
    """A completion that ran out of tokens said nothing untrue before it was cut."""
    for way in FAMILIES[name].ways:
        for program, solve, rng in solutions(name, way, 20):
            text, _ = solve()
            cut = rng.randrange(len(text))
            whole = [step for step in steps(text) if step.end <= cut]
            assert wrong(name, program, text[: whole[-1].end] if whole else "") == []


NOISE = st.text() | st.text(alphabet="aZ1 .,:;()=+-*/\n?\"'−×") | st.sampled_from(
    ["heads", "0" * 5000, "1 + " * 500, "(" * 500, " and ", "month 3", "+5 days", "\ud800", "²"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
@pytest.mark.parametrize("name", FAMILIES)
def test_any_text_can_be_read(name, data):
    way = data.draw(st.sampled_from(list(FAMILIES[name].ways)))
    program, solve, _ = next(solutions(name, way, 1))
    words = solve()[0].split(" ")
    mangled = st.lists(st.sampled_from(words) | NOISE, max_size=40).map(" ".join)
    text = data.draw(NOISE | mangled)
    for claim in FAMILIES[name].claims(program, text):
        assert 0 <= claim.at <= len(text)
        assert claim.result is None or claim.result in range(len(program.results()))
