"""What customers said in their own words, by link."""

from dataclasses import dataclass, field

from django.db.models import Count

from csi.models import Dissatisfaction, Link, Response
from reports.periods import Period
from staff.models import Store

SHOWN = 120


@dataclass
class LinkWords:
    """count: how many were dissatisfied with the link; said: their words, newest first, at most SHOWN over all links."""

    link: str
    label: str
    count: int = 0
    said: list[Dissatisfaction] = field(default_factory=list)


def dissatisfactions(store: Store, period: Period):
    return Dissatisfaction.objects.filter(store=store, response__answered_on__range=(period.first, period.last))


def by_link(store: Store, period: Period) -> list[LinkWords]:
    """Links that somebody was dissatisfied with, most first. Two queries."""
    rows = dissatisfactions(store, period)
    counts = rows.values_list("link").annotate(count=Count("pk")).order_by("-count", "link")
    found = {link: LinkWords(link, Link(link).label, count) for link, count in counts}
    people = ("response__customer", "response__vehicle", "response__advisor")
    for row in rows.select_related(*people).order_by("-response__answered_at", "-pk")[:SHOWN]:
        found[row.link].said.append(row)
    return list(found.values())


def remarks(store: Store, period: Period):
    """What else customers said, newest first. One query."""
    said = Response.objects.filter(store=store).answered_between(period.first, period.last).exclude(words="")
    return said.select_related("customer", "vehicle", "advisor").order_by("-answered_at", "-pk")[:40]
