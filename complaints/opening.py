"""Registering a complaint: who handles it, and the clocks that start at once."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from complaints import ticking
from complaints.escalation import LADDERS, climb, first_rung
from complaints.kinds import Channel, ClockKind, Department, EntryKind, Level, Severity, Status
from complaints.models import Complaint, NumberSeries
from complaints.raising import write
from complaints.stores import StoreRules
from complaints.telling import tell, tell_of_clock
from core import audit, clock
from csi import mot
from csi.models import Link
from staff import people
from staff.models import Membership, Store
from visits.models import NewCarDelivery, ServiceOrder


def next_number(store: Store, year: int, prefix: str = "") -> str:
    """'DEMO-2026-0001': counted per store and year, without a gap and never twice. prefix 'F': 'DEMO-2026-F0001'."""
    NumberSeries.objects.get_or_create(store=store, year=year, prefix=prefix)
    mine = NumberSeries.objects.filter(store=store, year=year, prefix=prefix)
    mine.update(last=F("last") + 1)  # holds the row until the transaction ends: nobody else reads the same number
    return f"{store.code}-{year}-{prefix}{mine.values_list('last', flat=True).get():04d}"


def department_of(store: Store, *, order=None, delivery=None, against=None) -> str:
    """The department concerned, where nobody says: that of the record, else that of the person complained about, else service."""
    if delivery is not None and order is None:
        return Department.SALES
    if order is None and against is not None:
        roles = set(Membership.objects.filter(user=against, store=store).values_list("role", flat=True))
        service, sales = (set(ladder.values()) for ladder in (LADDERS[Department.SERVICE], LADDERS[Department.SALES]))
        if roles & (sales - service) and not roles & (service - sales):
            return Department.SALES
    return Department.SERVICE


def _problems(store, *, channel, link, standard, severity, department, words, received_at, now, customer, complainant, against) -> dict:
    problems = {}
    if channel not in Channel.values:
        problems["channel"] = _("Choose how the complaint reached us.")
    if link not in Link.values:
        problems["link"] = _("Choose the link that failed.")
    elif standard and standard not in {code for code, _zh, _en in mot.STANDARDS[link]}:
        problems["standard"] = _("Choose one of the listed standards.")
    if severity not in Severity.values:
        problems["severity"] = _("Choose one of these.")
    if department not in Department.values:
        problems["department"] = _("Choose the department concerned.")
    if not words:
        problems["words"] = _("Write down the customer's own words.")
    if customer is None and not complainant:
        problems["complainant"] = _("Say who complains.")
    if received_at > now:
        problems["received_at"] = _("A complaint cannot have been received in the future.")
    if against is not None and not people.everyone(store).filter(pk=against.pk).exists():
        problems["against"] = _("Choose somebody of this store.")
    for name, record in (("customer", customer),):
        if record is not None and record.store_id != store.pk:
            problems[name] = _("This customer belongs to another store.")
    return problems


def last_record(vehicle, department: str):
    """(order, delivery) that a complaint about this car is about, where nobody says."""
    if vehicle is None:
        return None, None
    if department == Department.SALES:
        deliveries = NewCarDelivery.objects.filter(vehicle=vehicle).select_related("consultant")
        return None, deliveries.order_by("-delivered_at", "-pk").first()
    return ServiceOrder.objects.filter(vehicle=vehicle).exclude(step="cancelled").select_related("advisor").order_by(
        "-received_at", "-pk"
    ).first(), None


def nearest(order, delivery, vehicle, department: str) -> list:
    """Whom the customer knows: the order's advisor, the consultant who sold the car."""
    if department == Department.SERVICE:
        return [order.advisor] if order is not None and order.advisor_id else []
    found = [delivery.consultant] if delivery is not None and delivery.consultant_id else []
    return found + ([vehicle.consultant] if vehicle is not None and vehicle.consultant_id else [])


@transaction.atomic
def open_complaint(
    *,
    store: Store,
    channel: str,
    link: str,
    words: str,
    customer=None,
    complainant: str = "",
    contact: str = "",
    vehicle=None,
    order=None,
    delivery=None,
    response=None,
    department: str = "",
    standard: str = "",
    severity: str = Severity.ORDINARY,
    is_product_quality: bool = False,
    against=None,
    demands: str = "",
    received_at: datetime | None = None,
    token: str | None = None,
    by,
) -> Complaint:
    """A complaint with its handler and its first two clocks, running from `received_at`. department: '' for what the record or the
    person complained about says. The same token again gives the complaint that is there. Raises ValidationError by field."""
    now = clock.now()
    received_at = received_at or now
    known = Complaint.objects.filter(token=token, store=store).first() if token else None
    if known:
        return known
    words, complainant = words.strip(), complainant.strip()
    department = department or department_of(store, order=order, delivery=delivery, against=against)
    problems = _problems(
        store, channel=channel, link=link, standard=standard, severity=severity, department=department, words=words,
        received_at=received_at, now=now, customer=customer, complainant=complainant, against=against,
    )  # fmt: skip
    if problems:
        raise ValidationError(problems)
    if order is None and delivery is None:
        order, delivery = last_record(vehicle, department)
    rules = StoreRules(store)
    start = first_rung(channel=channel, severity=severity, is_product_quality=is_product_quality)
    skip = [against] if against is not None else []
    found = climb(start, rules.roster(department, now), skip=skip, preferred=nearest(order, delivery, vehicle, department))
    level, handler = found or (start, None)
    received_on = store.local_date(received_at)
    complaint = Complaint(
        store=store, channel=channel, department=department, link=link, standard=standard,
        severity=severity, is_product_quality=is_product_quality, customer=customer, complainant=complainant, contact=contact.strip(),
        vehicle=vehicle, order=order, delivery=delivery, response=response, against=against, words=words, demands=demands.strip(),
        status=Status.RECEIVED, level=level, handler=handler, registered_by=by, received_at=received_at, received_on=received_on,
        created_at=now, token=token,
    )  # fmt: skip
    try:
        with transaction.atomic():  # a number that is not used is given back
            complaint.number = next_number(store, received_on.year)
            complaint.save(force_insert=True)
    except IntegrityError:
        known = Complaint.objects.filter(token=token, store=store).first() if token else None
        if known is None:
            raise
        return known  # the same form, sent twice at once
    write(complaint, EntryKind.OPENED, now, by=by, person=handler)
    _start_clocks(complaint, rules, received_at, by)
    _report(complaint, rules, now)
    audit.record("complaint.opened", by=by, store=store, subject=complaint, channel=channel, link=link, level=int(level))
    return complaint


def _start_clocks(complaint: Complaint, rules: StoreRules, at: datetime, by) -> None:
    desk = [user for user in rules.desk(complaint.department, at) if user != complaint.against]
    caller = by if by in desk else next(iter(desk), None)
    first = ticking.start(complaint, ClockKind.FIRST_REPLY, owner=caller, total=rules.due(ClockKind.FIRST_REPLY, at))
    ticking.start(complaint, ClockKind.DEPARTMENT_REPLY, owner=complaint.handler, total=rules.due(ClockKind.DEPARTMENT_REPLY, at))
    if caller != by:
        tell_of_clock(first, [caller], stage="started", topic="complaint_first_reply")
    if complaint.handler != by:
        tell(complaint, [complaint.handler], occasion=f"complaint {complaint.pk}", stage="opened", topic="complaint_yours")


def _report(complaint: Complaint, rules: StoreRules, now: datetime) -> None:
    """Major and product-quality complaints are reported to the region (重大投诉事件处理汇报)."""
    if not complaint.is_major:
        return
    region = rules.roster(complaint.department, now)(Level.REGION)
    write(complaint, EntryKind.REPORTED, now, person=region[0] if region else None)
    tell(complaint, region, occasion=f"complaint {complaint.pk}", stage="major", topic="complaint_major")
