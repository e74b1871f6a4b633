"""What customers said in their own words, by link."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from csi.models import Dissatisfaction, Link, Response
from reports.periods import Period
from staff.models import Store


@dataclass
class LinkWords:
    """count: how many were dissatisfied with the link; said: the newest of their words."""

    link: str
    label: str
    count: int = 0
    said: list[Dissatisfaction] = field(default_factory=list)


def dissatisfactions(store: Store, period: Period):
    """Of the answers of the period, newest first."""
    rows = Dissatisfaction.objects.filter(store=store, response__answered_on__range=(period.first, period.last))
    return rows.order_by("-response__answered_at", "-pk")


def by_link(store: Store, links: Mapping[str, tuple[int, list[int]]]) -> list[LinkWords]:
    """links: as reports.counts gives them. Links that somebody was dissatisfied with, most first. One query."""
    people = ("response__customer", "response__vehicle", "response__advisor")
    rows = Dissatisfaction.objects.filter(store=store).select_related(*people).in_bulk([pk for _n, pks in links.values() for pk in pks])
    found = [LinkWords(link, Link(link).label, count, [rows[pk] for pk in pks if pk in rows]) for link, (count, pks) in links.items()]
    return sorted(found, key=lambda one: (-one.count, one.link))


def remarks(store: Store, pks: list[int]) -> list[Response]:
    """What else customers said, newest first; words that were erased meanwhile are gone. One query."""
    said = Response.objects.filter(store=store, pk__in=pks).exclude(words="").select_related("customer", "vehicle", "advisor")
    return list(said.order_by("-answered_at", "-pk"))
