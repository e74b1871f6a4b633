"""The page of one visit, put together from the floors below: its steps, its work, and the follow-ups that it owes."""

from dataclasses import dataclass, field
from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.shortcuts import render

from core.forms import saved_meanwhile
from desk.views.visits_attention import gather
from followups.explain import why_due
from followups.models import FollowUp
from followups.planner import StoreSettings
from lounge import lines
from visits import checklists, transitions
from visits.forms import CancelForm, ItemForm, OrderForm, PartForm
from visits.models import ServiceOrder, Step

MONTHS, KM = 6, 5000  # ◆ a car without a maintenance cycle of its own
PATH = (Step.RECEPTION, Step.DIAGNOSIS, Step.JOB_ORDER, Step.REPAIR, Step.INSPECTION, Step.READY, Step.DELIVERED)


@dataclass
class PathStep:
    """A station of the eight steps. state: 'past', 'here', 'ahead'. Appointment and callback stand at its ends."""

    label: str
    state: str
    taken: object = None
    points: list[str] = field(default_factory=list)


def page(request, order: ServiceOrder, *, item_form=None, part_form=None, cancel_form=None):
    """The visit's page. Forms that were refused come back with what was typed."""
    items = list(order.items.all())
    over = order.step not in transitions.FORWARD
    calls = list(FollowUp.objects.filter(order=order).select_related("store", "assignee").order_by("due_at")) if order.delivered_at else []
    settings = StoreSettings()
    taps = transitions.taps(order.step)
    refused = [form for form in (item_form, part_form, cancel_form) if form is not None]
    context = {
        "order": order,
        "path": path_of(order, bool(calls)),
        "act": transitions.next_act(step=order.step, is_signed=bool(order.signed_at), is_started=bool(order.work_started_at)),
        "next_step": Step(taps[0]) if taps else None,
        "other_steps": [Step(step) for step in taps[1:]],
        "points": checklists.of(order.step),
        "over": over,
        "done": [item for item in items if item.result == "done"],
        "declined": [item for item in items if item.result == "declined"],
        "parts": list(order.parts.all()),
        "technicians": list(order.technicians.all()),
        "scope_changes": list(order.scope_changes.select_related("by")),
        "reworks": list(order.reworks.all()),
        "attention": gather(customer=order.customer, vehicle=order.vehicle, today=order.store.today(), reader=request.user)
        if not over
        else None,
        "calls": [(call, why_due(call, settings)) for call in calls],
        "phone": order.customer.phones.callable().first(),
        "lounge": None if over else lines.of_order(order),
        "item_form": item_form or ItemForm(prefix="item", initial={"result": "declined" if order.signed_at else "done"}),
        "part_form": part_form or PartForm(prefix="part"),
        "cancel_form": cancel_form or CancelForm(prefix="cancel"),
    }
    return render(request, "visits/visit.html", context, status=422 if refused else 200)


def path_of(order: ServiceOrder, has_calls: bool) -> list[PathStep]:
    """The steps with their times and persons; a step that was skipped is past without either."""
    taken = {}
    for row in order.steps_taken.select_related("by"):
        taken[row.step] = row  # of a step taken twice, the last
    here = PATH.index(order.step) if order.step in PATH else len(PATH)
    steps = []
    for n, step in enumerate(PATH):
        state = "here" if n == here and step != Step.DELIVERED else "past" if n <= here else "ahead"
        row = taken.get(step)
        if order.step == Step.CANCELLED:
            state = "past" if row else "ahead"
        following = taken.get(PATH[n + 1]) if n + 1 < len(PATH) else None
        steps.append(PathStep(Step(step).label, state, row, checklists.texts(following.checklist) if following else []))
    return steps


def amounts_initial(order: ServiceOrder) -> dict:
    """A sum is left empty, so that it goes on being the sum when one of the others changes."""
    amounts = {name: getattr(order, name) or None for name in OrderForm.AMOUNTS}
    is_sum = order.total_fen == sum(fen or 0 for fen in amounts.values())
    return amounts | {"total_fen": None if is_sum else order.total_fen}


def order_initial(order: ServiceOrder) -> dict:
    initial = {name: getattr(order, name) for name in OrderForm.FIELDS} | amounts_initial(order)
    for person in ("advisor", "inspector", "redoes"):
        initial[person] = getattr(order, f"{person}_id")
    return initial | {"version": order.version, "technicians": [person.pk for person in order.technicians.all()]}


def hand_over_initial(order: ServiceOrder, now: datetime) -> dict:
    """Now, and the next maintenance by the car's own cycle. An accident or a rework names none by itself."""
    vehicle, today = order.vehicle, order.store.local_date(now)
    initial = {"version": order.version, "delivered_at": now.replace(second=0, microsecond=0), "mileage": order.mileage, "note": order.note}
    initial |= amounts_initial(order)
    if initial["delivered_at"] < order.received_at:
        initial["delivered_at"] = now
    if order.kind in ("maintenance", "first_maintenance"):
        initial["next_maintenance_on"] = today + relativedelta(months=vehicle.maintenance_months or MONTHS)
        mileage = order.mileage or vehicle.mileage
        initial["next_maintenance_km"] = mileage + (vehicle.maintenance_km or KM) if mileage else None
    else:
        initial["next_maintenance_on"] = vehicle.next_maintenance_on or today + relativedelta(months=vehicle.maintenance_months or MONTHS)
        initial["next_maintenance_km"] = vehicle.next_maintenance_km
    return initial


def changed_meanwhile(request, order: ServiceOrder, form, initial=None):
    """Somebody saved first: (the order as it stands, the form as typed but on the new version, what differs). initial(order): what the
    form shows of an order; in fields that were not touched it stands now."""
    order = ServiceOrder.objects.select_related("store", "vehicle", "customer", "advisor", "inspector", "redoes").get(pk=order.pk)
    rows = form.differences(order)
    standing = initial(order) if initial else {"version": order.version}
    arguments = {"store": request.store, "initial": standing}
    if isinstance(form, OrderForm):
        arguments["orders"] = form.fields["redoes"].queryset
    fresh = type(form)(form.taken_over(standing), **arguments)
    fresh.is_valid()
    fresh.meanwhile = saved_meanwhile(order)
    return order, fresh, rows
