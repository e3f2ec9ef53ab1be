from dataclasses import replace

import pytest
from serve_badly import FAULTS, problem, serving

from cotutor.errors import BackendError, ConfigError
from cotutor.format import FORMATS
from cotutor.generate.budget import BudgetSpent
from cotutor.generate.endpoint_writer import EndpointWriter
from cotutor.generate.settings import EndpointSettings
from cotutor.generate.writing import Ask
from cotutor.reason import SelfConsistency, Setup, solve
from cotutor.verify import decide

ASK = Ask(prompt="Q: 1?\nA:", format=FORMATS["plain"], begun=" One", stop=("\n",), max_tokens=9)


def writer(server, tmp_path, **settings):
    settings = {
        "model": "m", "base_url": server.url, "cache": tmp_path / "cache.sqlite", "timeout": 10,
        "retries": 8, "backoff": 0.02, "api": "completions", "format": "zero-shot", **settings,
    }  # fmt: skip
    return EndpointWriter(EndpointSettings(**settings))


def test_a_begun_completion_is_gone_on_from_on_both_apis(tmp_path):
    with serving() as server:
        with writer(server, tmp_path) as plain:
            plain.write([ASK])
        with writer(server, tmp_path, api="chat", seed=0) as chat:
            chat.write([replace(ASK, temperature=0.5, top_p=0.9, seed=4), replace(ASK, begun="")])
    first, *others = server.bodies
    assert first == {
        "model": "m", "prompt": "Q: 1?\nA: One", "max_tokens": 9, "temperature": 0.0, "stop": ["\n"]
    }  # fmt: skip
    begun = next(body for body in others if len(body["messages"]) == 2)
    assert begun["messages"][1] == {"role": "assistant", "content": " One"}
    assert (begun["continue_final_message"], begun["add_generation_prompt"]) == (True, False)
    assert (begun["seed"], begun["temperature"], begun["top_p"]) == (4, 0.5, 0.9)
    fresh = next(body for body in others if len(body["messages"]) == 1)
    assert "continue_final_message" not in fresh


def test_answers_come_in_order_from_a_bad_server_and_are_never_asked_for_twice(tmp_path):
    asks = [replace(ASK, prompt=f"{n}", begun="", seed=k) for n in range(10) for k in range(3)]
    with serving(faults=FAULTS[:2] + FAULTS[3:]) as server:
        with writer(server, tmp_path, concurrency=5) as asking:
            written = asking.write(asks)
            assert asking.write(asks) == written
            assert asking.usage.cached == 30
        with writer(server, tmp_path) as again:
            assert again.write(asks[::-1]) == written[::-1]
            assert again.usage.sent == 0
    assert [one.text for one in written] == [
        f" the answer to '{n}' with seed None" for n in range(10) for _ in range(3)
    ]
    assert len(server.answered) == 30  # three samples of a prompt are three calls
    assert {(one.finish, one.completion_tokens, one.error) for one in written} == {
        ("stop", 3, None)
    }


def test_a_call_that_cannot_be_answered_is_an_error_of_its_own(tmp_path):
    def reply(body):
        return (400, {"error": {"message": "too long"}}) if "bad" in body["prompt"] else " fine"

    with serving(reply=reply) as server, writer(server, tmp_path) as asking:
        bad, good = asking.write([replace(ASK, prompt="bad"), ASK])
    assert (bad.finish, bad.error, good.text) == ("error", "status 400: too long", " fine")


def test_the_budget_is_one_for_all_calls_and_likelihoods_are_not_told(tmp_path):
    with serving() as server, writer(server, tmp_path, max_tokens_total=25) as asking:
        asking.write([ASK, replace(ASK, seed=1)])
        with pytest.raises(BudgetSpent, match="2 requests remain"):
            asking.write([replace(ASK, seed=seed) for seed in range(2, 5)])
        assert len(server.answered) == 3
        with pytest.raises(BackendError, match="need a local model"):
            asking.likelihood([ASK], ["x"])
        with pytest.raises(ConfigError, match="format chat needs api: chat"):
            asking.write([replace(ASK, format=FORMATS["chat"])])


def test_a_strategy_runs_on_a_server(tmp_path):
    problems = [problem(n) for n in range(4)]
    settings, setup = SelfConsistency(samples=4, round=2), Setup(format=FORMATS["plain"])
    told = serving(reply=lambda body: " So.\nThe answer is 1")
    with told as server, writer(server, tmp_path) as asking:
        solutions = list(solve(problems, asking, settings, setup))
    known = {p.id: p for p in problems}
    assert len(solutions) == 4
    for solution in solutions:
        assert decide(known[solution.problem_id], solution.trace).outcome == "correct"
        assert (solution.calls, solution.tokens) == (2, 20)
