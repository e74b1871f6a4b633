"""The history of the workshop and the showroom: orders and new-car deliveries, built in memory."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from dateutil.relativedelta import relativedelta

from core.money import to_fen
from core.workdays import Hours
from customers.models import Ownership
from desk.demo import words
from desk.demo.archive import Archive, Car
from desk.demo.people import People
from staff.models import Store
from staff.roles import Role
from visits.models import Kind, NewCarDelivery, OrderItem, OrderPart, ServiceOrder, Source, Step, StepTaken

RECENT_DAYS = 4
OPENS, LAST_RECEPTION, CLOSES = 8 * 60 + 30, 15 * 60 + 30, 18 * 60 + 20


@dataclass
class Workshop:
    store: Store
    now: datetime
    opening: Hours
    people: People
    rng: Random
    months: int
    orders: list[ServiceOrder] = field(default_factory=list)
    deliveries: list[NewCarDelivery] = field(default_factory=list)
    items: list[OrderItem] = field(default_factory=list)
    parts: list[OrderPart] = field(default_factory=list)
    steps: list[StepTaken] = field(default_factory=list)
    technicians: list[tuple[ServiceOrder, object]] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.store.local_date(self.now)

    @property
    def beginning(self) -> date:
        return self.today - relativedelta(months=self.months)

    def some_open_day(self, day: date) -> date:
        """The day itself; around a holiday one of the open days before it, not all of them on its eve."""
        return day if self.opening.ranges(day) else self.open_day(day - timedelta(days=self.rng.randint(0, 12)))

    def open_day(self, day: date) -> date:
        """The day itself or the last open one before it."""
        for n in range(30):
            if self.opening.ranges(day - timedelta(days=n)):
                return day - timedelta(days=n)
        return day

    def moment(self, day: date, minute: int) -> datetime:
        return self.opening.moment(day, minute)


def fill(workshop: Workshop, archive: Archive) -> None:
    """Every car's visits in the order of time, numbered as they came in."""
    recent = iter_recent_days(workshop)
    for car in archive.cars:
        if car.habit == "buyer":
            _deliver(workshop, car)
        days = [next(recent)] if car.habit == "recent" else []
        if car.habit == "recent" and workshop.rng.random() < 0.7:
            days.insert(0, workshop.today - timedelta(days=workshop.rng.randint(100, 260)))
        visits = days or _visit_days(workshop, car)
        for n, day in enumerate(sorted(set(visits))):
            if day >= workshop.beginning or car.habit == "recent":
                _visit(workshop, car, day, is_first=car.habit == "buyer" and n == 0)
        _own(workshop, car, archive)
    workshop.orders.sort(key=lambda order: order.received_at)
    _link_reworks(archive)
    number_orders(workshop.orders, workshop.store)


def iter_recent_days(workshop: Workshop):
    """The last open days before today, over and over; the limit of three days falls due for the oldest of them now."""
    days, day = [], workshop.today
    while len(days) < RECENT_DAYS:
        day = workshop.open_day(day - timedelta(days=1))
        days.append(day)
    while True:
        yield from days


def _visit_days(workshop: Workshop, car: Car) -> list[date]:
    rng, today = workshop.rng, workshop.today
    span = (today - workshop.beginning).days
    if car.habit == "new":
        return [today - timedelta(days=rng.randint(5, 28))]
    if car.habit == "buyer":
        bought = car.delivery.delivered_on
        first = bought + timedelta(days=rng.randint(70, 150))
        days = [first, first + timedelta(days=rng.randint(120, 190)), first + timedelta(days=rng.randint(260, 340))]
        return [day for day in days if day < today - timedelta(days=4)]
    gap = {"loyal": (52, 82), "regular": (95, 175), "lost": (60, 110)}[car.habit]
    last = span - rng.randint(215, 300) if car.habit == "lost" else span - 5
    days, at = [], rng.randint(0, gap[1])
    while at <= last:
        days.append(workshop.beginning + timedelta(days=at))
        at += rng.randint(*gap)
    return days or [today - timedelta(days=rng.randint(200, 260))]


def _deliver(workshop: Workshop, car: Car) -> None:
    rng = workshop.rng
    n = len(workshop.deliveries)
    # The first few were handed over during the last days, so that every call after a sale is owed to somebody now.
    if n < 8:
        day = workshop.open_day(workshop.today - timedelta(days=[1, 2, 3, 6, 7, 15, 19, 21][n]))
    else:
        day = workshop.some_open_day(workshop.today - timedelta(days=rng.randint(9, 31 * workshop.months - 10)))
    at = workshop.moment(day, rng.randint(10 * 60, 17 * 60))
    if n == 0:
        at = (workshop.opening.last_moment(workshop.now) or workshop.now) - timedelta(minutes=95)
    consultant = rng.choice(workshop.people[Role.SALES])
    car.vehicle.bought_here, car.vehicle.consultant = True, consultant
    car.vehicle.purchased_on = car.vehicle.warranty_until = workshop.store.local_date(at)
    car.vehicle.warranty_until += timedelta(days=3 * 365)
    car.vehicle.mileage = rng.randint(8, 60)
    car.vehicle.next_maintenance_on = car.vehicle.purchased_on + timedelta(days=rng.choice([90, 120, 180]))
    car.delivery = NewCarDelivery(
        store=workshop.store,
        vehicle=car.vehicle,
        customer=car.customer,
        consultant=consultant,
        delivered_at=at,
        delivered_on=workshop.store.local_date(at),
        price_fen=to_fen(rng.randint(78, 189) * 1000 + rng.choice([800, 900])),
        created_at=at,
        created_by=consultant,
    )
    workshop.deliveries.append(car.delivery)


def _visit(workshop: Workshop, car: Car, day: date, is_first: bool) -> None:
    rng = workshop.rng
    day = workshop.some_open_day(day)
    kind = Kind.FIRST_MAINTENANCE if is_first else rng.choices(list(words.WORK), [work[0] for work in words.WORK.values()])[0]
    _share, minutes, labour, parts, _work = words.WORK.get(kind, (0, (45, 110), (0, 0), (0, 0), []))
    takes = rng.randint(*minutes)
    received = workshop.moment(day, rng.randint(OPENS, max(OPENS, min(LAST_RECEPTION, CLOSES - takes - 20))))
    promised = received + timedelta(minutes=takes + 20)
    slip = rng.choice([-25, -15, -10, -5, 0, 0, 5, 10, 25, 45]) if takes < 200 else rng.choice([-40, -20, 0, 10, 60])
    delivered = min(promised + timedelta(minutes=slip), workshop.moment(day, CLOSES))
    order = new_order(workshop, car, kind, received)
    order.signed_at = received + timedelta(minutes=rng.randint(6, 18))
    order.work_started_at = order.signed_at + timedelta(minutes=rng.randint(5, 50))
    order.promised_at = promised
    order.delivered_at = max(delivered, order.work_started_at + timedelta(minutes=20))
    order.delivered_on = day
    order.step = Step.DELIVERED
    add_work(workshop, order, to_fen(rng.randint(*labour) // 10 * 10), to_fen(rng.randint(*parts) // 10 * 10))
    order.next_maintenance_on = day + timedelta(days=180)
    order.next_maintenance_km = order.mileage + 7500
    if rng.random() < 0.1 and day >= workshop.today - timedelta(days=3):
        order.callback_at = workshop.moment(workshop.today, 18 * 60)
    car.vehicle.next_maintenance_on, car.vehicle.next_maintenance_km = order.next_maintenance_on, order.next_maintenance_km
    car.vehicle.mileage = order.mileage
    if day >= workshop.today - timedelta(days=8):
        take_steps(workshop, order)


def new_order(workshop: Workshop, car: Car, kind: str, received: datetime) -> ServiceOrder:
    """An order just received; its times and work are added by the caller."""
    rng = workshop.rng
    driven = rng.randint(1500, 8000) if car.orders or car.delivery else 0
    mileage = (car.orders[-1].mileage if car.orders else car.vehicle.mileage) + driven
    company = car.customer.kind == "company"
    order = ServiceOrder(
        store=workshop.store,
        vehicle=car.vehicle,
        customer=car.customer,
        contact_name=rng.choice(words.SURNAMES) + "师傅" if company else "",
        advisor=rng.choices(workshop.people[Role.ADVISOR], [16, 14, 13, 12, 11, 10, 9, 8, 7])[0],
        inspector=rng.choice(workshop.people[Role.INSPECTOR]),
        kind=kind,
        source=rng.choices([Source.APPOINTMENT, Source.WALK_IN, Source.TOWED], [45, 52, 3 if kind == Kind.ACCIDENT else 0])[0],
        received_at=received,
        received_on=workshop.store.local_date(received),
        waits_in_lounge=rng.random() < 0.5,
        mileage=mileage,
        words=rng.choice(words.CUSTOMER_SAYS) if rng.random() < 0.6 else "",
        note=rng.choice(words.ORDER_NOTES) if rng.random() < 0.12 else "",
        created_at=received,
    )
    order.created_by = order.advisor
    workshop.orders.append(order)
    car.orders.append(order)
    return order


def add_work(workshop: Workshop, order: ServiceOrder, labour_fen: int, parts_fen: int) -> None:
    rng = workshop.rng
    work = {Kind.FIRST_MAINTENANCE: words.FIRST_MAINTENANCE, Kind.REWORK: words.REWORK}.get(order.kind) or words.WORK[order.kind][4]
    done = rng.sample(work, min(len(work), rng.choice([1, 1, 2, 3])))
    if order.kind == Kind.MAINTENANCE and rng.random() < 0.3:
        order.package_fen = to_fen(rng.choice([299, 399, 599]))
    order.labour_fen, order.parts_fen = labour_fen, parts_fen
    order.total_fen = labour_fen + parts_fen + order.package_fen
    order.estimate_fen = order.total_fen
    for n, text in enumerate(done):
        workshop.items.append(OrderItem(order=order, text=text, fen=order.labour_fen if n == 0 else 0))
    if rng.random() < 0.14:
        text, yuan = rng.choice(words.DECLINED)
        if text not in done:
            remind_on = order.received_on + timedelta(days=rng.choice([60, 90, 120]))
            workshop.items.append(
                OrderItem(order=order, result=OrderItem.Result.DECLINED, text=text, fen=to_fen(yuan), remind_on=remind_on)
            )
    if parts_fen and rng.random() < 0.5:
        name, origin = rng.choice(words.PARTS)
        workshop.parts.append(
            OrderPart(order=order, name=name, origin=origin, warranty_until=order.received_on + timedelta(days=365), fen=parts_fen)
        )
    for technician in rng.sample(workshop.people[Role.TECHNICIAN], rng.choice([1, 1, 1, 2])):
        workshop.technicians.append((order, technician))


def take_steps(workshop: Workshop, order: ServiceOrder) -> None:
    """The steps up to where the car stands, spread between reception and hand-over (or now)."""
    path = [Step.RECEPTION, Step.DIAGNOSIS, Step.JOB_ORDER, Step.REPAIR, Step.INSPECTION, Step.READY, Step.DELIVERED]
    taken = path[: path.index(order.step) + 1]
    end = order.delivered_at or workshop.now
    for n, step in enumerate(taken):
        at = order.received_at + (end - order.received_at) * n / max(len(taken) - (0 if order.delivered_at is None else 1), 1)
        by = order.inspector if step == Step.INSPECTION else order.advisor
        workshop.steps.append(StepTaken(order=order, step=step, at=at, by=by))


def _own(workshop: Workshop, car: Car, archive: Archive) -> None:
    """The ownership, and when and by whom the file was opened: the first time that the store saw the car."""
    firsts = [order.received_at for order in car.orders] + ([car.delivery.delivered_at] if car.delivery else [])
    first = min(firsts, default=workshop.now - timedelta(days=240))
    by = car.delivery.consultant if car.delivery else (car.orders[0].advisor if car.orders else None)
    since = min(car.vehicle.purchased_on, workshop.store.local_date(first))
    archive.ownerships.append(Ownership(vehicle=car.vehicle, customer=car.customer, since=since))
    car.vehicle.opened_at, car.vehicle.opened_by = first, by
    if car.customer.opened_by is None or first < car.customer.opened_at:
        car.customer.opened_at, car.customer.opened_by = first, by


def _link_reworks(archive: Archive) -> None:
    """About one order in a hundred redoes the one before it; orders are read car by car, so the link is known."""
    every = [(car, n) for car in archive.cars for n in range(1, len(car.orders))]
    for car, n in every[::70]:
        order, before = car.orders[n], car.orders[n - 1]
        order.kind, order.redoes = Kind.REWORK, before
        order.labour_fen = order.parts_fen = order.package_fen = order.total_fen = order.estimate_fen = 0


def number_orders(orders: list[ServiceOrder], store: Store) -> None:
    counters: dict[date, int] = {}
    for order in orders:
        n = counters[order.received_on] = counters.get(order.received_on, 0) + 1
        order.number = f"WX{order.received_on:%Y%m%d}{n:03d}"
