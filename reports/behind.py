"""The rows behind a figure as lines that a person reads, whatever kind of record they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from complaints.models import Clock
from csi.models import Answer, Question, Response, Scale
from customers.models import Customer, Ownership, Vehicle
from followups.models import Attempt, FollowUp
from reports.figure import Figure
from visits.models import NewCarDelivery, ServiceOrder

LEVELS = {
    5: gettext_lazy("very satisfied"),
    4: gettext_lazy("satisfied"),
    3: gettext_lazy("so-so"),
    2: gettext_lazy("dissatisfied"),
    1: gettext_lazy("very dissatisfied"),
}


THREE = {3: LEVELS[4], 2: LEVELS[3], 1: LEVELS[2]}
YES_NO = {1: pgettext_lazy("answer", "yes"), 0: pgettext_lazy("answer", "no")}
# A response's level needs its overall question's scale.
WITH_OVERALL = Prefetch("version__questions", Question.objects.filter(is_overall=True), to_attr="overalls")


def in_words(scale: str, score: int | None) -> str:
    """An answer as a person reads it; '' where there is none."""
    if score is None:
        return ""
    if scale == Scale.TEN:
        return f"{score}/10"
    words = {Scale.FIVE: LEVELS, Scale.THREE: THREE, Scale.YES_NO: YES_NO}.get(Scale(scale), {}).get(score)
    return str(words or (_("%(n)s of 10") % {"n": score}))


def level_of(response: Response) -> str:
    """What the overall question was answered, '' without an answer. The response was fetched with `version` and WITH_OVERALL."""
    return in_words(response.version.overalls[0].scale, response.overall) if response.version.overalls else ""


@dataclass(frozen=True)
class Line:
    """when: the date or time that put the row into the period. what: in words. url: where the row itself is shown."""

    pk: int
    when: date | datetime | None
    what: str
    customer: Customer | None
    vehicle: Vehicle | None
    who: object
    url: str
    fen: int | None = None
    minutes: float | None = None
    is_bad: bool = False


def address(name: str, pk: int) -> str:
    """'' while that page does not exist."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def _order(order: ServiceOrder, figure: Figure, access) -> Line:
    begin, end = (getattr(order, name) for name in figure.between) if figure.between else (None, None)
    return Line(
        order.pk,
        order.received_on if figure.records == "received" else order.delivered_on,
        f"{order.number} · {order.get_kind_display()}",
        order.customer,
        order.vehicle,
        order.advisor,
        address("desk:visit", order.pk) if access.can("visits.view") else "",
        fen=order.total_fen,
        minutes=(end - begin).total_seconds() / 60 if begin and end else None,
    )


def _vehicle(vehicle: Vehicle, figure: Figure, access) -> Line:
    owner = vehicle.open_ownerships[0].customer if vehicle.open_ownerships else None
    url = address("desk:vehicle", vehicle.pk) if access.can("archive.view") else ""
    last = vehicle.last_orders[0] if vehicle.last_orders else None
    return Line(vehicle.pk, last.delivered_on if last else None, vehicle.model, owner, vehicle, last.advisor if last else None, url)


def _followup(followup: FollowUp, figure: Figure, access) -> Line:
    dialled = _("%(n)s dials") % {"n": followup.dials} if followup.dials else _("never dialled")
    about = followup.order or followup.delivery
    who = getattr(about, "advisor", None) or getattr(about, "consultant", None)
    url = address("desk:customer", followup.customer_id) if access.can("archive.view") else ""
    what = f"{followup.get_plan_display()} · {followup.get_status_display()} · {dialled}"
    return Line(followup.pk, followup.due_at, what, followup.customer, followup.vehicle, who, url)


def _response(response: Response, figure: Figure, access, pk: int | None = None, what: str = "") -> Line:
    url = reverse("reports:response", args=[response.pk]) if access.can("reports.view") else ""
    what = what or level_of(response)
    bad = response.is_unhappy
    return Line(pk or response.pk, response.answered_at, what, response.customer, response.vehicle, response.advisor, url, is_bad=bad)


def _answer(answer: Answer, figure: Figure, access) -> Line:
    return _response(answer.response, figure, access, answer.pk, in_words(answer.question.scale, answer.score))


def _attempt(attempt: Attempt, figure: Figure, access) -> Line:
    url = address("desk:customer", attempt.customer_id) if access.can("archive.view") else ""
    return Line(attempt.pk, attempt.at, attempt.get_outcome_display(), attempt.customer, None, attempt.by, url)


def _delivery(delivery: NewCarDelivery, figure: Figure, access) -> Line:
    url = address("desk:delivery", delivery.pk) if access.can("deliveries.view") else ""
    return Line(delivery.pk, delivery.delivered_on, _("New car handed over"), delivery.customer, delivery.vehicle, delivery.consultant, url)


def _clock(clock: Clock, figure: Figure, access) -> Line:
    complaint = clock.complaint
    if complaint.against_id == access.user.pk:  # counted, but nobody reads a complaint about themselves (当事人回避)
        return Line(clock.pk, clock.due_at, str(clock.get_kind_display()), None, None, clock.owner, "", is_bad=not clock.is_kept)
    url = address("complaints:complaint", complaint.pk) if access.can("complaints.view") else ""
    what = f"{complaint.number} · {clock.get_kind_display()}"
    return Line(clock.pk, clock.due_at, what, complaint.customer, complaint.vehicle, clock.owner, url, is_bad=not clock.is_kept)


def _prefetched(rows, model, upto: date):
    if model is Response:
        rows = rows.prefetch_related(WITH_OVERALL)
    if model is not Vehicle:
        return rows.select_related(*RELATED[model])
    owners = Ownership.objects.filter(until=None).select_related("customer")
    orders = ServiceOrder.objects.delivered().filter(delivered_on__lte=upto).select_related("advisor").order_by("-delivered_at")
    return rows.prefetch_related(
        Prefetch("ownerships", owners, to_attr="open_ownerships"), Prefetch("orders", orders, to_attr="last_orders")
    )


RELATED = {
    ServiceOrder: ["customer", "vehicle", "advisor"],
    FollowUp: ["customer", "vehicle", "order__advisor", "delivery__consultant"],
    Response: ["customer", "vehicle", "advisor", "version"],
    Answer: ["question", "response__customer", "response__vehicle", "response__advisor"],
    Attempt: ["customer", "by"],
    NewCarDelivery: ["customer", "vehicle", "consultant"],
    Clock: ["complaint__customer", "complaint__vehicle", "owner"],
}
DESCRIBE = {
    ServiceOrder: _order, Vehicle: _vehicle, FollowUp: _followup, Response: _response, Answer: _answer, Attempt: _attempt,
    NewCarDelivery: _delivery, Clock: _clock,
}  # fmt: skip


def described(rows, figure: Figure, access, upto: date) -> Iterator[Line]:
    """One to three queries, whatever the number of rows. upto: a vehicle shows its last order up to that day."""
    model = rows.model
    return (DESCRIBE[model](row, figure, access) for row in _prefetched(rows, model, upto))
