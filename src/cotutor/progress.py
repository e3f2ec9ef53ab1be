"""Progress of long work: a bar with rate and time left on a terminal, sparse lines elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self, TypeVar

from cotutor.ranks import is_main

T = TypeVar("T")
_SECONDS_BETWEEN_LINES = 30.0
_has_bars = True


def lines_only() -> None:
    """Show progress as sparse lines from now on, on a terminal too: several processes share it."""
    global _has_bars
    _has_bars = False


def say(text: str) -> None:
    """Write one line for the person who watches, to standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Ticker:
    """Shows how far long work is; use as a context manager and call `advance`.

    `done` items were finished by an earlier run: they count towards the
    total and not towards the rate. Of several processes the first one shows.
    """

    def __init__(self, what: str, total: int, done: int = 0) -> None:
        self._what, self._total, self._before = what, total, done
        self._count = 0
        self._began = self._shown = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Self:
        if _has_bars and is_main() and sys.stderr.isatty():
            self._bar = _Bar(self._what, self._total, self._before)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def resume(self, done: int) -> None:
        """Begin at `done` items, which an earlier run has finished; call before any `advance`."""
        self._before = done
        self._began = time.monotonic()

    def advance(self, note: str = "") -> None:
        """Count one item; `note` is told with rate and time left."""
        self._count += 1
        now, done = time.monotonic(), self._before + self._count
        shown = pace(self._count, self._total - self._before, now - self._began)
        if self._bar is not None:
            self._bar.show(done, shown, note)
        elif is_main() and now - self._shown >= _SECONDS_BETWEEN_LINES:
            self._shown = now
            say(f"{self._what}: {done}/{self._total}, {shown}" + (f", {note}" if note else ""))


class _Bar:
    """A bar on a terminal, and below it a line for the note where there is one."""

    def __init__(self, what: str, total: int, done: int) -> None:
        from rich.console import Console, Group
        from rich.live import Live
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.text import Text

        columns = (TextColumn("{task.description:24}"), BarColumn(30), MofNCompleteColumn())
        self._progress = Progress(*columns, TextColumn("{task.fields[pace]}"), auto_refresh=False)
        self._task = self._progress.add_task(what, total=total, completed=done, pace="")
        self._note = Text(style="dim", no_wrap=True, overflow="ellipsis")
        self._group = Group(self._progress)
        self._live = Live(self._group, console=Console(stderr=True), refresh_per_second=4)
        self._live.start()

    def show(self, done: int, pace: str, note: str) -> None:
        """Show so many items done, the pace behind the bar, and the note below it."""
        self._progress.update(self._task, completed=done, pace=pace)
        if note:
            self._note.plain = f"  {note}"
            self._group.renderables[1:] = [self._note]

    def stop(self) -> None:
        """Leave the last state on the screen."""
        self._live.stop()


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        f"{row[0]:{widths[0]}}"
        + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in cells
    ]


def track(items: Iterable[T], what: str, total: int, done: int = 0) -> Iterator[T]:
    """Yield the items while a `Ticker` shows how far the work is."""
    with Ticker(what, total, done) as ticker:
        for item in items:
            yield item
            ticker.advance()


def pace(count: int, total: int, seconds: float) -> str:
    """Return rate and time left as text, such as `12.5/s, 1:40 left`."""
    rate = count / max(seconds, 1e-9)
    left = round(max(total - count, 0) / max(rate, 1e-9))
    hours, rest = divmod(left, 3600)
    clock = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
    return f"{rate:.1f}/s, {clock} left"
