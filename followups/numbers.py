"""Numbers that were changed shortly before a survey (S0: advisors who enter a friend's number). Nothing is kept for it: the audit of the
archive knows who added a number, or put one first, and when."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.models import AuditEvent
from csi.models import Response
from customers.models import Customer, Phone

BEFORE = timedelta(days=7)  # ◆ before the hand-over, and from then until the survey
LONGEST = timedelta(days=40)  # from a change of the number to the interview, seven days and the longest that a call is tried for
OPENING = timedelta(minutes=5)  # what is entered with a new file is no change
VERBS = ("phone.added", "phone.put_first")


@dataclass(frozen=True)
class Change:
    """by: a user, None for the machine. is_rated: it was whoever the survey is about."""

    at: datetime
    by: object
    phone_id: int
    is_rated: bool = False


def is_shortly_before(changed_at: datetime, *, handed_over_at: datetime, asked_at: datetime, file_opened_at: datetime) -> bool:
    """Pure."""
    return handed_over_at - BEFORE <= changed_at <= asked_at and changed_at > file_opened_at + OPENING


def changes(customers: Iterable[int], since: datetime, until: datetime) -> dict[int, list[AuditEvent]]:
    """customer id -> the changes of their numbers in that time, oldest first. Two queries."""
    phones = dict(Phone.objects.filter(customer__in=set(customers)).order_by().values_list("pk", "customer"))
    found: dict[int, list[AuditEvent]] = defaultdict(list)
    if phones:
        subjects = [f"phone {pk}" for pk in phones]
        events = (
            AuditEvent.objects.filter(subject__in=subjects, verb__in=VERBS, at__range=(since, until)).select_related("by").order_by("pk")
        )
        for event in events:
            found[phones[int(event.subject.removeprefix("phone "))]].append(event)
    return found


def before_survey(customer: Customer, *, handed_over_at: datetime, asked_at: datetime, rated=None) -> list[Change]:
    """Of one customer, for the page of a call or of an answer. Two queries."""
    events = changes([customer.pk], handed_over_at - BEFORE, asked_at)[customer.pk]
    return _among(events, customer, handed_over_at=handed_over_at, asked_at=asked_at, rated_id=getattr(rated, "pk", None))


def _among(events: list[AuditEvent], customer: Customer, *, handed_over_at: datetime, asked_at: datetime, rated_id: int | None):
    return [
        Change(event.at, event.by, int(event.subject.removeprefix("phone ")), event.by_id is not None and event.by_id == rated_id)
        for event in events
        if is_shortly_before(event.at, handed_over_at=handed_over_at, asked_at=asked_at, file_opened_at=customer.opened_at)
    ]


def interviews(store, first, last) -> list[tuple[Response, list[Change]]]:
    """The interviews of those local days (both included) by phone whose customer's number was changed shortly before; the newest first. Three
    queries, for as many changes of numbers as there were."""
    rows = Response.objects.filter(store=store, channel=Response.Channel.CALL, answered_on__range=(first, last))
    related = ("customer", "vehicle", "order", "delivery", "advisor", "surveyor")
    changed = AuditEvent.objects.filter(store_code=store.code, verb__in=VERBS)
    # From the changes to the customers: they are few, interviews are many.
    begin = datetime.combine(first, datetime.min.time(), tzinfo=store.tz) - LONGEST
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), tzinfo=store.tz)
    customers = {
        event["customer"] for event in changed.filter(at__range=(begin, end)).values_list("details", flat=True) if "customer" in event
    }
    found = list(rows.filter(customer__in=customers).select_related(*related).order_by("-answered_at", "-pk"))
    events = changes({response.customer_id for response in found}, begin, end)
    flagged = []
    for response in found:
        visit = response.order or response.delivery
        if visit is None or visit.delivered_at is None:
            continue
        mine = _among(
            events[response.customer_id], response.customer, handed_over_at=visit.delivered_at, asked_at=response.answered_at, rated_id=response.advisor_id
        )  # fmt: skip
        if mine:
            flagged.append((response, mine))
    return flagged
