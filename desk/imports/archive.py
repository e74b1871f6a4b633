"""The part of the archive that a chunk of rows touches: cars, customers, phones, owners and named people, loaded at once
(desk.imports.loading), changed in memory, written at once. A fixed number of statements however many rows.

Everything is matched by what identifies it (VIN or plate, name and phone), so that a run that was killed is simply run again, and
the same file a second time changes nothing.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_noop as _

from core import bulk
from customers import identifiers
from customers.actions import name_keys, phone_facts, set_vehicle_tails
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.imports.loading import VEHICLE_FIELDS, Loaded, told
from desk.imports.people import UNKNOWN, People
from desk.imports.rows import Rejected, Remark, Row
from staff.models import Store

# Rows in one transaction. SQLite has one writer: everybody else waits for it.
CHUNKS = {"sqlite": 250, "postgresql": 5000}
MODELS = Customer, Phone, Vehicle, Ownership
NEW_CUSTOMER = [
    "id", "store_id", "name", "kind", "opened_at", "opened_by_id", "tier_check_on", "name_hex", "name_pinyin", "name_initials",
    "gender", "is_vip", "birthday", "region", "address", "occupation", "trade", "source", "licence_expires_on", "wishes", "note",
    "do_not_call",
]  # fmt: skip
NEW_VEHICLE = ["id", "store_id", "opened_at", "opened_by_id", *VEHICLE_FIELDS]
NEW_PHONE = ["customer_id", "store_id", "position", "number", "tail", "validity", "reason"]  # the last four: phone_facts


make_customer, make_vehicle, make_ownership = bulk.maker(Customer), bulk.maker(Vehicle), bulk.maker(Ownership)


def chunk_size() -> int:
    return CHUNKS[connection.vendor]


class Chunk(Loaded):
    """At most chunk_size() rows. A kind of record adds load(), take(row) and write() of its own.

    writes: whose rows are counted as created. people_in: the fields that name people, with their role. is_silent: take() asks the
    database nothing, unless somebody is unknown."""

    writes: type[Model]
    people_in: Mapping[str, str] = {}
    is_silent = True

    def __init__(self, store: Store, rows: list[Row], people: People, by, before: "Chunk | None" = None):
        super().__init__(store, rows, before)
        self.people, self.by = people, by
        self.by_id = by.pk if by else None
        self.counts: Counter[str] = Counter()
        self.warnings: list[Remark] = []
        self.conflicts: list[Remark] = []
        self.rejects: list[Rejected] = []  # rows that only what is stored shows to be wrong
        self.touched: set[int] = set()  # customers whose tier is to be looked at again
        self.today = store.today()
        self.taken = 0  # rows
        self.found: dict[tuple[str, str], int] = {}  # people, by the field that names them
        self.is_prepared = False

    def begin(self) -> None:
        """Takes rows for as long as that needs nothing of the database, which is busy meanwhile."""
        while self.taken < len(self.rows):
            if not self._knows_people_of(self.rows[self.taken]):
                return
            self._take_next()
        self.prepare()
        for insertion in self.insertions():
            insertion.prepare()

    def finish(self) -> None:
        """Takes the other rows."""
        while self.taken < len(self.rows):
            self._take_next()
        if not self.is_prepared:
            self.prepare()

    def _take_next(self) -> None:
        self.take(self.rows[self.taken])
        self.taken += 1

    def _knows_people_of(self, row: Row) -> bool:
        for field, role in self.people_in.items():
            named = row.facts.get(field) or ()
            for name in (named,) if isinstance(named, str) else named:
                if (field, name) not in self.found and not self.people.know(name, role):
                    return False
        return True

    def take(self, row: Row) -> None:
        raise NotImplementedError

    def count(self, what: str) -> None:
        self.counts[what] += 1

    def warn(self, row: Row, name: str, text: str, value: str | None = None) -> None:
        self.warnings.append(row.remark(name, text, value))

    def conflict(self, row: Row, name: str) -> None:
        self.conflicts.append(row.remark(name, _("a person has entered another value; it was kept")))

    def reject(self, row: Row, name: str, text: str, **params) -> None:
        self.rejects.append(Rejected(row.remark(name, text, **params), row.cells))
        self.count("rejected")

    @staticmethod
    def is_another(facts: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
        """Of two rows with one key: whether they are about two records nevertheless."""
        return False

    def put(self, row: Row, record: Vehicle | Customer, name: str, value, source: str = "") -> bool:
        """What the file says of a field (name: the attribute; source: the row's field, if called otherwise), unless a person has
        entered it. Whether that changed it."""
        if getattr(record, name) == value:
            return False
        if name in record.by_hand:
            self.conflict(row, source or name)
            return False
        setattr(record, name, value)
        return True

    def person(self, row: Row, field: str, name: str, role: str) -> int | None:
        if not name:
            return None
        user = self.found.get((field, name))
        if user is None:
            user, added = self.people.find(name, role)
            self.found[field, name] = user
            if added:
                self.warn(row, field, UNKNOWN[role], name)
        return user

    def load(self) -> None:
        super().load()
        self.free_vehicles = bulk.Keys(Vehicle, len(self.unknown_cars()))
        self.free_customers = bulk.Keys(Customer, len(self.unknown_people()))
        self.new_customers: list[Customer] = []
        self.new_phones: list[tuple] = []  # in the order of NEW_PHONE
        self.new_vehicles: list[Vehicle] = []
        self.new_ownerships: list[Ownership] = []
        self.changed_vehicles: dict[int, Vehicle] = {}
        self.changed_customers: dict[int, Customer] = {}
        self.moved: dict[int, Ownership] = {}  # stored ownerships that begin earlier
        self.closed: dict[int, Ownership] = {}
        self.unplated: set[int] = set()  # stored cars that have lost the plate that they came with

    # Cars

    def vehicle(self, row: Row, named: Vehicle | None = None) -> Vehicle:
        """By VIN, else by plate. A car known by its plate alone gets the VIN; a car of another VIN takes the plate over.
        named: the car that the record has been about so far; a row without a VIN does not change it."""
        vin, plate = row.get("vin", ""), row.get("plate", "")
        if named is not None and not vin:
            return named
        by_vin, by_plate = self.vins.get(vin) if vin else None, self.plates.get(plate) if plate else None
        if by_vin:
            return by_vin
        if by_plate and (not vin or not by_plate.vin):
            if vin:
                by_plate.vin = vin
                self.vins[vin] = by_plate
                self.change(by_plate)
            return by_plate
        vehicle = make_vehicle(
            id=next(self.free_vehicles), store_id=self.store.pk, plate="" if by_plate else plate, vin=vin, model=row.get("model", ""),
            opened_at=self.seen_at(row), opened_by_id=self.by_id,
        )  # fmt: skip
        self.new_vehicles.append(vehicle)
        self.cars[vehicle.id] = vehicle
        if vin:
            self.vins[vin] = vehicle
        if vehicle.plate:
            self.plates[vehicle.plate] = vehicle
        return vehicle

    def seen_at(self, row: Row) -> datetime:
        """When the car and its owner were at the store."""
        return row.facts["received_at"]

    def change(self, vehicle: Vehicle) -> None:
        if not vehicle._state.adding:
            self.changed_vehicles[vehicle.id] = vehicle

    def update_vehicle(self, row: Row, vehicle: Vehicle, *, is_plate_known: bool = False) -> None:
        """The latest visit knows the car best; an older one only fills what is empty. What a person has entered stays."""
        facts, seen_at = row.facts, self.seen_at(row)
        latest = self.latest.get(vehicle.id)
        is_latest = latest is None or seen_at >= latest
        if is_latest:
            self.latest[vehicle.id] = seen_at
        changed = False
        for name in ("mileage", "next_maintenance_on", "next_maintenance_km"):
            value = facts.get(name)
            if value is not None and getattr(vehicle, name) != value and (is_latest or getattr(vehicle, name) is None):
                setattr(vehicle, name, value)
                changed = True
        model = facts.get("model")
        if model and model != vehicle.model and (is_latest or not vehicle.model):
            if vehicle.model and "model" in vehicle.by_hand:
                self.conflict(row, "model")
            else:
                vehicle.model = model
                changed = True
        plate = facts.get("plate")
        is_news = not is_plate_known or "plate" in vehicle.by_hand
        if plate and plate != vehicle.plate and is_news and (is_latest or not vehicle.plate):
            changed = self._take_plate(row, vehicle, plate) or changed
        if changed:
            self.change(vehicle)

    def _take_plate(self, row: Row, vehicle: Vehicle, plate: str) -> bool:
        if "plate" in vehicle.by_hand:
            self.conflict(row, "plate")
            return False
        if vehicle.status != Vehicle.Status.ACTIVE:
            return False
        other = self.plates.get(plate)
        if other is not None:
            known = self.latest.get(other.id)
            if not other.vin or "plate" in other.by_hand or (known is not None and known > self.seen_at(row)):
                self.warn(row, "plate", _("this plate stands on another car's file; it was left there"))
                return False
            other.plate = ""
            self.change(other)
            self.unplated.add(other.id)
            self.warn(row, "plate", _("this plate was another car's; it moved to this one"))
        if vehicle.plate and self.plates.get(vehicle.plate) is vehicle:
            del self.plates[vehicle.plate]
            self.unplated.add(vehicle.id)
        vehicle.plate = plate
        self.plates[plate] = vehicle
        return True

    # People who own cars

    def is_somebody_else(self, owner: Customer, row: Row) -> bool:
        """Whether the row's phone tells another person from the owner: what is no phone tells nobody (the name is compared by the caller)."""
        return not self.shares_number(owner, row) and any(identifiers.parse_phone(phone).is_valid for phone in row.facts.get("phone", ()))

    def shares_number(self, customer: Customer, row: Row) -> bool:
        return not self.numbers[customer.id].isdisjoint(row.numbers)

    def owner(self, vehicle: Vehicle) -> Customer | None:
        ownership = self.ownerships.get(vehicle.id)
        return self.customers_by_pk[ownership.customer_id] if ownership else None

    def owner_on(self, vehicle: Vehicle, day: date) -> Customer | None:
        """Whose it was on that day; where nobody's is known, whose it was next."""
        for ownership in self.owners.get(vehicle.id, ()):
            if ownership.until is None or day < ownership.until:
                return self.customers_by_pk[ownership.customer_id]
        return None

    def own(self, vehicle: Vehicle, customer: Customer, since: date) -> Customer:
        """The car is the customer's from that day until its next owner's, whichever was told first. Where a person has said when the
        customer got it from the owner before, that day stays."""
        owners = self.owners.setdefault(vehicle.id, [])
        at = sum(ownership.since <= since for ownership in owners)
        before, after = owners[at - 1] if at else None, owners[at] if at < len(owners) else None
        if before is not None and before.until is not None and before.until <= since:
            before = None
        if before is not None and before.customer_id == customer.id:
            return customer
        is_next = after is not None and after.customer_id == customer.id
        if is_next and before is not None and after.id and (vehicle.id, customer.id, after.since) not in self.told_owners:
            return customer
        if before is None and after is None and vehicle.status != Vehicle.Status.ACTIVE:
            return customer  # it has left, and stays away: a person said so
        until = before.until if before else after.since if after else None
        if before is not None:
            before.until = since
            if before.id:
                self.closed[before.id] = before
        if is_next:
            after.since = since
            if after.id:
                self.moved[after.id] = after
            return customer
        ownership = make_ownership(vehicle_id=vehicle.id, customer_id=customer.id, since=since, until=until)
        owners.insert(at, ownership)
        self.new_ownerships.append(ownership)
        if until is None:
            self.ownerships[vehicle.id] = ownership
        return customer

    def find_customer(self, row: Row, name: str) -> Customer:
        """The one of that name and one of the row's numbers, else a new one."""
        for number in row.numbers:
            if (name, number) in self.customers:
                customer = self.customers[name, number]
                self.add_phones(customer, row)
                return customer
        name_hex, name_pinyin, name_initials = name_keys(name)
        customer = make_customer(
            id=next(self.free_customers), store_id=self.store.pk, name=name,
            kind=Customer.Kind.COMPANY if "公司" in name else Customer.Kind.PERSON, gender=row.get("gender", ""),
            opened_at=self.seen_at(row), opened_by_id=self.by_id, tier_check_on=self.today,
            name_hex=name_hex, name_pinyin=name_pinyin, name_initials=name_initials,
        )  # fmt: skip
        self.new_customers.append(customer)
        self.customers_by_pk[customer.id] = customer
        self.numbers[customer.id] = set()
        self.add_phones(customer, row)
        return customer

    def add_phones(self, customer: Customer, row: Row) -> None:
        known = self.numbers[customer.id]
        for text in row.facts.get("phone", ()):
            number = identifiers.parse_phone(text).number
            if number not in known:
                phone = phone_facts(text)
                self.new_phones.append((customer.id, customer.store_id, len(known), *phone.values()))
                known.add(number)
                found = self.customers.setdefault((customer.name, number), customer)
                if customer.id < found.id:  # as when they are loaded: the oldest file
                    self.customers[customer.name, number] = customer

    # Writing

    def prepare(self) -> None:
        """All rows are taken: what is to be written. This asks the database nothing."""
        for vehicle in (*self.changed_vehicles.values(), *self.new_vehicles):
            set_vehicle_tails(vehicle)
        # An older row may have said something that a later one took back.
        changed = [car for car in self.changed_vehicles.values() if car.id in self.unplated or told(car) != self.stored.get(car.id)]
        self.told_cars = [(car.id, car.version + 1, *told(car)) for car in changed]
        self.insert_customers = bulk.of_instances(Customer, NEW_CUSTOMER, self.new_customers)
        self.insert_phones = bulk.Insertion(Phone, NEW_PHONE, self.new_phones)
        self.insert_cars = bulk.of_instances(Vehicle, NEW_VEHICLE, self.new_vehicles)
        self.insert_owners = bulk.of_instances(Ownership, ["vehicle_id", "customer_id", "since", "until"], self.new_ownerships)
        self.is_prepared = True

    def written_anew(self, model: type[Model]) -> Collection[int]:
        return {row[0] for row in self.told_cars} if model is Vehicle else self.changed_customers

    def insertions(self) -> list[bulk.Insertion]:
        """Those of prepare()."""
        return [self.insert_customers, self.insert_phones, self.insert_cars, self.insert_owners]

    def write(self) -> None:
        """What the next chunk has to know."""
        self.insert_customers.write()
        self.insert_phones.write()
        # A plate that moves must have left one car before it comes to the other. (Without a plate a car needs its VIN, which may be new.)
        left = [self.cars[pk] for pk in self.unplated]
        bulk.update_values(Vehicle, ["plate", "vin"], [(car.id, "", car.vin) for car in left if car.vin and not car._state.adding])
        bulk.update_values(Vehicle, ["version", *VEHICLE_FIELDS], self.told_cars)
        self.insert_cars.write()
        # An earlier beginning first: the same ownership may also end before the beginning that is stored.
        bulk.update_values(Ownership, ["since"], [(row.pk, row.since) for row in self.moved.values()])
        bulk.update_values(Ownership, ["until"], [(row.pk, row.until) for row in self.closed.values()])
        self.insert_owners.write()
        old = self.touched - {customer.id for customer in self.new_customers}
        if old:
            # Their tier follows: the sweep looks at everybody whose day has come (visits.tiering).
            Customer.objects.filter(bulk.Among("pk", old)).exclude(tier_check_on=self.today).update(tier_check_on=self.today)

    def write_rest(self) -> None:
        """What the next chunk need not know: rows come in the order of time, so these are no later visits than its own."""
