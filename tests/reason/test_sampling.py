from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.errors import ConfigError
from cotutor.format import FORMATS, Shot
from cotutor.generate.writing import Written
from cotutor.problems.procedural import problems
from cotutor.reason import BestOf, Direct, SelfConsistency
from cotutor.records import Problem
from cotutor.verify import decide
from reason.scripted import Scripted, number, run, samples


def says(answer, reasoning="So."):
    return f" {reasoning}\nThe answer is {answer}"


def test_direct_is_one_greedy_call():
    solution = run(Direct(), writer := samples(says(7)))
    assert decide(number(), solution.trace).outcome == "correct"
    assert (solution.calls, solution.ended, len(writer.calls)) == (1, "answered", 1)
    assert writer.calls[0][0].temperature == 0
    assert solution.tokens == solution.prompt_tokens + solution.completion_tokens == 1 + 5


def test_a_cot_prompt_opens_the_students_own_format():
    shots = {"t": (Shot("1 + 1?", "It is two.", "2"),)}
    for prompt, end in (
        ("zero-shot-cot", "Q: What is it?\nA: Let's think step by step."),
        ("few-shot-cot", "Q: 1 + 1?\nA: It is two. --> 2\n\nQ: What is it?\nA:"),
    ):
        writer = samples(" It is seven. --> 7")
        solution = run(Direct(prompt=prompt), writer, fmt=FORMATS["paper"], shots=shots)
        assert writer.calls[0][0].prompt == end
        assert solution.trace.format == "paper"
        assert decide(number(), solution.trace).answer == "7"


def test_a_few_shot_prompt_without_exemplars_is_refused():
    with pytest.raises(ConfigError, match="direct few-shot-cot: there are no exemplars of t"):
        run(Direct(prompt="few-shot-cot"), samples(says(7)))


def test_where_a_format_has_no_reasoning_the_cot_prompt_asks_for_the_answer_in_a_second_call():
    writer = samples(" It is seven.", " 7.")
    solution = run(Direct(prompt="zero-shot-cot"), writer, fmt=FORMATS["plain-answer"])
    assert writer.calls[1][0].prompt.endswith("It is seven.\nTherefore, the answer is")
    assert solution.trace.format == "zero-shot-cot"
    assert decide(number(), solution.trace).outcome == "correct"
    assert solution.calls == 2


def test_the_majority_wins_and_equal_answers_are_one_whatever_their_wording():
    writer = samples(says(3), says("$7.00"), says(3), says("7 apples"), says("seven"))
    solution = run(SelfConsistency(samples=5, round=5), writer)
    assert decide(number(), solution.trace).outcome == "correct"
    assert solution.trace.sample == 1
    assert [node.is_kept for node in solution.nodes] == [False, True, False, True, True]
    assert {node.why for node in solution.nodes} == {"in the majority", "outvoted"}


def test_expressions_are_grouped_by_the_verifiers_comparison():
    problem = Problem.make(task="t", kind="expression", question="Factor.", gold="(x-1)(x+1)")
    writer = samples(says("x^2 + 1"), says("x^2 - 1"), says("(x - 1)(x + 1)"))
    (solution,) = run(SelfConsistency(samples=3, round=3), writer, problem)
    assert decide(problem, solution.trace).outcome == "correct"


def test_a_tie_goes_to_the_answer_that_came_first_and_silence_has_no_vote():
    writer = samples(" no idea", says(4), says(7), says(7), says(4), " none")
    solution = run(SelfConsistency(samples=6, round=6), writer)
    assert solution.nodes[1].is_kept
    assert solution.nodes[0].why == "no answer"
    assert decide(number(), solution.trace).answer == "4"


def test_sampling_stops_once_the_rest_cannot_change_the_winner():
    writer = samples(*[says(7)] * 4, *[says(1)] * 4)
    solution = run(SelfConsistency(samples=8, round=2), writer)
    assert (solution.calls, solution.ended) == (4, "decided early")  # a tie goes to the first
    writer = samples(says(7), says(1), *[says(7)] * 6)
    solution = run(SelfConsistency(samples=8, round=1), writer)
    assert solution.calls == 5  # 4 to 1, and 3 to come


@given(st.lists(st.sampled_from([1, 2, 3, None]), min_size=1, max_size=12), st.integers(1, 12))
def test_stopping_early_never_changes_the_answer(answers, size):
    texts = [" nothing" if a is None else says(a) for a in answers]
    whole = run(SelfConsistency(samples=len(texts), round=len(texts)), samples(*texts))
    early = run(SelfConsistency(samples=len(texts), round=size), samples(*texts))
    assert early.trace.completion == whole.trace.completion
    assert early.calls <= whole.calls


def test_a_likely_sample_outweighs_two_unlikely_ones():
    def script(ask):
        text, sure = next(rest)
        return Written(text, "stop", 1, 2, log_probability=2 * log(sure))

    told = [(says(1), 0.2), (says(7), 0.9), (says(1), 0.3)]
    for weighted, best in ((True, "7"), (False, "1")):
        rest = iter(told)
        settings = SelfConsistency(samples=3, round=3, weighted=weighted)
        solution = run(settings, Scripted(script))
        assert decide(number(), solution.trace).answer == best
    assert solution.nodes[1].score == 1.0


def test_likelihood_is_asked_for_where_the_writer_did_not_tell():
    writer = samples(says(1), says(7, "Seven it is."))
    writer.likely = lambda text: -1.0 if "Seven" in text else -9.0
    solution = run(BestOf(samples=2, scorer="likelihood"), writer)
    assert decide(number(), solution.trace).outcome == "correct"
    assert solution.nodes[1].score == pytest.approx(-1.0 / 7)


def test_a_failed_sample_is_passed_over_and_all_failed_is_nobodys_wrong_answer():
    failed = Written("", "error", 0, 0, error="no route")
    solution = run(SelfConsistency(samples=2, round=2), samples(failed, says(7)))
    assert decide(number(), solution.trace).outcome == "correct"
    solution = run(SelfConsistency(samples=2, round=2), samples(failed, failed))
    assert decide(number(), solution.trace).outcome == "unscored"
    solution = run(BestOf(samples=2, scorer="findings"), samples(failed, says(7)))
    assert decide(number(), solution.trace).outcome == "correct"


GOOD = says(7, "3 + 4 = 7.")
BAD = says(8, "3 + 4 = 8.")


def test_best_of_takes_the_sound_steps_and_never_sees_the_gold():
    problem = number("8", "Ann has 3 and gets 4 more.")  # the gold is wrong on purpose
    (solution,) = run(BestOf(samples=3), samples(BAD, " 3 + 4 = 7.", GOOD), problem)
    assert decide(problem, solution.trace).outcome == "incorrect"
    assert [node.why for node in solution.nodes] == ["worse", "no answer", "best"]
    assert solution.nodes[2].score == 1.0


@pytest.mark.parametrize(("how", "best"), [("last", 2), ("min", 1), ("prod", 0), ("mean", 0)])
def test_step_scores_are_aggregated(how, best):
    table = {"1": (1.0, 0.9, 0.5), "2": (0.6, 0.6, 0.6), "3": (0.1, 0.1, 0.9)}

    def scorer(problem, reasonings, answers):
        return [table[answer] for answer in answers]

    settings = BestOf(samples=3, scorer="mine", aggregate=how)
    solution = run(settings, samples(says(1), says(2), says(3)), scorers={"mine": scorer})
    assert solution.nodes[best].is_kept


def test_an_unknown_scorer_is_one_sentence():
    with pytest.raises(
        ConfigError, match="best-of-8: no scorer 'prm'; there are likelihood, findings"
    ):
        run(BestOf(scorer="prm"), samples())


def test_problems_share_the_calls_and_their_order_changes_nothing():
    asked = [number(question=f"{n}?") for n in range(5)]
    writer = Scripted(lambda ask: says(ask.seed % 3))
    settings = SelfConsistency(samples=4, round=4)
    together = run(settings, writer, *asked)
    assert [len(call) for call in writer.calls] == [20]
    alone = [run(settings, writer, problem, width=1)[0] for problem in asked]
    assert together == alone
    assert run(settings, writer, *asked[::-1], width=2)[::-1] == together


def test_a_game_is_voted_on_as_it_is_written_and_not_by_what_solves_it():
    problem = next(problems("game_of_24", split="train", seed=0, count=1))
    a, b, c, d = problem.program["numbers"]
    wrong = f"{a} + {b} + {c} + {d}"
    writer = samples(
        says(f"{problem.gold} = 24"), says(wrong), says(f"({wrong}) = 24"), says(f"{a} + {b} = 3")
    )
    (solution,) = run(SelfConsistency(samples=4, round=4), writer, problem)
    assert [node.is_kept for node in solution.nodes] == [False, True, True, False]
    assert solution.nodes[2].answer == wrong
    assert solution.nodes[3].answer is None
