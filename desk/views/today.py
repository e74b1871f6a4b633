"""Today's work for the signed-in person: each block is a small function, shown to whoever has its ability."""

from datetime import datetime, time, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.shortcuts import render
from django.views.decorators.http import require_safe

from complaints import board, feedback_list
from core import clock
from core.models import OutboxMessage
from csi.models import Dissatisfaction, Response
from csi.statistics import Rate
from customers.models import Customer, Vehicle
from followups import queue
from followups.models import Attempt, Audience, CallSheet, FollowUp
from followups.outcomes import TABLE, Effect
from followups.planning import Plan
from followups.views.queue import line_of
from lounge import roster
from lounge.lines import in_lounge
from reports import plans
from reports.actions_sheets import unsigned
from reports.figures import KNOWN
from reports.manual import DEPARTMENTS, Tile
from reports.periods import WEEK, containing
from reports.targets import ADVISING, load
from reports.templatetags.figures import target_text
from staff.access import requires
from staff.models import Access
from visits.models import Appointment, NewCarDelivery, ServiceOrder

ROWS = 12
NEXT_UP = 8
COMPLAINTS = 8
FEEDBACK = 5
PLANS = 6
DAYS_OF_SCORES = 30
DAYS_OF_SALES = 30
DAYS_OF_UNHAPPY = 7
# Somebody who was the customer spoke.
REACHED = [outcome for outcome, effect in TABLE.items() if effect in (Effect.DONE, Effect.REFUSED, Effect.NEVER, Effect.AGREED)]


@requires("work")
@require_safe
def today(request):
    access, now = request.access, clock.now()
    own = access.can("reports.own")
    blocks = {
        "n_undelivered": OutboxMessage.objects.undelivered(access.store).count() if access.can("messages.resend") else 0,
        "complaints": board.of_person(access, COMPLAINTS) if access.can("complaints.view") else None,
        "feedback": feedback_list.first(access, FEEDBACK) if access.can("feedback.act") else None,
        "calls": calls(access, now) if access.can("queue.call") else None,
        "lines": next_up(request, now) if access.can("queue.call") else None,
        "my_day": my_day(access) if access.can("queue.call") else None,
        "sheets": sheets_to_sign(access),
        "plans": plans.first(access, now, PLANS) if access.can("plans.view") else None,
        "recoveries": recoveries(access) if access.can("recovery.call") else None,
        "cars": cars_here(access, own, now) if access.can("visits.edit") else None,
        "appointments": appointments(access, own, now) if access.can("visits.edit") else None,
        "files": files(access) if own and access.can("archive.edit") and not access.can("queue.call") else None,
        "scores": scores(access) if own and access.can("recovery.call") else None,
        "my_duty": roster.next_of(access.store, access.user, access.store.today()) if access.can("lounge.own") else None,
        "sales": sales(access, own) if access.can("deliveries.edit") else None,
        "late_by_plan": late_by_plan(access, now) if access.can("reports.view") else None,
        "unhappy": unhappy(access) if access.can("reports.view") else None,
        "month": month(access) if access.can("reports.view") else None,
        "targets": targets_of(access) if access.can("reports.view") or own and access.can("recovery.call") else {},
    }
    return render(request, "desk/today.html", {**blocks, "now": now, "today": access.store.today(), "is_own": own})


def calls(access: Access, now) -> dict[str, int]:
    """How many customers stand in each tab of the queue that this person may work."""
    return queue.counts(queue.callable_by(queue.callers_sheets(access.store), access.user), access.store, now)


def sheets_to_sign(access: Access) -> list[Tile]:
    """Last week's sheets of the departments that wait for this person's signature."""
    week = containing(access.store.today(), WEEK).previous
    return [Tile(DEPARTMENTS[department], week) for department in unsigned(access)]


def next_up(request, now) -> list[dict]:
    """The first lines of the queue, as the queue shows them."""
    sheets = queue.callable_by(queue.callers_sheets(request.store), request.user).ready(now)
    return [line_of(sheet, request, now) for sheet in queue.page(sheets, size=NEXT_UP)[0]]


def my_day(access: Access) -> dict:
    day = access.store.today()
    dials = Attempt.objects.filter(store=access.store, by=access.user, on=day)
    counts = dials.aggregate(dialled=Count("pk"), reached=Count("pk", Q(outcome__in=REACHED)))
    answers = Response.objects.visible_to(access).filter(surveyor=access.user, answered_on=day)
    return {**counts, "satisfied": _satisfaction(answers)}


def _satisfaction(responses) -> Rate:
    counts = responses.filter(is_satisfied__isnull=False).aggregate(satisfied=Count("pk", Q(is_satisfied=True)), answered=Count("pk"))
    return Rate(counts["satisfied"], counts["answered"])


def recoveries(access: Access) -> list[CallSheet]:
    """Unhappy customers whom this person is to call within the hour."""
    mine = CallSheet.objects.visible_to(access).filter(audience=Audience.ADVISOR, assignee=access.user)
    return list(mine.with_open_followups().in_order().select_related("customer")[:ROWS])


def cars_here(access: Access, own: bool, now) -> list[ServiceOrder]:
    """Cars in the workshop, those promised soonest first; an advisor sees their own."""
    orders = ServiceOrder.objects.visible_to(access).here().select_related("vehicle", "customer", "advisor")
    orders = orders.annotate(in_lounge=in_lounge(access.store, now))
    if own:
        orders = orders.filter(advisor=access.user)
    return list(orders.order_by(F("promised_at").asc(nulls_last=True), "received_at")[:ROWS])


def appointments(access: Access, own: bool, now) -> list[Appointment]:
    """Today's, those without an advisor included."""
    end = queue.end_of_day(access.store, now)
    rows = Appointment.objects.visible_to(access).filter(at__gte=end - timedelta(days=1), at__lt=end, status=Appointment.Status.BOOKED)
    if own:
        rows = rows.filter(Q(advisor=access.user) | Q(advisor=None))
    return list(rows.select_related("customer", "vehicle", "advisor").order_by("at")[:ROWS])


def files(access: Access) -> Rate:
    """Of the cars' files that this person opened this month: those that lack nothing, the owner's part included (S3 4.2)."""
    start = datetime.combine(access.store.today().replace(day=1), time(), access.store.tz)
    mine = Vehicle.objects.visible_to(access).filter(opened_by=access.user, opened_at__gte=start)
    owners = Customer.objects.visible_to(access).complete().filter(ownerships__until=None, ownerships__vehicle=OuterRef("pk"))
    return Rate(mine.complete().filter(Exists(owners)).count(), mine.count())


def scores(access: Access) -> Rate:
    """Satisfied of those who answered about this person's work in the last 30 days."""
    since = access.store.today() - timedelta(days=DAYS_OF_SCORES - 1)
    mine = Response.objects.visible_to(access).filter(advisor=access.user, answered_on__gte=since)
    return _satisfaction(mine.of_callbacks())


def sales(access: Access, own: bool) -> list[NewCarDelivery]:
    """New cars handed over in the last 30 days, with what became of their follow-ups."""
    since = access.store.today() - timedelta(days=DAYS_OF_SALES - 1)
    rows = NewCarDelivery.objects.visible_to(access).filter(delivered_on__gte=since).select_related("vehicle", "customer", "consultant")
    if own:
        rows = rows.filter(consultant=access.user)
    return list(rows.order_by("-delivered_at", "-pk").prefetch_related("followups")[:ROWS])


def late_by_plan(access: Access, now) -> list[dict]:
    rows = FollowUp.objects.visible_to(access).open().filter(due_at__lt=now).values("plan").annotate(n=Count("pk")).order_by("-n", "plan")
    return [{"plan": row["plan"], "label": Plan(row["plan"]).label, "n": row["n"]} for row in rows]


def unhappy(access: Access) -> list[Response]:
    """Unhappy answers of seven days that nobody has handled yet."""
    since = access.store.today() - timedelta(days=DAYS_OF_UNHAPPY - 1)
    noted = Dissatisfaction.objects.filter(response=OuterRef("pk"))
    rows = Response.objects.visible_to(access).filter(is_unhappy=True, answered_on__gte=since)
    rows = rows.filter(Exists(noted.filter(handled_at=None)) | ~Exists(noted))
    return list(rows.select_related("customer", "vehicle", "advisor").order_by("answered_at")[:ROWS])


def targets_of(access: Access) -> dict[str, str]:
    """What the satisfaction shown here is to be this quarter: one's own, or the store's."""
    period = containing(access.store.today())
    targets = load(access.store, [period], roles={access.user.pk: access.roles})
    who = access.user.pk if access.can("reports.own") else None
    codes = ("satisfaction_rate", "satisfaction_rate_sales")
    found = {code: target_text(KNOWN[code], targets.of(KNOWN[code], period, person=who, among=ADVISING)) for code in codes}
    return {**found, "own": found[codes["sales" in access.roles and "advisor" not in access.roles]]}


def month(access: Access) -> dict:
    """The store's month so far."""
    last = access.store.today()
    first = last.replace(day=1)
    answers = Response.objects.visible_to(access).of_callbacks().answered_between(first, last)
    orders = ServiceOrder.objects.visible_to(access)
    return {
        "first": first,
        "service": _satisfaction(answers.filter(audience="service")),
        "sales": _satisfaction(answers.filter(audience="sales")),
        "delivered": orders.delivered_between(first, last).count(),
        "here": orders.here().count(),
        "new_cars": NewCarDelivery.objects.visible_to(access).filter(delivered_on__range=(first, last)).count(),
    }
