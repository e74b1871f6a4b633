"""The complaints of a period by everything they can be told apart by: one grouped query, summed up as a page or a form needs it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from complaints.kinds import Closing, Severity, Status
from complaints.models import SOLVED

COLUMNS = ("channel", "department", "link", "standard", "severity", "is_product_quality", "status", "closing")


@dataclass(frozen=True)
class Group:
    """n complaints that are alike in all of these."""

    channel: str
    department: str
    link: str
    standard: str
    severity: str
    is_product_quality: bool
    status: str
    closing: str
    n: int

    @property
    def weight(self) -> str:
        """As the archive's filter tells them apart: product quality is major."""
        return Severity.MAJOR if self.severity == Severity.MAJOR or self.is_product_quality else Severity.ORDINARY

    @property
    def is_solved(self) -> bool:
        return self.status in SOLVED

    @property
    def is_open(self) -> bool:
        return self.status != Status.CLOSED

    @property
    def is_satisfied(self) -> bool:
        return self.closing == Closing.SATISFIED


class Groups:
    def __init__(self, groups: Iterable[Group]):
        self.groups = list(groups)

    def __iter__(self) -> Iterator[Group]:
        return iter(self.groups)

    @property
    def total(self) -> int:
        return self.count(lambda group: True)

    def count(self, condition: Callable[[Group], bool]) -> int:
        return sum(group.n for group in self.groups if condition(group))

    def by(self, key: Callable[[Group], object]) -> Counter:
        found: Counter = Counter()
        for group in self.groups:
            found[key(group)] += group.n
        return found


def grouped(complaints: QuerySet) -> Groups:
    rows = complaints.order_by().values_list(*COLUMNS).annotate(n=Count("pk")).order_by(*COLUMNS)
    return Groups(Group(*row) for row in rows)
