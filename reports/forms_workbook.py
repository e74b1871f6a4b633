"""Forms 3 and 4 as Excel workbooks that look like the manual's (S3 annexes 3 and 4). Rows are read and written as they come."""

import unicodedata
from collections.abc import Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from core.xlsx import appended, look
from reports.forms_callback import NOTHING, CallbackForm, CallbackSheet, Row, Tally, national

WIDTHS = {
    "序号": 6, "用户姓名": 10, "车型": 13, "VIN": 20, "里程数": 9, "电话号码": 13.5, "回访日期": 11.5, "总体评价": 10,
    "反应问题建议": 38, "备注": 11, "预计保养时间": 11.5,
}  # fmt: skip
DETAIL_WIDTH = 4.5
LINE = 15.0  # points
HEAD_ROWS = (3, 4)
THIN = Side(style="thin")
GRID = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)


def frame(title: str, widths: Sequence[float], heads: tuple[int, int] | None, *, is_portrait: bool = False) -> Workbook:
    """An empty sheet with its page: A4, as wide as the paper. heads: the first and the last row of the heads, that stand on every page."""
    book = Workbook()
    sheet = book.active
    sheet.title = title[:31]
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    if heads:
        sheet.freeze_panes = sheet.cell(heads[1] + 1, 1)
        sheet.print_title_rows = "{}:{}".format(*heads)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait" if is_portrait else "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
    return book


def cells(form: CallbackForm, row: Row) -> list:
    """A row's values, column by column: text for VIN and phone, a date for dates."""
    km = row.mileage if row.mileage is not None else NOTHING
    values = [row.number, row.name, row.model or NOTHING, row.vin or NOTHING, km, national(row.phone), row.on]
    values += [*row.details, row.overall, row.words, row.remark]
    if form.has_next_maintenance:
        values.append(row.next_maintenance_on or NOTHING)
    return values


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a cell `width` characters wide; a Chinese sign is two wide."""
    wide = [sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n")]
    return sum(max(1, -(-total // max(int(width) - 1, 1))) for total in wide)


def write(sheet: CallbackSheet, out: IO[bytes], *, made_by: str, made_on) -> int:
    """The form as .xlsx into `out`. made_by: the name behind 制表, '' to leave room for a signature. Returns the number of rows."""
    form = sheet.form
    heads, behind, details = form.heads_before, form.heads_behind, len(form.asked)
    widths = [*(WIDTHS[head] for head in heads), *[DETAIL_WIDTH] * details, *(WIDTHS[head] for head in behind)]
    columns, first, after = len(widths), len(heads) + 1, len(heads) + details + 1
    book = frame(form.title, widths, HEAD_ROWS)
    title = look(book, font=Font(bold=True, size=16), alignment=CENTRE)
    plain = look(book, alignment=LEFT)
    right = look(book, alignment=Alignment(horizontal="right", vertical="center"))
    head = look(book, font=Font(bold=True), border=GRID, alignment=CENTRE)
    middle = look(book, border=GRID, alignment=CENTRE)
    text = look(book, border=GRID, alignment=CENTRE, number_format="@")
    words = look(book, border=GRID, alignment=LEFT)
    day = look(book, border=GRID, alignment=CENTRE, number_format="yyyy-mm-dd")
    people = look(book, font=Font(bold=True), border=GRID, alignment=CENTRE, number_format='0"人"')
    looks_of = {"VIN": text, "电话号码": text, "回访日期": day, "反应问题建议": words, "预计保养时间": day}
    looks = [*(looks_of.get(name, middle) for name in heads), *[middle] * details, *(looks_of.get(name, middle) for name in behind)]
    tally = Tally(form)
    with appended(book, out) as rows:

        def across(value: str, style) -> None:
            """A line over the full width."""
            rows.merge(1, columns, rows.next)
            rows.append([value] + [None] * (columns - 1), [style] * columns, LINE * lines_of(value, sum(widths)) + 3)

        rows.merge(1, columns, 1)
        rows.append([form.title] + [None] * (columns - 1), [title] * columns, 30)
        rows.merge(1, first - 1, 2)
        rows.merge(first, columns, 2)
        rows.append(
            [f"单位：{sheet.store.name}", *[None] * (first - 2), f"期间：{sheet.period_text}", *[None] * (columns - first)],
            [*[plain] * (first - 1), *[right] * (columns - first + 1)],
            LINE + 3,
        )
        rows.append([*heads, "回访明细", *[None] * (details - 1), *behind], [head] * columns, LINE + 3)
        rows.append([*[None] * len(heads), *range(1, details + 1), *[None] * len(behind)], [head] * columns, LINE + 3)
        rows.merge(first, after - 1, HEAD_ROWS[0])
        for column in [*range(1, first), *range(after, columns + 1)]:
            rows.merge(column, column, *HEAD_ROWS)
        for row in sheet.rows():
            tally.add(row)
            rows.append(cells(form, row), looks)
        total = ["累计", tally.reached, *[None] * (first - 3), *tally.satisfied, *[None] * (columns - after + 1)]
        rows.append(total, [head, people, *[head] * (columns - 2)], LINE + 3)
        across(f"最满意项目：{tally.best}", words)
        across(f"最不满意项目：{tally.worst}", words)
        grievances, _count = sheet.grievances()
        across("报怨事项：" if grievances else "报怨事项：无", words)
        for line in grievances:
            across(line, words)
        for note in form.notes:
            across(note, plain)
        across(f"制表：{made_by or '　' * 6}　　{made_on}", right)
    return len(sheet)
