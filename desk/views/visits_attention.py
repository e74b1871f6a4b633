"""What matters now about a customer and their car, before the first word is said at the counter (pages.md, new visit)."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models import Complaint
from csi.models import Response
from customers import completeness
from customers.models import Customer, Vehicle
from followups.models import FollowUp
from followups.planning import Plan
from visits.models import OrderItem, ServiceOrder

SOON = timedelta(days=30)
KM_AHEAD = 1000

# ◆ What an advisor offers by tier (S4 §2 names the classes; the words are ours).
BENEFITS = {
    "A": gettext_lazy("Loyal: first in line, member's discount, free check and wash."),
    "B": gettext_lazy("Potential: free check, offer the maintenance package."),
    "C": gettext_lazy("New: introduce yourself, give your card, explain first maintenance and warranty."),
    "D": gettext_lazy("At risk: ask why they stayed away, offer the win-back discount; tell the supervisor."),
}


@dataclass(frozen=True)
class Note:
    """weight: 'must' is said or done now, 'know' is good to know. icon: a Lucide name."""

    weight: str
    icon: str
    text: str
    detail: str = ""


@dataclass(frozen=True)
class Attention:
    notes: list[Note]
    last_order: ServiceOrder | None
    open_orders: list[ServiceOrder]
    phone: str
    phone_to_confirm: str  # the number to ask about at the counter: the valid one, else the first of those that failed
    benefit: str
    missing: list[str]


def gather(*, customer: Customer | None, vehicle: Vehicle, today: date, reader) -> Attention:
    """Seven queries at most, whatever the history. reader: sees no complaint about themselves."""
    orders = ServiceOrder.objects.filter(vehicle=vehicle).select_related("advisor")
    last = orders.delivered().order_by("-delivered_at").first()
    here = list(orders.here().order_by("pk"))
    phones = list(customer.phones.all()) if customer else []
    missing = list(completeness.of_vehicle(vehicle).missing)
    if customer:
        missing = [*completeness.of_customer(customer, [phone.validity for phone in phones]).missing, *missing]
    notes = [
        *_complaint(customer, vehicle, reader),
        *(_about_customer(customer, today) if customer else []),
        *_about_vehicle(vehicle, today),
        *_declined(vehicle, today),
    ]
    notes.sort(key=lambda note: note.weight != "must")
    valid = next((phone.masked for phone in phones if phone.validity != "invalid"), "")
    return Attention(
        notes=notes,
        last_order=last,
        open_orders=here,
        phone=valid,
        phone_to_confirm=valid or (phones[0].masked if phones else ""),
        benefit=str(BENEFITS[customer.tier]) if customer else "",
        missing=missing,
    )


def _complaint(customer: Customer | None, vehicle: Vehicle, reader) -> list[Note]:
    """The newest open one; what it says stands on its own page."""
    theirs = Q(vehicle=vehicle) | Q(customer=customer) if customer else Q(vehicle=vehicle)
    row = Complaint.objects.open().filter(theirs).exclude(against=reader).select_related("handler").order_by("-pk").first()
    if row is None:
        return []
    detail = " · ".join(str(part) for part in (row.number, row.get_link_display(), row.get_status_display(), row.handler) if part)
    return [
        Note("must", "message-square-warning", _("A complaint is open: ask its handler how it stands before you say anything."), detail)
    ]


def _about_customer(customer: Customer, today: date) -> list[Note]:
    notes = []
    open_calls = FollowUp.objects.open().filter(customer=customer, plan__in=[Plan.RECOVERY, Plan.RECHECK]).order_by("due_at").first()
    if open_calls:
        notes.append(
            Note(
                "must",
                "message-circle-warning",
                _("An unhappy answer is still being made good: apologise first."),
                open_calls.get_plan_display(),
            )
        )
    last = Response.objects.filter(customer=customer).order_by("-answered_on", "-pk").first()
    if last and last.is_unhappy:
        notes.append(Note("must", "frown", _("Unhappy when last asked (%(day)s).") % {"day": last.answered_on}, last.words[:120]))
    elif last and last.is_satisfied:
        notes.append(Note("know", "smile", _("Satisfied when last asked (%(day)s).") % {"day": last.answered_on}, last.words[:120]))
    if customer.confirm_number:
        notes.append(Note("must", "phone-off", _("Confirm the phone number: we could not reach them.")))
    if customer.note:
        notes.append(Note("must", "star", customer.note))
    if customer.wishes:
        notes.append(Note("know", "heart", customer.wishes))
    if customer.licence_expires_on and customer.licence_expires_on <= today + SOON:
        notes.append(Note("must", "id-card", _expiry(_("Driving licence"), customer.licence_expires_on, today)))
    return notes


def _about_vehicle(vehicle: Vehicle, today: date) -> list[Note]:
    notes = []
    if vehicle.recall:
        notes.append(Note("must", "triangle-alert", _("Open recall: %(what)s") % {"what": vehicle.recall}))
    by_date = vehicle.next_maintenance_on and vehicle.next_maintenance_on <= today + timedelta(days=14)
    by_km = vehicle.next_maintenance_km and vehicle.mileage and vehicle.mileage + KM_AHEAD >= vehicle.next_maintenance_km
    if by_date or by_km:
        text = (
            _("Maintenance due: %(day)s") % {"day": vehicle.next_maintenance_on}
            if by_date
            else _("Maintenance due at %(km)s km") % {"km": f"{vehicle.next_maintenance_km:,}"}
        )
        notes.append(Note("must", "wrench", text))
    if vehicle.insurance_until and vehicle.insurance_until <= today + SOON:
        notes.append(Note("must", "shield", _expiry(_("Insurance"), vehicle.insurance_until, today)))
    if vehicle.warranty_until and today <= vehicle.warranty_until <= today + SOON:
        notes.append(Note("know", "badge-check", _expiry(_("Warranty"), vehicle.warranty_until, today)))
    return notes


def _expiry(what: str, day: date, today: date) -> str:
    if day < today:
        return _("%(what)s expired on %(day)s.") % {"what": what, "day": day}
    return _("%(what)s expires on %(day)s, in %(n)s days.") % {"what": what, "day": day, "n": (day - today).days}


def _declined(vehicle: Vehicle, today: date) -> list[Note]:
    """Work declined in the last year and not done since, at most five."""
    rows = OrderItem.objects.filter(order__vehicle=vehicle, order__received_on__gt=today - relativedelta(months=12)).order_by(
        "-order__received_at", "-pk"
    )
    settled, notes = set(), []
    for text, result, day in rows.values_list("text", "result", "order__received_on")[:60]:
        if result == OrderItem.Result.DECLINED and text not in settled:
            notes.append(Note("know", "rotate-ccw", _("Offer again: %(work)s") % {"work": text}, _("declined on %(day)s") % {"day": day}))
        settled.add(text)
    return notes[:5]
