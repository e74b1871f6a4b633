"""Complaints with their clocks: some kept, some late and raised, six that are open now. Each lives through the tables of complaints
(limits, ladder), minute by minute as people and the sweep would have acted."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from complaints import explain
from complaints.clocks import MAY_PAUSE, Sum, due, promised
from complaints.escalation import LADDERS, climb, first_rung
from complaints.kinds import Cause, Channel, ClockKind, Closing, Department, EntryKind, Level, Method, Severity, Status
from complaints.models import Clock, Complaint, Entry, NumberSeries
from complaints.telling import messages, messages_of_clock
from core.models import OutboxMessage
from desk.demo import words
from desk.demo.people import People
from desk.demo.season import Remembered
from desk.demo.writing import insert
from staff.models import Store
from staff.roles import Role
from visits.models import NewCarDelivery, ServiceOrder

SHARE = 0.015  # of all hand-overs
SECONDS_OF_SWEEP = timedelta(seconds=5)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
REPLIES = {ClockKind.FIRST_REPLY, ClockKind.DEPARTMENT_REPLY, ClockKind.NEXT_CONTACT}
NEWEST = timedelta(days=6)  # younger hand-overs are those of the open ones
Event = ServiceOrder | NewCarDelivery
Act = tuple[datetime, Callable[[datetime], None]]


class Life:
    """One complaint from its receipt on. An act first lets happen what the sweep would have done until then."""

    def __init__(self, event: Event, received_at: datetime, *, staffed: Remembered, people: People, rng: Random, now: datetime, **facts):
        self.staffed, self.people, self.rng, self.now = staffed, people, rng, now
        self.clocks: list[Clock] = []
        self.entries: list[Entry] = []
        self.caller = people.account(Role.CALLER)
        is_order = isinstance(event, ServiceOrder)
        department = Department.SERVICE if is_order else Department.SALES
        against = (event.advisor if is_order else event.consultant) if facts["standard"] == "attitude" else None
        severity = facts.get("severity", Severity.ORDINARY)
        level = first_rung(channel=facts["channel"], severity=severity, is_product_quality=False)
        level, handler = climb(level, self._on_duty(department), skip=[against])
        self.row = Complaint(
            store=event.store, department=department, customer=event.customer, vehicle=event.vehicle, order=event if is_order else None,
            delivery=None if is_order else event, against=against, level=level, handler=handler, registered_by=self.caller,
            received_at=received_at, received_on=event.store.local_date(received_at), created_at=received_at, **facts,
        )  # fmt: skip
        self._write(EntryKind.OPENED, received_at, by=self.caller, person=handler)
        self._start(ClockKind.FIRST_REPLY, self.caller, received_at)
        self._start(ClockKind.DEPARTMENT_REPLY, handler, received_at)
        if self.row.is_major:
            self._write(EntryKind.REPORTED, received_at, person=people.account(Role.REGIONAL))

    def _on_duty(self, department: str):
        return lambda level: [self.people.account(LADDERS[department][level])]

    # what is written

    def _write(self, kind: str, at: datetime, **facts) -> None:
        self.entries.append(Entry(complaint=self.row, kind=kind, at=at, status=self.row.status, level=self.row.level, **facts))

    def _act(self, kind: str, at: datetime, *, by, status: str | None = None, **facts) -> None:
        self.row.version += 1
        self.row.status = status or self.row.status
        self._write(kind, at, by=by, **facts)

    def _start(self, kind: str, owner, at: datetime, total: Sum | None = None) -> None:
        total = total or due(kind, at, self.staffed)
        occasion = 1 + sum(clock.kind == kind for clock in self.clocks)
        self.clocks.append(
            Clock(
                store=self.row.store, complaint=self.row, kind=kind, occasion=occasion, owner=owner, started_at=at, due_at=total.due_at,
                due_on=self.row.store.local_date(total.due_at), warn_at=total.warn_at, why=total.as_data(),
            )
        )  # fmt: skip

    def _running(self, *kinds: str) -> list[Clock]:
        return [clock for clock in self.clocks if clock.is_running and (not kinds or clock.kind in kinds)]

    def _meet(self, at: datetime, *kinds: str) -> None:
        for clock in self._running(*kinds):
            clock.met_at = at

    def _drop(self, at: datetime, *kinds: str) -> None:
        for clock in self._running(*kinds):
            clock.dropped_at = at

    # what the sweep does

    def sweep(self, until: datetime) -> None:
        """Warns, marks and raises, in the order of time."""
        while coming := [(at, n, act, clock) for n, clock in enumerate(self._running()) for at, act in self._coming(clock) if at <= until]:
            at, _n, act, clock = min(coming, key=lambda one: one[:2])
            act(clock, min(at + SECONDS_OF_SWEEP, until))

    def _coming(self, clock: Clock) -> Iterator[tuple[datetime, Callable]]:
        if clock.breached_at is None:
            yield clock.due_at, self._breach
            if clock.warn_at and clock.warned_at is None:
                yield clock.warn_at, self._warn
        elif clock.raised_at is None:
            yield self.staffed.first_moment(clock.breached_at), self._raise

    def _warn(self, clock: Clock, at: datetime) -> None:
        clock.warned_at = at
        self._write(EntryKind.WARNED, at, clock=clock, person=clock.owner)

    def _breach(self, clock: Clock, at: datetime) -> None:
        clock.breached_at = at
        self._write(EntryKind.BREACHED, at, clock=clock, person=clock.owner)

    def _raise(self, clock: Clock, at: datetime) -> None:
        row, clock.raised_at = self.row, at
        found = climb(row.level + 1, self._on_duty(row.department), skip=[row.against, row.handler, row.superior])
        if found is None:
            return self._write(EntryKind.TOP, at, clock=clock, cause=Cause.BREACH)
        self._drop(at, ClockKind.INSTRUCTION)
        row.level, row.superior = found
        row.version += 1
        self._start(ClockKind.INSTRUCTION, row.superior, at)
        self._write(EntryKind.RAISED, at, clock=clock, cause=Cause.BREACH, person=row.superior)

    # what people do

    def sign(self, at: datetime) -> None:
        self._act(EntryKind.SIGNED, at, by=self.row.handler, status=Status.ACKNOWLEDGED)

    def hear(self, at: datetime) -> None:
        self._act(EntryKind.FIRST_REPLY, at, by=self.caller, method=Method.PHONE, told=self.rng.choice(words.HEARD))
        self._meet(at, ClockKind.FIRST_REPLY)

    def reply(self, at: datetime) -> None:
        by, next_at = self.row.handler, self.staffed.first_moment(at + timedelta(hours=self.rng.choice([24, 48, 72])))
        told = self.rng.choice(words.REPLIED)
        self._act(
            EntryKind.REPLIED, at, by=by, status=Status.IN_HAND, method=Method.PHONE, told=told, next_at=next_at, number="023-67880001"
        )
        self._meet(at, *REPLIES)
        self._start(ClockKind.NEXT_CONTACT, by, at, promised(at, next_at))

    def instruct(self, at: datetime) -> None:
        by, self.row.superior = self.row.superior, None
        if by is not None:
            self._act(EntryKind.INSTRUCTED, at, by=by, words=self.rng.choice(words.INSTRUCTIONS), person=self.row.handler)
            self._meet(at, ClockKind.INSTRUCTION)

    def wait(self, at: datetime) -> None:
        self._act(EntryKind.WAITED, at, by=self.row.handler, status=Status.WAITING, words=words.WAITS)
        for clock in self._running(*MAY_PAUSE):
            if clock.breached_at is None and clock.due_at > at:
                clock.paused_at = at

    def resolve(self, at: datetime) -> None:
        row, rng = self.row, self.rng
        row.cause, row.solution, row.result, row.measure = map(
            rng.choice, (words.CAUSES, words.SOLUTIONS, words.RESULTS, words.IMPROVEMENTS)
        )
        row.resolved_at, row.resolved_by, row.superior = at, row.handler, None
        row.resolutions += 1
        said = explain.solution(cause=row.cause, solution=row.solution, result=row.result, measure=row.measure)
        self._act(EntryKind.RESOLVED, at, by=row.handler, status=Status.RESOLVED, method=Method.PHONE, told=row.solution, words=said)
        self._meet(at, *REPLIES)
        self._drop(at)
        self._start(ClockKind.REVISIT, self.caller, at)

    def close(self, at: datetime) -> None:
        """The customer is satisfied; a major one is signed off by the manager half an hour later."""
        said = {"method": Method.PHONE, "words": self.rng.choice(words.BETTER)}
        self._meet(at, ClockKind.REVISIT)
        self._drop(at)
        by = self.caller
        if self.row.is_major:
            self._act(EntryKind.REVISITED, at, by=by, status=Status.REVISITED, **said)
            at, by, said = at + 30 * MINUTE, self.people.account(LADDERS[self.row.department][Level.MANAGER]), {}
        self.row.closed_at, self.row.closing, self.row.superior = at, Closing.SATISFIED, None
        self._act(EntryKind.CLOSED, at, by=by, status=Status.CLOSED, **said)

    def reopen(self, at: datetime) -> None:
        row = self.row
        found = climb(row.level + 1, self._on_duty(row.department), skip=[row.against, row.handler])
        self._meet(at, ClockKind.REVISIT)
        self._drop(at)
        row.level, row.handler = found or (row.level, row.handler)
        row.superior = row.resolved_at = row.resolved_by = None
        said = {"method": Method.PHONE, "words": self.rng.choice(words.STILL_BAD)}
        self._act(EntryKind.REOPENED, at, by=self.caller, status=Status.REOPENED, cause=Cause.DISSATISFIED, person=row.handler, **said)
        self._start(ClockKind.FIRST_REPLY, self.caller, at)
        self._start(ClockKind.DEPARTMENT_REPLY, row.handler, at)

    def play(self, acts: list[tuple[Callable[[datetime], None], timedelta]]) -> "Life":
        """acts: what somebody does, how long after the act before; in staffed hours. What lies ahead of now is not done yet."""
        at = self.row.received_at
        for act, pause in acts:
            at = self.staffed.first_moment(at + pause)
            if at >= self.now:
                break
            self.sweep(at)
            act(at)
        self.sweep(self.now)
        return self


def usual(life: Life) -> list[tuple[Callable, timedelta]]:
    """How it mostly goes; one in six hears late, one in eight is answered late, one in fourteen is not satisfied the first time."""
    rng = life.rng
    is_late, is_slow = rng.random() < 1 / 6, rng.random() < 1 / 8
    acts = [(life.hear, MINUTE * rng.randint(125, 200) if is_late else MINUTE * rng.randint(8, 100))]
    acts += [(life.instruct, MINUTE * rng.randint(10, 50)), (life.sign, MINUTE * rng.randint(5, 60))]
    acts += [(life.reply, HOUR * rng.randint(26, 30) if is_slow else HOUR * rng.randint(1, 6))]
    acts += [(life.instruct, MINUTE * rng.randint(20, 80)), (life.resolve, HOUR * rng.randint(3, 20))]
    if rng.random() < 1 / 14:
        acts += [(life.reopen, HOUR * rng.randint(3, 18)), (life.hear, MINUTE * 30), (life.sign, MINUTE * 20), (life.reply, HOUR * 2)]
        acts += [(life.resolve, HOUR * rng.randint(3, 20))]
    return [*acts, (life.close, HOUR * rng.randint(3, 20))]


def current(life: Life, n: int) -> list[tuple[Callable, timedelta]]:
    """Those that are open now, see OPEN and SOLD."""
    return [
        [],
        [(life.hear, 20 * MINUTE), (life.sign, 30 * MINUTE)],
        [(life.hear, 20 * MINUTE), (life.sign, 20 * MINUTE), (life.reply, 2 * HOUR), (life.wait, HOUR)],
        [(life.hear, 15 * MINUTE), (life.sign, 20 * MINUTE), (life.reply, HOUR), (life.resolve, 2 * HOUR)],
        [(life.hear, 10 * MINUTE), (life.sign, 20 * MINUTE), (life.reply, 40 * MINUTE)],
        [(life.hear, 15 * MINUTE), (life.sign, 30 * MINUTE)],
    ][n]


# Staffed minutes before now at which it was received: its two hours run; late and raised; waits for the customer; to be revisited; major.
OPEN = [25, 690, 800, 300, 270]
SOLD = 200  # and one about a new car, which its consultant has signed for


def fill(store: Store, events: list[Event], *, staffed: Remembered, people: People, now: datetime, seed: int) -> list[OutboxMessage]:
    """events: stored hand-overs. A generator of its own, so that nothing else of the store changes with it. Returns the messages that
    people have not read yet."""
    rng = Random(f"complaints {seed}")
    facts = {"staffed": staffed, "people": people, "rng": rng, "now": now}
    lives = [life.play(usual(life)) for life in _past(events, facts)]
    open_ones = [life.play(current(life, n)) for n, life in enumerate(_open(events, facts))]
    lives = sorted(lives + open_ones, key=lambda life: life.row.received_at)
    _number(store, lives)
    insert(Complaint, [life.row for life in lives])
    insert(Clock, [clock for life in lives for clock in life.clocks])
    insert(Entry, [entry for life in lives for entry in life.entries])
    return [message for life in open_ones for message in _unread(life)]


def _past(events: list[Event], facts: dict) -> Iterator[Life]:
    rng, now, staffed = facts["rng"], facts["now"], facts["staffed"]
    for event in events:
        if rng.random() < SHARE and event.delivered_at < now - NEWEST:
            received_at = staffed.first_moment(event.delivered_at + MINUTE * rng.randint(90, 5 * 24 * 60))
            if received_at < now - HOUR:
                yield Life(event, received_at, **facts, **_about(event, rng))


def _open(events: list[Event], facts: dict) -> Iterator[Life]:
    """About the latest hand-overs, of different customers who may be called."""
    rng, now = facts["rng"], facts["now"]
    received = [facts["staffed"].minutes_before(now, minutes) for minutes in OPEN]
    recent = [event for event in events if isinstance(event, ServiceOrder) and event.delivered_at < min(received)]
    by_customer = {event.customer.pk: event for event in recent if not event.customer.do_not_call}
    latest = sorted(by_customer.values(), key=lambda event: event.delivered_at, reverse=True)
    for n, (event, received_at) in enumerate(zip(latest, received, strict=False)):
        more = {**_about(event, rng), "channel": Channel.PHONE, "severity": Severity.MAJOR if n == len(OPEN) - 1 else Severity.ORDINARY}
        yield Life(event, received_at, **facts, **more)
    received_at = facts["staffed"].minutes_before(now, SOLD)
    sold = [event for event in events if isinstance(event, NewCarDelivery) and event.delivered_at < received_at]
    for delivery in sorted(sold, key=lambda delivery: delivery.delivered_at)[-1:]:
        link, standard, said = words.SALES_COMPLAINTS[1]
        yield Life(delivery, received_at, **facts, link=link, standard=standard, words=said, channel=Channel.PHONE)


def _about(event: Event, rng: Random) -> dict:
    """Channel, link and words; the demands of some."""
    if isinstance(event, NewCarDelivery):
        link, standard, said = rng.choice(words.SALES_COMPLAINTS)
    else:
        link = rng.choices(list(words.LINKS), list(words.LINKS.values()))[0]
        standard, said = rng.choice(words.COMPLAINTS[link])
    channel = rng.choices(list(words.CHANNELS), list(words.CHANNELS.values()))[0]
    severity = Severity.MAJOR if rng.random() < 0.04 else Severity.ORDINARY
    return {
        "link": link, "standard": standard, "words": said, "channel": channel, "severity": severity, "demands": rng.choice(words.DEMANDS),
    }  # fmt: skip


def _number(store: Store, lives: list[Life]) -> None:
    last: Counter[int] = Counter()
    for life in lives:
        year = life.row.received_on.year
        last[year] += 1
        life.row.number = f"{store.code}-{year}-{last[year]:04d}"
    insert(NumberSeries, [NumberSeries(store=store, year=year, last=n) for year, n in sorted(last.items())])


def _unread(life: Life) -> Iterator[OutboxMessage]:
    """What the sweep and the acts have told about an open one."""
    row = life.row
    told = [(row.received_at, messages(row, [row.handler], occasion=f"complaint {row.pk}", stage="opened", topic="complaint_yours"))]
    for clock in life.clocks:
        if clock.breached_at:
            people = [clock.owner, row.handler]
            told.append((clock.breached_at, messages_of_clock(clock, people, stage="breached", topic="complaint_late")))
    for entry in life.entries:
        if entry.kind == EntryKind.RAISED:
            occasion = f"complaint entry {entry.pk}"
            told.append((entry.at, messages(row, [entry.person], occasion=occasion, stage="raised", topic="complaint_raised")))
    for at, owed in told:
        for message in owed:
            message.status, message.attempts = OutboxMessage.Status.SENT, 1
            message.created_at = message.next_at = message.sent_at = at
            yield message
