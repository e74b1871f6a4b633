"""Who records more satisfied customers than chance allows is checked: a small random sample of their satisfied interviews of the month is
asked again by another caller (domain §6: some customers do not tell the store's caller, and some callers do not write it down)."""

from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock, draws, months
from core.months import last_final, month_after
from csi.models import Response
from csi.statistics import Rate
from followups import caps, duty, planner, steps
from followups.models import Drawing, FollowUp, Looked, Verified
from followups.planning import Plan
from staff.models import Store, User

SAMPLE = 5
STORES = 50  # in one sweep
QUESTIONS = {
    "took_place": gettext_lazy("Did the first call take place?"),
    "was_asked": gettext_lazy("Was the customer asked whether they were satisfied?"),
    "is_right": gettext_lazy("Is the overall answer as the customer gave it?"),
}


def _answers(store: Store, month: date):
    rows = Response.objects.filter(store=store, overall__isnull=False, surveyor__isnull=False)
    return rows.filter(answered_on__gte=month, answered_on__lt=month_after(month))


def rates(store: Store, month: date) -> tuple[dict[int, Rate], Rate]:
    """(user id of a caller -> what they recorded, the store's). The store's counts what nobody in particular recorded, too: as the page."""
    everything = Response.objects.filter(store=store, overall__isnull=False, answered_on__gte=month, answered_on__lt=month_after(month))
    counted = everything.order_by().values_list("surveyor").annotate(n=Count("pk"), satisfied=Count("pk", filter=Q(is_satisfied=True)))
    found = {caller: Rate(satisfied, n) for caller, n, satisfied in counted}
    whole = Rate(sum(rate.numerator for rate in found.values()), sum(rate.n for rate in found.values()))
    return {caller: rate for caller, rate in found.items() if caller is not None}, whole


def flagged(store: Store, month: date) -> list[int]:
    """Callers who recorded more than chance allows: outside the inner limit, which is worth a look; the calls are that look."""
    found, whole = rates(store, month)
    return sorted(caller for caller, rate in found.items() if rate.beside(whole.value) == "above")


def seed_of(store: Store, month: date, caller: int) -> int:
    """The same whoever draws, and nobody's choice."""
    return draws.seed_of(store.code, month, caller)


@transaction.atomic
def draw(*, store: Store, month: date, caller: User, by=None, now: datetime | None = None) -> int | None:
    """Plans the verification calls of a caller's month; returns how many. None: that was done before. Whoever is not to be called, or
    was called often enough, is passed over and that is kept."""
    now = now or clock.now()
    found, whole = rates(store, month)
    rate = found.get(caller.pk, Rate(0, 0))
    seed = seed_of(store, month, caller.pk)
    rows = _answers(store, month).filter(surveyor=caller, is_satisfied=True, channel=Response.Channel.CALL)
    rows = rows.filter(~Exists(FollowUp.objects.filter(plan=Plan.VERIFICATION, response=OuterRef("pk"))))
    responses = rows.select_related("store", "customer").in_bulk()
    often = caps.contacts({response.customer_id for response in responses.values()}, now)
    sample, left_out, customers = [], {}, set()
    for pk in draws.ranking(responses, seed):  # the first SAMPLE that may be called
        customer = responses[pk].customer
        why = caps.verdict(plan=Plan.VERIFICATION, do_not_call=customer.do_not_call, often=often[customer.pk])
        if why:
            left_out[str(pk)] = str(why)
        elif customer.pk not in customers:
            customers.add(customer.pk)
            sample.append(pk)
        if len(sample) == SAMPLE:
            break
    reason = {
        "n": rate.n, "satisfied": rate.numerator, "store_n": whole.n, "store_satisfied": whole.numerator, "beside": rate.beside(whole.value),
        "eligible": len(responses), "sample": sample, "left_out": left_out,
    }  # fmt: skip
    try:
        with transaction.atomic():
            drawing = Drawing.objects.create(store=store, month=month, caller=caller, seed=seed, reason=reason, at=now, by=by)
    except IntegrityError:
        return None
    caps.note(
        caps.build(
            store=store, customer_id=responses[int(pk)].customer_id, plan=Plan.VERIFICATION, occasion=f"response {pk}", reason=why, now=now
        )
        for pk, why in left_out.items()
    )
    planned = planner.plan([planner.from_drawn(responses[pk], now) for pk in sample], now=now)
    audit.record("verification.drawn", by=by, store=store, subject=drawing, month=f"{month:%Y-%m}", caller=caller.pk, planned=planned)
    return planned


def unlooked(now: datetime):
    """A sweep step's rows: stores whose callers of the last final month nobody has looked at. For some hours of a month that is the
    month that is final only farther east."""
    looked = Looked.objects.filter(store=OuterRef("pk"), month=last_final(months.furthest(now)))
    return [Store.objects.filter(~Exists(looked))]


@transaction.atomic
def look(now: datetime) -> int:
    """A sweep step: once a month, when it is final by the store's own date. Returns how many calls were planned."""
    planned = 0
    (stores,) = unlooked(now)
    month = last_final(months.furthest(now))
    for store in [one for one in stores.order_by("pk") if last_final(one.local_date(now)) == month][:STORES]:
        for caller in User.objects.filter(pk__in=flagged(store, month)).order_by("pk"):
            planned += draw(store=store, month=month, caller=caller, now=now) or 0
        Looked.objects.get_or_create(store=store, month=month, defaults={"at": now})
    return planned


def record(*, followup: FollowUp, said: Mapping[str, str], at: datetime, by) -> Verified:
    """The customer's answers. The care managers are told of what was not as recorded. Raises ValidationError."""
    answers = {name: {"yes": True, "no": False}.get(said.get(name, "")) for name in QUESTIONS}
    if answers["took_place"] is None:
        raise ValidationError({"answer": _("Answer whether the first call took place.")})
    if not answers["took_place"]:
        answers |= {"was_asked": None, "is_right": None}
    elif None in answers.values():
        raise ValidationError({"answer": _("Answer all three questions.")})
    verified = Verified.objects.create(store=followup.store, followup=followup, at=at, by=by, **answers)
    if not verified.confirms:
        for manager in duty.care_managers(followup.store, followup.store.local_date(at)):
            steps.tell(followup, manager, stage="verified", topic="verification_differs")
    return verified
