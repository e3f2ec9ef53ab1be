"""Bottleneck adapters: two small matrices behind the sublayers of a frozen transformer.

Behind a sublayer with output h stands h + up(f(down(h))), before the residual is added; `up`
begins at zero, so training begins at the base. `houlsby` places one behind the attention and one
behind the feed-forward sublayer of each layer (Houlsby et al. 2019), `pfeiffer` one behind the
feed-forward sublayer alone (Pfeiffer et al. 2021).

peft has no such adapter. Ours is written and read like one of peft's: `adapter_config.json` and
`adapter_model.safetensors` beside it, without the weights of the base.
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers.activations import ACT2FN

CONFIG_FILE, WEIGHTS_FILE = "adapter_config.json", "adapter_model.safetensors"
PEFT_TYPE = "BOTTLENECK"

_FEED_FORWARD = ("mlp", "DenseReluDense", "feed_forward", "ffn")
_ATTENTION = ("self_attn", "attn", "attention", "SelfAttention", "EncDecAttention", "encoder_attn")
_PLACES = {"pfeiffer": _FEED_FORWARD, "houlsby": _FEED_FORWARD + _ATTENTION}
_NAME = "bottleneck"


@dataclass(frozen=True)
class BottleneckConfig:
    """What the adapters look like.

    `reduction_factor` is the model's width over the adapter's, `activation` a name that
    transformers knows. `target_modules` are the last names of the modules to stand behind;
    by default the `placement` chooses them.
    """

    placement: Literal["pfeiffer", "houlsby"] = "pfeiffer"
    reduction_factor: float = 16
    activation: str = "relu"
    target_modules: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.placement not in _PLACES:
            raise ValueError(f"placement is {' or '.join(_PLACES)}, not {self.placement!r}")
        if not self.reduction_factor > 0:
            raise ValueError(f"reduction_factor is above 0, not {self.reduction_factor!r}")
        if self.activation not in ACT2FN:
            raise ValueError(f"transformers knows no activation {self.activation!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """The last names of the modules to stand behind."""
        return tuple(self.target_modules or _PLACES[self.placement])


class Bottleneck(nn.Module):
    """One adapter: [..., width] to [..., width]."""

    def __init__(self, width: int, config: BottleneckConfig) -> None:
        super().__init__()
        inner = max(1, round(width / config.reduction_factor))
        self.down = nn.Linear(width, inner)
        self.activation = ACT2FN[config.activation]
        self.up = nn.Linear(inner, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the sublayer's output, adapted."""
        inner = self.activation(self.down(hidden.to(self.down.weight.dtype)))
        change: torch.Tensor = self.up(inner).to(hidden.dtype)
        return hidden + change


def add_bottlenecks(model: Any, config: BottleneckConfig) -> Any:
    """Freeze the model, put the adapters into it, and return it.

    Raises:
        ValueError: the model has no module of the names to stand behind.

    """
    places = [m for name, m in model.named_modules() if name.rpartition(".")[2] in config.names]
    if not places:
        raise ValueError(
            f"the model has no module named {' or '.join(config.names)}: give target_modules"
        )
    model.requires_grad_(False)
    width = model.config.get_text_config().hidden_size
    for module in places:
        adapter = Bottleneck(getattr(module, "out_features", width), config)
        first = next(module.parameters())
        dtype = first.dtype if first.is_floating_point() else torch.float32
        module.add_module(_NAME, adapter.to(first.device, dtype))
        module.register_forward_hook(_adapt)
    model.bottleneck_config = config
    return model


def _adapt(module: nn.Module, _: Any, output: Any) -> Any:
    """Adapt a sublayer's output; attention gives it first in a tuple."""
    adapter = getattr(module, _NAME)
    if isinstance(output, tuple):
        return adapter(output[0]), *output[1:]
    return adapter(output)


def save_bottlenecks(model: Any, folder: Path) -> None:
    """Write the configuration and the weights of the model's adapters into `folder`."""
    found = {"peft_type": PEFT_TYPE, "base_model_name_or_path": model.name_or_path}
    found |= dataclasses.asdict(model.bottleneck_config)
    (folder / CONFIG_FILE).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    save_file(_weights(model), folder / WEIGHTS_FILE, {"format": "pt"})


def load_bottlenecks(model: Any, folder: Path) -> Any:
    """Put the adapters that `save_bottlenecks` wrote into their base.

    Raises:
        OSError: a file is missing.
        ValueError: the files are of another kind of adapter, or of another base.

    """
    found = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    if found.pop("peft_type", None) != PEFT_TYPE:
        raise ValueError(f"{folder / CONFIG_FILE} is not that of a bottleneck adapter")
    del found["base_model_name_or_path"]
    model = add_bottlenecks(model, BottleneckConfig(**found))
    weights, mine = load_file(folder / WEIGHTS_FILE), _weights(model)
    if strange := weights.keys() ^ mine.keys():
        raise ValueError(f"base and adapter do not fit: only one of them has {min(strange)}")
    model.load_state_dict(weights, strict=False)
    return model


def _weights(model: Any) -> dict[str, torch.Tensor]:
    part = f".{_NAME}."
    return {name: weight for name, weight in model.state_dict().items() if part in name}
