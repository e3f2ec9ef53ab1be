import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.curate.candidate import jaccard, shingles
from cotutor.curate.diversity import measure
from cotutor.curate.paths import read_path
from cotutor.format import parse
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems import load
from cotutor.records import Problem, Request
from curate.some_traces import PROBLEMS, candidates, curated, reasons, traces

P = PROBLEMS[0]
FIRST = "Anna has 5 red apples and buys 3 more at the shop, so 5 + 3 = 8 apples in all."
OTHER = "Tom spends what he has saved over the weeks: 9 - 1 = 8."


def likenesses(*texts, near):
    return reasons(curated([(P, traces(P, *texts))], near_duplicate=near))


def test_copies_go_whatever_their_case_and_blanks():
    assert likenesses("It is  One.", "it is\none.", near=1) == ["duplicate"]


def test_a_word_more_is_a_near_duplicate_only_where_that_is_asked_for():
    more = FIRST.replace("in all", "in all then")
    assert likenesses(FIRST, more, OTHER, near=0.8) == ["near-duplicate"]
    assert likenesses(FIRST, more, OTHER, near=1) == []


def test_two_texts_that_differ_in_a_number_or_operator_are_different_solutions():
    long = FIRST * 20
    assert likenesses(long, long.replace("+", "-", 1), near=0.5) == []
    changed = long.replace("buys 3", "buys 4", 1)
    assert likenesses(long, changed, near=0.5) == []
    assert likenesses(long, changed.replace("buys 4", "gets 3"), near=0.5) == ["near-duplicate"]


def test_a_likeness_to_a_rejected_trace_does_not_count():
    cut = "It is one and so on and"
    made = curated(
        [(P, [t.model_copy(update={"finish": "unknown"}) for t in traces(P, cut, cut + ".")])],
        near_duplicate=0.5,
    )
    assert reasons(made) == ["truncated"]


@pytest.mark.parametrize(
    "text",
    [
        "16 pies and 13 more: 13 + 16 = 29. Then 29 * 3 = 87 pies.",
        "First 16 pies + 13 pies = 29 pies, which triples: 3 x 29 = 87.",
        "16 plus 13 is 29. 29 times 3 is 87.",
        "She has 16+13=<<16+13=29>>29 pies, so 29×3 = 87.",
        "n = 16 + 13 = 29. n = 29 · 3.0 = 87.",
        "Let x = 16 + 13 = 29, a 2-part sum. x = 29 * 3 = 87",
    ],
)
def test_one_path_in_many_words(text):
    (candidate,) = candidates(text)
    assert list(dict.fromkeys(candidate.path)) == ["13+16=29", "29*3=87"]


@pytest.mark.parametrize(
    "text",
    [
        "(16 + 13) * 3 = 29 * 3 = 87.",
        "16 * 3 = 48. 13 * 3 = 39. 48 + 39 = 87.",
        "29 * 3 = 87, since 16 + 13 = 29.",
        "13 - 16 = 29. 29 * 3 = 87.",
    ],
)
def test_other_paths_to_the_same_answer(text):
    other, path = candidates(text, "16 + 13 = 29. 29 * 3 = 87.")
    assert other.path != path.path


def test_a_path_without_equations_is_its_numbers_or_what_it_names_of_the_question():
    question = "The coin is heads up. Ann flips the coin. Bob does not. Is it heads?"
    coin = Problem.make(task="t", question=question, gold="no", kind="yes_no")
    texts = (
        "Start: 09/05/2029. A week later: 09/12/2029.",
        "Ann: tails. Then Bob leaves it.",
        "After Ann it is tails, and Bob keeps that.",
        "Bob does nothing; Ann counts.",
        "Hm!",
    )
    paths = [c.path for c in candidates(*texts, problem=coin)]
    assert paths == [("09/05/2029", "09/12/2029"), ("ann", "bob"), ("ann", "bob"),
                     ("bob", "ann"), ()]  # fmt: skip


def test_the_path_through_a_made_problem_is_what_it_claims_whatever_the_words():
    (problem,) = load("coin_flips:train", seed=0)[:1]
    made = SymbolicTeacher().generate(Request(problem=problem, sample=k) for k in range(8))
    paths = {read_path(parse(trace).text, problem) for trace in made}
    assert 5 <= len(paths) < 8  # five ways of solving, the usual one four times over
    assert read_path("Half of 3 + 4 = 7.", problem) == ("3+4=7",)


def test_diversity_counts_paths_and_wordings_apart():
    same_path = ("5 + 3 = 8 in all.", "In all that is 5 + 3 = 8.")
    same_words = ("We get 5 + 3 = 8.", "We get 9 - 1 = 8.")
    found = measure(candidates(*same_path))
    assert (found.paths, found.wordings) == (1, 2)
    found = measure(candidates(*same_words))
    assert (found.paths, found.wordings) == (2, 1)
    assert measure(candidates("Alone.")).similarity is None
    assert measure(candidates("a b c d e.", "b c d e f.")).similarity == pytest.approx(2 / 4)


WORDS = st.lists(st.sampled_from("abc"), max_size=8).map(tuple)


@given(WORDS, WORDS)
def test_similarity_is_symmetric_and_one_for_the_same(a, b):
    left, right = shingles(a, 3), shingles(b, 3)
    assert jaccard(left, left) == 1
    assert 0 <= jaccard(left, right) == jaccard(right, left) <= 1


@given(st.text(alphabet="0123456789.,/:+-*=()^x is\nplus$<>²٣", max_size=200))
def test_any_text_has_a_path(text):
    (candidate,) = candidates("x" + text)
    assert all(isinstance(step, str) and step for step in candidate.path)
