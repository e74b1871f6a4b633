"""manage.py restore: verified, then written in one transaction, then compared; into an empty database of either kind only."""

import base64
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from core import bulk
from core.backup import BackupProblem, records, shipped_tables
from core.backup.reading import Backup, Contents

BATCH_ROWS, BATCH_BYTES = 1000, 4 * 1024**2


def restore(path: Path, *, password: str = "") -> Contents:
    """Raises BackupProblem, OSError, DatabaseError; the database is then as empty as it was, at most with tables in it."""
    with Backup(path, password) as backup:
        contents = backup.verified()
        loader = records.loader()
        migrations = records.in_todays_names(loader, contents.migrations)
        tables = {model._meta.db_table: model for model in records.models_at(loader, migrations)}
        if {table: records.columns(model) for table, model in tables.items()} != {
            table: columns for table, (columns, _rows, _digest) in contents.tables.items()
        }:
            raise BackupProblem("its tables are others than its migrations make; which version of the application made it?")
        media = Path(settings.MEDIA_ROOT)
        must_be_empty(media)
        make_tables(migrations, tables)
        try:
            with transaction.atomic():
                for kind, said, lines in backup.parts():
                    if kind == "table":
                        write_table(tables[said["table"]], lines)
                    elif kind == "file":
                        _write_file(media, said["file"], lines)
                compare(tables, contents)
                bulk.analyze()
        except BaseException:
            _empty(media)
            raise
    return contents


def must_be_empty(media: Path) -> None:
    exempt = shipped_tables()
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if not records.is_left_out(model)}
    for table in sorted(ours & set(connection.introspection.table_names()) - exempt):
        if _has_rows(table):
            raise BackupProblem(f"the database is not empty ({table} has rows); restore into a new one")
    if media.is_dir() and any(media.iterdir()):
        raise BackupProblem(f"the folder {media} is not empty")


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608  a model's own name
        return cursor.fetchone() is not None


def make_tables(migrations: list[tuple[str, str]], tables: Iterable[str]) -> None:
    """The empty tables of the backup's own time. What an earlier migrate has left in an empty database goes: it fills some tables by
    itself, with keys of its own."""
    if set(MigrationRecorder(connection).applied_migrations()) == set(migrations) and not any(map(_has_rows, tables)):
        return
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} | {MigrationRecorder.Migration._meta.db_table}
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:  # SQLite would look for what refers to their rows
        for table in sorted(ours & set(connection.introspection.table_names(cursor))):
            cascade = " CASCADE" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}{cascade}")
    executor = MigrationExecutor(connection)
    whole = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    wanted = set(migrations)
    # Not `manage.py migrate`: that tells everybody that the tables stand, and some would fill theirs.
    executor.migrate(None, plan=[(migration, False) for migration, _back in whole if (migration.app_label, migration.name) in wanted])


def write_table(model: type[models.Model], lines: Iterator[bytes]) -> None:
    fields = records.fields(model)
    change = [(n, change) for n, field in enumerate(fields) if (change := _changes(field))]
    names, rows, size = [field.attname for field in fields], [], 0
    for line in lines:
        row = json.loads(line)
        for n, changed in change:
            if row[n] is not None:
                row[n] = changed(row[n])
        rows.append(row)
        size += len(line)
        if len(rows) >= BATCH_ROWS or size >= BATCH_BYTES:
            bulk.insert_values(model, names, rows)
            rows, size = [], 0
    bulk.insert_values(model, names, rows)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # What refers to rows of this table or of those before it is looked at now: a million waiting checks fill the memory.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _changes(field: models.Field) -> Callable | None:
    """What makes of a line's value the one that core.bulk takes; None where it is the same."""
    is_postgresql = connection.vendor == "postgresql"
    if isinstance(field, models.BinaryField):
        return (lambda value: "\\x" + base64.b64decode(value).hex()) if is_postgresql else base64.b64decode
    if isinstance(field, models.DateTimeField) and not is_postgresql:
        return datetime.fromisoformat
    return None


def compare(tables: dict[str, type[models.Model]], contents: Contents) -> None:
    """What the database gives back must be what the backup says, row for row; sequences go on after the last key."""
    for table, model in tables.items():
        digest, n = hashlib.sha256(), 0
        for line in records.lines(model):
            digest.update(line)
            n += 1
        if (n, digest.hexdigest()) != contents.tables[table][1:]:
            raise BackupProblem(f"{table} came out of the database differently from how it went in; nothing was restored")
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables.values())):
            cursor.execute(statement)


def _write_file(root: Path, name: str, pieces: Iterator[bytes]) -> None:
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts:
        raise BackupProblem("a file in it wants to lie outside the folder for files")
    path = root / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        for piece in pieces:
            file.write(piece)


def _empty(folder: Path) -> None:
    for path in folder.iterdir() if folder.is_dir() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
