"""Draws that anybody can repeat: the seed is nobody's choice, and it gives the whole order. Pure."""

import hashlib
from collections.abc import Iterable
from random import Random


def seed_of(*words: object) -> int:
    """The same whoever draws. words: what is drawn from, such as a store's code and a month."""
    return int.from_bytes(hashlib.sha256(" ".join(map(str, words)).encode()).digest()[:6])


def ranking(pks: Iterable[int], seed: int) -> list[int]:
    """All of them in the order of the draw; how they came is all the same."""
    ordered = sorted(pks)
    Random(seed).shuffle(ordered)  # noqa: S311  a draw that can be repeated, no secret
    return ordered
