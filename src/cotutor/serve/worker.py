"""The thread that owns the models, and the texts that wait for it.

The oldest text that waits is next, and with it go others of its version that are sampled
alike, as one batch. Some batches run by turns, a few tokens at a time, so that a long text
keeps nobody waiting for its end; their number is small, so that texts come together.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from cotutor.serve.shelf import Shelf
from cotutor.serve.steps import Text

_T = TypeVar("_T")
_TURNS = 4  # batches at once


class Worker:
    """Runs texts, and errands between their turns, on one thread.

    Args:
        shelf: the students; only this thread touches their models.
        batch_size: how many texts are decoded together.

    """

    def __init__(self, shelf: Shelf, *, batch_size: int) -> None:
        self._shelf, self._batch_size = shelf, batch_size
        self._waiting: deque[Text] = deque()
        self._errands: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._running: deque[tuple[list[Text], Iterator[None]]] = deque()
        self._news = threading.Condition()
        self._is_open = True
        self._thread = threading.Thread(target=self._run, name="cotutor-models", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End when all that was submitted is done, and wait for that."""
        with self._news:
            self._is_open = False
            self._news.notify()
        self._thread.join()

    def is_alive(self) -> bool:
        """Say whether the thread runs."""
        return self._thread.is_alive()

    def waiting(self) -> int:
        """Return how many texts have not been begun."""
        return len(self._waiting)

    def running(self) -> int:
        """Return how many batches are being written."""
        return len(self._running)

    def submit(self, texts: Sequence[Text]) -> None:
        """Put texts into the queue, in their order."""
        with self._news:
            self._waiting.extend(texts)
            self._news.notify()

    def run(self, errand: Callable[[], _T]) -> "Future[_T]":
        """Run a function between two turns."""
        done: Future[_T] = Future()
        with self._news:
            self._errands.append((errand, done))
            self._news.notify()
        return done

    def _run(self) -> None:
        while self._has_work():
            if self._errands:
                _do(*self._errands.popleft())
            if len(self._running) < _TURNS and (batch := self._batch()):
                self._running.appendleft((batch, batch[0].version.writer.steps(batch)))
            if self._running:
                batch, steps = self._running.popleft()
                if _take_turn(batch, steps):
                    self._running.append((batch, steps))
            self._shelf.sweep()

    def _has_work(self) -> bool:
        """Wait for work; say no when there is none and none will come."""
        with self._news:
            while not (self._waiting or self._errands or self._running):
                if not self._is_open:
                    return False
                self._news.wait()
            return True

    def _batch(self) -> list[Text]:
        """Take the oldest text that somebody waits for, and others like it."""
        with self._news:
            wanted = [text for text in self._waiting if text.is_wanted]
            batch = [text for text in wanted if text.key == wanted[0].key][: self._batch_size]
            taken = set(map(id, batch))
            self._waiting = deque(text for text in wanted if id(text) not in taken)
        return batch


def _take_turn(batch: Sequence[Text], steps: Iterator[None]) -> bool:
    """Write a few tokens more; say whether there is more to write."""
    try:
        batch[0].version.activate()
        return next(steps, _END) is not _END
    except Exception as error:  # noqa: BLE001 - it is raised where the texts are awaited
        for text in batch:
            if text.is_wanted:
                text.settle(error)
        return False


_END: Any = object()


def _do(errand: Callable[[], Any], done: "Future[Any]") -> None:
    if not done.set_running_or_notify_cancel():
        return
    try:
        done.set_result(errand())
    except Exception as error:  # noqa: BLE001 - it is raised where the errand is awaited
        done.set_exception(error)
