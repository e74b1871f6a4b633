"""How often the same stranger may use a public page, counted in the database, so that every process counts alike.

What is kept is a keyed digest with the day in it, never the address itself; yesterday's digests fit nobody today.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from core import clock
from core.models import Allowance

BATCH = 500


@dataclass(frozen=True)
class Rule:
    """most: how often within each `span`; spans follow one another from the epoch on."""

    most: int
    span: timedelta


class Spent(Exception):
    """until: when it may be tried again."""

    def __init__(self, until: datetime):
        super().__init__("too often")
        self.until = until


def neighbourhood(address: str | None) -> str:
    """What counts as one sender: an IPv4 address; of IPv6 the network, because a phone changes the rest as it likes."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))


def take(*, place: str, sender: str, rules: Iterable[Rule]) -> None:
    """One use of `place` by `sender`. Raises Spent, and then nothing has been used. In the transaction of what is allowed by it."""
    now = clock.now()
    with transaction.atomic():
        ends = [end for rule in rules if (end := _use(place, sender, rule, now)) is not None]
        if ends:
            raise Spent(max(ends))


def _use(place: str, sender: str, rule: Rule, now: datetime) -> datetime | None:
    """None when it is allowed, else the end of the span."""
    number = int(now.timestamp() // rule.span.total_seconds())
    until = datetime.fromtimestamp((number + 1) * rule.span.total_seconds(), now.tzinfo)
    said = f"{place}|{sender}|{rule.span}|{number}"
    key = salted_hmac(f"core.allowance {now:%Y-%m-%d}", said, algorithm="sha256").hexdigest()
    Allowance.objects.bulk_create([Allowance(key=key, until=until)], ignore_conflicts=True)
    return None if Allowance.objects.filter(key=key, used__lt=rule.most).update(used=F("used") + 1) else until


def over(now: datetime):
    return Allowance.objects.filter(until__lt=now)


def forget(now: datetime) -> int:
    """A sweep step: spans that are over."""
    keys = over(now).order_by("until").values_list("key", flat=True)[:BATCH]
    return Allowance.objects.filter(key__in=list(keys)).delete()[0]
