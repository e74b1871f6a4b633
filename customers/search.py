"""Finding a car or a customer from whatever the person at the counter has: plate, a tail, a name, initials.

Every way is a range on an indexed key within one store, limited: it stays an index look-up at a million customers, on SQLite
and PostgreSQL alike. What is searched with (names, phones) is personal data: it comes by POST and is never logged.
"""

from dataclasses import dataclass, field

from core import keys, names
from customers import identifiers
from customers.models import Customer, Ownership, Phone, Vehicle

LIMIT = 20
SHORTEST_TAIL = 3
SHORTEST_VIN_TAIL = 6
CARS_SHOWN = 5


@dataclass
class Hit:
    """customer is None for a car without owner; vehicles are the customer's cars, the matching ones first."""

    customer: Customer | None
    vehicles: list[Vehicle] = field(default_factory=list)


def find(store, text: str, limit: int = LIMIT) -> tuple[list[Hit], bool]:
    """(hits, whether there are more). At most four look-ups and three more for owners, cars and phones, whatever the store's size."""
    query = identifiers.plain(text)
    if not query:
        return [], False
    vehicles: dict[int, Vehicle] = {}
    customers: dict[int, Customer] = {}
    is_more = False
    for lookup in lookups(store, query):
        rows = list(lookup[: limit + 1])
        is_more = is_more or len(rows) > limit
        for row in rows[:limit]:
            if isinstance(row, Phone):
                customers.setdefault(row.customer_id, row.customer)
            elif isinstance(row, Customer):
                customers.setdefault(row.pk, row)
            elif _ends_with(row, query):
                vehicles.setdefault(row.pk, row)
    hits = _assemble(vehicles, customers, limit)
    return hits[:limit], is_more or len(hits) > limit


def lookups(store, query: str) -> list:
    """The querysets that a query asks, the most telling first. query: as identifiers.plain gives it."""
    asked = []
    if len(query) >= SHORTEST_TAIL:
        asked.append(_range(Vehicle, store, "plate_tail", identifiers.plate_key(query.upper())))
    if not (query.isascii() and query.replace("+", "").isalnum()):
        return asked + [_range(Customer, store, "name_hex", names.hexed(query))]
    if len(query) >= SHORTEST_VIN_TAIL and query.isalnum():
        asked.append(_range(Vehicle, store, "vin_tail", keys.tail(query)))
    if query.replace("+", "").isdigit():
        digits = _phone_digits(query)
        return asked + ([_range(Phone, store, "tail", digits[::-1]).select_related("customer")] if len(digits) >= SHORTEST_TAIL else [])
    return asked + [_range(Customer, store, "name_initials", query), _range(Customer, store, "name_pinyin", query)]


def _range(model, store, key: str, prefix: str):
    if not prefix.isalnum() or not prefix.isascii():  # signs that no plate, name or number has: nothing to find
        return model.objects.none()
    return model.objects.filter(store=store, **keys.beginning_with(key, prefix)).order_by(key, "pk")


def _phone_digits(query: str) -> str:
    """The national digits of a whole number (with 86, 0086 or an area code's 0 before it), else the tail as typed."""
    parsed = identifiers.parse_phone(query) if len(query) >= 7 else None
    return parsed.number.removeprefix("+86").lstrip("+") if parsed and parsed.is_valid else query.lstrip("+")


def _ends_with(vehicle: Vehicle, query: str) -> bool:
    return vehicle.plate.lower().endswith(query) or vehicle.vin.lower().endswith(query)


def _assemble(vehicles: dict[int, Vehicle], customers: dict[int, Customer], limit: int) -> list[Hit]:
    hits: dict[int, Hit] = {}
    bare: list[Hit] = []
    open_ones = Ownership.objects.filter(until=None)
    owned = {row.vehicle_id: row.customer for row in open_ones.filter(vehicle__in=list(vehicles)).select_related("customer")}
    for vehicle in sorted(vehicles.values(), key=lambda vehicle: vehicle.status != Vehicle.Status.ACTIVE):
        owner = owned.get(vehicle.pk)
        if owner is None:
            bare.append(Hit(None, [vehicle]))
        else:
            hits.setdefault(owner.pk, Hit(owner)).vehicles.append(vehicle)
    for customer in customers.values():
        hits.setdefault(customer.pk, Hit(customer))
    found = list(hits.values())[: limit + 1]
    cars = open_ones.filter(customer__in=[hit.customer.pk for hit in found]).select_related("vehicle").order_by("-since", "-pk")
    for ownership in cars[: limit * CARS_SHOWN]:
        mine = hits[ownership.customer_id].vehicles
        if len(mine) < CARS_SHOWN and all(car.pk != ownership.vehicle_id for car in mine):
            mine.append(ownership.vehicle)
    _attach_phones([hit.customer for hit in found])
    return found + bare


def _attach_phones(customers: list[Customer]) -> None:
    """customer.first_phone: the one to call, or None."""
    first: dict[int, Phone] = {}
    for phone in Phone.objects.filter(customer__in=customers).callable():
        first.setdefault(phone.customer_id, phone)
    for customer in customers:
        customer.first_phone = first.get(customer.pk)
