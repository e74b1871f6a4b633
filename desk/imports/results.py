"""What came of an import: for the command's JSON, for the workbook of rejected rows."""

from dataclasses import dataclass, field
from typing import BinaryIO

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook.child import INVALID_TITLE_REGEX

from core.xlsx import FORMULA_LIKE
from desk.imports.archive import Chunk
from desk.imports.rows import Reading, Rejected, Remark
from desk.models import ImportRemark, ImportRun


@dataclass
class Result:
    """rows of the file = created + updated + unchanged + rejected. names: sheet -> the cells of its header row. is_1904: its epoch."""

    kind: str
    file: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejects: list[Rejected] = field(default_factory=list)
    conflicts: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)
    is_1904: bool = False

    @property
    def rejected(self) -> int:
        return len(self.rejects)

    @property
    def total(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected

    def as_json(self) -> dict:
        return {
            "kind": self.kind,
            "file": self.file,
            "rows": self.total,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "conflicts": [remark.as_json() for remark in self.conflicts],
            "unknown_columns": self.unknown_columns,
            "warnings": [remark.as_json() for remark in self.warnings],
            "rejects": [rejected.remark.as_json() for rejected in self.rejects],
        }


def of_run(run: ImportRun) -> Result:
    """run: one that is done. Of its rejected rows those that are still to be corrected."""
    rows = list(run.remarks.filter(status=ImportRemark.Status.OPEN).order_by("sheet", "row", "pk"))

    def remarks(what: str) -> list[Remark]:
        return [remark_of(row) for row in rows if row.what == what]

    return Result(
        kind=run.kind,
        file=run.filename,
        created=run.created,
        updated=run.updated,
        unchanged=run.unchanged,
        rejects=[Rejected(remark_of(row), row.cells) for row in rows if row.what == ImportRemark.What.REJECT],
        conflicts=remarks(ImportRemark.What.CONFLICT),
        warnings=remarks(ImportRemark.What.WARNING),
        unknown_columns=run.unknown_columns,
        names={sheet: header["names"] for sheet, header in run.sheets.items()},
        is_1904=any(header["is_1904"] for header in run.sheets.values()),
    )


def remark_of(row: ImportRemark) -> Remark:
    return Remark(row.sheet, row.row, row.column, row.value, tuple((column, text, params) for column, text, params in row.reasons))


def of_dry_run(kind: str, file: str, reading: Reading, chunks: list[Chunk]) -> Result:
    counts = {name: sum(chunk.counts[name] for chunk in chunks) for name in ("created", "updated", "unchanged")}
    warnings = reading.warnings + [remark for chunk in chunks for remark in chunk.warnings]
    rejects = reading.rejects + [rejected for chunk in chunks for rejected in chunk.rejects]
    return Result(
        kind=kind,
        file=file,
        **counts,
        rejects=sorted(rejects, key=lambda rejected: (rejected.remark.sheet, rejected.remark.row)),
        conflicts=[remark for chunk in chunks for remark in chunk.conflicts],
        warnings=sorted(warnings, key=lambda remark: (remark.sheet, remark.row)),
        unknown_columns=reading.unknown_columns,
        names={name: header.names for name, header in reading.headers.items()},
        is_1904=any(header.is_1904 for header in reading.headers.values()),
    )


def write_rejects(result: Result, out: BinaryIO | str) -> None:
    """The rejected rows as the file had them, with a reason column, a sheet for each sheet: to correct and import again."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    if result.is_1904:
        book.epoch = CALENDAR_MAC_1904  # its serial numbers stand here as they were: they keep their meaning
    sheets: dict[str, list[Rejected]] = {}
    for rejected in result.rejects:
        sheets.setdefault(rejected.remark.sheet, []).append(rejected)
    for name, rows in (sheets or {"": []}).items():
        sheet = book.create_sheet(INVALID_TITLE_REGEX.sub("_", ILLEGAL_CHARACTERS_RE.sub("", name) or "Sheet1")[:31])
        names = result.names.get(name, [])
        if rows:
            _write_row(sheet, 1, [*names, _("reason")])
        for n, rejected in enumerate(rows, start=2):
            cells, said = rejected.cells + [""] * (len(names) - len(rejected.cells)), f"{rejected.remark.column}: {rejected.remark.reason}"
            # What stands right of the header stays right of it: given again as it is, it is rejected again.
            _write_row(sheet, n, [*cells[: len(names)], said.removeprefix(": "), *cells[len(names) :]])
    book.save(out)


def _write_row(sheet, row: int, cells: list[str]) -> None:
    """As text: what is typed over a number such as 000123 stays as typed, too."""
    for column, text in enumerate(cells, start=1):
        cell = sheet.cell(row, column, ILLEGAL_CHARACTERS_RE.sub("", text))
        cell.data_type = "s"  # never a formula, whatever it begins with
        cell.number_format = "@"
        if text.startswith(FORMULA_LIKE):
            cell.quotePrefix = True  # nor when somebody edits it
