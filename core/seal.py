"""The audit's hash chain: laid after the fact by the sweep, so that writers never wait for one another."""

import hashlib
import json
from datetime import timedelta

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from core.models import AuditEvent, AuditSeal

BATCH = 1000


def _digest(previous: str, events) -> str:
    chain = hashlib.sha256(previous.encode())
    for event in events:
        row = [event.pk, event.at.isoformat(), event.store_code, event.by_id, event.verb, event.subject, event.details]
        chain.update(json.dumps(row, sort_keys=True, ensure_ascii=False).encode())
    return chain.hexdigest()


RIPE = timedelta(minutes=1)  # a slower transaction may still bring a lower id


def unsealed(now):
    """Rows that are to be sealed, and newer ones."""
    last = AuditSeal.objects.order_by("-upto").values("upto")[:1]
    return AuditEvent.objects.filter(pk__gt=Coalesce(Subquery(last), 0), at__lte=now - RIPE)


def seal_new(now) -> int:
    """Seals the next rows, older than a minute; returns how many."""
    last = AuditSeal.objects.order_by("-upto").first()
    rows = AuditEvent.objects.filter(pk__gt=last.upto if last else 0).order_by("pk")[:BATCH]
    ripe = []
    for event in rows:
        if now - event.at < RIPE:
            break
        ripe.append(event)
    if not ripe:
        return 0
    AuditSeal.objects.create(upto=ripe[-1].pk, digest=_digest(last.digest if last else "", ripe))
    return len(ripe)


def broken_at() -> int | None:
    """The first seal that its rows no longer give, as its `upto`; None when the whole chain holds."""
    start, previous = 0, ""
    for seal in AuditSeal.objects.order_by("upto").iterator():
        events = AuditEvent.objects.filter(pk__gt=start, pk__lte=seal.upto).order_by("pk").iterator()
        if _digest(previous, events) != seal.digest:
            return seal.upto
        start, previous = seal.upto, seal.digest
    return None
