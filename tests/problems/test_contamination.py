import pytest

from cotutor.errors import GateError
from cotutor.format import format_named
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems import contamination, gate_contamination, load
from cotutor.problems.contamination import ContaminationSettings
from cotutor.records import Example, Problem, Request

PLAIN = format_named("plain")
DEMO = [("last_letters", 6), ("coin_flips", 5), ("arithmetic", 2), ("dates", 2)]
SETTINGS = ContaminationSettings()


def problem(question, reasoning=None, name=None, task="own"):
    made = Problem.make(task=task, kind="number", question=question, gold="1", reasoning=reasoning)
    return made.model_copy(update={"id": name}) if name else made


def example(of, completion, trace="t"):
    return Example(problem_id=of.id, trace_id=trace, prompt=PLAIN.prompt(of), completion=completion)


def found(rows, train, heldout, **settings):
    return contamination(rows, train, heldout, ContaminationSettings(**settings))


TRAIN = [
    problem("Ann has 3 red hens that lay two eggs a day. How many eggs are there in a week?"),
    problem("A slow train leaves Rome at 7 in the morning. When does it come to Oslo?"),
]
HELDOUT = [
    problem(
        "Every spring the old miller of Ghent sharpens 12 stones in 5 days. How many in 20 days?",
        "Every day he sharpens 12/5 = <<12/5=2.4>>2.4 stones. So it is 48 in all.\n#### 48",
        "mill",
    ),
    problem("Is it far?", name="short"),
]


def test_a_question_pasted_into_a_trace_is_found():
    clean = [example(p, "two and two is four", f"t{p.id}") for p in TRAIN]
    assert found(clean, TRAIN, HELDOUT).hits == ()
    pasted = example(TRAIN[0], f"I know this one! {HELDOUT[0].question} It is 48.", "bad")
    (hit,) = found([*clean, pasted], TRAIN, HELDOUT).hits
    assert (hit.heldout, hit.part, hit.trained, hit.trace) == (
        "mill", "question", TRAIN[0].id, "bad",
    )  # fmt: skip
    assert hit.coverage == 1


def test_a_held_out_reasoning_is_found_with_and_without_calculator_marks():
    for solution in ("12/5 = <<12/5=2.4>>2.4", "12/5 = 2.4"):
        said = f"Well. EVERY day he sharpens {solution} stones, so it is 48 in all, I think."
        (hit,) = found([example(TRAIN[1], said)], TRAIN, HELDOUT).hits
        assert (hit.heldout, hit.part) == ("mill", "reasoning")


def test_half_of_a_question_counts_and_less_does_not():
    half = "Every spring the old miller of Ghent sharpens 12 stones in 5 days"
    assert found([example(TRAIN[0], half)], TRAIN, HELDOUT, coverage=0.5).hits
    assert not found([example(TRAIN[0], half)], TRAIN, HELDOUT, coverage=0.6).hits
    assert not found([example(TRAIN[0], half)], TRAIN, HELDOUT, words=13).hits


def test_a_frame_of_the_training_questions_is_no_contamination():
    frame = "{} was asked by the king to count {} sheep in the green valley and did so. How many?"
    names = ("Ann", "Bob", "Cid", "Dora")
    train = [problem(frame.format(name, n)) for n, name in enumerate(names)]
    heldout = [problem(frame.format("Egon", 77), name="sheep")]
    assert not found([example(p, p.question) for p in train], train, heldout).hits
    assert found([example(train[0], heldout[0].question)], train, heldout).hits


def test_short_questions_are_counted_as_unchecked():
    rows = [example(TRAIN[0], "Is it far? It is.")]
    told = found(rows, TRAIN, HELDOUT)
    assert (told.hits, told.unchecked, told.heldout, told.rows) == ((), 1, 2, 1)


def demonstration(seed):
    return [
        [
            p
            for family, level in DEMO
            for p in load(
                {"family": family, "split": side, "count": 150, "level": level}, seed=seed
            )
        ]
        for side in ("train", "heldout")
    ]


def taught(problems, samples):
    requests = [Request(problem=p, sample=k) for p in problems for k in range(samples)]
    by_id = {p.id: p for p in problems}
    for trace in SymbolicTeacher().generate(requests):
        yield example(by_id[trace.problem_id], trace.completion, trace.id)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_demonstration_is_clean(seed):
    train, heldout = demonstration(seed)
    assert found(taught(train, 3), train, heldout).counts() == {
        "contaminated": 0, "contaminated as published": 0, "unchecked": 0,
    }  # fmt: skip


def test_a_question_pasted_into_a_trace_of_the_demonstration_stops_the_run():
    train, heldout = demonstration(0)
    rows = list(taught(train, 1))
    for place in range(0, 600, 29):
        spoilt = rows[place].model_copy(
            update={"completion": f"{rows[place].completion} {heldout[place].question}"}
        )
        told = found([*rows, spoilt], train, heldout)
        assert heldout[place].id in {hit.heldout for hit in told.hits}
        sentence = (
            r"of 600 held-out problems are contaminated: a training row of \S+ holds 100% of the"
            r" runs of 8 words, those apart that several training questions share, in the question"
        )
        with pytest.raises(GateError, match=sentence):
            gate_contamination(told, SETTINGS)
        assert gate_contamination(told, ContaminationSettings(max_contaminated=0.05))


def test_a_published_split_warns_of_its_own_contamination_and_stops_at_more(data_dir, monkeypatch):
    monkeypatch.setenv("COTUTOR_DATA", str(data_dir))
    train, test = load("multiarith:train"), load("multiarith:test")
    rows = [example(p, f"I think {p.gold}.") for p in train]
    told = found(rows, train, test)
    (warning,) = gate_contamination(told, SETTINGS)
    assert warning.startswith("15 of 180 tested problems are contaminated, as the published split")
    rows[7] = example(train[7], test[30].question)
    with pytest.raises(GateError, match="1 of 180 held-out problems"):
        gate_contamination(found(rows, train, test), SETTINGS)
    sides = [load(f"multiarith:{side}@template") for side in ("train", "test")]
    assert found([example(p, p.gold) for p in sides[0]], *sides).hits == ()


def test_rows_are_read_as_a_stream():
    asked = iter(example(TRAIN[0], f"step {n}") for n in range(1000))
    assert found(asked, TRAIN, HELDOUT).rows == 1000
