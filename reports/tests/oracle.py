"""The key figures once more, slowly and naively, from whole tables in Python: what reports.compute must agree with."""

from datetime import date, timedelta
from statistics import median

from complaints.models import Clock, Complaint
from csi.models import Answer, Response
from customers.models import Vehicle
from followups.models import FollowUp
from reports.models import OutsideNumbers
from reports.periods import add_months
from visits.models import NewCarDelivery, ServiceOrder


def months_back(day: date, months: int) -> date:
    """The day after which `months` months end on `day`, walked day by day: 2026-10-31, 12 -> 2025-11-01."""
    after = day + timedelta(days=1)
    month, year = after.month - months, after.year
    while month < 1:
        month, year = month + 12, year - 1
    wanted = after.day
    while True:
        try:
            return date(year, month, wanted)
        except ValueError:
            wanted -= 1


def share(rows, keep) -> tuple[int, int]:
    rows = list(rows)
    return sum(1 for row in rows if keep(row)), len(rows)


def recompute(store, period) -> dict[str, object]:
    """code -> (numerator, denominator), or for medians, counts and money the value itself."""
    inside = lambda day: day is not None and period.first <= day <= period.last  # noqa: E731
    orders = [o for o in ServiceOrder.objects.all() if o.store_id == store.pk]
    responses = [r for r in Response.objects.select_related("version__questionnaire") if r.store_id == store.pk]
    in_calls = [r for r in responses if r.version.questionnaire.code == f"{r.audience}-callback"]
    handed_over = [o for o in orders if o.step == "delivered"]
    now = [o for o in handed_over if inside(o.delivered_on)]
    cars = {o.vehicle_id for o in now}
    tasks = [
        f for f in FollowUp.objects.select_related("vehicle") if f.store_id == store.pk and inside(f.due_on) and f.status != "cancelled"
    ]
    answered = [r for r in responses if inside(r.answered_on) and r.overall is not None]
    nps = [
        a.score for a in Answer.objects.select_related("question", "response")
        if a.question.scale == "nps" and a.score is not None and a.response.store_id == store.pk and inside(a.response.answered_on)
    ]  # fmt: skip
    happy_orders = {r.order_id for r in in_calls if r.audience == "service" and r.is_very_satisfied}
    year = [o for o in handed_over if months_back(period.last, 12) <= o.delivered_on <= period.last]
    per_car: dict[int, int] = {}
    for order in year:
        per_car[order.vehicle_id] = per_car.get(order.vehicle_id, 0) + 1
    before = {o.vehicle_id for o in handed_over if months_back(period.first - timedelta(days=1), 6) <= o.delivered_on < period.first}
    lately = {o.vehicle_id for o in handed_over if months_back(period.last, 6) <= o.delivered_on <= period.last}
    known = {o.vehicle_id for o in orders if o.received_on <= period.last}
    known |= {d.vehicle_id for d in NewCarDelivery.objects.all() if d.delivered_on <= period.last}
    active = [
        v for v in Vehicle.objects.all()
        if v.store_id == store.pk and v.status == "active" and (v.pk in known or store.local_date(v.opened_at) <= period.last)
    ]  # fmt: skip

    def minutes(begin, end):
        found = [(getattr(o, end) - getattr(o, begin)).total_seconds() / 60 for o in now if getattr(o, begin) and getattr(o, end)]
        return median(found) if found else None

    def per_order(rows):
        rows = list(rows)
        return round(sum(o.total_fen for o in rows) / len(rows)) / 100 if rows else None

    complaints = [c for c in Complaint.objects.all() if c.store_id == store.pk]
    bought = [d for d in NewCarDelivery.objects.select_related("vehicle") if d.store_id == store.pk]
    outside = next(
        (o for o in OutsideNumbers.objects.all() if o.store_id == store.pk and o.month == period.first and period.kind == "month"), None
    )
    days_passed = sum(period.first + timedelta(days=n) <= min(period.last, store.today()) for n in range(31))
    sold = [d for d in NewCarDelivery.objects.all() if d.store_id == store.pk and inside(d.delivered_on)]
    clocks = [
        c for c in Clock.objects.all() if c.store_id == store.pk and inside(store.local_date(c.due_at)) and (c.met_at or c.breached_at)
    ]
    kept = lambda c: c.met_at is not None and c.met_at <= c.due_at  # noqa: E731
    satisfied = lambda r: r.is_satisfied  # noqa: E731
    return {
        "callback_rate": share(tasks, lambda f: f.dials > 0),
        "warranty_callback_rate": share(
            (f for f in tasks if f.vehicle and f.vehicle.warranty_until and f.vehicle.warranty_until >= f.due_on), lambda f: f.dials > 0
        ),
        "contact_rate": share(tasks, lambda f: f.status == "done"),
        "timely_rate": share(tasks, lambda f: f.first_dialled_at is not None and f.first_dialled_at <= f.due_at),
        "satisfaction_rate": share((r for r in answered if r.audience == "service" and r in in_calls), satisfied),
        "satisfaction_rate_sales": share((r for r in answered if r.audience == "sales" and r in in_calls), satisfied),
        "csat": share(answered, satisfied),
        "delight_rate": share(cars, lambda car: any(o.vehicle_id == car and o.pk in happy_orders for o in now)),
        "return_rate": share(cars, lambda car: any(o.vehicle_id == car and o.delivered_on < period.first for o in handed_over)),
        "base_customers": sum(v.pk in per_car for v in active),
        "first_maintenance_rate": share(
            (d for d in bought if inside(add_months(d.delivered_on, min(d.vehicle.maintenance_months or 6, 24)))),
            lambda d: any(
                o.vehicle_id == d.vehicle_id
                and o.kind in ("maintenance", "first_maintenance")
                and d.delivered_on <= o.delivered_on <= period.last
                for o in handed_over
            ),
        ),
        "market_share": (len(cars), outside.local_vehicles) if outside else (0, 0),
        "service_profit_share": outside.profit_share / 10_000 if outside else None,
        "cars_received_a_day": received / days_passed
        if days_passed and (received := sum(inside(o.received_on) and o.step != "cancelled" for o in orders))
        else None,
        "repurchase_rate": share(per_car, lambda car: per_car[car] >= 2),
        "workshop_return_rate": share(active, lambda v: v.pk in per_car),
        "churn_rate": share(before, lambda car: car not in lately),
        "rework_rate": share(now, lambda o: o.kind == "rework"),
        "nps": (sum(s >= 9 for s in nps), sum(s <= 6 for s in nps), len(nps)),
        "waiting_minutes": minutes("signed_at", "work_started_at"),
        "delivery_delay_minutes": minutes("promised_at", "delivered_at"),
        "cars_received": sum(inside(o.received_on) and o.step != "cancelled" for o in orders),
        "complaint_rate_service": share(now, lambda o: any(c.order_id == o.pk and c.department == "service" for c in complaints)),
        "complaint_rate_sales": share(sold, lambda d: any(c.delivery_id == d.pk and c.department == "sales" for c in complaints)),
        **{f"{kind}_kept": share((c for c in clocks if c.kind == kind), kept) for kind in ("first_reply", "department_reply", "revisit")},
        "revenue_per_car": per_order(now),
        "revenue_per_car_repair": per_order(o for o in now if o.kind != "accident"),
        "revenue_per_car_accident": per_order(o for o in now if o.kind == "accident"),
    }
