"""A student for programs: load it, and ask it.

    from cotutor import Student
    solution = Student.load("runs/demo/sft/diverse-8").solve("Ann has 3 apples ...")
    solution.steps, solution.answer, solution.tokens

It is asked in the format of its training, which its folder tells.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from cotutor.errors import BackendError, ConfigError
from cotutor.format import Format, format_named, parse
from cotutor.generate.writing import Ask, Writer
from cotutor.reason import Setup, Strategy
from cotutor.reason import Solution as Thought
from cotutor.reason import solve as think
from cotutor.reason.settings import NamedStrategy
from cotutor.records import Kind, Problem
from cotutor.verify import KINDS
from cotutor.verify.steps import steps


@dataclass(frozen=True)
class Solution:
    """A student's reasoning and answer.

    `steps` are those of `reasoning`. Without an `answer` the completion was cut off before one
    came. `tokens` are all that were written for it; `votes` counts the answers of a strategy's
    branches, as the verifier reads them.
    """

    reasoning: str
    steps: list[str]
    answer: str | None
    tokens: int
    votes: dict[str, int] = field(default_factory=dict)


class Student:
    """A student in memory.

    Args:
        writer: its model.
        format: the format of its training.

    """

    def __init__(self, writer: Writer, format: Format) -> None:
        self._writer, self._format = writer, format

    @classmethod
    def load(cls, path: str | Path, *, dtype: str = "float32", device: str | None = None) -> Self:
        """Load the student in a folder, such as `runs/demo/sft/diverse-8`.

        Raises:
            BackendError: there is none, or its weights or its base cannot be loaded.

        """
        from cotutor.generate.local import LocalWriter
        from cotutor.models import load_student

        model, tokenizer, record = load_student(Path(path), dtype=dtype, device=device)
        return cls(LocalWriter(model, tokenizer, name=str(path)), format_named(record.format))

    def solve(
        self,
        question: str,
        *,
        strategy: Mapping[str, Any] | str | None = None,
        kind: Kind | None = None,
        max_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Solution:
        """Answer a question, greedily unless told otherwise.

        Args:
            question: its whole text, with its choices where it has any.
            strategy: how to reason, such as {"kind": "self-consistency", "samples": 8}; it says
                itself how it samples (`cotutor.reason.settings`).
            kind: of what kind the answer is, by which a strategy compares those of its branches;
                without it numbers are compared as numbers, and anything else as text.
            max_tokens: the most that one completion may take, without a strategy.
            temperature: 0 for greedy, without a strategy.
            seed: the same one gives the same solution.

        Raises:
            BackendError: the question does not fit the model's context.
            ConfigError: there is no such strategy or kind, or it has no such setting.

        """
        if strategy is not None:
            thinking = read_strategy(strategy)
            thought = reasoned(question, self._writer, self._format, thinking, seed=seed, kind=kind)
            return _solution(*parse(thought.trace)[:2], thought.completion_tokens, votes(thought))
        how: dict[str, Any] = {"temperature": temperature, "seed": seed}
        ask = replace(asking(self._format, question), max_tokens=max_tokens, **how)
        (written,) = self._writer.write([ask])
        if written.error is not None:
            raise BackendError(written.error)
        return _solution(*self._format.parse(written.text)[:2], written.completion_tokens, {})


def _solution(reasoning: str, answer: str | None, tokens: int, counted: dict[str, int]) -> Solution:
    return Solution(reasoning, [step.text for step in steps(reasoning)], answer, tokens, counted)


def asked(question: str, kind: Kind | None = None) -> Problem:
    """Return a question to which no answer is known as a problem; its id tells no kind."""
    problem = Problem.make(task="asked", kind="string", question=question, gold="")
    return problem.model_copy(update={"kind": kind or "string"})


def asking(fmt: Format, question: str) -> Ask:
    """Return a question as a student trained in that format is asked."""
    return Ask(prompt=fmt.prompt(asked(question)), format=fmt, stop=fmt.stop)


def read_strategy(fields: Mapping[str, Any] | str) -> Strategy:
    """Return the settings of a strategy; its bare name stands for its defaults.

    Raises:
        ConfigError: there is no such strategy or setting.

    """
    adapter: TypeAdapter[Strategy] = TypeAdapter(NamedStrategy)
    try:
        return adapter.validate_python(fields if isinstance(fields, str) else dict(fields))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, ("strategy", *first["loc"][1:])))
        raise ConfigError(f"{place}: {first['msg']}") from error


def reasoned(
    question: str,
    writer: Writer,
    fmt: Format,
    strategy: Strategy,
    *,
    seed: int,
    kind: Kind | None = None,
) -> Thought:
    """Answer a question by a strategy, which compares answers as those of a kind, if it is known.

    Raises:
        BackendError: nothing could be written.
        ConfigError: there is no such kind.

    """
    if kind not in (None, *KINDS):
        raise ConfigError(f"no kind {kind!r}; there are {', '.join(KINDS)}")
    setup = Setup(format=fmt, seed=seed, is_kind_known=kind is not None)
    (thought,) = think([asked(question, kind)], writer, strategy, setup)
    if thought.trace.error is not None:
        raise BackendError(thought.trace.error)
    return thought


def votes(thought: Thought) -> dict[str, int]:
    """Return how many branches of a strategy came to each answer, the most frequent first."""
    found = Counter(node.answer for node in thought.nodes if node.answer is not None)
    return dict(found.most_common())
