"""Samples and verdicts of the last months, as the sweep and the callers would have left them: drawn on the 1st, asked until the 8th, judged on
the 10th; each month three or four are not passed, one advisor is excused once, and the percentages are set."""

from datetime import date, datetime, time, timedelta
from random import Random

from core import months
from core.models import OutboxMessage
from csi import actions as csi
from csi import questionnaires
from csi.models import Answer, Response, Scale
from csi.shipped_implementation import IMPLEMENTATION
from desk.demo.people import People
from followups import outcomes, planner
from followups.models import Attempt, FollowUp, Served
from followups.outcomes import Outcome
from followups.planning import Plan
from lounge import drawing, judging, sampling
from lounge.models import Excuse, PayPercentages, Sample, SampleMonth
from staff.models import Store
from staff.roles import Role

MONTHS = 4
APART = timedelta(minutes=25)
ROUNDS = 5
REWARD, DEDUCTION = 500, 300  # hundredths of a percent
REFUSES, UNREACHABLE = 0.08, 0.2  # of the calls, the second added to the first
CARRIED_OUT, FAILING, PERFECT = 0.98, 0.86, 1.0
EVERY = 4  # one in so many is failing, another one each month


def fill(store: Store, *, people: People, now: datetime, beginning: date, seed: int) -> None:
    """beginning: first day of the history."""
    today = store.local_date(now)
    calling = planner.StoreSettings().calling(store)
    versions = {audience: questionnaires.current(code) for audience, code in IMPLEMENTATION.items()}
    last = months.last_over(today, drawing.DRAWN_ON)
    wanted = [month for n in range(MONTHS - 1, -1, -1) if (month := months.add(last, -n)) >= beginning]
    if not wanted:
        return
    manager = people.account(Role.CARE_MANAGER)
    PayPercentages.objects.create(store=store, reward=REWARD, deduction=DEDUCTION, by=manager, at=_on(store, wanted[0], 1, 10))
    for n, month in enumerate(wanted):
        follows, rng = months.month_after(month), Random(seed + 900 + n)
        drawn_at = _on(store, follows, drawing.DRAWN_ON, 0, 1)
        sampling.draw(store=store, month=month, now=drawn_at)
        habits = _habits(people, month)
        for turn in range(ROUNDS):
            begins = calling.first_moment(drawn_at + turn * timedelta(days=1))
            if begins >= now:
                break
            _ask(store, people, versions, habits, begins, now, calling, rng)
            sampling.note(min(begins + timedelta(hours=9), now))
        if _on(store, follows, drawing.UNTIL + 1, 0, 1) > now:
            continue
        sampling.close_due(_on(store, follows, drawing.UNTIL + 1, 0, 1))
        if month == months.add(last, -2):
            _excuse(store, month, people, at=_on(store, follows, drawing.UNTIL + 1, 11))
        judged_at = _on(store, follows, drawing.JUDGED_ON, 0, 1)
        if judged_at <= now:
            judging.judge(SampleMonth.objects.select_related("store").get(store=store, month=month), judged_at)
            _told(store, judged_at, is_read=month != last)
    rows = FollowUp.objects.filter(store=store, plan=Plan.IMPLEMENTATION)
    for pk, started_at in rows.values_list("pk", "started_at"):
        FollowUp.objects.filter(pk=pk).update(created_at=started_at, opened_at=started_at + timedelta(seconds=8))


def _on(store: Store, month: date, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(month.replace(day=day), time(hour, minute), store.tz)


def _habits(people: People, month: date) -> dict[int, float]:
    """person -> how much of it they carry out that month."""
    found = {}
    for role in (Role.ADVISOR, Role.SALES):
        for n, person in enumerate(people[role]):
            found[person.pk] = PERFECT if n == 1 else FAILING if _fails(n, month) else CARRIED_OUT
    return found


def _fails(n: int, month: date) -> bool:
    """Every fourth in turn; one of them two months running."""
    return (n + month.month + 2) % EVERY == 0 or (n == EVERY and (month.month + 3) % EVERY == 0)


def _ask(
    store: Store, people: People, versions: dict, habits: dict[int, float], begins: datetime, now: datetime, calling, rng: Random
) -> None:
    """One day's calls, in the order of the draw."""
    callers = people[Role.CALLER]
    rows = FollowUp.objects.open().filter(store=store, plan=Plan.IMPLEMENTATION).select_related("customer", "ranked__sample", "sheet")
    attempts, responses, answers, ended = [], [], [], []
    for n, row in enumerate(rows.order_by("ranked__sample", "ranked__rank")):
        at = calling.first_moment(max(begins + n * APART / len(callers), row.opens_at))  # one drawn in another's place opens that day
        if at >= now:
            continue
        sample, by, chance = row.ranked.sample, callers[n % len(callers)], rng.random()
        outcome = Outcome.REFUSED if chance < REFUSES else Outcome.NO_ANSWER if chance < UNREACHABLE else Outcome.INTERVIEWED
        day, half = outcomes.half_day(at, calling)
        attempts.append(
            Attempt(
                store=store, sheet=row.sheet, customer=row.customer, phone=row.customer.phones.callable().first(), outcome=outcome, by=by, at=at,
                on=day, half_day=half, token=f"demo implementation {row.pk}",
            )
        )  # fmt: skip
        ended.append((row, outcome, at, by))
        if outcome == Outcome.INTERVIEWED:
            asked = [q for q in versions[sample.audience].questions.all() if q.scale == Scale.YES_NO]
            scores = {q.code: int(rng.random() < habits[sample.person_id]) for q in asked if rng.random() > 0.08}
            response, own, _none = csi.build_response(
                store=store, version=versions[sample.audience], scores=scores, words="", dissatisfactions=[], at=at, occasion=f"followup {row.pk}",
                channel=Response.Channel.CALL, customer=row.customer, vehicle_id=row.vehicle_id, order_id=row.order_id,
                delivery_id=row.delivery_id, advisor_id=sample.person_id, surveyor=by,
            )  # fmt: skip
            responses.append(response)
            answers += own
    Attempt.objects.bulk_create(attempts)
    # Who could not be reached is owed a letter, which went out the day after.
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            store_code=store.code, occasion=f"attempt {attempt.pk}", stage="letter", recipient=f"customer {row.customer_id}", topic="unreachable",
            channel=OutboxMessage.Channel.LETTER, params={"plans": [row.plan]}, created_at=at, next_at=at, status=OutboxMessage.Status.SENT,
            sent_at=min(at + timedelta(days=1), now), sent_by=by,
        )
        for attempt, (row, outcome, at, by) in zip(attempts, ended, strict=True) if outcome == Outcome.NO_ANSWER
    )  # fmt: skip
    Served.objects.bulk_create(Served(attempt=attempt, followup=row) for attempt, (row, *_rest) in zip(attempts, ended, strict=True))
    Response.objects.bulk_create(responses)
    Answer.objects.bulk_create(answers)
    status = {
        Outcome.REFUSED: FollowUp.Status.REFUSED,
        Outcome.NO_ANSWER: FollowUp.Status.UNREACHABLE,
        Outcome.INTERVIEWED: FollowUp.Status.DONE,
    }
    for row, outcome, at, by in ended:
        FollowUp.objects.filter(pk=row.pk).update(
            status=status[outcome], outcome=outcome, closed_at=at, closed_by=by, next_at=None, first_dialled_at=at, dials=1
        )
    planner.refresh_sheets({row.sheet_id for row, *_rest in ended})


def _excuse(store: Store, month: date, people: People, *, at: datetime) -> None:
    """One of the failing advisors was ill for half the month."""
    n = next(n for n in range(2, 2 + EVERY) if (n + month.month) % EVERY == 0)
    sample = Sample.objects.filter(
        store=store, month=month, audience="service", person=people[Role.ADVISOR][n % len(people[Role.ADVISOR])]
    ).first()
    if sample:
        Excuse.objects.create(
            store=store, month=month, audience="service", person=sample.person, reason="当月病假两周，跟车客户由同事代办",
            by=people.account(Role.SERVICE_MANAGER), at=at,
        )  # fmt: skip


def _told(store: Store, at: datetime, *, is_read: bool) -> None:
    """What the verdicts told people; of all months but the last they have read it."""
    rows = OutboxMessage.objects.filter(store_code=store.code, topic__startswith="lounge_", status=OutboxMessage.Status.PENDING)
    rows.update(
        status=OutboxMessage.Status.SENT, created_at=at, next_at=at, sent_at=at, read_at=at + timedelta(hours=9) if is_read else None
    )
