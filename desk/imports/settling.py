"""Rejected rows of earlier imports that a later file brings in: they are not needed any more, as a person may say of any (corrections.mark),
who may also take that back. Corrected afterwards, they would put old values over the newer ones."""

from collections import Counter
from itertools import groupby

from django.db.models import F

from core import audit
from core.tabular import Sheet
from desk.imports import rows
from desk.imports.headers import header_of
from desk.imports.kinds import KINDS
from desk.imports.rows import Row
from desk.models import ImportRemark, ImportRun
from staff import calendars
from staff.models import HoursKind

Place = tuple[str, int]  # sheet, row


def find(run: ImportRun, read: list[Row]) -> dict[tuple[int, int], Place]:
    """(earlier run, rejected row of it) -> the row of this file that brings it in: one of its key, as far as its cells tell that."""
    kind = KINDS[run.kind]
    earlier = ImportRun.objects.filter(store=run.store, kind=run.kind, pk__lt=run.pk, status=ImportRun.Status.DONE, rejected__gt=0)
    rejected = ImportRemark.objects.filter(run__in=earlier.defer("data"), what=ImportRemark.What.REJECT, status=ImportRemark.Status.OPEN)
    open_rows = list(rejected.order_by("run", "sheet"))
    if not open_rows:
        return {}
    runs = {one.pk: one for one in earlier.defer("data")}
    brought = {key: row for row in read if (key := kind.reader.key(row)) is not None}
    days = rows.Days(calendars.hours(run.store, HoursKind.OPENING))
    found: dict[tuple[int, int], Place] = {}
    for (run_id, sheet), group in groupby(open_rows, key=lambda remark: (remark.run_id, remark.sheet)):
        header, remarks = header_of(runs[run_id], sheet), list(group)
        records = [(remark.row, remark.cells) for remark in remarks]
        again = rows.read_again(kind.reader, Sheet(sheet, [], header.is_1904), header, records, days)
        for remark, draft in zip(remarks, again, strict=True):
            row = brought.get(rows.key_of(kind.reader, draft))
            if row is not None and not kind.chunk.is_another(draft.facts, row.facts):
                found[run_id, remark.pk] = row.sheet[:200], row.row
    return found


def settle(run: ImportRun, found: dict[tuple[int, int], Place]) -> None:
    """At the end of the run, inside its transaction. found: as find() says; some of these rows may have been rejected after all."""
    if not found:
        return
    out = set(run.remarks.filter(what=ImportRemark.What.REJECT).values_list("sheet", "row"))
    places = [key for key, place in found.items() if place not in out]
    for earlier in Counter(run_id for run_id, _remark in places):
        mine = ImportRun.objects.filter(pk=earlier)
        mine.update(status=ImportRun.Status.DONE)  # first of all, as corrections.mark() does: they queue here
        rejected = ImportRemark.objects.filter(pk__in=[remark for run_id, remark in places if run_id == earlier])
        count = rejected.filter(status=ImportRemark.Status.OPEN).update(status=ImportRemark.Status.LEFT)
        if count:
            mine.update(rejected=F("rejected") - count)
            audit.record("import.rows_left", by=run.created_by, store=run.store, subject=mine.defer("data").get(), rows=count)
