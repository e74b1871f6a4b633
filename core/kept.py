"""A rendered part of a page, shown again for as long as everything that it was made from is what it was (docs/adr/0022).

What is made from the database is decided by the answers of the statements that were asked: if the first answers as it did, the same second
one would be asked, and so on to the end. So a part is kept with its statements and their answers, and before it is shown again all of them
are asked once more. One other answer, and it is made anew. Nothing has to be told that it changed, and nobody can forget to.

Kept in the process's own memory: customers' words stand in such a part, and go nowhere else.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from threading import Lock

from django.db import connection, transaction

MOST = 32  # parts in a process; a month's page is 180 kB

Asked = tuple[str, tuple]
_parts: OrderedDict[Hashable, tuple[dict[Asked, bytes], str]] = OrderedDict()
_lock = Lock()


def part(key: Hashable, make: Callable[[], str]) -> str:
    """What make() gives, or gave. key: everything else that decides what it gives (store, period, local day, language, roles): make() may look
    at nothing that is neither in the key nor in the database, at a clock least of all, and only reads. Inside of a transaction it is simply made:
    what a transaction sees is its own affair."""
    if connection.in_atomic_block:
        return make()
    with _lock:
        answers, text = _parts.get(key, ({}, ""))
        if answers:
            _parts.move_to_end(key)
    if answers and all(_answer(asked) == before for asked, before in answers.items()):
        return text
    noted: list[Asked] = []
    with _one_moment() as stood_still:
        with connection.execute_wrapper(_noting(noted)):
            text = make()
        answers = {asked: _answer(asked) for asked in noted}
    with _lock:
        _parts.pop(key, None)
        if answers and stood_still():
            _parts[key] = answers, text
            while len(_parts) > MOST:
                _parts.popitem(last=False)
    return text


def forget() -> None:
    _parts.clear()


def _answer(asked: Asked) -> bytes:
    """Not the rows: only whether they are the same is ever asked of them."""
    with connection.cursor() as cursor:
        cursor.execute(*asked)
        return sha256(repr(cursor.fetchall()).encode()).digest()


def _noting(noted: list[Asked]):
    def note(execute, sql, params, many, context):
        noted.append((sql, tuple(params or ())))
        return execute(sql, params, many, context)

    return note


@contextmanager
def _one_moment() -> Iterator[Callable[[], bool]]:
    """All statements inside see the same rows. Gives a function that says whether they did."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield lambda: True
    else:
        # A transaction would keep all writers out meanwhile (settings: IMMEDIATE). SQLite says whether another connection has written.
        before = _answer(version := ("PRAGMA data_version", ()))
        yield lambda: _answer(version) == before
