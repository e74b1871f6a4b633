"""Service orders: how a row is read, and how a chunk of rows becomes orders."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext_noop as _

from core import bulk
from customers import identifiers
from customers.models import Customer, Vehicle
from desk.imports import cells, rows
from desk.imports.archive import Chunk
from desk.imports.headers import Layout
from desk.imports.rows import Draft, Reader, Row
from staff.roles import Role
from visits.models import Kind, ServiceOrder, Step

LAYOUT = Layout(
    aliases={
        "number": (
            "工单号", "工单编号", "委托书号", "结算单号", "维修单号", "RO号", "RO单号", "工单号码", "维修工单号", "委托书编号", "委托单号", "任务委托书号", "维修委托书号", "结算单编号", "维修单编号",
            "施工单号", "派工单号", "接车单号", "服务单号", "单据号", "单据编号", "单号", "RO编号",
        ),
        "received_at": (
            "进店日期", "进店时间", "进厂时间", "进厂日期", "接车时间", "接车日期", "开单时间", "开单日期", "入厂时间", "入厂日期", "来厂时间", "来厂日期", "到店时间", "到店日期", "来店时间", "来店日期",
            "到厂时间", "到厂日期", "进站时间", "进站日期", "送修时间", "送修日期", "接待时间", "接待日期", "制单时间", "制单日期",
        ),
        "delivered_at": (
            "结算日期", "结算时间", "交车时间", "交车日期", "出厂时间", "出厂日期", "完工时间", "完工日期", "竣工时间", "竣工日期", "结账时间", "结账日期", "结帐时间", "结帐日期", "出店时间", "出店日期",
            "离店时间", "离店日期", "离厂时间", "离厂日期", "出站时间", "出站日期", "提车时间", "提车日期", "交付时间", "交付日期",
        ),
        "name": ("客户姓名", "客户名称", "用户姓名", "车主", "车主姓名", "客户名", "用户名称", "顾客姓名", "车主名称", "姓名"),
        "contact": ("送修人", "送修人姓名", "送修人名称", "送车人", "报修人", "联系人", "联系人姓名"),
        "phone": (
            "客户电话", "联系电话", "电话号码", "电话", "手机", "手机号", "手机号码", "移动电话", "联系方式", "联系手机", "车主电话", "车主手机", "车主手机号", "车主联系电话", "车主联系方式", "客户手机",
            "客户手机号", "客户联系电话", "客户联系方式", "用户电话", "用户手机", "手机电话", "移动电话号码", "固定电话", "座机", "家庭电话", "办公电话", "电话1", "电话2", "联系电话1", "联系电话2",
            "手机1", "手机2",
        ),
        "plate": ("车牌号", "车牌", "牌照号", "车牌号码", "牌照", "牌照号码", "牌号", "车牌照", "车牌照号", "车辆牌照", "车辆牌照号", "车辆牌号", "车辆号牌", "号牌", "号牌号码", "车号"),
        "vin": (
            "车架号", "车架号VIN", "VIN", "VIN码", "VIN号", "底盘号", "车架号码", "车架号码VIN", "底盘号码", "底盘号VIN", "车辆识别代号", "车辆识别代号VIN", "车辆识别代码", "车辆识别码",
            "车辆识别号", "VIN代码", "VIN/车架号", "车架号/VIN", "大架号",
        ),
        "model": ("车型", "汽车型号", "车型名称", "车辆型号", "车辆车型", "品牌车型", "车型描述"),
        "mileage": (
            "里程", "里程数", "行驶里程", "进厂里程", "公里数", "行驶公里", "行驶公里数", "行驶里程数", "进厂公里数", "进厂里程数", "进店里程", "入厂里程", "来厂里程", "到店里程", "接车里程", "送修里程",
            "本次里程", "当前里程", "里程表数", "里程表读数", "表显里程",
        ),
        "advisor": ("服务顾问", "维修顾问", "接待顾问", "SA", "服务顾问姓名", "接待员", "接车员", "接车顾问", "业务接待", "服务接待"),
        "technician": ("维修技师", "主修人", "技师", "主修", "主修技师", "主修工", "维修工", "维修人员", "维修人", "承修人", "责任技师", "派工技师"),
        "kind": ("工单类型", "维修类型", "业务类型", "维修类别", "维修种类", "维修性质", "修理类别", "修理类型", "工单类别", "工单性质", "业务类别", "服务类型", "服务类别"),
        "labour": ("项目金额", "工时费", "工时金额", "工时费用", "工时费合计", "维修工时费", "人工费", "人工费用", "项目费用", "工费"),
        "parts": ("配件金额", "材料费", "材料金额", "配件费", "备件金额", "备件费", "备件费用", "配件费用", "配件费合计", "材料费用", "材料费合计", "零件费", "零件金额", "零件费用"),
        "package": ("套餐金额", "套餐费", "套餐费用", "套餐价"),
        "total": (
            "结算金额", "应收金额", "总金额", "结算总额", "结算总金额", "结算费用", "应收合计", "应收总额", "应收总金额", "合计金额", "金额合计", "总费用", "费用合计", "维修总金额", "维修总费用",
            "工单金额", "工单总金额",
        ),
        "next_maintenance_on": ("下次保养日期", "下次保养时间", "预计保养时间", "预计保养日期", "建议保养日期", "下次维保日期", "建议下次保养日期", "预计下次保养日期"),
        "next_maintenance_km": ("下次保养里程", "下次保养里程数", "下次保养公里数", "下次保养公里", "建议下次保养里程", "预计下次保养里程"),
        "note": ("备注", "备注信息", "工单备注", "维修备注"),
    },
    required=(("number",), ("received_at", "delivered_at"), ("name", "contact"), ("plate", "vin")),
)  # fmt: skip


MAX_FEN = 10**8  # a million yuan: a repair that costs more than the car; yuan below a header in 万元 are
SCIENTIFIC = re.compile(r"\d\.\d+E\+\d{2}$", re.ASCII)  # all the numbers of a month would be one


_order_number = rows.text(40)


def _number(written: str) -> str:
    number = _order_number(written).removesuffix(".0")
    if "E" in number and SCIENTIFIC.match(number):
        raise cells.CellError(_("Excel has cut the digits off; format the column as text and export it again"))
    return number


WHOSE_ORDER = ("number", "received_at", "delivered_at", "name", "contact", "plate", "vin")
SUMS = ("labour", "parts", "package", "total")
CONTINUED = _(
    "number, date, name and plate are empty, as in a further line of the order above it; an order is one line: add its amounts up there, and "
    "delete this line"
)
LINES = _(
    "another row above has this number, day, car and customer with other amounts, and only those of this row were taken; if both are "
    "lines of one order, add them up in one line and import that"
)
TWO_ORDERS = _(
    "a row above has this number with another car, name and day, and was left out; if the numbers begin anew each year, put the year "
    "before them"
)


def _is_further_line(draft: Draft) -> bool:
    """As below cells that are merged over all lines of an order."""
    is_anybodys = any(draft.has(name) or draft.failed(name) for name in WHOSE_ORDER)
    return not is_anybodys and any(draft.facts.get(name) for name in SUMS)


def _check(draft: Draft) -> None:
    facts = draft.facts
    if "number" not in facts:
        if _is_further_line(draft):
            return draft.reject("number", CONTINUED)
        if not draft.failed("number"):
            draft.reject("number", _("the order number is missing"))
    _check_times(draft)
    if "name" not in facts and "contact" not in facts and not draft.failed("name", "contact"):
        draft.reject(draft.column_of("name", "contact"), _("the customer's name is missing"))
    rows.check_title(draft, "name" if "name" in facts else "contact")
    rows.check_car(draft)
    rows.check_phones(draft)
    rows.check_note(draft)
    labour, parts, package = facts.get("labour", 0), facts.get("parts", 0), facts.get("package", 0)
    total = facts.setdefault("total", labour + parts + package)
    if labour > MAX_FEN or parts > MAX_FEN or package > MAX_FEN or total > MAX_FEN:
        name = next(name for name in SUMS if facts.get(name, 0) > MAX_FEN)
        where = draft.column_of(name, "labour", "parts", "package")
        return draft.reject(where, _("more than a million yuan cannot be right for an order; check the amount and the unit in the header"))
    return None


def _check_times(draft: Draft) -> None:
    """received_at, delivered_at: from the cells' local moments to UTC, with received_on and delivered_on beside them."""
    facts = draft.facts
    received, delivered = facts.get("received_at"), facts.get("delivered_at")
    if received is None and delivered is None:
        if not draft.failed("received_at", "delivered_at"):
            draft.reject(draft.column_of("received_at", "delivered_at"), _("the date is missing"))
        return
    days = draft.days
    for name, told in (("received_at", received), ("delivered_at", delivered)):
        if told and days.lies_ahead(told.at.date()):
            draft.reject(name, _("the day lies in the future"))
    if draft.errors and draft.failed("received_at", "delivered_at"):
        return
    delivered_at = delivered and days.utc(delivered, closing=True)
    if received is None:
        received_at = min(days.edge(delivered.at.date(), False), delivered_at)
        received = delivered
    else:
        received_at = days.utc(received, closing=False)
        if delivered_at and delivered_at < received_at:
            is_same_day = delivered.at.date() == received.at.date()
            if is_same_day and not delivered.has_time:
                delivered_at = received_at  # came after closing time, and left on the same day
            elif is_same_day and not received.has_time:
                received_at = delivered_at
            else:
                draft.reject("delivered_at", _("handed over before it came in"))
    facts["received_at"], facts["received_on"] = received_at, received.at.date()
    if delivered:
        facts["delivered_at"], facts["delivered_on"] = delivered_at, delivered.at.date()


_person = rows.name(60)


def _people(written: str) -> tuple[str, ...]:
    return tuple(_person(name) for name in cells.people(written))


class Identity(NamedTuple):
    """What tells one order from another of its number."""

    vins: set
    plates: set
    names: set
    days: set

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Identity":
        sets = [
            {facts[name] for name in names if facts.get(name)}
            for names in (("vin",), ("plate",), ("name", "contact"), ("received_on", "delivered_on"))
        ]
        return cls(*sets)

    def is_another(self, other: "Identity") -> bool:
        """Car, name and day all differ. Where only some do, it is the same order, told anew."""
        is_same_car = bool(self.vins & other.vins or self.plates & other.plates)
        is_known = bool(self.vins and other.vins or self.plates and other.plates)
        return is_known and not is_same_car and self.names.isdisjoint(other.names) and self.days.isdisjoint(other.days)


def _doubt(dropped: Row, kept: Row) -> str:
    """What the repeated row may be besides an older one of the same order."""
    one, other = Identity.of(dropped.facts), Identity.of(kept.facts)
    if one.is_another(other):
        return TWO_ORDERS
    return LINES if one == other and any(dropped.get(name) != kept.get(name) for name in SUMS) else ""


READER = Reader(
    layout=LAYOUT,
    meanings={
        "number": _number, "received_at": rows.moment, "delivered_at": rows.moment, "name": rows.name(80), "contact": rows.name(60),
        "phone": cells.phones, "plate": cells.plate, "vin": cells.vin, "model": rows.text(80), "mileage": cells.mileage,
        "advisor": _person, "technician": _people, "kind": cells.kind, "labour": cells.amount, "parts": cells.amount,
        "package": cells.amount, "total": cells.amount, "next_maintenance_on": rows.day, "next_maintenance_km": cells.mileage,
        "note": cells.clean,
    },
    check=_check,
    key=lambda row: row.facts["number"],
    doubt=_doubt,
)  # fmt: skip

# An imported order's columns, and the field of the row that each comes from.
SOURCES = {
    "vehicle_id": "plate", "customer_id": "name", "contact_name": "contact", "contact_phone": "phone", "advisor_id": "advisor",
    "kind": "kind", "step": "delivered_at", "received_at": "received_at", "delivered_at": "delivered_at", "received_on": "received_at",
    "delivered_on": "delivered_at", "mileage": "mileage", "note": "note", "labour_fen": "labour", "parts_fen": "parts",
    "package_fen": "package", "total_fen": "total", "next_maintenance_on": "next_maintenance_on",
    "next_maintenance_km": "next_maintenance_km", "plate_then": "plate",
}  # fmt: skip
FACTS = list(SOURCES)
# What is compared with an order that a person has typed.
COMPARED = ["kind", "received_at", "delivered_at", "mileage", "total_fen", "next_maintenance_on", "next_maintenance_km"]
# What follows from several cells, so that no single one that is empty keeps it; and what belongs together.
WHOSE = {"vehicle_id", "customer_id", "contact_name", "contact_phone"}
TIMES = ["step", "received_at", "delivered_at", "received_on", "delivered_on"]
AMOUNTS = {"labour_fen", "parts_fen", "package_fen"}
NEW = ["id", "number", "origin", "created_by_id", "store_id", *FACTS]
KNOWN = ["pk", "number", "origin", "by_hand", "version", *FACTS]
RECEIVED_ON = KNOWN.index("received_on")


ANOTHER = _(
    "this number is that of another order, of %(day)s, with another car and another name, which was kept; if the numbers begin anew each "
    "year, put the year before them: %(example)s"
)


class Orders(Chunk):
    writes = ServiceOrder
    people_in = {"advisor": Role.ADVISOR, "technician": Role.TECHNICIAN}

    def load(self) -> None:
        numbers = [row.facts["number"] for row in self.rows]
        self.known = {
            known[1]: known for known in ServiceOrder.objects.filter(bulk.Among("number", numbers), store=self.store).values_list(*KNOWN)
        }
        self.others: set[str] = set()  # numbers that a row gives to another order than the one that has it
        super().load()
        self._find_others()
        through = ServiceOrder.technicians.through
        self.technicians: dict[int, set[int]] = {}
        if self.known:
            pks = [known[0] for known in self.known.values()]
            for order, user in through.objects.filter(bulk.Among("serviceorder_id", pks)).values_list("serviceorder_id", "user_id"):
                self.technicians.setdefault(order, set()).add(user)
        self.free = iter(bulk.allocate(ServiceOrder, len(self.rows) - len(self.known)))
        self.new: list[tuple] = []  # in the order of NEW
        self.changed: list[tuple] = []
        self.named: list[tuple[int, int]] = []
        self.renamed: list[int] = []

    def vehicle_ids(self) -> set[int]:
        return {known[5] for known in self.known.values()}

    def customer_ids(self) -> set[int]:
        return {known[6] for known in self.known.values()}

    def told_orders(self) -> set[int]:
        """Not those whose date a person has entered: it stays."""
        typed = ServiceOrder.Origin.TYPED
        return {
            pk for pk, number, origin, by_hand, *_rest in self.known.values()
            if origin != typed and "received_at" not in by_hand and number not in self.others
        }  # fmt: skip

    @staticmethod
    def is_another(facts: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
        return Identity.of(facts).is_another(Identity.of(others))

    def _find_others(self) -> None:
        """Numbers that begin anew each year: a row must not make last year's order its own."""
        for row in self.rows:
            known = self.known.get(row.facts["number"])
            if known is None or row.facts["received_on"] == known[RECEIVED_ON]:
                continue
            told_by = dict(zip(KNOWN, known, strict=True))
            car, customer = self.cars[told_by["vehicle_id"]], self.customers_by_pk[told_by["customer_id"]]
            stored = Identity(
                {car.vin} - {""}, {car.plate, told_by["plate_then"]} - {""}, {customer.name, told_by["contact_name"]},
                {told_by["received_on"], told_by["delivered_on"]} - {None},
            )  # fmt: skip
            if Identity.of(row.facts).is_another(stored):
                self.others.add(told_by["number"])
                # No row of this chunk tells of that visit: it says when the car was here after all.
                self.latest[car.pk] = max(self.latest.get(car.pk, told_by["received_at"]), told_by["received_at"])

    def take(self, row: Row) -> None:
        facts = row.facts
        known = self.known.get(facts["number"])
        told_by = dict(zip(KNOWN, known, strict=True)) if known else None
        if told_by and facts["number"] in self.others:
            example = f"{facts['received_on'].year}-{facts['number']}"
            return self.reject(row, "number", ANOTHER, day=told_by["received_on"].isoformat(), example=example)
        if told_by and told_by["origin"] == ServiceOrder.Origin.TYPED:
            return self._compare(row, told_by, COMPARED)
        vehicle = self.vehicle(row, self.cars.get(told_by["vehicle_id"]) if told_by else None)
        customer = self._customer(row, vehicle, told_by)
        advisor = self.person(row, "advisor", facts.get("advisor", ""), Role.ADVISOR)
        technicians = {self.person(row, "technician", name, Role.TECHNICIAN) for name in facts.get("technician", ())}
        # What this order has told before says nothing new: the plate may have moved on since.
        self.update_vehicle(row, vehicle, is_plate_known=bool(told_by) and told_by["plate_then"] == facts.get("plate", ""))
        values = self._values(row, vehicle, customer, advisor)
        if told_by is None:
            pk = next(self.free)
            self.new.append((pk, facts["number"], ServiceOrder.Origin.IMPORTED.value, self.by_id, self.store.pk, *values))
            self.named += [(pk, user) for user in technicians]
            self.count("created")
            self.touched.add(customer.id)
            return None
        self._update(row, told_by, values, technicians)

    def _update(self, row: Row, told_by: dict, values: tuple, technicians: set[int]) -> None:
        by_hand = [name for name in FACTS if name in told_by["by_hand"]]
        if by_hand:
            self._compare(row, told_by, by_hand, values=dict(zip(FACTS, values, strict=True)), is_counted=False)
            values = tuple(told_by[name] if name in by_hand else value for name, value in zip(FACTS, values, strict=True))
        pk = told_by["pk"]
        is_renamed = bool(technicians) and technicians != self.technicians.get(pk, set())
        if values != tuple(told_by[name] for name in FACTS):
            values = self._kept(row, told_by, values)
        if values == tuple(told_by[name] for name in FACTS) and not is_renamed:
            return self.count("unchanged")
        self.changed.append((pk, told_by["version"] + 1, *values))
        if is_renamed:
            self.renamed.append(pk)
            self.named += [(pk, user) for user in technicians]
        self.count("updated")
        self.touched |= {told_by["customer_id"], values[1]}

    def _kept(self, row: Row, told_by: dict, values: tuple) -> tuple:
        """values, with what an earlier import told where this row says nothing: an empty cell, or a column that is not there, erases
        nothing. Times that would not fit together are the row's alone."""
        new = dict(zip(FACTS, values, strict=True))
        silent = {name for name in FACTS if SOURCES[name] not in row.facts} - WHOSE
        if cells.is_nothing(row.raw("received_at")):
            silent |= {"received_at", "received_on"}
        if "phone" not in row.facts and new["contact_name"] == told_by["contact_name"]:
            silent |= {"contact_phone"}
        if is_sum := cells.is_nothing(row.raw("total")):
            silent |= {"total_fen"}
        kept = new | {name: told_by[name] for name in silent}
        if kept["delivered_at"] and kept["delivered_at"] < kept["received_at"]:
            kept |= {name: new[name] for name in TIMES}
        if is_sum and AMOUNTS - silent:
            kept["total_fen"] = sum(kept[name] for name in AMOUNTS)
        return tuple(kept[name] for name in FACTS)

    def _values(self, row: Row, vehicle: Vehicle, customer: Customer, advisor: int | None) -> tuple:
        """In the order of FACTS."""
        facts = row.facts
        get = facts.get
        brought_by = get("contact") or get("name")
        phones = get("phone")
        is_other = brought_by != customer.name
        return (
            vehicle.id, customer.id, brought_by[:60] if is_other else "",
            identifiers.parse_phone(phones[0]).number if is_other and phones else "", advisor, get("kind", Kind.REPAIR.value),
            Step.DELIVERED.value if "delivered_at" in facts else Step.RECEPTION.value, facts["received_at"], get("delivered_at"),
            facts["received_on"], get("delivered_on"), get("mileage"), get("note", ""), get("labour", 0), get("parts", 0),
            get("package", 0), facts["total"], get("next_maintenance_on"), get("next_maintenance_km"), get("plate", ""),
        )  # fmt: skip

    def _compare(self, row: Row, told_by: dict, names: list[str], values: dict | None = None, is_counted: bool = True) -> None:
        """A person wrote these values: they stay, and what the file says otherwise is listed."""
        if values is None:
            facts = row.facts
            values = {name: facts.get(SOURCES[name]) for name in names}
        for name in names:
            source = SOURCES[name]
            if source in row.header.columns and values[name] is not None and source in row.facts and values[name] != told_by[name]:
                self.conflict(row, source)
        if is_counted:
            self.count("unchanged")

    def _customer(self, row: Row, vehicle: Vehicle, told_by: dict | None) -> Customer:
        """Whose visit it was. Another name *and* phone on a known car transfers it from the visit's date; 送修人 is only the contact."""
        name, contact = row.get("name", ""), row.get("contact", "")
        if told_by and told_by["vehicle_id"] == vehicle.id:
            customer = self.customers_by_pk[told_by["customer_id"]]
            if (name or contact) in (customer.name, told_by["contact_name"]) or not name:
                if name == customer.name:
                    self.add_phones(customer, row)
                return customer  # as it was told before: nothing about the owner is new
        day = row.facts["received_on"]
        owner = self.owner_on(vehicle, day)
        if owner is None:
            return self.own(vehicle, self.find_customer(row, name or contact), day)
        if not name:
            return owner
        if name == owner.name:
            self.add_phones(owner, row)
            return self.own(vehicle, owner, day)
        if not self.is_somebody_else(owner, row):
            return owner
        return self.own(vehicle, self.find_customer(row, name), day)

    def prepare(self) -> None:
        super().prepare()
        self.insert_orders = bulk.Insertion(ServiceOrder, NEW, self.new)
        self.insert_technicians = bulk.Insertion(ServiceOrder.technicians.through, ["serviceorder_id", "user_id"], self.named)
        self.new, self.named = [], []

    def insertions(self) -> list[bulk.Insertion]:
        return [*super().insertions(), self.insert_orders, self.insert_technicians]

    def write_rest(self) -> None:
        self.insert_orders.write()
        bulk.update_values(ServiceOrder, ["version", *FACTS], self.changed)
        if self.renamed:
            ServiceOrder.technicians.through.objects.filter(serviceorder__in=self.renamed).delete()
        self.insert_technicians.write()


def in_order_of_time(read: list[Row]) -> list[Row]:
    """Owners change with time: an earlier visit is never applied after a later one."""
    return sorted(read, key=lambda row: (row.facts["received_at"], row.sheet, row.row))


def seen_on(row: Row) -> date:
    return row.facts["received_on"]
