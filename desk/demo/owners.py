"""Whose cars they were and are: ownerships, cars that changed hands, cars that left; and who opened which file."""

from datetime import timedelta

from customers.models import Ownership, Vehicle
from desk.demo.archive import Archive, Car
from desk.demo.workshop import Workshop

CHANGED_HANDS = 0.03  # of the cars that came often enough to tell
LEFT = 0.2  # of those that have stayed away


def settle(workshop: Workshop, archive: Archive) -> None:
    """After the visits are known, before anybody is called: a car's earlier orders are its earlier owner's."""
    for car in archive.cars:
        if not car.delivery and len(car.orders) >= 4 and workshop.rng.random() < CHANGED_HANDS:
            _change_hands(workshop, archive, car)
        else:
            _own(workshop, archive, car)
        if car.habit == "lost" and car.orders and workshop.rng.random() < LEFT:
            _leave(workshop, archive.ownerships[-1], car)
        _open_file(workshop, car)


def _first_seen(workshop: Workshop, car: Car):
    """(when the store first saw the car, who received it)"""
    seen = [(order.received_at, order.advisor) for order in car.orders[:1]]
    if car.delivery:
        seen.insert(0, (car.delivery.delivered_at, car.delivery.consultant))
    return seen[0] if seen else (workshop.now - timedelta(days=240), None)


def _own(workshop: Workshop, archive: Archive, car: Car) -> None:
    first, _by = _first_seen(workshop, car)
    since = min(car.vehicle.purchased_on, workshop.store.local_date(first))
    archive.ownerships.append(Ownership(vehicle=car.vehicle, customer=car.customer, since=since))


def _change_hands(workshop: Workshop, archive: Archive, car: Car) -> None:
    """The next owner brought the car first with its third order."""
    before = workshop.rng.choice(archive.customers)
    day = car.orders[2].received_on
    if before is car.customer:
        return _own(workshop, archive, car)
    for order in car.orders[:2]:
        order.customer = before
    since = min(car.vehicle.purchased_on, car.orders[0].received_on)
    archive.ownerships.append(Ownership(vehicle=car.vehicle, customer=before, since=since, until=day))
    archive.ownerships.append(Ownership(vehicle=car.vehicle, customer=car.customer, since=day))


def _leave(workshop: Workshop, ownership: Ownership, car: Car) -> None:
    """Sold to somebody who is no customer here, or scrapped."""
    car.vehicle.status = workshop.rng.choices([Vehicle.Status.TRANSFERRED, Vehicle.Status.SCRAPPED], [4, 1])[0]
    ownership.until = car.orders[-1].received_on + timedelta(days=workshop.rng.randint(20, 150))


def _open_file(workshop: Workshop, car: Car) -> None:
    """A file is opened when the store first sees the car, by whoever receives it."""
    first, by = _first_seen(workshop, car)
    car.vehicle.opened_at, car.vehicle.opened_by = first, by
    for customer in [car.customer, *(order.customer for order in car.orders[:1])]:
        if customer.opened_by is None or first < customer.opened_at:
            customer.opened_at, customer.opened_by = first, by
