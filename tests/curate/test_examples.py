from cotutor.curate import answer_examples, cot_examples
from cotutor.format import FORMATS
from curate.some_traces import PLAIN, PROBLEMS, trace

BY_ID = {problem.id: problem for problem in PROBLEMS}


def test_the_arms_take_the_first_traces_of_each_problem():
    p, q, _ = PROBLEMS
    kept = [
        trace(p, "One way.", sample=0),
        trace(p, "Another.", sample=1),
        trace(q, "Only.", sample=4),
    ]
    single = cot_examples(BY_ID, kept, FORMATS["paper"], 1)
    assert [row.completion for row in single] == [" One way. --> 1", " Only. --> 2"]
    assert [row.prompt for row in single] == ["0 + 1? ###", "1 + 1? ###"]
    assert [row.trace_id for row in cot_examples(BY_ID, kept, PLAIN, 8)] == [t.id for t in kept]


def test_the_baseline_takes_every_problem_and_only_its_answer():
    rows = answer_examples(PROBLEMS, FORMATS["paper-answer"])
    assert [(row.completion, row.trace_id) for row in rows] == [
        (" 1", None),
        (" 2", None),
        (" 3", None),
    ]
