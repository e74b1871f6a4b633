"""What customers said in their own words, by link."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from csi import mot
from csi.models import Dissatisfaction, Link, Response
from reports.periods import Period
from staff.models import Store


@dataclass
class LinkWords:
    """count: how many were dissatisfied with the link; said: the newest of their words. standards: below it (S2), most first."""

    link: str
    label: str
    count: int = 0
    said: list[Dissatisfaction] = field(default_factory=list)
    standards: list["Standard"] = field(default_factory=list)

    @property
    def told(self) -> list[tuple[Dissatisfaction, str]]:
        """What was said, with the name of its standard."""
        names = {one.code: one.label for one in self.standards}
        return [(row, names.get(row.standard, "") if row.standard else "") for row in self.said]


@dataclass(frozen=True)
class Standard:
    """A MOT standard, '' where none was named; how many were dissatisfied with it."""

    code: str
    label: str
    count: int


def dissatisfactions(store: Store, period: Period):
    """Of the answers of the period, newest first."""
    rows = Dissatisfaction.objects.filter(store=store, answered_on__range=(period.first, period.last))
    return rows.order_by("-response__answered_at", "-pk")


def standards(store: Store, period: Period) -> dict[str, list[Standard]]:
    """link -> its standards that somebody was dissatisfied with, most first. One query."""
    english = (get_language() or "").startswith("en")
    counted = dissatisfactions(store, period).order_by().values_list("link", "standard").annotate(n=Count("*"))
    found: dict[str, list[Standard]] = {}
    for link, code, n in sorted(counted, key=lambda row: (-row[2], row[1])):
        name = mot.label(link, code, english) if code else _("no standard named")
        found.setdefault(link, []).append(Standard(code, name, n))
    return found


def by_link(store: Store, links: Mapping[str, tuple[int, list[int]]], below: Mapping[str, list[Standard]] = {}) -> list[LinkWords]:
    """links: as reports.counts gives them; below: their standards. Links that somebody was dissatisfied with, most first. One query."""
    people = ("response__customer", "response__vehicle", "response__advisor")
    rows = Dissatisfaction.objects.filter(store=store).select_related(*people).in_bulk([pk for _n, pks in links.values() for pk in pks])
    found = [
        LinkWords(link, Link(link).label, count, [rows[pk] for pk in pks if pk in rows], below.get(link, []))
        for link, (count, pks) in links.items()
    ]
    return sorted(found, key=lambda one: (-one.count, one.link))


def remarks(store: Store, pks: list[int]) -> list[Response]:
    """What else customers said, newest first; words that were erased meanwhile are gone. One query."""
    said = Response.objects.filter(store=store, pk__in=pks).exclude(words="").select_related("customer", "vehicle", "advisor")
    return list(said.order_by("-answered_at", "-pk"))
