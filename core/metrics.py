"""/metrics in Prometheus's text form: a few figures that say whether promises are being kept. Each is one indexed look into the database;
floors add theirs in AppConfig.ready(). Figures about requests are the proxy's: each web process would know only its own."""

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
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
    pending, dead = OutboxMessage.Status.PENDING, OutboxMessage.Status.DEAD
    messages = OutboxMessage.objects.filter(channel=OutboxMessage.Channel.IN_APP)
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
    yield Gauge(
        "outbox_messages", "Messages to the staff that are not delivered: waiting, and given up.",
        {'state="pending"': messages.filter(status=pending).count(), 'state="dead"': messages.filter(status=dead).count()},
    )  # fmt: skip


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
