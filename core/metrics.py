"""/metrics in Prometheus's text form: a few figures that say whether promises are being kept. Each is one indexed look into the database;
floors add theirs in AppConfig.ready(). Figures about requests are the proxy's: each web process would know only its own."""

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from django.utils.crypto import constant_time_compare

from core import sweep
from core.models import OutboxMessage

PREFIX = "dealercrm_"


@dataclass(frozen=True)
class Gauge:
    """values: labels -> number, such as {'state="dead"': 3}, or {"": 3} without a label."""

    name: str
    help: str
    values: dict[str, float]


_sources: list[Callable[[datetime], Iterable[Gauge]]] = []


def register(source: Callable[[datetime], Iterable[Gauge]]) -> None:
    if source not in _sources:
        _sources.append(source)


def text(now: datetime) -> str:
    lines = []
    for source in (_own, *_sources):
        for gauge in source(now):
            name = PREFIX + gauge.name
            lines += [f"# HELP {name} {gauge.help}", f"# TYPE {name} gauge"]
            lines += [f"{name}{{{labels}}} {number}" if labels else f"{name} {number}" for labels, number in gauge.values.items()]
    return "\n".join(lines) + "\n"


def _own(now: datetime) -> Iterable[Gauge]:
    finished, oldest = sweep.finished_at(), sweep.oldest_due(now)
    yield Gauge("info", "The version that runs.", {f'version="{settings.VERSION}"': 1})
    yield Gauge(
        "sweep_finished_timestamp_seconds",
        "When a sweep last came to its end; 0 before the first.",
        {"": finished.timestamp() if finished else 0},
    )
    yield Gauge(
        "due_oldest_age_seconds", "For how long the oldest row has waited for the sweep.",
        {"": max(0.0, (now - oldest).total_seconds()) if oldest else 0},
    )  # fmt: skip
    yield Gauge("outbox_messages", "Messages that are not delivered, by channel: waiting, and given up.", _undelivered())


def _undelivered() -> dict[str, int]:
    """Letters wait for a person, not for us; what somebody has put away is nobody's worry."""
    rows = OutboxMessage.objects.exclude(channel=OutboxMessage.Channel.LETTER)
    states = [OutboxMessage.Status.PENDING.value, OutboxMessage.Status.DEAD.value]
    counts = rows.filter(Q(status=states[0]) | Q(status=states[1], read_at=None)).values_list("channel", "status").annotate(n=Count("pk"))
    found = {(channel, status): n for channel, status, n in counts}
    channels = [channel.value for channel in OutboxMessage.Channel if channel != OutboxMessage.Channel.LETTER]
    return {f'channel="{channel}",state="{state}"': found.get((channel, state), 0) for channel in channels for state in states}


def may_read(request) -> bool:
    """With METRICS_TOKEN whoever brings it. Without it only a program on this machine, and nobody where a proxy stands before the
    application: then every request comes from this machine."""
    if settings.METRICS_TOKEN:
        return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
    through_a_proxy = settings.HTTPS or any(name in request.headers for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"))
    try:
        return not through_a_proxy and ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
