"""Many clients while adapters are replaced, shortened from `python -m bench.serve`."""

import asyncio
import os

from bench.serve import LEAST, load


def test_no_request_fails_or_is_answered_by_another_version(replaceable):
    server, folders = replaceable
    work = load(server.url, folders, os.getpid(), seconds=2, clients=8, times=8)
    log = asyncio.run(work)
    assert log.failed == []
    assert log.wrong == []
    assert len(log.says) == 2 + 8
    assert len(log.seconds) >= 8 * LEAST
