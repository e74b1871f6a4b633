"""What the callers did, and what waits for them: follow-ups, dials and answers, played through the real tables of followups."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from random import Random

from core.workdays import Hours
from csi.models import Dissatisfaction
from customers.models import Customer, Phone
from desk.demo import answers, habits, words
from desk.demo.answers import Answered
from desk.demo.archive import Car, another_phone, invalidate
from desk.demo.history import OF_THE_ACCOUNT
from desk.demo.inventing import Inventor
from desk.demo.people import People
from followups.models import Attempt, Audience, CallSheet, FollowUp
from followups.outcomes import TABLE, Effect, Outcome, consequence, half_day
from followups.planning import PLANS, Plan, window
from staff.models import Store, User
from staff.roles import Role
from visits.models import NewCarDelivery, ServiceOrder

Status = FollowUp.Status
OUTCOMES = {
    Outcome.INTERVIEWED: 67, Outcome.NO_ANSWER: 15, Outcome.BUSY: 4, Outcome.SWITCHED_OFF: 4, Outcome.REJECTED: 5,
    Outcome.RESCHEDULED: 3, Outcome.REFUSED: 3, Outcome.OUT_OF_SERVICE: 0.6, Outcome.WRONG_PERSON: 0.4,
}  # fmt: skip
FRESH = OUTCOMES | {Outcome.NO_ANSWER: 45, Outcome.BUSY: 15, Outcome.RESCHEDULED: 12}
TALKED_TO = {Plan.RECOVERY, Plan.RECHECK}
EASY = {Outcome.INTERVIEWED: 86, Outcome.NO_ANSWER: 10, Outcome.BUSY: 4}
SECONDS_OF_SWEEP = timedelta(seconds=5)
# Minutes before now for which some customers asked to be called: theirs is due within the hour.
AGREED = (10, 25, 40)


@dataclass
class Owed:
    """A follow-up with what came of it."""

    followup: FollowUp
    car: Car
    event: ServiceOrder | NewCarDelivery
    attempts: list[Attempt] = field(default_factory=list)
    answered: Answered | None = None
    cause: "Owed | None" = None  # the unhappy call behind a recovery, the recovery behind a recheck

    @property
    def customer(self) -> Customer:
        """Whoever owned the car then."""
        return self.event.customer


@dataclass
class Forced:
    """A call that the demonstration needs: when it was made, and whether the advisor has called back since."""

    at: datetime
    is_recovered: bool


@dataclass
class Desk:
    store: Store
    now: datetime
    calling: Hours
    rng: Random
    inventor: Inventor
    people: People
    surveys: answers.Surveys
    first: list[Owed] = field(default_factory=list)  # counted from an order or a delivery
    recoveries: list[Owed] = field(default_factory=list)
    rechecks: list[Owed] = field(default_factory=list)
    sheets: dict[tuple[int, int], CallSheet] = field(default_factory=dict)
    phones: dict[int, list[Phone]] = field(default_factory=dict)
    unreachable: list[Owed] = field(default_factory=list)
    forced: dict[int, Forced] = field(default_factory=dict)
    new_phones: list[Phone] = field(default_factory=list)
    unhappy: dict[tuple[int, int, bool], float] = field(default_factory=dict)  # see desk.demo.answers

    @property
    def levels(self) -> list[list[Owed]]:
        return [self.first, self.recoveries, self.rechecks]

    @cached_property
    def anchor(self) -> datetime:
        """Now, or the last moment at which anybody was calling."""
        return self.calling.last_moment(self.now) or self.now

    def while_calling(self, at: datetime, earliest: datetime | None = None) -> datetime:
        """The moment itself; in a break, at night or on a holiday a little before it began. Not before `earliest`."""
        if not self.calling.contains(at):
            at = (self.calling.last_moment(at) or at) - timedelta(minutes=self.rng.randint(1, 25))
        return max(at, earliest) if earliest else at


def play(desk: Desk, cars: list[Car], phones: list[Phone]) -> None:
    for phone in phones:
        desk.phones.setdefault(id(phone.customer), []).append(phone)
    _force(desk, cars)
    for car in cars:
        if car.delivery:
            for plan in (Plan.SALE_CARE, Plan.SALE_FIRST, Plan.SALE_WEEK, Plan.RUN_IN):
                _owe(desk, desk.first, plan, car, car.delivery, car.delivery.delivered_at)
        for order in car.orders:
            if order.delivered_at:
                _owe(desk, desk.first, Plan.SERVICE, car, order, order.delivered_at, agreed_at=order.callback_at)
    for owed in desk.first:
        if owed.answered and owed.answered.response.is_unhappy:
            _recover(desk, owed)
    for owed in desk.recoveries:
        if owed.followup.status == Status.DONE:
            _recheck(desk, owed)
    _stand([owed.followup for level in desk.levels for owed in level])
    _ask_never_again(desk)


def _force(desk: Desk, cars: list[Car]) -> None:
    """Unhappy answers of the last hours: two that the signed-in advisor has to call back, one of the supervisor's, two called back;
    and one that the signed-in consultant has to."""
    for sold in [car.delivery for car in cars if car.delivery][OF_THE_ACCOUNT : OF_THE_ACCOUNT + 1]:
        desk.forced[id(sold)] = Forced(desk.while_calling(desk.anchor - timedelta(minutes=20)), is_recovered=False)
    earliest = desk.anchor - timedelta(days=5)
    recent = [
        order for car in cars for order in car.orders if order.delivered_at and earliest < order.delivered_at and not order.callback_at
    ]
    recent = [
        order for order in recent if desk.calling.first_moment(order.delivered_at + timedelta(hours=2)) < desk.anchor - timedelta(hours=8)
    ]
    recent = list({id(order.customer): order for order in recent}.values())
    ages = [(25, False), (95, False), (40, False), (60 * 5, True), (60 * 6, True)]
    for order, (minutes, is_recovered) in zip(recent, ages, strict=False):
        desk.forced[id(order)] = Forced(desk.while_calling(desk.anchor - timedelta(minutes=minutes)), is_recovered)
    for order in recent[:2] + recent[3:4]:
        order.advisor = order.created_by = desk.people.account(Role.ADVISOR)
    for order, minutes in zip(recent[len(ages) :], AGREED, strict=False):
        order.callback_at = desk.anchor - timedelta(minutes=minutes)


def _owe(desk: Desk, level, plan, car, event, started_at, *, agreed_at=None, assignee=None, cause=None, forced=None) -> Owed:
    span = window(plan, started_at, desk.calling, agreed_at=agreed_at)
    response = cause.answered.response if plan == Plan.RECOVERY else cause.cause.answered.response if cause else None
    followup = FollowUp(
        store=desk.store,
        plan=plan,
        sheet=_sheet(desk, event.customer, assignee),
        customer=event.customer,
        vehicle=car.vehicle,
        order=event if isinstance(event, ServiceOrder) else None,
        delivery=event if isinstance(event, NewCarDelivery) else None,
        response=response,
        recovers=cause.followup if plan == Plan.RECHECK else None,
        assignee=assignee,
        started_at=started_at,
        opens_at=span.opens_at,
        aim_at=span.aim_at,
        due_at=span.due_at,
        due_on=desk.store.local_date(span.due_at),
        is_agreed=span.is_agreed,
        next_at=span.next_at,
        opened_at=span.opens_at + SECONDS_OF_SWEEP if span.opens_at < desk.now else None,
        created_at=started_at,
    )
    owed = Owed(followup, car, event, cause=cause)
    level.append(owed)
    forced = forced or (desk.forced.get(id(event)) if PLANS[plan].questionnaire else None)
    _dial(desk, owed, forced)
    first = followup.first_dialled_at
    if followup.due_at < desk.now and (first is None or first > followup.due_at):
        followup.breached_at = followup.due_at + SECONDS_OF_SWEEP
    return owed


def _sheet(desk: Desk, customer: Customer, assignee: User | None) -> CallSheet:
    key = (id(customer), id(assignee) if assignee else 0)
    if key not in desk.sheets:
        desk.sheets[key] = CallSheet(
            store=desk.store,
            customer=customer,
            audience=Audience.ADVISOR if assignee else Audience.CALLER,
            assignee=assignee,
            tier=customer.tier,
        )
    return desk.sheets[key]


def _stand(followups: list[FollowUp]) -> None:
    """The sheets' next try and soonest limit, the earliest of what is open on them; whether anybody has tried."""
    for followup in followups:
        if followup.status == Status.OPEN:
            sheet = followup.sheet
            sheet.next_at = min(sheet.next_at or followup.next_at, followup.next_at)
            sheet.due_at = min(sheet.due_at or followup.due_at, followup.due_at)
            sheet.is_retry = sheet.is_retry or followup.dials > 0


def _is_fresh(desk: Desk, followup: FollowUp) -> bool:
    """Due in the last day on which anybody was calling, or later: during a long holiday too there is something to do."""
    return followup.due_at > desk.anchor - timedelta(hours=20)


def _ask_never_again(desk: Desk) -> None:
    """Some of those who refused asked never to be called; nothing has been owed to them since."""
    latest = {id(owed.customer): owed for owed in sorted(desk.first, key=lambda owed: owed.followup.started_at)}
    refused = [owed for owed in latest.values() if owed.followup.status == Status.REFUSED and owed.followup.sheet.next_at is None]
    for owed in refused[-max(3, len(desk.phones) // 150) :]:
        owed.followup.outcome = owed.attempts[-1].outcome = Outcome.NEVER_CALL
        owed.customer.do_not_call = True


def _first_dial(desk: Desk, followup: FollowUp) -> datetime | None:
    """When somebody first rang; None where it still waits. What fell due long ago was done, a little of it late."""
    rng = desk.rng
    if followup.plan == Plan.RECOVERY:
        at = followup.started_at + timedelta(minutes=rng.choice([12, 20, 28, 35, 45, 55, 55, 90, 180]))
        return desk.calling.first_moment(at)
    if followup.is_agreed and followup.due_at > desk.anchor:
        return None  # its hour has not passed yet
    if followup.plan == Plan.SALE_CARE and followup.due_at > desk.anchor - timedelta(hours=2):
        return None  # there is one such call at most, and it is to be seen
    if _is_fresh(desk, followup) and rng.random() < 0.6:
        return None
    if rng.random() < 0.035:
        return desk.calling.first_moment(followup.due_at + timedelta(minutes=rng.randint(30, 900)))
    wished = followup.next_at + timedelta(hours=min(rng.expovariate(1 / 9), 60))
    at = desk.calling.first_moment(wished) + timedelta(minutes=rng.randint(0, 100))
    if at >= followup.due_at:
        at = followup.due_at - (followup.due_at - followup.next_at) * rng.uniform(0.05, 0.6)
    return desk.while_calling(at, followup.next_at)


def _dial(desk: Desk, owed: Owed, forced: Forced | None) -> None:
    """Dials until the follow-up is closed or the next try lies ahead."""
    followup, rng = owed.followup, desk.rng
    at = forced.at if forced else _first_dial(desk, followup)
    by = desk.people.account(Role.CALLER) if forced and not followup.assignee else _who_calls(desk, owed)
    tried: set = set()
    while at is not None and at < desk.now - timedelta(minutes=2):
        phone = _callable(desk, owed.customer)
        outcome = Outcome.INTERVIEWED if forced else _outcome(desk, followup)
        agreed_at = desk.calling.first_moment(at + timedelta(hours=rng.randint(2, 30))) if outcome == Outcome.RESCHEDULED else None
        then = consequence(
            outcome,
            now=at,
            calling=desk.calling,
            tried=tried,
            limit=desk.store.unreachable_half_days,
            has_other_phone=len(_all_callable(desk, owed.customer)) > 1,
            agreed_at=agreed_at,
        )
        if TABLE[outcome] == Effect.HALF_DAY:
            tried.add(half_day(at, desk.calling))
        _keep(desk, owed, outcome, phone, by, at)
        if then.phone_is_invalid:
            invalidate(phone, Outcome(outcome))
        if then.status:
            return _close(desk, owed, then.status, by, at, forced)
        followup.next_at = then.next_at
        at = desk.calling.first_moment(then.next_at + timedelta(minutes=rng.randint(0, 45)))
        if _is_fresh(desk, followup) and rng.random() < 0.85:
            return None  # a retry that waits


def _outcome(desk: Desk, followup: FollowUp) -> str:
    usual = EASY if followup.plan in TALKED_TO else FRESH if _is_fresh(desk, followup) else OUTCOMES
    return desk.rng.choices(list(usual), list(usual.values()))[0]


def _who_calls(desk: Desk, owed: Owed) -> User:
    if owed.followup.assignee:
        return owed.followup.assignee
    return desk.rng.choices(desk.people[Role.CALLER], habits.shares(habits.CALLERS))[0]


def _all_callable(desk: Desk, customer: Customer) -> list[Phone]:
    return [phone for phone in desk.phones[id(customer)] if phone.validity != Phone.Validity.INVALID]


def _callable(desk: Desk, customer: Customer) -> Phone:
    """The first good number; a customer with none left has given a new one at the last visit."""
    good = _all_callable(desk, customer)
    if good:
        return good[0]
    known = desk.phones[id(customer)]
    known.append(another_phone(customer, desk.inventor, len(known)))
    desk.new_phones.append(known[-1])
    customer.confirm_number = False
    return known[-1]


def _keep(desk: Desk, owed: Owed, outcome: str, phone: Phone, by: User, at: datetime) -> None:
    on, half = half_day(at, desk.calling)
    owed.attempts.append(
        Attempt(
            store=desk.store, sheet=owed.followup.sheet, customer=owed.customer, phone=phone, number=phone.number, own_line="023-67880001",
            outcome=outcome, by=by, at=at, on=on, half_day=half,
        )
    )  # fmt: skip
    owed.followup.dials += 1
    owed.followup.first_dialled_at = owed.followup.first_dialled_at or at
    owed.followup.outcome = outcome
    if outcome == Outcome.INTERVIEWED and phone.validity == Phone.Validity.UNKNOWN:
        phone.validity = Phone.Validity.VALID
    if outcome == Outcome.INTERVIEWED:
        phone.confirmed_on = max(on, phone.confirmed_on or on)


def _close(desk: Desk, owed: Owed, status: str, by: User, at: datetime, forced: Forced | None) -> None:
    followup = owed.followup
    followup.status, followup.next_at, followup.closed_at, followup.closed_by = status, None, at, by
    if status == Status.UNREACHABLE:
        owed.customer.confirm_number = at > desk.now - timedelta(days=60)
        desk.unreachable.append(owed)
    if status != Status.DONE:
        return
    if PLANS[followup.plan].questionnaire:
        owed.answered = answers.give(desk, owed, by, at, is_forced_unhappy=bool(forced))
    elif followup.plan not in (Plan.RECOVERY, Plan.RECHECK):
        followup.words = desk.rng.choice(words.TALKS)


def _recover(desk: Desk, owed: Owed) -> None:
    """The advisor calls back (followups.duty: whoever cannot sign in, or is the cause, is replaced by the supervisor)."""
    response, is_sale = owed.answered.response, owed.event is owed.car.delivery
    own = desk.people.account(Role.SALES if is_sale else Role.ADVISOR)
    is_cause = any(entry.person is response.advisor for entry in owed.answered.dissatisfactions)
    assignee = (
        own if response.advisor is own and not is_cause else desk.people.account(Role.SALES_SUPERVISOR if is_sale else Role.SUPERVISOR)
    )
    known = desk.forced.get(id(owed.event))
    forced = None
    if known:  # waits for the person who is looking at the demonstration, or was done half an hour later
        forced = Forced(desk.calling.first_moment(known.at + timedelta(minutes=31)) if known.is_recovered else desk.now, known.is_recovered)
    recovery = _owe(
        desk, desk.recoveries, Plan.RECOVERY, owed.car, owed.event, response.answered_at, assignee=assignee, cause=owed, forced=forced
    )
    if recovery.followup.status == Status.DONE:
        recovery.followup.words = desk.rng.choice(words.MEASURES)
        for entry in owed.answered.dissatisfactions:
            entry.cause, entry.measure = desk.rng.choice(words.CAUSES), desk.rng.choice(words.MEASURES)
            entry.is_carried_out = desk.rng.random() < 0.9
            entry.handled_at, entry.handled_by = recovery.followup.closed_at, assignee


def _recheck(desk: Desk, recovery: Owed) -> None:
    started_at = min(recovery.followup.closed_at, recovery.followup.due_at)
    owed = _owe(desk, desk.rechecks, Plan.RECHECK, recovery.car, recovery.event, started_at, cause=recovery)
    if owed.followup.status != Status.DONE:
        return
    opinion, said = desk.rng.choices(
        [(Dissatisfaction.Opinion.SATISFIED, words.BETTER), (Dissatisfaction.Opinion.SO_SO, words.BETTER), (Dissatisfaction.Opinion.DISSATISFIED, words.STILL_BAD)],
        [80, 12, 8],
    )[0]  # fmt: skip
    for entry in recovery.cause.answered.dissatisfactions:
        entry.opinion, entry.opinion_words, entry.opinion_at = opinion, desk.rng.choice(said), owed.followup.closed_at
    owed.followup.words = recovery.cause.answered.dissatisfactions[0].opinion_words if recovery.cause.answered.dissatisfactions else ""


def number(level: list[Owed], occasion: Callable[[Owed], str]) -> list[FollowUp]:
    """Names each follow-up's occasion, now that what it follows is stored."""
    for owed in level:
        owed.followup.occasion = occasion(owed)
    return [owed.followup for owed in level]
