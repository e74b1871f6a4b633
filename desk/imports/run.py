"""One import from the file to the report: what the command does today, and the browser will ask for."""

from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from core import tabular
from desk.imports import apply, kinds
from desk.imports.kinds import Rejected, Remark
from staff import calendars
from staff.models import HoursKind, Store

KINDS = ["service_orders"]


@dataclass
class Result:
    """rows of the file = created + updated + unchanged + rejected."""

    kind: str
    file: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejects: list[Rejected] = field(default_factory=list)
    conflicts: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        return len(self.rejects)

    @property
    def total(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected

    @property
    def reject_remarks(self) -> list[Remark]:
        return [rejected.remark for rejected in self.rejects]

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
            "rejects": [remark.as_json() for remark in self.reject_remarks],
        }


def import_file(*, kind: str, path: str | Path, store: Store, dry_run: bool = False, by=None) -> Result:
    """Raises tabular.UnreadableFile, kinds.NoTable."""
    reading = kinds.read_orders(tabular.read(path), calendars.hours(store, HoursKind.OPENING))
    applied = apply.apply_orders(store=store, rows=kinds.in_order_of_time(reading.rows), by=by, dry_run=dry_run)
    return Result(
        kind=kind,
        file=str(path),
        created=applied.counts["created"],
        updated=applied.counts["updated"],
        unchanged=applied.counts["unchanged"],
        rejects=sorted(reading.rejects, key=lambda rejected: (rejected.remark.sheet, rejected.remark.row)),
        conflicts=applied.conflicts,
        warnings=sorted(reading.warnings + applied.warnings, key=lambda remark: (remark.sheet, remark.row)),
        unknown_columns=reading.unknown_columns,
    )


def write_rejects(result: Result, path: Path) -> None:
    """The rejected rows as the file had them, with a reason column, a sheet for each sheet: to correct and import again."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheets: dict[str, list[Rejected]] = {}
    for rejected in result.rejects:
        sheets.setdefault(rejected.remark.sheet, []).append(rejected)
    for name, rows in (sheets or {"": []}).items():
        sheet = book.create_sheet((name or "Sheet1")[:31])
        if rows:
            _write_row(sheet, 1, [*rows[0].names, _("reason")])
        for n, rejected in enumerate(rows, start=2):
            width = len(rejected.names)
            cells = (rejected.cells + [""] * width)[:width]
            _write_row(sheet, n, [*cells, f"{rejected.remark.column}: {rejected.remark.reason}"])
    book.save(path)


def _write_row(sheet, row: int, cells: list[str]) -> None:
    for column, text in enumerate(cells, start=1):
        cell = sheet.cell(row, column, ILLEGAL_CHARACTERS_RE.sub("", text))
        cell.data_type = "s"  # never a formula, whatever it begins with
