"""manage.py import_records service_orders: from a workbook to the archive and the orders (contracts.md, Import)."""

import io
import json
from datetime import UTC, date, datetime

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from core.models import AuditEvent
from customers import actions as archive_actions
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.imports import archive
from staff.models import User
from visits import actions as visits
from visits.models import ServiceOrder

COLUMNS = [
    "工单号", "工单类型", "客户姓名", "客户电话", "车牌号", "车架号VIN", "车型", "里程", "进店日期", "结算日期", "服务顾问", "维修技师",
    "项目金额", "配件金额", "结算金额", "下次保养日期", "备注",
]  # fmt: skip
LEAST = ["工单号", "客户姓名", "客户电话", "车牌号", "车架号VIN", "里程", "进店日期", "结算日期"]
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def row(n: int = 1, **changes) -> dict:
    day = 1 + n % 28
    values = {
        "工单号": f"RO20261{n:05d}",
        "工单类型": ["保养", "首保", "一般维修", "索赔", "钣喷"][n % 5],
        "客户姓名": f"王{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{'子丑寅卯辰巳午未申酉'[n // 10 % 10]}",
        "客户电话": f"138{n:08d}",
        "车牌号": f"渝A{n:05d}",
        "车架号VIN": f"LS4{VIN_LETTERS[n % 23]}00000{n:08d}",
        "车型": "逸动PLUS",
        "里程": 10_000 + n,
        "进店日期": datetime(2026, 10, day, 9, 30),
        "结算日期": datetime(2026, 10, day, 11, 45),
        "服务顾问": ["陈静", "徐明", "周杰"][n % 3],
        "维修技师": ["高超", "何平"][n % 2],
        "项目金额": 120,
        "配件金额": 80.5,
        "结算金额": 200.5,
        "下次保养日期": date(2027, 4, day),
        "备注": "客户要求洗车" if n % 7 == 0 else None,
    }
    return values | changes


def order(number: str, day: str, n: int, **changes) -> dict:
    """A car with its owner: n."""
    values = {"工单号": number, "客户姓名": f"客户{n}", "客户电话": f"1380000{n:04d}", "车牌号": f"渝A{n:05d}", "进店日期": day}
    return values | changes


@pytest.fixture
def workbook(tmp_path):
    """workbook([row, …], columns=…) -> the path of a new .xlsx file."""

    def make(rows, columns=None, name="orders.xlsx", title="维修工单"):
        columns = columns or COLUMNS
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = title
        sheet.append(columns)
        for values in rows:
            sheet.append([values.get(column) for column in columns])
        book.save(tmp_path / name)
        return str(tmp_path / name)

    return make


def run(path, *options, store="S1"):
    """(exit code, the JSON object, stderr's line)"""
    out, error, code = io.StringIO(), "", 0
    try:
        call_command("import_records", "service_orders", path, "--store", store, "--json", *options, stdout=out)
    except CommandError as problem:
        code, error = problem.returncode, str(problem)
    return code, json.loads(out.getvalue()) if out.getvalue() else None, error


def facts():
    return (
        list(ServiceOrder.objects.order_by("pk").values()),
        list(Vehicle.objects.order_by("pk").values()),
        list(Customer.objects.order_by("pk").values()),
        list(Phone.objects.order_by("pk").values()),
        list(Ownership.objects.order_by("pk").values()),
        User.objects.count(),
    )


def test_650_orders_come_in_and_the_same_file_again_changes_nothing(store, workbook):
    path = workbook([row(n) for n in range(1, 651)])
    code, told, error = run(path)
    assert (code, error) == (0, "")
    assert told["rows"] == told["created"] == 650
    assert told["rejects"] == told["conflicts"] == told["unknown_columns"] == []
    assert ServiceOrder.objects.filter(store=store, step="delivered", origin="imported").count() == 650
    assert Vehicle.objects.count() == Customer.objects.count() == Ownership.objects.count() == 650
    before = facts()
    code, told, error = run(path)
    assert (code, told["rows"], told["unchanged"], told["created"], told["updated"]) == (0, 650, 650, 0, 0)
    assert facts() == before


def test_an_order_is_stored_with_everything_that_its_row_says(store, workbook):
    run(workbook([row(7)]))
    order = ServiceOrder.objects.select_related("vehicle", "customer", "advisor").get()
    assert (order.number, order.kind, order.step, order.origin) == ("RO2026100007", "repair", "delivered", "imported")
    assert order.received_at == datetime(2026, 10, 8, 1, 30, tzinfo=UTC)
    assert order.delivered_at == datetime(2026, 10, 8, 3, 45, tzinfo=UTC)
    assert (order.delivered_on, order.mileage, order.note) == (date(2026, 10, 8), 10_007, "客户要求洗车")
    assert (order.labour_fen, order.parts_fen, order.total_fen) == (12000, 8050, 20050)
    assert order.next_maintenance_on == order.vehicle.next_maintenance_on == date(2027, 4, 8)
    assert (order.vehicle.plate, order.vehicle.model, order.vehicle.mileage) == ("渝A00007", "逸动PLUS", 10_007)
    assert order.customer.phones.get().number == "+8613800000007"
    assert order.advisor.name == "徐明"
    assert [user.name for user in order.technicians.all()] == ["何平"]


def test_unknown_advisors_become_named_people_who_cannot_sign_in_with_one_warning_each(store, workbook):
    _code, told, _error = run(workbook([row(n) for n in range(3, 9)]))
    added = [warning["value"] for warning in told["warnings"] if "named person" in warning["reason"]]
    assert sorted(added) == sorted(["陈静", "徐明", "周杰", "高超", "何平"])
    assert not any(user.has_usable_password() for user in User.objects.filter(name__in=added))


def test_a_known_advisor_is_the_one_with_that_name(store, person, workbook):
    advisor = person("advisor", name="陈静")
    run(workbook([row(3)]))
    assert ServiceOrder.objects.get().advisor == advisor


def test_one_wrong_row_is_rejected_with_its_place_and_reason_and_the_others_come_in(store, workbook, tmp_path):
    path = workbook([row(1), row(2, 进店日期="昨天"), row(3)])
    code, told, error = run(path, "--rejects", str(tmp_path / "rejects.xlsx"))
    assert code == 2
    assert error == "1 of 3 rows were rejected; each is listed with its reason."
    assert (told["rows"], told["created"], told["rejected"]) == (3, 2, 1)
    assert told["rejects"] == [
        {"sheet": "维修工单", "row": 3, "column": "进店日期", "value": "昨天", "reason": "no date; write one such as 2026-01-05 14:30"}
    ]
    sheet = openpyxl.load_workbook(tmp_path / "rejects.xlsx")["维修工单"]
    assert [cell.value for cell in sheet[1]] == [*COLUMNS, "reason"]
    assert sheet[2][0].value == "RO2026100002"
    assert sheet[2][len(COLUMNS)].value.startswith("进店日期: no date")


def test_the_download_of_rejected_rows_is_text_and_stays_so_when_somebody_edits_it(store, workbook, tmp_path):
    run(workbook([row(1, 工单号="000123", 客户姓名="+张三", 进店日期="昨天")]), "--rejects", str(tmp_path / "rejects.xlsx"))
    cells = dict(zip(COLUMNS, openpyxl.load_workbook(tmp_path / "rejects.xlsx").active[2], strict=False))
    assert (cells["工单号"].value, cells["工单号"].number_format, cells["工单号"].quotePrefix) == ("000123", "@", False)
    assert (cells["客户姓名"].value, cells["客户姓名"].data_type, cells["客户姓名"].quotePrefix) == ("+张三", "s", True)


def test_a_sheet_whose_name_excel_refuses_has_its_rejected_rows_written_too(store, tmp_path):
    """Excel 2003's XML may name a sheet as no workbook may."""
    cells = lambda row: "".join(f'<Cell><Data ss:Type="String">{text}</Data></Cell>' for text in row)  # noqa: E731
    rows = [["工单号", "客户姓名", "车牌号", "进店日期"], ["RO1", "王甲", "渝A00001", "昨天"]]
    path = tmp_path / "orders.xls"
    path.write_text(
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="9/10[月]?"><Table>'
        + "".join(f"<Row>{cells(row)}</Row>" for row in rows)
        + "</Table></Worksheet></Workbook>"
    )
    assert run(str(path), "--rejects", str(tmp_path / "rejects.xlsx"))[0] == 2
    sheet = openpyxl.load_workbook(tmp_path / "rejects.xlsx").active
    assert (sheet.title, sheet["A2"].value) == ("9_10_月__", "RO1")


def test_serial_numbers_of_a_1904_workbook_mean_the_same_among_its_rejected_rows(store, tmp_path):
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["工单号", "客户姓名", "车牌号", "进店日期"])
    book.active.append(["RO1", "王甲", "坏", 44565])
    book.save(tmp_path / "mac.xlsx")
    run(str(tmp_path / "mac.xlsx"), "--rejects", str(tmp_path / "rejects.xlsx"))
    book = openpyxl.load_workbook(tmp_path / "rejects.xlsx")
    book.active["C2"] = "渝A00001"
    book.save(tmp_path / "rejects.xlsx")
    assert run(str(tmp_path / "rejects.xlsx"))[0] == 0
    assert ServiceOrder.objects.get().received_on == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("工单号", None, "the order number is missing"),
        ("客户姓名", None, "the customer's name is missing"),
        ("车架号VIN", "LS4ABC", "a VIN has 17 characters; this one has 6"),
        ("车架号VIN", "LS4IOQ00000000001", "a VIN has letters without I, O and Q, and digits"),
        ("车牌号", "渝", "no plate; write one such as 渝A12345"),
        ("项目金额", "-5", "an amount is not negative"),
        ("配件金额", "很多", "no number"),
        ("里程", "99999999", "the mileage cannot be right"),
        ("进店日期", "2026-02-30", "there is no such day or time"),
        ("结算日期", "2026-09-30 10:00", "handed over before it came in"),
        (
            "工单类型",
            "PDI",
            "the inspection of a new car (PDI) is no customer's visit, and nobody is called about it; leave this row out",
        ),
    ],
)
def test_a_row_is_rejected_whole(store, workbook, column, value, reason):
    code, told, _error = run(workbook([row(1, **{column: value})]))
    assert code == 2
    assert (told["rejects"][0]["column"], told["rejects"][0]["reason"]) == (column, reason)
    assert not ServiceOrder.objects.exists() and not Customer.objects.exists()


@pytest.mark.parametrize("value", ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "=100+200"])
@pytest.mark.parametrize("column", ["结算金额", "结算日期", "服务顾问"])
def test_an_error_of_the_workbook_rejects_its_row_in_every_column(store, workbook, column, value):
    """And a formula without a result, which a program has written and nobody has opened in Excel since."""
    code, told, _error = run(workbook([row(1, **{column: value}), row(2, 颜色="#REF!")], columns=[*COLUMNS, "颜色"]))
    assert (code, told["created"]) == (2, 1)
    (reject,) = told["rejects"]
    assert (reject["row"], reject["column"], reject["value"]) == (2, column, "#CALC!" if value[0] == "=" else value)
    assert reject["reason"].startswith("an error, or a formula without a result;")


def test_a_value_that_a_formula_did_not_find_is_a_warning_and_rows_of_nothing_else_are_none(store, workbook):
    code, told, _error = run(workbook([row(1, 结算日期="#N/A"), {"工单号": "#N/A", "客户姓名": "#N/A"}]))
    assert (code, told["rows"], told["created"]) == (0, 1, 1)
    assert [(warning["row"], warning["value"]) for warning in told["warnings"] if warning["column"] == "结算日期"] == [(2, "#N/A")]
    assert ServiceOrder.objects.get().delivered_at is None


def test_what_keeps_a_text_from_becoming_a_number_in_excel_is_no_part_of_it(store, tmp_path):
    head = '="工单号",客户姓名,客户电话,车牌号,进店日期,结算金额\n'
    plain = "RO2026100001,王甲,18660766805,渝A10001,2026-10-01,100\nF005,王乙,18660766806,渝A10002,2026-10-01,100\n"
    kept = '="RO2026100001",\'王甲,="18660766805","=""渝A10001""",2026-10-01,="100"\n\'F005,="王乙",\'18660766806,渝A10002,2026-10-01,100\n'
    (tmp_path / "plain.csv").write_text(head + plain)
    (tmp_path / "kept.csv").write_text(head + kept)
    assert run(str(tmp_path / "plain.csv"))[1]["created"] == 2
    before = facts()
    assert run(str(tmp_path / "kept.csv"))[1]["unchanged"] == 2
    assert facts() == before


def test_what_a_header_says_in_ten_thousands_is_stored_whole(store, workbook):
    columns = [{"结算金额": "结算金额（万元）", "里程": "里程（万公里）"}.get(column, column) for column in COLUMNS]
    run(workbook([row(1) | {"结算金额（万元）": 1.258, "里程（万公里）": "1.5"}], columns=columns))
    order = ServiceOrder.objects.get()
    assert (order.total_fen, order.mileage, order.labour_fen) == (1_258_000, 15_000, 12_000)


@pytest.mark.parametrize(
    ("handed_over", "settled", "day"),
    [(None, "2026-10-03", 3), ("—", "2026-10-03", 3), ("2026-10-02", "2026-10-03", 2), ("2026-10-02", "未结算", 2)],
)
def test_of_two_columns_for_one_thing_the_second_counts_where_the_first_is_empty(store, workbook, handed_over, settled, day):
    columns = ["交车时间" if column == "结算日期" else column for column in COLUMNS] + ["结算时间"]
    values = row(1, 进店日期="2026-10-01") | {"交车时间": handed_over, "结算时间": settled}
    code, told, _error = run(workbook([values], columns=columns))
    assert (code, told["created"], told["unknown_columns"]) == (0, 1, [])
    assert ServiceOrder.objects.get().delivered_on == date(2026, 10, day)


def test_a_vin_of_one_sign_all_over_is_none_so_that_it_makes_one_car_of_nobodys(store, workbook):
    rows = [row(1, 车架号VIN="0" * 17), row(2, 车架号VIN="0" * 17), row(3, 车架号VIN="1" * 17, 车牌号=None)]
    code, told, _error = run(workbook(rows))
    assert (code, told["created"]) == (2, 2)
    assert {(warning["row"], warning["reason"]) for warning in told["warnings"] if warning["column"] == "车架号VIN"} == {
        (2, "one sign all over is no VIN; left empty"),
        (3, "one sign all over is no VIN; left empty"),
    }
    assert set(Vehicle.objects.values_list("vin", "plate")) == {("", "渝A00001"), ("", "渝A00002")}
    assert told["rejects"][0]["reason"] == "neither plate nor VIN"


def test_a_wrong_row_with_a_valid_one_of_its_number_below_is_said_to_be_repeated_too(store, workbook, tmp_path):
    """Above the valid one only; and its download, mended, does not bring it in."""
    path = workbook([row(1, 结算金额="abc"), row(1, 里程=22), row(1, 结算金额="abc")])
    _code, told, _error = run(path, "--rejects", str(tmp_path / "rejects.xlsx"))
    assert [(reject["row"], reject["reason"]) for reject in told["rejects"]] == [(2, "no number; 工单号: repeated below"), (4, "no number")]
    book = openpyxl.load_workbook(tmp_path / "rejects.xlsx")
    book.active.delete_rows(3)
    book.active.cell(2, 1 + COLUMNS.index("结算金额"), "5")
    book.save(tmp_path / "rejects.xlsx")
    assert run(str(tmp_path / "rejects.xlsx"))[1]["rejects"][0]["reason"].endswith("repeated below")
    assert ServiceOrder.objects.get().mileage == 22


def test_of_two_rows_with_one_number_the_later_wins(store, workbook):
    code, told, _error = run(workbook([row(1), row(1, 里程=77_777)]))
    assert code == 2
    assert [(reject["row"], reject["reason"]) for reject in told["rejects"]] == [(2, "repeated below")]
    assert ServiceOrder.objects.get().mileage == 77_777


def test_several_lines_of_one_order_are_said_to_be_such(store, workbook):
    """The contract lets the last one win, and adds nothing up."""
    lines = [order("WO2", "2026-10-05", 1, 结算金额=total) for total in (200, 50, 600)]
    told = run(workbook([*lines, order("WO3", "2026-10-05", 1)], [*LEAST, "结算金额"]))[1]
    assert [(reject["row"], reject["reason"]) for reject in told["rejects"]] == [(2, "repeated below"), (3, "repeated below")]
    (warning,) = told["warnings"]
    assert (warning["row"], warning["column"]) == (4, "工单号")
    assert warning["reason"].endswith("if both are lines of one order, add them up in one line and import that")


@pytest.mark.parametrize(
    "changes", [{}, {"结算金额": 5, "进店日期": "2026-10-06"}, {"结算金额": 5, "客户姓名": "王九"}], ids=["nothing", "a day", "a name"]
)
def test_a_row_that_is_an_older_one_of_its_order_is_not_said_to_be_a_line_of_it(store, workbook, changes):
    rows = [order("WO2", "2026-10-05", 1, **changes), order("WO2", "2026-10-05", 1, 里程=5)]
    told = run(workbook(rows, [*LEAST, "结算金额"]))[1]
    assert (told["rejected"], told["warnings"]) == (1, [])


def test_a_number_that_begins_anew_in_one_file_is_said_to(store, workbook):
    told = run(workbook([order("0001", "2024-01-05", 1), order("0001", "2025-01-06", 2)], LEAST))[1]
    assert [(reject["row"], reject["reason"]) for reject in told["rejects"]] == [(2, "repeated below")]
    (warning,) = told["warnings"]
    assert warning["row"] == 3 and warning["reason"].endswith("if the numbers begin anew each year, put the year before them")


def test_a_further_line_of_an_order_below_merged_cells_is_said_to_be_one(store, workbook):
    told = run(workbook([order("WO2", "2026-10-05", 1, 配件金额=200), {"配件金额": 50}, {"配件金额": 0}], [*LEAST, "配件金额"]))[1]
    further, empty = told["rejects"]
    assert (further["row"], further["column"]) == (3, "工单号")
    assert further["reason"].endswith("an order is one line: add its amounts up there, and delete this line")
    assert empty["reason"].startswith("the order number is missing; ")


def test_a_total_row_and_blank_rows_are_skipped(store, workbook):
    _code, told, _error = run(workbook([row(1), {}, {"工单号": "合计", "结算金额": 200.5}, {"客户姓名": "小计", "结算金额": 3}]))
    assert told["rows"] == 1


def test_headers_match_by_alias_in_any_order_and_unknown_columns_are_listed(store, workbook):
    columns = ["牌照号", "备用栏", "＊委托书号", "送修人", "手机", "交车时间", "行驶里程（km）", "材料费(元)", "工时费", "接待顾问"]
    told = run(
        workbook(
            [{"牌照号": "渝B·PDJ38", "＊委托书号": "WT1", "送修人": "付英秀", "手机": 15920820145.0, "交车时间": "2026/09/01 15:02", "行驶里程（km）": "108,603",
              "材料费(元)": "¥2,390.00", "工时费": "５８０", "接待顾问": "孙磊"}],
            columns,
        )
    )[1]  # fmt: skip
    assert (told["created"], told["unknown_columns"]) == (1, ["备用栏"])
    order = ServiceOrder.objects.select_related("vehicle", "customer").get()
    assert (order.vehicle.plate, order.mileage, order.total_fen) == ("渝BPDJ38", 108_603, 297_000)
    assert order.customer.phones.get().number == "+8615920820145"


def test_a_newer_value_overwrites_an_older_import(store, workbook):
    run(workbook([row(1)]))
    _code, told, _error = run(workbook([row(1, 结算金额=999, 维修技师="何平、高超")]))
    assert told["updated"] == 1
    order = ServiceOrder.objects.get()
    assert order.total_fen == 99_900
    assert order.technicians.count() == 2


def test_a_value_that_a_person_entered_stays_and_the_conflict_is_listed(store, person, workbook):
    run(workbook([row(1)]))
    order = ServiceOrder.objects.get()
    visits.edit_order(order=order, expected_version=1, by=person("advisor"), mileage=1)
    code, told, _error = run(workbook([row(1, 配件金额=5, 结算金额=125)]))
    assert (code, told["updated"]) == (0, 1)
    assert [(conflict["column"], conflict["row"]) for conflict in told["conflicts"]] == [("里程", 2)]
    order.refresh_from_db()
    assert (order.mileage, order.total_fen) == (1, 125_00)


def test_an_order_that_was_typed_stays_as_it_is_and_what_the_file_says_otherwise_is_listed(store, person, workbook):
    run(workbook([row(1)]))
    ServiceOrder.objects.update(origin="typed", total_fen=1)
    code, told, _error = run(workbook([row(1)]))
    assert (code, told["unchanged"]) == (0, 1)
    assert [(conflict["column"], conflict["value"]) for conflict in told["conflicts"]] == [("结算金额", "200.5")]
    assert ServiceOrder.objects.get().total_fen == 1


def test_what_a_person_has_entered_on_a_car_stays_and_the_conflict_is_listed(store, person, workbook):
    run(workbook([row(1)]))
    car = Vehicle.objects.get()
    car.model, car.plate = "逸动DT", "渝B12345"
    archive_actions.save_vehicle(vehicle=car, expected_version=1, by=person("advisor"))
    told = run(workbook([row(1)]))[1]
    assert sorted(conflict["column"] for conflict in told["conflicts"]) == ["车型", "车牌号"]
    car.refresh_from_db()
    assert (car.model, car.plate) == ("逸动DT", "渝B12345")


def test_same_name_and_phone_is_one_customer_with_two_cars(store, workbook):
    run(workbook([row(1), row(2, 客户姓名=row(1)["客户姓名"], 客户电话="138 0000 0001")]))
    assert Customer.objects.count() == 1
    assert Ownership.objects.filter(until=None).count() == 2


def test_a_file_with_fewer_columns_or_empty_cells_erases_nothing_of_an_order(store, workbook):
    run(workbook([row(7), row(9)]))
    before = facts()
    least = ["工单号", "客户姓名", "客户电话", "车牌号", "结算日期"]
    assert run(workbook([row(7), row(9)], columns=least))[1]["unchanged"] == 2
    empty = dict.fromkeys(set(COLUMNS) - {"工单号", "客户姓名", "车架号VIN", "进店日期"})
    assert run(workbook([row(7, **empty), row(9, **empty)]))[1]["unchanged"] == 2
    assert facts() == before


def test_an_amount_that_changes_without_a_total_changes_the_sum_with_what_is_known_of_the_others(store, workbook):
    run(workbook([row(1)]))
    told = run(workbook([row(1, 项目金额=150)], columns=["工单号", "客户姓名", "车牌号", "进店日期", "项目金额"]))[1]
    order = ServiceOrder.objects.get()
    assert (told["updated"], order.labour_fen, order.parts_fen, order.total_fen) == (1, 150_00, 80_50, 230_50)


def test_an_order_that_came_in_after_it_is_said_to_have_left_is_in_the_workshop_again(store, workbook):
    run(workbook([row(1)]))
    told = run(workbook([row(1, 进店日期=datetime(2026, 10, 20, 9, 30), 结算日期=None)]))[1]
    order = ServiceOrder.objects.get()
    assert (told["updated"], order.delivered_at, order.step) == (1, None, "reception")


@pytest.mark.parametrize(
    ("column", "value"), [("维修技师", "高" * 61), ("服务顾问", "陈" * 61), ("结算金额", "1E400"), ("里程", "1E999999")]
)
def test_a_cell_beyond_all_measure_rejects_its_row_and_stops_no_other(store, workbook, column, value):
    told = run(workbook([row(1), row(2, **{column: value})]))[1]
    assert (told["created"], [reject["column"] for reject in told["rejects"]]) == (1, [column])


def test_order_numbers_that_lost_their_digits_are_no_numbers(store, workbook):
    told = run(workbook([row(1, 工单号="2.02610E+14"), row(2, 工单号="2.02610E+14")]))[1]
    assert {reject["reason"] for reject in told["rejects"]} == {
        "Excel has cut the digits off; format the column as text and export it again"
    }
    assert told["rejected"] == 2


def test_another_name_and_phone_on_a_known_car_transfers_it_from_that_day(store, workbook):
    car = {"车牌号": "渝A00001", "车架号VIN": row(1)["车架号VIN"]}
    path = workbook([row(1), row(9, **car)])
    run(path)
    first, second = Ownership.objects.order_by("since")
    assert (first.until, second.since, second.until) == (date(2026, 10, 10), date(2026, 10, 10), None)
    before = facts()
    assert run(path)[1]["unchanged"] == 2
    assert facts() == before


def test_another_name_with_the_owners_phone_is_only_the_contact(store, workbook):
    car = {"车牌号": "渝A00001", "车架号VIN": row(1)["车架号VIN"], "客户电话": row(1)["客户电话"]}
    run(workbook([row(1), row(9, **car)]))
    assert Customer.objects.count() == Ownership.objects.count() == 1
    assert ServiceOrder.objects.get(number="RO2026100009").contact_name == row(9)["客户姓名"]


@pytest.mark.parametrize("phone", ["12345", "1.39E+10", "无"])
def test_another_name_with_what_is_no_phone_takes_no_car_away(store, workbook, phone):
    car = {"车牌号": "渝A00001", "车架号VIN": row(1)["车架号VIN"], "客户电话": phone}
    path = workbook([row(1), row(9, **car)])
    run(path)
    assert Ownership.objects.get().customer.name == row(1)["客户姓名"]
    assert ServiceOrder.objects.get(number="RO2026100009").contact_name == row(9)["客户姓名"]
    assert run(path)[1]["unchanged"] == 2


def test_a_plate_that_comes_back_on_another_car_moves_to_it(store, workbook):
    run(workbook([row(1)]))
    told = run(workbook([row(9, 车牌号="渝A00001")]))[1]
    assert told["created"] == 1
    assert Vehicle.objects.get(plate="渝A00001").vin == row(9)["车架号VIN"]
    assert Vehicle.objects.get(vin=row(1)["车架号VIN"]).plate == ""


def test_a_phone_that_is_none_is_kept_as_invalid_with_a_warning(store, workbook):
    code, told, _error = run(workbook([row(1, 客户电话="1234")]))
    assert code == 0
    assert Phone.objects.get().validity == "invalid"
    assert "not a phone number; kept as invalid" in [warning["reason"] for warning in told["warnings"]]


def test_a_missing_phone_and_a_wrong_check_digit_are_warnings(store, workbook):
    _code, told, _error = run(workbook([row(1, 客户电话=None)]))
    assert {"no phone", "the VIN's check digit does not fit"} <= {warning["reason"] for warning in told["warnings"]}


def test_a_dry_run_says_the_same_and_writes_nothing(store, workbook):
    code, told, _error = run(workbook([row(n) for n in range(1, 6)]), "--dry-run")
    assert (code, told["created"]) == (0, 5)
    assert not ServiceOrder.objects.exists() and not Customer.objects.exists() and not User.objects.exists()
    assert not AuditEvent.objects.filter(verb="service_orders.imported").exists()


def test_every_import_leaves_one_audit_row_without_personal_data(store, workbook):
    run(workbook([row(n) for n in range(1, 6)]))
    event = AuditEvent.objects.get(verb="service_orders.imported")
    assert event.details == {"created": 5, "updated": 0, "unchanged": 0, "rejected": 0}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.xlsx", None, "There is no file"),
        ("broken.xlsx", b"PK\x03\x04 and nothing more", "damaged"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\x00", "picture"),
        ("words.xlsx", b"nothing of the kind", "No sheet has a header row"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_one_line_and_exit_1(store, tmp_path, name, content, says):
    if content:
        (tmp_path / name).write_bytes(content)
    code, told, error = run(str(tmp_path / name))
    assert (code, told) == (1, None)
    assert says in error and "\n" not in error


def test_a_workbook_without_the_needed_columns_says_which_are_missing(store, workbook):
    code, _told, error = run(workbook([row(1)], [column for column in COLUMNS if column != "工单号"]))
    assert (code, error) == (1, "The header row has no column for: 工单号.")


def test_a_header_without_rows_is_an_error(store, workbook):
    assert run(workbook([]))[0] == 1


def test_an_unknown_store_and_wrong_usage_end_with_exit_1(store, workbook):
    path = workbook([row(1)])
    assert run(path, store="NOWHERE")[0] == 1
    with pytest.raises(CommandError) as problem:
        call_command("import_records", "weather", path, "--store", "S1")
    assert problem.value.returncode == 1


def test_the_statements_of_a_chunk_do_not_grow_with_its_rows(store, workbook, django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(archive, "chunk_size", lambda: 200)
    run(workbook([row(n) for n in range(1, 7)]))  # the advisors are known from here on
    path = workbook([row(n) for n in range(10, 210)])
    with django_assert_max_num_queries(45):
        run(path)


def test_chunks_see_each_others_cars_and_customers(store, workbook, monkeypatch):
    monkeypatch.setattr(archive, "chunk_size", lambda: 2)
    same = {"客户姓名": "王五", "客户电话": "13900000000", "车牌号": "渝A99999", "车架号VIN": None}
    _code, told, _error = run(workbook([row(n, **same) for n in range(1, 8)]))
    assert told["created"] == 7
    assert Vehicle.objects.count() == Customer.objects.count() == Ownership.objects.count() == Phone.objects.count() == 1


@pytest.mark.parametrize("column", ["进店日期", "结算日期"])
def test_a_day_in_the_future_is_a_slip(store, workbook, column):
    code, told, _error = run(workbook([row(1, **{column: datetime(2099, 1, 5, 9, 0)})]))
    assert code == 2
    assert (told["rejects"][0]["column"], told["rejects"][0]["reason"]) == (column, "the day lies in the future")


def test_an_order_whose_date_is_corrected_to_an_earlier_day_settles_in_one_import(store, workbook):
    run(workbook([row(9)]))
    path = workbook([row(9, 进店日期=datetime(2026, 10, 2, 9, 0), 里程=50, 下次保养日期=date(2027, 1, 1))])
    run(path)
    before = facts()
    assert Vehicle.objects.get().mileage == 50
    assert run(path)[1]["unchanged"] == 1
    assert facts() == before


def test_the_download_of_rejected_rows_given_again_does_not_bring_an_older_row_over_the_newer(store, workbook, tmp_path):
    path = workbook([row(1, 里程=11), row(1, 里程=22), row(2, 进店日期="昨天")])
    run(path, "--rejects", str(tmp_path / "rejects.xlsx"))
    code, told, _error = run(str(tmp_path / "rejects.xlsx"), "--rejects", str(tmp_path / "again.xlsx"))
    assert (code, told["rejected"], told["updated"]) == (2, 2, 0)
    assert (
        told["rejects"][0]["reason"]
        == "the cell under reason still says that a row below repeats this one; empty it, and this one comes in; repeated below"
    )
    assert run(str(tmp_path / "again.xlsx"))[1]["rejected"] == 2
    assert ServiceOrder.objects.get().mileage == 22
    book = openpyxl.load_workbook(tmp_path / "again.xlsx")
    book.active.cell(2, 1 + len(COLUMNS)).value = None
    book.save(tmp_path / "again.xlsx")
    assert run(str(tmp_path / "again.xlsx"))[1]["updated"] == 1
    assert ServiceOrder.objects.get().mileage == 11


def test_one_person_is_one_customer_however_the_name_is_padded_or_titled(store, workbook):
    names = ["张三", "张 三", "张　三", "张三先生", "张三（先生）"]
    assert run(workbook([row(n, 客户姓名=name, 客户电话="13812345678") for n, name in enumerate(names, start=1)]))[1]["created"] == 5
    assert Customer.objects.get().name == "张三"
    assert (
        run(workbook([row(n, 客户姓名=name, 客户电话="13812345678") for n, name in enumerate(reversed(names), start=1)]))[1]["unchanged"]
        == 5
    )
    assert Customer.objects.count() == 1 and not ServiceOrder.objects.exclude(contact_name="").exists()


@pytest.mark.parametrize(
    ("name", "stored", "gender", "addressed"),
    [
        ("张三先生", "张三", "male", "张先生"),
        ("王小姐", "王小姐", "female", "王女士"),
        ('="李四女士"', "李四", "female", "李女士"),
        ("张三", "张三", "", "张先生/女士"),
    ],
)
@pytest.mark.parametrize("column", ["客户姓名", "送修人"])
def test_a_title_behind_the_name_is_how_a_new_customer_is_addressed(store, tmp_path, column, name, stored, gender, addressed):
    (tmp_path / "o.csv").write_text(f"工单号,进店日期,车牌号,{column}\nRO1,2026-10-01,渝A10001,{name}\n")
    run(str(tmp_path / "o.csv"))
    customer = Customer.objects.get()
    assert (customer.name, customer.gender, customer.addressed) == (stored, gender, addressed)


def test_a_padded_advisor_or_technician_is_the_known_one(store, workbook):
    run(workbook([row(1, 服务顾问="陈静", 维修技师="高超"), row(2, 服务顾问="陈　静", 维修技师="高 超、李 军")]))
    assert sorted(User.objects.values_list("name", flat=True)) == sorted(["陈静", "高超", "李军"])


def test_an_order_of_an_unknown_kind_comes_in_as_general_repair_with_a_warning(store, workbook):
    code, told, _error = run(workbook([row(1, 工单类型="洗澡"), row(2, 工单类型=None)]))
    assert (code, told["created"]) == (0, 2)
    said = [(w["row"], w["value"], w["reason"][:21]) for w in told["warnings"] if w["column"] == "工单类型"]
    assert said == [(2, "洗澡", "unknown kind of order")]
    assert set(ServiceOrder.objects.values_list("kind", flat=True)) == {"repair"}


def test_an_unknown_kind_does_not_take_the_kind_that_was_told_before(store, workbook):
    run(workbook([row(1, 工单类型="索赔")]))
    assert run(workbook([row(1, 工单类型="洗澡")]))[1]["unchanged"] == 1
    assert ServiceOrder.objects.get().kind == "warranty"


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"结算金额": "1000000.01"}, "结算金额"), ({"项目金额": "2000000"}, "项目金额"), ({"结算金额": None, "项目金额": "600000", "配件金额": "600000"}, "结算金额"),
    ],
)  # fmt: skip
def test_an_order_of_more_than_a_million_yuan_is_a_slip(store, workbook, changes, column):
    _code, told, _error = run(workbook([row(1, **changes), row(2, 结算金额="1000000")]))
    assert (told["created"], told["rejected"]) == (1, 1)
    reason = "more than a million yuan cannot be right for an order; check the amount and the unit in the header"
    assert (told["rejects"][0]["column"], told["rejects"][0]["reason"]) == (column, reason)


def test_an_extension_is_no_phone_of_its_own_and_is_said_to_be_left_out(store, workbook):
    _code, told, _error = run(workbook([row(1, 客户电话="023-68123456转8001"), row(2, 客户电话="023-68654321转8001")]))
    said = [(w["row"], w["value"], w["reason"]) for w in told["warnings"] if w["column"] == "客户电话"]
    assert said == [(n, "转8001", "the extension was left out; write it into the note") for n in (2, 3)]
    assert set(Phone.objects.values_list("number", "validity")) == {("+862368123456", "unknown"), ("+862368654321", "unknown")}


def test_both_phones_of_a_cell_are_the_customers_whatever_stands_between_them(store, workbook):
    run(workbook([row(1, 客户电话="13812345678（本人）13912345678（妻）")]))
    assert list(Phone.objects.order_by("position").values_list("number", flat=True)) == ["+8613812345678", "+8613912345678"]


def test_a_car_without_a_plate_is_known_by_its_vin(store, workbook):
    _code, told, _error = run(workbook([row(1, 车牌号="待上牌"), row(2, 车牌号="00000"), row(3, 车牌号="暂无", 车架号VIN=None)]))
    assert [(reject["row"], reject["reason"]) for reject in told["rejects"]] == [(4, "neither plate nor VIN")]
    assert list(Vehicle.objects.order_by("vin").values_list("plate", flat=True)) == ["", ""]


OLD = [
    {"工单号": "1", "客户姓名": "甲一", "客户电话": "13800000001", "进店日期": "2024-02-01"},
    {"工单号": "2", "客户姓名": "甲一", "客户电话": None, "进店日期": "2024-03-01"},
    {"工单号": "3", "客户姓名": "乙二", "客户电话": "13800000002", "进店日期": "2024-06-01"},
    {"工单号": "4", "客户姓名": "丁四", "客户电话": None, "进店日期": "2024-07-01"},
    {"工单号": "5", "客户姓名": "丙三", "客户电话": "13800000003", "进店日期": "2024-11-01"},
]
NEW = [
    {"工单号": "6", "客户姓名": "丙三", "客户电话": "13800000003", "进店日期": "2025-01-05"},
    {"工单号": "7", "客户姓名": "戊五", "客户电话": "13800000005", "进店日期": "2025-05-05"},
]


@pytest.mark.parametrize("chunk_size", [1, 10])
@pytest.mark.parametrize(
    "files", [[OLD, NEW], [NEW, OLD], [NEW, OLD[2:], OLD[:2]], [OLD[:1], NEW, OLD], [NEW, OLD[4:], OLD[:4]]], ids="abcde"
)
def test_whose_car_it_was_does_not_depend_on_the_order_of_the_files(store, workbook, monkeypatch, files, chunk_size):
    monkeypatch.setattr(archive, "chunk_size", lambda: chunk_size)
    for number, rows in enumerate(files):
        run(workbook([values | {"车牌号": "渝A00001"} for values in rows], LEAST, name=f"{number}.xlsx"))
    owned = Ownership.objects.order_by("since").values_list("customer__name", "since", "until")
    begins = [date(2024, 2, 1), date(2024, 6, 1), date(2024, 11, 1), date(2025, 5, 5), None]
    assert list(owned) == list(zip(["甲一", "乙二", "丙三", "戊五"], begins, begins[1:], strict=False))
    visits = ServiceOrder.objects.order_by("received_at").values_list("customer__name", flat=True)
    assert list(visits) == ["甲一", "甲一", "乙二", "乙二", "丙三", "丙三", "戊五"]
    before = facts()
    for number, rows in enumerate(files):
        assert run(workbook([values | {"车牌号": "渝A00001"} for values in rows], LEAST, name=f"{number}.xlsx"))[1]["unchanged"] == len(
            rows
        )
    assert facts() == before


def test_a_car_that_has_left_gets_no_new_owner_from_an_order(store, workbook):
    vin = row(1)["车架号VIN"]
    owner = archive_actions.create_customer(store=store, name="旧车主", phones=["13600000000"], by=None)
    vehicle = archive_actions.create_vehicle(store=store, owner=owner, since=date(2024, 1, 1), vin=vin, by=None)
    archive_actions.retire_vehicle(vehicle=vehicle, status=Vehicle.Status.SCRAPPED, on=date(2026, 9, 1), by=None)
    assert run(workbook([row(1)]))[1]["created"] == 1
    assert list(Ownership.objects.values_list("customer", "until")) == [(owner.pk, date(2026, 9, 1))]
    assert ServiceOrder.objects.get().customer.name == row(1)["客户姓名"]


# Numbers that begin anew each year


@pytest.mark.parametrize("options", [["--dry-run"], []])
def test_a_number_that_begins_anew_makes_no_other_cars_order_of_last_years(store, workbook, options):
    run(workbook([order("0001", "2024-01-05", 1)], LEAST))
    before = facts()
    code, told, _error = run(workbook([order("0001", "2025-01-06", 2), order("0002", "2025-01-07", 1)], LEAST), *options)
    assert (code, told["rows"], told["created"], told["updated"], told["rejected"]) == (2, 2, 1, 0, 1)
    (reject,) = told["rejects"]
    assert (reject["row"], reject["column"], reject["value"]) == (2, "工单号", "0001")
    assert "of 2024-01-05" in reject["reason"] and reject["reason"].endswith("put the year before them: 2025-0001")
    assert facts()[0][:1] == before[0]
    assert not Vehicle.objects.filter(plate="渝A00002").exists() and not Customer.objects.filter(name="客户2").exists()


@pytest.mark.parametrize("is_typed", [False, True])
def test_such_a_file_comes_in_with_the_year_before_its_numbers_and_changes_nothing_given_again(store, workbook, tmp_path, is_typed):
    run(workbook([order("0001", "2024-01-05", 1)], LEAST))
    if is_typed:
        ServiceOrder.objects.update(origin="typed")
    path = workbook([order("0001", "2025-01-06", 2)], LEAST)
    run(path, "--rejects", str(tmp_path / "rejects.xlsx"))
    book = openpyxl.load_workbook(tmp_path / "rejects.xlsx")
    book.active["A2"] = "2025-0001"
    book.save(tmp_path / "rejects.xlsx")
    assert run(str(tmp_path / "rejects.xlsx"))[1]["created"] == 1
    assert dict(ServiceOrder.objects.values_list("number", "vehicle__plate")) == {"0001": "渝A00001", "2025-0001": "渝A00002"}
    before = facts()
    assert run(path)[1]["rejected"] == 1
    assert facts() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"车牌号": "渝A00009", "客户姓名": "客户9", "客户电话": "13800000009"},
        {"车牌号": "渝A00009", "进店日期": "2024-01-09"},
        {"客户姓名": "客户9", "客户电话": "13800000009", "进店日期": "2024-01-09"},
        {"车牌号": "渝A00009", "客户姓名": "客户9", "进店日期": "2024-01-03", "结算日期": "2024-01-05"},
        {"车架号VIN": "LSVAA49J132047371", "客户姓名": "客户9", "进店日期": "2024-01-09"},
        {"车架号VIN": "LSVAA49J132047371", "车牌号": None, "客户姓名": "客户9", "进店日期": "2024-01-09"},
    ],
    ids=["day agrees", "name agrees", "plate agrees", "a day agrees", "VIN is new", "cars cannot be compared"],
)
def test_a_row_that_agrees_with_its_order_in_anything_corrects_it(store, workbook, changes):
    run(workbook([order("0001", "2024-01-05", 1)], LEAST))
    code, told, _error = run(workbook([order("0001", "2024-01-05", 1, **changes)], LEAST))
    assert (code, told["updated"]) == (0, 1)


@pytest.mark.parametrize("chunk_size", [1, 10])
def test_an_order_that_another_row_has_the_number_of_still_says_when_its_car_was_here(store, workbook, monkeypatch, chunk_size):
    """A chunk is loaded before the orders of the one before it are written."""
    monkeypatch.setattr(archive, "chunk_size", lambda: chunk_size)
    run(workbook([order("0001", "2024-01-05", 1, 里程=50_000)], LEAST))
    told = run(workbook([order("0001", "2023-01-06", 2), order("9", "2023-05-01", 1, 里程=20_000)], LEAST))[1]
    assert (told["created"], told["rejected"]) == (1, 1)
    assert Vehicle.objects.get(plate="渝A00001").mileage == 50_000
