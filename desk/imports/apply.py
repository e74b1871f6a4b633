"""Writing the rows of a file: chunks of at most 500 in short transactions, a fixed number of statements a chunk.

Everything is matched by what identifies it (order number, VIN or plate, name and phone), so that a run that was killed is simply run
again, and the same file a second time changes nothing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import audit, keys
from customers import identifiers
from customers.actions import build_phone, set_name_keys, set_vehicle_keys
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.imports.kinds import OrderRow, Remark
from staff.actions import named_person
from staff.models import Membership, Store, User
from staff.roles import SERVICE, Role
from visits import tiering
from visits.models import ServiceOrder, Step

CHUNK = 500
FACTS = [
    "vehicle_id", "customer_id", "contact_name", "contact_phone", "advisor_id", "kind", "step", "received_at", "delivered_at", "received_on",
    "delivered_on", "mileage", "note", "labour_fen", "parts_fen", "package_fen", "total_fen", "next_maintenance_on", "next_maintenance_km",
]  # fmt: skip
COLUMNS = {
    "contact_name": "contact", "contact_phone": "phone", "vehicle_id": "plate", "customer_id": "name", "advisor_id": "advisor",
    "received_on": "received_at", "delivered_on": "delivered_at", "step": "delivered_at", "labour_fen": "labour", "parts_fen": "parts",
    "package_fen": "package", "total_fen": "total",
}  # fmt: skip


@dataclass
class Applied:
    counts: Counter = field(default_factory=Counter)  # created, updated, unchanged
    conflicts: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)


def apply_orders(*, store: Store, rows: Iterable[OrderRow], by=None, dry_run: bool = False) -> Applied:
    """rows: in the order of time. With dry_run everything is tried and nothing kept."""
    applied, staff = Applied(), People(store, by)
    rows = list(rows)
    for start in range(0, len(rows), CHUNK):
        with transaction.atomic():
            _Chunk(store, rows[start : start + CHUNK], staff, applied, by).apply()
            if dry_run:
                transaction.set_rollback(True)
    if not dry_run:
        audit.record("orders.imported", by=by, store=store, subject=store, rows=len(rows), **applied.counts)
    return applied


class People:
    """Advisors and technicians by name; unknown ones are added as named people, who cannot sign in."""

    def __init__(self, store: Store, by):
        self.store, self.by = store, by
        self.known: dict[tuple[bool, str], User] = {}
        rows = Membership.objects.filter(store=store, role__in=[*SERVICE, Role.TECHNICIAN]).select_related("user")
        # An advisor before a supervisor of the same name, the older before the younger.
        for row in sorted(rows, key=lambda row: (row.role not in (Role.ADVISOR, Role.TECHNICIAN), row.user_id)):
            self.known.setdefault((row.role == Role.TECHNICIAN, row.user.name), row.user)

    def find(self, name: str, role: str) -> tuple[User | None, bool]:
        """(person, whether just added)."""
        if not name:
            return None, False
        key = (role == Role.TECHNICIAN, name)
        if key in self.known:
            return self.known[key], False
        self.known[key], made = named_person(name=name, store=self.store, role=role, by=self.by)
        return self.known[key], made


class _Chunk:
    """At most CHUNK rows: everything they touch is loaded first, changed in memory, then written."""

    def __init__(self, store: Store, rows: list[OrderRow], staff: People, applied: Applied, by):
        self.store, self.rows, self.staff, self.applied, self.by = store, rows, staff, applied, by
        self.touched: set[int] = set()
        self.new_customers: list[Customer] = []
        self.new_phones: list[Phone] = []
        self.new_vehicles: list[Vehicle] = []
        self.changed_vehicles: dict[int, Vehicle] = {}
        self.new_ownerships: list[Ownership] = []
        self.closed_ownerships: dict[int, Ownership] = {}
        self.new_orders: list[ServiceOrder] = []
        self.changed_orders: list[ServiceOrder] = []
        self.technicians: list[tuple[ServiceOrder, list[User]]] = []

    def apply(self) -> None:
        self._load()
        for row in self.rows:
            self._take(row)
        self._write()

    # Loading

    def _load(self) -> None:
        orders = ServiceOrder.objects.filter(store=self.store, number__in=[row.number for row in self.rows])
        self.orders = {order.number: order for order in orders.prefetch_related("technicians")}
        cars = Vehicle.objects.filter(store=self.store)
        vins, plates = {row.vin for row in self.rows if row.vin}, {row.plate for row in self.rows if row.plate}
        found = {car.pk: car for car in cars.filter(vin__in=vins)}
        found |= {car.pk: car for car in cars.active().filter(plate__in=plates) if car.pk not in found}
        self.vins = {car.vin: car for car in found.values() if car.vin}
        self.plates = {car.plate: car for car in found.values() if car.plate and car.status == Vehicle.Status.ACTIVE}
        self.owners = {
            ownership.vehicle_id: ownership
            for ownership in Ownership.objects.filter(vehicle__in=found, until=None).select_related("customer")
        }
        self.owner_of_new: dict[int, Ownership] = {}  # by id() of a vehicle that is not stored yet
        latest = ServiceOrder.objects.filter(vehicle__in=found).values("vehicle").annotate(at=Max("received_at"))
        self.latest = {row["vehicle"]: row["at"] for row in latest}
        self.latest_of_new: dict[int, object] = {}
        self._load_customers()

    def _load_customers(self) -> None:
        """By name and phone: through the phones, which are indexed, and the owners of the cars."""
        numbers = {identifiers.parse_phone(phone).number for row in self.rows for phone in row.phones}
        tails = {keys.tail(number) for number in numbers}
        names = {row.name or row.contact for row in self.rows}
        phones = Phone.objects.filter(store=self.store, tail__in=tails, customer__name__in=names).select_related("customer")
        self.customers: dict[tuple[str, str], Customer] = {}
        self.numbers: dict[int, set[str]] = {}  # by id() of a customer
        by_pk: dict[int, Customer] = {ownership.customer_id: ownership.customer for ownership in self.owners.values()}
        for phone in phones.order_by("-customer_id"):
            by_pk.setdefault(phone.customer_id, phone.customer)
        for ownership in self.owners.values():
            ownership.customer = by_pk[ownership.customer_id]
        for phone in Phone.objects.filter(customer__in=by_pk).order_by("-customer_id"):
            customer = by_pk[phone.customer_id]
            self.numbers.setdefault(id(customer), set()).add(phone.number)
            self.customers[customer.name, phone.number] = customer

    # One row

    def _take(self, row: OrderRow) -> None:
        order = self.orders.get(row.number)
        if order and (order.origin == ServiceOrder.Origin.TYPED or order.version > 1):
            return self._compare_with_verified(row, order)
        vehicle = self._vehicle(row)
        customer = self._customer(row, vehicle, order)
        advisor, added = self.staff.find(row.advisor, Role.ADVISOR)
        if added:
            self.applied.warnings.append(row.remark("advisor", row.advisor, _("unknown advisor; added as a named person")))
        technicians = []
        for name in row.technicians:
            technician, added = self.staff.find(name, Role.TECHNICIAN)
            technicians.append(technician)
            if added:
                self.applied.warnings.append(row.remark("technician", name, _("unknown technician; added as a named person")))
        self._update_vehicle(row, vehicle)
        self._order(row, order, vehicle, customer, advisor, technicians)

    def _order(self, row, order, vehicle, customer, advisor, technicians) -> None:
        known = order is not None
        before = {name: getattr(order, name) for name in FACTS} if known else {}
        had = {user.pk for user in order.technicians.all()} if known else set()
        order = order or ServiceOrder(store=self.store, number=row.number, origin=ServiceOrder.Origin.IMPORTED, created_by=self.by)
        order.vehicle, order.customer, order.advisor = vehicle, customer, advisor
        for name, value in self._facts(row, customer).items():
            setattr(order, name, value)
        if not known:
            self.new_orders.append(order)
            self.orders[row.number] = order
            self.technicians.append((order, technicians))
            self.applied.counts["created"] += 1
        elif before != {name: getattr(order, name) for name in FACTS} or (technicians and had != {user.pk for user in technicians}):
            self.changed_orders.append(order)
            self.technicians.append((order, technicians))
            self.applied.counts["updated"] += 1
            self.touched.add(before["customer_id"])
        else:
            self.applied.counts["unchanged"] += 1

    def _facts(self, row: OrderRow, customer: Customer) -> dict:
        brought_by = row.contact or row.name
        return {
            "contact_name": "" if brought_by == customer.name else brought_by[:60],
            "contact_phone": "" if brought_by == customer.name or not row.phones else identifiers.parse_phone(row.phones[0]).number,
            "kind": row.kind,
            "step": Step.DELIVERED if row.delivered_at else Step.RECEPTION,
            "received_at": row.received_at,
            "delivered_at": row.delivered_at,
            "received_on": self.store.local_date(row.received_at),
            "delivered_on": row.delivered_at and self.store.local_date(row.delivered_at),
            "mileage": row.mileage,
            "note": row.note,
            "labour_fen": row.labour_fen,
            "parts_fen": row.parts_fen,
            "package_fen": row.package_fen,
            "total_fen": row.total_fen,
            "next_maintenance_on": row.next_maintenance_on,
            "next_maintenance_km": row.next_maintenance_km,
        }

    def _compare_with_verified(self, row: OrderRow, order: ServiceOrder) -> None:
        """A person wrote this order, or has edited it since: its values stay, and what the file says otherwise is listed."""
        told = self._facts(row, order.customer)
        for name in ("kind", "received_at", "delivered_at", "mileage", "total_fen", "next_maintenance_on", "next_maintenance_km"):
            column = COLUMNS.get(name, name)
            if told[name] is not None and told[name] != getattr(order, name) and column in row.header.columns:
                value = row.cells[row.header.columns[column][0]]
                self.applied.conflicts.append(row.remark(column, value, _("a person has entered another value; it was kept")))
        self.applied.counts["unchanged"] += 1

    # Cars

    def _vehicle(self, row: OrderRow) -> Vehicle:
        """By VIN, else by plate. A car known by its plate alone gets the VIN; a car of another VIN takes the plate over."""
        by_vin, by_plate = self.vins.get(row.vin) if row.vin else None, self.plates.get(row.plate) if row.plate else None
        if by_vin:
            return by_vin
        if by_plate and (not row.vin or not by_plate.vin):
            if row.vin:
                by_plate.vin = row.vin
                self.vins[row.vin] = by_plate
                self._changed(by_plate)
            return by_plate
        vehicle = Vehicle(
            store=self.store,
            plate="" if by_plate else row.plate,
            vin=row.vin,
            model=row.model,
            opened_at=row.received_at,
            opened_by=self.by,
        )
        set_vehicle_keys(vehicle)
        self.new_vehicles.append(vehicle)
        if row.vin:
            self.vins[row.vin] = vehicle
        if vehicle.plate:
            self.plates[vehicle.plate] = vehicle
        return vehicle

    def _changed(self, vehicle: Vehicle) -> None:
        set_vehicle_keys(vehicle)
        if vehicle.pk:
            self.changed_vehicles[vehicle.pk] = vehicle

    def _update_vehicle(self, row: OrderRow, vehicle: Vehicle) -> None:
        """The latest visit knows the car best; an older one only fills what is empty."""
        latest, key = (self.latest, vehicle.pk) if vehicle.pk else (self.latest_of_new, id(vehicle))
        is_latest = key not in latest or row.received_at >= latest[key]
        if is_latest:
            latest[key] = row.received_at
        facts = {"mileage": row.mileage, "next_maintenance_on": row.next_maintenance_on, "next_maintenance_km": row.next_maintenance_km}
        facts = {name: value for name, value in facts.items() if value is not None and (is_latest or getattr(vehicle, name) is None)}
        if row.model and (not vehicle.model or is_latest and vehicle.version == 1):
            facts["model"] = row.model
        changed = [name for name, value in facts.items() if getattr(vehicle, name) != value]
        for name in changed:
            setattr(vehicle, name, facts[name])
        if row.plate and row.plate != vehicle.plate and (not vehicle.plate or is_latest):
            changed += self._take_plate(row, vehicle)
        if changed:
            self._changed(vehicle)

    def _take_plate(self, row: OrderRow, vehicle: Vehicle) -> list[str]:
        other = self.plates.get(row.plate)
        if other is not None and other is not vehicle:
            if not other.vin or other.pk in self.latest and self.latest[other.pk] > row.received_at:
                self.applied.warnings.append(
                    row.remark("plate", row.plate, _("this plate stands on another car's file; it was left there"))
                )
                return []
            other.plate = ""
            self._changed(other)
            self.applied.warnings.append(row.remark("plate", row.plate, _("this plate was another car's; it moved to this one")))
        if vehicle.plate and self.plates.get(vehicle.plate) is vehicle:
            del self.plates[vehicle.plate]
        vehicle.plate = row.plate
        self.plates[row.plate] = vehicle
        return ["plate"]

    # People who own cars

    def _customer(self, row: OrderRow, vehicle: Vehicle, order: ServiceOrder | None) -> Customer:
        """Whose visit it was. Another name *and* phone on a known car transfers it from the visit's date; 送修人 is only the contact."""
        numbers = [identifiers.parse_phone(phone).number for phone in row.phones]
        ownership = self.owners.get(vehicle.pk) if vehicle.pk else self.owner_of_new.get(id(vehicle))
        if ownership is None:
            customer = self._find_or_make(row.name or row.contact, row, numbers)
            self._own(vehicle, customer, self.store.local_date(row.received_at))
            return customer
        owner = ownership.customer
        if not row.name:
            return owner
        if row.name == owner.name:
            self._add_phones(owner, row)
            return owner
        if not numbers or self.numbers.get(id(owner), set()) & set(numbers):
            return owner
        customer = self._find_or_make(row.name, row, numbers)
        day = self.store.local_date(row.received_at)
        is_told_already = order is not None and order.customer_id is not None and order.customer_id == customer.pk
        if day >= ownership.since and not is_told_already:
            ownership.until = day
            if ownership.pk:
                self.closed_ownerships[ownership.pk] = ownership
            self._own(vehicle, customer, day)
        return customer

    def _find_or_make(self, name: str, row: OrderRow, numbers: list[str]) -> Customer:
        for number in numbers:
            if (name, number) in self.customers:
                customer = self.customers[name, number]
                self._add_phones(customer, row)
                return customer
        kind = Customer.Kind.COMPANY if "公司" in name else Customer.Kind.PERSON
        customer = Customer(store=self.store, name=name, kind=kind, opened_at=row.received_at, opened_by=self.by)
        set_name_keys(customer)
        self.new_customers.append(customer)
        self._add_phones(customer, row)
        return customer

    def _add_phones(self, customer: Customer, row: OrderRow) -> None:
        known = self.numbers.setdefault(id(customer), set())
        for text in row.phones:
            phone = build_phone(customer=customer, text=text, position=len(known))
            if phone.number not in known:
                known.add(phone.number)
                self.new_phones.append(phone)
                self.customers.setdefault((customer.name, phone.number), customer)

    def _own(self, vehicle: Vehicle, customer: Customer, since: date) -> None:
        ownership = Ownership(vehicle=vehicle, customer=customer, since=since)
        self.new_ownerships.append(ownership)
        if vehicle.pk:
            self.owners[vehicle.pk] = ownership
        else:
            self.owner_of_new[id(vehicle)] = ownership

    # Writing

    def _write(self) -> None:
        Customer.objects.bulk_create(self.new_customers)
        Phone.objects.bulk_create(self.new_phones)
        self._write_vehicles()
        Ownership.objects.bulk_update(self.closed_ownerships.values(), ["until"])
        Ownership.objects.bulk_create(self.new_ownerships)
        ServiceOrder.objects.bulk_create(self.new_orders)
        if self.changed_orders:
            ServiceOrder.objects.bulk_update(self.changed_orders, [name.removesuffix("_id") for name in FACTS])
        self._write_technicians()
        self.touched |= {order.customer_id for order in self.new_orders + self.changed_orders}
        tiering.refresh(self.touched, self.store.today())

    def _write_vehicles(self) -> None:
        changed = list(self.changed_vehicles.values())
        if changed:
            # A plate that moves must have left one car before it comes to the other.
            Vehicle.objects.filter(pk__in=[car.pk for car in changed], status=Vehicle.Status.ACTIVE).exclude(vin="").update(plate="")
            fields = ["plate", "vin", "model", "mileage", "next_maintenance_on", "next_maintenance_km", "plate_tail", "vin_tail"]
            Vehicle.objects.bulk_update(changed, fields)
        Vehicle.objects.bulk_create(self.new_vehicles)

    def _write_technicians(self) -> None:
        through = ServiceOrder.technicians.through
        through.objects.filter(serviceorder__in=self.changed_orders).delete()
        through.objects.bulk_create(
            through(serviceorder_id=order.pk, user_id=user.pk) for order, users in self.technicians for user in users
        )
