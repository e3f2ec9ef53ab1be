"""A writer that follows a script: it obeys stops and limits as a model would, word by word."""

from contextlib import nullcontext

from cotutor.format import format_named
from cotutor.generate.writing import Written
from cotutor.reason import Setup, solve
from cotutor.records import Problem

PLAIN = format_named("plain")


class Scripted:
    """`script(ask)` returns all that would be written behind an ask, up to the end of text.

    It may return a `Written` instead. `calls` keeps the asks of every call.
    """

    name = "scripted"

    def __init__(self, script, likely=None):
        self.script, self.likely, self.calls = script, likely, []

    def keeping(self):
        return nullcontext()

    def write(self, asks):
        self.calls.append(list(asks))
        return [self._one(ask) for ask in asks]

    def likelihood(self, asks, texts):
        return [self.likely(text) for text in texts]

    def _one(self, ask):
        text = self.script(ask)
        if isinstance(text, Written):
            return text
        for stop in ask.stop:
            text = text.partition(stop)[0]
        words = text.split(" ")
        is_cut = len(words) > ask.max_tokens
        text = " ".join(words[: ask.max_tokens])
        return Written(text, "length" if is_cut else "stop", 1, min(len(words), ask.max_tokens))


def samples(*texts):
    """A script in which the nth text asked for is the nth of these, whatever is asked."""
    rest = iter(texts)
    return Scripted(lambda ask: next(rest))


def number(gold="7", question="What is it?", **rest):
    return Problem.make(task="t", kind="number", question=question, gold=gold, **rest)


def run(strategy, writer, *problems, fmt=PLAIN, **setup):
    """The solutions of problems in their order; of one problem alone, its solution."""
    asked = problems or (number(),)
    found = {s.problem_id: s for s in solve(asked, writer, strategy, Setup(format=fmt, **setup))}
    ordered = [found[problem.id] for problem in asked]
    return ordered if problems else ordered[0]
