"""Prefix search as a range over stored keys in [0-9a-z]: an index look-up on SQLite and PostgreSQL alike.

(`startswith` uses no index on SQLite, and on PostgreSQL only with a special operator class.)
"""

import re

ORDER = "0123456789abcdefghijklmnopqrstuvwxyz"
_OTHER = re.compile("[^0-9a-z]")


def successor(prefix: str) -> str | None:
    """The smallest key above all that begin with `prefix`; None when there is none (all z)."""
    stem = prefix.rstrip("z")
    if not stem:
        return None
    return stem[:-1] + ORDER[ORDER.index(stem[-1]) + 1]


def beginning_with(field: str, prefix: str) -> dict[str, str]:
    """Filter arguments: `field` begins with `prefix` (characters of ORDER only)."""
    bounds = {f"{field}__gte": prefix}
    above = successor(prefix)
    if above is not None:
        bounds[f"{field}__lt"] = above
    return bounds


def tail(text: str) -> str:
    """The key under which an ending is found: letters and digits, lower case, reversed."""
    return _OTHER.sub("", text.lower())[::-1]
