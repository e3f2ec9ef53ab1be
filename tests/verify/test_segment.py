import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.verify.steps.segment import steps


def texts(text):
    return [step.text for step in steps(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["He has 3.5 kg.", "He eats 1.", "2.5 are left."],
        ["Mr. Smith met Dr. J. K. Jones at 9 a.m. on Jan. 5.", "They ate 2 lb. of figs."],
        ["In the U.S. Army, No. 5 is best, e.g. for George W. Bush.", "The answer is B.", "Yes."],
        ["They came from the U.S.", "Then they left."],
        ["Add 5, 10, ... and 50.", "Wait...", "That is 5! = 120!", "Really?", "Yes."],
        ['"Stop!" she said.', '"Go."', "He went."],
        ["See https://example.org/a.b?c=d.e.", "Then $x = \\frac{1}{2}$.", "So x is 0.5."],
        ["1. First add.", "2. Then double.", "(a) Take 3.", "Step 2: take 4."],
        ["Step 1: 5 + 3 = 8", "Step 2: 8 * 2 = 16"],
        ["That is 4.5/2 = <<4.5/2=2.25>>2.25.", "Next."],
        ["The total is $3.50.", "$1 is left."],
    ],
)
def test_sentences_end_where_people_end_them(parts):
    assert texts(" ".join(parts)) == parts


def test_lines_end_steps_and_displays_keep_theirs():
    text = "- 5 + 3 = 8\n\n* 8 - 2 = 6\n\\[\nx = 5. \ny = 6\n\\]\n**Step 3:**\ndone"
    assert texts(text) == [
        "- 5 + 3 = 8", "* 8 - 2 = 6", "\\[\nx = 5. \ny = 6\n\\]", "**Step 3:**\ndone",
    ]  # fmt: skip


def test_a_display_never_closed_hides_nothing():
    assert texts("It costs $$ a lot. Then << less. Done.") == [
        "It costs $$ a lot.", "Then << less.", "Done.",
    ]  # fmt: skip


PIECES = st.sampled_from(
    ["5", "3.5", ". ", ".", "\n", "Mr. ", "Step 2: ", "1. ", "\\[", "\\]", "<<", ">>", "$$", "! ",
     "... ", "U.S. ", '" ', "a", "B", " ", "\t", "=", "(a) "]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_nothing_is_lost_but_white_space(text):
    found = steps(text)
    assert all(text[step.start : step.end] == step.text == step.text.strip() for step in found)
    edges = [0, *(edge for step in found for edge in (step.start, step.end)), len(text)]
    assert edges == sorted(edges)
    gaps = [text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    assert not "".join(gaps).strip()
