import re

import pytest
from bench.wordings import row

from cotutor.config import demonstration, load_config
from cotutor.evaluate.slices import SEEN, slices
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems import load, overlap
from cotutor.problems.procedural import FAMILIES, problems
from cotutor.records import Request, digest
from cotutor.verify import decide

EVERY = pytest.mark.parametrize("family", FAMILIES)
CHOICES = re.compile(r"Answer choices:.*")
AS_RECORDED = {
    ("last_letters", "train", 0): "fccf13a37fa9400c",
    ("coin_flips", "heldout", 1): "5f82b4c24b8a9727",
    ("shuffled_objects", "validation", 0): "5c4c1354a809a807",
    ("arithmetic", "train", 1): "fbbdf82851b352c6",
    ("dates", "heldout", 0): "9d91a03f3c45492d",
    ("game_of_24", "train", 0): "c4079be131692ddc",
}


def make(family, wording="usual", split="heldout", seed=0, count=40):
    return list(problems(family, split=split, seed=seed, count=count, wording=wording))


def sentences(problem):
    story = CHOICES.sub("", problem.question)
    return {part.strip() for part in re.split(r"(?<=[.?!])\s+", story) if part.strip()}


@pytest.mark.parametrize("drawn", AS_RECORDED, ids=str)
def test_the_usual_problems_are_those_of_before_there_were_other_wordings(drawn):
    family, split, seed = drawn
    lines = [problem.line() for problem in make(family, split=split, seed=seed)]
    assert digest(lines) == AS_RECORDED[drawn]


@EVERY
def test_reserved_wordings_tell_the_same_problems(family):
    hidden = {"id", "question", "template"}
    usual, reserved = (
        [problem.model_dump(exclude=hidden) for problem in make(family, wording)]
        for wording in ("usual", "reserved")
    )
    assert usual == reserved


@EVERY
def test_reserved_wordings_share_no_sentence_and_no_template_with_the_usual_ones(family):
    usual, reserved = make(family, count=150), make(family, "reserved", count=150)
    for one, other in zip(usual, reserved, strict=True):
        assert not sentences(one) & sentences(other)
        assert "{" not in other.question
        assert len(other.question.split()) <= 75
    templates = [{problem.template for problem in some} for some in (usual, reserved)]
    assert not templates[0] & templates[1]
    assert len(templates[1]) >= 5


@EVERY
def test_the_symbolic_teacher_solves_problems_in_reserved_wordings(family):
    asked = [Request(problem=p, sample=k) for p in make(family, "reserved") for k in range(2)]
    for request, trace in zip(asked, SymbolicTeacher().generate(asked), strict=True):
        verdict = decide(request.problem, trace, steps=True)
        assert verdict.outcome == "correct"
        assert verdict.findings.first_bad is None
        assert verdict.findings.ungrounded == 0


@EVERY
def test_problems_in_reserved_wordings_count_as_unseen_and_leak_nothing(family):
    source = {"family": family, "count": 30}
    train = load(source | {"split": "train"})
    asked = load(source | {"split": "heldout", "wording": "reserved"})
    by_id = {problem.id: problem for problem in asked}
    traces = SymbolicTeacher().generate([Request(problem=problem) for problem in asked])
    judged = [(trace, decide(by_id[trace.problem_id], trace)) for trace in traces]
    found = {
        part.level: part.n
        for part in slices("a", by_id, judged, train, "w")
        if part.by == "template"
    }
    assert found == {SEEN[False]: 30}
    assert overlap(train, asked).exact == ()


def test_the_demonstration_also_asks_what_its_training_has_none_of():
    config = load_config(demonstration())
    train = load(config.problems.train)
    longest = {problem.task: problem.level for problem in train}
    more_steps, other_wordings = (load(source) for source in config.evaluate.also.values())
    assert all(problem.level == longest[problem.task] + 1 for problem in more_steps)
    templates = {(problem.task, problem.template) for problem in train}
    assert not templates & {(problem.task, problem.template) for problem in other_wordings}
    tested = [problem.program for problem in load(config.problems.heldout)]
    assert all(problem.program in tested for problem in other_wordings)


def test_the_table_of_wordings_pairs_problems_of_one_content():
    found = {
        "usual": {"dates": {"a": True, "b": True, "c": False, "d": True}},
        "reserved": {"dates": {"a": True, "b": False}},
        "longer": {"dates": {"e": False, "f": True}},
    }
    cells = [cell.strip() for cell in row("s", "dates", found).split("|")[1:-1]]
    assert cells[:2] == ["s, dates", "2"]
    assert [cell.split(" ")[0] for cell in cells[2:]] == ["100.0", "50.0", "-50.0", "50.0"]
