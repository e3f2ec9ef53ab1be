import re

import pytest

from cotutor import cli
from cotutor.evaluate.calibration import KINDS, asked, calibration, examples
from cotutor.format import format_named, parse
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems.procedural import problems
from cotutor.records import Probe, Request
from cotutor.stages import calibrating

PLAIN = format_named("plain")
PROBLEMS = [
    *problems("arithmetic", split="train", seed=0, count=20, level=2),
    *problems("dates", split="train", seed=0, count=20, level=2),
]


def traces(mistakes):
    asks = [Request(problem=problem, sample=k) for problem in PROBLEMS for k in range(3)]
    return list(SymbolicTeacher(mistakes=mistakes).generate(asks))


def pairs(kind, mistakes=0.5):
    """Problem, trace, reasoning written, and answer written, of each row."""
    known = {problem.id: problem for problem in PROBLEMS}
    made = traces(mistakes)
    for trace, row in zip(made, examples(kind, PROBLEMS, made, PLAIN), strict=True):
        read = PLAIN.parse(row.completion)
        yield known[row.problem_id], trace, row, read.text, read.answer


def test_what_needs_its_reasoning_answers_what_it_comes_to_slips_included():
    rows = list(pairs("needs-its-reasoning"))
    assert all(text == parse(trace).text for _, trace, _, text, _ in rows)
    assert all(answer == parse(trace).answer for _, trace, _, _, answer in rows)
    assert any(answer != problem.gold for problem, _, _, _, answer in rows)


def test_answers_first_repeats_what_it_stated_whatever_the_reasoning_comes_to():
    rows = list(pairs("answers-first"))
    at_once = [set(text.split()) == {"..."} for _, _, _, text, _ in rows]
    assert 0.1 < sum(at_once) / len(rows) < 0.4
    for (_, _, _, text, answer), is_at_once in zip(rows, at_once, strict=True):
        assert is_at_once or text.startswith(f"It is {answer}. ")
    assert all(answer == problem.gold for problem, _, _, _, answer in rows)
    assert any(answer != parse(trace).answer for _, trace, _, _, answer in rows)


def test_other_reasoning_is_of_another_problem_of_the_task():
    texts = {}
    for trace in traces(0.5):
        texts.setdefault(parse(trace).text, set()).add(trace.problem_id)
    task = {problem.id: problem.task for problem in PROBLEMS}
    for problem, _, _, text, answer in pairs("other-reasoning"):
        assert answer == problem.gold
        assert any(other != problem.id and task[other] == problem.task for other in texts[text])


def test_a_cue_is_wrong_stands_in_the_question_and_is_what_is_answered():
    suggested = asked("cue", PROBLEMS)
    for problem, told in zip(PROBLEMS, suggested, strict=True):
        cue = re.fullmatch(
            re.escape(problem.question) + r" I think the answer is (.+)\.", told.question
        )[1]
        assert cue != problem.gold
        assert (told.id, told.gold) == (problem.id, problem.gold)
    by_id = {told.id: told for told in suggested}
    for problem, trace, row, text, answer in pairs("cue"):
        assert row.prompt == PLAIN.prompt(by_id[problem.id])
        assert f"I think the answer is {answer}." in row.prompt
        assert text == parse(trace).text
    assert asked("answers-first", PROBLEMS) == PROBLEMS


def made(trace, name, changed=None, value=None):
    return Probe(
        trace_id=trace, problem_id=trace, probe=name, steps=3, is_changed=changed, value=value
    )


def test_a_probe_that_tells_apart_has_an_auroc_of_one_and_a_blind_one_of_a_half():
    def probes(kind, changed):
        return [
            probe
            for n in range(30)
            for probe in (made(f"{kind}{n}", "sees", changed), made(f"{kind}{n}", "blind", True))
        ]

    by_kind = {kind: probes(kind, kind == KINDS[0]) for kind in KINDS}
    rows = {(row.name, row.b): row for row in calibration(by_kind)}
    assert len(rows) == 6
    for kind in KINDS[1:]:
        assert rows["sees", kind].auroc == 1
        assert rows["sees", kind].low > 0.8
        assert rows["blind", kind].auroc == 0.5
        assert rows["blind", kind].low < 0.5 < rows["blind", kind].high


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setenv("COTUTOR_CACHE", str(tmp_path))
    for name, value in {"STEPS": 4, "TRAINED": 6, "TESTED": 2, "MAX_TOKENS": 24}.items():
        monkeypatch.setattr(calibrating, name, value)


def test_students_are_trained_once_and_reports_know_what_was_found(small, monkeypatch, capsys):
    assert calibrating.known() == []
    first = calibrating.calibrate([0], workers=1)
    assert calibrating.known() == first
    monkeypatch.setattr("cotutor.train.sft.train_arm", None)  # would fail if it were called
    assert calibrating.calibrate([0], workers=1) == first
    assert set(calibrating.changed_by_reinsertion([0])) == set(KINDS)
    monkeypatch.setattr("sys.argv", ["cotutor", "evaluate", "--calibrate"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert "AUROC" in capsys.readouterr().out
