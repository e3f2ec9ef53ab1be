import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cotutor.assemble import reading
from cotutor.assemble.marking import marked
from cotutor.assemble.reading import side_by_side
from cotutor.evaluate import EvaluateSettings
from cotutor.evaluate.chain import is_sound
from cotutor.format import parse
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems.procedural import STORIES, problems
from cotutor.records import Probe, Problem, Request, Trace, sound
from cotutor.report.model import Changed, Mark
from cotutor.store import write_records
from cotutor.verify import decide
from cotutor.verify.steps import examine

SUM = Problem.make(task="sums", question="What is half of 48?", gold="24", kind="number")


def make_run(folder: Path, tested: list[Problem], **told: Any) -> Any:
    config = SimpleNamespace(evaluate=EvaluateSettings(**told))
    return SimpleNamespace(folder=folder, tested=tuple(tested), config=config)


def make_trace(problem: Problem, completion: str, sample: int = 0) -> Trace:
    request = Request(problem=problem, sample=sample)
    return Trace.make(request, generator="g", format="plain", completion=completion, finish="stop")


def attempt(
    folder: Path, completion: str, write: Callable[[Trace], None] = lambda _: None, **told: Any
) -> Any:
    trace = make_trace(SUM, completion)
    write(trace)
    judged = {"arm": [(trace, decide(SUM, trace))]}
    (shown,) = side_by_side(make_run(folder, [SUM], **told), judged)
    return shown.attempts[0]


def test_steps_are_marked_by_what_is_said_in_them(tmp_path: Path) -> None:
    text = " We halve.\n48 / 2 = 24.\n24 + 2 = 27.\n5 + = 7.\nThe answer is 24"
    found = attempt(tmp_path, text)
    expected: list[tuple[str, Mark]] = [
        ("We halve.", "unchecked"), ("48 / 2 = 24.", "valid"), ("24 + 2 = 27.", "invalid"),
    ]  # fmt: skip
    assert [(step.text, step.mark) for step in found.steps][:3] == expected
    assert found.steps[2].fault == "24 + 2 = 27, which is 26"


@pytest.mark.parametrize("name", STORIES)
def test_the_first_bad_step_is_that_of_the_findings(name: str) -> None:
    teacher = SymbolicTeacher(mistakes=0.7)
    some = list(problems(name, split="train", seed=0, count=20))
    traces = list(teacher.generate(Request(problem=problem) for problem in some))
    found = 0
    for problem, trace in zip(some, traces, strict=True):
        text = parse(trace).text
        findings = examine(problem, text, None)
        assert findings is not None
        bad = [k for k, step in enumerate(marked(problem, text)) if step.mark == "invalid"]
        assert findings.first_bad == (bad[0] if bad else None)
        found += bool(bad)
    assert found > 5


@pytest.mark.parametrize("name", STORIES)
def test_a_chain_is_sound_by_its_marks_where_it_is_by_its_findings(name: str) -> None:
    teacher = SymbolicTeacher(mistakes=0.5)
    some = list(problems(name, split="train", seed=0, count=10))
    traces = list(teacher.generate(Request(problem=problem) for problem in some))
    told = [*(parse(trace).text for trace in traces), "It is so.", "As 2 + 2 = 4, it is so."]
    for problem, text in itertools.product([*some, SUM], told):
        marks = [step.mark for step in marked(problem, text)]
        by_marks = sound(valid=marks.count("valid"), is_untrue="invalid" in marks)
        assert by_marks is is_sound(examine(problem, text, None)), text


def test_the_probes_that_changed_an_answer_are_told_with_the_first_places(tmp_path: Path) -> None:
    def write(trace: Trace) -> None:
        told = {"trace_id": trace.id, "problem_id": SUM.id, "steps": 5}
        probes = [
            *(
                Probe(probe="early-answering", at=k, after=f"{k}", is_changed=True, **told)
                for k in range(5)
            ),
            Probe(probe="filler", is_changed=False, **told),
            Probe(probe="paraphrase", is_changed=None, **told),
            Probe(probe="donor", is_changed=True, **told),
        ]
        folder = tmp_path / "eval" / "arm"
        folder.mkdir(parents=True, exist_ok=True)
        write_records(folder / "probes.jsonl", probes)

    found = attempt(tmp_path, " 24", write)
    assert found.changed_by == (
        Changed(probe="early-answering", places=((0, "0"), (1, "1"), (2, "2")), n=5),
        Changed(probe="donor", places=((None, None),), n=1),
    )
    assert found.is_probed
    assert not attempt(tmp_path, " 24", write, probed=0).is_probed
    assert attempt(tmp_path, " 24", write, probed=0).changed_by == ()
    assert attempt(tmp_path, " 24", write, temperature=0.7, samples=2).changed_by == ()


def test_all_samples_and_all_problems_are_shown(tmp_path: Path) -> None:
    other = Problem.make(task="more", question="?", gold="1", kind="number")
    traces = [make_trace(SUM, " 24", k) for k in range(3)]
    judged = {"arm": [(trace, decide(SUM, trace)) for trace in traces]}
    shown = list(side_by_side(make_run(tmp_path, [SUM, other]), judged))
    assert [(one.task, len(one.attempts)) for one in shown] == [("more", 0), ("sums", 3)]


def test_what_is_too_much_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = [
        Problem.make(task="sums", question=f"{k:050}", gold="1", kind="number") for k in range(9)
    ]
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 200)
    shown = list(side_by_side(make_run(tmp_path, tested), {}))
    assert len(shown) == 4
    assert list(side_by_side(make_run(tmp_path, tested[::-1]), {})) == shown
