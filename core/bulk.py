"""Many rows of one table in one go: what an import needs where the ORM's own ways are too slow (docs/adr/0009).

PostgreSQL gets them by COPY, SQLite by one prepared statement. Both databases check every constraint as they do for any row.
Call these inside a transaction. Names in the SQL are those of models, quoted; values are always parameters.
"""

import json
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain, islice
from operator import attrgetter

from django.db import IntegrityError, connection, models
from django.db.models import F, Func
from django.db.models.base import ModelState

SEPARATORS = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
BLOCK = 200  # rows that go to the server at a time
PATIENCE = 0.0005  # seconds that the thread which talks to the server waits for the one that calculates; usually ten times as long


def maker(model: type[models.Model]) -> Callable[..., models.Model]:
    """A function that makes unsaved instances out of attribute names and values, as calling the class does, at a fifth of its price:
    tens of thousands are made in an import."""
    fields = model._meta.concrete_fields
    fresh = [(field.attname, field.default) for field in fields if field.has_default() and callable(field.default)]
    constant = {field.attname: field.get_default() for field in fields if (field.attname, field.default) not in fresh}

    def make(**values):
        instance = model.__new__(model)
        instance.__dict__ = facts = {"_state": ModelState(), **constant, **values}
        for name, default in fresh:
            if name not in values:
                facts[name] = default()
        return instance

    return make


def fetch(rows: models.QuerySet) -> list:
    """list(rows) of whole instances, at a third of the price."""
    model, database, made = rows.model, rows.db, []
    names = [field.attname for field in model._meta.concrete_fields]
    for values in rows.values_list(*names):
        instance, state = model.__new__(model), ModelState()
        state.adding, state.db = False, database
        instance.__dict__ = {"_state": state, **dict(zip(names, values, strict=True))}
        made.append(instance)
    return made


def as_stored(instance: models.Model, *, is_anew: bool) -> models.Model:
    """A copy of an instance of which all columns are known, as it would be loaded once it is written. is_anew: its version rises."""
    made, state = instance.__class__.__new__(instance.__class__), ModelState()
    state.adding, state.db = False, instance._state.db or connection.alias
    made.__dict__ = {**instance.__dict__, "_state": state, "version": instance.version + is_anew}  # type: ignore[attr-defined]
    return made


def _quoted(text: str) -> str:
    """An element of an array."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Among(Func):
    """Condition: the column (as filter() names it) holds one of the values, integers or texts, of which there may be thousands. As
    `__in`, but PostgreSQL gets them as one array in one literal, instead of Django preparing and the server parsing each."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, field: str, values: Collection):
        super().__init__(F(field))
        self.values = list(values)

    def as_sql(self, compiler, connection, **extra):
        column, params = compiler.compile(self.source_expressions[0])
        listed = ",".join([_quoted(value) if isinstance(value, str) else str(value) for value in self.values])
        return f"{column} = ANY(%s)", [*params, f"{{{listed}}}"]

    def as_sqlite(self, compiler, connection, **extra):
        column, params = compiler.compile(self.source_expressions[0])
        marks = ", ".join(["%s"] * len(self.values))
        return f"{column} IN ({marks})", [*params, *self.values]


class Keys:
    """Primary keys for new rows: `ready` of them are allocated at once, more when those do not suffice."""

    def __init__(self, model: type[models.Model], ready: int):
        self.model, self.free, self.last = model, iter(()), 0
        self._allocate(ready)

    def __next__(self) -> int:
        key = next(self.free, None)
        if key is None:
            self._allocate(100)
            key = next(self.free)
        return key

    def _allocate(self, n: int) -> None:
        if n:
            keys = allocate(self.model, n, above=self.last)
            self.free, self.last = iter(keys), keys[-1]


def allocate(model: type[models.Model], n: int, above: int = 0) -> list[int]:
    """n primary keys that no other row gets: rows can then name each other before they are written. Those not used are lost.
    above: the last one that this transaction was given, when its rows are not written yet."""
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The inner SELECT: the sequence is looked up once, not for every key.
            cursor.execute("SELECT nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass)) FROM generate_series(1, %s)", [table, key, n])
            return [row[0] for row in cursor.fetchall()]
        # The write lock is ours until the transaction ends, so what follows the last key is free.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
    first = max(last[0] if last else 0, above) + 1
    return list(range(first, first + n))


class Insertion:
    """Rows on their way into a table: values in the order of `names`, attribute names of the model's columns. Columns not named get the
    field's default; a primary key that is not named, the database's next."""

    def __init__(self, model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence]):
        named, rest = _columns(model, names)
        self.table, self.fields, self.rows = model._meta.db_table, [*named, *rest], rows
        self.constants = [field.get_default() for field in rest]
        self.lines: bytes | None = None  # of COPY

    def prepare(self) -> None:
        """Makes what PostgreSQL is sent, which asks the database nothing. Instead of the rows, not beside them."""
        if connection.vendor == "postgresql":
            self.lines, self.rows = b"".join(_copy_lines(self.fields, self.rows, self.constants)), ()

    def write(self) -> None:
        if self.rows or self.lines:
            _write(self.table, self.fields, self.rows, self.constants, self.lines)


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[models.Model]) -> None:
    """Inserts instances: of each only the columns `names` are looked at, the others get the field's default."""
    of_instances(model, names, rows).write()


def of_instances(model: type[models.Model], names: Sequence[str], rows: Sequence[models.Model]) -> Insertion:
    take = attrgetter(*names)
    return Insertion(model, names, [take(row) for row in rows])


def insert_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence]) -> None:
    """rows: as those of an Insertion."""
    Insertion(model, names, rows).write()


def _columns(model: type[models.Model], names: Sequence[str]) -> tuple[list[models.Field], list[models.Field]]:
    """(the fields of those names, the others)"""
    rest = [field for field in model._meta.concrete_fields if field.attname not in names and not field.primary_key]
    return [model._meta.get_field(name) for name in names], rest


def analyze(*written: type[models.Model]) -> None:
    """After a whole store has been written, or these tables of it: PostgreSQL plans by what it knows of a table, and would look by itself only a minute later.
    A report over tables it takes for empty would take minutes until then."""
    if connection.vendor == "postgresql":
        tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in written)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


def is_news(model: type[models.Model], n: int) -> bool:
    """Whether n new rows are more than ten times those that PostgreSQL knows of in the whole table: then it is to look (analyze) before it
    plans anything. It is told early in a large import, of which it then knows a part: how many there are in all it sees by the table's
    size, and what they are like by that part."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 10 * reltuples < %s FROM pg_class WHERE oid = %s::regclass", [n, model._meta.db_table])
        return cursor.fetchone()[0]


def check() -> None:
    """PostgreSQL checks the foreign keys of all that this transaction has written; else it would when it ends. Raises IntegrityError."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def beside(do: Callable[[], None] | None) -> Iterator[None]:
    """While the caller keeps the database busy, do() is done in a thread of its own; it must ask the database nothing, since a
    connection is one thread's, nor translate, since a language is. What it raises is raised at the end."""
    if do is None:
        yield
        return
    problems: list[BaseException] = []

    def work() -> None:
        try:
            do()
        except BaseException as problem:
            problems.append(problem)

    thread, patience = threading.Thread(target=work, name="beside the database"), sys.getswitchinterval()
    sys.setswitchinterval(PATIENCE)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        sys.setswitchinterval(patience)
    if problems:
        raise problems[0]


class Overtaken(IntegrityError):
    """Somebody has changed one of the rows since they were loaded: load them again."""


def update_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Sets the columns `names` of rows found by primary key: each row is (pk, *values). Where "version" is among them, it must be
    the stored one plus one. Raises Overtaken, IntegrityError."""
    if not rows:
        return
    quote = connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in names]
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    columns = [quote(field.column) for field in fields]
    is_versioned = "version" in names
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE TEMP TABLE changes ON COMMIT DROP AS SELECT {', '.join([key, *columns])} FROM {table} WITH NO DATA")  # noqa: S608
            _write("changes", [model._meta.pk, *fields], rows, [])
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
    """A cell in the text format of COPY."""
    if value.__class__ is str:
        return "\\None" if value == "None" else value.translate(SEPARATORS)
    return str(value)  # numbers, truth, dates and times in ISO form; None


def _as_json(rows: Iterable[Sequence], places: list[int]) -> Iterator[list]:
    for row in rows:
        cells = list(row)
        for place in places:
            cells[place] = None if cells[place] is None else json.dumps(cells[place], ensure_ascii=False)
        yield cells


def _blocks(rows: Iterable[Sequence], ending: str, width: int) -> Iterator[bytes]:
    """The lines of COPY, some at a time. What no cell may hold as it is, is looked for in the lines of a block together: hardly any
    has it, and then each cell is looked at. NULL is written None, which a text of that name is not."""
    template = "\t".join(["%s"] * width) + ending.replace("%", "%%")
    expected = [(sign, template.count(sign)) for sign in "\\\t\n\r"]
    rows = iter(rows)
    while block := list(islice(rows, BLOCK)):
        lines = "".join([template % tuple(row) for row in block])
        if "None" in chain.from_iterable(block) or any(lines.count(sign) != n * len(block) for sign, n in expected):
            lines = "".join(["\t".join(map(_copied, row)) + ending for row in block])
        yield lines.encode()


class _Stream:
    """A file to be read once, block by block: the server works at one while the next is made."""

    def __init__(self, blocks: Iterator[bytes]):
        self.blocks = blocks

    def read(self, _size: int) -> bytes:
        return next(self.blocks, b"")


def _ready(fields: Sequence[models.Field], rows: Iterable[Sequence], constants: list) -> tuple[Iterable[Sequence], list]:
    """(rows, constants), the JSON among them as text"""
    width = len(fields) - len(constants)
    places = [place for place, field in enumerate(fields) if isinstance(field, models.JSONField)]
    if of_rows := [place for place in places if place < width]:
        rows = _as_json(rows, of_rows)
    (values,) = _as_json([constants], [place - width for place in places if place >= width])
    return rows, values


def _copy_lines(fields: Sequence[models.Field], rows: Iterable[Sequence], constants: list) -> Iterator[bytes]:
    rows, values = _ready(fields, rows, constants)
    return _blocks(rows, "".join("\t" + _copied(value) for value in values) + "\n", len(fields) - len(constants))


def _write(table: str, fields: Sequence[models.Field], rows: Iterable[Sequence], constants: list, lines: bytes | None = None) -> None:
    """Rows whose last columns are the constants. lines: the same for COPY, where they are made already."""
    quoted, names = connection.ops.quote_name(table), ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            stream = _Stream(_copy_lines(fields, rows, constants) if lines is None else iter([lines]))
            with connection.wrap_database_errors:  # the driver's own method, which Django does not watch over
                cursor.copy_expert(f"COPY {quoted} ({names}) FROM STDIN (NULL 'None')", stream)
        else:
            rows, values = _ready(fields, rows, constants)
            adapted = _adapter()
            marks, ending = ", ".join(["%s"] * len(fields)), [adapted(value) for value in values]
            cursor.executemany(f"INSERT INTO {quoted} ({names}) VALUES ({marks})", ([*map(adapted, row), *ending] for row in rows))  # noqa: S608
