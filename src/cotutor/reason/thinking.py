"""How strategies think: each on one problem, all problems together.

A strategy is a generator. It yields what it wants written, gets it, and returns its
solution; so it reads as if there were one problem, while `together` puts the wishes of many
problems into one call of the writer. What is written does not depend on who shares a call.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import inf
from typing import Any

from cotutor.errors import ConfigError
from cotutor.format import Format, Shot
from cotutor.generate.calls import lead_in
from cotutor.generate.writing import Ask, Writer, Written
from cotutor.reason.record import Node, Solution
from cotutor.reason.scoring import SCORERS, Scorer
from cotutor.reason.settings import Direct, Strategy
from cotutor.reason.shortcut import with_calculator
from cotutor.records import Finish, Problem, Request, Trace, digest
from cotutor.verify import DEFAULT, VerifySettings
from cotutor.verify.answers import Answer, read_answer


@dataclass(frozen=True)
class Texts:
    """The wish to know how likely texts are behind their asks."""

    asks: Sequence[Ask]
    texts: Sequence[str]


Thinking = Generator[list[Ask] | Texts, Any, Solution]
Writing = Generator[list[Ask] | Texts, Any, "list[Draft]"]


@dataclass(frozen=True)
class Setup:
    """What the strategies of a run share.

    `format` is the student's own. `shots` are the exemplars of each task, for few-shot
    prompts; `scorers` those beside the built-in ones. `width` problems are thought about
    at a time. Where the kinds of answers are not known, numbers are compared as numbers,
    and anything else as the problem's kind says.
    """

    format: Format
    shots: Mapping[str, tuple[Shot, ...]] = field(default_factory=dict)
    verify: VerifySettings = DEFAULT
    seed: int = 0
    scorers: Mapping[str, Scorer] = field(default_factory=dict)
    width: int = 64
    is_kind_known: bool = True


@dataclass(frozen=True)
class Draft:
    """A completion before it becomes a trace: of one call, or `first` and an answering call."""

    ask: Ask
    first: Written
    text: str
    finish: Finish
    prompt_tokens: int
    tokens: int
    answer_at: int | None = None
    error: str | None = None


class Book:
    """Keeps the accounts of one strategy on one problem, and writes for it."""

    def __init__(
        self, problem: Problem, strategy: Strategy, setup: Setup, fmt: Format, writer_name: str
    ) -> None:
        self.problem, self.strategy, self.setup, self.format = problem, strategy, setup, fmt
        shots = setup.shots.get(problem.task, ())
        if fmt.takes_shots and not shots:
            raise ConfigError(f"{strategy.title}: there are no exemplars of {problem.task}")
        self.prompt = fmt.prompt(problem, shots if fmt.takes_shots else ())
        self.nodes: list[Node] = []
        self.counts: Counter[str] = Counter()
        self.prompt_tokens = self.completion_tokens = self.calls = 0
        self._writer_name = writer_name

    def ask(self, begun: str = "", *, seed: Sequence[Any] = (), **how: Any) -> Ask:
        """Return the ask for the completion of the problem's prompt; greedy unless `how` says."""
        usual: dict[str, Any] = {"max_tokens": self.strategy.max_tokens, "stop": self.format.stop}
        return Ask(
            prompt=self.prompt, format=self.format, begun=begun, seed=self.seed(*seed),
            **usual | how,
        )  # fmt: skip

    def seed(self, *key: Any) -> int:
        """Return a seed of the problem's own."""
        return int(digest(self.setup.seed, self.problem.id, *key), 16) % 2**31

    def write(self, asks: list[Ask]) -> Generator[list[Ask] | Texts, Any, list[Written]]:
        """Have texts continued, and count what it takes."""
        if not asks:
            return []
        written: list[Written]
        if self.strategy.calculator:
            written = yield from with_calculator(asks, self.counts)
        else:
            written = yield asks
        self.calls += len(written)
        self.prompt_tokens += sum(one.prompt_tokens for one in written)
        self.completion_tokens += sum(one.completion_tokens for one in written)
        return written

    def complete(self, asks: list[Ask]) -> Writing:
        """Have texts completed; a two-call format asks for the answer, too."""
        firsts = yield from self.write(asks)
        drafts = [_draft(ask, one) for ask, one in zip(asks, firsts, strict=True)]
        if self.format.trigger is None:
            return drafts
        going = [draft for draft in drafts if draft.error is None]
        heads = [lead_in(self.format, draft.text) for draft in going]
        answers = yield from self.write([self.answering(head) for head in heads])
        joined = map(_joined, going, heads, answers)
        return [draft if draft.error is not None else next(joined) for draft in drafts]

    def answering(self, head: str) -> Ask:
        """Return the greedy call for the answer, its lead-in being part of the prompt."""
        ask = self.ask(max_tokens=self.strategy.answer_max_tokens)
        return replace(ask, prompt=ask.prompt + head)

    def confidence(self, drafts: Sequence[Draft]) -> Generator[list[Ask] | Texts, Any, list[float]]:
        """Return the mean log-probability per token of what was written first in each draft.

        What was not written has minus infinity.
        """
        untold = [d for d in drafts if d.first.log_probability is None and d.first.text]
        likely: dict[int, float] = {}
        if untold:
            found = yield Texts([d.ask for d in untold], [d.first.text for d in untold])
            likely = dict(zip(map(id, untold), found, strict=True))
        sums = [likely.get(id(draft), draft.first.log_probability) for draft in drafts]
        return [
            -inf if total is None else total / max(draft.first.completion_tokens, 1)
            for total, draft in zip(sums, drafts, strict=True)
        ]

    def trace(self, draft: Draft, sample: int = 0) -> Trace:
        """Return a draft as a trace of the problem."""
        return Trace.make(
            Request(problem=self.problem, sample=sample),
            generator=f"{self._writer_name} {self.strategy.title}", format=self.format.name,
            completion=draft.text, finish=draft.finish, answer_at=draft.answer_at,
            prompt_tokens=draft.prompt_tokens, completion_tokens=draft.tokens,
            seed=draft.ask.seed if draft.ask.temperature else None, error=draft.error,
        )  # fmt: skip

    def read(self, trace: Trace) -> Answer | None:
        """Return the answer of a trace of the problem."""
        known = self.setup.is_kind_known
        return read_answer(self.problem, trace, self.setup.verify, is_kind_known=known)

    def scorer(self, name: str) -> Scorer:
        """Return the scorer of that name."""
        return {**SCORERS, **self.setup.scorers}[name]

    def note(self, text: str, **what: Any) -> Node:
        """Keep a branch, and return it."""
        node = Node(id=len(self.nodes), text=text, **what)
        self.nodes.append(node)
        return node

    def amend(self, at: int, **what: Any) -> None:
        """Say more of a branch."""
        self.nodes[at] = self.nodes[at].model_copy(update=what)

    def solution(self, trace: Trace, ended: str) -> Solution:
        """Close the book."""
        return Solution(
            problem_id=self.problem.id, strategy=self.strategy.title, trace=trace,
            nodes=tuple(self.nodes), prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens, calls=self.calls, ended=ended,
            counts=dict(self.counts),
        )  # fmt: skip


def direct(book: Book, settings: Direct) -> Thinking:
    """Complete the prompt once, greedily."""
    (draft,) = yield from book.complete([book.ask()])
    trace = book.trace(draft)
    book.note(draft.text, tokens=draft.tokens, is_kept=True, why=draft.error)
    return book.solution(trace, draft.error or "answered")


def together(thinkings: Iterable[Thinking], writer: Writer, width: int) -> Iterator[Solution]:
    """Yield the solutions of many thinkings, in the order in which they are done.

    At most `width` are under way; all that they wish for in a round is one call.
    """
    waiting = iter(thinkings)
    active: list[tuple[Thinking, list[Ask] | Texts]] = []
    while True:
        for thinking in islice(waiting, width - len(active)):
            wish = _step(thinking, None)
            if isinstance(wish, Solution):
                yield wish
            else:
                active.append((thinking, wish))
        if not active:
            return
        answers = _answers([wish for _, wish in active], writer)
        going = []
        for (thinking, _), answer in zip(active, answers, strict=True):
            wish = _step(thinking, answer)
            if isinstance(wish, Solution):
                yield wish
            else:
                going.append((thinking, wish))
        active = going


def _step(thinking: Thinking, answer: Any) -> list[Ask] | Texts | Solution:
    try:
        return thinking.send(answer)
    except StopIteration as done:
        solution: Solution = done.value
        return solution


def _answers(wishes: Sequence[list[Ask] | Texts], writer: Writer) -> Iterator[list[Any]]:
    """Yield what each wish gets, from one call for all texts and one for all likelihoods."""
    asks = [ask for wish in wishes if not isinstance(wish, Texts) for ask in wish]
    texts = [wish for wish in wishes if isinstance(wish, Texts)]
    written = iter(writer.write(asks) if asks else [])
    likely = iter(
        writer.likelihood(
            [ask for wish in texts for ask in wish.asks], [t for wish in texts for t in wish.texts]
        )
        if texts
        else []
    )
    for wish in wishes:
        if isinstance(wish, Texts):
            yield list(islice(likely, len(wish.asks)))
        else:
            yield list(islice(written, len(wish)))


def _draft(ask: Ask, written: Written) -> Draft:
    return Draft(
        ask=ask, first=written, text=ask.begun + written.text, finish=written.finish,
        prompt_tokens=written.prompt_tokens, tokens=written.completion_tokens,
        error=written.error,
    )  # fmt: skip


def _joined(draft: Draft, head: str, answer: Written) -> Draft:
    """Join a reasoning and its answering call; cut off is what the reasoning was."""
    return Draft(
        ask=draft.ask, first=draft.first, text=head + answer.text,
        finish="error" if answer.error is not None else draft.finish,
        prompt_tokens=draft.prompt_tokens + answer.prompt_tokens,
        tokens=draft.tokens + answer.completion_tokens, answer_at=len(head), error=answer.error,
    )  # fmt: skip
