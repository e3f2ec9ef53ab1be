"""Work that does not wait for each other, at the same time: a process each, the cores shared out.

On a CPU a small student gains little from a second thread, and much from a second arm
beside it.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from cotutor import progress

T = TypeVar("T")


def side_by_side(works: Sequence[Callable[[], T]], workers: int) -> Iterator[tuple[int, T]]:
    """Do the works, `workers` at a time, and yield the place and the result of each when done.

    With one worker, or one work, all is done here, in order. Works and results
    must be picklable. The processes end with this one, however it ends.

    Raises:
        Exception: what a work raised; the others are given up.

    """
    if min(workers, len(works)) < 2:
        yield from ((place, work()) for place, work in enumerate(works))
        return
    threads = max(1, (os.cpu_count() or 1) // workers)
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin, (threads,))
    try:
        # The last first: arms stand in the order of what they cost, and a long one is no tail.
        places = {pool.submit(works[place]): place for place in reversed(range(len(works)))}
        for done in as_completed(places):
            yield places[done], done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()


def _begin(threads: int) -> None:
    """Take a share of the cores, speak in lines, and end when the parent does."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    progress.lines_only()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
