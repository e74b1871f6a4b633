"""manage.py backup: everything as it stood at one moment, streamed into a file that is there whole or not at all."""

import base64
import gzip
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from core import clock
from core.backup import BackupProblem, records
from core.backup.container import Writer

FILE_PIECE = 48 * 1024


@dataclass
class Made:
    tables: int = 0
    rows: int = 0
    files: int = 0
    checksum: str = ""


def make(path: Path, *, password: str = "", replace: bool = False) -> Made:
    """Raises BackupProblem, OSError, DatabaseError; then nothing of that name was written or replaced."""
    if path.exists() and not replace:
        raise BackupProblem(f"{path} exists; choose another name, or --force to replace it")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            made = _write(file, password)
            file.flush()
            os.fsync(file.fileno())
        _read_again(beside, made, password)
        os.replace(beside, path)
        _sync_folder(path.parent)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    return made


def _write(file, password: str) -> Made:
    made = Made()
    writer = Writer(file, application=settings.VERSION, made_at=clock.now().isoformat(timespec="seconds"), password=password)
    with snapshot(), gzip.GzipFile(fileobj=writer, mode="wb", compresslevel=6, mtime=0) as out:
        loader = records.loader()
        migrations = records.in_todays_names(loader, MigrationRecorder(connection).applied_migrations())
        if not migrations:
            raise BackupProblem("the database has no tables yet: there is nothing to back up (manage.py migrate makes them)")
        tables = records.models_at(loader, migrations)
        out.write(records.as_line({"database": connection.vendor, "migrations": migrations}))
        for model in tables:
            made.rows += _write_table(out, model)
        made.tables = len(tables)
        for path in _files():
            _write_file(out, path)
            made.files += 1
        out.write(records.as_line({"end": {"tables": made.tables, "rows": made.rows, "files": made.files}}))
    made.checksum = writer.finish()
    return made


@contextmanager
def snapshot() -> Iterator[None]:
    """What is read in here stood in the database at one moment, whoever writes meanwhile; and nobody waits for it."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Django's own transactions take SQLite's lock for writing at once (settings); reading needs none.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _write_table(out, model) -> int:
    out.write(records.as_line({"table": model._meta.db_table, "columns": records.columns(model)}))
    digest, rows = hashlib.sha256(), 0
    for line in records.lines(model):
        out.write(line)
        digest.update(line)
        rows += 1
    out.write(records.as_line({"rows": rows, "sha256": digest.hexdigest()}))
    return rows


def _files() -> list[Path]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink()) if root.is_dir() else []


def _write_file(out, path: Path) -> None:
    out.write(records.as_line({"file": path.relative_to(settings.MEDIA_ROOT).as_posix()}))
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while data := file.read(FILE_PIECE):
            out.write(records.as_line(base64.b64encode(data).decode()))
            digest.update(data)
            size += len(data)
    out.write(records.as_line({"bytes": size, "sha256": digest.hexdigest()}))


def _read_again(path: Path, made: Made, password: str) -> None:
    """A backup that nobody has read is a hope."""
    from core.backup.restoring import Backup

    with Backup(path, password) as backup:
        contents = backup.verified()
    if (len(contents.tables), contents.rows, contents.files) != (made.tables, made.rows, made.files):
        raise BackupProblem("what was written reads differently; is the disk in order?")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
