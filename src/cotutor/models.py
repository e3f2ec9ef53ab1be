"""Models and students on disk, and how a prompt becomes tokens.

Safetensors only, no code from the hub, and one sentence when a model cannot be had.
"""

import hashlib
import logging
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.utils import logging as hub_logging
from huggingface_hub.utils.tqdm import (
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
)
from peft import PeftModel
from pydantic import ValidationError
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    BitsAndBytesConfig,
)
from transformers.utils import logging as transformers_logging

from cotutor.bottleneck import load_bottlenecks, save_bottlenecks
from cotutor.errors import BackendError
from cotutor.format import THINK_OPEN, Format
from cotutor.records import Student

EMBEDDED_BASE = "embedded"
STUDENT_FILE = "student.json"
_WRITE_FAILED = re.compile(r"os error \d+|PytorchStreamWriter|unexpected pos")
_TALKATIVE = (transformers_logging, hub_logging)


def load_model(
    base: str,
    *,
    revision: str | None = None,
    dtype: str = "float32",
    device: str | None = None,
    is_quantized: bool = False,
) -> tuple[Any, Any]:
    """Return the model, in evaluation mode, and the tokenizer of a base.

    The model is a decoder, or an encoder with a decoder where the base is one (T5).

    Args:
        base: a folder, a hub id, or `embedded` for the base inside this package.
        revision: a branch, tag or commit of a hub id.
        dtype: a torch dtype by name.
        device: a torch device by name; by default a GPU where there is one.
        is_quantized: whether the weights are rounded to 4 bits, on a GPU (Dettmers et al. 2023).

    Raises:
        BackendError: there is no such base, or it has no config or no safetensors weights,
            or it cannot be quantized here.

    """
    place = _place(base)
    if is_quantized and (reason := why_not_quantized()):
        raise BackendError(f"the base model {base} cannot be loaded in 4 bits: {reason}")
    with quiet(), _explained(f"the base model {base}"):
        options: dict[str, Any] = {"revision": revision, "trust_remote_code": False}
        tokenizer = AutoTokenizer.from_pretrained(place, **options)
        kind = _kind(AutoConfig.from_pretrained(place, **options))
        if is_quantized:
            options |= {"quantization_config": _four_bits(), "device_map": device or _device()}
        model, found = kind.from_pretrained(
            place,
            dtype=getattr(torch, dtype),
            use_safetensors=True,
            output_loading_info=True,
            **options,
        )
        if found["missing_keys"]:  # the library would fill them with random numbers
            raise ValueError(f"there are no weights for {min(found['missing_keys'])}")
        return (model if is_quantized else model.to(device or _device())).eval(), tokenizer


def virtual_tokens(model: Any) -> int:
    """Return how many virtual tokens the model's adapter puts before each row."""
    adapter: Any = getattr(model, "active_peft_config", None)
    return 0 if adapter is None or not adapter.is_prompt_learning else adapter.num_virtual_tokens


def context(model: Any) -> int | None:
    """Return how many tokens a row of a model, or of its configuration, may have; None: any number.

    The places of an adapter's virtual tokens are left out. An encoder and a decoder have each all.
    """
    config = getattr(model, "config", model)
    most = getattr(config.get_text_config(), "max_position_embeddings", None)
    return None if most is None else int(most) - virtual_tokens(model)


def last_position(model: Any) -> int | None:
    """Return the last position that a decoder's rows can have, None where there is no last."""
    most = context(model.config)
    return None if most is None else most - 1


def why_not_shared(model: Any, longest: int) -> str | None:
    """Say why rows cannot share the tokens at their beginning exactly, None where they can.

    Args:
        model: the model, adapters included.
        longest: the tokens of the longest row.

    """
    config = model.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ())
    if model.config.is_encoder_decoder:
        return "an encoder-decoder reads its prompt apart already"
    if strange := kinds - {"full_attention", "sliding_attention"}:
        return f"layers of {', '.join(sorted(strange))} carry a state from token to token"
    if getattr(config, "attn_type", None) or hasattr(config, "ssm_cfg"):
        return "its layers carry a state from token to token"
    if "local" in (getattr(config, "attention_layers", None) or ()):  # GPT-Neo
        return "its local attention counts places in the line, not positions"
    window = getattr(config, "sliding_window", None)
    is_sliding = "sliding_attention" in kinds or (window and not kinds)
    if is_sliding and window is not None and window < longest:
        return f"its attention slides over {window} tokens and the longest row has {longest}"
    if (most := alike_up_to(config)) is not None and most < longest:
        return f"rows of more than {most} tokens turn their keys otherwise and one has {longest}"
    if virtual_tokens(model):
        return "prompt and prefix tuning put virtual tokens before each row"
    return None


def alike_up_to(config: Any) -> int | None:
    """Return up to which length rows have equal rotary frequencies, None where all have."""
    found = getattr(config, "rope_parameters", None) or {}
    kinds = [kind for kind in (found, *found.values()) if isinstance(kind, dict)]  # or by layer
    lengths = [
        kind.get("original_max_position_embeddings") or config.max_position_embeddings
        for kind in kinds
        if kind.get("rope_type") in ("dynamic", "longrope")
    ]
    return min(lengths, default=None)


def load_config(base: str, *, revision: str | None = None) -> Any:
    """Return the configuration of a base, without its weights.

    Raises:
        BackendError: there is no such base, or it has no config.

    """
    place = _place(base)
    with quiet(), _explained(f"the configuration of {base}"):
        return AutoConfig.from_pretrained(place, revision=revision, trust_remote_code=False)


def empty_model(config: Any) -> Any:
    """Return a model of that configuration on the meta device: its sizes, and no weights."""
    with quiet(), torch.device("meta"):
        return _kind(config).from_config(config)


def _kind(config: Any) -> Any:
    return AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM


def load_tokenizer(base: str, *, revision: str | None = None) -> Any:
    """Return the tokenizer of a base, without its weights.

    Raises:
        BackendError: there is no such base, or it has no tokenizer.

    """
    place = _place(base)
    with quiet(), _explained(f"the tokenizer of {base}"):
        return AutoTokenizer.from_pretrained(place, revision=revision, trust_remote_code=False)


def why_not_quantized() -> str | None:
    """Say why no model can be held in 4 bits here, None where one can."""
    if not torch.cuda.is_available():
        return "that needs a GPU, and there is none"
    if find_spec("bitsandbytes") is None:
        return "that needs the package bitsandbytes, which is not installed"
    return None


def _four_bits() -> BitsAndBytesConfig:
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def load_student(
    folder: Path, *, dtype: str = "float32", device: str | None = None
) -> tuple[Any, Any, Student]:
    """Return model, tokenizer and record of a student that `save_student` wrote.

    Raises:
        BackendError: the folder holds no student, or its weights or its base cannot be loaded.

    """
    student = read_student(folder)
    if not any(folder.glob("*.safetensors")):
        raise BackendError(f"{folder} holds a student without weights: its .safetensors is missing")
    if student.method == "full":
        return *load_model(str(folder), dtype=dtype, device=device), student
    model, _ = load_model(
        student.base, revision=student.revision, dtype=dtype, device=device,
        is_quantized=student.method == "qlora",
    )  # fmt: skip
    with quiet(), _explained(f"the student in {folder}"):
        if student.method == "bottleneck":
            model = load_bottlenecks(model, folder)
        else:
            model = PeftModel.from_pretrained(model, str(folder))
        tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
    return model.eval(), tokenizer, student


def save_student(folder: Path, model: Any, tokenizer: Any, student: Student) -> None:
    """Write weights, tokenizer and record into `folder`, the record last.

    The files are written beside their places and renamed, so a folder with a
    student.json always holds a whole student; other files in it are left alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STUDENT_FILE).unlink(missing_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".student-", dir=folder))
    try:
        with quiet():
            if student.method == "bottleneck":
                save_bottlenecks(model, fresh)
            else:
                model.save_pretrained(fresh)
            tokenizer.save_pretrained(fresh)
        for path in fresh.iterdir():
            os.replace(path, folder / path.name)
        (fresh / STUDENT_FILE).write_text(student.line() + "\n", encoding="utf-8")
        os.replace(fresh / STUDENT_FILE, folder / STUDENT_FILE)
    finally:
        shutil.rmtree(fresh)


def weights_digest(base: str) -> str | None:
    """Return a digest of a local base's weights and tokenizer, None for a hub id.

    Raises:
        BackendError: there is no such base (see `load_model`).

    """
    folder = Path(_place(base))
    if not folder.is_dir():
        return None
    total = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("tokenizer*")]):
        with path.open("rb") as handle:
            total.update(hashlib.file_digest(handle, "sha256").digest())
    return total.hexdigest()[:16]


@dataclass(frozen=True)
class EncodedPrompt:
    """A prompt's tokens; `opened` is what the prompt has already written of the completion.

    A chat template may open the think tag itself. The completion then begins
    behind it, and `opened` puts it back in front: "<think>" and a line break.
    """

    ids: list[int]
    opened: str = ""


def encode_prompt(
    tokenizer: Any, fmt: Format, prompt: str, *, is_closed: bool = False
) -> EncodedPrompt:
    """Return a prompt as a model meets it, in training and in generation alike.

    A prompt that goes on in the completion has no end of text, even where the
    tokenizer puts one behind every text; what an encoder reads `is_closed`, and has it.

    Raises:
        BackendError: the format is a chat format and the tokenizer has no chat template.

    """
    if not fmt.is_chat:
        ids = list(tokenizer(prompt)["input_ids"])
        has_end = ids[-1:] == [tokenizer.eos_token_id]
        return EncodedPrompt(ids[:-1] if has_end and not is_closed else ids)
    if tokenizer.chat_template is None:
        raise BackendError(f"format {fmt.name} needs a tokenizer with a chat template")
    message = [{"role": "user", "content": prompt}]
    text = str(tokenizer.apply_chat_template(message, add_generation_prompt=True, tokenize=False))
    is_open = text.rstrip().endswith(THINK_OPEN)
    opened = text[text.rindex(THINK_OPEN) :] if is_open else ""
    return EncodedPrompt(list(tokenizer(text, add_special_tokens=False)["input_ids"]), opened)


def read_student(folder: Path) -> Student:
    """Return the record of a student that `save_student` wrote.

    Raises:
        BackendError: the folder holds no student.

    """
    path = folder / STUDENT_FILE
    try:
        return Student.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BackendError(
            f"{folder} holds no student: there is no {STUDENT_FILE} in it"
        ) from error
    except ValidationError as error:
        raise BackendError(f"{path} is not the record of a student") from error


def _place(base: str) -> str:
    """Return the folder or hub id that `base` names, having looked into a folder."""
    if base == EMBEDDED_BASE:
        base = str(resources.files("cotutor") / "embedded")
    folder = Path(base).expanduser()
    if not folder.is_dir():
        if folder.is_absolute() or base.startswith((".", "~")) or base.count("/") > 1:
            raise BackendError(f"there is no base model at {base}")
        return base
    if not (folder / "config.json").is_file():
        raise BackendError(f"{folder} is no model: there is no config.json in it")
    if not list(folder.glob("*.safetensors")):
        raise BackendError(f"{folder} holds no safetensors weights, and no other kind is loaded")
    return str(folder)


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn what the libraries raise for a missing, broken or foreign model into one sentence."""
    try:
        yield
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        first_line = str(error).strip().partition("\n")[0]
        raise BackendError(f"{what} cannot be loaded: {first_line}") from error


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Tell a failed write of weights in one sentence: the libraries hide the system's error.

    Raises:
        BackendError: weights could not be written into `folder`.

    """
    try:
        yield
    except (SafetensorError, RuntimeError) as error:
        if not _WRITE_FAILED.search(str(error)):
            raise
        reason = str(error).partition("\n")[0]
        raise BackendError(f"cannot write weights into {folder}: {reason}") from error


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the libraries' progress bars and notes; errors still come as exceptions."""
    levels = [library.get_verbosity() for library in _TALKATIVE]
    had_bars = not are_progress_bars_disabled()
    for library in _TALKATIVE:
        library.set_verbosity(logging.CRITICAL)
    transformers_logging.disable_progress_bar()
    disable_progress_bars()
    try:
        with warnings.catch_warnings():
            # One library's use of what another has deprecated is no news to our users.
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        for library, level in zip(_TALKATIVE, levels, strict=True):
            library.set_verbosity(level)
        transformers_logging.enable_progress_bar()
        if had_bars:
            enable_progress_bars()
