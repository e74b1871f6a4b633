"""What happened with a customer, newest first, gathered from every floor: fixed number of queries, each limited."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from complaints.models import Complaint, Feedback
from csi.models import Dissatisfaction
from customers.models import Customer
from staff.models import Access

EACH = 30
# Of each row what is shown, and whose it is; whole rows of all that is joined would take twice as long.
CAR = ("vehicle__plate", "vehicle__vin")


@dataclass
class Entry:
    """icon: a Lucide name. kind: of the tag. words: the customer's own, quoted. url: where to read more, or ''."""

    at: datetime
    icon: str
    title: str
    detail: str = ""
    words: str = ""
    tag: str = ""
    kind: str = "quiet"
    url: str = ""


def timeline_of(customer: Customer, access: Access, limit: int = 60) -> list[Entry]:
    """Links only lead where the person may go."""
    entries = [
        *_visits(customer, access),
        *_deliveries(customer),
        *_followups(customer),
        *_dials(customer),
        *_answers(customer, access),
        *_unhappy(customer),
        *_complaints(customer, access),
        *_feedback(customer, access),
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def _person(field: str) -> tuple[str, str]:
    return f"{field}__name", f"{field}__username"


def _joined(*parts) -> str:
    return " · ".join(str(part) for part in parts if part)


def _visits(customer, access):
    rows = customer.orders.select_related("vehicle", "advisor").only(
        "customer", "number", "kind", "words", "step", "received_at", "delivered_at", *CAR, *_person("advisor")
    )
    for order in rows.order_by("-received_at")[:EACH]:
        yield Entry(
            order.delivered_at or order.received_at,
            "wrench",
            _("Visit %(number)s") % {"number": order.number},
            _joined(order.get_kind_display(), order.vehicle, order.advisor),
            order.words,
            order.get_step_display(),
            "ok" if order.step == "delivered" else "accent",
            reverse("desk:visit", args=[order.pk]) if access.can("visits.view") else "",
        )


def _deliveries(customer):
    rows = customer.deliveries.select_related("vehicle", "consultant").only("customer", "delivered_at", *CAR, *_person("consultant"))
    for delivery in rows.order_by("-delivered_at")[:EACH]:
        yield Entry(delivery.delivered_at, "key-round", _("New car handed over"), _joined(delivery.vehicle, delivery.consultant), kind="ok")


def _followups(customer):
    rows = customer.followups.select_related("assignee").only(
        "customer", "plan", "status", "due_at", "closed_at", "words", *_person("assignee")
    )
    for task in rows.order_by("-due_at")[:EACH]:
        is_open = task.status == "open"
        yield Entry(
            task.due_at if is_open else task.closed_at,
            "list-checks",
            task.get_plan_display(),
            _("due %(day)s") % {"day": customer.store.local_date(task.due_at)} if is_open else _joined(task.assignee),
            task.words,
            task.get_status_display(),
            {"open": "accent", "done": "ok"}.get(task.status, "quiet"),
        )


def _dials(customer):
    for dial in customer.attempts.select_related("by").only("customer", "at", "words", "outcome", *_person("by")).order_by("-pk")[:EACH]:
        yield Entry(dial.at, "phone", pgettext("history", "Call"), _joined(dial.by), dial.words, dial.get_outcome_display())


def _answers(customer, access):
    rows = customer.responses.select_related("advisor", "version__questionnaire").only(
        "customer",
        "answered_at",
        "is_satisfied",
        "is_unhappy",
        "words",
        *_person("advisor"),
        "version__questionnaire__name_zh",
        "version__questionnaire__name_en",
    )
    for response in rows.order_by("-answered_at")[:EACH]:
        tag, kind = "", "quiet"
        if response.is_satisfied is not None:
            tag, kind = (_("satisfied"), "ok") if response.is_satisfied else (_("not satisfied"), "quiet")
        elif response.is_unhappy:
            tag = _("not satisfied")
        yield Entry(
            response.answered_at,
            "frown" if response.is_unhappy else "smile",
            _("Answered: %(of)s") % {"of": response.version.questionnaire},
            _joined(response.advisor),
            response.words,
            tag,
            kind,
            reverse("reports:response", args=[response.pk]) if access.can("reports.view") else "",
        )


def _unhappy(customer):
    rows = Dissatisfaction.objects.filter(response__customer=customer).select_related("response", "handled_by")
    rows = rows.only("link", "measure", "handled_at", "words", "response__answered_at", *_person("handled_by"))
    for row in rows.order_by("-pk")[:EACH]:
        detail = _joined(row.get_link_display(), row.measure, row.handled_by)
        tag, kind = (_("handled"), "ok") if row.handled_at else (_("not handled yet"), "accent")
        yield Entry(row.response.answered_at, "frown", _("Unhappy with"), detail, row.words, tag, kind)


def _complaints(customer, access):
    """Those that this person may see: nobody reads here about themselves."""
    if not access.can("complaints.view"):
        return
    rows = (
        Complaint.objects.visible_to(access)
        .filter(customer=customer)
        .select_related("vehicle", "handler")
        .only("number", "channel", "link", "status", "closing", "words", "received_at", *CAR, *_person("handler"))
    )
    for row in rows.order_by("-pk")[:EACH]:
        yield Entry(
            row.received_at,
            "message-square-warning",
            _("Complaint %(number)s") % {"number": row.number},
            _joined(row.get_channel_display(), row.get_link_display(), row.vehicle, row.handler),
            row.words,
            row.get_closing_display() if row.closing else row.get_status_display(),
            "ok" if row.closing == "satisfied" else "quiet" if row.closing else "accent",
            reverse("complaints:complaint", args=[row.pk]),
        )


def _feedback(customer, access):
    if not access.can("complaints.view"):
        return
    rows = Feedback.objects.visible_to(access).filter(customer=customer).select_related("person")
    for row in rows.only("number", "kind", "channel", "status", "words", "received_at", *_person("person")).order_by("-pk")[:EACH]:
        yield Entry(
            row.received_at,
            "lightbulb",
            f"{row.get_kind_display()} {row.number}",
            _joined(row.get_channel_display(), row.person),
            row.words,
            row.get_status_display(),
            "ok" if row.status == "closed" else "accent",
            reverse("complaints:suggestion", args=[row.pk]),
        )
