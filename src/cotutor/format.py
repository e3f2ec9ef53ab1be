"""Prompt formats: a problem becomes a prompt, a completion becomes reasoning and answer.

The only file that knows a delimiter or a tag. Two groups share one shape:

training formats   paper, paper-t5, plain, chat; each has a twin `...-answer` whose
                   completions hold the answer alone (vanilla fine-tuning)
prompting formats  zero-shot, zero-shot-cot, few-shot-cot, instruct

For every training format and text without its delimiter,
`parse(completion(reasoning, answer))` gives the reasoning and answer back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cotutor.errors import ConfigError, DataError
from cotutor.records import Problem, Trace

THINK_OPEN, THINK_CLOSE = "<think>", "</think>"
_SLOT = re.compile(r"\{(question|reasoning|answer)\}")
_TRIGGER_LINE = re.compile(r"\n?Therefore,[^\n]{0,80}\banswer\b[^\n]{0,60}$")
"""An answer trigger at the end of a reasoning: recorded runs use others than ours."""


def _fill(template: str, **texts: str) -> str:
    """Fill the slots in one pass, so that a text may itself hold what looks like a slot."""
    return _SLOT.sub(lambda slot: texts[slot[1]].strip(), template)


@dataclass(frozen=True)
class Shot:
    """One worked exemplar of a few-shot prompt."""

    question: str
    reasoning: str
    answer: str


class Reasoning(NamedTuple):
    """The parsed view of a completion.

    `answer` is the text in which the answer is to be read, None when the
    format's mark never came; `is_formatted` says whether the mark was there.
    """

    text: str
    answer: str | None
    is_formatted: bool


@dataclass(frozen=True)
class Format:
    """How one format writes prompts and completions, and reads them back.

    `opening` and `body` are templates; `mark` stands between reasoning and
    answer (None: the whole completion is the answer). `trigger` asks for the
    answer in a second call after the reasoning. A few-shot format `takes_shots`:
    worked exemplars, written like prompts and completions. `is_chat` prompts are one user
    message for a chat template or chat endpoint. Generation ends at any of `stop`.
    """

    name: str
    opening: str
    body: str
    mark: str | None = None
    trigger: str | None = None
    takes_shots: bool = False
    is_chat: bool = False
    stop: tuple[str, ...] = ()

    def prompt(self, problem: Problem, shots: Sequence[Shot] = ()) -> str:
        """Return the prompt text (for a chat format: the user message)."""
        exemplar = self.opening + self.body + "\n\n"
        blocks = [
            _fill(exemplar, question=shot.question, reasoning=shot.reasoning, answer=shot.answer)
            for shot in shots
        ]
        return "".join(blocks) + _fill(self.opening, question=problem.question)

    def completion(self, reasoning: str | None, answer: str) -> str:
        """Return the text a student is trained to write.

        Raises:
            DataError: the answer holds the format's own mark and could not be read back.

        """
        if self.mark is not None and self.mark.strip() in answer:
            raise DataError(
                f"the answer {answer!r} holds {self.mark.strip()!r}, a mark of format {self.name!r}"
            )
        return _fill(self.body, reasoning=reasoning or "", answer=answer)

    def continuing(self, opened: str, completion: str) -> str:
        """Return a completion as it follows a prompt that has `opened` the think tag already."""
        return completion.removeprefix(THINK_OPEN).lstrip("\n") if opened else completion

    def parse(self, completion: str, answer_at: int | None = None) -> Reasoning:
        """Split a completion at the answering call, else at the last mark."""
        if answer_at is not None:
            answer = self.until_stop(completion[answer_at:])
            return Reasoning(self._reasoning(completion[:answer_at]), answer.strip(), True)
        text = self.until_stop(completion)
        if self.mark is None:
            return Reasoning("", text.strip(), True)
        before, mark, after = text.rpartition(self.mark.strip())
        if not mark:
            return Reasoning(self._reasoning(text), None, False)
        return Reasoning(self._reasoning(before), after.strip(), True)

    def frame(self, completion: str = "") -> tuple[str, str]:
        """Return what stands before a reasoning, and between it and the answer.

        As this completion has it; without reasoning and mark, as students are trained. Behind
        both and any reasoning between them, a student has nothing left to write but the answer.
        """
        if self.mark is None:
            return "", ""
        before, mark, _ = self.until_stop(completion).rpartition(self.mark.strip())
        text = self._reasoning(before)
        if mark and text and text in before:
            lead, _, gap = before.partition(text)
            return lead, gap + mark
        lead, _, rest = self.body.partition("{reasoning}")
        return lead, rest.partition("{answer}")[0].rstrip()

    def _reasoning(self, text: str) -> str:
        if self.trigger is not None:
            text = _TRIGGER_LINE.sub("", text)
        if self.is_chat:
            text = text.replace(THINK_OPEN, "").replace(THINK_CLOSE, "")
        return text.strip()

    def until_stop(self, text: str) -> str:
        """Return the text before the first stop string."""
        for stop in self.stop:
            text = text.partition(stop)[0]
        return text


_STEP_BY_STEP = (
    "\n\nExplain step by step, then decide: end with one line `Answer: ` and the answer alone."
)

FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format("paper", "{question} ###", " {reasoning} --> {answer}", mark=" --> "),
        Format("paper-answer", "{question} ###", " {answer}"),
        Format("paper-t5", "{question}", "{reasoning} --> {answer}", mark=" --> "),
        Format("paper-t5-answer", "{question}", "{answer}"),
        Format(
            "plain", "Q: {question}\nA:", " {reasoning}\nThe answer is {answer}",
            mark="The answer is",
        ),
        Format("plain-answer", "Q: {question}\nA:", " {answer}"),
        Format(
            "chat", "{question}", f"{THINK_OPEN}\n{{reasoning}}\n{THINK_CLOSE}\n\n{{answer}}",
            mark=THINK_CLOSE, is_chat=True,
        ),
        Format("chat-answer", "{question}", "{answer}", is_chat=True),
        Format("zero-shot", "Q: {question}\n\nA:", " {answer}", stop=("\n\nQ:",)),
        Format(
            "zero-shot-cot", "Q: {question}\nA: Let's think step by step.",
            " {reasoning}\nTherefore, the answer is {answer}", mark="Therefore, the answer is",
            trigger="\nTherefore, the answer is", stop=("\n\nQ:",),
        ),
        Format(
            "few-shot-cot", "Q: {question}\nA:", " {reasoning} The answer is {answer}.",
            mark="The answer is", takes_shots=True, stop=("\nQ:",),
        ),
        Format(
            "instruct", "{question}" + _STEP_BY_STEP, "{reasoning}\nAnswer: {answer}",
            mark="Answer:", is_chat=True,
        ),
    )
}  # fmt: skip

TRAINING_FORMATS = ("paper", "paper-t5", "plain", "chat")


def format_named(name: str) -> Format:
    """Return the format of that name.

    Raises:
        ConfigError: there is none.

    """
    if name not in FORMATS:
        raise ConfigError(f"no format {name!r}; there are {', '.join(FORMATS)}")
    return FORMATS[name]


def training_format(name: str, *, reasoning: bool) -> Format:
    """Return a training format, or its answer-only twin."""
    return format_named(name if reasoning else f"{name}-answer")


def parse(trace: Trace) -> Reasoning:
    """Return the parsed view of a trace's completion."""
    return format_named(trace.format).parse(trace.completion, trace.answer_at)
