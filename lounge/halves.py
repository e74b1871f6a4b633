"""Half-months, and who serves in which (S0; domain §7). Pure.

The rules: at most two at once (◆ in the whole store: there is one lounge), nobody twice in one half, the earlier half first. ◆ Where the
two halves of a verdict are full, the next free one: a duty is served later, not dropped.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core import months

AT_ONCE = 2
FAR = 24  # halves: more than a year's verdicts never lie ahead


@dataclass(frozen=True, order=True)
class Half:
    """The 1st–15th, or the 16th to the end; both days included."""

    starts_on: date
    ends_on: date

    @property
    def next(self) -> "Half":
        return half_of(self.ends_on + timedelta(days=1))

    @property
    def previous(self) -> "Half":
        return half_of(self.starts_on - timedelta(days=1))


def half_of(day: date) -> Half:
    if day.day <= 15:
        return Half(day.replace(day=1), day.replace(day=15))
    return Half(day.replace(day=16), months.month_after(day) - timedelta(days=1))


def from_verdict(month: date, decided_on: date) -> Iterator[Half]:
    """The halves in which a duty for `month` may be served, the earlier first: from the 16th of the month after, never one that has begun
    when the verdict is given."""
    half = half_of(months.month_after(month).replace(day=16))
    for _n in range(FAR):
        if half.starts_on > decided_on:
            yield half
        half = half.next


def is_free(half: Half, person: int, taken: Mapping[date, Collection[int]]) -> bool:
    """taken: the first day of a half -> who serves in it."""
    there = taken.get(half.starts_on, ())
    return len(there) < AT_ONCE and person not in there


def place(people: Iterable[int], halves: Collection[Half], taken: Mapping[date, Collection[int]]) -> dict[int, Half]:
    """people: in the order in which they come. Raises LookupError when no half is free."""
    full = {start: set(there) for start, there in taken.items()}
    found: dict[int, Half] = {}
    for person in people:
        half = next((one for one in halves if is_free(one, person, full)), None)
        if half is None:
            raise LookupError(person)
        full.setdefault(half.starts_on, set()).add(person)
        found[person] = half
    return found


def may_swap(first: tuple[int, Half], second: tuple[int, Half], taken: Mapping[date, Collection[int]], today: date) -> str:
    """Whether two people may serve in each other's halves: '' or why not: 'same', 'begun', 'twice'. taken: as is_free has it."""
    (one, half), (other, its) = first, second
    if one == other or half == its:
        return "same"
    if min(half, its).starts_on <= today:
        return "begun"
    if one in set(taken.get(its.starts_on, ())) - {other} or other in set(taken.get(half.starts_on, ())) - {one}:
        return "twice"
    return ""
