"""Who is told what about a complaint: in-app messages that carry the surname and the end of the plate, nothing else personal."""

from collections.abc import Iterable

from complaints.models import Clock, Complaint, Feedback, FeedbackClock
from core import outbox
from core.models import OutboxMessage
from customers.identifiers import plate_tail


def about(complaint: Complaint) -> dict[str, str]:
    """What the message may say: number, surname with form of address, last three characters of the plate."""
    who = complaint.customer.addressed if complaint.customer_id else complaint.complainant[:1]
    return {"number": complaint.number, "who": who, "plate": plate_tail(complaint.vehicle.plate) if complaint.vehicle_id else ""}


def tell(complaint: Complaint, users: Iterable, *, occasion: str, stage: str, topic: str, **params) -> None:
    """One message to each, once per occasion and stage."""
    outbox.owe(messages(complaint, users, occasion=occasion, stage=stage, topic=topic, **params))


def messages(complaint: Complaint, users: Iterable, *, occasion: str, stage: str, topic: str, **params) -> list[OutboxMessage]:
    """What is to be told; nothing is owed yet."""
    facts = {"store": complaint.store, "path": f"/complaints/{complaint.pk}/", **about(complaint), **params}
    told = dict.fromkeys(user for user in users if user is not None)
    return [outbox.message(user=user, occasion=occasion, stage=stage, topic=topic, **facts) for user in told]


def tell_of_clock(clock: Clock, users: Iterable, *, stage: str, topic: str) -> None:
    outbox.owe(messages_of_clock(clock, users, stage=stage, topic=topic))


def messages_of_clock(clock: Clock, users: Iterable, *, stage: str, topic: str) -> list[OutboxMessage]:
    due = f"{clock.due_at.astimezone(clock.complaint.store.tz):%m-%d %H:%M}"
    return messages(clock.complaint, users, occasion=f"complaint clock {clock.pk}", stage=stage, topic=topic, clock=clock.kind, due=due)


def feedback_messages(about: Feedback | FeedbackClock, users: Iterable, *, stage: str, topic: str) -> list[OutboxMessage]:
    """What is to be told about a suggestion or praise, or about its limit; nothing is owed yet. Number and time only."""
    row, params = about, {}
    occasion = f"{about._meta.model_name} {about.pk}"
    if isinstance(about, FeedbackClock):
        row = about.feedback
        params = {"due": f"{about.due_at.astimezone(row.store.tz):%m-%d %H:%M}", "act": about.act}
    facts = {"store": row.store, "path": f"/suggestions/{row.pk}/", "number": row.number, **params}
    told = dict.fromkeys(user for user in users if user is not None)
    return [outbox.message(user=user, occasion=occasion, stage=stage, topic=topic, **facts) for user in told]
