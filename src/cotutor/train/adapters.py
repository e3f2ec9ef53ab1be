"""Ways to adapt a model: what is trained, and what stays as it was.

full        all weights
lora        low-rank changes of all linear layers (Hu et al. 2021)
dora        the same with a magnitude of its own (Liu et al. 2024)
qlora       LoRA on a base in 4 bits, on a GPU (Dettmers et al. 2023)
prefix      keys and values in front of every layer's own (Li & Liang 2021)
prompt      embeddings in front of the row (Lester et al. 2021)
ia3         factors on keys, values and the feed-forward's inner layer (Liu et al. 2022)
bottleneck  small layers behind the sublayers (Houlsby et al. 2019, Pfeiffer et al. 2021)

All but `full` and `bottleneck` are peft's; `sft.adapter` goes to the method's configuration.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from peft import (
    IA3Config,
    LoraConfig,
    PrefixTuningConfig,
    PromptTuningConfig,
    get_peft_model,
    prepare_model_for_kbit_training,
)
from peft.tuners.tuners_utils import BaseTunerLayer
from transformers.pytorch_utils import Conv1D

from cotutor.bottleneck import BottleneckConfig, add_bottlenecks
from cotutor.errors import ConfigError
from cotutor.models import quiet, why_not_quantized
from cotutor.records import Method
from cotutor.train import SftSettings


@dataclass(frozen=True)
class Way:
    """One method: its configuration, our defaults, what makes the method, its learning rate."""

    config: type
    learning_rate: float
    defaults: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)


_LINEAR = {"target_modules": "all-linear"}
_VIRTUAL = {"num_virtual_tokens": 20}
_WAYS: dict[Method, Way] = {
    "lora": Way(LoraConfig, 5e-4, _LINEAR),
    "dora": Way(LoraConfig, 5e-4, _LINEAR, {"use_dora": True}),
    "qlora": Way(LoraConfig, 5e-4, _LINEAR),
    "prefix": Way(PrefixTuningConfig, 1e-2, _VIRTUAL | {"init_weights": "zero"}),
    "prompt": Way(PromptTuningConfig, 3e-2, _VIRTUAL | {"prompt_tuning_init": "SAMPLE_VOCAB"}),
    "ia3": Way(IA3Config, 1e-2),
    "bottleneck": Way(BottleneckConfig, 1e-3),
}
_FULL_RATE = 3e-4
_OURS = {
    "auto_mapping", "base_model_name_or_path", "inference_mode", "peft_type", "peft_version",
    "prefix_projection", "revision", "task_type",
}  # fmt: skip


def learning_rate(method: Method) -> float:
    """Return the default peak learning rate of a method."""
    return _WAYS[method].learning_rate if method in _WAYS else _FULL_RATE


def virtual_tokens(settings: SftSettings) -> int:
    """Return how many virtual tokens the method puts before each row."""
    if settings.method not in _WAYS:
        return 0
    options = _WAYS[settings.method].defaults | settings.adapter
    return int(options.get("num_virtual_tokens", 0))


def configuration(method: Method) -> type:
    """Return the dataclass that `sft.adapter` goes to; `full` has none."""
    return _WAYS[method].config


def option_names(method: Method) -> list[str]:
    """Return the names that `sft.adapter` may have."""
    if method == "full":
        return []
    names = {f.name for f in dataclasses.fields(configuration(method)) if f.init}
    return sorted(names - _OURS - _WAYS[method].fixed.keys())


def check_method(settings: SftSettings) -> None:
    """Refuse what a method cannot do, and values that its configuration does not take.

    Raises:
        ConfigError: names the setting.

    """
    if settings.method == "qlora" and (reason := why_not_quantized()):
        raise ConfigError(f"sft.method qlora is not possible here: {reason}; take lora")
    checkpointing = ("gradient_checkpointing", "activation_checkpointing")
    if settings.method == "prefix" and any(settings.trainer.get(key) for key in checkpointing):
        raise ConfigError(
            "sft.trainer.gradient_checkpointing is not possible with sft.method prefix: its keys "
            "and values are a cache, which a layer that is run again would fill twice"
        )
    if settings.method != "full":
        _config(settings)


def _config(settings: SftSettings, **found: Any) -> Any:
    """Return the method's configuration: our defaults, what the model tells, the run file."""
    way = _WAYS[settings.method]
    try:
        return way.config(**(way.defaults | found | settings.adapter | way.fixed))
    except (TypeError, ValueError, KeyError) as error:
        raise ConfigError(f"sft.adapter: {error}") from error


def attach(model: Any, settings: SftSettings) -> Any:
    """Return the model with what `settings.method` trains; with `full`, the model itself.

    Raises:
        ConfigError: the method's options do not fit the model.

    """
    if settings.method == "full":
        return model
    config = _config(settings, **_told_by(model, settings.method))
    if settings.method == "qlora":
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    try:
        if isinstance(config, BottleneckConfig):
            return add_bottlenecks(model, config)
        with quiet():
            adapted = get_peft_model(model, config)
        if isinstance(adapted.get_output_embeddings(), BaseTunerLayer):
            raise ValueError("the output layer cannot be adapted, for TRL scores by its weights")
        return adapted
    except ValueError as error:
        raise ConfigError(f"sft.adapter: {error}") from error


def _told_by(model: Any, method: Method) -> dict[str, Any]:
    """Return the options that follow from the model, where peft does not see them itself."""
    if method == "bottleneck":
        return {}
    config = model.config
    options: dict[str, Any] = {"task_type": "CAUSAL_LM"}
    if config.is_encoder_decoder:
        options["task_type"] = "SEQ_2_SEQ_LM"
    if method == "prefix" and hasattr(config, "d_kv"):  # T5: heads are not a share of its width
        options |= {
            "token_dim": config.d_kv * config.num_heads,
            "num_layers": config.num_decoder_layers,
        }
    if "fan_in_fan_out" in option_names(method):  # GPT-2 holds its weights the other way round
        options["fan_in_fan_out"] = any(isinstance(m, Conv1D) for m in model.modules())
    return options
