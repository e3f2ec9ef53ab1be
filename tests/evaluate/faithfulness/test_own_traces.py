"""A real model's own traces: what is put back unchanged changes nothing."""

from functools import partial
from itertools import chain

from cotutor.evaluate.faithfulness import Probing, probe
from cotutor.evaluate.faithfulness.subject import fault
from cotutor.generate.local import LocalGenerator, LocalWriter
from cotutor.generate.settings import LocalSettings
from cotutor.models import load_model
from cotutor.problems import load
from cotutor.records import Request
from cotutor.verify import decide

PROBES = ("early-answering", "mistakes-continued", "step-gain")


def test_re_insertion_changes_exactly_nothing_and_gains_add_up():
    model, tokenizer = load_model("embedded")
    families = [{"family": f, "split": "train", "count": 4} for f in ("coin_flips", "dates")]
    problems = {problem.id: problem for problem in load(families, seed=1)}
    generator = LocalGenerator(model, tokenizer, LocalSettings(format="plain"), name="base")
    traces = list(generator.generate(Request(problem=p) for p in problems.values()))
    judged = [(trace, decide(problems[trace.problem_id], trace)) for trace in traces]
    fit = {trace.id: trace for trace, verdict in judged if fault(trace, verdict) is None}
    assert len(fit) >= 3

    writer = LocalWriter(model, tokenizer, name="base", batch_size=16)
    found = list(chain.from_iterable(probe(problems, judged, writer, Probing(PROBES))))

    again = [p for p in found if p.probe == "re-insertion" and p.trace_id in fit]
    assert {p.trace_id for p in again} == set(fit)
    assert [p for p in again if p.is_changed is not False] == []
    likely = partial(_likely, writer, problems)
    for trace in fit.values():
        gains = [p.value for p in found if (p.probe, p.trace_id) == ("step-gain", trace.id)]
        assert abs(sum(gains) - likely(trace)) < 1e-3


def _likely(writer, problems, trace):
    """How much likelier the whole reasoning makes the answer than none."""
    from cotutor.evaluate.faithfulness.subject import Subject
    from cotutor.generate.writing import Ask

    one = Subject(problems[trace.problem_id], trace, "", is_correct=False)
    prompt = one.format.prompt(one.problem)
    asks = [Ask(prompt, one.format, one.closed(text)) for text in (one.text, "...")]
    whole, nothing = writer.likelihood(asks, [one.said] * 2)
    return whole - nothing
