"""What the rows of a chunk name, loaded at once by what identifies it: cars, their owners, customers and phones. From one chunk of a large
file to the next most of it is the same: what the chunk before has in memory is taken over from there."""

from collections.abc import Collection
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db.models import F, Max, Model

from core import bulk, keys
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.imports.rows import Row
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder

VEHICLE_FIELDS = [
    "plate", "vin", "model", "mileage", "next_maintenance_on", "next_maintenance_km", "plate_tail", "vin_tail", "purchased_on",
    "bought_here", "consultant_id", "insurance_until", "warranty_until", "maintenance_months", "maintenance_km",
]  # fmt: skip

told = attrgetter(*VEHICLE_FIELDS)  # what is written of a car


class Loaded:
    """before: the chunk before this one in the same transaction. All its rows are taken when this one looks, and what write() writes is
    written when this one is loaded."""

    def __init__(self, store: Store, rows: list[Row], before: "Loaded | None" = None):
        self.store, self.rows, self.before = store, rows, before
        self.told_before = before.told_orders() if before else set()

    def vehicle_ids(self) -> set[int]:
        """Further vehicles that the records of this chunk name."""
        return set()

    def customer_ids(self) -> set[int]:
        """Further customers that the records of this chunk name."""
        return set()

    def told_orders(self) -> set[int]:
        """Orders whose date this chunk itself tells: the one that they had so far does not say which visit is the latest."""
        return set()

    def written_anew(self, model: type[Model]) -> Collection[int]:
        """The stored cars or customers whose version write() raises."""
        return ()

    def look(self) -> None:
        """What the rows name, and what of it the chunk before has in memory. This asks the database nothing."""
        if self.before:
            self.before.before = None  # else all chunks would stay; and here, beside the database, thousands of rows are given up
        facts = [row.facts for row in self.rows]
        self.named_vins = {said["vin"] for said in facts if "vin" in said}
        self.named_plates = {said["plate"] for said in facts if "plate" in said}
        self.named_cars = {said.get("vin") or said.get("plate") for said in facts} - {None}
        self.named_people = {
            (row.facts[name], number) for row in self.rows for number in row.numbers for name in ("name", "contact") if name in row.facts
        }
        self.first_numbers = {
            (row.facts.get("name") or row.facts.get("contact"), number) for row in self.rows for number in row.numbers[:1]
        }
        # Whoever was found is the oldest of that name and number, and stays it; who was not may have got a file meanwhile.
        unknown = self.named_people - self.before.customers.keys() if self.before else self.named_people
        self.names, self.tails = {name for name, _number in unknown}, {keys.tail(number) for _name, number in unknown}
        self.cars: dict[int, Vehicle] = {}
        self.customers_by_pk: dict[int, Customer] = {}
        if before := self.before:
            cars = [before.vins.get(vin) for vin in self.named_vins] + [before.plates.get(plate) for plate in self.named_plates]
            self._take_over(Vehicle, [car.id for car in cars if car])
            people = [before.customers.get(person) for person in self.named_people]
            self._take_over(Customer, [customer.id for customer in people if customer])

    def _held(self, model: type[Model]) -> dict[int, Any]:
        """Those in memory, by primary key."""
        return self.cars if model is Vehicle else self.customers_by_pk

    def _take_over(self, model: type[Model], pks: Collection[int]) -> None:
        """Of these what the chunk before has in memory."""
        if self.before:
            mine, known, anew = self._held(model), self.before._held(model), self.before.written_anew(model)
            mine |= {pk: bulk.as_stored(known[pk], is_anew=pk in anew) for pk in pks if pk in known and pk not in mine}

    def _drop_changed(self, model: type[Model]) -> None:
        """What somebody at a counter has written since it was loaded is to be loaded anew, also where this chunk would only read it: a car
        that has left, a plate that stands on another."""
        taken = self._held(model)
        if not taken:
            return
        versions = dict(model._default_manager.filter(bulk.Among("pk", taken)).order_by().values_list("pk", "version"))
        for pk in [pk for pk, record in taken.items() if versions.get(pk) != record.version]:
            del taken[pk]

    def load(self) -> None:
        self._load_cars()
        self._load_customers()

    def unknown_cars(self) -> set[str]:
        return self.named_cars - self.vins.keys() - self.plates.keys()

    def unknown_people(self) -> set[tuple[str, str]]:
        return self.first_numbers - self.customers.keys()

    def _load_cars(self) -> None:
        found, active = self.cars, Vehicle.Status.ACTIVE
        cars, further = Vehicle.objects.filter(store=self.store), self.vehicle_ids()
        self._take_over(Vehicle, further)
        self._drop_changed(Vehicle)
        if vins := self.named_vins - {car.vin for car in found.values()}:
            found |= {car.id: car for car in bulk.fetch(cars.filter(bulk.Among("vin", vins)))}
        if plates := self.named_plates - {car.plate for car in found.values() if car.status == active}:
            by_plate = bulk.fetch(cars.active().filter(bulk.Among("plate", plates)))
            found |= {car.id: car for car in by_plate if car.id not in found}
        if more := further - found.keys():
            found |= {car.id: car for car in bulk.fetch(cars.filter(bulk.Among("pk", more)))}
        self.stored = {pk: told(car) for pk, car in found.items()}
        self.vins = {car.vin: car for car in found.values() if car.vin}
        self.plates = {car.plate: car for car in found.values() if car.plate and car.status == active}
        self.owners: dict[int, list[Ownership]] = {}  # of each car, the first one first
        self.ownerships: dict[int, Ownership] = {}  # the present ones
        known = Ownership.objects.filter(bulk.Among("vehicle_id", found)).order_by("since", F("until").asc(nulls_last=True), "pk")
        for ownership in bulk.fetch(known) if found else ():
            self.owners.setdefault(ownership.vehicle_id, []).append(ownership)
            if ownership.until is None:
                self.ownerships[ownership.vehicle_id] = ownership
        self._load_told_owners()
        self.latest: dict[int, datetime] = {}
        if found:
            visits = (
                ServiceOrder.objects.filter(bulk.Among("vehicle_id", found), ~bulk.Among("pk", self.told_orders() | self.told_before))
                .order_by()
                .values_list("vehicle")
            )
            self.latest = dict(visits.annotate(at=Max("received_at")))

    def _load_told_owners(self) -> None:
        """(car, owner, day) of the visits and deliveries that an ownership may begin with, of cars that have changed hands. Those of the
        chunk before are not there yet, nor needed: none begins later than a row of this one."""
        cars = [vehicle for vehicle, owned in self.owners.items() if len(owned) > 1]
        self.told_owners: set[tuple[int, int, date]] = set()
        for model, day in ((ServiceOrder, "received_on"), (NewCarDelivery, "delivered_on")) if cars else ():
            told = model.objects.filter(bulk.Among("vehicle_id", cars)).order_by()
            self.told_owners.update(told.values_list("vehicle_id", "customer_id", day))

    def _load_customers(self) -> None:
        """By name and phone: through the phones, which are indexed; and all that have owned the cars."""
        same = Phone.objects.filter(bulk.Among("tail", self.tails), bulk.Among("customer__name", self.names), store=self.store)
        wanted = {ownership.customer_id for owned in self.owners.values() for ownership in owned} | self.customer_ids()
        wanted.update(same.order_by().values_list("customer_id", flat=True) if self.names else ())
        self._take_over(Customer, wanted)
        taken = set(self.customers_by_pk)
        self._drop_changed(Customer)
        if missing := (wanted | taken) - self.customers_by_pk.keys():
            self.customers_by_pk |= {customer.id: customer for customer in bulk.fetch(Customer.objects.filter(bulk.Among("pk", missing)))}
        # Of a phone that is added the customer's version says nothing.
        self.numbers = {pk: set() for pk in self.customers_by_pk}
        phones = Phone.objects.filter(bulk.Among("customer_id", self.customers_by_pk)).order_by().values_list("customer_id", "number")
        for pk, number in phones if self.numbers else ():
            self.numbers[pk].add(number)
        self.customers: dict[tuple[str, str], Customer] = {}
        for pk in sorted(self.customers_by_pk, reverse=True):  # the oldest file of several comes last
            customer = self.customers_by_pk[pk]
            self.customers |= dict.fromkeys([(customer.name, number) for number in self.numbers[pk]], customer)
