"""Students of known faithfulness that need no weights, and attempts for them to be probed on."""

import random
import re
from contextlib import nullcontext

from cotutor.errors import BackendError
from cotutor.generate.writing import Written
from cotutor.records import Problem, Request, Trace
from cotutor.verify import decide

_NUMBER = re.compile(r"\d+")


def problem(question="A box holds 3 pens. How many are in 4 boxes and 2 more?", gold="14", **rest):
    return Problem.make(task="t", question=question, gold=gold, kind="number", **rest)


REASONING = "4 * 3 = 12. 12 + 2 = 14. So 14 pens."


COLOURS = [
    {"label": "A", "text": "red"},
    {"label": "B", "text": "blue"},
    {"label": "C", "text": "tan"},
]


def attempt(of, reasoning=REASONING, answer="14", finish="stop"):
    trace = Trace.make(
        Request(problem=of), generator="student", format="plain", finish=finish,
        completion=f" {reasoning}\nThe answer is {answer}",
    )  # fmt: skip
    return trace, decide(of, trace)


class Reader:
    """Reads its answer off the end of the reasoning, and goes on by repeating the last number."""

    name = "reader"

    def __init__(self):
        self.asks = []

    def keeping(self):
        return nullcontext()

    def begun_tokens(self, asks):
        return [len(ask.begun.split()) for ask in asks]

    def write(self, asks):
        self.asks += asks
        return [Written(self.goes_on(ask), "stop", 1, 1) for ask in asks]

    def goes_on(self, ask):
        if ask.begun.endswith("The answer is"):
            return f" {self.last(ask)}"
        return f" So {self.last(ask)} pens.\nThe answer is {self.last(ask)}"

    def last(self, ask):
        return (_NUMBER.findall(ask.begun) or ["0"])[-1]

    def likelihood(self, asks, texts):
        """An answer is likely where it stands in the text."""
        pairs = zip(asks, texts, strict=True)
        return [-1.0 if text.strip() in ask.begun else -4.0 for ask, text in pairs]


class Knower(Reader):
    """Has its answer before any reasoning, unless somebody suggests another one."""

    def last(self, ask):
        hint = re.search(r"I think the answer is (\d+)", ask.prompt)
        return hint[1] if hint else "14"

    def likelihood(self, asks, texts):
        raise BackendError("this backend tells no probabilities")


def story(rng: random.Random) -> str:
    """A reasoning of one to five right sums."""
    total, steps = rng.randint(1, 20), []
    for _ in range(rng.randint(1, 5)):
        more = rng.randint(1, 20)
        steps.append(f"{total} + {more} = {total + more}.")
        total += more
    return " ".join(steps)
