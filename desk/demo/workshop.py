"""The workshop and what lies in it: orders with their work, parts and steps, built in memory."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from core.money import to_fen
from desk.demo import habits, words
from desk.demo.archive import Car
from desk.demo.people import People
from desk.demo.season import Remembered, Season
from staff.models import Store
from staff.roles import Role
from visits.models import Kind, NewCarDelivery, OrderItem, OrderPart, ServiceOrder, Source, Step, StepTaken


class Item(NamedTuple):
    """What becomes an OrderItem: there are too many to make each as one."""

    order: ServiceOrder
    result: str
    text: str
    fen: int
    remind_on: date | None = None


@dataclass
class Workshop:
    store: Store
    now: datetime
    opening: Remembered
    people: People
    rng: Random
    season: Season
    beginning: date
    orders: list[ServiceOrder] = field(default_factory=list)
    deliveries: list[NewCarDelivery] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    parts: list[OrderPart] = field(default_factory=list)
    steps: list[StepTaken] = field(default_factory=list)
    technicians: list[tuple[ServiceOrder, object]] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.store.local_date(self.now)

    def open_day(self, day: date) -> date:
        """The day itself or the last open one before it."""
        for n in range(30):
            if self.opening.ranges(day - timedelta(days=n)):
                return day - timedelta(days=n)
        return day

    def open_minutes_ago(self, at: datetime, minutes: int) -> datetime:
        """So many minutes of opening hours before: early in the morning that is the evening before."""
        return self.opening.minutes_before(at, minutes)

    def moment(self, day: date, minute: int) -> datetime:
        return self.opening.moment(day, minute)


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
        advisor=rng.choices(workshop.people[Role.ADVISOR], habits.shares(habits.ADVISORS))[0],
        inspector=rng.choice(workshop.people[Role.INSPECTOR]),
        kind=kind,
        source=rng.choices([Source.APPOINTMENT, Source.WALK_IN, Source.TOWED], [45, 52, 12 if kind == Kind.ACCIDENT else 0])[0],
        received_at=received,
        received_on=workshop.store.local_date(received),
        waits_in_lounge=rng.random() < 0.5,
        mileage=mileage,
        words=rng.choice(words.SAID_AT_RECEPTION[kind]) if rng.random() < 0.6 or kind == Kind.REWORK else "",
        note=rng.choice(words.ORDER_NOTES) if rng.random() < 0.12 else "",
        created_at=received,
    )
    order.created_by = order.advisor
    workshop.orders.append(order)
    car.orders.append(order)
    return order


def add_work(workshop: Workshop, order: ServiceOrder, labour_fen: int, parts_fen: int) -> None:
    rng = workshop.rng
    work = words.WORK[order.kind].done
    done = rng.sample(work, min(len(work), rng.choice([1, 1, 2, 3])))
    if order.kind == Kind.MAINTENANCE and rng.random() < 0.3:
        order.package_fen = to_fen(rng.choice([299, 399, 599]))
    order.labour_fen, order.parts_fen = labour_fen, parts_fen
    order.total_fen = labour_fen + parts_fen + order.package_fen
    order.estimate_fen = order.total_fen
    for n, text in enumerate(done):
        workshop.items.append(Item(order, OrderItem.Result.DONE, text, order.labour_fen if n == 0 else 0))
    if rng.random() < 0.14:
        text, yuan = rng.choice(words.DECLINED)
        if text not in done:
            remind_on = order.received_on + timedelta(days=rng.choice([60, 90, 120]))
            workshop.items.append(Item(order, OrderItem.Result.DECLINED, text, to_fen(yuan), remind_on))
    built_in = [words.PARTS[text] for text in done if text in words.PARTS]
    for name, origin in built_in[:2]:
        fen = parts_fen // len(built_in[:2])
        warranty_until = order.received_on + timedelta(days=365)
        workshop.parts.append(OrderPart(order=order, name=name, origin=origin, warranty_until=warranty_until, fen=fen))
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


def number_orders(orders: list[ServiceOrder], store: Store) -> None:
    counters: dict[date, int] = {}
    for order in orders:
        n = counters[order.received_on] = counters.get(order.received_on, 0) + 1
        order.number = f"WX{order.received_on:%Y%m%d}{n:03d}"
