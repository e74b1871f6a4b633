"""SQL that PostgreSQL and SQLite both understand, and tables without their indexes while they are filled."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, models

ZONE = 8 * 3600  # Asia/Shanghai has no summer time
PRIME, OTHER_PRIME = 1_000_003, 999_983


def run(statement: str, rows: Sequence[Sequence] | None = None) -> None:
    with connection.cursor() as cursor:
        if rows is None:
            cursor.execute(statement)
        else:
            cursor.executemany(statement, rows)


@dataclass(frozen=True)
class Sql:
    """Expressions. Moments are seconds since 1970 until they are stored."""

    is_postgres: bool
    store: int
    customers: int
    now: int

    @classmethod
    def of(cls, store, customers: int, now: datetime) -> "Sql":
        return cls(connection.vendor == "postgresql", store.pk, customers, int(now.timestamp()))

    @property
    def orders(self) -> int:
        return 3 * self.customers

    @property
    def midnight(self) -> int:
        """When the local day began."""
        return (self.now + ZONE) // 86400 * 86400 - ZONE

    def numbers(self, last: int) -> str:
        """A table of the numbers n from 1 to last."""
        if self.is_postgres:
            return f"generate_series(1::bigint, {last}) AS numbers(n)"
        return f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT {last}) SELECT n FROM s) AS numbers"

    @staticmethod
    def roll(n: str, salt: int, sides: int) -> str:
        """A number from 0 to sides − 1 (at most a million) that looks thrown; other salts throw other dice."""
        return f"((({n} % {PRIME}) * ({n} % {OTHER_PRIME} + {salt * 7919}) + {n} * {salt * 104729 + 17}) % {PRIME} % {sides})"

    def at(self, seconds: str) -> str:
        return f"to_timestamp({seconds})" if self.is_postgres else f"datetime({seconds}, 'unixepoch')"

    def day(self, seconds: str) -> str:
        """The store's local date."""
        local = f"({seconds}) + {ZONE}"
        return f"(to_timestamp({local}) AT TIME ZONE 'UTC')::date" if self.is_postgres else f"date({local}, 'unixepoch')"

    def digits(self, number: str, length: int) -> str:
        return f"lpad(({number})::text, {length}, '0')" if self.is_postgres else f"printf('%0{length}d', {number})"

    def least(self, *values: str) -> str:
        return f"{'least' if self.is_postgres else 'min'}({', '.join(values)})"

    def table(self, name: str, select: str, key: str = "") -> None:
        """A temporary table, for this connection only."""
        run(f"CREATE TEMPORARY TABLE {name} AS {select}")
        if key:
            run(f"CREATE UNIQUE INDEX {name}_{key} ON {name} ({key})")
        run(f"ANALYZE {name}" if self.is_postgres else f"ANALYZE temp.{name}")

    def insert(self, model: type[models.Model], values: Mapping[str, str], source: str) -> None:
        """INSERT … SELECT. values: column -> expression; the other columns get the field's default."""
        fields = [field for field in model._meta.concrete_fields if not (field.primary_key and field.column not in values)]
        unknown = set(values) - {field.column for field in fields}
        assert not unknown, unknown
        columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
        chosen = ", ".join(values.get(field.column) or literal(field) for field in fields)
        run(f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {chosen} {source}")


def literal(field) -> str:
    value = field.get_default()
    assert not isinstance(value, (datetime, date)), f"{field}: say when"
    if value is None:
        return "NULL"
    if isinstance(value, (list, dict)):
        return "'[]'" if isinstance(value, list) else "'{}'"
    return str(value).upper() if isinstance(value, bool) else str(value) if isinstance(value, int) else f"'{value}'"


def lookup(name: str, columns: str, rows: Sequence[Sequence]) -> None:
    """A small temporary table, filled from here. columns: as CREATE TABLE wants them."""
    run(f"CREATE TEMPORARY TABLE {name} ({columns})")
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(rows[0]))
        for begin in range(0, len(rows), 500):
            part = rows[begin : begin + 500]
            if connection.vendor == "postgresql":
                whole = ", ".join([f"({marks})"] * len(part))
                cursor.execute(f"INSERT INTO {name} VALUES {whole}", [value for row in part for value in row])
            else:
                cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", part)


@contextmanager
def bare(these: Sequence[type[models.Model]]) -> Iterator[None]:
    """In here the tables have no index and no foreign key; they come back at the end, and with them the check of every row."""
    tables = [model._meta.db_table for model in these]
    back = _strip_postgres(tables) if connection.vendor == "postgresql" else _strip_sqlite(tables)
    yield
    for statement in back:
        run(statement)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            broken = [row for table in tables for row in cursor.execute(f"PRAGMA foreign_key_check({table})").fetchmany(1)]
        assert not broken, broken


def _strip_postgres(tables: list[str]) -> list[str]:
    back = []
    with connection.cursor() as cursor:
        for setting in ("maintenance_work_mem = '512MB'", "work_mem = '256MB'", "max_parallel_maintenance_workers = 2", "jit = off"):
            cursor.execute(f"SET {setting}")
        asked = "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = %s AND conrelid::regclass::text = ANY(%s)"
        for kind in ("f", "u"):
            cursor.execute(asked, [kind, tables])
            for table, name, definition in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
                back.insert(0, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT LIKE %s", [tables, "%%_pkey"]
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            back.insert(0, definition)
    return back


def _strip_sqlite(tables: list[str]) -> list[str]:
    """What a killed run leaves behind is thrown away with the database: nothing here is safe, only fast."""
    back = []
    with connection.cursor() as cursor:
        connection.connection.create_function("reverse", 1, lambda text: text[::-1], deterministic=True)
        for setting in ("foreign_keys = OFF", "synchronous = OFF", "temp_store = MEMORY", "cache_size = -400000", "journal_mode = OFF"):
            cursor.execute(f"PRAGMA {setting}").fetchall()
        marks = ", ".join(["%s"] * len(tables))
        cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})", tables)
        for name, definition in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            back.append(definition)
    return back


def settle(these: Sequence[type[models.Model]]) -> None:
    """Sequences behind the last key, PostgreSQL's statistics gathered, the connection as the application has it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in these:
                table = model._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))")
            cursor.execute("VACUUM ANALYZE" if not connection.in_atomic_block else "ANALYZE")
        else:  # without statistics, as a store's: nobody gathers them there
            cursor.execute("PRAGMA journal_mode = WAL").fetchall()
    if not connection.in_atomic_block:
        connection.close()


def size() -> int:
    """Bytes on disk."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return cursor.fetchone()[0]
    return os.path.getsize(connection.settings_dict["NAME"])
