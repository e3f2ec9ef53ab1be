"""Ways to adapt a model: what is trained, and what stays as it was."""

from typing import Any

from peft import LoraConfig, get_peft_model

from cotutor.train import SftSettings


def attach(model: Any, settings: SftSettings) -> Any:
    """Return the model with what `settings.method` trains; with `full`, the model itself."""
    if settings.method == "lora":
        return get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **settings.lora))
    return model
