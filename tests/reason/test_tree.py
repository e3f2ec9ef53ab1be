import pytest

from cotutor.errors import ConfigError
from cotutor.format import FORMATS
from cotutor.generate.writing import Written
from cotutor.reason import Tree
from cotutor.reason.drawing import draw
from cotutor.verify import decide
from reason.scripted import Scripted, number, run, samples


def scorer(worth):
    """Score a reasoning by its last line."""

    def score(problem, reasonings, answers):
        lines = [reasoning.strip().split("\n")[-1] for reasoning in reasonings]
        return [(worth.get(line, 0.0),) for line in lines]

    return {"table": score}


def grows(table):
    """A script in which each sample behind a path is the next of those listed for it.

    Who is asked for the answer says 5.
    """
    told = {path: iter(texts) for path, texts in table.items()}
    return Scripted(
        lambda ask: " 5" if ask.begun.endswith("The answer is") else next(told[ask.begun])
    )


MAZE = {
    "": ["a", "b", "c"],
    "a\n": ["aa", "ab", "ac"],
    "b\n": ["ba", "bb", "bc"],
    "a\nab\n": ["\nThe answer is 1"] * 3,
    "b\nbc\n": ["The answer is 7", "x", "y"],
}
WORTH = {"a": 0.9, "b": 0.8, "c": 0.1, "aa": 0.1, "ab": 0.5, "ac": 0.2, "ba": 0.1, "bc": 0.6}


def test_breadth_keeps_the_beam_and_goes_on_from_it():
    settings = Tree(branch=3, beam=2, depth=3, value="table")
    writer = grows(MAZE)
    solution = run(settings, writer, scorers=scorer(WORTH))
    assert decide(number(), solution.trace).answer == "7"
    assert solution.trace.completion == "b\nbc\nThe answer is 7"
    assert [len(call) for call in writer.calls] == [3, 6, 6, 1]
    kept = [node.text.strip() for node in solution.nodes if node.is_kept]
    assert kept == ["", "a", "b", "ab", "bc", "The answer is 7", "x", "The answer is 5"]
    fates = {node.text.strip(): node.why for node in solution.nodes}
    assert fates["c"] == "outside the beam"
    assert fates["The answer is 7"] == "chosen"
    assert fates["The answer is 5"] == "asked for the answer"
    assert solution.calls == 16


def test_what_is_worth_less_than_the_threshold_is_given_up():
    settings = Tree(branch=3, beam=3, depth=2, value="table", threshold=0.85)
    solution = run(settings, grows(MAZE | {"a\n": ["The answer is 7"] * 3}), scorers=scorer(WORTH))
    fates = {node.text.strip(): node.why for node in solution.nodes}
    assert fates["b"] == fates["c"] == "below the threshold"


def test_what_was_said_before_is_worth_nothing():
    writer = grows({"": ["a", " a", "b"], "b\n": ["The answer is 7"] * 3, "a\n": ["", "", ""]})
    worth = scorer({"a": 1.0, "b": 0.5, "": 0.2})
    settings = Tree(branch=3, beam=2, depth=2, value="table")
    solution = run(settings, writer, scorers=worth)
    twice = solution.nodes[2]
    assert (twice.score, twice.why, twice.is_kept) == (0.0, "duplicate", False)
    assert len(writer.calls[1]) == 6  # a and b, not a twice
    assert [n.why for n in solution.nodes if n.parent == 1] == ["nothing more is said"] * 3


def test_an_answer_that_cannot_be_read_is_a_dead_end():
    writer = grows({"": ["The answer is unclear", "b"], "b\n": ["The answer is 7", "no"]})
    settings = Tree(branch=2, beam=2, depth=2, value="table")
    solution = run(settings, writer, scorers=scorer(WORTH))
    assert solution.nodes[1].why == "no answer can be read"
    assert decide(number(), solution.trace).answer == "7"


def test_depth_goes_down_the_best_branch_and_comes_back_from_a_dead_end():
    table = {
        "": ["a", "b"], "a\n": ["aa", "ab"], "a\nab\n": ["", ""], "a\naa\n": ["", ""],
        "b\n": ["The answer is 7", "no"],
    }  # fmt: skip
    writer = grows(table)
    settings = Tree(search="depth", branch=2, beam=2, depth=3, value="table")
    solution = run(settings, writer, scorers=scorer(WORTH))
    asked = [call[0].begun for call in writer.calls]
    assert asked == ["", "a\n", "a\nab\n", "a\naa\n", "b\n"]
    assert (solution.ended, decide(number(), solution.trace).answer) == ("answered", "7")


@pytest.mark.parametrize("search", ["breadth", "depth"])
def test_states_of_full_depth_are_asked_for_their_answers(search):
    writer = Scripted(lambda ask: " 7" if ask.begun.endswith("The answer is") else f"{ask.seed}")
    settings = Tree(search=search, branch=2, beam=1, depth=3, value="findings")
    solution = run(settings, writer)
    assert decide(number(), solution.trace).answer == "7"
    assert [len(call) for call in writer.calls] == [2, 2, 2, 1]
    assert len(solution.trace.completion.split("\n")) == 4


def test_the_search_goes_on_where_a_deepest_state_has_no_answer():
    def script(ask):
        if ask.begun.endswith("The answer is"):
            return " 7" if "b" in ask.begun else " ?"
        return next(thoughts)

    thoughts = iter("ab")
    settings = Tree(search="depth", branch=2, beam=2, depth=1, value="table")
    solution = run(settings, Scripted(script), scorers=scorer(WORTH))
    assert solution.trace.completion == "b\nThe answer is 7"
    assert [node.is_kept for node in solution.nodes] == [True, True, True, False, True]


@pytest.mark.parametrize("search", ["breadth", "depth"])
@pytest.mark.parametrize(("limit", "calls"), [({"max_calls": 4}, 7), ({"budget": 10}, 7)])
def test_a_spent_budget_ends_the_search_before_the_next_round(search, limit, calls):
    writer = Scripted(lambda ask: f"{ask.seed}")
    settings = Tree(search=search, branch=3, beam=3, depth=9, value="findings", **limit)
    solution = run(settings, writer)
    if search == "breadth":
        calls = 13  # three states are expanded in the second round
        assert len(writer.calls) == 3
    assert solution.calls == calls
    assert solution.ended.startswith("budget spent")


def test_the_model_values_states_by_its_last_word_over_several_votes():
    replies = {"a": ["sure", "Not sure ... likely", "?"], "b": ["impossible"] * 3}
    told = {key: iter(words) for key, words in replies.items()}

    def script(ask):
        if "Can the right answer" in ask.prompt:
            return next(told[ask.prompt.partition("so far:\n")[2][:1]])
        return next(thoughts)

    thoughts = iter(["a", "b", "The answer is 7", "The answer is 7"])
    told["a\nThe"] = iter([])
    settings = Tree(branch=2, beam=1, depth=1, value="prompt", threshold=0.5)
    solution = run(settings, Scripted(script))
    assert [node.score for node in solution.nodes[1:3]] == [21.0, pytest.approx(0.003)]
    assert solution.nodes[2].why == "below the threshold"


def test_the_model_votes_among_the_states_of_a_level():
    votes = iter(["I like 2", "the second: 2.", "9"])

    def script(ask):
        return next(votes) if "beginnings of a solution" in ask.prompt else next(thoughts)

    thoughts = iter(["a", "b", "7"])
    solution = run(Tree(branch=2, beam=1, depth=1, value="vote"), Scripted(script))
    assert [node.score for node in solution.nodes[1:3]] == [0.0, 2.0]
    assert solution.trace.completion.startswith("b\n")


def test_thoughts_may_be_proposed_at_once():
    def script(ask):
        if "possible next steps" not in ask.prompt:
            return " 7"
        return "1. a\n- b\n\n3) The answer is 7" if "(none yet)" in ask.prompt else ""

    settings = Tree(thoughts="propose", branch=3, beam=3, depth=4, value="findings")
    writer = Scripted(script)
    solution = run(settings, writer)
    assert [node.text for node in solution.nodes[1:4]] == ["a\n", "b\n", "The answer is 7"]
    assert len(writer.calls[0]) == 1
    assert sum(node.tokens for node in solution.nodes) == solution.completion_tokens


def test_likelihood_is_per_token_along_the_whole_path():
    sure = {"a": (-1.0, 1), "b c d": (-1.5, 3)}
    texts = iter(["a", "b c d"])

    def script(ask):
        text = next(texts, None)
        if text is None:
            return " 7"
        return Written(text, "stop", 1, sure[text][1], log_probability=sure[text][0])

    solution = run(Tree(branch=2, beam=1, depth=1), Scripted(script))
    assert [node.score for node in solution.nodes[1:3]] == [-1.0, -0.5]
    assert solution.trace.completion == "b c d\nThe answer is 7"
    untold = samples("a", "b c d", " 7")
    untold.likely = {"a\n": -1.0, "b c d\n": -1.5}.get
    again = run(Tree(branch=2, beam=1, depth=1), untold)
    assert [n.score for n in again.nodes] == [n.score for n in solution.nodes]


def test_steps_may_be_sentences_and_an_answer_cut_off_counts_as_such():
    writer = grows({"": ["One. Two."], "One.": [" Two.\nThe answer is 7 of many more words"]})
    settings = Tree(step="sentence", branch=1, beam=1, depth=3, value="findings")
    solution = run(settings.model_copy(update={"thought_max_tokens": 5}), writer)
    assert solution.trace.completion.startswith("One. Two.\nThe answer is 7")
    assert decide(number(), solution.trace).reason == "truncated"


def test_no_state_ends_in_the_blank_that_begins_the_next_word():
    # with a blank of its own behind the step, a BPE tokenizer would split the next word as never
    asked = []
    writer = Scripted(lambda ask: asked.append(ask.begun) or " One is one. ")
    run(Tree(step="sentence", branch=1, beam=1, depth=2, value="findings"), writer)
    assert " One is one." in asked
    assert not [begun for begun in asked if begun.endswith(" ")]


def test_a_tree_that_cannot_be_is_one_sentence():
    with pytest.raises(ConfigError, match="tree-breadth: no scorer 'prm'"):
        run(Tree(value="prm"), samples())
    with pytest.raises(ConfigError, match="format zero-shot has no reasoning"):
        run(Tree(), samples(), fmt=FORMATS["zero-shot"])


def test_the_tree_is_drawn_with_what_became_of_each_branch():
    settings = Tree(branch=3, beam=2, depth=3, value="table")
    table = MAZE | {"": ["a", "b", "c\x1b[31m"]}
    lines = draw(run(settings, grows(table), scorers=scorer(WORTH))).splitlines()
    assert lines[0].startswith("tree-breadth: ")
    assert lines[1] == "└─ ●"
    assert lines[2] == "   ├─ ● [0.9] a"
    assert "   │  └─ ○ [0.2] ac (outside the beam)" in lines
    assert any(line.endswith("The answer is 7 → 7 (chosen)") for line in lines)
    assert "\x1b" not in "".join(lines)


def test_a_long_chain_is_drawn_without_running_out_of_stack():
    writer = Scripted(lambda ask: " 7" if ask.begun.endswith("The answer is") else "on")
    settings = Tree(search="depth", branch=1, beam=1, depth=1200, value="table")
    assert len(draw(run(settings, writer, scorers=scorer({}))).splitlines()) == 1203
