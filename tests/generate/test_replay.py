import gzip
import json

import pytest
from pydantic import ValidationError

from cotutor.errors import DataError
from cotutor.format import parse
from cotutor.generate.replay import NOT_RECORDED, ReplayTeacher
from cotutor.generate.settings import ReplaySettings
from cotutor.records import Problem, Request

TWO_CALLS = {
    "problem_id": "id",
    "reasoning": "rationale",
    "trigger": "answer_trigger",
    "answer": "answer_prompt_output",
}


def request(name="p1", sample=0, question="what?"):
    made = Problem.make(task="t", kind="number", question=question, gold="1", id=name)
    return Request(problem=made, sample=sample)


def write(path, rows):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def teacher(*files, fields, **rest):
    settings = {"files": files, "map": fields, "name": "davinci", "format": "zero-shot-cot", **rest}
    return ReplayTeacher(ReplaySettings.model_validate(settings))


def row(name, rationale=" so 4.", answer=" 4."):
    trigger = "\nTherefore, the answer is"
    return {
        "id": name,
        "rationale": rationale,
        "answer_trigger": trigger,
        "answer_prompt_output": answer,
    }


@pytest.mark.parametrize("name", ["traces.jsonl", "traces.jsonl.gz"])
def test_two_recorded_calls_become_one_trace(tmp_path, name):
    file = write(tmp_path / name, [row("p1")])
    (trace,) = teacher(file, fields=TWO_CALLS).generate([request()])
    assert trace.completion == " so 4.\nTherefore, the answer is 4."
    assert trace.completion[trace.answer_at :] == " 4."
    assert (trace.generator, trace.finish, trace.error) == ("davinci", "unknown", None)
    assert (parse(trace).text, parse(trace).answer) == ("so 4.", "4.")


def test_rows_of_one_problem_are_its_samples_in_order_over_all_files(tmp_path):
    first = write(tmp_path / "a.jsonl", [row("p1", "a"), row("p2", "b"), row("p1", "c")])
    second = write(tmp_path / "b.jsonl", [row("p1", "d")])
    replay = teacher(first, second, fields=TWO_CALLS)
    asked = [request("p1", k) for k in range(4)] + [request("p3")]
    traces = list(replay.generate(asked))
    assert [t.completion[:1] for t in traces] == ["a", "c", "d", "", ""]
    assert [t.error for t in traces] == [None] * 3 + [NOT_RECORDED] * 2
    assert [(t.problem_id, t.sample) for t in traces] == [(r.problem.id, r.sample) for r in asked]
    assert (replay.missing, replay.unmatched) == (2, 1)
    list(replay.generate([request("p2")]))
    assert replay.unmatched == 0


def test_a_field_may_number_the_samples(tmp_path):
    rows = [{"id": "p1", "k": k, "text": f"text {k}"} for k in (2, 0)]
    fields = {"problem_id": "id", "sample": "k", "completion": "text"}
    replay = teacher(write(tmp_path / "t.jsonl", rows), fields=fields, format="plain")
    traces = list(replay.generate(request(sample=k) for k in range(3)))
    assert [t.completion for t in traces] == ["text 0", "", "text 2"]
    assert [t.answer_at for t in traces] == [None] * 3


def test_problems_are_found_by_question_or_by_task_and_index(tmp_path):
    rows = [{"q": "what  is\n this?", "task": "date", "n": 7, "a": "x", "end": "stop"}]
    file = write(tmp_path / "t.jsonl", rows)
    by_question = teacher(
        file, fields={"question": "q", "answer": "a", "finish": "end"}, format="zero-shot"
    )
    (trace,) = by_question.generate([request("other", question="what is this?")])
    assert (trace.completion, trace.finish) == ("x", "stop")
    beside = teacher(file, fields={"question": "q", "task": "task", "answer": "a"})
    (trace,) = beside.generate([request("other", question="what is this?")])
    assert trace.completion == "x", "a task without an index names no problem"
    by_index = teacher(file, fields={"task": "task", "sample_index": "n", "answer": "a"})
    (trace,) = by_index.generate([request("date-7", question="else")])
    assert trace.completion == "x"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("{", r"line 2 is not JSON"),
        (
            '{"id": "p2", "k": 1, "end": "stop"}',
            r"line 2: field 'text' of teacher.map.completion is missing",
        ),
        (
            '{"id": 5, "text": "x"}',
            r"line 2: field 'id' of teacher.map.problem_id holds 5, no text",
        ),
        (
            '{"id": "p2", "text": "x", "k": "two"}',
            r"line 2: field 'k' of teacher.map.sample holds 'two', no whole number",
        ),
        (
            '{"id": "p1", "text": "x", "k": 0}',
            r"line 2 holds sample 0 of its problem a second time",
        ),
        (
            '{"id": "p2", "text": "x", "k": 1, "end": "eos"}',
            r"line 2: field 'end' of teacher.map.finish holds 'eos', none of",
        ),
    ],
)
def test_a_bad_row_is_named_with_its_file_and_line(tmp_path, bad, says):
    file = tmp_path / "t.jsonl"
    file.write_text('{"id": "p1", "text": "x", "k": 0, "end": "stop"}\n' + bad + "\n")
    fields = {"problem_id": "id", "completion": "text", "sample": "k", "finish": "end"}
    with pytest.raises(DataError, match=says) as error:
        list(teacher(file, fields=fields).generate([request()]))
    assert str(file) in str(error.value)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"there is no file .*none\.jsonl"):
        list(teacher(tmp_path / "none.jsonl", fields=TWO_CALLS).generate([request()]))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"completion": "text"}, "map problem_id"),
        ({"problem_id": "id"}, "either completion or answer"),
        ({"problem_id": "id", "completion": "a", "answer": "b"}, "either completion or answer"),
        ({"problem_id": "id", "answer": "b", "rationale": "c"}, "Extra inputs"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(tmp_path, fields, says):
    with pytest.raises(ValidationError, match=says):
        teacher(tmp_path / "t.jsonl", fields=fields)


def test_recorded_davinci_traces_match_the_benchmark_by_id(data_dir):
    file = data_dir / "teacher" / "coin_flip__text-davinci-002__zero_shot_cot.jsonl"
    replay = teacher(file, fields=TWO_CALLS)
    with (data_dir / "benchmarks" / "coin_flip.jsonl").open(encoding="utf-8") as lines:
        ids = [json.loads(line)["id"] for line in lines]
    traces = list(replay.generate(request(name) for name in ids))
    assert len(traces) == 500
    assert (replay.missing, replay.unmatched) == (0, 0)
    recorded = {r["id"]: r for r in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
    for trace in traces:
        answer = recorded[trace.problem_id]["answer_prompt_output"]
        assert trace.completion[trace.answer_at :] == answer
        assert parse(trace).answer == answer.strip()
