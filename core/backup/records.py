"""What stands in a backup: one JSON line a row, equal for equal rows whichever database they come from.

{"database": "sqlite", "migrations": [["core", "0001_initial"], …]}
{"columns": ["id", "name", …], "table": "customers_customer"}
[1, "张三", …]
{"rows": 1, "sha256": "…"}                               of the table's lines
{"file": "photos/1.jpg"} "…base64…" {"bytes": 123, "sha256": "…"}
{"end": {"files": 0, "rows": 1, "tables": 1}}
"""

import base64
import json
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from graphlib import TopologicalSorter

from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from core.backup import BackupProblem

# What belongs to the machine that runs, not to the store: who is signed in, who mistyped a password, which process sweeps, which form was
# sent a moment ago; and what is counted again from the rest.
LEFT_OUT = {
    ("sessions", None),
    ("axes", None),
    ("core", "sweepstate"),
    ("core", "sentform"),
    ("core", "allowance"),
    ("reports", "changed"),
    ("reports", "counted"),
}
CHUNK = 2000


def loader() -> MigrationLoader:
    return MigrationLoader(connection)


def in_todays_names(loader: MigrationLoader, migrations) -> list[tuple[str, str]]:
    """The same migrations, where several have been made into one (`replaces`) by that one's name."""
    names = {tuple(name) for name in migrations}
    for name, one in loader.replacements.items():
        if names.issuperset(one.replaces):
            names.add(name)
    made_into_one = {name for new, one in loader.replacements.items() if new in names for name in one.replaces}
    return sorted(names - made_into_one)


def models_at(loader: MigrationLoader, migrations) -> list[type[models.Model]]:
    """The models as these migrations left them, many-to-many tables among them, none before those that it refers to."""
    unknown = sorted(set(migrations) - set(loader.graph.nodes))
    if unknown:
        raise BackupProblem(
            f"this version of the application does not know the migration {'.'.join(unknown[0])}; install the one that made it"
        )
    is_today = set(migrations) == set(loader.graph.nodes)  # then the models themselves will do, which need not be worked out
    found = (apps if is_today else loader.project_state(list(migrations)).apps).get_models(include_auto_created=True)
    kept = [model for model in found if model._meta.managed and not model._meta.proxy and not is_left_out(model)]
    by_table = {model._meta.db_table: model for model in sorted(kept, key=lambda model: model._meta.db_table)}
    before = {table: {field.related_model._meta.db_table for field in model._meta.concrete_fields if field.is_relation} - {table}
              for table, model in by_table.items()}  # fmt: skip
    return [by_table[table] for table in TopologicalSorter(before).static_order() if table in by_table]


def is_left_out(model: type[models.Model]) -> bool:
    return bool({(model._meta.app_label, None), (model._meta.app_label, model._meta.model_name)} & LEFT_OUT)


def fields(model: type[models.Model]) -> list[models.Field]:
    """By name, because migrations and models have them in different orders."""
    return sorted(model._meta.concrete_fields, key=lambda field: field.column)


def columns(model: type[models.Model]) -> list[str]:
    return [field.column for field in fields(model)]


def lines(model: type[models.Model]) -> Iterator[bytes]:
    """The table's rows by primary key, read from the database as they are asked for."""
    json_at = [n for n, field in enumerate(fields(model)) if isinstance(field, models.JSONField)]
    names = [field.attname for field in fields(model)]
    for row in model._base_manager.order_by("pk").values_list(*names).iterator(chunk_size=CHUNK):
        if json_at:
            row = list(row)
            for n in json_at:
                row[n] = _whole_numbers(row[n])
        yield as_line(row)


def as_line(value) -> bytes:
    return json.dumps(value, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _plain(value):
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(value).decode()
    raise TypeError(f"core.backup does not know {type(value).__name__}")


def _whole_numbers(value):
    """PostgreSQL gives back 1e+22, as it stands in JSON, as a whole number: it is one everywhere."""
    if isinstance(value, float) and abs(value) >= 1e16:
        return int(Decimal(repr(value)))
    if isinstance(value, list):
        return [_whole_numbers(one) for one in value]
    if isinstance(value, dict):
        return {key: _whole_numbers(one) for key, one in value.items()}
    return value
