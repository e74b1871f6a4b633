"""Many rows of one table in one go: what an import needs where the ORM's own ways are too slow (docs/adr/0009).

PostgreSQL gets them by COPY, SQLite by one prepared statement. Both databases check every constraint as they do for any row.
Call these inside a transaction. Names in the SQL are those of models, quoted; values are always parameters.
"""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from operator import attrgetter

from django.db import IntegrityError, connection, models

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


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[models.Model]) -> None:
    """Inserts instances: of each only the columns `names` are looked at, the others get the field's default."""
    take = attrgetter(*names)
    insert_values(model, names, [take(row) for row in rows])


def insert_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence]) -> None:
    """rows: values in the order of `names`, attribute names of the model's columns. Columns not named get the field's default; a
    primary key that is not named, the database's next."""
    if not rows:
        return
    rest = [field for field in model._meta.concrete_fields if field.attname not in names and not field.primary_key]
    columns = [model._meta.get_field(name).column for name in names] + [field.column for field in rest]
    _write(model._meta.db_table, columns, rows, [field.get_default() for field in rest])


class Overtaken(IntegrityError):
    """Somebody has changed one of the rows since they were loaded: load them again."""


def update_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Sets the columns `names` of rows found by primary key: each row is (pk, *values). Where "version" is among them, it must be
    the stored one plus one. Raises Overtaken, IntegrityError."""
    if not rows:
        return
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    columns = [quote(model._meta.get_field(name).column) for name in names]
    is_versioned = "version" in names
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE TEMP TABLE changes ON COMMIT DROP AS SELECT {', '.join([key, *columns])} FROM {table} WITH NO DATA")  # noqa: S608
            _write("changes", [model._meta.pk.column, *(model._meta.get_field(name).column for name in names)], rows, [])
            settings = ", ".join(f"{column} = changes.{column}" for column in columns)
            where = f"{table}.{key} = changes.{key}" + (f" AND {table}.version = changes.version - 1" if is_versioned else "")
            cursor.execute(f"UPDATE {table} SET {settings} FROM changes WHERE {where}")  # noqa: S608
            changed = cursor.rowcount
            cursor.execute("DROP TABLE changes")
        else:
            settings = ", ".join(f"{column} = %s" for column in columns)
            where, at = f"{key} = %s" + (" AND version = %s" if is_versioned else ""), names.index("version") + 1 if is_versioned else 0
            adapted = _adapter()
            values = ([*map(adapted, row[1:]), row[0], *([row[at] - 1] if is_versioned else [])] for row in rows)
            cursor.executemany(f"UPDATE {table} SET {settings} WHERE {where}", values)  # noqa: S608
            changed = cursor.rowcount
    if changed != len(rows):
        raise Overtaken


PLAIN = frozenset({str, int, bool, float, bytes, type(None)})


def _adapter() -> Callable:
    """What makes of a value one that SQLite's driver takes. A connection is looked up once, not for every value."""
    datetime_text = connection.ops.adapt_datetimefield_value

    def adapted(value):
        if value.__class__ in PLAIN:  # nearly all of them
            return value
        if isinstance(value, datetime):
            return datetime_text(value)
        if isinstance(value, date):
            return value.isoformat()
        return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value

    return adapted


def _copied(value) -> str:
    kind = value.__class__
    if kind is str:
        return value if value.isprintable() and "\\" not in value else value.translate(SEPARATORS)
    if value is None:
        return "\\N"
    if kind is list or kind is dict:
        return json.dumps(value, ensure_ascii=False).translate(SEPARATORS)
    return str(value)  # numbers, truth, dates and times in ISO form


def _write(table: str, columns: Sequence[str], rows: Iterable[Sequence], constants: list) -> None:
    """Rows whose last columns are the constants."""
    quoted, names = connection.ops.quote_name(table), ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            ending = "".join("\t" + _copied(value) for value in constants) + "\n"
            lines = io.StringIO("".join("\t".join(map(_copied, row)) + ending for row in rows))
            with connection.wrap_database_errors:  # the driver's own method, which Django does not watch over
                cursor.copy_expert(f"COPY {quoted} ({names}) FROM STDIN", lines)
        else:
            adapted = _adapter()
            marks, ending = ", ".join(["%s"] * len(columns)), [adapted(value) for value in constants]
            cursor.executemany(f"INSERT INTO {quoted} ({names}) VALUES ({marks})", ([*map(adapted, row), *ending] for row in rows))  # noqa: S608
