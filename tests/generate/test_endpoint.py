import itertools
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError
from serve_badly import FAULTS, answer, problem, requests, serving, stored, teacher

from cotutor.errors import BackendError, DataError
from cotutor.format import Shot, parse
from cotutor.generate.endpoint import EndpointTeacher
from cotutor.generate.settings import INCIDENTAL, EndpointSettings
from cotutor.records import Request


def test_hostile_server_every_trace_arrives_once_and_no_failure_is_stored(tmp_path):
    asked = requests(60, samples=2)
    with serving(faults=FAULTS) as server:
        first = teacher(server, tmp_path, concurrency=8, timeout=0.4, seed=1)
        traces = list(first.generate(iter(asked)))
        sent = len(server.bodies)
        second = teacher(server, tmp_path, concurrency=8, timeout=0.4, seed=1)
        again = list(second.generate(asked))
        assert len(server.bodies) == sent
    assert sorted((t.problem_id, t.sample) for t in traces) == sorted(
        (r.problem.id, r.sample) for r in asked
    )
    assert all(t.error is None and t.finish == "stop" for t in traces)
    by_id = {t.id: t for t in traces}
    assert {t.id: t for t in again} == by_id
    prompts = {(r.problem.id, r.sample): f"Q: {r.problem.question}\n\nA:" for r in asked}
    for trace in traces:
        prompt = prompts[trace.problem_id, trace.sample]
        assert trace.completion == answer({"prompt": prompt, "seed": trace.seed})
    assert all(server.served[fault] > 0 for fault in FAULTS)
    assert 0.2 < 1 - server.served[None] / sent < 0.4
    assert sorted(stored(tmp_path)) == sorted((t.completion, "stop") for t in traces)
    assert server.most_in_flight <= 8
    assert (first.usage.sent, first.usage.retried) == (sent, sent - 120)
    assert (second.usage.sent, second.usage.cached) == (0, 120)


def test_zero_shot_cot_is_two_calls_as_in_the_paper(tmp_path):
    def reply(body):
        if body["prompt"].endswith("Therefore, the answer is"):
            return {"text": " 8.", "finish_reason": "stop"}
        return {"text": " 3 + 5 is 8.", "finish_reason": "length"}

    with serving(reply=reply) as server:
        how = {
            "format": "zero-shot-cot",
            "temperature": 0.7,
            "max_tokens": 99,
            "answer_max_tokens": 9,
        }
        (trace,) = teacher(server, tmp_path, **how).generate(
            [Request(problem=problem(1, "3 + 5?"))]
        )
    first, second = server.bodies
    assert first["prompt"] == "Q: 3 + 5?\nA: Let's think step by step."
    assert second["prompt"] == first["prompt"] + " 3 + 5 is 8.\nTherefore, the answer is"
    assert (first["temperature"], first["max_tokens"]) == (0.7, 99)
    assert (second["temperature"], second["max_tokens"]) == (0.0, 9)
    assert trace.completion == " 3 + 5 is 8.\nTherefore, the answer is 8."
    assert trace.completion[trace.answer_at :] == " 8."
    assert trace.finish == "length"
    assert (trace.prompt_tokens, trace.completion_tokens) == (14, 6)
    assert (parse(trace).text, parse(trace).answer) == ("3 + 5 is 8.", "8.")


def test_zero_shot_cot_over_chat_asks_for_the_answer_in_a_second_turn(tmp_path):
    with serving(reply=lambda body: "8" if len(body["messages"]) == 3 else "3 + 5 is 8.") as server:
        asking = teacher(server, tmp_path, format="zero-shot-cot", api="chat")
        (trace,) = asking.generate([Request(problem=problem(1))])
    _, second = server.bodies
    assert [m["role"] for m in second["messages"]] == ["user", "assistant", "user"]
    assert [m["content"] for m in second["messages"][1:]] == [
        "3 + 5 is 8.",
        "Therefore, the answer is",
    ]
    assert (parse(trace).text, parse(trace).answer) == ("3 + 5 is 8.", "8")


def test_few_shot_prompts_hold_the_shots_and_stop_before_the_next_question(tmp_path):
    with serving() as server:
        shots = (Shot("1 + 1?", "one and one", "2"),)
        list(teacher(server, tmp_path, format="few-shot-cot", shots=shots).generate(requests(1)))
    (body,) = server.bodies
    assert body["prompt"] == "Q: 1 + 1?\nA: one and one The answer is 2.\n\nQ: what is 0?\nA:"
    assert body["stop"] == ["\nQ:"]


def test_thinking_that_a_chat_server_split_off_stays_in_the_trace(tmp_path):
    message = {"content": "Answer: 4", "reasoning_content": "2 and 2"}
    with serving(reply=lambda _: {"message": message}) as server:
        (trace,) = teacher(server, tmp_path, format="instruct", api="chat").generate(requests(1))
    assert trace.completion == "<think>\n2 and 2\n</think>\n\nAnswer: 4"
    assert parse(trace).answer == "4"


def test_extra_body_is_sent_and_a_null_takes_our_field_out(tmp_path):
    extra = {"max_tokens": None, "max_completion_tokens": 5, "chat_template_kwargs": {"a": 1}}
    with serving() as server:
        list(teacher(server, tmp_path, extra_body=extra).generate(requests(1)))
    (body,) = server.bodies
    assert "max_tokens" not in body
    assert (body["max_completion_tokens"], body["chat_template_kwargs"]) == (5, {"a": 1})


def test_samples_of_one_problem_are_separate_even_without_a_seed(tmp_path):
    numbers = itertools.count()
    with serving(reply=lambda _: f"text {next(numbers)}") as server:
        asked = requests(1, samples=5)
        traces = list(teacher(server, tmp_path, temperature=1.0).generate(asked))
        again = list(teacher(server, tmp_path, temperature=1.0).generate(asked))
    assert len({t.completion for t in traces}) == 5
    assert {(t.sample, t.completion) for t in again} == {(t.sample, t.completion) for t in traces}
    assert all("seed" not in body for body in server.bodies)


def test_incidental_settings_exist_and_change_no_cache_key(tmp_path):
    assert set(EndpointSettings.model_fields) > INCIDENTAL
    changed = {"concurrency": 2, "timeout": 9, "retries": 1, "backoff": 1, "api_key_env": "K"}
    changed |= {"price_in": 1, "price_out": 2, "max_cost": 99, "max_tokens_total": 9999}
    assert set(changed) | {"cache"} == INCIDENTAL
    with serving() as server:
        list(teacher(server, tmp_path).generate(requests(2)))
        list(teacher(server, tmp_path, **changed).generate(requests(2)))
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    "changed",
    [{"temperature": 0.5}, {"max_tokens": 7}, {"model": "n"}, {"seed": 3}, {"top_p": 0.5}],
)
def test_whatever_shapes_an_answer_is_in_its_cache_key(tmp_path, changed):
    with serving() as server:
        list(teacher(server, tmp_path).generate(requests(2)))
        list(teacher(server, tmp_path, **changed).generate(requests(2)))
    assert len(server.bodies) == 4


def test_closing_midway_and_resuming_sends_only_what_is_missing(tmp_path):
    with serving(delay=0.005) as server:
        stream = teacher(server, tmp_path, concurrency=4).generate(requests(40))
        early = list(itertools.islice(stream, 10))
        stream.close()
        kept = {text for text, _ in stored(tmp_path)}
        seen = len(server.bodies)
        traces = list(teacher(server, tmp_path, concurrency=4).generate(requests(40)))
    assert len(early) == 10
    assert {t.completion for t in early} <= kept
    assert seen <= 14
    assert len(traces) == 40
    assert len(server.bodies) == seen + 40 - len(kept)


def test_a_killed_process_keeps_every_answer_it_has_handed_out(tmp_path):
    with serving(delay=0.01) as server:
        script = (
            "import sys; sys.path[:0] = sys.argv[3:]; from pathlib import Path\n"
            "import serve_badly as t\n"
            "class S: url = sys.argv[1]\n"
            "asking = t.teacher(S, Path(sys.argv[2]), concurrency=4)\n"
            "for trace in asking.generate(t.requests(200)): print(trace.id, flush=True)\n"
        )
        here = Path(__file__).parent
        command = [sys.executable, "-c", script, server.url, tmp_path, here]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            handed = [process.stdout.readline() for _ in range(20)]
            process.send_signal(signal.SIGKILL)
        kept = len(stored(tmp_path))
        time.sleep(0.1)
        seen = len(server.bodies)
        assert all(handed)
        assert 20 <= kept <= seen <= kept + 4
        traces = list(teacher(server, tmp_path, concurrency=16).generate(requests(200)))
    assert len(traces) == 200
    assert len(server.bodies) == seen + 200 - kept


def test_uncounted_tokens_are_estimated_and_said_to_be(tmp_path):
    with serving(usage=None) as server:
        asking = teacher(server, tmp_path)
        (trace,) = asking.generate(requests(1))
    assert asking.usage.estimated == 1
    assert trace.completion_tokens == pytest.approx(len(trace.completion) / 4, abs=1)


def test_a_million_requests_are_taken_as_they_are_needed(tmp_path):
    taken = []
    endless = (taken.append(n) or Request(problem=problem(n)) for n in itertools.count())
    with serving() as server:
        stream = teacher(server, tmp_path, concurrency=4).generate(endless)
        list(itertools.islice(stream, 5))
        stream.close()
    assert len(taken) <= 10


def test_a_refused_request_is_a_trace_with_its_error_and_is_asked_again(tmp_path):
    def reply(body):
        if "what is 1?" in body["prompt"]:
            return 400, {"error": {"message": "too long\nby far"}}
        return " fine"

    with serving(reply=reply) as server:
        asking = teacher(server, tmp_path)
        traces = {t.problem_id: t for t in asking.generate(requests(3))}
        assert len(server.bodies) == 3
        list(teacher(server, tmp_path).generate(requests(3)))
        assert len(server.bodies) == 4
    failed = traces[problem(1).id]
    assert (failed.finish, failed.error, failed.completion) == (
        "error",
        "status 400: too long by far",
        "",
    )
    assert len(stored(tmp_path)) == 2


def test_a_server_that_never_recovers_gives_error_traces_not_answers(tmp_path):
    with serving(reply=lambda _: (503, {"error": {"message": "overloaded"}})) as server:
        (trace,) = teacher(server, tmp_path, retries=2).generate(requests(1))
    assert trace.error == "status 503: overloaded (3 attempts)"
    assert len(server.bodies) == 3
    assert stored(tmp_path) == []


@pytest.mark.parametrize("date", [False, True])
def test_retry_after_is_honoured(tmp_path, date):
    moments = []
    when = (
        time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2)) if date else "0.7"
    )

    def reply(_):
        moments.append(time.monotonic())
        return (429, {"error": {}}, {"Retry-After": when}) if len(moments) == 1 else " ok"

    with serving(reply=reply) as server:
        (trace,) = teacher(server, tmp_path, backoff=0.001).generate(requests(1))
    assert trace.error is None
    assert moments[1] - moments[0] > 0.65


def test_a_wait_of_hours_is_not_waited_for(tmp_path):
    with serving(reply=lambda _: (429, {"error": {}}, {"Retry-After": "7200"})) as server:
        (trace,) = teacher(server, tmp_path).generate(requests(1))
    assert trace.error.startswith("status 429")


@pytest.mark.parametrize(
    ("status", "code"), [(401, None), (403, None), (404, None), (429, "insufficient_quota")]
)
def test_a_wrong_key_or_model_stops_the_run_with_one_sentence(tmp_path, status, code, monkeypatch):
    monkeypatch.setenv("MY_KEY", "secret-key")
    with serving(reply=lambda _: (status, {"error": {"message": "no", "code": code}})) as server:
        asking = teacher(server, tmp_path, concurrency=2, api_key_env="MY_KEY")
        with pytest.raises(
            BackendError, match=rf"refuses model 'm'.*MY_KEY \(status {status}\): no"
        ) as error:
            list(asking.generate(requests(100)))
        assert len(server.bodies) <= 2
    assert "secret-key" not in str(error.value)


def test_an_unreachable_server_is_one_sentence_that_names_it(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    settings = EndpointSettings(model="m", base_url=url, retries=1, backoff=0.01)
    with pytest.raises(BackendError, match=rf"{url}/ cannot be reached"):
        list(EndpointTeacher(settings).generate(requests(3)))


def test_openai_without_a_key_is_one_sentence(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(BackendError, match="OPENAI_API_KEY"):
        list(EndpointTeacher(EndpointSettings(model="m")).generate(requests(1)))


def test_a_cache_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "cache.sqlite").write_text(
        "not a database, but long enough to be read as one\n" * 50
    )
    with serving() as server, pytest.raises(DataError, match=r"cache\.sqlite cannot be used"):
        list(teacher(server, tmp_path).generate(requests(1)))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"format": "instruct", "api": "completions"}, "needs api: chat"),
        ({"max_cost": 1.0}, "needs price_in"),
        ({"shots": [{"question": "q", "reasoning": "r", "answer": "a"}]}, "takes no shots"),
        ({"format": "fancy"}, "no format 'fancy'"),
        ({"temprature": 1}, "Extra inputs"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(wrong, says):
    with pytest.raises(ValidationError, match=says):
        EndpointSettings.model_validate({"model": "m", **wrong})


def test_two_teachers_on_one_cache_file_do_not_disturb_each_other(tmp_path):
    with serving() as server, ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(list, teacher(server, tmp_path).generate(requests(40))) for _ in range(2)
        ]
        traces = [{t.id for t in run.result()} for run in runs]
    assert traces[0] == traces[1]
    assert len(stored(tmp_path)) == 40


def test_the_worker_thread_ends_with_the_iterator(tmp_path):
    before = threading.active_count()
    with serving() as server:
        stream = teacher(server, tmp_path).generate(requests(5))
        next(stream)
        stream.close()
    assert not [t for t in threading.enumerate() if t.name == "cotutor-background"]
    assert threading.active_count() <= before + 5  # the server's own
