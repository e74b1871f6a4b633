"""The shape of a file: rows that do not fit their header, what stands around a table, which sheets are read."""

import openpyxl
import pytest

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
