import json
import sys
import types

import pytest

from cotutor import cli
from cotutor.records import Verdict
from cotutor.store import read_records


@pytest.fixture
def verify(monkeypatch, capsys, tmp_path):
    """Write rows to a file, judge them, and return exit code, standard output and error."""

    def run(rows, *options, name="traces.jsonl"):
        if isinstance(rows, list):
            (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
            rows = tmp_path / name
        monkeypatch.setattr(sys, "argv", ["cotutor", "verify", *map(str, (rows, *options))])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return (ended.value.code, *capsys.readouterr())

    return run


def summary(answer):
    code, out, error = answer
    assert code == 0, error
    return json.loads(out)


def number(completion, gold="4", **rest):
    return {"completion": completion, "gold": gold, "kind": "number", **rest}


@pytest.mark.parametrize(
    "file",
    [
        "addsub__text-davinci-002__zero_shot.jsonl",
        "aqua__text-davinci-002__zero_shot_cot.jsonl",
        "coin_flip__text-davinci-002__zero_shot.jsonl",
        "last_letter_concatenation__text-davinci-002__zero_shot_cot.jsonl",
        "strategy_qa__text-davinci-002__zero_shot_cot.jsonl.gz",
    ],
)
def test_a_recorded_file_needs_nothing_but_the_field_of_its_completions(verify, data_dir, file):
    logs = json.loads((data_dir / "teacher" / "summary.json").read_text())["logs"]
    [log] = [log for log in logs if file.startswith(log["file"].removesuffix(".gz"))]
    options = ("--map", "completion=answer_prompt_output", "--json")
    ours = summary(verify(data_dir / "teacher" / file, *options))
    assert (ours["n"], ours["unscored"]) == (log["rows"], 0)
    assert ours["interval"][0] < ours["accuracy"] < ours["interval"][1]
    published = summary(verify(data_dir / "teacher" / file, *options, "--rule", "kojima-2022"))
    assert published["correct"] == log["parsed_correct"]
    assert published["reasons"].get("no answer", 0) == log["empty_predictions"]


@pytest.mark.parametrize(
    ("row", "options", "name"),
    [
        ({"kind": "number", "dataset": "svamp"}, (), "any.jsonl"),
        ({"answer_type": "number", "task": "svamp"}, (), "any.jsonl"),
        ({"dataset": "svamp"}, (), "any.jsonl"),
        ({"set": "svamp"}, ("--map", "task=set"), "any.jsonl"),
        ({}, ("--kind", "number"), "svamp__model__zero_shot.jsonl"),
    ],
)
def test_kind_and_data_set_come_from_the_row_or_the_command_line(verify, row, options, name):
    rows = [{"completion": "51 dollars", "gold": "51.0", **row}]
    judged = verify(rows, "--rule", "reasoning-teacher", "--json", *options, name=name)
    assert summary(judged)["correct"] == 1


@pytest.mark.parametrize(
    ("choices", "options"),
    [
        (None, ("--choices", "ABCDEF")),
        (["x", "y", "z", "u", "v", "w"], ("--kind", "choice")),
        ("ABCDEF", ("--kind", "choice")),
        ([{"label": label, "text": f"text {label}"} for label in "ABCDEF"], ("--kind", "choice")),
    ],
)
@pytest.mark.parametrize("rule", ["cotutor", "kojima-2022", "reasoning-teacher"])
def test_labels_come_from_the_row_or_the_command_line(verify, rule, choices, options):
    row = {"completion": "(F)", "gold": "F"} | ({"choices": choices} if choices else {})
    assert summary(verify([row], "--rule", rule, "--json", *options))["correct"] == 1


def test_a_completion_that_never_came_is_unscored(verify, tmp_path):
    out = tmp_path / "verdicts.jsonl"
    found = summary(verify([number(None), number("4"), number("4", "?")], "--out", out, "--json"))
    assert (found["n"], found["correct"], found["unscored"]) == (3, 1, 2)
    assert found["reasons"] == {"generation failed": 1, "gold unreadable": 1}
    verdicts = list(read_records(out, Verdict))
    assert [v.trace_id for v in verdicts] == ["traces.jsonl:1", "traces.jsonl:2", "traces.jsonl:3"]
    assert [v.outcome for v in verdicts] == ["unscored", "correct", "unscored"]


def test_verdicts_are_written_whole_or_not_at_all(verify, tmp_path):
    out = tmp_path / "verdicts.jsonl"
    out.write_text("before\n")
    code, _, error = verify([number("4"), {"gold": "4", "kind": "number"}], "--out", out)
    assert (code, out.read_text()) == (2, "before\n")
    assert "traces.jsonl line 2 has no field 'completion'" in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["traces.jsonl", "verdicts.jsonl"]


@pytest.mark.parametrize(
    ("row", "options", "sentence"),
    [
        ({"kind": None}, (), "line 1 has no kind of answer; give --kind"),
        ({"kind": "numeral"}, (), "line 1 has the kind 'numeral'"),
        ({}, ("--kind", "numeral"), "no kind 'numeral'; there are number"),
        ({}, ("--map", "gold=answer"), "line 1 has no field 'answer' for the gold"),
        ({}, ("--map", "gould=answer"), "'gould=answer' is not PART=FIELD"),
        ({}, ("--rule", "strict"), "rule=strict: "),
        ({}, ("--set", "severl=last"), "no setting 'severl'"),
        ({}, ("--set", "several=most"), "several=most: "),
        ({}, ("--choices", "AA"), "'AA' is no set of choice labels"),
        ({}, ("--format", "papers"), "no format 'papers'"),
        ({}, ("--steps",), "--steps finds no reasoning in format 'zero-shot'"),
        ({"completion": ["4"]}, (), "the completion of "),
    ],
)
def test_a_mistake_is_one_sentence(verify, row, options, sentence):
    code, out, error = verify([number("4") | row], *options)
    assert (code, out) == (2, "")
    assert sentence in error
    assert error.count("\n") == 1


def test_settings_of_the_verifier_are_given_by_name(verify):
    rows = [number("Either 3 apples or 4 apples.")]
    assert summary(verify(rows, "--json"))["reasons"] == {"ambiguous": 1}
    assert summary(verify(rows, "--json", "--set", "several=last"))["correct"] == 1
    assert summary(verify(rows, "--json", "--set", "several=first"))["correct"] == 0


def test_steps_tell_how_much_of_what_is_correct_holds_a_fault(verify, tmp_path):
    question = "Ann has 2 apples and buys 2 more. How many?"
    rows = [
        number("4", question=question, why="2 + 2 = 4."),
        number("4", question=question, why="2 + 2 = 5. So 4."),
        number("5", question=question, why="2 + 2 = 5."),
    ]
    out = tmp_path / "verdicts.jsonl"
    options = ("--steps", "--map", "reasoning=why", "--json", "--out", out)
    found = summary(verify(rows, *options))["steps"]
    assert found["correct"] == 2
    wrong = found["wrong_equation"]
    assert (wrong["value"], wrong["count"], wrong["n"]) == (0.5, 1, 2)
    assert 0 < wrong["interval"][0] < 0.5 < wrong["interval"][1] < 1
    assert [v.findings.invalid for v in read_records(out, Verdict)] == [0, 1, 1]


def test_steps_are_told_of_the_answers_that_come_with_reasoning(verify):
    rows = [number("4", question="How many?", why=why) for why in ("2 + 2 = 4.", "", "")]
    _, told, _ = verify(rows, "--steps", "--map", "reasoning=why")
    assert "3 correct" in told
    assert "of the 1 correct with reasoning: wrong equation 0.0% (0 of 1, " in told


def test_a_fault_is_told_of_the_reasonings_that_can_have_it(verify):
    question = "Ann has 2 apples and buys 2 more. How many?"
    whys = ("2 + 2 = 4.", "2 + 3 = 4. So 4.", "She counts them all.", "2 + 2 is surely 4, then.")
    rows = [number("4", question=question, why=why) for why in whys]
    found = summary(verify(rows, "--steps", "--map", "reasoning=why", "--json"))["steps"]
    assert found["correct"] == 4
    assert 0 < found["ungrounded"]["n"] <= found["wrong_equation"]["n"] < 4
    assert found["wrong_equation"]["value"] == 1 / found["wrong_equation"]["n"]


def test_what_cannot_be_told_of_any_reasoning_is_no_share(verify):
    rows = [{"completion": "yes", "gold": "yes", "kind": "yes_no", "why": "It is so."}]
    options = ("--steps", "--map", "reasoning=why")
    nothing = {"value": None, "interval": None, "count": 0, "n": 0}
    found = summary(verify(rows, *options, "--json"))["steps"]
    assert found == {"correct": 1} | dict.fromkeys(
        ("wrong_equation", "unsupported", "ungrounded"), nothing
    )
    _, told, _ = verify(rows, *options)
    assert told.endswith(
        "of the 1 correct with reasoning: wrong equation cannot be told; "
        "unsupported cannot be told; ungrounded cannot be told\n"
    )


@pytest.mark.parametrize(
    ("task", "shares"),
    [
        (
            "aqua",
            "of the 86 correct with reasoning: wrong equation 20.0% (8 of 40, 10.5% to 34.8%); "
            "unsupported 50.6% (42 of 83, 40.1% to 61.1%); "
            "ungrounded 5.9% (2 of 34, 1.6% to 19.1%)",
        ),
        (
            "last_letter_concatenation",
            "of the 296 correct with reasoning: wrong equation cannot be told; "
            "unsupported 0.3% (1 of 296, 0.1% to 1.9%); ungrounded cannot be told",
        ),
    ],
)
def test_recorded_runs_have_the_shares_of_the_results_page(verify, data_dir, task, shares):
    file = data_dir / "teacher" / f"{task}__text-davinci-002__zero_shot_cot.jsonl"
    fields = ("--map", "completion=answer_prompt_output", "--map", "reasoning=rationale")
    _, told, _ = verify(file, "--steps", *fields)
    assert told.splitlines()[-1] == shares


def test_an_audit_lists_where_math_verify_thinks_otherwise(verify):
    pytest.importorskip("math_verify")
    rows = [
        number("4"),
        number("B52", "52"),
        number("25% or 1/4", "25"),
        {**number("x"), "gold": "?"},
    ]
    found = summary(verify(rows, "--audit", "--json"))["audit"]
    listed = found.pop("differences")
    assert sum(found.values()) == len(rows)
    assert found["not asked"] == 1
    assert found["differ"] == len(listed) > 0
    assert listed[-1]["row"].endswith("line 3")
    assert {"gold", "text", "ours", "answer", "math_verify"} <= listed[-1].keys()


def test_an_audit_without_math_verify_says_what_to_install(verify, monkeypatch):
    monkeypatch.setitem(sys.modules, "math_verify", None)
    code, out, error = verify([number("4")], "--audit")
    assert (code, out) == (2, "")
    assert "cotutor[audit]" in error


def test_an_audit_counts_where_math_verify_gives_up(verify, monkeypatch):
    class Timeout(BaseException):
        pass

    def parse(text, **_):
        if text in {"slow", "odd"}:
            raise Timeout if text == "slow" else TypeError
        return [text]

    errors = types.SimpleNamespace(TimeoutException=Timeout)
    library = types.SimpleNamespace(parse=parse, verify=lambda *_, **__: True, errors=errors)
    monkeypatch.setitem(sys.modules, "math_verify", library)
    monkeypatch.setitem(sys.modules, "math_verify.errors", errors)
    found = summary(verify([number("slow"), number("odd"), number("4")], "--audit", "--json"))
    assert [found["audit"][name] for name in ("agree", "differ", "failed")] == [1, 0, 2]
