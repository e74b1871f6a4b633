"""Workbooks with more rows than memory should hold: openpyxl makes the frame, the rows are written into the file as they come.

Measured with 20,000 rows of 17 columns: openpyxl 3.6 s, its write-only mode 2.8 s, XlsxWriter with constant memory 1.9 s, this 0.3 s.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

SHEET = "xl/worksheets/sheet1.xml"
EPOCH = date(1899, 12, 30).toordinal()
LONGEST = 32_767  # UTF-16 units that Excel takes into a cell
FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\r")
SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LETTERS = [get_column_letter(n) for n in range(1, 101)]
AT_ONCE = 200  # rows written in one go

Value = str | int | float | date | None


class Look(NamedTuple):
    """A style of the frame. quoted: its twin for text that looks like a formula, so that it stays text when somebody edits the cell."""

    plain: int
    quoted: int


def look(book: Workbook, **style) -> Look:
    """Registers a style; style: font, fill, border, alignment, number_format as openpyxl has them. Before `appended`."""
    found = []
    for is_quoted in (False, True):
        cell = WriteOnlyCell(book.active)  # one each: the book keeps the style that it was given, not a copy
        for name, value in style.items():
            setattr(cell, name, value)
        cell.quotePrefix = is_quoted
        found.append(cell.style_id)
    return Look(*found)


def _replacement(match: re.Match) -> str:
    return {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}.get(match[0], "")


def escaped(text: str) -> str:
    """For XML; what XML cannot hold is left out, and what Excel cannot hold is cut off."""
    if len(text) > LONGEST // 2:
        text = text.encode("utf-16-le", "ignore")[: LONGEST * 2].decode("utf-16-le", "ignore")
    return SPECIAL.sub(_replacement, text) if SPECIAL.search(text) else text


class Rows:
    """Text is written as text whatever it begins with; None and '' as an empty cell with its style; a date as Excel's day number."""

    def __init__(self, part: IO[bytes], first: int):
        self.next = first
        self.merged: list[str] = []
        self.breaks: list[int] = []  # the next sheet of paper begins below these rows
        self._part, self._waiting = part, []

    def append(self, values: Sequence[Value], looks: Sequence[Look], height: float | None = None) -> None:
        """height: in points; without one the spreadsheet fits the row to its text, save where cells are merged."""
        n = self.next
        cells = []
        for letter, value, style in zip(LETTERS, values, looks, strict=False):
            if value is None or value == "":
                cells.append(f'<c r="{letter}{n}" s="{style.plain}"/>')
            elif isinstance(value, str):
                number = style.quoted if value[0] in FORMULA_LIKE else style.plain
                cells.append(f'<c r="{letter}{n}" s="{number}" t="inlineStr"><is><t xml:space="preserve">{escaped(value)}</t></is></c>')
            else:
                number = value.toordinal() - EPOCH if isinstance(value, date) else value
                cells.append(f'<c r="{letter}{n}" s="{style.plain}"><v>{number}</v></c>')
        tall = f' ht="{height}" customHeight="1"' if height else ""
        self._waiting.append(f'<row r="{n}"{tall}>{"".join(cells)}</row>')
        self.next += 1
        if len(self._waiting) >= AT_ONCE:
            self.flush()

    def merge(self, first: int, last: int, row: int, last_row: int | None = None) -> None:
        """Columns first to last (from 1) of the rows become one cell."""
        self.merged.append(f"{LETTERS[first - 1]}{row}:{LETTERS[last - 1]}{last_row or row}")

    def break_page(self) -> None:
        """The next row is the first of a sheet of paper."""
        self.breaks.append(self.next - 1)

    def flush(self) -> None:
        self._part.write("".join(self._waiting).encode())
        self._waiting.clear()


@contextmanager
def appended(book: Workbook, out: IO[bytes]) -> Iterator[Rows]:
    """Writes the book's only sheet, still without a cell, to `out` with the rows that are appended meanwhile."""
    frame = BytesIO()
    book.save(frame)
    with ZipFile(frame) as parts, ZipFile(out, "w", ZIP_DEFLATED, compresslevel=3) as target:
        for name in parts.namelist():
            if name != SHEET:
                target.writestr(name, parts.read(name))
        # The frame's extent is not that of the rows to come: readers that trust it would stop early.
        xml = re.sub(rb"<dimension[^>]*/>", b"", parts.read(SHEET))
        head, _cells, tail = re.split(rb"<sheetData\s*/>|<sheetData>(.*?)</sheetData>", xml, maxsplit=1, flags=re.S)
        with target.open(SHEET, "w", force_zip64=True) as part:
            part.write(head + b"<sheetData>")
            rows = Rows(part, 1)
            yield rows
            rows.flush()
            part.write(b"</sheetData>")
            if rows.merged:  # stands right behind the rows, before anything else that a frame has
                cells = "".join(f'<mergeCell ref="{ref}"/>' for ref in rows.merged)
                part.write(f'<mergeCells count="{len(rows.merged)}">{cells}</mergeCells>'.encode())
            if rows.breaks:  # stands behind everything that a frame has
                marks = "".join(f'<brk id="{row}" max="16383" man="1"/>' for row in rows.breaks)
                count = len(rows.breaks)
                breaks = f'<rowBreaks count="{count}" manualBreakCount="{count}">{marks}</rowBreaks></worksheet>'
                tail = tail.replace(b"</worksheet>", breaks.encode())
            part.write(tail)
