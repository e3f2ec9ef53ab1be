"""The students that a server holds: loaded, replaced and removed while it serves.

LoRA students of one base share its weights. Every load of a student under a name is a
`Version` with an adapter and a writer of its own: what a writer may keep of earlier
prompts is that version's, and a request is answered whole by the version it began with.
A version that was replaced goes when the last request that holds it is answered.

After every load the outputs are looked at, since servers have served the wrong adapter
in silence (vllm#42125, vllm#47724, vllm#36373): the weights in the model are those of the
file, the adapter changes what the base says, and no other adapter says anything new.

All of it runs on the thread that owns the models, but `borrow` and `give_back`.
"""

import hashlib
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import AutoTokenizer

from cotutor.errors import BackendError
from cotutor.format import Format, format_named
from cotutor.models import load_model, load_student, quiet, read_student
from cotutor.records import Student
from cotutor.serve.steps import StepWriter

_SHARING = ("lora", "dora", "qlora")
_WEIGHTS = "adapter_model.safetensors"
_SECOND = re.compile("lora_(embedding_)?B")  # the factor that training begins at zero
_PROBE = "What is 12 plus 30?"


@dataclass
class _Base:
    """One set of weights in memory, with the LoRA adapters on it."""

    model: Any
    versions: list["Version"] = field(default_factory=list)


@dataclass(eq=False)
class Version:
    """One load of one student; `fingerprint` names the load and the weights."""

    name: str
    folder: Path
    student: Student
    fingerprint: str
    tokenizer: Any
    model: Any
    writer: StepWriter
    adapter: str | None = None
    probed: torch.Tensor | None = None
    holders: int = 0

    @property
    def format(self) -> Format:
        """The format of the student's training, in which it is asked."""
        return format_named(self.student.format)

    def activate(self) -> None:
        """Let the shared weights be this version's."""
        if self.adapter is not None and self.model.active_adapter != self.adapter:
            self.model.set_adapter(self.adapter, inference_mode=True)


class Shelf:
    """The students by name."""

    def __init__(self, *, batch_size: int) -> None:
        self._batch_size = batch_size
        self._lock = threading.Lock()
        self._current: dict[str, Version] = {}
        self._retired: list[Version] = []
        self._bases: dict[tuple[Any, ...], _Base] = {}
        self._loads = 0

    def names(self) -> list[str]:
        """Return the names under which students can be asked."""
        return list(self._current)

    def versions(self) -> list[Version]:
        """Return the versions that new requests get."""
        return list(self._current.values())

    def borrow(self, name: str) -> Version | None:
        """Return the version of that name, to be given back; None where there is none."""
        with self._lock:
            version = self._current.get(name)
            if version is not None:
                version.holders += 1
            return version

    def give_back(self, version: Version) -> None:
        """Say that a request is answered."""
        with self._lock:
            version.holders -= 1

    def load(self, name: str, folder: Path) -> Version:
        """Load a student; one of the same name is replaced once the new one has proved itself.

        Raises:
            BackendError: there is no student, or it fails a check; what was there stays.

        """
        self.sweep()
        student = read_student(folder)
        self._loads += 1
        print_ = f"{name}@{self._loads}-{_digest(folder)}"
        if student.method in _SHARING:
            version = self._load_adapter(name, folder, student, print_)
        else:
            model, tokenizer, _ = load_student(folder)
            writer = StepWriter(model, tokenizer, name=print_, batch_size=self._batch_size)
            version = Version(name, folder, student, print_, tokenizer, model, writer)
        with self._lock:
            self._retire(name)
            self._current[name] = version
        return version

    def unload(self, name: str) -> bool:
        """Remove a student; say whether there was one."""
        with self._lock:
            found = self._retire(name)
        self.sweep()
        return found

    def sweep(self) -> None:
        """Free what was replaced or removed and is held by no request."""
        with self._lock:
            free = [version for version in self._retired if not version.holders]
            self._retired = [version for version in self._retired if version.holders]
        for version in free:
            self._free(version)

    def _retire(self, name: str) -> bool:
        version = self._current.pop(name, None)
        if version is not None:
            self._retired.append(version)
        return version is not None

    def _free(self, version: Version) -> None:
        key = _base_key(version.student)
        base = self._bases.get(key)
        if version.adapter is None or base is None:
            return
        base.versions.remove(version)
        if not base.versions:
            del self._bases[key]
            return
        base.versions[-1].activate()
        base.model.delete_adapter(version.adapter)

    def _load_adapter(self, name: str, folder: Path, student: Student, print_: str) -> Version:
        key, adapter = _base_key(student), f"load{self._loads}"
        base = self._bases.get(key)
        try:
            with quiet():
                if base is None:
                    model, _ = load_model(
                        student.base, revision=student.revision,
                        is_quantized=student.method == "qlora",
                    )  # fmt: skip
                    base = _Base(PeftModel.from_pretrained(model, str(folder), adapter).eval())
                else:
                    base.model.load_adapter(str(folder), adapter)
            tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
            writer = StepWriter(base.model, tokenizer, name=print_, batch_size=self._batch_size)
            version = Version(name, folder, student, print_, tokenizer, base.model, writer, adapter)
            _check(version, base.versions)
        except (
            OSError,
            ValueError,
            KeyError,
            RuntimeError,
            SafetensorError,
            BackendError,
        ) as error:
            self._undo(base, adapter)
            reason = str(error).strip().partition("\n")[0]
            raise BackendError(f"the student in {folder} cannot be served: {reason}") from error
        base.versions.append(version)
        self._bases[key] = base
        return version

    def _undo(self, base: _Base | None, adapter: str) -> None:
        if base is not None and base.versions:
            base.versions[-1].activate()
            if adapter in base.model.peft_config:
                base.model.delete_adapter(adapter)


def _base_key(student: Student) -> tuple[Any, ...]:
    return student.base, student.revision, student.method == "qlora"


def _check(version: Version, others: list[Version]) -> None:
    """Prove that the adapter in the model is the file's, that it acts, and alone.

    Raises:
        BackendError: it is not so.

    """
    version.activate()
    given = load_file(version.folder / _WEIGHTS)
    held = get_peft_model_state_dict(
        version.model, adapter_name=version.adapter, save_embedding_layers=False
    )
    for name in sorted(given.keys() | held.keys()):
        if name not in given or name not in held:
            raise BackendError(f"only one of {_WEIGHTS} and the model has {name}")
        if not torch.equal(held[name].cpu(), given[name].to(held[name].dtype)):
            raise BackendError(f"{name} in the model is not that of {_WEIGHTS}")
    version.probed = _logits(version)
    with version.model.disable_adapter():
        plain = _logits(version)
    is_null = not any(t.any() for name, t in given.items() if _SECOND.search(name))
    if torch.equal(version.probed, plain) and not is_null:
        raise BackendError("the adapter changes nothing that the base says")
    for other in others:
        other.activate()
        if other.probed is None or not torch.allclose(
            _logits(other), other.probed, rtol=1e-4, atol=1e-4
        ):
            raise BackendError(f"it changes what {other.fingerprint} says")


@torch.inference_mode()
def _logits(version: Version) -> torch.Tensor:
    """Return what the model in its present state says to the probe, [tokens, vocabulary]."""
    ids = version.tokenizer(_PROBE, return_tensors="pt")["input_ids"].to(version.model.device)
    logits: torch.Tensor = version.model(input_ids=ids).logits[0].float().cpu()
    return logits


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as handle:
            total.update(hashlib.file_digest(handle, "sha256").digest())
    return total.hexdigest()[:8]
