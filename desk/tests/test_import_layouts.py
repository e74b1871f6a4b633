"""Any history of a store, written out in any of the layouts that other systems use, comes back equal (Hypothesis)."""

import csv
import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from customers.models import Ownership, Phone
from desk.imports import headers, runs
from desk.imports.kinds import KINDS
from desk.imports.orders import LAYOUT
from desk.imports.people import People
from staff.actions import create_store
from tests.importing import facts
from visits.models import ServiceOrder

FIRST = datetime(2026, 3, 1, 9, 0)
NAMES = ["王伟", "李秀英", "欧阳娜娜", "付英秀", "单小明", "重庆长安物流有限公司"]
PHONES = ["13812345678", "15920820145", "18660766800", "17723456789", "13900001111", "02368123456"]
KINDS_SAID = {
    "保养": "maintenance",
    "首保": "first_maintenance",
    "一般维修": "repair",
    "索赔": "warranty",
    "钣喷": "accident",
    "返修": "rework",
}

people = st.integers(0, len(NAMES) - 1)
visits = st.lists(
    st.fixed_dictionaries(
        {
            "car": st.integers(0, 3),
            "minutes": st.integers(1, 60 * 24 * 20),
            "stays": st.integers(0, 300).map(lambda n: 2 * n),
            "kind": st.sampled_from(list(KINDS_SAID)),
            "fen": st.integers(0, 3_000_000),
            "mileage": st.one_of(st.none(), st.integers(0, 300_000)),
            "sold": st.one_of(st.none(), st.none(), people),
        }
    ),
    min_size=1,
    max_size=12,
)
layouts = st.fixed_dictionaries(
    {
        "file": st.sampled_from(["xlsx", "csv", "txt"]),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
        "delimiter": st.sampled_from(",;\t"),
        "aliases": st.integers(0, 9),
        "order": st.randoms(use_true_random=False),
        "titles": st.integers(0, 3),
        "total": st.booleans(),
        "date": st.sampled_from(["%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M", "%Y%m%d %H:%M", "excel"]),
        "amount": st.sampled_from(["{:.2f}", "¥{:,.2f}", "{:,.2f}元"]),
        "phone": st.sampled_from(["{}", "{} ", "+86{}"]),
        "plate": st.sampled_from(["{}", "{0[0]}{0[1]}·{1}", "lower"]),
        "shuffled": st.booleans(),
    }
)


def history(told: list[dict]) -> list[dict]:
    """The visits in the order of time, with the owners of the time."""
    owners, at, rows = {0: 0, 1: 1, 2: 2, 3: 0}, FIRST, []
    for n, visit in enumerate(told):
        at += timedelta(minutes=visit["minutes"])
        at = at.replace(minute=at.minute | 1)  # midnight to the minute is how Excel says "no time"
        if visit["sold"] is not None:
            owners[visit["car"]] = visit["sold"]
        rows.append({**visit, "number": f"RO{n:05d}", "at": at, "owner": owners[visit["car"]]})
    return rows


def written(row: dict, layout: dict) -> dict[str, object]:
    plate = f"渝A{row['car']:05d}"
    plate = plate.lower() if layout["plate"] == "lower" else layout["plate"].format(plate, plate[2:])
    dates = {"received_at": row["at"], "delivered_at": row["at"] + timedelta(minutes=row["stays"])}
    if layout["date"] != "excel" or layout["file"] != "xlsx":
        form = "%Y-%m-%d %H:%M" if layout["date"] == "excel" else layout["date"]
        dates = {name: at.strftime(form) for name, at in dates.items()}
    return {
        "number": row["number"], "name": NAMES[row["owner"]], "phone": layout["phone"].format(PHONES[row["owner"]]), "plate": plate,
        "vin": f"LS4ABK7B5AA00000{row['car']}", "kind": row["kind"], "total": layout["amount"].format(row["fen"] / 100),
        "mileage": "" if row["mileage"] is None else str(row["mileage"]), "advisor": "陈静", **dates,
    }  # fmt: skip


def file_of(rows: list[dict], layout: dict) -> tuple[str, bytes]:
    fields = list(written(rows[0], layout))
    layout["order"].shuffle(fields)
    if layout["shuffled"]:
        rows = list(rows)
        layout["order"].shuffle(rows)
    table = [[title] for title in ("某某汽车销售服务有限公司", "维修明细 2026年", "")[: layout["titles"]]]
    table.append([LAYOUT.aliases[field][layout["aliases"] % len(LAYOUT.aliases[field])] for field in fields])
    table += [[written(row, layout)[field] for field in fields] for row in rows]
    if layout["total"]:
        table.append(["合计" if field == "number" else "99" if field == "total" else "" for field in fields])
    if layout["file"] == "xlsx":
        book, out = openpyxl.Workbook(), io.BytesIO()
        for row in table:
            book.active.append(row)
        book.save(out)
        return "orders.xlsx", out.getvalue()
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=layout["delimiter"], lineterminator="\r\n").writerows(table)
    return f"orders.{layout['file']}", text.getvalue().encode(layout["encoding"])


@pytest.mark.django_db
@settings(max_examples=15, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told=visits, layout=layouts)
def test_a_history_written_out_in_any_layout_comes_back_equal(told, layout):
    rows = history(told)
    name, data = file_of(rows, layout)
    with transaction.atomic():
        store = create_store(code="H", name="测试店", by=None)
        runs.add(store=store, kind="service_orders", filename=name, data=data, status="waiting")
        run = runs.work(store)
        assert (run.status, run.problem, run.created, run.rejected) == ("done", "", len(rows), 0)
        found = ServiceOrder.objects.filter(store=store).order_by("number").select_related("customer", "vehicle")
        for order, row in zip(found, rows, strict=True):
            at = row["at"].replace(tzinfo=store.tz)
            assert (order.number, order.kind, order.total_fen) == (row["number"], KINDS_SAID[row["kind"]], row["fen"])
            assert (order.received_at, order.delivered_at) == (at, at + timedelta(minutes=row["stays"]))
            assert (order.customer.name, order.vehicle.plate, order.mileage) == (
                NAMES[row["owner"]],
                f"渝A{row['car']:05d}",
                row["mileage"],
            )
        for car in {row["car"] for row in rows}:
            of_car = [row for row in rows if row["car"] == car]
            owners = [row["owner"] for n, row in enumerate(of_car) if n == 0 or row["owner"] != of_car[n - 1]["owner"]]
            stored = Ownership.objects.filter(vehicle__store=store, vehicle__plate=f"渝A{car:05d}").order_by("pk")
            assert [ownership.customer.name for ownership in stored] == [NAMES[owner] for owner in owners]
            assert [ownership.until is None for ownership in stored] == [False] * (len(owners) - 1) + [True]
        assert Phone.objects.filter(store=store).count() == len({row["owner"] for row in rows})
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=15, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    told=visits,
    cut=st.integers(0, 12),
    without_vin=st.sets(st.integers(0, 11)),
    plates=st.lists(st.integers(0, 3), min_size=12, max_size=12),
)
def test_a_run_cut_off_anywhere_and_given_again_equals_a_whole_one(told, cut, without_vin, plates):
    """Also where cars exchange their plates and rows lack the VIN."""
    rows = history(told)
    with transaction.atomic():
        store, whole = create_store(code="T", name="甲", by=None), create_store(code="W", name="乙", by=None)
        out = io.StringIO(newline="")
        sheet = csv.writer(out)
        sheet.writerow(["工单号", "进店日期", "客户姓名", "客户电话", "车牌号", "VIN"])
        for n, row in enumerate(rows):
            vin = "" if n in without_vin else f"LS4ABK7B5AA00000{row['car']}"
            sheet.writerow([row["number"], row["at"], NAMES[row["owner"]], PHONES[row["owner"]], f"渝B0000{plates[n]}", vin])
        for each in (store, whole):
            run = runs.add(store=each, kind="service_orders", filename="orders.csv", data=out.getvalue().encode(), status="waiting")
        reading = runs.read(run)
        ordered = KINDS["service_orders"].in_order(reading.rows)
        if ordered[:cut]:
            runs.apply(store, "service_orders", ordered[:cut], People(store, None), None)
        runs.work(store)
        runs.work(whole)
        assert facts(store) == facts(whole)
        transaction.set_rollback(True)


def test_a_day_alone_is_taken_for_opening_and_closing_time(store):
    runs.add(
        store=store, kind="service_orders", filename="orders.csv", status="waiting",
        data="工单号,进店日期,结算日期,客户姓名,车牌号\nRO1,2026-10-09,2026-10-09,王伟,渝A12345".encode(),
    )  # fmt: skip
    runs.work(store)
    order = ServiceOrder.objects.get()
    assert (order.received_at.astimezone(store.tz).strftime("%H:%M"), order.delivered_at.astimezone(store.tz).strftime("%H:%M")) == (
        "08:30",
        "18:30",
    )
    assert order.delivered_on == date(2026, 10, 9)


@pytest.mark.pure
@pytest.mark.parametrize("kind", KINDS)
def test_no_header_means_two_things(kind):
    aliases = KINDS[kind].reader.layout.aliases
    names = [headers.plain(alias) for found in aliases.values() for alias in dict.fromkeys(map(headers.plain, found))]
    assert sorted(names) == sorted(set(names))


@pytest.mark.pure
@pytest.mark.parametrize(
    ("kind", "header", "field"),
    [
        ("service_orders", "任务委托书号", "number"), ("service_orders", "入厂时间", "received_at"), ("service_orders", "到店日期", "received_at"),
        ("service_orders", "竣工日期", "delivered_at"), ("service_orders", "离店时间", "delivered_at"), ("service_orders", "客户名", "name"),
        ("service_orders", "联系人", "contact"), ("service_orders", "联系方式", "phone"), ("service_orders", "车主电话", "phone"), ("service_orders", "牌照", "plate"),
        ("service_orders", "号牌号码", "plate"), ("service_orders", "车架号码", "vin"), ("service_orders", "底盘号(VIN)", "vin"), ("service_orders", "底盘号（VIN）", "vin"),
        ("service_orders", "车辆识别代号（VIN）", "vin"), ("service_orders", "公里数", "mileage"), ("service_orders", "行驶公里数(km)", "mileage"),
        ("service_orders", "接待员", "advisor"), ("service_orders", "维修工", "technician"), ("service_orders", "维修类别", "kind"), ("service_orders", "人工费", "labour"),
        ("service_orders", "备件金额", "parts"), ("service_orders", "套餐费用", "package"), ("service_orders", "应收合计（元）", "total"),
        ("service_orders", "建议下次保养里程", "next_maintenance_km"), ("deliveries", "实际交车日期", "delivered_at"), ("deliveries", "成交金额", "price"),
        ("deliveries", "联系方式", "phone"), ("deliveries", "车辆识别码", "vin"), ("customers", "住址", "address"), ("customers", "牌照号码", "plate"),
        ("customers", "公里数", "mileage"), ("customers", "提车日期", "purchased_on"), ("customers", "保修到期日", "warranty_until"),
    ],
)  # fmt: skip
def test_headers_of_other_systems_are_known(kind, header, field):
    assert headers.match(KINDS[kind].reader.layout, 0, [header]).columns == {field: [0]}


@pytest.mark.pure
@pytest.mark.parametrize("header", ["送修人电话", "联系人电话", "预计交车时间", "销售日期", "实收金额", "预计完工时间", "车系"])
def test_what_is_only_nearly_the_same_is_left_to_the_person_who_brings_the_file(header):
    """Of two columns of one meaning the first one counts: 销售日期 before 交车日期 would tell the wrong day."""
    for kind in ("service_orders", "deliveries", "customers"):
        assert headers.match(KINDS[kind].reader.layout, 0, [header]).unknown == [0]
