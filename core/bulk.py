"""Many rows of one table in one go: what an import needs where the ORM's own ways are too slow (docs/adr/0009).

PostgreSQL gets them by COPY, SQLite by one prepared statement. Both databases check every constraint as they do for any row.
Call these inside a transaction.
"""

import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import connection, models

SEPARATORS = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def allocate(model: type[models.Model], n: int) -> list[int]:
    """n primary keys that no other row gets: rows can then name each other before they are written. Those not used are lost."""
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, key, n])
            return [row[0] for row in cursor.fetchall()]
        # The write lock is ours until the transaction ends, so what follows the last key is free.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
    first = (last[0] if last else 0) + 1
    return list(range(first, first + n))


def insert(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Inserts instances; those without a primary key get one from the database, which they do not learn."""
    rows = list(rows)
    for group in ([row for row in rows if row.pk is not None], [row for row in rows if row.pk is None]):
        if group:
            fields = [field for field in model._meta.concrete_fields if group[0].pk is not None or not field.primary_key]
            names = [field.attname for field in fields]
            insert_values(model, names, [[getattr(row, name) for name in names] for row in group])


def insert_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence]) -> None:
    """rows: values in the order of `names`, attribute names of the model's columns. Columns not named get the field's default."""
    rest = [field for field in model._meta.concrete_fields if field.attname not in names and not field.primary_key]
    constants = [field.get_default() for field in rest]
    columns = [model._meta.get_field(name).column for name in names] + [field.column for field in rest]
    _write(model._meta.db_table, columns, ([*row, *constants] for row in rows))


def update_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Sets the columns `names` of rows found by primary key: each row is (pk, *values)."""
    if not rows:
        return
    table, key = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(model._meta.pk.column)
    columns = [connection.ops.quote_name(model._meta.get_field(name).column) for name in names]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            settings = ", ".join(f"{column} = %s" for column in columns)
            cursor.executemany(
                f"UPDATE {table} SET {settings} WHERE {key} = %s",
                [[_adapted(value) for value in (*row[1:], row[0])] for row in rows],
            )
            return
        cursor.execute(f"CREATE TEMP TABLE bulk_changes ON COMMIT DROP AS SELECT {', '.join([key, *columns])} FROM {table} WITH NO DATA")
        _write("bulk_changes", [model._meta.pk.column, *[model._meta.get_field(name).column for name in names]], rows)
        settings = ", ".join(f"{column} = bulk_changes.{column}" for column in columns)
        cursor.execute(f"UPDATE {table} SET {settings} FROM bulk_changes WHERE {table}.{key} = bulk_changes.{key}")
        cursor.execute("DROP TABLE bulk_changes")


def _adapted(value):
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value


def _copied(value) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, (list, dict)):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return value.translate(SEPARATORS) if "\\" in value or not value.isprintable() else value
    if value is True or value is False:
        return "t" if value else "f"
    return str(value)  # numbers; dates and times in ISO form


def _write(table: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    quoted, names = connection.ops.quote_name(table), ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lines = io.StringIO("".join("\t".join(map(_copied, row)) + "\n" for row in rows))
            cursor.copy_expert(f"COPY {quoted} ({names}) FROM STDIN", lines)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {quoted} ({names}) VALUES ({marks})", ([_adapted(value) for value in row] for row in rows))
