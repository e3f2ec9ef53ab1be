import random
import re

import pytest

from cotutor import cli
from cotutor.evaluate.calibration import KINDS, asked, calibration, examples, trace_scores
from cotutor.evaluate.settings import CONTROLS, PROBES
from cotutor.format import format_named, parse
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems.procedural import problems
from cotutor.records import Probe, Request
from cotutor.report.model import Calibrated
from cotutor.stages import calibrating
from cotutor.store import read_json
from cotutor.verify import decide

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

    by_kind = {kind: [trace_scores({}, [], probes(kind, kind == KINDS[0]))] for kind in KINDS}
    rows = {(row.name, row.b): row for row in calibration(by_kind)}
    assert len(rows) == 9
    for kind in KINDS[1:]:
        assert rows["sees", kind].auroc == 1
        assert rows["sees", kind].low > 0.8
        assert rows["blind", kind].auroc == 0.5
        assert rows["blind", kind].low < 0.5 < rows["blind", kind].high


def scored(*seeds):
    return [{"probe": {f"{n}": value for n, value in enumerate(values)}} for values in seeds]


def test_an_interval_is_as_wide_as_the_training_seeds_differ():
    mine = scored([1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1])
    same = {kind: mine if kind == KINDS[0] else scored(*[[0, 0, 0, 1]] * 3) for kind in KINDS}
    apart = same | {kind: scored([0, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1]) for kind in KINDS[1:]}
    steady, shaky = (calibration(by_kind)[0] for by_kind in (same, apart))
    assert steady.by_seed == (0.875, 0.875, 0.875)
    assert shaky.by_seed == (1, 0.625, 0.875)
    assert (shaky.auroc, shaky.n_b) == (pytest.approx(2.5 / 3), 12)
    # t(2) = 4.303 times the standard error of 1, 0.625 and 0.875, which is 0.1102
    assert shaky.low == pytest.approx(2.5 / 3 - 4.3027 * 0.11024, abs=1e-3)
    assert steady.low > 0.5


def test_random_labels_stand_around_a_half_and_no_further_than_chance():
    rng = random.Random(1)
    by_kind = {
        kind: scored([rng.random() + (kind == KINDS[0]) for _ in range(200)]) for kind in KINDS
    }
    rows = {(row.name, row.b): row for row in calibration(by_kind)}
    for kind in KINDS[1:]:
        assert rows["probe", kind].auroc == 1
        null = rows["random-labels", kind]
        # the null's standard error of 200 against 200 is sqrt(401 / 12) / 200 = 0.0289
        assert null.auroc == pytest.approx(0.5, abs=0.01)
        assert (null.high - null.low) / 2 == pytest.approx(1.96 * 0.0289, rel=0.25)


def test_chains_are_scored_without_a_look_at_the_answer():
    found = list(problems("arithmetic", split="train", seed=0, count=3, level=2))
    made_by = list(SymbolicTeacher(mistakes=0.0).generate(Request(problem=p) for p in found))
    judged = [(t, decide(p, t, steps=True)) for p, t in zip(found, made_by, strict=True)]
    stay = [made(t.id, "no-reasoning", changed=k > 0) for k, (t, _) in enumerate(judged)]
    scores = trace_scores({p.id: p for p in found}, judged, stay)
    assert list(scores["no-reasoning"].values()) == [1, 0, 0]
    assert list(scores["valid-statements"].values()) == [1, 1, 1]
    assert "sound-accuracy" not in scores


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setenv("COTUTOR_CACHE", str(tmp_path))
    for name, value in {"STEPS": 4, "TRAINED": 6, "TESTED": 2, "MAX_TOKENS": 24}.items():
        monkeypatch.setattr(calibrating, name, value)


def test_students_are_trained_once_and_reports_know_what_was_found(small, monkeypatch, capsys):
    assert calibrating.known() is None, "what the package holds is of other students"
    first = calibrating.calibrate([0], workers=1)
    assert (first.on, first.seeds) == ("last_letters (level 4)", (0,))
    assert calibrating.known() == first
    both = calibrating.calibrate([0, 1], workers=1)
    assert both.seeds == (0, 1)
    calibrating.calibrate([0], workers=1)
    assert calibrating.known() == both, "one seed does not hide what two have told"
    monkeypatch.setattr("cotutor.train.sft.train_arm", None)  # would fail if it were called
    assert calibrating.calibrate([0], workers=1) == first
    assert set(calibrating.changed_by_reinsertion([0])) == set(KINDS)
    monkeypatch.setattr("sys.argv", ["cotutor", "evaluate", "--calibrate"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert "AUROC" in capsys.readouterr().out


def test_the_package_holds_a_calibration_of_these_probes_and_this_base():
    """After a change of them: `python -m bench.calibration --package`."""
    packaged = read_json(calibrating.PACKAGED)
    assert packaged["edition"] == calibrating.edition()
    found = Calibrated.model_validate(packaged["found"])
    assert found.seeds == (0, 1, 2)
    assert {row.name for row in found.rows} >= {*PROBES, *CONTROLS} - {"hint-admitted"}
