"""What a training costs: operations, memory and time, with the formulas they come from.

Operations. A plain row of a prompt of P and a completion of C tokens goes through
the model as T = P + C - 1 positions. With M parameters in the matrices of the layers,
of which M' are trained, L layers whose heads are A wide together, and a head of
H = vocabulary x width, which scores the completion alone, training takes

    4 M T + 2 M' T  +  3 (2 L A T^2)  +  4 H C (6 H C where the head is trained)

floating-point operations: the forward pass, the gradient of the activations, and that of
the weights (Kaplan et al. 2020); of attention, as in Chowdhery et al. 2022, appendix B,
the half that causality leaves. MFU is these operations a second over what the device
can do in dense bfloat16. They are those of plain rows: a shared prompt takes fewer than
it counts for, so MFU says how fast a plain trainer would have to be, and may pass 100 %.

Memory. In float32 a parameter takes 4 bytes, and a trained one 4 for its gradient and
8 for AdamW's moments; bfloat16 autocast holds the matrices in 2 more, and a matrix in
4 bits takes half a byte a parameter. For its backward
pass a decoder layer of width h, inner width i, and keys and values of width k keeps
6 h + 6 A + 3 k + 4 i numbers a token (norms with what goes in and comes out, projections,
turned heads, what attention gives, the gated feed-forward), and eager attention its map
of a line of tokens, twice. The logits of completions are held three times over in
float32 off the GPU. Checkpointing keeps h a token and layer, and one layer whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from cotutor.train.layout import IGNORED, Row

_TERA = 1e12
PEAKS: dict[str, float] = {
    "B200": 2250, "GB200": 2500, "GH200": 990, "H200": 990,
    "H100 PCIE": 756, "H100 NVL": 835, "H100": 990, "H800": 990, "H20": 148,
    "A100": 312, "A800": 312, "A40": 150, "A30": 165, "A10G": 70, "A10": 125,
    "L40S": 362, "L40": 181, "L4": 121,
    "RTX 6000 ADA": 364, "RTX A6000": 155, "RTX A5000": 111,
    "RTX 5090": 210, "RTX 4090": 165, "RTX 3090": 71,
    "MI300X": 1307, "MI250X": 383,
}  # fmt: skip
"""Dense bfloat16 teraFLOP/s by name, from the makers' data sheets; the first that fits counts."""

_SHARE = (0.15, 0.6)
"""Of a GPU's peak: small models and short rows reach the lower share, large ones the upper."""
_CPU = (8e9, 100e9)
"""FLOP/s of a CPU core in float32 training: old ones and short rows, new ones and wide layers."""
LIBRARIES = 0.5e9
"""Bytes that Python and the libraries hold on a CPU, before any model."""


def peak_flops(device: str) -> float | None:
    """Return the FLOP/s that a GPU of that name does in dense bfloat16, None if not known."""
    name = " ".join(re.split(r"[^A-Z0-9]+", device.upper()))
    if "LAPTOP" in name:
        return None
    found = (peak for known, peak in PEAKS.items() if re.search(rf"\b{known}\b", name))
    peak = next(found, None)
    return None if peak is None else peak * _TERA


@dataclass(frozen=True)
class Shape:
    """The sizes of a model that its costs follow from; numbers of parameters and widths.

    `matrices` are the parameters of the layers, `trained_matrices` the trained among
    them; `head` is vocabulary x width.
    """

    parameters: int
    trained: int
    matrices: int
    trained_matrices: int
    head: int
    is_head_trained: bool
    layers: int
    width: int
    inner: int
    heads: int
    head_width: int
    kv_heads: int
    vocabulary: int

    @classmethod
    def of(cls, model: Any) -> "Shape":
        """Read a model, adapters included; it may lie on the meta device."""
        config = model.config.get_text_config()
        head = model.get_output_embeddings().weight
        tables = {id(head), id(model.get_input_embeddings().weight)}
        layers = [p for p in model.parameters() if id(p) not in tables]
        heads, width = config.num_attention_heads, config.hidden_size
        return cls(
            parameters=sum(p.numel() for p in model.parameters()),
            trained=sum(p.numel() for p in model.parameters() if p.requires_grad),
            matrices=sum(p.numel() for p in layers),
            trained_matrices=sum(p.numel() for p in layers if p.requires_grad),
            head=head.numel(),
            is_head_trained=head.requires_grad,
            layers=config.num_hidden_layers,
            width=width,
            inner=getattr(config, "intermediate_size", None) or 4 * width,
            heads=heads,
            head_width=getattr(config, "head_dim", None) or width // heads,
            kv_heads=getattr(config, "num_key_value_heads", None) or heads,
            vocabulary=config.vocab_size,
        )


def row_flops(shape: Shape, prompt: int, completion: int) -> float:
    """Return the operations of training on one plain row, its lengths in tokens."""
    length = prompt + completion - 1
    layers = (4.0 * shape.matrices + 2.0 * shape.trained_matrices) * length
    attention = 6.0 * shape.layers * shape.heads * shape.head_width * length**2
    return layers + attention + (6 if shape.is_head_trained else 4) * shape.head * completion


def mean_flops(shape: Shape, rows: Sequence[tuple[int, int]]) -> float:
    """Return the operations of training on a plain row, in the mean over the rows' `lengths`."""
    return sum(row_flops(shape, *row) for row in rows) / len(rows)


def lengths(row: Row) -> tuple[int, int]:
    """Return the tokens of a row's prompt and of its completion."""
    prompt = sum(label == IGNORED for label in row["labels"])
    return prompt, len(row["labels"]) - prompt


@dataclass(frozen=True)
class Load:
    """What goes through the model at a time, and how.

    Args:
        rows: rows in a pass, at most.
        longest: tokens of the longest row.
        line: tokens that stand in a line: of one row, or of all where rows are packed.
        completion: completion tokens of a row, in the mean.

    """

    rows: int
    longest: int
    line: int
    completion: float
    is_bf16: bool
    is_quantized: bool
    is_checkpointed: bool
    is_eager: bool


@dataclass(frozen=True)
class Memory:
    """Bytes held at the peak of a training, by what holds them."""

    weights: float
    gradients: float
    optimizer: float
    activations: float
    libraries: float

    @property
    def total(self) -> float:
        """All of it."""
        parts = (self.weights, self.gradients, self.optimizer, self.activations, self.libraries)
        return sum(parts)


def peak_memory(shape: Shape, load: Load, *, is_gpu: bool) -> Memory:
    """Return the bytes that training holds at its peak, by the formula above."""
    frozen = (shape.matrices - shape.trained_matrices) * load.is_quantized
    return Memory(
        weights=4.0 * shape.parameters - 3.5 * frozen + 2.0 * shape.matrices * load.is_bf16,
        gradients=4.0 * shape.trained,
        optimizer=8.0 * shape.trained,
        activations=_activations(shape, load, is_gpu=is_gpu),
        libraries=0.0 if is_gpu else LIBRARIES,
    )


def _activations(shape: Shape, load: Load, *, is_gpu: bool) -> float:
    attention, kv = (n * shape.head_width for n in (shape.heads, shape.kv_heads))
    layer = 6.0 * shape.width + 6.0 * attention + 3.0 * kv + 4.0 * shape.inner
    if load.is_eager:
        layer += 2.0 * shape.heads * load.line
    kept = shape.layers * layer
    if load.is_checkpointed:
        kept = shape.layers * shape.width + layer
    logits = 0.0 if is_gpu else 12.0 * shape.vocabulary * load.rows * load.completion
    return kept * load.rows * load.longest * (2 if load.is_bf16 else 4) + logits


@dataclass(frozen=True)
class Device:
    """What trains: `peak` is that of `peak_flops`, None on a CPU; of a CPU the cores count."""

    name: str
    is_gpu: bool
    peak: float | None
    cores: int

    @classmethod
    def here(cls) -> "Device":
        """Return this machine's."""
        cores = torch.get_num_threads()
        if not torch.cuda.is_available():
            return cls(f"a CPU ({cores} threads)", False, None, cores)
        name = torch.cuda.get_device_name()
        return cls(name, True, peak_flops(name), cores)

    def speeds(self) -> tuple[float, float] | None:
        """Return the least and the most FLOP/s to hope for; None for a GPU that is not known."""
        if self.is_gpu:
            return None if self.peak is None else (_SHARE[0] * self.peak, _SHARE[1] * self.peak)
        return _CPU[0] * self.cores, _CPU[1] * self.cores
