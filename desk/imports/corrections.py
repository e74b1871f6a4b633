"""A rejected row, corrected by hand: read again as the file's rows were, and applied at once when it is right."""

from dataclasses import dataclass

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from core import audit, clock
from core.tabular import Sheet
from desk.imports import rows, runs
from desk.imports.headers import Header, header_of
from desk.imports.kinds import KINDS
from desk.imports.people import People
from desk.imports.rows import Draft, Rejected, Row
from desk.imports.tables import REPEATED
from desk.models import ImportRemark, ImportRun

Status = ImportRemark.Status
LONGEST = 32_767  # characters of a cell, as in Excel


class Busy(Exception):
    """Another import of the store is at work; what was typed is kept."""


class Settled(Exception):
    """Somebody else has corrected the row meanwhile, or marked it as not needed."""


class _Refused(Exception):
    """What is stored shows the row to be wrong still."""

    def __init__(self, rejected: Rejected):
        self.rejected = rejected


@dataclass(frozen=True)
class Cell:
    """An input for a known column. reasons: why its content is refused, sentences."""

    index: int
    label: str
    value: str
    reasons: list[str]

    @property
    def is_long(self) -> bool:
        """An input of one line would lose the line breaks."""
        return "\n" in self.value or len(self.value) > 60


def cells_of(run: ImportRun, remark: ImportRemark, sentences: list[tuple[str, str]]) -> tuple[list[Cell], list[str]]:
    """The inputs in the order of the file's columns, and reasons that belong to no column. sentences: (column, reason)."""
    header = header_of(run, remark.sheet)
    indexes = sorted(index for found in header.columns.values() for index in found)
    titles: dict[str, int] = {}
    for index in indexes:
        titles.setdefault(header.name_at(index), index)
    values = remark.cells
    cells = [
        Cell(
            index,
            header.name_at(index),
            values[index] if index < len(values) else "",
            [reason for column, reason in sentences if titles.get(column) == index],
        )
        for index in indexes
    ]
    return cells, [reason for column, reason in sentences if column not in titles]


def correct(*, run: ImportRun, remark: ImportRemark, typed: dict[int, str], by) -> str | None:
    """typed: index of the cell -> its new text. Returns what became of the row (created, updated, unchanged), None when it is still wrong:
    then the remark holds the new reasons, and what was typed. Raises Busy, Settled."""
    header, reader = header_of(run, remark.sheet), KINDS[run.kind].reader
    values = _typed_in(remark.cells, header, typed)
    sheet, days = Sheet(remark.sheet, [], header.is_1904), rows.Days(runs.opening(run.store))
    (draft,) = rows.read_again(reader, sheet, header, [(remark.row, values)], days)
    _refuse_repeated(remark, draft, reader)
    if draft.errors:
        _keep(remark, draft.rejected())
        return None
    row = Row(remark.sheet, remark.row, header, values, draft.facts)
    for attempt in range(1, runs.TRIES + 1):
        try:
            return _apply(run, remark, row, draft, by)
        except _Refused as refused:
            _keep(remark, refused.rejected)
            return None
        except Busy:
            _open(remark).update(cells=values)
            raise
        except (IntegrityError, OperationalError):  # somebody at a counter wrote the same car in the same moment
            if attempt == runs.TRIES:
                raise


@transaction.atomic
def mark(*, run: ImportRun, row: int | None, is_needed: bool, by) -> int:
    """A rejected row (None: each of them) is marked as not needed; is_needed: taken back, to be corrected. Returns how many were."""
    mine = ImportRun.objects.filter(pk=run.pk)
    # First of all, as _apply() does: they queue here.
    if not mine.filter(status=ImportRun.Status.DONE).update(status=ImportRun.Status.DONE):
        return 0
    before, after = (Status.LEFT, Status.OPEN) if is_needed else (Status.OPEN, Status.LEFT)
    rows = run.remarks.filter(what=ImportRemark.What.REJECT, status=before)
    count = (rows if row is None else rows.filter(pk=row)).update(status=after)
    if count:
        mine.update(rejected=F("rejected") + (count if is_needed else -count))
        verb = "import.rows_taken_back" if is_needed else "import.rows_left"
        audit.record(verb, by=by, store=run.store, subject=run, rows=count)
    return count


def _typed_in(cells: list[str], header: Header, typed: dict[int, str]) -> list[str]:
    values = cells + [""] * (len(header.names) - len(cells))
    for index in {index for found in header.columns.values() for index in found} & typed.keys():
        values[index] = typed[index].replace("\x00", "").strip()[:LONGEST]
    return values


def _refuse_repeated(remark: ImportRemark, draft: Draft, reader: rows.Reader) -> None:
    """The later row with this key won; this one may come in under another key only."""
    if not any(text == REPEATED for _column, text, _params in remark.reasons):
        return
    (before,) = rows.read_again(reader, draft.sheet, draft.header, [(draft.n, remark.cells)], draft.days)
    if rows.key_of(reader, before) == rows.key_of(reader, draft):
        draft.reject(reader.repeated, REPEATED)


def _open(remark: ImportRemark):
    return ImportRemark.objects.filter(pk=remark.pk, status=Status.OPEN)


def _keep(remark: ImportRemark, rejected: Rejected) -> None:
    said = rejected.remark
    changes = {
        "column": said.column[:200],
        "value": said.value,
        "reasons": [list(reason) for reason in said.reasons],
        "cells": rejected.cells,
    }
    if not _open(remark).update(**changes):
        raise Settled
    for name, value in changes.items():
        setattr(remark, name, value)


@transaction.atomic
def _apply(run: ImportRun, remark: ImportRemark, row: Row, draft: Draft, by) -> str:
    """The store's turn is taken inside this transaction: while the run counts as running, the database lets no other begin."""
    mine = ImportRun.objects.filter(pk=run.pk)
    try:
        with transaction.atomic():
            now = clock.now()
            changed = {"status": ImportRun.Status.RUNNING, "finished_at": None, "lease_until": now + runs.LEASE}
            if not mine.filter(status=ImportRun.Status.DONE).update(**changed):
                raise Busy
    except IntegrityError:
        raise Busy from None
    # The row itself is needed no more: it stands in the archive now.
    if not _open(remark).update(status=Status.MENDED, cells=[]):
        raise Settled
    part = KINDS[run.kind].in_order([row])
    chunk = runs.apply(run.store, run.kind, part, People(run.store, by), by)
    if chunk.rejects:
        raise _Refused(chunk.rejects[0])
    became = next((name for name in ("created", "updated", "unchanged") if chunk.counts[name]), "unchanged")
    runs.remember(run, ImportRemark.What.WARNING, [*draft.warnings, *chunk.warnings])
    runs.remember(run, ImportRemark.What.CONFLICT, chunk.conflicts)
    mine.update(
        status=ImportRun.Status.DONE, finished_at=run.finished_at, lease_until=None, rejected=F("rejected") - 1, **{became: F(became) + 1}
    )
    audit.record("import.row_corrected", by=by, store=run.store, subject=run, row=remark.pk, became=became)
    return became
