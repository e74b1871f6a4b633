"""The shape of a file: rows that do not fit their header, what stands around a table, which sheets are read."""

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from desk.models import ImportRun, LearnedColumn
from desk.tests.importing import bring_in
from visits.models import ServiceOrder

HEAD = "工单号,进店日期,结算日期,客户姓名,客户电话,车牌号,VIN,结算金额,备注"
ORDERS = "service_orders"


def order(n: int = 1, total: str = "200", note: str = "") -> str:
    return f"WO{n},2026/9/5,2026/9/5,张三,138{n:08d},渝A{n:05d},,{total},{note}"


@pytest.fixture
def told(tmp_path, store):
    """told(lines of a text file, or sheet=[row, …] of a workbook) -> the command's JSON."""

    def make(text: str = "", *options: str, kind: str = ORDERS, **sheets) -> dict:
        path = tmp_path / ("file.xlsx" if sheets else "file.csv")
        if sheets:
            book = openpyxl.Workbook()
            book.remove(book.active)
            for name, lines in sheets.items():
                sheet = book.create_sheet(name)
                for line in lines:
                    sheet.append(line.split(",") if isinstance(line, str) else line)
            book.save(path)
        else:
            path.write_bytes(text.encode())
        return bring_in(kind, str(path), *options)

    return make


def csv(*lines: str, head: str = HEAD, end: str = "\n") -> str:
    return "\n".join([head, *lines]) + end


def looked_at(client, path) -> tuple:
    """(the preview, its page)"""
    client.post("/imports/", {"kind": ORDERS, "file": SimpleUploadedFile(path.name, path.read_bytes())})
    shown = client.get(reverse("desk:import_run", args=[ImportRun.objects.latest("pk").pk]))
    return shown.context["preview"], shown.content.decode()


# rows with more or fewer cells than their header


@pytest.mark.parametrize(
    ("head", "line", "n"),
    [
        (HEAD, order(1, "1,234.50", "x"), 10),
        (HEAD, order(1, "1,234.50"), 10),
        (HEAD, order(1, "100", "漏油,已修"), 10),
        (HEAD + ",", order(1, "1,234.50", "x") + ",", 11),
    ],
    ids=["a note behind it", "nothing behind it", "a comma in the note", "delimiters at the end of each line"],
)
def test_a_row_of_a_text_file_with_more_cells_than_the_header_is_rejected_and_no_other(told, head, line, n):
    end = "," if head.endswith(",") else ""
    said = told(csv(line, order(2) + end, order(3) + end, head=head))
    assert (said["created"], [reject["row"] for reject in said["rejects"]]) == (2, [2])
    assert said["rejects"][0]["reason"].startswith(
        f"this row has {n} cells, the header 9: a cell that holds the delimiter has fallen into two"
    )
    assert not ServiceOrder.objects.filter(number="WO1").exists()


def test_most_rows_may_have_been_cut_in_the_wrong_place(told):
    said = told(csv(*(order(n, "1,234.50") for n in range(1, 8)), order(8)))
    assert (said["created"], said["rejected"]) == (1, 7)


def test_what_stands_in_quotation_marks_is_one_cell(told):
    assert told(csv(order(1, '"1,234.50"', '"漏油,已修"'), order(2)))["rejects"] == []
    assert ServiceOrder.objects.get(number="WO1").total_fen == 123_450


@pytest.mark.parametrize("end", ["", ",", ",,"])
def test_delimiters_at_the_end_of_each_row_are_the_writers_way(told, end):
    said = told(csv(*(order(n) + end for n in range(1, 5)), "合计"))
    assert (said["created"], said["rejects"]) == (4, [])


def test_a_row_that_was_too_long_is_downloaded_whole_and_rejected_again_until_it_is_mended(told, tmp_path):
    rejects = tmp_path / "rejects.xlsx"
    told(csv(order(1, "1,234.50", "x"), order(2)), "--rejects", str(rejects))
    book = openpyxl.load_workbook(rejects)
    assert [cell.value for cell in book.active[2]][7:9] == ["1", "234.50"] and book.active[2][10].value == "x"
    assert book.active[2][9].value.startswith("this row has 10 cells")
    again = bring_in(ORDERS, str(rejects))
    assert again["rejected"] == 1 and again["rejects"][0]["reason"].startswith("this row has 11 cells, the header 10")
    book.active["H2"], book.active["I2"], book.active["K2"] = "1,234.50", "x", None
    book.save(rejects)
    assert bring_in(ORDERS, str(rejects))["created"] == 1
    mended = ServiceOrder.objects.get(number="WO1")
    assert (mended.total_fen, mended.note) == (123_450, "x")


def test_what_stands_beside_the_table_of_a_workbook_is_told_with_its_cell(told):
    said = told(维修=[HEAD, order(1) + ",,客户投诉", order(2) + ",-,"])
    assert (said["created"], said["rejects"]) == (2, [])
    beside = [warning for warning in said["warnings"] if "right of the table" in warning["reason"]]
    assert [(warning["sheet"], warning["row"], warning["column"], warning["value"]) for warning in beside] == [("维修", 2, "K", "客户投诉")]


CUT = "WO3,2026/9/5,2026/9/5,张三,13800000003,渝A00003"


def test_a_last_row_that_breaks_off_comes_in_with_a_warning(told):
    said = told(csv(order(1), order(2), CUT, end=""))
    assert said["created"] == 3
    (cut,) = [warning for warning in said["warnings"] if "cut off" in warning["reason"]]
    assert (cut["row"], cut["column"], cut["value"]) == (4, "车牌号", "渝A00003")
    assert cut["reason"] == "the last row ends here, with 6 of 9 cells: cut off?"


@pytest.mark.parametrize(
    "lines", [[order(1), CUT.replace("3", "2"), CUT], [CUT], [order(1), CUT, order(2)]], ids=["as others are", "alone", "not the last"]
)
def test_a_writer_that_leaves_empty_cells_off_has_cut_nothing_off(told, lines):
    assert not [warning for warning in told(csv(*lines))["warnings"] if "cut off" in warning["reason"]]


# what is not read


def test_a_sheet_that_lacks_a_column_and_one_without_a_header_are_warnings_with_how_many_rows_they_have(told):
    lacking = ["维修工单", "工单号,进店日期,客户姓名,客户电话", "WO8,2026-09-05,张三,13800000001", "WO9,2026-09-05,张三,13800000001"]
    said = told(八月=lacking, 九月=[HEAD, order(1)], 说明=["本表由系统导出,请勿修改"], 空表=[], 空单=[HEAD.replace("车牌号,VIN", "颜色")])
    assert said["created"] == 1
    unread = {warning["sheet"]: warning for warning in said["warnings"] if "of this sheet was read" in warning["reason"]}
    assert list(unread) == ["八月", "说明"]
    assert (unread["八月"]["row"], unread["八月"]["value"]) == (2, "工单号、进店日期、客户姓名、客户电话")
    assert unread["八月"]["reason"] == "without a column for 车牌号 nothing of this sheet was read; its rows: 2"
    assert unread["说明"]["reason"] == "no header that is known here, so nothing of this sheet was read; its rows: 1"


def test_a_sheet_that_is_not_read_is_on_the_page_of_the_result(store, tmp_path, signed_in, told):
    client = signed_in("care_manager")
    told(八月=["工单号,进店日期,客户姓名,客户电话", "WO8,2026-09-05,张三,13800000001"], 九月=[HEAD, order(1)])
    shown = client.get(reverse("desk:import_run", args=[ImportRun.objects.get().pk]) + "?show=warning")
    assert "八月" in [entry["row"].sheet for entry in shown.context["remarks"]]


def test_columns_without_a_name_in_which_something_stands_are_listed_by_their_letters(told):
    head = [*HEAD.split(",")[:3], None, *HEAD.split(",")[3:], None, "颜色"]
    line = order(1).split(",")
    said = told(
        维修=[head, [*line[:3], "x", *line[3:], None, "白"], [*order(2).split(",")[:3], None, *order(2).split(",")[3:], None, None, "y"]]
    )
    assert (said["created"], said["unknown_columns"]) == (2, ["D", "颜色", "M"])


@pytest.mark.parametrize("nothing", ["", "-"])
def test_a_column_without_a_name_and_without_anything_in_it_is_none(told, nothing):
    said = told(csv(*(f"{nothing}," + order(n) for n in (1, 2)), head="," + HEAD))
    assert (said["created"], said["unknown_columns"]) == (2, [])


def hidden_book(path, state: str, *, is_first: bool, visible: list[str]) -> str:
    """A hidden sheet of 40 orders, so that reading it could begin while the file still comes, and one that is to be seen."""
    book = openpyxl.Workbook()
    book.active.title = "九月"
    for line in visible:
        book.active.append(line.split(","))
    old = book.create_sheet("旧表", 0 if is_first else 1)
    for line in [HEAD, *(order(n, "999") for n in range(1, 41))]:
        old.append(line.split(","))
    old.sheet_state = state
    book.active = 1 if is_first else 0
    book.save(path)
    return str(path)


@pytest.mark.parametrize("is_first", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_beside_one_that_is_to_be_seen_is_not_read_and_told(store, tmp_path, signed_in, state, is_first):
    path = hidden_book(tmp_path / "orders.xlsx", state, is_first=is_first, visible=[HEAD, order(1)])
    said = bring_in(ORDERS, path)
    assert (said["created"], said["rejects"]) == (1, []) and ServiceOrder.objects.get().total_fen == 20_000
    (warning,) = [warning for warning in said["warnings"] if warning["sheet"] == "旧表"]
    assert warning["row"] == 1 and warning["reason"].startswith("this sheet is hidden and was not read; its rows: 40")
    seen, page = looked_at(signed_in("care_manager"), tmp_path / "orders.xlsx")
    assert [sheet.name for sheet in seen.sheets] == ["九月"] and seen.hidden == ["旧表"] and "旧表" in page
    assert (seen.trial.read, seen.trial.total) == (1, 1)


def test_a_hidden_sheet_is_read_where_no_other_has_its_columns_and_the_preview_says_that_it_is_hidden(store, tmp_path, signed_in):
    path = hidden_book(tmp_path / "orders.xlsx", "hidden", is_first=True, visible=["工单号,客户姓名", "WO1,张三"])
    seen, _page = looked_at(signed_in("care_manager"), tmp_path / "orders.xlsx")
    assert [(sheet.name, sheet.is_hidden) for sheet in seen.sheets] == [("旧表", True), ("九月", False)]
    assert (seen.hidden, seen.trial.read) == ([], 40)
    said = bring_in(ORDERS, path)
    assert said["created"] == 40
    assert [warning["sheet"] for warning in said["warnings"] if "of this sheet was read" in warning["reason"]] == ["九月"]


# where the header is

ASKED = ["工单号：", None, "进店日期：", "2026-09-01", "客户姓名：", None, "车牌号：", None]


@pytest.mark.parametrize(
    "above",
    [
        [["维修工单查询"], ASKED],
        [ASKED, ["服务顾问：", None, "客户姓名：", None]],
        [ASKED, []],
    ],
    ids=["below a title", "of two lines", "above a blank row"],
)
def test_what_a_report_was_asked_for_is_not_its_header(told, above):
    said = told(维修=[*above, HEAD, order(1), order(2)])
    assert (said["created"], said["rejects"], said["unknown_columns"]) == (2, [], [])


def test_a_header_below_what_was_asked_for_that_lacks_a_column_is_still_the_header(told):
    with pytest.raises(AssertionError, match="The header row has no column for: 车牌号"):
        told(维修=[ASKED, "工单号,进店日期,客户姓名,客户电话,结算金额,里程,颜色", "WO1,2026-09-05,张三,13800000001,1,9,白"])


def test_a_second_table_with_more_columns_does_not_swallow_the_first(told):
    said = told(维修=["工单号,进店日期,客户姓名,车牌号", "WO1,2026-09-05,张三,渝A00001", HEAD, order(2)])
    assert said["created"] == 1 and [reject["row"] for reject in said["rejects"]] == [3, 4]
    assert ServiceOrder.objects.get().number == "WO1"


TWO_ROWS = [
    ["工单号", "客户", None, "进厂", "出厂", "车牌号", "下次保养", None, "其他"],
    [None, "姓名", "电话", "日期", "日期", None, "日期", "里程", "颜色"],
]


def test_a_header_in_two_rows_is_read_together_where_neither_alone_says_what_it_is(told):
    said = told(维修=[["维修明细"], *TWO_ROWS, "WO1,张三,13800000001,2026-09-05,2026-09-06,渝A00001,2027-03-05,20000,白", *TWO_ROWS])
    assert (said["created"], said["rejects"], said["unknown_columns"]) == (1, [], ["颜色"])
    order = ServiceOrder.objects.select_related("customer").get()
    assert (order.customer.name, order.received_on.day, order.delivered_on.day) == ("张三", 5, 6)
    assert (order.next_maintenance_on.month, order.next_maintenance_km, order.mileage) == (3, 20000, None)


def test_the_upper_of_two_rows_may_say_nothing_by_itself(told):
    upper, lower = ["工单", None, "客户", None, "车辆", None], ["编号", "开单日期", "姓名", "电话", "车牌号", "车型"]
    said = told(维修=[upper, lower, "WO1,2026-09-05,张三,13800000001,渝A00001,逸动"])
    assert (said["created"], said["unknown_columns"]) == (1, [])


def test_each_of_two_columns_of_one_name_can_be_said_to_be_something_and_is_remembered(store, tmp_path, signed_in):
    client, path = signed_in("care_manager"), tmp_path / "orders.csv"
    path.write_text("工单号,日期,日期,客户姓名,车牌号\nWO1,2026-09-05,2026-09-06,张三,渝A00001\n")
    seen, _page = looked_at(client, path)
    columns = seen.sheets[0].columns
    assert [(column.header, column.key, column.means, column.is_first) for column in columns[1:3]] == [
        ("日期", "日期", "?", True), ("日期", "日期#2", "?", True),
    ]  # fmt: skip
    chosen = {"header": ["日期", "日期#2"], "means": ["received_at", "delivered_at"]}
    assert client.post(reverse("desk:import_start", args=[ImportRun.objects.get().pk]), chosen).status_code == 302
    seen, _page = looked_at(client, path)
    assert [column.means for column in seen.sheets[0].columns[1:3]] == ["received_at", "delivered_at"] and seen.can_start
    assert bring_in(ORDERS, str(path))["rows"] == 1
    order = ServiceOrder.objects.get()
    assert (order.received_on.day, order.delivered_on.day) == (5, 6)


def test_what_was_said_of_a_name_holds_for_every_column_of_it(told, store):
    LearnedColumn.objects.create(store=store, kind=ORDERS, header="备注", field="")
    LearnedColumn.objects.create(store=store, kind=ORDERS, header="日期", field="received_at")
    said = told("工单号,日期,日期,客户姓名,车牌号,备注,备注\nWO1,2026-09-05,2026-09-06,张三,渝A00001,甲,乙\n")
    assert (said["created"], said["unknown_columns"]) == (1, ["日期"])
    order = ServiceOrder.objects.get()
    assert (order.note, order.received_on.day, order.delivered_on) == ("", 5, None)


# what is printed round a table

PAGE = ["张三汽车维修明细表", "门店：渝北店,,打印时间：2026-09-30", HEAD]


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("制表人：张三", True), ("制表人：,张三", True), ("打印时间：2026-09-30 10:00", True), ("打印时间：,2026-09-30", True),
        ("第1页 共2页", True), (",,,第 1 页", True), ("说明：金额含税", True), ("备注,金额含税", True),
        ("制表人：张三,,审核：李四,打印日期：2026-09-30", True), ("本月合计,,,,,,,200", False), (",,,2026年9月小计,,,,200", False),
        (PAGE[0], False), (PAGE[1], False), (PAGE[2], False),
    ],
)  # fmt: skip
def test_what_is_printed_round_a_table_is_no_record(told, line, is_told):
    said = told(维修=[*PAGE, order(1), line, order(2)])
    assert (said["rows"], said["created"]) == (2, 2)
    passed = [(warning["row"], warning["value"]) for warning in said["warnings"] if "no record" in warning["reason"]]
    assert passed == [(5, " ".join(filter(None, line.split(","))))] * is_told


@pytest.mark.parametrize(
    "line",
    [
        "WO9", "WO9,,,备注：无", "委2026001,2026-09-05", ",2026-09-05,,李四,,,,,备注：急", "备注：急,2026-09-05,,李四", "备注：急,,,李四,,渝A00009",
        ",,,,,,,200,机油", "李四", ",,,,13800000009",
    ],
)  # fmt: skip
def test_what_may_be_a_record_is_rejected_and_not_passed_over(told, line):
    assert [reject["row"] for reject in told(维修=[*PAGE, order(1), line, order(2)])["rejects"]] == [5]


def test_a_customer_of_whom_only_the_name_is_told_is_rejected_and_the_line_below_the_list_is_not(told):
    said = told(名单=["客户姓名,客户电话,车牌号", "张三,13800000001,渝A00001", "李四", "制表人：王五"], kind="customers")
    assert (said["created"], [reject["row"] for reject in said["rejects"]]) == (1, [3])


def test_the_head_of_the_next_page_its_totals_and_what_is_printed_below_are_no_samples(tmp_path, signed_in):
    (tmp_path / "orders.csv").write_text("\n".join([HEAD, order(1), "合计", HEAD, order(2), "制表人：张三"]))
    seen, _page = looked_at(signed_in("care_manager"), tmp_path / "orders.csv")
    assert seen.sheets[0].columns[0].samples == ["WO1", "WO2"]


def test_a_row_with_its_number_is_rejected_whatever_stands_first_in_it(told):
    head = "备注,工单号,进店日期,客户姓名,车牌号"
    said = told(维修=[head, "x,WO1,2026-09-05,张三,渝A00001", "备注：急,WO9", "备注：急,制表人：张三"])
    assert [reject["row"] for reject in said["rejects"]] == [3]


# what the preview says of it


def test_the_button_says_how_many_rows_come_in_and_not_how_many_there_are(client, signed_in, tmp_path):
    signed_in("care_manager")
    client.cookies["django_language"] = "en"
    path = tmp_path / "orders.csv"
    path.write_text(csv(order(1), order(2), order(3, "abc")))
    seen, page = looked_at(client, path)
    assert (seen.trial.read, seen.trial.accepted) == (3, 2) and "Import 2 rows" in page and "Import 3" not in page
    path.write_text(csv(order(3, "abc")))
    seen, page = looked_at(client, path)
    assert seen.can_start and "Keep the rows to correct them here" in page and "Import 0" not in page


def test_yuan_below_a_header_in_ten_thousands_are_rejected_with_what_to_write(told):
    head = "交车日期,客户姓名,联系电话,车牌号,车价（万元）"
    said = told(交车=[head, "2026-09-05,张三,13800000001,渝A00001,12.8", "2026-09-06,李四,13800000002,渝A00002,128000"], kind="deliveries")
    assert (said["created"], [reject["row"] for reject in said["rejects"]]) == (1, [3])
    assert "12.8" in said["rejects"][0]["reason"]


@pytest.mark.parametrize("kind", ["customers", "deliveries"])
def test_an_extension_without_a_phone_is_a_reason_and_no_end_of_the_file(told, kind):
    """A list of customers knows a customer by the phone; a hand-over has a car."""
    head = {"customers": "客户姓名,联系电话", "deliveries": "交车日期,客户姓名,联系电话,车牌号"}[kind]
    lines = {
        "customers": ["张三,13800000001", "李四,转12"],
        "deliveries": ["2026-09-05,张三,13800000001,渝A00001", "2026-09-06,李四,转12,渝A00002"],
    }[kind]
    said = told(名单=[head, *lines], kind=kind)
    rejected = [3] if kind == "customers" else []
    assert (said["created"], [reject["row"] for reject in said["rejects"]]) == (2 - len(rejected), rejected)
