import shutil

import pytest
import torch
from peft import LoraConfig, PeftModel, PrefixTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from cotutor.errors import BackendError
from cotutor.format import format_named
from cotutor.models import (
    context,
    encode_prompt,
    last_position,
    load_model,
    load_student,
    save_student,
)
from cotutor.records import Student
from tiny_models import THINKING_TEMPLATE, make_model, make_tokenizer, save_tiny

QUESTION = "Q: what is 12 plus 30?\nA:"


def scores(model, tokenizer):
    with torch.no_grad():
        return model(**tokenizer(QUESTION, return_tensors="pt")).logits


def record(base, **rest):
    return Student.model_validate({"base": str(base), "format": "paper", **rest})


@pytest.mark.parametrize("kind", ["llama", "qwen3"])
def test_a_base_is_loaded_whole_and_silently(tmp_path, kind, capfd):
    save_tiny(tmp_path, kind)
    capfd.readouterr()
    model, tokenizer = load_model(str(tmp_path))
    save_student(tmp_path / "student", model, tokenizer, record(tmp_path))
    assert capfd.readouterr() == ("", "")
    assert not model.training
    assert model.dtype == torch.float32
    wanted = scores(make_model(make_tokenizer(), kind), tokenizer)
    torch.testing.assert_close(scores(model, tokenizer), wanted)


def test_a_full_student_comes_back_as_it_was_saved(tmp_path):
    base = save_tiny(tmp_path / "base")
    model, tokenizer = load_model(str(base))
    torch.nn.init.normal_(model.model.norm.weight)
    student = record(base)
    save_student(tmp_path / "student", model, tokenizer, student)
    loaded, its_tokenizer, its_record = load_student(tmp_path / "student")
    assert its_record == student
    torch.testing.assert_close(scores(loaded, its_tokenizer), scores(model, tokenizer))
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "student")
    its = AutoTokenizer.from_pretrained(tmp_path / "student")
    torch.testing.assert_close(scores(plain, its), scores(model, tokenizer))


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_an_adapter_comes_back_on_its_base_and_holds_no_base_weights(tmp_path):
    base = save_tiny(tmp_path / "base")
    model, tokenizer = load_model(str(base))
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=["q_proj"]))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    model.eval()
    save_student(tmp_path / "student", model, tokenizer, record(base, method="lora"))
    loaded, its_tokenizer, _ = load_student(tmp_path / "student")
    torch.testing.assert_close(scores(loaded, its_tokenizer), scores(model, tokenizer))
    assert set(load_file(tmp_path / "student" / "adapter_model.safetensors")) == {
        f"base_model.model.model.layers.{n}.self_attn.q_proj.lora_{side}.weight"
        for n in range(2)
        for side in "AB"
    }
    plain = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base), tmp_path / "student"
    )
    torch.testing.assert_close(scores(plain, its_tokenizer), scores(model, tokenizer))


def test_a_save_that_fails_leaves_no_student_and_other_files_alone(tmp_path):
    base = save_tiny(tmp_path / "base")
    model, tokenizer = load_model(str(base))
    folder = tmp_path / "student"
    (folder / "checkpoints").mkdir(parents=True)
    save_student(folder, model, tokenizer, record(base))
    with pytest.raises(AttributeError):
        save_student(folder, model, None, record(base))
    with pytest.raises(BackendError, match=r"no student\.json"):
        load_student(folder)
    assert (folder / "checkpoints").is_dir()
    assert not list(folder.glob(".student-*"))
    save_student(folder, model, tokenizer, record(base))
    assert load_student(folder)[2] == record(base)


def without(name):
    return lambda folder: (folder / name).unlink()


def only_pickle(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def broken_weights(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


def one_weight_less(folder):
    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def other_shape(folder):
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"] = torch.ones(7)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def foreign_code(folder):
    (folder / "config.json").write_text(
        '{"model_type": "no-such", "auto_map": {"AutoConfig": "evil.C"}}'
    )


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (shutil.rmtree, "there is no base model at"),
        (without("config.json"), r"there is no config\.json in it"),
        (without("model.safetensors"), "holds no safetensors weights"),
        (only_pickle, "holds no safetensors weights"),
        (broken_weights, "cannot be loaded"),
        (one_weight_less, r"cannot be loaded: there are no weights for model\.norm\.weight"),
        (other_shape, "cannot be loaded"),
        (foreign_code, "cannot be loaded"),
    ],
)
def test_a_base_that_cannot_be_loaded_is_one_sentence(tmp_path, damage, says):
    base = save_tiny(tmp_path / "base")
    damage(base)
    with pytest.raises(BackendError, match=says) as error:
        load_model(str(base))
    assert str(base) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_hub_id_that_cannot_be_fetched_is_one_sentence(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(BackendError, match=r"the base model nobody/nothing cannot be loaded"):
        load_model("nobody/nothing")


def test_a_folder_without_a_student_is_one_sentence(tmp_path):
    with pytest.raises(BackendError, match=r"no student\.json"):
        load_student(tmp_path)
    (tmp_path / "student.json").write_text("{}")
    with pytest.raises(BackendError, match="is not the record of a student"):
        load_student(tmp_path)


def test_prompts_are_encoded_once_for_training_and_generation():
    tokenizer = make_tokenizer(THINKING_TEMPLATE)
    plain = encode_prompt(tokenizer, format_named("paper"), "hello ###")
    assert (tokenizer.decode(plain.ids), plain.opened) == ("hello ###", "")
    chat = encode_prompt(tokenizer, format_named("chat"), "hello")
    assert tokenizer.decode(chat.ids) == "<|user|>hello<|assistant|><think>\n"
    assert chat.opened == "<think>\n"


def test_virtual_tokens_take_places_of_the_context_and_no_position_from_the_last():
    model = make_model(make_tokenizer(), context=100)
    tuned = get_peft_model(model, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=20))
    assert (context(model), context(model.config), context(tuned)) == (100, 100, 80)
    assert (last_position(model), last_position(tuned)) == (99, 99)
    endless = make_model(make_tokenizer(), "t5")
    assert context(endless) is last_position(endless) is None
