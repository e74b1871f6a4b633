"""Who is told what about a complaint: in-app messages that carry the surname and the end of the plate, nothing else personal."""

from collections.abc import Iterable

from complaints.models import Clock, Complaint
from core import outbox
from customers.identifiers import plate_tail


def about(complaint: Complaint) -> dict[str, str]:
    """What the message may say: number, surname with form of address, last three characters of the plate."""
    who = complaint.customer.addressed if complaint.customer_id else complaint.complainant[:1]
    return {"number": complaint.number, "who": who, "plate": plate_tail(complaint.vehicle.plate) if complaint.vehicle_id else ""}


def tell(complaint: Complaint, users: Iterable, *, occasion: str, stage: str, topic: str, **params) -> None:
    """One message to each, once per occasion and stage."""
    for user in dict.fromkeys(user for user in users if user is not None):
        outbox.notify(
            store=complaint.store,
            user=user,
            occasion=occasion,
            stage=stage,
            topic=topic,
            path=f"/complaints/{complaint.pk}/",
            **about(complaint),
            **params,
        )


def tell_of_clock(clock: Clock, users: Iterable, *, stage: str, topic: str) -> None:
    due = f"{clock.due_at.astimezone(clock.complaint.store.tz):%m-%d %H:%M}"
    tell(clock.complaint, users, occasion=f"complaint clock {clock.pk}", stage=stage, topic=topic, clock=clock.kind, due=due)
