from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.format import FORMATS
from cotutor.serve.splitting import growing, settled, whole

PIECES = ("a", " ", "\n", "-", "->", " --> ", "<", "<think>", "</think>", "<thi", "The answer is")


@given(st.sampled_from(["paper", "plain", "chat", "paper-answer"]), st.data())
def test_what_was_shown_is_the_beginning_of_what_is_shown_next(name, data):
    fmt = FORMATS[name]
    pieces = data.draw(st.lists(st.sampled_from(PIECES), max_size=12))
    text = "".join(pieces)
    shown = [growing(fmt, text[:n]) for n in range(len(text) + 1)] + [whole(fmt, text)]
    for before, now in pairwise(shown):
        assert now.reasoning.startswith(before.reasoning)
        assert now.content.startswith(before.content)


def test_an_answer_is_what_follows_the_last_mark():
    fmt = FORMATS["paper"]
    assert growing(fmt, "so 4 --> 5 --> 6") == ("so 4", "")
    assert whole(fmt, "so 4 --> 5 --> 6") == ("so 4 --> 5", "6")
    assert whole(fmt, "so 4") == ("so 4", "")


@pytest.mark.parametrize(
    ("text", "stops", "expected"),
    [("on and", ["and on"], "on "), ("on and on", ["x"], "on and on"), ("5\ufffd", [], "5")],
)
def test_what_may_become_a_stop_string_or_a_character_is_held_back(text, stops, expected):
    assert settled(text, stops) == expected
