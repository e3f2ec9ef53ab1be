"""LoRA students on the embedded base that have learnt to say one thing."""

from functools import cache
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model

from cotutor.format import format_named
from cotutor.models import load_model, save_student
from cotutor.records import Problem, Student

QUESTIONS = ("What is 3 plus 4?", "Ann has 12 coins. How many?", "Who is first?", "Say it.")


@cache
def says(folder: Path, answer: str, reasoning: str = "I look at it. I see it.") -> Path:
    """A student in `folder` that answers whatever it is asked with one reasoning and answer."""
    torch.manual_seed(0)
    model, tokenizer = load_model("embedded")
    model = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear"))
    fmt = format_named("paper")
    end = [tokenizer.eos_token_id]
    after = tokenizer(fmt.completion(reasoning, answer))["input_ids"] + end
    rows = [tokenizer(fmt.prompt(problem(question)))["input_ids"] for question in QUESTIONS]
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=2e-2)
    for step in range(60):
        before = rows[step % len(rows)]
        ids = torch.tensor([before + after])
        labels = torch.tensor([[-100] * len(before) + after])
        loss = model(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    save_student(folder, model, tokenizer, Student(base="embedded", method="lora", format="paper"))
    return folder


def problem(question: str) -> Problem:
    """Return a question as a problem without an answer."""
    return Problem.make(task="t", kind="string", question=question, gold="")
