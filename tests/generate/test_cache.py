import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from cotutor.errors import DataError
from cotutor.generate.cache import Reply, RequestCache, Tokens

REPLY = Reply(text="é \n 4", finish="stop", prompt_tokens=7, completion_tokens=3, is_estimated=True)


def test_what_is_stored_comes_back_from_another_process(tmp_path):
    with RequestCache(tmp_path / "deep" / "c.sqlite") as cache:
        assert cache.get("a") is None
        cache.put("a", REPLY, payee="p")
        with RequestCache(tmp_path / "deep" / "c.sqlite") as reader:  # while the first is open
            assert reader.get("a") == REPLY
            assert reader.get("b") is None


def test_every_answer_is_on_disk_as_soon_as_it_is_put(tmp_path):
    cache = RequestCache(tmp_path / "c.sqlite")
    cache.put("a", REPLY, payee="p")
    other = sqlite3.connect(f"file:{tmp_path / 'c.sqlite'}?mode=ro", uri=True)
    assert other.execute("SELECT COUNT(*) FROM replies").fetchone() == (1,)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    cache.__exit__()


def test_the_first_reply_of_a_key_stays():
    with RequestCache() as cache:
        cache.put("a", REPLY, payee="p")
        cache.put("a", REPLY.model_copy(update={"text": "other"}), payee="p")
        assert cache.get("a") == REPLY
        assert cache.paid("p") == Tokens(7, 3)


def test_what_was_paid_is_counted_by_payee():
    with RequestCache() as cache:
        for key, payee in (("a", "p"), ("b", "p"), ("c", "q")):
            cache.put(key, REPLY, payee=payee)
        assert (cache.paid("p"), cache.paid("nobody")) == (Tokens(14, 6), Tokens(0, 0))


@pytest.mark.parametrize("kind", ["folder", "text"])
def test_a_file_that_cannot_be_a_cache_is_one_sentence(tmp_path, kind):
    path = tmp_path / "c.sqlite"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_text("no database at all, but long enough to look like one\n" * 99)
    with pytest.raises(DataError, match=r"the request cache .*c\.sqlite cannot be used"):
        RequestCache(path)


def test_many_open_one_new_file_at_once(tmp_path):
    def opened(n):
        with RequestCache(tmp_path / f"{n // 3}.sqlite") as cache:
            return cache.get("key")

    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(opened, range(240))) == {None}
