"""A workbook of service orders as a dealer's system exports it, of any size, and the facts that an import of it leaves."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl

from customers.identifiers import vin_check_digit_fits
from customers.models import Customer, Ownership, Phone, Vehicle
from staff.models import Store
from visits.models import ServiceOrder

COLUMNS = [
    "工单号",
    "工单类型",
    "客户姓名",
    "客户电话",
    "车牌号",
    "车架号VIN",
    "车型",
    "里程",
    "进店日期",
    "结算日期",
    "服务顾问",
    "维修技师",
    "项目金额",
    "配件金额",
    "套餐金额",
    "结算金额",
    "下次保养日期",
    "下次保养里程",
    "备注",
    "颜色",
    "保险公司",
    "客户来源",
    "班组",
    "结算方式",
    "发票号",
]
SURNAMES, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华",
)
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
FIRST_DAY = datetime(2024, 1, 2, 8, 0)


def vin(n: int, rng: random.Random) -> str:
    """Made up, with the check digit that fits."""
    head, ending = f"LS4AB{rng.choice(LETTERS)}7B", f"{rng.choice('ABCDEFGHJK')}A{n:06d}"
    return next(made for digit in "0123456789X" if vin_check_digit_fits(made := head + digit + ending))


def orders(rows: int, seed: int = 5) -> Iterator[list]:
    """rows of COLUMNS: two orders in five are of a new car; one car in forty changes hands, one in fifty its plate."""
    rng, cars, step = random.Random(seed), [], timedelta(days=900) / rows
    for n in range(rows):
        if not cars or rng.random() < 0.4:
            cars.append(
                [
                    vin(len(cars), rng),
                    f"渝{rng.choice('ABCD')}{len(cars):05d}",
                    *_person(rng),
                    rng.choice(["逸动PLUS", "CS55PLUS", "UNI-T"]),
                ]
            )
        car = cars[-1] if rng.random() < 0.4 else rng.choice(cars)
        if rng.random() < 0.025:
            car[2:4] = _person(rng)
        elif rng.random() < 0.02:
            car[1] = f"渝E{n:05d}"
        at = (FIRST_DAY + step * n).replace(second=0, microsecond=0)
        labour, parts = rng.randrange(2000), rng.randrange(3000)
        yield [
            f"RO{n:08d}", rng.choice(["保养", "首保", "一般维修", "索赔", "钣喷"]), car[2], car[3], car[1], car[0], car[4], 5000 + n // 4,
            at, at + timedelta(hours=2), rng.choice(["陈静", "徐明", "周杰", "孙磊"]), rng.choice(["高超", "何平", "高超、马强"]), labour, parts, 0,
            labour + parts, (at + timedelta(days=180)).date(), 10_000 + n // 4, "客户要求洗车" if n % 7 == 0 else None, "白", "人保", "自然到店", "一组",
            "微信", f"FP{n:08d}",
        ]  # fmt: skip


def _person(rng: random.Random) -> list[str]:
    name = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice([*GIVEN, ""])
    return [name, f"1{rng.choice(['38', '39', '86', '59', '77'])}{rng.randrange(10**8):08d}"]


def write_workbook(path: Path, rows: int, seed: int = 5) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("维修工单")
    sheet.append(COLUMNS)
    for row in orders(rows, seed):
        sheet.append(row)
    book.save(path)


def facts(store: Store) -> dict[str, list]:
    """What the store's archive and orders say, without primary keys: equal facts, equal stores."""
    owner = ["customer__name", "customer__name_pinyin"]
    car = ["vehicle__vin", "vehicle__plate"]
    order = [
        "number", "contact_name", "contact_phone", "kind", "step", "received_at", "delivered_at", "received_on", "delivered_on", "mileage",
        "note", "labour_fen", "parts_fen", "package_fen", "total_fen", "next_maintenance_on", "next_maintenance_km", "origin",
        "advisor__name", "technicians__name", *owner, *car,
    ]  # fmt: skip
    vehicle = ["vin", "plate", "model", "mileage", "next_maintenance_on", "next_maintenance_km", "status", "plate_tail", "vin_tail"]
    return {
        "orders": sorted(ServiceOrder.objects.filter(store=store).values_list(*order), key=repr),
        "vehicles": sorted(Vehicle.objects.filter(store=store).values_list(*vehicle), key=repr),
        "customers": sorted(Customer.objects.filter(store=store).values_list("name", "kind", "name_hex", "opened_at"), key=repr),
        "phones": sorted(Phone.objects.filter(store=store).values_list("number", "tail", "validity", "position", *owner[:1]), key=repr),
        "ownerships": sorted(Ownership.objects.filter(vehicle__store=store).values_list("since", "until", *owner, *car), key=repr),
    }
