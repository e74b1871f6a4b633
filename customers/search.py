"""Finding a car or a customer from whatever the person at the counter has: plate, a tail, a name, initials.

Every way is a range or an equality on an indexed key within one store, limited: it stays an index look-up at a million
customers (measured by make bench), on SQLite and PostgreSQL.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from core import keys, names
from customers.models import Customer, Ownership, Phone, Vehicle

LIMIT = 20
SHORTEST_TAIL = 3


@dataclass
class Hit:
    """customer may be None for a car without owner; vehicles are the customer's cars (the matching one first)."""

    customer: Customer | None
    vehicles: list[Vehicle] = field(default_factory=list)


def find(store, text: str, limit: int = LIMIT) -> tuple[list[Hit], bool]:
    """(hits, whether there are more). At most six look-ups and two more for owners and cars, whatever the size of the store."""
    query = re.sub(r"[\s·•.\-]", "", unicodedata.normalize("NFKC", text)).lower()
    if not query:
        return [], False
    vehicles, customers = _matches(store, query, limit + 1)
    hits = _assemble(vehicles, customers)
    return hits[:limit], len(hits) > limit


def _matches(store, query: str, limit: int) -> tuple[list[Vehicle], list[Customer]]:
    vehicles: dict[int, Vehicle] = {}
    customers: dict[int, Customer] = {}

    def cars(**bounds):
        for vehicle in Vehicle.objects.filter(store=store, **bounds).order_by(*(["vin_tail"] if "vin_tail__gte" in bounds else ["plate_tail"]))[:limit]:
            vehicles[vehicle.pk] = vehicle

    def people(order, **bounds):
        for customer in Customer.objects.filter(store=store, **bounds).order_by(order, "pk")[:limit]:
            customers[customer.pk] = customer

    def phones(**bounds):
        for phone in Phone.objects.filter(store=store, **bounds).select_related("customer").order_by("tail")[:limit]:
            customers[phone.customer_id] = phone.customer

    ascii_only = query.isascii() and query.isalnum()
    if ascii_only:
        reverse = query[::-1]
        if len(query) >= SHORTEST_TAIL:
            cars(**keys.beginning_with("plate_tail", reverse))
            cars(**keys.beginning_with("vin_tail", reverse))
        if query.isdigit():
            if len(query) >= SHORTEST_TAIL:
                digits = query.removeprefix("86") if len(query) == 13 else query
                phones(**keys.beginning_with("tail", digits[::-1]))
        elif query.isalpha():
            people("name_initials", **keys.beginning_with("name_initials", query))
            people("name_pinyin", **keys.beginning_with("name_pinyin", query))
    else:
        plain = keys.tail(query)
        if len(plain) >= SHORTEST_TAIL:
            bounds = keys.beginning_with("plate_tail", plain)
            for vehicle in Vehicle.objects.filter(store=store, **bounds).order_by("plate_tail")[: limit * 5]:
                if vehicle.plate.lower().endswith(query):
                    vehicles[vehicle.pk] = vehicle
        people("name_hex", **keys.beginning_with("name_hex", names.hexed(query)))
    return list(vehicles.values())[:limit], list(customers.values())[:limit]


def _assemble(vehicles: list[Vehicle], customers: list[Customer]) -> list[Hit]:
    hits: dict[int, Hit] = {}
    bare: list[Hit] = []
    owners = {
        ownership.vehicle_id: ownership.customer
        for ownership in Ownership.objects.filter(vehicle__in=vehicles, until=None).select_related("customer")
    } if vehicles else {}
    for vehicle in vehicles:
        owner = owners.get(vehicle.pk)
        if owner is None:
            bare.append(Hit(None, [vehicle]))
        else:
            hits.setdefault(owner.pk, Hit(owner)).vehicles.append(vehicle)
    for customer in customers:
        hits.setdefault(customer.pk, Hit(customer))
    open_ownerships = Ownership.objects.filter(customer__in=list(hits), until=None).select_related("vehicle").order_by("-since", "-pk")
    for ownership in open_ownerships if hits else []:
        cars = hits[ownership.customer_id].vehicles
        if all(car.pk != ownership.vehicle_id for car in cars):
            cars.append(ownership.vehicle)
    return list(hits.values()) + bare
