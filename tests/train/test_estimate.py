import subprocess
import sys
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.utils.flop_counter import FlopCounterMode
from transformers import Qwen3Config, Qwen3ForCausalLM

from cotutor.models import empty_model
from cotutor.train.estimate import LIBRARIES, Load, Shape, peak_flops, peak_memory, row_flops

SIZES = {
    "vocab_size": 500, "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 8,
    "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
}  # fmt: skip


@pytest.mark.parametrize(("method", "share"), [("full", 3), ("lora", 2)])
def test_the_operations_of_a_row_are_those_that_torch_counts(method, share):
    model = Qwen3ForCausalLM(Qwen3Config(**SIZES))
    if method == "lora":
        model = get_peft_model(
            model, LoraConfig(target_modules="all-linear", task_type="CAUSAL_LM")
        )
    prompt, completion = 30, 20
    ids = torch.randint(0, 500, (1, prompt + completion))
    labels = ids[:, prompt:].flatten()
    with FlopCounterMode(display=False) as counter:
        logits = model(input_ids=ids[:, :-1], logits_to_keep=completion).logits
        torch.nn.functional.cross_entropy(logits[0], labels).backward()
    expected = row_flops(Shape.of(model), prompt, completion)
    assert expected == pytest.approx(counter.get_total_flops(), rel=0.1)
    forward = 2 * Shape.of(model).matrices * (prompt + completion - 1)
    assert expected > share * forward


def test_a_model_without_weights_has_the_sizes_of_the_real_one():
    config = Qwen3Config(**SIZES)
    assert Shape.of(empty_model(config)) == Shape.of(Qwen3ForCausalLM(config))


@pytest.mark.parametrize(
    ("device", "tera"),
    [
        ("NVIDIA H100 80GB HBM3", 990),
        ("NVIDIA H100 PCIe", 756),
        ("NVIDIA H200", 990),
        ("NVIDIA A100-SXM4-40GB", 312),
        ("NVIDIA A10G", 70),
        ("NVIDIA L4", 121),
        ("NVIDIA L40S", 362),
        ("NVIDIA GeForce RTX 4090", 165),
    ],
)
def test_a_gpu_is_known_by_its_name(device, tera):
    assert peak_flops(device) == tera * 1e12


@pytest.mark.parametrize("device", ["Tesla T4", "NVIDIA GeForce RTX 4090 Laptop GPU", "L4000"])
def test_no_peak_is_made_up_for_another(device):
    assert peak_flops(device) is None


TRAINING = r"""
import re, torch
from pathlib import Path
from transformers import Qwen3Config, Qwen3ForCausalLM
def peak():
    # not ru_maxrss, in which a child begins with what its parent had
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
ids = torch.randint(0, 500, (ROWS, LENGTH))
before = peak()
model = Qwen3ForCausalLM(Qwen3Config(**SIZES))
optimizer = torch.optim.AdamW(model.parameters())
for _ in range(2):
    model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
    optimizer.step()
    optimizer.zero_grad()
print(before, peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read in /proc")
@pytest.mark.parametrize(("rows", "length"), [(8, 128), (1, 8)])
def test_the_memory_of_a_training_is_of_the_order_that_was_estimated(rows, length):
    sizes = SIZES | {"hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 4}
    code = TRAINING.replace("ROWS", str(rows)).replace("LENGTH", str(length))
    done = subprocess.run(
        [sys.executable, "-c", code.replace("**SIZES", f"**{sizes}")],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parent,
    )  # fmt: skip
    before, grown = map(float, done.stdout.split())
    load = Load(
        rows, length, length, length, is_bf16=False, is_quantized=False, is_checkpointed=False,
        is_eager=False,
    )  # fmt: skip
    shape = Shape.of(empty_model(Qwen3Config(**sizes)))
    expected = peak_memory(shape, load, is_gpu=False).total - LIBRARIES
    assert expected / 2 < grown < 2 * expected
    assert LIBRARIES / 3 < before < LIBRARIES * 1.5
