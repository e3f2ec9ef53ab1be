"""Tree of thoughts (Yao et al. 2023), breadth-first and depth-first.

A state is a completion begun; a thought goes on from it to the end of a line or sentence.
A state with an answer is a leaf. The writer does not tell the end of a text from a stop, so
a thought without an answer is taken to go on, and one that then says nothing is a dead end.
"""

import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from cotutor.errors import ConfigError
from cotutor.generate.writing import Written
from cotutor.reason.settings import Tree
from cotutor.reason.thinking import Book, Draft, Thinking
from cotutor.reason.valuing import MODEL_VALUES, State, values
from cotutor.reason.wording import fill
from cotutor.records import Trace

_STEP_ENDS = {"line": "\n", "sentence": ". "}
_BULLET = re.compile(r"\A\s*(?:[-*•]|\(?[0-9]{1,3}[.):](?![0-9]))\s+")


class _Search:
    """What breadth and depth share: expanding states, valuing and pruning them."""

    def __init__(self, book: Book, settings: Tree) -> None:
        self.book, self.settings = book, settings
        self.leaves: list[State] = []
        self.root = State(node=book.note("", is_kept=True).id, text="", depth=0, score=0.0)
        self.best_open = self.root

    @property
    def is_spent(self) -> bool:
        """Whether the budget in calls or tokens is used up."""
        calls, budget, book = self.settings.max_calls, self.settings.budget, self.book
        spent = book.prompt_tokens + book.completion_tokens
        return (calls is not None and book.calls >= calls) or (
            budget is not None and spent >= budget
        )

    def expand(self, states: Sequence[State]) -> Generator[Any, Any, list[State]]:
        """Return the open states behind these, the best first; leaves and pruned ones aside."""
        if self.settings.thoughts == "sample":
            children = yield from self._sample(states)
        else:
            children = yield from self._propose(states)
        alive = self._distinct([child for child in children if child.why is None])
        scores = yield from values(self.book, self.settings, alive)
        alive = [replace(state, score=score) for state, score in zip(alive, scores, strict=True)]
        for state in alive:
            self.book.amend(state.node, score=state.score)
        threshold = self.settings.threshold
        kept = [s for s in alive if threshold is None or s.score >= threshold]
        self.drop([state for state in alive if state not in kept], "below the threshold")
        return sorted(self._open(kept), key=lambda state: -state.score)

    def drop(self, states: Sequence[State], why: str) -> None:
        """Say why states are not gone on from."""
        for state in states:
            self.book.amend(state.node, is_kept=False, why=why)

    def keep(self, states: Sequence[State]) -> None:
        """Say that states are gone on from."""
        for state in states:
            self.book.amend(state.node, is_kept=True)

    def _open(self, states: Sequence[State]) -> list[State]:
        """Return the states without an answer, those with one being leaves now."""
        still_open = []
        for state in states:
            if state.answer is None:
                still_open.append(state)
                self.best_open = max(self.best_open, state, key=lambda s: (s.depth, s.score))
            else:
                self.leaves.append(state)
                self.book.amend(state.node, is_kept=True, why="has an answer")
        return still_open

    def _sample(self, states: Sequence[State]) -> Generator[Any, Any, list[State]]:
        settings, stops = self.settings, (_STEP_ENDS[self.settings.step], *self.book.format.stop)
        pairs = [(state, k) for state in states for k in range(settings.branch)]
        asks = [
            self.book.ask(
                state.text, seed=("tree", state.node, k), stop=stops,
                max_tokens=settings.thought_max_tokens, temperature=settings.temperature,
            )
            for state, k in pairs
        ]  # fmt: skip
        written = yield from self.book.write(asks)
        return [
            self._child(state, one.text, one)
            for (state, _), one in zip(pairs, written, strict=True)
        ]

    def _propose(self, states: Sequence[State]) -> Generator[Any, Any, list[State]]:
        """Ask for several thoughts at once, one on each line; the first line bears the tokens."""
        settings = self.settings
        asks = []
        for state in states:
            prompt = fill(
                settings.propose_prompt, question=self.book.problem.question,
                thoughts=state.text.strip() or "(none yet)", count=str(settings.branch),
            )  # fmt: skip
            ask = self.book.ask(seed=("propose", state.node), temperature=settings.temperature)
            asks.append(replace(ask, prompt=prompt))
        children = []
        for state, one in zip(states, (yield from self.book.write(asks)), strict=True):
            lines = [_BULLET.sub("", line, count=1).strip() for line in one.text.split("\n")]
            thoughts = [line for line in lines if line][: settings.branch] or [""]
            whole = replace(one, finish="stop")
            gap = " " if state.text.endswith(".") else ""
            for at, thought in enumerate(thoughts):
                counted = whole if at == 0 else replace(whole, completion_tokens=0)
                children.append(self._child(state, gap + thought if thought else "", counted))
        return children

    def _child(self, state: State, thought: str, written: Written) -> State:
        """Return the state behind a thought; `why` says that it is a dead end."""
        why = written.error or (None if thought.strip() else "nothing more is said")
        child = replace(
            state, text=state.text + thought, depth=state.depth + 1, score=0.0,
            tokens=state.tokens + written.completion_tokens, finish=written.finish,
            log_probability=_sum(state.log_probability, written.log_probability),
        )  # fmt: skip
        is_said = why is None and bool(self.book.format.parse(child.text).answer)
        answer = self._answer(child) if is_said else None
        if written.finish != "length" and why is None and not is_said:
            # The blank is the next sentence's: most tokens of words begin with theirs.
            child = replace(child, text=child.text + _STEP_ENDS[self.settings.step].rstrip(" "))
        elif is_said and answer is None:
            why = "no answer can be read"
        node = self.book.note(
            child.text[len(state.text) :], parent=state.node, tokens=written.completion_tokens,
            answer=answer, why=why,
        )  # fmt: skip
        return replace(child, node=node.id, answer=answer, why=why)

    def _answer(self, state: State) -> str | None:
        answer = self.book.read(self._trace(state))
        return answer.text if answer else None

    def _trace(self, state: State) -> Trace:
        """Return a state as a trace, whose prompt was read too often to count for it alone."""
        written = Written(state.text, state.finish, 0, state.tokens)
        draft = Draft(
            self.book.ask(), written, state.text, state.finish, 0, state.tokens,
            state.answer_at, state.error,
        )  # fmt: skip
        return self.book.trace(draft).model_copy(update={"prompt_tokens": None})

    def _distinct(self, states: Sequence[State]) -> list[State]:
        """Leave out what has been said before, whose worth is 0."""
        seen: dict[str, State] = {}
        for state in states:
            key = " ".join(state.text.split())
            if key in seen:
                self.book.amend(state.node, score=0.0, why="duplicate")
            seen.setdefault(key, state)
        return list(seen.values())

    def conclude(self, states: Sequence[State]) -> Generator[Any, Any, list[State]]:
        """Ask states for their answers; return what they say, those with an answer as leaves."""
        fmt, limit = self.book.format, self.settings.answer_max_tokens
        heads = [state.text.rstrip() + (fmt.trigger or fmt.frame()[1]) for state in states]
        asks = [self.book.ask(head, max_tokens=limit) for head in heads]
        written = yield from self.book.write(asks)
        concluded = []
        for state, head, one in zip(states, heads, written, strict=True):
            leaf = replace(
                state, text=head + one.text, finish=one.finish, error=one.error,
                tokens=state.tokens + one.completion_tokens,
                answer_at=len(head) if fmt.trigger else None,
            )  # fmt: skip
            answer = self._answer(leaf)
            node = self.book.note(
                leaf.text[len(state.text) :], parent=state.node, tokens=one.completion_tokens,
                score=state.score, answer=answer, is_kept=answer is not None,
                why=one.error or "asked for the answer",
            )  # fmt: skip
            concluded.append(replace(leaf, node=node.id, answer=answer))
        self.leaves += [leaf for leaf in concluded if leaf.answer is not None]
        return concluded

    def close(self, ended: str) -> Thinking:
        """Choose the best leaf; without one, ask the best of the farthest states for its answer."""
        candidates = self.leaves or (yield from self.conclude([self.best_open]))
        best = max(candidates, key=lambda leaf: leaf.score)
        self.book.amend(best.node, is_kept=True, why="chosen")
        return self.book.solution(self._trace(best), best.error or ended)


def _sum(total: float | None, more: float | None) -> float | None:
    return None if total is None or more is None else total + more


def tree(book: Book, settings: Tree) -> Thinking:
    """Search for the best state with an answer.

    Raises:
        ConfigError: the format has no reasoning to search in, or there is no such scorer.

    """
    if book.format.mark is None:
        raise ConfigError(
            f"{settings.title}: format {book.format.name} has no reasoning to search in"
        )
    if settings.value not in MODEL_VALUES:
        book.scorer(settings.value)  # a name that does not exist is told before anything is written
    search = _Search(book, settings)
    ended = yield from (_breadth if settings.search == "breadth" else _depth)(search, settings)
    return (yield from search.close(ended))


def _breadth(search: _Search, settings: Tree) -> Generator[Any, Any, str]:
    level = [search.root]
    for _ in range(settings.depth):
        if search.is_spent:
            search.drop(level, "budget spent")
            return "budget spent"
        children = yield from search.expand(level)
        room = max(settings.beam - len(search.leaves), 0)
        level = children[:room]
        search.drop(children[room:], "outside the beam")
        search.keep(level)
        if not level:
            return "answered" if search.leaves else "nothing left to go on from"
    yield from search.conclude(level)
    return "as deep as allowed"


def _depth(search: _Search, settings: Tree) -> Generator[Any, Any, str]:
    stack = [search.root]
    while stack:
        if search.is_spent:
            return "budget spent"
        state = stack.pop()
        is_deepest = state.depth == settings.depth
        children = yield from search.expand([state]) if not is_deepest else search.conclude([state])
        if search.leaves:
            return "answered"
        if is_deepest:
            continue
        kept = children[: settings.beam]
        search.drop(children[settings.beam :], "outside the beam")
        search.keep(kept)
        stack += reversed(kept)
    return "nothing left to go on from"
