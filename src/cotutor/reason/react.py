"""ReAct (Yao et al. 2022): thoughts, actions and observations in turn.

    Thought: 12 boxes of 7 are
    Action: calculator[12 * 7]
    Observation: 84
    Action: Finish[84]

An action is the last line of what was written. `Finish[...]`, or the student's own mark,
gives the answer. The trace holds the whole transcript as its reasoning.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cotutor.errors import DataError
from cotutor.reason.record import Solution
from cotutor.reason.settings import React
from cotutor.reason.thinking import Book, Draft, Thinking
from cotutor.reason.tools import Tool

OBSERVATION = "Observation:"
_ACTION = re.compile(
    r"^[^\S\n]*Action(?: [0-9]{1,3})?:[^\S\n]*(?P<tool>\w{1,60})\[(?P<text>[^\n]*)\][^\S\n]*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class _Action:
    """A tool and the text that it is given; `end` is where the action ends in what was written."""

    tool: str
    text: str
    end: int


def prompt(question: str, tools: Mapping[str, Tool], examples: str) -> str:
    """Return the instructions, the tools, the exemplars and the question."""
    listed = "\n".join(f"{tool.name}[text]: {tool.about}" for tool in tools.values())
    exemplars = f"{examples.strip()}\n\n" if examples.strip() else ""
    return (
        "Solve the problem in turns. Write a line `Thought:` with what you think, then a line"
        " `Action:` with one of these:\n"
        f"{listed}\n"
        "Finish[answer]: ends with the answer alone\n"
        "After each action an observation is given to you.\n\n"
        f"{exemplars}Question: {question}\n"
    )


def react(book: Book, settings: React, tools: Mapping[str, Tool]) -> Thinking:
    """Let the model act until it finishes, repeats itself, or runs out of steps."""
    book.prompt = prompt(book.problem.question, tools, settings.examples)
    transcript, parent = "", None
    done: set[tuple[str, str]] = set()
    stop = (f"\n{OBSERVATION}", *book.format.stop)
    for _ in range(settings.steps):
        (written,) = yield from book.write([book.ask(transcript, stop=stop)])
        draft = Draft(
            book.ask(), written, transcript + written.text, written.finish,
            book.prompt_tokens, book.completion_tokens, error=written.error,
        )  # fmt: skip
        action = _action(written.text)
        if written.error is not None or action is None:
            ended = written.error or ("answered" if _answers(book, draft) else "no action")
            return _end(book, draft, written.text, parent, ended)
        draft = _until(draft, transcript + written.text[: action.end])
        said = written.text[: action.end]
        if action.tool == "finish":
            return _finish(book, draft, said, parent, action.text)
        if (action.tool, action.text) in done:
            ended = f"loop: {action.tool}[{action.text}] a second time"
            return _end(book, draft, said, parent, ended)
        done.add((action.tool, action.text))
        seen, is_done = _observe(tools, action)
        book.counts["tool errors"] += not is_done
        said = f"{said}\n{OBSERVATION} {seen}\n"
        transcript += said
        parent = book.note(
            said, parent=parent, tokens=written.completion_tokens, is_kept=True,
            why=None if is_done else "tool error",
        ).id  # fmt: skip
    return book.solution(book.trace(_until(draft, transcript)), "step limit")


def _action(text: str) -> _Action | None:
    """Return the first action of a text; what a model makes up behind it does not count."""
    found = _ACTION.search(text)
    return found and _Action(found["tool"].lower(), found["text"].strip(), found.end())


def _observe(tools: Mapping[str, Tool], action: _Action) -> tuple[str, bool]:
    tool = tools.get(action.tool)
    if tool is None:
        known = ", ".join(tool.name for tool in tools.values())
        return f"error: no tool {action.tool!r}; there are {known}, Finish", False
    return tool.observe(action.text)


def _until(draft: Draft, text: str) -> Draft:
    """Return a draft that ends where its text was cut: that is no limit of tokens."""
    return Draft(
        draft.ask, draft.first, text, "stop", draft.prompt_tokens, draft.tokens, error=draft.error
    )


def _answers(book: Book, draft: Draft) -> bool:
    return book.format.parse(draft.text).answer is not None


def _finish(book: Book, draft: Draft, said: str, parent: int | None, answer: str) -> Solution:
    try:
        text = book.format.completion(draft.text, answer)
    except DataError:
        return _end(book, draft, said, parent, "the answer holds the format's mark")
    return _end(book, _until(draft, text), said, parent, "answered")


def _end(book: Book, draft: Draft, said: str, parent: int | None, ended: str) -> Solution:
    trace = book.trace(draft)
    answer = book.read(trace)
    book.note(
        said, parent=parent, tokens=draft.first.completion_tokens, is_kept=True, why=ended,
        answer=answer.text if answer else None,
    )  # fmt: skip
    return book.solution(trace, ended)
