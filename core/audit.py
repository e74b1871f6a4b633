"""Writing the audit: one row per act, inside the act's transaction."""

from datetime import timedelta

from core import clock
from core.models import AuditEvent

TODAY = timedelta(hours=14)  # as long as a session lasts: nobody has had a form open for longer


def record(verb: str, *, by, store, subject, **details) -> AuditEvent:
    """verb: 'customer.phone_revealed'. subject: a saved model instance. details: ids and field names, no personal data."""
    return AuditEvent.objects.create(
        verb=verb,
        by=by,
        store_code=store.code if store else "",
        subject=f"{subject._meta.model_name} {subject.pk}",
        details=details,
    )


def last(record) -> AuditEvent | None:
    """The last act on a row: on itself, or today on another that names it (the hand-over of a car changes the car)."""
    model, pk = record._meta.model_name, record.pk
    named = {"at__gte": clock.now() - TODAY, f"details__{model}": pk}
    events = AuditEvent.objects.select_related("by").order_by("-id")
    found = [events.filter(subject=f"{model} {pk}").first(), events.filter(**named).first()]
    return max(filter(None, found), key=lambda event: event.pk, default=None)
