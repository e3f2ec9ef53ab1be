"""Strategies of inference: how much more a model solves with more thinking.

    for solution in solve(problems, writer, SelfConsistency(samples=32), Setup(format=fmt)):
        verdict = decide(problem, solution.trace)

A strategy works on any writer (local, endpoint, vLLM). It sees the question alone, keeps
every branch in its `Solution`, and the problems of a call share the writer's batches.

settings   the strategies as a run file names them
thinking   one problem's accounts, and many problems in one call
sampling, tree, valuing, react, tools, shortcut
the strategies themselves
answers, scoring
answers read without the gold, and how good steps are
compare, drawing
accuracy against tokens; a tree for the terminal
"""

from collections.abc import Iterable, Iterator

from cotutor.errors import ConfigError
from cotutor.generate.writing import Writer
from cotutor.reason.react import react
from cotutor.reason.record import Node, Solution
from cotutor.reason.sampling import best_of, self_consistency
from cotutor.reason.scoring import SCORERS
from cotutor.reason.settings import BestOf, Direct, React, SelfConsistency, Strategy, Tree
from cotutor.reason.thinking import Book, Setup, Thinking, direct, together
from cotutor.reason.tools import Tool, make_tools
from cotutor.reason.tree import tree
from cotutor.reason.valuing import MODEL_VALUES
from cotutor.reason.wording import prompted
from cotutor.records import Problem

__all__ = [
    "BestOf",
    "Direct",
    "Node",
    "React",
    "SelfConsistency",
    "Setup",
    "Solution",
    "Strategy",
    "Tree",
    "check",
    "solve",
]


def check(strategy: Strategy) -> None:
    """Refuse a strategy of a run file that names what is not there, before any work.

    Raises:
        ConfigError: a scorer or tool that does not exist.
        DataError: the table of a tool cannot be read.

    """
    if isinstance(strategy, React):
        make_tools(strategy.tools)
    _check_scorer(strategy, SCORERS)


def _check_scorer(strategy: Strategy, scorers: Iterable[str]) -> None:
    match strategy:
        case BestOf():
            named, known = strategy.scorer, ("likelihood", *scorers)
        case Tree():
            named, known = strategy.value, (*MODEL_VALUES, *scorers)
        case _:
            return
    if named not in known:
        raise ConfigError(f"{strategy.title}: no scorer {named!r}; there are {', '.join(known)}")


def solve(
    problems: Iterable[Problem], writer: Writer, strategy: Strategy, setup: Setup
) -> Iterator[Solution]:
    """Yield the solution of every problem, in the order in which they are done.

    Raises:
        ConfigError: a scorer, tool or format that does not exist.
        DataError: the table of a tool cannot be read.
        BackendError: the writer cannot do what the strategy needs.

    """
    _check_scorer(strategy, {**SCORERS, **setup.scorers})
    tools = make_tools(strategy.tools) if isinstance(strategy, React) else {}
    fmt = prompted(setup.format, strategy.prompt)
    thinkings = (
        _think(Book(problem, strategy, setup, fmt, writer.name), strategy, tools)
        for problem in problems
    )
    yield from together(thinkings, writer, setup.width)


def _think(book: Book, strategy: Strategy, tools: dict[str, Tool]) -> Thinking:
    match strategy:
        case Direct():
            return direct(book, strategy)
        case SelfConsistency():
            return self_consistency(book, strategy)
        case BestOf():
            return best_of(book, strategy)
        case Tree():
            return tree(book, strategy)
        case React():
            return react(book, strategy, tools)
