"""Writing the audit: one row per act, inside the act's transaction."""

from core.models import AuditEvent


def record(verb: str, *, by, store, subject, **details) -> AuditEvent:
    """verb: 'customer.phone_revealed'. subject: a saved model instance. details: ids and field names, no personal data."""
    return AuditEvent.objects.create(
        verb=verb,
        by=by,
        store_code=store.code if store else "",
        subject=f"{subject._meta.model_name} {subject.pk}",
        details=details,
    )
