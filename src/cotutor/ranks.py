"""More than one process: the main one leads, the others wait for its word.

`torchrun` and `accelerate launch` start a process for each device and number them. The
main process, number 0, alone decides, writes and speaks. The others wait, however long
that takes, and work where all must, which is training. On several machines all need to see the
folders of the run.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

T = TypeVar("T")
_PATIENCE = timedelta(days=365)


class _Team:
    """The connections: a group in which words are passed, and a store all see."""

    words: Any = None
    store: Any = None


def count() -> int:
    """Return how many processes work together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main() -> bool:
    """Say whether this process is the one that decides, writes and speaks."""
    return os.environ.get("RANK", "0") == "0"


def led(work: Callable[[], T], *, timeout: float) -> T | None:
    """Do the work in the main process, and in the others what it calls them to.

    Args:
        work: what the main process does, and what `led` returns there.
        timeout: the seconds after which processes that work `together` give up waiting
            for each other. Waiting for the main process has no such limit.

    Raises:
        Exception: what the work raised, in every process.

    """
    if count() == 1:
        return work()
    from torch import distributed

    made = None
    _connect(timeout)
    if is_main():
        made = _lead(work)
    else:
        _follow()
    distributed.destroy_process_group()
    _Team.words = _Team.store = None
    return made


def together(work: Callable[[], T]) -> T:
    """Let every process do the work, which goes to the others as a pickle; called by the main one.

    Raises:
        Exception: what the work raised in this process. The launcher ends the others.

    """
    if _Team.words is not None:
        _pass_on((work, None))
    return _joint(work)


def from_main(decide: Callable[[], T]) -> T:
    """Let the main process decide while all work `together`, and return its decision in each.

    Raises:
        Exception: what `decide` raised, in every process.

    """
    if _Team.words is None:
        return decide()
    if not is_main():
        made: T = _hear()
        return made
    try:
        made = decide()
    except Exception as error:
        _pass_on((None, error))
        raise
    _pass_on((made, None))
    return made


def speaks_first() -> bool:
    """Say whether this process is the first that tells why all must end."""
    if _Team.store is None:
        return is_main()
    return bool(_Team.store.add("cotutor/told", 1) == 1)


def _connect(timeout: float) -> None:
    import torch
    from torch import distributed
    from torch.distributed.rendezvous import rendezvous

    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = "cpu:gloo,cuda:nccl"
    store, rank, size = next(rendezvous("env://"))
    distributed.init_process_group(
        backend, store=store, rank=rank, world_size=size, timeout=timedelta(seconds=timeout)
    )
    _Team.store = store
    _Team.words = distributed.new_group(backend="gloo", timeout=_PATIENCE)


def _lead(work: Callable[[], T]) -> T:
    try:
        made = work()
    except Exception as error:
        _pass_on((None, error))
        raise
    _pass_on((None, None))
    return made


def _follow() -> None:
    while (work := _hear()) is not None:
        _joint(work)


def _joint(work: Callable[[], T]) -> T:
    try:
        return work()
    except BaseException:
        _Team.words = None  # nobody waits for a word now: the others are at work
        raise


def _pass_on(word: tuple[Any, Exception | None]) -> None:
    from torch import distributed

    if _Team.words is not None:
        distributed.broadcast_object_list([word], group=_Team.words)


def _hear() -> Any:
    from torch import distributed

    heard: list[Any] = [None]
    distributed.broadcast_object_list(heard, group=_Team.words)
    word, error = heard[0]
    if error is not None:
        raise error
    return word
