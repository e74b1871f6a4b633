"""Suggestions and praise over the months, some late, most in time; three that wait now. Each with the limits and the lines that people and
the sweep would have written."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from complaints.feedback_limits import LIMITED, due
from complaints.kinds import Channel, FeedbackAct, FeedbackEntryKind, FeedbackKind, FeedbackStatus, Method
from complaints.models import Feedback, FeedbackClock, FeedbackEntry, NumberSeries
from complaints.telling import feedback_messages
from core.models import OutboxMessage
from desk.demo import words
from desk.demo.people import People
from desk.demo.season import Remembered
from desk.demo.writing import insert
from staff.models import Store
from staff.roles import Role
from visits.models import NewCarDelivery, ServiceOrder

SUGGESTIONS, PRAISE = 0.005, 0.009  # of all hand-overs
SECONDS_OF_SWEEP = timedelta(seconds=5)
MINUTE = timedelta(minutes=1)
SOON = 35 * MINUTE
NEWEST = timedelta(days=9)  # younger hand-overs are those of what waits now
CHANNELS = {Channel.WEB: 40, Channel.IN_STORE: 30, Channel.PHONE: 15, Channel.BOX: 10, Channel.CALLBACK: 5}
Event = ServiceOrder | NewCarDelivery
# Staffed minutes before now at which it was received, and how far it has come.
WAITING = [(FeedbackKind.SUGGESTION, 40, 0), (FeedbackKind.SUGGESTION, 900, 1), (FeedbackKind.PRAISE, 150, 0)]
PASSED_ON = (FeedbackKind.PRAISE, 700, 1)


class Life:
    """One of them from its receipt on. An act first lets happen what the sweep would have done until then."""

    def __init__(self, event: Event, kind: str, received_at: datetime, *, staffed: Remembered, people: People, rng: Random, now: datetime):
        self.staffed, self.people, self.rng, self.now = staffed, people, rng, now
        self.caller, self.manager = people.account(Role.CALLER), people.account(Role.CARE_MANAGER)
        self.to = event.advisor if isinstance(event, ServiceOrder) else event.consultant
        channel = rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        self.said, self.is_adopted, self.reason = rng.choice(words.SUGGESTIONS)
        said = rng.choice(words.THANKS).format(name=self.to.name) if kind == FeedbackKind.PRAISE else self.said
        self.row = Feedback(
            store=event.store, kind=kind, channel=channel, customer=event.customer, vehicle=event.vehicle, words=said,
            about=self.to.name if kind == FeedbackKind.PRAISE and channel == Channel.WEB else "",
            registered_by=None if channel == Channel.WEB else self.caller, received_at=received_at,
            received_on=event.store.local_date(received_at), created_at=received_at,
        )  # fmt: skip
        self.entries: list[FeedbackEntry] = []
        self._write(FeedbackEntryKind.RECEIVED, received_at, by=self.row.registered_by)
        self.clocks = [self._clock(act) for act in LIMITED[kind]]

    def _clock(self, act: str) -> FeedbackClock:
        total = due(act, self.row.received_at, self.staffed)
        return FeedbackClock(
            store=self.row.store, feedback=self.row, act=act, owner=self.manager if act == FeedbackAct.EVALUATE else self.caller,
            started_at=total.started_at, due_at=total.due_at, warn_at=total.warn_at, why=total.as_data(),
        )  # fmt: skip

    def _write(self, kind: str, at: datetime, **facts) -> None:
        self.entries.append(FeedbackEntry(feedback=self.row, kind=kind, at=at, status=self.row.status, **facts))

    def sweep(self, until: datetime) -> None:
        """Warns and marks, in the order of time."""
        coming = []
        for clock in self.clocks:
            if clock.met_at is None and clock.breached_at is None:
                if clock.warn_at and clock.warned_at is None:
                    coming.append((clock.warn_at, "warned", clock))
                coming.append((clock.due_at, "breached", clock))
        for at, stage, clock in sorted(coming, key=lambda one: one[:2]):
            if at <= until:
                setattr(clock, f"{stage}_at", min(at + SECONDS_OF_SWEEP, until))
                self._write(stage, getattr(clock, f"{stage}_at"), clock=clock, person=clock.owner)

    def do(self, act: str, kind: str, status: str, at: datetime, **facts) -> bool:
        """False when that is still to come."""
        if at > self.now:
            return False
        self.sweep(at)
        for clock in self.clocks:
            if clock.act == act:
                clock.met_at = at
        self.row.status = status
        if status == FeedbackStatus.CLOSED:
            self.row.closed_at = at
        self._write(kind, at, **facts)
        return True

    def play(self, steps: int = 9) -> "Life":
        """steps: how many acts at most. What is left of them waits."""
        rng, at = self.rng, self.row.received_at
        acts = [self._pass_on] if self.row.is_praise else [self._acknowledge, self._evaluate, self._tell]
        for act in acts[:steps]:
            at = self._later(at, rng) if steps > len(acts) else self.staffed.first_moment(at + SOON)
            if not act(at):
                break
        self.sweep(self.now)
        return self

    def _later(self, at: datetime, rng: Random) -> datetime:
        """Within the limits for most, late for one in ten."""
        if not self.row.is_praise and self.row.status == FeedbackStatus.RECEIVED:
            minutes = rng.choices([rng.randint(8, 100), rng.randint(130, 200)], [92, 8])[0]
        else:
            minutes = rng.choices([rng.randint(60, 1200), rng.randint(2500, 3200)], [93, 7])[0]
        for _n in range(60):  # over so many stretches of staffed time
            start, end = self.staffed.current_or_next(at)
            start = max(start, at)
            if end - start >= minutes * MINUTE:
                return start + minutes * MINUTE
            minutes -= int((end - start) / MINUTE)
            at = end
        return at

    def _acknowledge(self, at: datetime) -> bool:
        how = {"by": self.caller, "method": Method.PHONE, "told": self.rng.choice(words.ARRIVED)}
        return self.do(FeedbackAct.ACKNOWLEDGE, FeedbackEntryKind.ACKNOWLEDGED, FeedbackStatus.ACKNOWLEDGED, at, **how)

    def _evaluate(self, at: datetime) -> bool:
        if at <= self.now:
            self.row.is_adopted, self.row.reason = self.is_adopted, self.reason
        kind, status = FeedbackEntryKind.EVALUATED, FeedbackStatus.EVALUATED
        return self.do(FeedbackAct.EVALUATE, kind, status, at, by=self.manager, words=self.reason)

    def _tell(self, at: datetime) -> bool:
        how = {"by": self.caller, "method": Method.PHONE, "told": self.rng.choice(words.DECIDED)}
        return self.do(FeedbackAct.TELL, FeedbackEntryKind.TOLD, FeedbackStatus.CLOSED, at, **how)

    def _pass_on(self, at: datetime) -> bool:
        if at <= self.now:
            self.row.person = self.to
        return self.do(FeedbackAct.PASS_ON, FeedbackEntryKind.PASSED_ON, FeedbackStatus.CLOSED, at, by=self.caller, person=self.to)


def fill(store: Store, events: list[Event], *, staffed: Remembered, people: People, now: datetime, seed: int) -> list[OutboxMessage]:
    """events: stored hand-overs. A generator of its own, so that nothing else of the store changes with it. Returns unread messages."""
    rng = Random(f"feedback {seed}")
    facts = {"staffed": staffed, "people": people, "rng": rng, "now": now}
    named = [event for event in events if (event.advisor if isinstance(event, ServiceOrder) else event.consultant) is not None]
    lives = []
    for event in named:
        roll = rng.random()
        if roll < SUGGESTIONS + PRAISE and event.delivered_at < now - NEWEST:
            received_at = staffed.first_moment(event.delivered_at + MINUTE * rng.randint(30, 3 * 24 * 60))
            kind = FeedbackKind.SUGGESTION if roll < SUGGESTIONS else FeedbackKind.PRAISE
            lives.append(Life(event, kind, received_at, **facts).play())
    latest = sorted((event for event in named if isinstance(event, ServiceOrder)), key=lambda event: event.delivered_at, reverse=True)
    waiting = []
    praised = [_latest_of(people.account(role), named) for role in (Role.ADVISOR, Role.SALES)]
    about = [*zip(latest[3:], WAITING, strict=False), *((event, PASSED_ON) for event in praised if event)]
    for event, (kind, minutes, steps) in about:
        waiting.append(Life(event, kind, max(staffed.minutes_before(now, minutes), event.delivered_at), **facts).play(steps))
    lives = sorted(lives + waiting, key=lambda life: life.row.received_at)
    last: Counter[int] = Counter()
    for life in lives:
        year = life.row.received_on.year
        last[year] += 1
        life.row.number = f"{store.code}-{year}-F{last[year]:04d}"
    insert(NumberSeries, [NumberSeries(store=store, year=year, prefix="F", last=n) for year, n in sorted(last.items())])
    insert(Feedback, [life.row for life in lives])
    insert(FeedbackClock, [clock for life in lives for clock in life.clocks])
    insert(FeedbackEntry, [entry for life in lives for entry in life.entries])
    return [message for life in waiting for message in _unread(life)]


def _latest_of(person, events: list[Event]) -> Event | None:
    """The latest hand-over of that person: those who sign in find praise of themselves."""
    mine = [event for event in events if person is (event.advisor if isinstance(event, ServiceOrder) else event.consultant)]
    return max(mine, key=lambda event: event.delivered_at, default=None)


def _unread(life: Life) -> list[OutboxMessage]:
    row, owed = life.row, []
    for clock in life.clocks:
        if clock.owner is not row.registered_by:
            owed += [(row.received_at, feedback_messages(clock, [clock.owner], stage="started", topic=f"feedback_{clock.act}"))]
        if clock.breached_at:
            owed += [(clock.breached_at, feedback_messages(clock, [clock.owner], stage="breached", topic="feedback_late"))]
    if row.is_praise and row.closed_at:
        owed += [(row.closed_at, feedback_messages(row, [row.person], stage="passed_on", topic="feedback_praised"))]
    for at, messages in owed:
        for message in messages:
            message.status, message.attempts = OutboxMessage.Status.SENT, 1
            message.created_at = message.next_at = message.sent_at = at
    return [message for _at, messages in owed for message in messages]
