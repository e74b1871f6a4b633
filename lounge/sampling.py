"""The month's sample: drawn, asked in its order, replaced, closed (S0; domain §7). What the sweep's steps call; the draw: lounge.drawing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When

from core import audit, months
from core.workdays import NoHours
from csi.models import Answer, Questionnaire, Response, Scale
from customers.models import Phone
from followups import caps, planner
from followups.models import FollowUp
from followups.planning import Plan
from lounge import drawing
from lounge.models import Result, Sample, SampleMonth, SampleRank
from lounge.verdicts import Interview
from staff import people
from staff.models import Store
from staff.roles import Role
from visits.models import NewCarDelivery, ServiceOrder

Audience = Questionnaire.Audience
# Whose customers are asked. (Supervisors who take a car in themselves do not serve in the lounge, S0.)
RATED = {Audience.SERVICE: Role.ADVISOR, Audience.SALES: Role.SALES}
ENDS = {
    FollowUp.Status.REFUSED: Result.REFUSED,
    FollowUp.Status.UNREACHABLE: Result.UNREACHABLE,
    FollowUp.Status.CANCELLED: Result.CANCELLED,
}
STORES = 20  # in one sweep
AHEAD = 20  # customers looked up at a time
STILL = Q(followup__isnull=False, result="")


def visits_of(store: Store, month: date, audience: str) -> dict[int, list[drawing.Visit]]:
    """person -> what they handed over in the month."""
    if audience == Audience.SERVICE:
        rows, who = ServiceOrder.objects.delivered(), "advisor"
    else:
        rows, who = NewCarDelivery.objects.all(), "consultant"
    number = Phone.objects.callable().filter(customer=OuterRef("customer")).order_by()
    unfit = Case(
        When(customer__do_not_call=True, then=Value("do_not_call")), When(~Exists(number), then=Value("no_number")), default=Value("")
    )
    rows = rows.filter(store=store, delivered_on__gte=month, delivered_on__lt=months.month_after(month), **{f"{who}__isnull": False})
    found: dict[int, list[drawing.Visit]] = {}
    for pk, person, customer, at, why in rows.annotate(unfit=unfit).values_list("pk", who, "customer", "delivered_at", "unfit"):
        found.setdefault(person, []).append(drawing.Visit(pk, customer, at, why))
    return found


@transaction.atomic
def draw(*, store: Store, month: date, now: datetime) -> int:
    """Draws for everybody, plans the first calls. Returns how many; 0 as well where it was done before. ◆ On the 1st of the month after,
    when all hand-overs are known."""
    row, made = SampleMonth.objects.get_or_create(store=store, month=month, defaults={"drawn_at": now})
    if not made:
        return 0
    if store.local_date(now).day > drawing.UNTIL or not planner.StoreSettings().is_in_use(store, Plan.IMPLEMENTATION, now):
        SampleMonth.objects.filter(pk=row.pk).update(drawn_at=None, closed_at=now, judged_at=now)
        return 0
    samples = []
    for audience, role in RATED.items():
        found = visits_of(store, month, audience)
        column = "order_id" if audience == Audience.SERVICE else "delivery_id"
        for person in people.members(store, role).order_by("pk"):
            drawn = drawing.draw(found.get(person.pk, []), store=store.code, month=month, audience=audience, person=person.pk)
            sample = Sample.objects.create(
                store=store, month=month, audience=audience, person=person, wanted=drawing.WANTED[audience], seed=drawn.seed, at=now,
                reason={"visits": drawn.visits, "customers": drawn.customers, "left_out": drawn.left_out},
            )  # fmt: skip
            SampleRank.objects.bulk_create(
                SampleRank(sample=sample, rank=n, customer_id=visit.customer, **{column: visit.pk})
                for n, visit in enumerate(drawn.ranked, start=1)
            )
            samples.append(sample)
    audit.record("sample.drawn", by=None, store=store, subject=row, month=f"{month:%Y-%m}", people=len(samples))
    return top_up(store, samples, now)


def limit_of(store: Store, month: date) -> datetime | None:
    """The last calling moment of the 8th of the month after, or the last before it; None where the store never calls."""
    midnight = datetime.combine(months.month_after(month).replace(day=drawing.UNTIL) + timedelta(days=1), time(), store.tz)
    return planner.StoreSettings().calling(store).last_moment(midnight)


def _waiting(sample: Sample, now: datetime) -> Iterator[tuple[SampleRank, int]]:
    """Customers down the list who have not been asked, with how often somebody reached them this week."""
    rows = sample.ranks.filter(followup=None, result="").order_by("rank")
    rows = rows.select_related("customer", "order__store", "order__customer", "delivery__store", "delivery__customer")
    last = 0
    while page := list(rows.filter(rank__gt=last)[:AHEAD]):
        last = page[-1].rank
        often = caps.contacts([row.customer_id for row in page], now)
        for row in page:
            yield row, often[row.customer_id]


def top_up(store: Store, samples: Iterable[Sample], now: datetime) -> int:
    """As many calls as interviews are still lacking, down the order of the draw. samples: of one month. Returns how many were planned."""
    samples = list(samples)
    if not samples:
        return 0
    try:
        limit_at = limit_of(store, samples[0].month)
    except NoHours:
        limit_at = None
    if limit_at is None or limit_at <= now:
        return 0
    of_month = SampleRank.objects.filter(sample__store=store, sample__month=samples[0].month)
    asked = set(of_month.filter(followup__isnull=False).values_list("customer", flat=True))
    enough = Counter(of_month.filter(STILL | Q(result=Result.COUNTED), sample__in=samples).values_list("sample", flat=True))
    chosen: list[SampleRank] = []
    passed_over: dict[str, list[int]] = {}
    for sample in samples:
        lacking = sample.wanted - enough[sample.pk]
        if lacking <= 0:
            continue
        for row, often in _waiting(sample, now):
            if not lacking:
                break
            why = (
                Result.ASKED if row.customer_id in asked
                else caps.verdict(plan=Plan.IMPLEMENTATION, do_not_call=row.customer.do_not_call, often=often)
            )  # fmt: skip
            if why:
                passed_over.setdefault(why, []).append(row.pk)
                continue
            chosen.append(row)
            asked.add(row.customer_id)
            lacking -= 1
    for why, pks in passed_over.items():
        SampleRank.objects.filter(pk__in=pks).update(result=why)
    planned = 0
    for start in range(0, len(chosen), planner.BATCH):
        page = chosen[start : start + planner.BATCH]
        planned += planner.plan([planner.from_ranked(row.event, f"rank {row.pk}", now, limit_at) for row in page], now=now)
        rows = FollowUp.objects.filter(store=store, plan=Plan.IMPLEMENTATION, occasion__in=[f"rank {row.pk}" for row in page])
        for pk, occasion in rows.values_list("pk", "occasion"):
            SampleRank.objects.filter(pk=int(occasion.removeprefix("rank ")), followup=None).update(followup=pk)
    return planned


def heard(rows: Iterable[SampleRank]) -> dict[int, tuple[int, Interview]]:
    """rank's pk -> (its response, how many items were answered yes and no), of those where somebody was interviewed. Two queries."""
    of = {f"followup {row.followup_id}": row for row in rows if row.followup_id}
    stores = {row.sample.store_id for row in of.values()}
    responses = dict(Response.objects.filter(store__in=stores, occasion__in=of).values_list("pk", "occasion"))
    items = Answer.objects.filter(response__in=responses, question__scale=Scale.YES_NO).values_list("response")
    counted = {pk: (yes, no) for pk, yes, no in items.annotate(yes=Count("pk", Q(score=1)), no=Count("pk", Q(score=0)))}
    return {of[occasion].pk: (pk, Interview(*counted.get(pk, (0, 0)), key=of[occasion].pk)) for pk, occasion in responses.items()}


def ended():
    """Customers whose call has come to its end, which nobody has noted yet."""
    return SampleRank.objects.filter(STILL, followup__status__in=[status for status in FollowUp.Status if status != FollowUp.Status.OPEN])


@transaction.atomic
def note(now: datetime) -> int:
    """A sweep step: what became of the calls is noted, and whoever could not be interviewed is replaced by the next on the list. Returns
    how many calls were planned."""
    rows = list(ended().select_related("followup", "sample__store").order_by("pk")[: planner.BATCH])
    found = heard(rows)
    samples: dict[tuple[Store, date], dict[int, Sample]] = {}
    for row in rows:
        result = ENDS.get(row.followup.status)
        if row.followup.status == FollowUp.Status.DONE:
            result = Result.COUNTED if row.pk in found and found[row.pk][1].counts else Result.TOO_FEW
        SampleRank.objects.filter(pk=row.pk, result="").update(result=result)
        samples.setdefault((row.sample.store, row.sample.month), {})[row.sample_id] = row.sample
    running = set(SampleMonth.objects.filter(closed_at=None).values_list("store", "month"))
    return sum(top_up(store, of_month.values(), now) for (store, month), of_month in samples.items() if (store.pk, month) in running)


def undrawn(now: datetime):
    """A sweep step's rows: stores that have not drawn for the month that is over. For some hours that is one that is over only farther east."""
    done = SampleMonth.objects.filter(store=OuterRef("pk"), month=months.last_over(months.furthest(now), drawing.DRAWN_ON))
    return [Store.objects.filter(~Exists(done))]


def draw_due(now: datetime) -> int:
    """A sweep step: returns how many calls were planned."""
    (stores,) = undrawn(now)
    month = months.last_over(months.furthest(now), drawing.DRAWN_ON)
    due = [one for one in stores.order_by("pk") if months.last_over(one.local_date(now), drawing.DRAWN_ON) == month]
    return sum(draw(store=store, month=month, now=now) for store in due[:STORES])


def unclosed(now: datetime):
    """Months of which the 8th of the next may be over."""
    return SampleMonth.objects.filter(closed_at=None, month__lte=months.last_over(months.furthest(now), drawing.UNTIL + 1))


@transaction.atomic
def close_due(now: datetime) -> int:
    """A sweep step: after the 8th nobody is asked about the month before any more. Calls that are open are cancelled, and it stands with
    the customers why. Returns how many calls that are."""
    cancelled = 0
    for row in unclosed(now).select_related("store").order_by("pk")[:STORES]:
        if row.month > months.last_over(row.store.local_date(now), drawing.UNTIL + 1):
            continue
        open_calls = SampleRank.objects.filter(
            STILL, sample__store=row.store, sample__month=row.month, followup__status=FollowUp.Status.OPEN
        )
        calls = list(open_calls.values_list("pk", "followup", "followup__sheet"))
        gone = FollowUp.objects.open().filter(pk__in=[call for _pk, call, _sheet in calls])
        closed = gone.update(status=FollowUp.Status.CANCELLED, closed_at=now, next_at=None)
        SampleRank.objects.filter(pk__in=[pk for pk, _call, _sheet in calls]).update(result=Result.TOO_LATE)
        planner.refresh_sheets({sheet for _pk, _call, sheet in calls})
        SampleMonth.objects.filter(pk=row.pk, closed_at=None).update(closed_at=now)
        audit.record("sample.closed", by=None, store=row.store, subject=row, month=f"{row.month:%Y-%m}", cancelled=closed)
        cancelled += closed
    return cancelled
