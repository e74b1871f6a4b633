"""New-car deliveries: how a row is read, and how a chunk of rows becomes deliveries, and owners from the car's first day on."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from core import bulk
from customers.models import Customer, Vehicle
from desk.imports import cells, orders, rows
from desk.imports.archive import Chunk
from desk.imports.headers import Layout
from desk.imports.rows import Draft, Reader, Row
from staff.roles import Role
from visits.models import NewCarDelivery, ServiceOrder

LAYOUT = Layout(
    aliases={
        "delivered_at": ("交车日期", "交车时间", "购车日期", "购车时间", "提车日期", "提车时间", "交付日期", "交付时间", "实际交车日期", "实际交车时间", "购买日期", "购买时间", "买车日期"),
        "name": ("客户姓名", "客户名称", "用户姓名", "车主", "车主姓名", "购车人", "姓名", "客户名", "用户名称", "顾客姓名", "车主名称", "购车人姓名", "购车客户"),
        **{name: orders.LAYOUT.aliases[name] for name in ("phone", "vin", "plate", "model")},
        "consultant": ("销售顾问", "销售员", "销售人员", "销售顾问姓名", "销售专员", "销售代表"),
        "price": (
            "车价", "成交价", "裸车价", "成交价格", "车辆价格", "开票价", "成交金额", "实际成交价", "裸车成交价", "车辆售价", "售价", "销售价", "销售价格", "购车价格", "购车金额", "开票价格",
            "开票金额",
        ),
        "note": ("备注", "备注信息"),
    },
    required=(("delivered_at",), ("name",), ("vin", "plate")),
)  # fmt: skip


def _check(draft: Draft) -> None:
    _check_day(draft)
    if not draft.has("name") and not draft.failed("name"):
        draft.reject("name", _("the customer's name is missing"))
    rows.check_title(draft)
    rows.check_car(draft)
    rows.check_phones(draft)
    rows.check_note(draft)


def _check_day(draft: Draft) -> None:
    """delivered_at: from the cell's local moment to UTC, with delivered_on and has_time beside it."""
    facts = draft.facts
    delivered = facts.get("delivered_at")
    if delivered is None:
        if not draft.failed("delivered_at"):
            draft.reject("delivered_at", _("the date is missing"))
        return
    if draft.days.lies_ahead(delivered.at.date()):
        draft.reject("delivered_at", _("the day lies in the future"))
        return
    facts["delivered_at"], facts["delivered_on"] = draft.days.utc(delivered, closing=True), delivered.at.date()
    facts["has_time"] = delivered.has_time


READER = Reader(
    layout=LAYOUT,
    meanings={
        "delivered_at": rows.moment, "name": rows.name(80), "phone": cells.phones, "vin": cells.vin, "plate": cells.plate,
        "model": rows.text(80), "consultant": rows.name(60), "price": cells.amount, "note": cells.clean,
    },
    check=_check,
    key=lambda row: (row.get("vin") or row.get("plate"), row.facts["delivered_on"], row.facts["name"]),
    repeated="delivered_at",
)  # fmt: skip

# A delivery's columns that a newer import overwrites, and the field of the row that each comes from.
SOURCES = {"consultant_id": "consultant", "delivered_at": "delivered_at", "price_fen": "price", "note": "note"}
NEW = ["store_id", "vehicle_id", "customer_id", "delivered_on", "origin", "created_by_id", *SOURCES]
OWNER_KEPT = _("the car's owner has another name on file; it was kept")


class Deliveries(Chunk):
    writes = NewCarDelivery
    people_in = {"consultant": Role.SALES}

    def load(self) -> None:
        self.n_changes = 0  # changes of cars
        super().load()
        self.new: list[NewCarDelivery] = []
        self.changed: dict[int, NewCarDelivery] = {}
        self.told: set[int] = set()  # deliveries of which a row has told, by id(): new ones have no key yet

    def _load_cars(self) -> None:
        """With each car: its deliveries."""
        super()._load_cars()
        self.deliveries: dict[int, list[NewCarDelivery]] = {}
        self.visits = dict(self.latest)
        if not self.cars:
            return
        for delivery in NewCarDelivery.objects.filter(vehicle__in=self.cars).order_by("pk"):
            self.deliveries.setdefault(delivery.vehicle_id, []).append(delivery)
        for car in self.cars.values():
            self._look_back(car)

    def customer_ids(self) -> set[int]:
        return {delivery.customer_id for deliveries in self.deliveries.values() for delivery in deliveries}

    def seen_at(self, row: Row) -> datetime:
        return row.facts["delivered_at"]

    def change(self, vehicle: Vehicle) -> None:
        super().change(vehicle)
        self.n_changes += 1

    def take(self, row: Row) -> None:
        before = self._size()
        vehicle = self.vehicle(row)
        delivery = self._known(row, vehicle)
        if delivery and delivery.origin == ServiceOrder.Origin.TYPED:
            return self._compare(row, delivery)
        if delivery and id(delivery) in self.told:
            self.warn(row, "delivered_at", _("another row tells of the same hand-over; this one was left out"))
            return self.count("unchanged")
        consultant = self.person(row, "consultant", row.get("consultant", ""), Role.SALES)
        self._look_back(vehicle, delivery)
        self.update_vehicle(row, vehicle)
        self._mark_bought(row, vehicle, consultant, delivery)
        if delivery is None:
            return self._add(row, vehicle, consultant)
        self.told.add(id(delivery))
        customer = self.customers_by_pk[delivery.customer_id]
        if customer.name == row.facts["name"]:
            self.add_phones(customer, row)
        else:
            self.warn(row, "name", OWNER_KEPT)
        if self._update(row, delivery, consultant) or self._size() != before:
            self.touched.add(customer.pk)
            return self.count("updated")
        return self.count("unchanged")

    def _look_back(self, vehicle: Vehicle, but: NewCarDelivery | None = None) -> None:
        """When the car was last here, as far as is known without the delivery that a row tells of once more."""
        days = [known.delivered_at for known in self.deliveries.get(vehicle.pk, ()) if known is not but]
        days += [self.visits[vehicle.pk]] if vehicle.pk in self.visits else []
        if days:
            self.latest[vehicle.pk] = max(days)
        else:
            self.latest.pop(vehicle.pk, None)

    def _size(self) -> tuple[int, int]:
        return self.n_changes, len(self.new_phones)

    def _known(self, row: Row, vehicle: Vehicle) -> NewCarDelivery | None:
        """The delivery of that car on that day: to somebody of that name, or, unless the row brings another name *and* another
        phone, to whoever it was. What a person has entered is the delivery of its day in any case."""
        that_day = [known for known in self.deliveries.get(vehicle.pk, ()) if known.delivered_on == row.facts["delivered_on"]]
        customers = [self.customers_by_pk[known.customer_id] for known in that_day]
        for known, customer in zip(that_day, customers, strict=True):
            if customer.name == row.facts["name"]:
                return known
        for known, customer in zip(that_day, customers, strict=True):
            is_other = self.is_somebody_else(customer, row)
            if not is_other or known.origin == ServiceOrder.Origin.TYPED:
                return known
        return None

    def _compare(self, row: Row, delivery: NewCarDelivery) -> None:
        """A person wrote this delivery: it stays, and what the file says otherwise is listed."""
        facts = row.facts
        consultant = self.people.known.get((Role.SALES, facts.get("consultant", "")))
        minute = delivery.delivered_at.replace(second=0, microsecond=0)
        differs = {
            "name": facts["name"] != self.customers_by_pk[delivery.customer_id].name,
            "delivered_at": facts["has_time"] and facts["delivered_at"].replace(second=0) != minute,
            "consultant": "consultant" in facts and (consultant is None or consultant != delivery.consultant_id),
            "price": "price" in facts and facts["price"] != delivery.price_fen,
            "note": "note" in facts and facts["note"] != delivery.note,
        }
        for name, is_other in differs.items():
            if is_other:
                self.conflict(row, name)
        self.count("unchanged")

    def _add(self, row: Row, vehicle: Vehicle, consultant: int | None) -> None:
        facts = row.facts
        if any(known.delivered_on == facts["delivered_on"] for known in self.deliveries.get(vehicle.pk, ())):
            self.warn(row, "delivered_at", _("this car was handed over to somebody else on the same day; both are kept"))
        customer = self._customer(row, vehicle)
        self.own(vehicle, customer, facts["delivered_on"])
        delivery = NewCarDelivery(
            store_id=self.store.pk, vehicle_id=vehicle.pk, customer_id=customer.pk, consultant_id=consultant,
            delivered_at=facts["delivered_at"], delivered_on=facts["delivered_on"], price_fen=facts.get("price"),
            note=facts.get("note", ""), origin=ServiceOrder.Origin.IMPORTED.value, created_by_id=self.by_id,
        )  # fmt: skip
        self.new.append(delivery)
        self.told.add(id(delivery))
        self.deliveries.setdefault(vehicle.pk, []).append(delivery)
        self.touched.add(customer.pk)
        self.count("created")

    def _update(self, row: Row, delivery: NewCarDelivery, consultant: int | None) -> bool:
        """An empty cell erases nothing, nor does a date alone erase the time of that day."""
        facts = row.facts
        values = {"consultant_id": consultant, "price_fen": facts.get("price"), "note": facts.get("note")}
        if facts["has_time"]:
            values["delivered_at"] = facts["delivered_at"]
        changed = {name: value for name, value in values.items() if value is not None and getattr(delivery, name) != value}
        for name, value in changed.items():
            setattr(delivery, name, value)
        if changed and delivery.pk:
            self.changed[delivery.pk] = delivery
        return bool(changed)

    def _mark_bought(self, row: Row, vehicle: Vehicle, consultant: int | None, delivery: NewCarDelivery | None) -> None:
        """Bought here on that day; unless the car was handed over once more afterwards."""
        at = row.facts["delivered_at"] if delivery is None or row.facts["has_time"] else delivery.delivered_at
        if any(known is not delivery and known.delivered_at >= at for known in self.deliveries.get(vehicle.pk, ())):
            return
        changed = self.put(row, vehicle, "purchased_on", row.facts["delivered_on"], "delivered_at")
        changed = self.put(row, vehicle, "bought_here", True, "delivered_at") or changed
        if consultant:
            changed = self.put(row, vehicle, "consultant_id", consultant, "consultant") or changed
        if changed:
            self.change(vehicle)

    def _customer(self, row: Row, vehicle: Vehicle) -> Customer:
        """One who has owned the car, by name or number; without a number another name is no other owner (contracts.md)."""
        day, name = row.facts["delivered_on"], row.facts["name"]
        owners = [(ownership, self.customers_by_pk[ownership.customer_id]) for ownership in reversed(self.owners.get(vehicle.pk, ()))]
        for _ownership, customer in owners:
            if customer.name == name:
                self.add_phones(customer, row)
                return customer
        for ownership, customer in owners:
            is_owner_then = ownership.since <= day and (ownership.until is None or day < ownership.until)
            if self.shares_number(customer, row) or (is_owner_then and not self.is_somebody_else(customer, row)):
                self.warn(row, "name", OWNER_KEPT)
                return customer
        return self.find_customer(row, name)

    def write(self) -> None:
        super().write()
        bulk.insert(NewCarDelivery, NEW, self.new)
        changed = [(row.pk, *(getattr(row, name) for name in SOURCES)) for row in self.changed.values()]
        bulk.update_values(NewCarDelivery, list(SOURCES), changed)


def in_order_of_time(read: list[Row]) -> list[Row]:
    """Owners change with time: an earlier delivery is never applied after a later one."""
    return sorted(read, key=lambda row: (row.facts["delivered_at"], row.sheet, row.row))
