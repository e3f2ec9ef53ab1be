"""The same students under vLLM's own server, where vLLM is installed.

vLLM batches on a GPU and has its own routes, limits and metrics; we give it the base, the
adapters, and a chat template that puts a question into the students' format.
"""

import json
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from cotutor.errors import BackendError
from cotutor.format import format_named
from cotutor.records import Student
from cotutor.serve.settings import ServeSettings

_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # the largest ranks that vLLM can be set up for


def run_vllm(students: Mapping[str, tuple[Path, Student]], settings: ServeSettings) -> NoReturn:
    """Become vLLM's server.

    Raises:
        BackendError: vLLM is not installed, or cannot serve these students together.

    """
    if find_spec("vllm") is None:
        raise BackendError(
            "--backend vllm needs vLLM, which is not installed: pip install 'cotutor[vllm]'"
        )
    command = vllm_command(students, settings)
    os.execve(sys.executable, command, {**os.environ, **vllm_environment(settings)})


def vllm_environment(settings: ServeSettings) -> dict[str, str]:
    """Return what vLLM is told by its environment: the key, which a command line would show."""
    told = {} if settings.api_key is None else {"VLLM_API_KEY": settings.api_key}
    return told | ({"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True"} if settings.admin else {})


def vllm_command(
    students: Mapping[str, tuple[Path, Student]], settings: ServeSettings
) -> list[str]:
    """Return the command that serves the students.

    Raises:
        BackendError: they are not of one format, or not LoRA students of one base.

    """
    records = [student for _, student in students.values()]
    names = {student.format for student in records}
    if len(names) > 1:
        raise BackendError(f"vLLM puts all questions alike: formats {', '.join(sorted(names))}")
    command = [sys.executable, "-m", "vllm.entrypoints.cli.main", "serve"]
    command += _models(students)
    command += ["--host", settings.host, "--port", str(settings.port)]
    command += ["--max-num-seqs", str(settings.limits.batch)]
    fmt = format_named(names.pop())
    if not fmt.is_chat:
        before, _, after = fmt.opening.partition("{question}")
        asked = "(messages | last).content | trim"
        template = f"{{{{ {json.dumps(before)} + ({asked}) + {json.dumps(after)} }}}}"
        command += ["--chat-template", template]
    return command


def _models(students: Mapping[str, tuple[Path, Student]]) -> list[str]:
    methods = {student.method for _, student in students.values()}
    bases = {(student.base, student.revision) for _, student in students.values()}
    if methods == {"full"} and len(students) == 1:
        ((name, (folder, _)),) = students.items()
        return [str(folder), "--served-model-name", name]
    if methods != {"lora"} or len(bases) > 1:
        raise BackendError("vLLM serves LoRA students of one base, or one student of whole weights")
    base, revision = bases.pop()
    command = [base, *(["--revision", revision] if revision is not None else []), "--enable-lora"]
    command += ["--max-loras", str(len(students))]
    command += ["--max-lora-rank", str(_rank([folder for folder, _ in students.values()]))]
    return [*command, "--lora-modules", *(f"{n}={folder}" for n, (folder, _) in students.items())]


def _rank(folders: list[Path]) -> int:
    configs = [
        json.loads((folder / "adapter_config.json").read_text("utf-8")) for folder in folders
    ]
    largest = max(max([config["r"], *config["rank_pattern"].values()]) for config in configs)
    fitting = [rank for rank in _RANKS if rank >= largest]
    if not fitting:
        raise BackendError(f"vLLM serves adapters of rank {_RANKS[-1]} at most, not {largest}")
    return fitting[0]
