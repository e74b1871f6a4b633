"""The departments' weekly sheets of the last weeks: measures carried out, most of them in time; signed up to the week before last."""

from datetime import datetime, time, timedelta
from random import Random

from desk.demo.people import People
from desk.demo.writing import insert
from reports.forms_department import SHEETS
from reports.measures import complaints_with_measure, dissatisfactions_with_measure
from reports.models import MeasureDone, SheetSignature
from reports.periods import WEEK, containing
from staff.models import Store
from staff.roles import Role

WEEKS = 6  # that are signed
HELD = timedelta(weeks=15)  # of measures that somebody has looked after
SHARE = 0.85  # of them that have been carried out
DONE = ("已按措施执行，现场检查合格", "已培训并签到", "已纳入交车检查表", "")
SIGNERS = {"service": Role.SERVICE_MANAGER, "sales": Role.SALES_MANAGER}


def fill(store: Store, *, people: People, now: datetime, seed: int) -> None:
    """A generator of its own, so that nothing else of the store changes with it."""
    rng, today = Random(f"sheets {seed}"), store.local_date(now)
    this_week = containing(today, WEEK)
    done: list[MeasureDone] = []
    for department, role in SIGNERS.items():
        manager = people.account(role)
        agreed = [
            (row, store.local_date(row.resolved_at))
            for row in complaints_with_measure(store, department, None).order_by("resolved_at", "pk")
        ]
        agreed += [
            (row, store.local_date(row.handled_at))
            for row in dissatisfactions_with_measure(store, department).filter(is_carried_out=False).order_by("handled_at", "pk")
        ]
        for row, on in agreed:
            done_on = on + timedelta(days=rng.randint(0, 6))
            if on < today - HELD or done_on >= today or rng.random() > SHARE:
                continue
            at = datetime.combine(done_on, time(17, rng.randrange(60)), tzinfo=store.tz)
            is_complaint = hasattr(row, "resolutions")
            done.append(
                MeasureDone(
                    store=store,
                    complaint=row if is_complaint else None,
                    resolution=row.resolutions if is_complaint else None,
                    dissatisfaction=None if is_complaint else row,
                    done_on=done_on,
                    at=at,
                    by=manager,
                    words=rng.choice(DONE),
                )
            )
    # One of the last signed week is recorded after the signature: there the sheet says that something has changed.
    signed_at = datetime.combine(this_week.previous.first, time(10, 20), tzinfo=store.tz)
    late = [one for one in done if one.complaint_id and this_week.previous.previous.first <= one.done_on < this_week.previous.first][-1:]
    insert(MeasureDone, [one for one in done if one not in late])
    signatures, week = [], this_week.previous.previous
    for n in range(WEEKS):
        for department, role in SIGNERS.items():
            at = signed_at - timedelta(weeks=n)
            content = SHEETS[department](store, week).content
            signatures.append(
                SheetSignature(store=store, department=department, week=week.first, at=at, by=people.account(role), content=content)
            )
        week = week.previous
    insert(SheetSignature, sorted(signatures, key=lambda one: one.at))
    for one in late:
        one.at, one.done_on = signed_at + timedelta(hours=5), this_week.previous.first
    insert(MeasureDone, late)
