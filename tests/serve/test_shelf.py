import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from cotutor.errors import BackendError
from cotutor.generate.writing import Ask
from cotutor.serve.continuing import RAW
from cotutor.serve.shelf import Shelf

WEIGHTS = "adapter_model.safetensors"


@pytest.fixture
def shelf(students):
    shelf = Shelf(batch_size=4)
    shelf.load("a", students["red"])
    return shelf


def said(version):
    version.activate()
    (written,) = version.writer.write([Ask("Who? ###", RAW, max_tokens=20)])
    return written.text.rpartition(" ")[2]


def test_students_of_one_base_share_its_weights(shelf, students):
    shelf.load("b", students["blue"])
    a, b = (shelf.borrow(name) for name in "ab")
    assert a.model is b.model
    assert [said(version) for version in (a, b, a)] == ["red", "blue", "red"]


def test_a_replaced_version_answers_those_who_hold_it_and_then_goes(shelf, students):
    held = shelf.borrow("a")
    new = shelf.load("a", students["blue"])
    assert shelf.borrow("a") is new
    assert said(held) == "red"
    assert said(new) == "blue"
    shelf.sweep()
    assert held.adapter in held.model.peft_config
    shelf.give_back(held)
    shelf.sweep()
    assert set(new.model.peft_config) == {new.adapter}
    assert said(new) == "blue"
    assert held.fingerprint != new.fingerprint


def test_a_removed_student_is_gone_and_its_base_may_come_again(shelf, students):
    assert shelf.unload("a")
    assert not shelf.unload("a")
    assert shelf.borrow("a") is None
    assert said(shelf.load("a", students["blue"])) == "blue"


def changed(folder, source, change):
    shutil.copytree(source, folder)
    weights = load_file(folder / WEIGHTS)
    change(weights)
    save_file(weights, folder / WEIGHTS, {"format": "pt"})
    return folder


def test_an_adapter_whose_file_does_not_fit_is_refused_and_the_old_one_stays(
    shelf, students, tmp_path
):
    halves = changed(tmp_path / "h", students["blue"], lambda w: w.pop(sorted(w)[0]))
    with pytest.raises(BackendError, match="only one of"):
        shelf.load("a", halves)
    strange = changed(
        tmp_path / "s", students["blue"], lambda w: w.update({k: w[k][:2] for k in sorted(w)[:1]})
    )
    with pytest.raises(BackendError, match="cannot be served"):
        shelf.load("a", strange)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BackendError, match="holds no student"):
        shelf.load("a", tmp_path / "empty")
    kept = shelf.borrow("a")
    assert said(kept) == "red"
    assert set(kept.model.peft_config) == {kept.adapter}


def test_an_adapter_that_does_not_act_is_refused(shelf, students, monkeypatch):
    """As servers have done: the weights are there, and the base answers."""
    from peft.tuners.lora.layer import Linear

    monkeypatch.setattr(Linear, "forward", lambda self, x, *_, **__: self.base_layer(x))
    with pytest.raises(BackendError, match="changes nothing"):
        shelf.load("b", students["blue"])


def test_an_adapter_of_zeros_is_the_base_and_let_through(shelf, students, tmp_path):
    zeros = changed(
        tmp_path / "z", students["blue"], lambda w: [t.zero_() for k, t in w.items() if "_B" in k]
    )
    shelf.load("b", zeros)
    assert shelf.names() == ["a", "b"]


def test_an_adapter_that_touches_the_others_is_refused(shelf, students, monkeypatch):
    from peft import PeftModel

    load = PeftModel.load_adapter

    def careless(self, *arguments, **options):
        with torch.no_grad():
            next(self.parameters()).mul_(1.5)
        return load(self, *arguments, **options)

    monkeypatch.setattr(PeftModel, "load_adapter", careless)
    with pytest.raises(BackendError, match="it changes what a@1-"):
        shelf.load("b", students["blue"])


def test_whole_weights_are_served_beside_adapters(shelf, tmp_path):
    from cotutor.models import load_model, save_student
    from cotutor.records import Student

    model, tokenizer = load_model("embedded")
    record = Student(base="embedded", method="full", format="paper")
    save_student(tmp_path / "full", model, tokenizer, record)
    version = shelf.load("full", tmp_path / "full")
    before = said(version)
    assert said(shelf.borrow("a")) == "red"
    assert said(version) == before
