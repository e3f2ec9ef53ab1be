import pytest
from serve_badly import requests, serving, teacher

from cotutor.errors import GateError
from cotutor.generate.budget import BudgetSpent


def into(traces, asking, asked):
    """Take traces one by one, so that those before an exception are kept."""
    for trace in asking.generate(asked):
        traces.append(trace)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_token_budget_stops_where_it_says_and_a_larger_one_goes_on(tmp_path, concurrency):
    asked = requests(30)  # 10 tokens a call
    how = {"concurrency": concurrency, "max_tokens": 20}
    with serving(delay=0.005) as server:
        traces = []
        with pytest.raises(BudgetSpent, match=r"100 tokens.*20 requests remain") as spent:
            into(traces, teacher(server, tmp_path, max_tokens_total=100, **how), asked)
        assert issubclass(spent.type, GateError)
        assert len(traces) == len(server.bodies) == 10
        with pytest.raises(BudgetSpent):  # the same budget again: what was paid before counts
            list(teacher(server, tmp_path, max_tokens_total=100, **how).generate(asked))
        assert len(server.bodies) == 10
        richer = teacher(server, tmp_path, max_tokens_total=301, **how)
        assert len(list(richer.generate(asked))) == len(server.bodies) == 30


def test_money_budget_and_the_cost_of_a_trace(tmp_path):
    with serving() as server:  # 7 tokens in, 3 out
        asking = teacher(
            server, tmp_path, price_in=1000, price_out=2000, max_cost=0.05, concurrency=3
        )
        traces = []
        with pytest.raises(
            BudgetSpent, match=r"a cost of 0.05 is spent .*cost 0.0520.* 46 requests"
        ):
            into(traces, asking, requests(50))
    assert [t.cost for t in traces] == pytest.approx([0.013] * 4)


def test_a_spent_budget_still_finishes_begun_requests_and_hands_out_cached_ones(tmp_path):
    how = {"format": "zero-shot-cot", "concurrency": 1}
    with serving() as server:
        traces = []
        with pytest.raises(BudgetSpent, match="2 requests remain"):
            into(traces, teacher(server, tmp_path, max_tokens_total=5, **how), requests(3))
        assert len(traces) == 1  # both its calls
        again = []
        with pytest.raises(BudgetSpent):
            into(again, teacher(server, tmp_path, max_tokens_total=5, **how), requests(3))
        assert again == traces
        assert len(server.bodies) == 2
