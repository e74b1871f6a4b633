"""The whole store in one file, and back into an empty database of either kind (docs/adr/0011).

container  the file: header, pieces, checksum, password        records  what stands in it, table by table
making     manage.py backup                                    restoring  manage.py restore
"""

FORMAT = 1
MAGIC = b"dealercrm backup\n"


class BackupProblem(Exception):
    """A sentence that says why it was refused."""


_shipped: set[str] = set()


def ships(*tables: str) -> None:
    """A floor names the tables that migrating fills by itself: rows there do not make a database one that is in use."""
    _shipped.update(tables)


def shipped_tables() -> frozenset[str]:
    return frozenset(_shipped) | {"django_content_type", "auth_permission"}
