"""What stands in the store at this hour: cars at every step, appointments, absences, unread messages."""

from datetime import datetime, timedelta

from core.money import to_fen
from customers.models import Vehicle
from desk.demo.archive import Archive, Car
from desk.demo.people import People
from desk.demo.workshop import Workshop, add_work, new_order, take_steps
from staff.models import Absence
from staff.roles import Role
from visits.models import Appointment, Kind, ScopeChange, ServiceOrder, Source, Step

# (step, minutes ago that the car came, minutes until it is promised: negative is late)
BOARD = [
    (Step.RECEPTION, 4, None), (Step.RECEPTION, 11, None), (Step.DIAGNOSIS, 25, 150), (Step.DIAGNOSIS, 38, 95), (Step.JOB_ORDER, 47, 120),
    (Step.JOB_ORDER, 52, 180), (Step.REPAIR, 95, -22), (Step.REPAIR, 80, 35), (Step.REPAIR, 130, 70), (Step.REPAIR, 65, 160),
    (Step.INSPECTION, 150, -6), (Step.INSPECTION, 140, 15), (Step.READY, 175, -12), (Step.READY, 160, 20),
]  # fmt: skip
ORDERED = [Step.RECEPTION, Step.DIAGNOSIS, Step.JOB_ORDER, Step.REPAIR, Step.INSPECTION, Step.READY]
# Minutes from now of today's appointments; the earliest two did not come.
APPOINTMENTS = [-190, -120, -45, -18, 15, 40, 75, 110, 160, 210, 250, 290]
AHEAD_DAYS, A_DAY = 7, 9  # what is booked already
KEPT_DAYS = 14  # how long the appointments of cars that came are on show
MISSED = 0.02


def fill_board(workshop: Workshop, archive: Archive) -> tuple[list[Car], list[ScopeChange]]:
    """The cars that are here now; they were never in the workshop during the last weeks."""
    base = workshop.opening.last_moment(workshop.now) or workshop.now
    away = base - timedelta(days=20)
    cars = [
        car
        for car in archive.cars
        if car.vehicle.status == Vehicle.Status.ACTIVE
        and (not car.orders or car.orders[-1].delivered_at < away)
        and (not car.delivery or car.delivery.delivered_at < away)
    ]
    workshop.rng.shuffle(cars)
    here, changes = [], []
    for car, (step, came, promised) in zip(list(cars), BOARD, strict=False):
        order = new_order(
            workshop,
            car,
            workshop.rng.choice([Kind.MAINTENANCE, Kind.REPAIR, Kind.MAINTENANCE, Kind.ACCIDENT]),
            workshop.open_minutes_ago(base, came),
        )
        order.step = step
        order.callback_at = None
        if len(here) % 3 == 0:
            order.advisor = order.created_by = workshop.people.account(Role.ADVISOR)
        if promised is not None:
            # A car that stays over night is promised for the next morning.
            from_when = workshop.opening.first_moment(workshop.now) if promised > 0 else base
            order.promised_at = from_when + timedelta(minutes=promised)
            add_work(workshop, order, to_fen(workshop.rng.randint(8, 60) * 10), to_fen(workshop.rng.randint(10, 160) * 10))
        if ORDERED.index(step) >= ORDERED.index(Step.REPAIR):
            order.signed_at = order.received_at + timedelta(minutes=14)
            order.work_started_at = min(order.received_at + timedelta(minutes=32), workshop.now)
        order.waits_in_lounge = len(here) % 2 == 0 and workshop.opening.contains(workshop.now)
        take_steps(workshop, order)
        if step == Step.REPAIR and not changes:
            changes.append(
                ScopeChange(
                    order=order,
                    what="追加更换前刹车片",
                    extra_fen=to_fen(680),
                    promised_at=order.promised_at,
                    consent=ScopeChange.Consent.PHONE,
                    consented_at=order.work_started_at + timedelta(minutes=20),
                    by=order.advisor,
                )
            )
        here.append(car)
    return here, changes


def appointments(workshop: Workshop, archive: Archive, here: list[Car]) -> list[Appointment]:
    """Today's with those who have not come; the days ahead; and which of the cars of the last days had one."""
    rng, now = workshop.rng, workshop.now
    busy = {id(car) for car in here}
    free = [car for car in archive.cars_of("loyal", "regular", "frequent") if id(car) not in busy]
    rng.shuffle(free)
    times = [at for minutes in APPOINTMENTS if workshop.opening.contains(at := now + timedelta(minutes=minutes))]
    for n in range(AHEAD_DAYS + 1):
        day = workshop.today + timedelta(days=n)
        if workshop.opening.ranges(day) and (n or not times):
            booked = [workshop.moment(day, rng.randint(8 * 60 + 30, 16 * 60 + 45)) for _n in range(max(2, A_DAY - n))]
            times += [at for at in booked if at > now + timedelta(minutes=15)]
    rows = []
    for n, (car, at) in enumerate(zip(free, times, strict=False)):
        row = _booked(workshop, car, at - timedelta(minutes=at.minute % 15), workshop.people[Role.ADVISOR][n % 4])
        if at < now - timedelta(minutes=100):
            row.status = Appointment.Status.NO_SHOW
            row.called_at = row.at + timedelta(minutes=40)
        rows.append(row)
    since = now - timedelta(days=KEPT_DAYS)
    for order in workshop.orders:
        if order.source != Source.APPOINTMENT or order.received_at < since:
            continue
        at = order.received_at + timedelta(minutes=rng.choice([-15, -5, 0, 5, 10]))
        rows.append(_booked(workshop, order, at if workshop.opening.contains(at) else order.received_at, order.advisor))
        rows[-1].status, rows[-1].order, rows[-1].kind = Appointment.Status.ARRIVED, order, order.kind
    for car in free[len(times) :]:
        day = workshop.open_day(workshop.today - timedelta(days=rng.randint(1, KEPT_DAYS)))
        if rng.random() < MISSED and (not car.orders or car.orders[-1].received_on < day):
            row = _booked(
                workshop, car, workshop.moment(day, rng.randint(9 * 60, 16 * 60) // 15 * 15), rng.choice(workshop.people[Role.ADVISOR])
            )
            row.status, row.called_at = Appointment.Status.NO_SHOW, row.at + timedelta(minutes=35)
            rows.append(row)
    return rows


def _booked(workshop: Workshop, whose: Car | ServiceOrder, at: datetime, advisor) -> Appointment:
    return Appointment(
        store=workshop.store, customer=whose.customer, vehicle=whose.vehicle, advisor=advisor, at=at,
        kind=workshop.rng.choice([Kind.MAINTENANCE, Kind.MAINTENANCE, Kind.REPAIR]),
        note=workshop.rng.choice(["", "客户等候，预留工位", "需要代步车", ""]),
        created_by=workshop.people.account(Role.CALLER),
    )  # fmt: skip


def absences(workshop: Workshop, people: People) -> list[Absence]:
    """Nobody who signs in, and today nobody who is named on an order: their work is waiting for them."""
    day = workshop.today
    rows = [
        (people[Role.ADVISOR][3], Absence.Kind.LEAVE, day + timedelta(days=1), day + timedelta(days=5)),
        (people[Role.CALLER][3], Absence.Kind.DAY_OFF, day + timedelta(days=2), day + timedelta(days=2)),
        (people[Role.LOUNGE][0], Absence.Kind.LEAVE, day - timedelta(days=1), day + timedelta(days=2)),
        (people[Role.TECHNICIAN][1], Absence.Kind.DAY_OFF, day + timedelta(days=1), day + timedelta(days=1)),
        (people[Role.OPERATOR][0], Absence.Kind.LEFT, day - timedelta(days=35), None),
    ]
    return [Absence(user=user, store=workshop.store, kind=kind, starts_on=first, ends_on=last) for user, kind, first, last in rows]
