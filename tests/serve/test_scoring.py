from types import SimpleNamespace

import pytest
import torch
from peft import PromptTuningConfig, get_peft_model

from cotutor.errors import BackendError
from cotutor.serve.scoring import score
from tiny_models import make_model, make_tokenizer

ROW = [5, 9, 7, 12]


def version(context):
    """A student of 20 virtual tokens as the shelf would hold it."""
    model = make_model(make_tokenizer(), context=context)
    options = PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=20)
    return SimpleNamespace(model=get_peft_model(model, options).eval(), activate=lambda: None)


def test_tokens_behind_virtual_ones_have_their_own_scores():
    student = version(64)
    (found,) = score(student, [ROW], top=0, after=0)
    with torch.no_grad():
        logs = student.model(torch.tensor([ROW])).logits[0, 20:].log_softmax(-1)
    expected = [float(logs[at, token]) for at, token in enumerate(ROW[1:])]
    assert found.chances == [None, *(pytest.approx(chance, abs=1e-5) for chance in expected)]


def test_virtual_tokens_take_places_of_the_context():
    assert score(version(24), [ROW], top=0, after=0)
    with pytest.raises(BackendError, match="a prompt of 4 tokens fills the model's context of 4"):
        score(version(24), [ROW], top=0, after=1)
