from collections import Counter
from itertools import islice

import pytest

from cotutor.curate import CurateSettings, Tally, curate, gate_unscored
from cotutor.errors import GateError
from cotutor.records import Verdict
from cotutor.verify import decide
from curate.some_traces import PROBLEMS, curated, trace, traces


def test_every_trace_is_kept_or_rejected_with_its_reason():
    p, q, _ = PROBLEMS
    of_p = [
        trace(p, "Zero and one."),
        trace(p, "zero  and ONE.", sample=1),
        trace(p, "It is one.", sample=2),
        trace(p, "Counting up.", sample=3),
    ]
    of_q = [
        trace(q, "A slip.", "7"),
        trace(q, "Cut.", sample=1, finish="length"),
        trace(q, "", sample=2),
        trace(q, "x", sample=3, error="timeout"),
    ]
    made = curated([(p, of_p), (q, of_q)], per_problem=2, max_unscored=0.5)
    assert [t.id for one in made for t in one.kept] == [of_p[0].id, of_p[2].id]
    assert [[reject.reason for reject in one.rejects] for one in made] == [
        ["duplicate", "not chosen"],
        ["mismatch", "truncated", "no reasoning", "generation failed"],
    ]
    assert [v.trace_id for one in made for v in one.verdicts] == [t.id for t in of_p + of_q]


def test_a_recorded_trace_without_finish_reason_must_end_a_sentence():
    p = PROBLEMS[0]
    some = [
        trace(p, "So it is one", finish="unknown"),
        trace(p, 'So it is "one".', sample=1, finish="unknown"),
    ]
    (made,) = curated([(p, some)])
    assert [t.id for t in made.kept] == [some[1].id]
    assert made.rejects[0].reason == "truncated"


def test_the_stream_takes_one_problem_at_a_time():
    taken = []

    def groups():
        for problem in PROBLEMS * 1000:
            taken.append(problem.id)
            yield problem, traces(problem, "Ok.")

    assert len(list(islice(curate(groups(), CurateSettings(), decide), 5))) == len(taken) == 5


def test_the_gate_closes_when_the_last_problem_has_gone_by():
    p, q, _ = PROBLEMS
    stream = curate(
        [(p, [trace(p, "x", error="timeout")]), (q, traces(q, "Fine."))], CurateSettings(), decide
    )
    assert len(list(islice(stream, 2))) == 2
    with pytest.raises(GateError, match=r"1 of 2 of the teacher's traces .*generation failed 1"):
        next(stream)


def test_too_much_unscored_stops_the_run():
    def verdict(outcome, reason=None):
        return Verdict(trace_id="t", problem_id="p", verifier="v", outcome=outcome, reason=reason)

    some = [verdict("correct")] * 9 + [verdict("unscored", "generation failed")]
    gate_unscored(some, 0.1, "the traces")
    with pytest.raises(
        GateError, match=r"1 of 10 of the traces .*generation failed 1.*limit is 5%"
    ):
        gate_unscored(some, 0.05, "the traces")


def test_the_tally_adds_up_and_means_are_over_problems_with_kept_traces():
    p, q, r = PROBLEMS
    groups = [
        (p, traces(p, "0 + 1 = 1.", "2 - 1 = 1.", "So 0 + 1 = 1 it is.")),
        (q, traces(q, "Only this.")),
        (r, [trace(r, "Wrong.", "99")]),
    ]
    tally = Tally()
    for made in curated(groups):
        tally.add(made)
    counts = tally.counts()
    assert (counts["traces"], counts["correct"], counts["kept"]) == (5, 4, 4)
    assert counts["rejected"] == Counter(mismatch=1)
    assert (counts["diversity"]["paths"], counts["diversity"]["wordings"]) == (1.5, 1.5)
    assert 0 < counts["diversity"]["similarity"] < 1
    assert Tally().counts()["diversity"]["paths"] is None
