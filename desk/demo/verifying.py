"""The verification calls about the last final month: what the sweep would have planned, and what the customers said to another caller.

The customers of the caller who hears no anger do not recommend the store: asked again, they say what they had said.
"""

from datetime import datetime, timedelta

from core import months
from csi.models import Answer, Scale
from desk.demo.people import People
from followups import outcomes, planner, verification
from followups.models import Attempt, CallSheet, FollowUp, Looked, Served, Verified
from followups.outcomes import Outcome
from followups.planning import Plan
from staff.models import Store, User
from staff.roles import Role

DETRACTS = 6
APART = timedelta(hours=3)


def fill(store: Store, staff: People, now: datetime) -> None:
    """Drawn on the morning on which the month became final; asked in the days after. In a store too small for chance to flag anybody the
    customer manager has it done by hand."""
    callers = staff[Role.CALLER]
    calling = planner.StoreSettings().calling(store)
    today = store.local_date(now)
    month = months.last_final(today)
    final_on = months.month_after(month).replace(day=months.FINAL_ON)
    drawn_at = calling.first_moment(calling.moment(final_on, 0))
    if drawn_at > now:  # nobody calls on that day, nor has since
        return
    flagged = list(User.objects.filter(pk__in=verification.flagged(store, month)).order_by("pk"))
    for caller in flagged or callers[2:3]:
        verification.draw(store=store, month=month, caller=caller, by=None if flagged else staff.account(Role.CARE_MANAGER), now=drawn_at)
    Looked.objects.create(store=store, month=month, at=drawn_at)
    rows = FollowUp.objects.filter(store=store, plan=Plan.VERIFICATION).select_related("response", "sheet", "customer").order_by("pk")
    against = set(
        Answer.objects.filter(question__scale=Scale.NPS, score__lte=DETRACTS, response__in=[row.response_id for row in rows]).values_list(
            "response", flat=True
        )
    )
    for n, row in enumerate(rows):
        at = calling.first_moment(drawn_at + (n + 1) * APART)
        FollowUp.objects.filter(pk=row.pk).update(created_at=drawn_at, opened_at=drawn_at + timedelta(seconds=8))
        asks = next((one for one in callers if one.pk not in (row.response.surveyor_id, row.response.advisor_id)), None)
        if asks and at < now:
            _ask(row, asks, at, is_right=row.response_id not in against, calling=calling)
    planner.refresh_sheets(CallSheet.objects.filter(pk__in=[row.sheet_id for row in rows]).values_list("pk", flat=True))


def _ask(row: FollowUp, by: User, at: datetime, *, is_right: bool, calling) -> None:
    day, half = outcomes.half_day(at, calling)
    attempt = Attempt.objects.create(
        store=row.store, sheet=row.sheet, customer=row.customer, phone=row.customer.phones.callable().first(), outcome=Outcome.INTERVIEWED,
        by=by, at=at, on=day, half_day=half, token=f"demo verification {row.occasion}",
    )  # fmt: skip
    Served.objects.create(attempt=attempt, followup=row)
    Verified.objects.create(store=row.store, followup=row, took_place=True, was_asked=True, is_right=is_right, at=at, by=by)
    FollowUp.objects.filter(pk=row.pk).update(
        status=FollowUp.Status.DONE, outcome=Outcome.INTERVIEWED, closed_at=at, closed_by=by, next_at=None, first_dialled_at=at, dials=1
    )
