"""Whatever a model writes, the verifier gives a verdict, does bounded work and runs none of it."""

import os
import random
import sys
from contextlib import contextmanager
from typing import get_args

import pytest
from bench.fuzz import SOUP, mutated
from bench.pairs import corpus, judge, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cotutor.records import Kind, Verdict
from cotutor.verify import decide

PAIRS = corpus()
KINDS = get_args(Kind)
BY_KIND = {kind: [pair for pair in PAIRS if pair.kind == kind] for kind in KINDS}
TEXTS = [pair.completion for pair in PAIRS]

tokens = st.sampled_from(SOUP)
soup = st.lists(tokens, max_size=60)
completions = st.one_of(
    st.text(max_size=300),
    soup.map("".join),
    soup.map(" ".join),
    st.text(alphabet="0123456789.,-+eE/^%$ ", max_size=300),
    st.builds(
        lambda before, after, many: before * many + after * many,
        tokens, tokens, st.integers(1, 2000),
    ),
    st.builds(
        lambda seed, text, other: mutated(random.Random(seed), text, other),
        st.integers(0, 2**32), st.sampled_from(TEXTS), st.sampled_from(TEXTS),
    ),
)  # fmt: skip

thoroughly = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@pytest.mark.parametrize("kind", KINDS)
@thoroughly
@given(data=st.data(), completion=completions)
def test_any_text_gets_a_verdict_that_can_be_stored_and_is_given_again(kind, data, completion):
    problem = data.draw(st.sampled_from(BY_KIND[kind])).problem()
    trace = written(problem, completion)
    verdict = decide(problem, trace)
    assert verdict.outcome in {"correct", "incorrect", "unscored"}
    assert (verdict.reason is None) == (verdict.outcome == "correct")
    assert verdict.outcome != "correct" or verdict.answer is not None
    assert Verdict.model_validate_json(verdict.line()) == verdict
    assert decide(problem, trace) == verdict


def calls(problem, completion):
    """Return how many calls, of Python and C functions, one verdict takes."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event in {"call", "c_call"}

    trace = written(problem, completion)
    sys.setprofile(counted)
    try:
        decide(problem, trace)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", KINDS)
def test_work_grows_no_faster_than_the_text(kind):
    problem = BY_KIND[kind][0].problem()
    calls(problem, "1")
    for token in SOUP:
        for text in (token * 2000, token * 2000 + "1", f"The answer is {token * 2000}"):
            assert calls(problem, text) <= 1000 + 30 * len(text), repr(token)


LISTENED = {"exec", "compile", "os.system", "os.exec", "os.posix_spawn", "os.fork",
            "subprocess.Popen", "socket.connect", "ctypes.dlopen"}  # fmt: skip
heard: list[str] = []
listening = False


def hook(event, arguments):
    """Note what would run code; that of a file is an import, not a model's text."""
    if not listening or event not in LISTENED:
        return
    if event == "exec" and os.path.exists(arguments[0].co_filename):
        return
    if event == "compile" and arguments[1] and os.path.exists(arguments[1]):
        return
    heard.append(event)


@contextmanager
def ears_open():
    global listening
    heard.clear()
    listening = True
    try:
        yield
    finally:
        listening = False


@pytest.fixture(scope="module")
def hooked():
    """Install the hook, which cannot be taken away again, and prove that it hears."""
    sys.addaudithook(hook)
    with ears_open():
        eval("1 + 1")
    assert heard


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_run(kind, hooked, tmp_path):
    loot = tmp_path / "loot"
    shots = [
        f"__import__('os').system('touch {loot}')",
        f"open({str(loot)!r}, 'w')",
        f"exec(\"open({str(loot)!r}, 'w')\")",
        f"$\\boxed{{__import__('pathlib').Path({str(loot)!r}).touch()}}$",
        f"x = ().__class__.__base__.__subclasses__(); open({str(loot)!r},'w')",
        f"\\immediate\\write18{{touch {loot}}}",
        f"$(touch {loot})",
        f"1; import os; os.system('touch {loot}')",
        f"[open({str(loot)!r}, 'w') for x in (1,)]",
    ]
    for pair in BY_KIND[kind]:
        judge(pair)  # the symbolic worker is up, and everything is imported
    problem = BY_KIND[kind][0].problem()
    with ears_open():
        for shot in shots:
            for completion in (shot, f"The answer is {shot}", f"2 + {shot}", f"${shot}$"):
                assert decide(problem, written(problem, completion)).outcome != "correct"
        for pair in BY_KIND[kind]:
            judge(pair)
    assert not heard
    assert not loot.exists()
