"""Callers that do wrong, or leave: each gets the right status, and the server goes on."""

import http.client
import json
import socket
import threading
import time
from urllib.parse import urlsplit

import openai
import pytest
from bench.served import serving

CHAT = {"model": "red", "messages": [{"role": "user", "content": "What is 3 plus 4?"}]}
LONG = {"model": "red", "prompt": "What", "temperature": 10, "max_tokens": 900, "seed": 3}


def call(server, method, path, body=None, **headers):
    """One request on a connection of its own; status and body, parsed where it is JSON."""
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    try:
        data = json.dumps(body) if isinstance(body, dict) else body
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        content = answer.read().decode()
        if answer.headers["content-type"] == "application/json":
            content = json.loads(content)
        return answer.status, content, answer.headers
    finally:
        connection.close()


def counted(server, name, **headers):
    _, text, _ = call(server, "GET", "/metrics", **headers)
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def test_a_key_is_asked_for(guarded):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer sesame2"}):
        status, body, _ = call(guarded, "POST", "/v1/chat/completions", CHAT, **headers)
        assert (status, body["error"]["code"]) == (401, "invalid_api_key")
        assert call(guarded, "GET", "/metrics", **headers)[0] == 401
    assert call(guarded, "GET", "/health")[0] == 200
    right = {"Authorization": "Bearer sesame"}
    assert call(guarded, "POST", "/v1/chat/completions", CHAT, **right)[0] == 200
    client = openai.OpenAI(base_url=f"{guarded.url}/v1", api_key="no", max_retries=0)
    with client, pytest.raises(openai.AuthenticationError):
        client.models.list()


def test_adapters_are_not_loaded_unless_it_was_started_so(guarded, students):
    body = {"lora_name": "x", "lora_path": str(students["blue"])}
    right = {"Authorization": "Bearer sesame"}
    status, told, _ = call(guarded, "POST", "/v1/load_lora_adapter", body, **right)
    assert status == 403
    assert "--admin" in told["error"]["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Host": "localhost"}, 200),
    ],
)
def test_pages_of_other_sites_cannot_ask_through_a_browser_here(server, headers, status):
    assert call(server, "POST", "/v1/chat/completions", CHAT, **headers)[0] == status


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/chat/completions", b"x" * 20_001, 413),
        ("POST", "/v1/chat/completions", b"x" * 1_000_000, 413),
        ("POST", "/v1/chat/completions", b"{", 400),
        ("POST", "/v1/chat/completions", b"\xff\xfe", 400),
        ("POST", "/v1/chat/completions", b"[" * 19_000, 400),
        ("POST", "/v1/chat/completions", b"", 400),
        ("POST", "/v1/completions", b'{"model": "red", "prompt": []}', 400),
        ("POST", "/v1/completions", b'{"model": "red", "prompt": [[1], "a"]}', 400),
        ("POST", "/v1/completions", b'{"model": "no", "prompt": "a"}', 404),
        ("GET", "/v1/chat/completions", None, 405),
        ("GET", "/v1/nothing", None, 404),
        ("GET", "/../../etc/passwd", None, 404),
        ("GET", "/v1/models/no", None, 404),
    ],
)
def test_what_cannot_be_answered_is_refused(server, method, path, body, status):
    found, told, _ = call(server, method, path, body)
    assert found == status
    assert set(told["error"]) == {"message", "type", "param", "code"}
    assert call(server, "POST", "/v1/chat/completions", CHAT)[0] == 200


def test_requests_beyond_the_limit_are_sent_away(guarded):
    right = {"Authorization": "Bearer sesame"}
    found = []
    threads = [
        threading.Thread(
            target=lambda: found.append(call(guarded, "POST", "/v1/completions", LONG, **right))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(status for status, _, _ in found)
    assert statuses.count(429) == 2
    assert set(statuses) <= {200, 429, 504}  # what came in may well be slower than 2 s
    assert {headers["retry-after"] for status, _, headers in found if status == 429} == {"1"}
    assert call(guarded, "POST", "/v1/chat/completions", CHAT, **right)[0] == 200


def test_an_answer_that_takes_too_long_is_given_up(guarded):
    right = {"Authorization": "Bearer sesame"}
    body = {**LONG, "n": 64}
    status, told, _ = call(guarded, "POST", "/v1/completions", body, **right)
    assert (status, told["error"]["code"]) == (504, "timeout")
    _, events, _ = call(guarded, "POST", "/v1/completions", {**body, "stream": True}, **right)
    assert '"code": "timeout"' in events.splitlines()[-2]
    assert "[DONE]" not in events
    assert call(guarded, "POST", "/v1/chat/completions", CHAT, **right)[0] == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_hangs_up_frees_its_place(server, stream):
    before = counted(server, "cotutor_abandoned_total")
    body = json.dumps({**LONG, "n": 32, "stream": stream}).encode()
    place = urlsplit(server.url)
    head = f"POST /v1/completions HTTP/1.1\r\nHost: {place.netloc}\r\n"
    with socket.create_connection((place.hostname, place.port)) as caller:
        caller.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        wait_until(lambda: counted(server, "cotutor_requests_running") == 1)
    wait_until(lambda: counted(server, "cotutor_abandoned_total") == before + 1)
    assert counted(server, "cotutor_requests_running") == 0
    assert call(server, "POST", "/v1/chat/completions", CHAT)[0] == 200
    wait_until(lambda: counted(server, "cotutor_batches_running") == 0)


def test_an_answer_under_way_is_finished_when_the_server_is_told_to_end(students):
    with serving(f"red={students['red']}") as server:
        client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0)
        with client:
            stream = client.completions.create(**{**LONG, "max_tokens": 120}, stream=True)
            chunks = iter(stream)
            next(chunks)
            ended = []
            ending = threading.Thread(target=lambda: ended.append(server.end()))
            ending.start()
            wait_until(lambda: not is_listening(server))
            rest = list(chunks)
            assert rest[-1].choices[0].finish_reason in ("stop", "length")
        ending.join()
        assert ended == [0]
        assert "Traceback" not in "".join(server.said)


def is_listening(server):
    place = urlsplit(server.url)
    try:
        socket.create_connection((place.hostname, place.port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)
