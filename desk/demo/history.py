"""The history of the workshop and the showroom: on which days each car came, and what was done to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.money import to_fen
from desk.demo import habits, words
from desk.demo.archive import HABITS, Archive, Car
from desk.demo.workshop import Workshop, add_work, new_order, take_steps
from staff.roles import Role
from visits.models import Kind, NewCarDelivery, Step

ORDERS_A_MONTH = 650 / 1500  # for each customer (S4: 650 orders, 1,500 customers)
RECENT_DAYS, RECENT_VISITS = 4, 14  # so many at least in the last open days: theirs are the calls due now
REWORKED = 0.013
LOST_DAYS = (205, 290)
STEPS_KEPT = 35
OPENS, LAST_RECEPTION, CLOSES = 8 * 60 + 30, 15 * 60 + 30, 18 * 60 + 20
# How long ago the first new cars were handed over, so that every call after a sale is owed to somebody now.
FIRST_DELIVERIES = (0, 1, 3, 6, 7, 15, 19, 21)
OF_THE_ACCOUNT = 2  # the third was handed over by the consultant who signs in: its customer is unhappy (desk.demo.calls)


@dataclass(frozen=True)
class Planned:
    day: date
    is_first: bool = False  # the first maintenance of a car that was bought here
    is_rework: bool = False  # of the visit before


def fill(workshop: Workshop, archive: Archive) -> None:
    """Every car's visits in the order of time."""
    for car in archive.cars_of("buyer"):
        _deliver(workshop, car)
    visits = _plan(workshop, archive)
    for car in archive.cars:
        for planned in visits[id(car)]:
            _visit(workshop, car, planned)
    workshop.orders.sort(key=lambda order: order.received_at)


def _plan(workshop: Workshop, archive: Archive) -> dict[int, list[Planned]]:
    """id(car) -> its visits. Shares out as many as a store of this size has, by the cars' habits, over the days on which cars come."""
    rng, season = workshop.rng, workshop.season
    spans = {id(car): _span(workshop, car) for car in archive.cars}
    wanted = {
        id(car): HABITS[car.habit].visits * max(0.0, end - begin) for car, (begin, end) in zip(archive.cars, spans.values(), strict=True)
    }
    months = (workshop.today - workshop.beginning).days / 30.44
    a_visit = len(archive.customers) * ORDERS_A_MONTH * months / (sum(wanted.values()) * (1 + REWORKED) or 1)
    owed, visits = 0.5, {}
    for car in archive.cars:
        begin, end = spans[id(car)]
        owed += wanted[id(car)] * a_visit
        count, owed = int(owed), owed % 1
        phase = rng.random()  # or all cars that come four times a year would come in the same weeks
        places = (begin + (n + phase + rng.uniform(-0.3, 0.3)) / count % 1 * (end - begin) for n in range(count))
        days = sorted({season.day(place) for place in places})
        visits[id(car)] = [Planned(day, is_first=car.delivery is not None and n == 0) for n, day in enumerate(days)]
    _fill_up(workshop, archive, visits)
    for planned in visits.values():
        planned[:] = _with_reworks(workshop, planned)
    return visits


def _span(workshop: Workshop, car: Car) -> tuple[float, float]:
    """From when until when the car comes, as places of the season's line."""
    rng, season, today = workshop.rng, workshop.season, workshop.today
    if car.delivery:
        return season.place(car.delivery.delivered_on + timedelta(days=rng.randint(55, 110))), 1.0
    if car.habit == "lost":
        return 0.0, season.place(today - timedelta(days=rng.randint(*LOST_DAYS)))
    if car.habit == "new":
        return season.place(today - timedelta(days=28)), 1.0
    return 0.0, 1.0


def _fill_up(workshop: Workshop, archive: Archive, visits: dict[int, list[Planned]]) -> None:
    """A small store too has had some cars during the last days, the earliest of them about three days ago."""
    recent = list(_recent_days(workshop))
    missing = RECENT_VISITS - sum(planned.day >= recent[-1] for several in visits.values() for planned in several)
    quiet = [car for car in archive.cars if not car.delivery and car.habit != "lost" and _last(visits[id(car)]) < recent[-1]]
    for n, car in zip(range(missing), quiet, strict=False):
        visits[id(car)].append(Planned(recent[n % len(recent)]))


def _last(several: list[Planned]) -> date:
    return max((planned.day for planned in several), default=date.min)


def _recent_days(workshop: Workshop) -> Iterator[date]:
    """The last open days before today; the limit of three days falls due for the oldest of them now."""
    day = workshop.today
    for _n in range(RECENT_DAYS):
        day = workshop.open_day(day - timedelta(days=1))
        yield day


def _with_reworks(workshop: Workshop, several: list[Planned]) -> Iterator[Planned]:
    for planned in several:
        yield planned
        if workshop.rng.random() < REWORKED:
            again = workshop.open_day(planned.day + timedelta(days=workshop.rng.randint(3, 12)))
            if planned.day < again < workshop.today and all(other.day != again for other in several):
                yield Planned(again, is_rework=True)


def _deliver(workshop: Workshop, car: Car) -> None:
    rng = workshop.rng
    n = len(workshop.deliveries)
    if n < len(FIRST_DELIVERIES):
        day = workshop.open_day(workshop.today - timedelta(days=FIRST_DELIVERIES[n]))
    else:
        day = workshop.season.day(rng.uniform(0, workshop.season.place(workshop.today - timedelta(days=8))))
    at = workshop.moment(day, rng.randint(10 * 60, 17 * 60))
    if n == 0:
        at = (workshop.opening.last_moment(workshop.now) or workshop.now) - timedelta(minutes=95)
    consultant = rng.choices(workshop.people[Role.SALES], habits.shares(habits.CONSULTANTS))[0]
    if n == OF_THE_ACCOUNT:
        consultant = workshop.people.account(Role.SALES)
    vehicle = car.vehicle
    vehicle.bought_here, vehicle.consultant = True, consultant
    vehicle.purchased_on = workshop.store.local_date(at)
    vehicle.warranty_until = vehicle.purchased_on + timedelta(days=3 * 365)
    vehicle.mileage = rng.randint(8, 60)
    vehicle.next_maintenance_on = vehicle.purchased_on + timedelta(days=rng.choice([90, 120, 180]))
    car.delivery = NewCarDelivery(
        store=workshop.store, vehicle=vehicle, customer=car.customer, consultant=consultant, delivered_at=at, delivered_on=vehicle.purchased_on,
        price_fen=to_fen(rng.randint(78, 189) * 1000 + rng.choice([800, 900])), created_at=at, created_by=consultant,
    )  # fmt: skip
    workshop.deliveries.append(car.delivery)


def _visit(workshop: Workshop, car: Car, planned: Planned) -> None:
    rng, day = workshop.rng, planned.day
    kind = Kind.REWORK if planned.is_rework else Kind.FIRST_MAINTENANCE if planned.is_first else rng.choices(KINDS, SHARES)[0]
    work = words.WORK[kind]
    takes = rng.randint(*work.minutes)
    received = workshop.moment(day, rng.randint(OPENS, max(OPENS, min(LAST_RECEPTION, CLOSES - takes - 20))))
    promised = received + timedelta(minutes=takes + 20)
    # Promises are mostly kept; long work slips more.
    slip = rng.choice([-30, -25, -15, -10, -5, -5, 0, 0, 15, 40]) if takes < 200 else rng.choice([-40, -30, -20, 0, 0, 20, 60])
    signed = received + timedelta(minutes=rng.randint(6, 18))
    started = signed + timedelta(minutes=rng.choice([5, 10, 15, 20, 25, 30, 40, 55]))
    delivered = max(min(promised + timedelta(minutes=slip), workshop.moment(day, CLOSES)), started + timedelta(minutes=20))
    if delivered > workshop.now - timedelta(minutes=5):
        return  # one of today's: the board shows the cars that are here (desk.demo.today)
    order = new_order(workshop, car, kind, received)
    order.signed_at, order.work_started_at, order.promised_at, order.delivered_at = signed, started, promised, delivered
    order.delivered_on, order.step = day, Step.DELIVERED
    if planned.is_rework:
        order.redoes, order.advisor = car.orders[-2], car.orders[-2].advisor
    add_work(workshop, order, to_fen(rng.randint(*work.labour) // 10 * 10), to_fen(rng.randint(*work.parts) // 10 * 10))
    order.next_maintenance_on = day + timedelta(days=180)
    order.next_maintenance_km = order.mileage + 7500
    if rng.random() < 0.1 and day >= workshop.today - timedelta(days=3):
        order.callback_at = workshop.moment(workshop.today, 18 * 60)
    car.vehicle.next_maintenance_on, car.vehicle.next_maintenance_km = order.next_maintenance_on, order.next_maintenance_km
    car.vehicle.mileage = order.mileage
    if day >= workshop.today - timedelta(days=STEPS_KEPT):
        take_steps(workshop, order)


KINDS = [kind for kind, work in words.WORK.items() if work.share]
SHARES = [words.WORK[kind].share for kind in KINDS]
