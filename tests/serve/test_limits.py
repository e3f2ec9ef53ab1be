import json
from itertools import pairwise
from pathlib import Path

import pytest

from cotutor.cli import serve as command
from cotutor.errors import BackendError, ConfigError
from cotutor.records import Student
from cotutor.serve.protocol import Refusal
from cotutor.serve.settings import Limits, ServeSettings
from cotutor.serve.strategies import strategy_of
from cotutor.serve.vllm import run_vllm, vllm_command, vllm_environment


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_others_are_served_only_with_a_key(host):
    with pytest.raises(ConfigError, match="others could call a server on"):
        command.serve(["a"], host=host)
    assert ServeSettings(host=host, api_key="k").api_key == "k"


def test_the_key_is_not_shown():
    assert "sesame" not in repr(ServeSettings(api_key="sesame"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"students": ["x/a", "y/a"]}, "two students are called a"),
        ({"students": ["=x"]}, "not of the form NAME=STUDENT"),
        ({"api_key_env": "NO_SUCH_VARIABLE"}, "NO_SUCH_VARIABLE is not set"),
        ({"overrides": ["body"]}, "not of the form KEY=N"),
        ({"overrides": ["colour=1"]}, "limits.colour"),
        ({"overrides": ["tokens=0"]}, "limits.tokens"),
        ({"backend": "other"}, "--backend is local or vllm"),
    ],
)
def test_mistakes_are_told_in_one_sentence(given, sentence):
    with pytest.raises(ConfigError, match=sentence):
        command.serve(**{"students": ["a"], **given})


def test_a_folder_that_holds_no_student_is_told(tmp_path):
    with pytest.raises(BackendError, match="holds no student"):
        command.serve([str(tmp_path)], port=0)


@pytest.mark.parametrize(
    ("strategy", "sentence"),
    [
        (
            {"kind": "react", "tools": [{"kind": "python", "name": "x", "call": "os.system"}]},
            "tools",
        ),
        ({"kind": "react", "examples": "x"}, "examples"),
        ({"kind": "tree", "value_prompt": "{question.__class__}"}, "value_prompt"),
        ({"kind": "self-consistency", "samples": 10**9}, "at most 64"),
        ({"kind": "tree", "branch": 10**9}, "at most 64"),
        ({"kind": "direct", "max_tokens": 10**9}, "at most 2048"),
    ],
)
def test_callers_get_no_strategy_that_reads_runs_or_floods(strategy, sentence):
    with pytest.raises(Refusal, match=sentence) as refused:
        strategy_of(strategy, Limits())
    assert refused.value.status == 400


def adapter(folder: Path, rank: int = 4, **pattern: int) -> Path:
    folder.mkdir()
    text = json.dumps({"r": rank, "rank_pattern": pattern})
    (folder / "adapter_config.json").write_text(text, "utf-8")
    return folder


def test_vllm_gets_base_adapters_and_the_students_own_prompt(tmp_path):
    a, b = adapter(tmp_path / "a"), adapter(tmp_path / "b", q_proj=9)
    record = Student(base="org/base", revision="main", method="lora", format="plain")
    settings = ServeSettings(api_key="sesame", admin=True, port=9000)
    command = vllm_command({"a": (a, record), "b": (b, record)}, settings)
    assert command[1:5] == ["-m", "vllm.entrypoints.cli.main", "serve", "org/base"]
    told = dict(pairwise(command))
    assert told["--revision"] == "main"
    assert (told["--max-loras"], told["--max-lora-rank"]) == ("2", "16")
    assert command[command.index("--lora-modules") :][1:3] == [f"a={a}", f"b={b}"]
    assert (told["--host"], told["--port"]) == ("127.0.0.1", "9000")
    assert "sesame" not in " ".join(command)
    assert vllm_environment(settings) == {
        "VLLM_API_KEY": "sesame", "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
    }  # fmt: skip
    import jinja2

    template = jinja2.Environment().from_string(told["--chat-template"])
    messages = [{"content": "Be brief."}, {"content": " 3 plus 4?\n"}]
    assert template.render(messages=messages) == "Q: 3 plus 4?\nA:"


def test_vllm_gets_whole_weights_by_name(tmp_path):
    record = Student(base="org/base", method="full", format="chat")
    command = vllm_command({"mine": (tmp_path, record)}, ServeSettings())
    assert command[4:7] == [str(tmp_path), "--served-model-name", "mine"]
    assert "--chat-template" not in command


def test_what_vllm_cannot_serve_is_told(tmp_path):
    lora = Student(base="org/base", method="lora", format="plain")
    other = lora.model_copy(update={"base": "org/other"})
    chat = lora.model_copy(update={"format": "chat"})
    for second, sentence in ((other, "of one base"), (chat, "formats chat, plain")):
        with pytest.raises(BackendError, match=sentence):
            vllm_command({"a": (tmp_path, lora), "b": (tmp_path, second)}, ServeSettings())
    with pytest.raises(BackendError, match="rank 512 at most"):
        vllm_command({"a": (adapter(tmp_path / "a", 600), lora)}, ServeSettings())
    with pytest.raises(BackendError, match="needs vLLM, which is not installed"):
        run_vllm({"a": (tmp_path, lora)}, ServeSettings())
