"""A form of reports.paper as an Excel workbook. Rows are read and written as they come."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from typing import IO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font

from core.xlsx import Look, Rows, appended, look
from reports.forms_workbook import CENTRE, GRID, LEFT, LINE, frame, lines_of
from reports.paper import Row, Sheet

BOLD = Font(bold=True)
SIGN = 36.0  # points: room for a signature


def _looks(book: Workbook) -> dict[str, Look]:
    centred = {"border": GRID, "alignment": CENTRE}
    return {
        "title": look(book, font=Font(bold=True, size=16), alignment=CENTRE),
        "plain": look(book, alignment=LEFT),
        "right": look(book, alignment=Alignment(horizontal="right", vertical="center")),
        "caption": look(book, font=BOLD, alignment=LEFT),
        "sign": look(book, border=Border(), alignment=LEFT),
        "head": look(book, font=BOLD, **centred),
        "label": look(book, font=BOLD, **centred),
        "total": look(book, font=BOLD, **centred),
        "total-share": look(book, font=BOLD, number_format="0.0%", **centred),
        "centre": look(book, **centred),
        "moment": look(book, **centred),
        "words": look(book, border=GRID, alignment=LEFT),
        "id": look(book, number_format="@", **centred),
        "day": look(book, number_format="yyyy-mm-dd", **centred),
        "share": look(book, number_format="0.0%", **centred),
    }


class Writer:
    def __init__(self, rows: Rows, looks: dict[str, Look], widths: Sequence[float]):
        self.rows, self.looks, self.widths = rows, looks, widths
        self.taken: dict[int, int] = {}  # column -> how many of the next rows a cell from above reaches into

    def across(self, text: str, style: str, height: float | None = None) -> None:
        """A line over the full width."""
        n = len(self.widths)
        self.rows.merge(1, n, self.rows.next)
        self.rows.append([text] + [None] * (n - 1), [self.looks[style]] * n, height or LINE * lines_of(text, sum(self.widths)) + 3)

    def row(self, cells: Row) -> None:
        """Cells side by side, those around which one from above reaches."""
        n, number = len(self.widths), self.rows.next
        values: list = [None] * n
        looks = [self.looks["centre"]] * n
        height, at = 0.0, 0
        for cell in cells:
            while self.taken.get(at):
                at += 1
            after = at + cell.span
            if cell.span > 1 or cell.rows > 1:
                self.rows.merge(at + 1, after, number, number + cell.rows - 1)
            values[at] = cell.shown if cell.value is None else cell.value
            looks[at:after] = [self.looks[cell.kind]] * cell.span
            if cell.rows > 1:
                self.taken |= dict.fromkeys(range(at, after), cell.rows)  # this row among them
            else:
                height = max(height, SIGN if cell.kind == "sign" else LINE * lines_of(cell.shown, sum(self.widths[at:after])) + 3)
            at = after
        # A spreadsheet fits a row to its text, save where cells are merged: such a row is told its height.
        is_merged = any(cell.span > 1 or cell.rows > 1 for cell in cells)
        self.rows.append(values, looks, height if is_merged else None)
        self.taken = {column: left - 1 for column, left in self.taken.items() if left > 1}

    def table(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.row(row)


def write(sheet: Sheet, out: IO[bytes], *, made_by: str, made_on: date) -> int:
    """The form as .xlsx into `out`. made_by: the name behind 制表, '' to leave room for a signature. Returns the number of rows."""
    blocks = iter(sheet.blocks(whole=True))
    first = next(blocks, None)
    heads = (3, 2 + len(first.heads)) if first and first.heads and not first.caption else None
    book = frame(sheet.title, sheet.widths, heads, is_portrait=sheet.is_portrait)
    looks = _looks(book)
    with appended(book, out) as rows:
        writer = Writer(rows, looks, sheet.widths)
        writer.across(sheet.title, "title", 30)
        columns = len(sheet.widths)
        half = columns // 2
        rows.merge(1, half, 2)
        rows.merge(half + 1, columns, 2)
        about = [f"单位：{sheet.store.name}", *[None] * (half - 1), f"期间：{sheet.period_text}", *[None] * (columns - half - 1)]
        rows.append(about, [*[looks["plain"]] * half, *[looks["right"]] * (columns - half)], LINE + 3)
        if first is None:
            writer.across("本期无。", "plain")
        for block in chain([first] if first else [], blocks):
            if block.is_page:
                rows.break_page()
            if block.caption:
                writer.across(block.caption, "caption", LINE + 9)
            writer.table(block.heads)
            writer.table(block.rows)
            writer.table(block.totals)
            for line in block.lines:
                writer.across(line, "plain")
        for note in sheet.notes:
            writer.across(note, "plain")
        writer.across(f"制表：{made_by or '　' * 6}　　{made_on}", "right")
    return len(sheet)
