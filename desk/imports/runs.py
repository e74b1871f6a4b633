"""An import from the file to its end: a row with a lease, carried on from chunk to chunk by whoever holds it.

A run that is killed is found by the sweep, or by the next import of the store, and goes on where it was: position and counts are
written in the transaction of the chunk they tell of.
"""

import gc
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Substr
from django.utils.translation import gettext

from core import audit, bulk, clock, tabular
from core.holders import is_gone as _is_gone
from core.holders import me
from core.workdays import Hours
from desk.imports import archive, settling, tables
from desk.imports.kinds import KINDS
from desk.imports.people import People
from desk.imports.rows import Reading, Rejected, Remark, Row
from desk.models import ImportRemark, ImportRun, LearnedColumn
from staff import calendars
from staff.models import HoursKind, Store

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
PIECE = 512 * 1024  # bytes
PREVIEW_KEPT = timedelta(days=7)
TRIES = 3  # of a chunk that somebody else's writing overtakes
ATTEMPTS = 5  # of a run whose process dies again and again at the same rows
NOTICED = 1000  # rows: of fewer PostgreSQL makes a bearable plan, whatever it takes their tables for
Status = ImportRun.Status
REMARK = ["run_id", "what", "sheet", "row", "column", "value", "reasons", "cells"]


class LeaseLost(Exception):
    """Somebody else has taken the run over; nothing more is written here."""


def learned(store: Store, kind: str) -> dict[str, str]:
    return dict(LearnedColumn.objects.filter(store=store, kind=kind).values_list("header", "field"))


def add(*, store: Store, kind: str, filename: str, data: bytes, by=None, status: str = Status.PREVIEW) -> ImportRun:
    """A new run with its file, and with the columns that the store has learned."""
    columns = learned(store, kind)
    run = ImportRun(store=store, kind=kind, filename=filename[:200], data=data, status=status, learned=columns, created_by=by)
    run.save(force_insert=True)
    return run


@transaction.atomic
def start(*, run: ImportRun, columns: dict[str, str], by) -> bool:
    """The preview was right, or has been corrected: columns (plain header -> field) are remembered for the store. False if it was
    started already."""
    mine = ImportRun.objects.filter(pk=run.pk, status=Status.PREVIEW)
    if not mine.update(status=Status.WAITING, learned=run.learned | columns, created_by=by):
        return False
    for header, field in columns.items():
        LearnedColumn.objects.update_or_create(store=run.store, kind=run.kind, header=header[:200], defaults={"field": field})
    return True


@transaction.atomic
def discard(*, run: ImportRun, by) -> bool:
    """Not wanted after all: the run goes, and its file with it. False if it was started meanwhile."""
    if not ImportRun.objects.filter(pk=run.pk, status=Status.PREVIEW).update(data=None):
        return False
    audit.record("import.discarded", by=by, store=run.store, subject=run)
    run.delete()
    return True


def old_previews(now: datetime):
    """Files that were looked at and never started: not kept for longer than a week."""
    return ImportRun.objects.filter(status=Status.PREVIEW, created_at__lt=now - PREVIEW_KEPT)


def forget_previews(now: datetime) -> int:
    """A sweep step."""
    return old_previews(now).delete()[0]


def read_file(run: ImportRun, meanwhile: Callable[[list[tabular.Sheet]], None] | None = None) -> list[tabular.Sheet]:
    """meanwhile: as for tabular.read. Raises tabular.UnreadableFile."""
    with tempfile.NamedTemporaryFile() as copy:
        for piece in _pieces(run):
            copy.write(piece)
        copy.flush()
        return tabular.read(copy.name, name=run.filename, meanwhile=meanwhile)


def _pieces(run: ImportRun) -> Iterator[bytes]:
    """The file: as it is at hand, else bit by bit, because what a driver makes of a large value stays large for long."""
    if "data" not in run.get_deferred_fields():
        yield run.data
        return
    at = 1
    while piece := ImportRun.objects.filter(pk=run.pk).values_list(Substr("data", at, PIECE), flat=True).get():
        yield piece
        at += PIECE


def opening(store: Store) -> Hours:
    return calendars.hours(store, HoursKind.OPENING)


def read(run: ImportRun) -> Reading:
    """Raises tabular.UnreadableFile, tables.NoTable."""
    unfinished = tables.Unfinished(KINDS[run.kind].reader, opening(run.store), run.learned)
    return unfinished.end(read_file(run, unfinished.go_on))


# Whose turn it is


def _take(store: Store) -> ImportRun | None:
    """The store's next run, now ours; None when there is none or another process is at it."""
    unfinished = ImportRun.objects.filter(store=store, status__in=[Status.RUNNING, Status.WAITING])
    run = unfinished.defer("data").order_by("-status", "pk").filter(status=Status.RUNNING).first() or (
        unfinished.defer("data").order_by("pk").first()
    )
    if run is None:
        return None
    if run.status == Status.RUNNING and clock.now() < run.lease_until < clock.now() + 2 * LEASE and not _is_gone(run.holder):
        return None
    holder = me()
    mine = ImportRun.objects.filter(pk=run.pk, status=run.status, holder=run.holder)
    attempts = run.attempts + (run.status == Status.RUNNING)
    try:
        with transaction.atomic():
            if not mine.update(status=Status.RUNNING, holder=holder, lease_until=clock.now() + LEASE, attempts=attempts):
                return None
    except IntegrityError:  # another run of the store began meanwhile
        return None
    run.status, run.holder, run.attempts = Status.RUNNING, holder, attempts
    return run


def work(store: Store) -> ImportRun | None:
    """Carries the store's next run to its end; returns it, or None when nothing can be done now."""
    run = _take(store)
    if run is None:
        return None
    if run.attempts > ATTEMPTS:
        _fail(
            run,
            gettext(
                "The import was interrupted %(n)d times without getting further. Rows that are in stay in; see whether the server's disk "
                "has room, split the file, and give it again."
            )
            % {"n": run.attempts},
        )
        return run
    try:
        with _without_collector():
            _carry_on(run)
    except (tabular.UnreadableFile, tables.NoTable) as problem:
        _fail(run, str(problem))
    except LeaseLost:
        return None
    except (OperationalError, InterfaceError, OSError) as problem:
        # The database or the disk, not the rows: the run stays as it is, and whoever finds its lease run out carries it on.
        log.warning("import %s was interrupted: %s", run.pk, type(problem).__name__)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return None
    except Exception as problem:
        log.error("import %s failed: %s", run.pk, type(problem).__name__)  # never its text: that holds the rows
        _fail(run, gettext("The import was stopped by an unexpected error. Rows that are in stay in; give the file again."))
    return run


def free(now: datetime):
    """Runs that nobody is at."""
    lapsed = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)  # the latter: taken by a clock that has been set back
    return ImportRun.objects.filter(Q(status=Status.WAITING) | Q(status=Status.RUNNING) & lapsed)


def waiting_stores() -> list[Store]:
    return list(Store.objects.filter(pk__in=free(clock.now()).values("store")))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Tens of thousands of rows in memory and hardly a cycle among them: looking for cycles takes a quarter of an import's time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _keep(run: ImportRun, **changes) -> None:
    mine = ImportRun.objects.filter(pk=run.pk, status=Status.RUNNING, holder=run.holder)
    if not mine.update(lease_until=clock.now() + LEASE, **changes):
        raise LeaseLost


def _end(run: ImportRun, *, status: str, **changes) -> None:
    """The file is not kept: what is still needed of it are the rejected rows."""
    mine = ImportRun.objects.filter(pk=run.pk, status=Status.RUNNING, holder=run.holder)
    ended = {"status": status, "holder": "", "lease_until": None, "finished_at": clock.now(), "data": None}
    if not mine.update(**ended, **changes):
        raise LeaseLost
    run.refresh_from_db()


def _fail(run: ImportRun, problem: str) -> None:
    with suppress(LeaseLost):  # then whoever has it now says how it ends
        _end(run, status=Status.FAILED, problem=problem)


def _carry_on(run: ImportRun) -> None:
    reading = read(run)
    ordered = KINDS[run.kind].in_order(reading.rows)
    sheets = {
        name: {"names": header.names, "columns": header.columns, "is_1904": header.is_1904} for name, header in reading.headers.items()
    }
    left_over = settling.find(run, ordered)
    _keep(run, total=len(ordered), sheets=sheets, unknown_columns=reading.unknown_columns)
    people = People(run.store, run.created_by)
    chunk, left, warnings, rejects = None, ordered[run.position :], reading.warnings, reading.rejects
    del reading, ordered  # rows that are in need no memory any more
    while left:
        chunk = _apply(run, left, chunk, people)
        writes = KINDS[run.kind].chunk.writes
        if run.created >= NOTICED and bulk.is_news(writes, run.created):
            bulk.analyze(writes, *archive.MODELS)
    with transaction.atomic():
        remember(run, ImportRemark.What.WARNING, warnings)
        _remember_rejects(run, rejects)
        settling.settle(run, left_over)
        _end(run, status=Status.DONE, rejected=run.rejected + len(rejects))
        audit.record(
            f"{run.kind}.imported", by=run.created_by, store=run.store, subject=run,
            created=run.created, updated=run.updated, unchanged=run.unchanged, rejected=run.rejected,
        )  # fmt: skip


def _apply(run: ImportRun, left: list[Row], begun: archive.Chunk | None, people: People) -> archive.Chunk | None:
    """One chunk in one transaction, and off the rows that are left; begun: this chunk, if the last one's transaction has begun with it.
    Returns the next one where it was begun: while PostgreSQL takes in this one and checks it, as much of the next is done as needs no
    database.

    Somebody at a counter may write the same car in the same moment: then the chunk is read once more."""
    size = archive.chunk_size()
    part, following = left[:size], left[size : 2 * size]
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                chunk = begun or load(run.store, run.kind, part, people, run.created_by)
                chunk.finish()
                begun = None
                if chunk.is_silent and connection.vendor == "postgresql" and following:
                    begun = KINDS[run.kind].chunk(run.store, following, people, run.created_by, before=chunk)
                with bulk.beside(begun.look if begun else None):
                    chunk.write()
                counts = {name: getattr(run, name) + chunk.counts[name] for name in ("created", "updated", "unchanged", "rejected")}
                remember(run, ImportRemark.What.WARNING, chunk.warnings)
                remember(run, ImportRemark.What.CONFLICT, chunk.conflicts)
                _remember_rejects(run, chunk.rejects)
                _keep(run, position=run.position + len(part), attempts=0, **counts)
                if begun:
                    begun.load()
                with bulk.beside(begun.begin if begun else None):
                    chunk.write_rest()
                    bulk.check()
            break
        except (IntegrityError, OperationalError):
            if attempt == TRIES:
                raise
            begun = None
            people.__init__(run.store, run.created_by)  # type: ignore[misc]  # those just added went with the transaction
    run.position += len(part)
    del left[:size]
    for name, count in counts.items():
        setattr(run, name, count)
    return begun


def load(store: Store, kind: str, part: list[Row], people: People, by) -> archive.Chunk:
    chunk = KINDS[kind].chunk(store, part, people, by)
    chunk.look()
    chunk.load()
    return chunk


def apply(store: Store, kind: str, part: list[Row], people: People, by) -> archive.Chunk:
    """The rows of one chunk, written; inside the caller's transaction."""
    chunk = load(store, kind, part, people, by)
    chunk.finish()
    chunk.write()
    chunk.write_rest()
    return chunk


def remember(run: ImportRun, what: ImportRemark.What, remarks: list[Remark]) -> None:
    bulk.insert_values(ImportRemark, REMARK, [_row(run, what, remark) for remark in remarks])


def _remember_rejects(run: ImportRun, rejects: list[Rejected]) -> None:
    rows = [_row(run, ImportRemark.What.REJECT, rejected.remark, rejected.cells) for rejected in rejects]
    bulk.insert_values(ImportRemark, REMARK, rows)


def _row(run: ImportRun, what: ImportRemark.What, remark: Remark, cells: Sequence[str] = ()) -> tuple:
    """In the order of REMARK."""
    reasons = [list(reason) for reason in remark.reasons]
    return run.pk, what.value, remark.sheet[:200], remark.row, remark.column[:200], remark.value, reasons, list(cells)


def dry_run(*, store: Store, kind: str, filename: str, data: bytes, by=None) -> tuple[Reading, list[archive.Chunk]]:
    """What would happen: everything is tried in one transaction and nothing kept. Raises as read() does."""
    run = ImportRun(store=store, kind=kind, filename=filename, data=data, learned=learned(store, kind))
    reading = read(run)
    ordered, chunks = KINDS[kind].in_order(reading.rows), []
    with transaction.atomic():
        people = People(store, by)
        for begin in range(0, len(ordered), archive.chunk_size()):
            chunks.append(apply(store, kind, ordered[begin : begin + archive.chunk_size()], people, by))
        transaction.set_rollback(True)
    return reading, chunks
