"""The complaints of a week or month beside those of the one before: by channel, link, MOT standard, department and severity, and which
clocks were kept (S3 2.3: analysed every week and month). Channels, links and clocks as they are kept (reports.counts), the rest from one
grouped query; every number leads to the rows that were counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from complaints.archive import UNNAMED, Filters
from complaints.kinds import Channel, ClockKind, Department, Severity
from csi import mot
from csi.models import Link
from csi.statistics import SMALL
from reports.complaint_groups import grouped
from reports.compute import Value
from reports.counts import complaints_of_periods
from reports.figures import ALL
from reports.paper import change
from reports.periods import Period
from reports.records import received_complaints
from staff.models import Store, User


@dataclass(frozen=True)
class Line:
    """share: of all complaints of the period, None without one."""

    label: str | Promise
    n: int
    before: int
    share: float | None
    url: str

    @property
    def change(self) -> str:
        return change(self.n, self.before)

    @property
    def width(self) -> int:
        """Of its bar, of a hundred."""
        return round((self.share or 0) * 100)


@dataclass(frozen=True)
class Kept:
    """A clock: how many were kept, now and before."""

    kind: str
    label: str | Promise
    value: Value
    before: Value

    @property
    def missed(self) -> int:
        return self.value.n - self.value.hits

    @property
    def points(self) -> str:
        """Of a hundred, against the period before; '' where there is nothing to compare."""
        if self.value.value is None or self.before.value is None:
            return ""
        points = round((self.value.value - self.before.value) * 100, 1)
        return f"{points:+.1f}".replace("-", "−") if points else "±0"


@dataclass(frozen=True)
class Statistics:
    period: Period
    total: Line
    about_reader: int
    is_small: bool
    sections: list[tuple[str, list[Line]]]
    clocks: list[Kept]


def build(store: Store, period: Period, reader: User) -> Statistics:
    """Six queries where the periods are kept."""
    kept = complaints_of_periods(store, [period, period.previous])
    now, before = kept[period], kept[period.previous]
    groups, earlier = (grouped(received_complaints(store, one)) for one in (period, period.previous))
    total = sum(now["by_channel"].values())
    all_of_it = Filters(period.first, period.last)
    english = (get_language() or "").startswith("en")

    def line(label, n: int, was: int, **chosen) -> Line:
        return Line(label, n, was, n / total if total else None, all_of_it.also(**chosen).url if n else "")

    def lines(kinds, counted: Mapping[str, int], was: Mapping[str, int], name: str) -> list[Line]:
        """Of those that there were in either period, the most first."""
        found = [
            line(one.label, counted.get(one.value, 0), was.get(one.value, 0), **{name: one.value})
            for one in kinds
            if one.value in counted or one.value in was
        ]
        return sorted(found, key=lambda one: (-one.n, -one.before))

    def by(name: str) -> list[Mapping[str, int]]:
        return [one.by(lambda group: str(getattr(group, name))) for one in (groups, earlier)]

    def standards() -> list[Line]:
        counted, was = (one.by(lambda group: (group.link, group.standard)) for one in (groups, earlier))
        found = []
        for link, standard in sorted({**counted, **was}):
            name = mot.label(link, standard, english) if standard else _("no standard named")
            label = f"{Link(link).label} · {name}"
            found.append(line(label, counted[link, standard], was[link, standard], link=link, standard=standard or UNNAMED))
        return sorted(found, key=lambda one: (-one.n, -one.before, str(one.label)))

    def clock(kind: ClockKind) -> Kept:
        figure = ALL[f"{kind}_kept"]
        values = [
            Value(figure, row["due"], row["kept"]) if (row := one["clocks"].get(str(kind))) else Value(figure) for one in (now, before)
        ]
        return Kept(str(kind), kind.label, *values)

    return Statistics(
        period=period,
        total=line(_("All"), total, sum(before["by_channel"].values())),
        about_reader=received_complaints(store, period).filter(against=reader).count(),
        is_small=0 < total < SMALL,
        sections=[
            (_("By link"), lines(Link, now["by_link"], before["by_link"], "link")),
            (_("By channel"), lines(Channel, now["by_channel"], before["by_channel"], "channel")),
            (_("By department"), lines(Department, *by("department"), "department")),
            (_("By severity"), lines(Severity, *by("weight"), "severity")),
            (_("By MOT standard"), standards()),
        ],
        clocks=[clock(kind) for kind in ClockKind],
    )
