"""Customers and their cars: how a row is read, and how a chunk of rows becomes files. A row is one car of a customer, or a customer
without a car."""

import re
from collections.abc import Callable
from datetime import date, datetime

from django.utils.translation import gettext_noop as _

from core import bulk, clock
from customers import identifiers
from customers.models import Customer, Vehicle
from desk.imports import cells, orders, rows
from desk.imports.archive import Chunk
from desk.imports.cells import CellError
from desk.imports.headers import Layout
from desk.imports.rows import Draft, Reader, Row
from staff.roles import Role

LAYOUT = Layout(
    aliases={
        "name": ("客户姓名", "客户名称", "用户姓名", "车主", "车主姓名", "姓名", "客户名", "用户名称", "顾客姓名", "车主名称"),
        **{name: orders.LAYOUT.aliases[name] for name in ("phone", "plate", "vin", "model", "mileage")},
        "gender": ("性别", "称谓", "称呼", "客户性别", "车主性别"),
        "kind": ("客户类型", "客户性质", "用户类型", "车主类型", "客户类别", "客户属性"),
        "birthday": ("生日", "出生日期", "客户生日", "出生年月日", "车主生日"),
        "region": ("区域", "地区", "所在区域", "所在地区", "区县", "行政区", "行政区域", "所属区域", "所属地区"),
        "address": ("地址", "联系地址", "家庭地址", "通讯地址", "详细地址", "客户地址", "住址", "家庭住址", "现住址", "居住地址", "通信地址", "车主地址", "用户地址"),
        "occupation": ("职业", "客户职业"),
        "trade": ("行业", "所属行业", "从事行业", "所在行业", "行业类别"),
        "source": ("客户来源", "来源", "来源渠道", "信息来源", "客户渠道", "来源方式"),
        "licence_expires_on": ("驾驶证到期", "驾照有效期", "驾驶证有效期", "驾照到期", "驾驶证到期日期", "驾驶证到期日", "驾驶证到期时间", "驾驶证有效期至", "驾照到期日", "驾照到期日期", "驾照有效期至"),
        "note": ("特殊说明", "备注", "客户备注", "备注信息"),
        "wishes": ("服务需求", "需求服务"),
        "is_vip": ("VIP", "是否VIP", "VIP客户", "VIP用户", "是否为VIP", "VIP标识"),
        "do_not_call": ("请勿致电", "请勿致电?", "请勿来电", "免打扰", "勿扰", "勿打扰", "禁止来电", "拒绝来电", "是否免打扰"),
        "purchased_on": ("购车日期", "购车时间", "购买日期", "购买时间", "买车日期", "买车时间", "提车日期", "提车时间"),
        "consultant": ("销售顾问", "销售员", "销售人员", "销售顾问姓名", "销售专员", "销售代表"),
        "insurance_until": ("保险到期", "保险到期日", "保险到期日期", "保险到期时间", "交强险到期", "保险有效期至", "保险截止日期", "保险终止日期", "交强险到期日", "交强险到期日期"),
        "warranty_until": (
            "质保到期", "质保到期日", "质保到期日期", "保修到期", "三包到期", "质保到期时间", "质保截止日期", "质保有效期至", "保修到期日", "保修到期日期", "保修截止日期", "三包到期日", "三包到期日期",
        ),
        "maintenance_months": ("保养周期(月)", "保养间隔月数", "保养间隔时间"),
        "maintenance_km": ("保养里程间隔", "保养间隔里程"),
        "next_maintenance_on": orders.LAYOUT.aliases["next_maintenance_on"],
        "next_maintenance_km": orders.LAYOUT.aliases["next_maintenance_km"],
    },
    required=(("name",), ("phone", "plate", "vin")),
)  # fmt: skip
BIRTHS = range(1910, 2101)  # a year alone ('1975') is not to be taken for a serial number of 1905
MAX_MONTHS = 120

# What a cell may say, and what it means: the first that is found in it counts.
GENDERS = {
    "先生": Customer.Gender.MALE, "男": Customer.Gender.MALE, "女": Customer.Gender.FEMALE, "小姐": Customer.Gender.FEMALE,
    "太太": Customer.Gender.FEMALE, "未知": "", "不详": "", "保密": "",
}  # fmt: skip
CUSTOMER_KINDS = {
    "公司": Customer.Kind.COMPANY, "单位": Customer.Kind.COMPANY, "企业": Customer.Kind.COMPANY, "对公": Customer.Kind.COMPANY,
    "机关": Customer.Kind.COMPANY, "政府": Customer.Kind.COMPANY, "个人": Customer.Kind.PERSON, "私人": Customer.Kind.PERSON,
    "个体": Customer.Kind.PERSON,
}  # fmt: skip
SOURCES = {
    **dict.fromkeys(("介绍", "推荐", "朋友", "老客户"), Customer.Source.REFERRAL),
    **dict.fromkeys(
        ("网", "线上", "抖音", "快手", "微信", "小程序", "直播", "汽车之家", "懂车帝", "易车", "新媒体", "电商"), Customer.Source.ONLINE
    ),
    **dict.fromkeys(("车展", "展会", "外展", "巡展", "活动", "团购"), Customer.Source.EVENT),
    **dict.fromkeys(("广告", "报纸", "电视", "电台", "广播", "户外", "传单"), Customer.Source.ADVERTISING),
    **dict.fromkeys(("进店", "到店", "来店", "自然", "路过", "展厅", "上门"), Customer.Source.WALK_IN),
}
YES = {"是", "有", "Y", "YES", "TRUE", "√", "✓", "1", "VIP"}
NO = {"否", "不是", "非", "N", "NO", "FALSE", "×", "✗", "0", "普通"}


def _choice(meanings: dict[str, str]) -> Callable[[str], str]:
    def meaning(written: str) -> str:
        text = cells.clean(written)
        for word, value in meanings.items():
            if word in text:
                return str(value)
        raise CellError(_("unknown; known are %(words)s"), words=" ".join(meanings))

    return meaning


def _source(written: str) -> str:
    text = cells.clean(written)
    return str(next((value for word, value in SOURCES.items() if word in text), Customer.Source.OTHER))


def _yes(written: str) -> bool:
    text = cells.clean(written).upper()
    if text not in YES and text not in NO:
        raise CellError(_("write 是 or 否"))
    return text in YES


def _birthday(written: str, is_1904: bool) -> date:
    return cells.moment(written, is_1904, BIRTHS).at.date()


def _expiry(written: str, is_1904: bool) -> date | None:
    """A licence may be valid for good: then there is no day to remind of."""
    return None if cells.clean(written) in {"长期", "长期有效", "永久"} else rows.day(written, is_1904)


_birthday.wants_epoch = _expiry.wants_epoch = True  # type: ignore[attr-defined]


def _months(written: str) -> int:
    """6; 6.0; 6个月. Raises CellError."""
    months = cells.number(re.sub(r"个?月$", "", cells.clean(written)))
    if not 1 <= months <= MAX_MONTHS or months != int(months):
        raise CellError(_("write a number of months from 1 to 120"))
    return int(months)


def _check(draft: Draft) -> None:
    facts = draft.facts
    if not draft.has("name") and not draft.failed("name"):
        draft.reject("name", _("the customer's name is missing"))
    rows.check_title(draft)
    for name in ("birthday", "purchased_on"):
        if draft.has(name) and draft.days.lies_ahead(facts[name]):
            draft.leave_out(name, _("the day lies in the future"))
    if draft.has("do_not_call") and not facts["do_not_call"]:
        del facts["do_not_call"]  # only the customer takes that back, not a list that does not know of it
    rows.check_car(draft, is_required=False)
    rows.check_phones(draft)
    rows.check_note(draft)
    has_car = draft.has("plate") or draft.has("vin")
    if not has_car and not draft.has("phone") and not draft.failed("phone", "plate", "vin"):
        draft.reject(
            draft.column_of("phone", "plate", "vin"), _("no phone and no car: people of one name cannot be told apart"), value=""
        )  # fmt: skip
    if not has_car and (left_out := next((name for name in OF_CAR if draft.has(name)), None)):
        draft.warn(left_out, _("what is said of a car without plate and VIN was left out"))


def _key(row: Row) -> tuple:
    """A car, else a customer: one name with one number."""
    car = row.get("vin") or row.get("plate")
    return (car,) if car else (row.facts["name"], identifiers.parse_phone(row.facts["phone"][0]).number)


# Fields of a customer that a newer import overwrites.
FIELDS = [
    "gender", "kind", "birthday", "region", "address", "occupation", "trade", "source", "licence_expires_on", "note", "wishes",
    "is_vip", "do_not_call",
]  # fmt: skip
# The same of a car, and the field of the row that each comes from.
CAR_SOURCES = {
    "model": "model", "purchased_on": "purchased_on", "consultant_id": "consultant", "insurance_until": "insurance_until",
    "warranty_until": "warranty_until", "maintenance_months": "maintenance_months", "maintenance_km": "maintenance_km",
}  # fmt: skip
PLATE_LEFT = _("this plate stands on another car's file; it was left there")
NEXT_MAINTENANCE = ["next_maintenance_on", "next_maintenance_km"]
OF_CAR = [*CAR_SOURCES.values(), "mileage", *NEXT_MAINTENANCE]

READER = Reader(
    layout=LAYOUT,
    meanings={
        "name": rows.name(80), "phone": cells.phones, "plate": cells.plate, "vin": cells.vin, "model": rows.text(80),
        "mileage": cells.mileage, "gender": _choice(GENDERS), "kind": _choice(CUSTOMER_KINDS), "birthday": _birthday,
        "region": rows.text(60), "address": rows.text(200), "occupation": rows.text(60), "trade": rows.text(60), "source": _source,
        "licence_expires_on": _expiry, "note": cells.clean, "wishes": rows.text(200), "is_vip": _yes, "do_not_call": _yes,
        "purchased_on": rows.day, "consultant": rows.name(60), "insurance_until": rows.day, "warranty_until": rows.day,
        "maintenance_months": _months, "maintenance_km": cells.mileage, "next_maintenance_on": rows.day,
        "next_maintenance_km": cells.mileage,
    },
    check=_check,
    key=_key,
    repeated="name",
    # A list knows a customer by these; without the rest of what it tells the customer is one all the same. But whoever has perhaps asked
    # not to be called is not called because a cell cannot be read.
    spared=frozenset(LAYOUT.aliases) - {"name", "phone", "plate", "vin", "do_not_call"},
)  # fmt: skip


class Customers(Chunk):
    writes = Customer
    people_in = {"consultant": Role.SALES}

    def load(self) -> None:
        self.now = clock.now()
        self.n_changes = 0  # changes of stored files
        self.told: dict[int, str] = {}  # car -> under whose name a row of this chunk has told of it
        super().load()

    def seen_at(self, row: Row) -> datetime:
        """Such a file has no date of its rows. Files are opened now; about what a visit knows better (mileage, next maintenance,
        whose plate it is) a row counts as older than any visit: see _update_car and _take_plate."""
        return self.now

    def change(self, vehicle: Vehicle) -> None:
        super().change(vehicle)
        self.n_changes += 1

    def take(self, row: Row) -> None:
        n_new, n_changes = self._sizes()
        if row.get("plate_of_another"):
            self.warn(row, "plate", PLATE_LEFT)
        vehicle = self.vehicle(row) if row.get("vin") or row.get("plate") else None
        customer = self._customer(row, vehicle)
        if customer:
            self._update_customer(row, customer)
            if vehicle:
                self._update_car(row, vehicle)
        new, changes = self._sizes()
        if customer and (new, changes) != (n_new, n_changes):
            self.touched.add(customer.pk)
        self.count("created" if new > n_new else "updated" if changes > n_changes else "unchanged")

    def _sizes(self) -> tuple[int, int]:
        """(new files, other changes) so far."""
        new = len(self.new_customers) + len(self.new_vehicles)
        return new, self.n_changes + len(self.new_phones) + len(self.new_ownerships)

    def _customer(self, row: Row, vehicle: Vehicle | None) -> Customer | None:
        """Whom the row is about; None: the car is somebody else's, and nothing is done."""
        name, bought_on = row.facts["name"], row.get("purchased_on")
        if vehicle is None:
            return self.find_customer(row, name)
        if self.told.setdefault(vehicle.pk, name) != name:
            self._owner_kept(row)
            return None
        owner = self.owner(vehicle)
        if owner is None and vehicle.status == Vehicle.Status.ACTIVE:
            return self.own(vehicle, self.find_customer(row, name), bought_on or self.store.today())
        if owner is None:
            self.warn(row, "name", _("this car has left; nobody was made its owner"))
            return self.find_customer(row, name) if row.numbers else None
        if name == owner.name:
            self.add_phones(owner, row)
            return owner
        if self.shares_number(owner, row):
            self._owner_kept(row)
            return owner
        if self.is_somebody_else(owner, row) and bought_on and bought_on > self.ownerships[vehicle.pk].since:
            return self.own(vehicle, self.find_customer(row, name), bought_on)
        self._owner_kept(row)
        return None

    def _owner_kept(self, row: Row) -> None:
        self.conflicts.append(row.remark("name", _("the car's owner has another name on file; it was kept")))

    def _update_customer(self, row: Row, customer: Customer) -> None:
        changed = [name for name in FIELDS if name in row.facts and self.put(row, customer, name, row.facts[name])]
        if changed and not customer._state.adding:
            self.changed_customers[customer.pk] = customer
        self.n_changes += bool(changed)

    def _update_car(self, row: Row, vehicle: Vehicle) -> None:
        facts = row.facts
        values = {name: facts.get(source) for name, source in CAR_SOURCES.items()}
        values["consultant_id"] = self.person(row, "consultant", facts.get("consultant", ""), Role.SALES)
        # A visit knows these better: a list only fills them in, and a mileage only rises.
        values |= {name: facts.get(name) for name in NEXT_MAINTENANCE if getattr(vehicle, name) is None or name in vehicle.by_hand}
        if facts.get("mileage", -1) > (vehicle.mileage or -1):
            values["mileage"] = facts["mileage"]
        changed = [
            name
            for name, value in values.items()
            if value is not None and self.put(row, vehicle, name, value, CAR_SOURCES.get(name, name))
        ]  # fmt: skip
        plate = facts.get("plate")
        if plate and plate != vehicle.plate and self._take_plate(row, vehicle, plate):
            changed.append("plate")
        if changed:
            self.change(vehicle)

    def _take_plate(self, row: Row, vehicle: Vehicle, plate: str) -> bool:
        """Not from a car that has been here with it."""
        other = self.plates.get(plate)
        if other is not None and other.pk in self.latest:
            self.warn(row, "plate", PLATE_LEFT)
            return False
        return super()._take_plate(row, vehicle, plate)

    def write(self) -> None:
        super().write()
        changed = [(row.pk, row.version + 1, *(getattr(row, name) for name in FIELDS)) for row in self.changed_customers.values()]
        bulk.update_values(Customer, ["version", *FIELDS], changed)


def agreed(read: list[Row]) -> list[Row]:
    """Rows of one customer with several cars, or of one car with and without its VIN, may contradict each other: what the last of
    them says, all say; and of several cars with one plate the first has it. Otherwise the same file again would change them to and
    fro, and it would matter where a chunk ends."""
    vins: dict[str, str] = {}
    for row in read:
        if "plate" in row.facts and "vin" in row.facts and vins.setdefault(row.facts["plate"], row.facts["vin"]) != row.facts["vin"]:
            row.facts["plate_of_another"] = row.facts.pop("plate")

    def customer(row: Row) -> tuple | None:
        phones = row.get("phone")
        return (row.facts["name"], identifiers.parse_phone(phones[0]).number) if phones else None

    def car(row: Row) -> tuple | None:
        plate = row.get("plate")
        identity = row.get("vin") or vins.get(plate, plate)
        return (row.facts["name"], identity) if identity else None

    for key, names in ((customer, FIELDS), (car, OF_CAR)):
        told: dict[tuple | None, dict] = {}
        for row in read:
            told.setdefault(key(row), {}).update({name: row.facts[name] for name in names if name in row.facts})
        for row in read:
            if key(row):
                row.facts |= {name: told[key(row)][name] for name in names if name in row.facts}
    return read
