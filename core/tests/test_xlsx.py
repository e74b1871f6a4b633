from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from python_calamine import CalamineWorkbook

from core.xlsx import LONGEST, appended, look

pytestmark = pytest.mark.pure
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "<b>&amp;</b>", "]]>", ' "两端" ', "行\n行", "表情🚗", "13800138000", "1e5"]


def written(rows, **style) -> BytesIO:
    book, out = Workbook(), BytesIO()
    plain = look(book, **style)
    with appended(book, out) as sheet:
        for values in rows:
            sheet.append(values, [plain] * len(values))
    out.seek(0)
    return out


def test_openpyxl_and_calamine_read_every_value_back():
    rows = [[text, n, n / 4, date(2026, 10, 1 + n)] for n, text in enumerate(HOSTILE, start=1)]
    out = written(rows)
    sheet = load_workbook(out).active
    assert [[cell.value for cell in row[:3]] for row in sheet.iter_rows()] == [row[:3] for row in rows]
    out.seek(0)
    read = CalamineWorkbook.from_filelike(out).get_sheet_by_index(0).to_python()
    assert [row[:3] for row in read] == [row[:3] for row in rows]


@pytest.mark.parametrize("text", HOSTILE[:6])
def test_text_never_becomes_a_formula_not_even_when_the_cell_is_edited(text):
    (cell,) = next(load_workbook(written([[text]])).active.iter_rows())
    assert cell.data_type != "f" and cell.value == text and cell.quotePrefix


def test_ordinary_text_and_dates_carry_their_look():
    (cell, day) = next(
        load_workbook(written([["好", date(2026, 10, 31)]], font=Font(bold=True), number_format="yyyy-mm-dd")).active.iter_rows()
    )
    assert cell.font.bold and not cell.quotePrefix
    assert day.is_date and day.value.date() == date(2026, 10, 31)


def test_what_xml_cannot_hold_is_left_out_and_what_excel_cannot_is_cut():
    out = written([["坏\x00\x0b\ud800了￾", "长🚗" * 20_000]])
    bad, long = next(load_workbook(out).active.iter_rows(values_only=True))
    assert bad == "坏了"
    assert len(long.encode("utf-16-le")) // 2 <= LONGEST and long.startswith("长🚗长")


def test_more_rows_than_are_written_at_once_keep_their_numbers_and_merges():
    book, out = Workbook(), BytesIO()
    plain = look(book)
    with appended(book, out) as rows:
        rows.merge(1, 3, 1)
        for n in range(1_001):
            rows.append([n, None, ""], [plain] * 3, 20 if n == 0 else None)
    sheet = load_workbook(out).active
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == list(range(1_001))
    assert [str(ref) for ref in sheet.merged_cells.ranges] == ["A1:C1"]
    assert sheet.row_dimensions[1].height == 20
    assert sum(1 for _row in load_workbook(out, read_only=True).active.iter_rows()) == 1_001


def test_without_a_row_the_workbook_can_be_opened():
    assert load_workbook(written([])).active.max_row == 1
