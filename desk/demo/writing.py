"""Writing what was invented: all rows of a model in one go (core.bulk)."""

from collections.abc import Iterable

from django.db.models import Model

from core import bulk


def give_keys(model: type[Model], rows: Iterable[Model]) -> list:
    """Primary keys for rows that are not written yet, so that others can name them."""
    rows = list(rows)
    for row, pk in zip(rows, bulk.allocate(model, len(rows)), strict=True):
        row.id = pk
    return rows


def insert(model: type[Model], rows: Iterable[Model]) -> None:
    """rows may name rows that have got their keys only after they were named. Those without a key get one."""
    rows = list(rows)
    if rows and rows[0].pk is None:
        give_keys(model, rows)
    fields = model._meta.concrete_fields
    columns = [(field.attname, field.name if field.is_relation else None) for field in fields]
    bulk.insert_values(model, [field.attname for field in fields], [_values(row, columns) for row in rows])


def _values(row: Model, columns: list[tuple[str, str | None]]) -> list:
    stored, named = row.__dict__, row._state.fields_cache
    return [stored[attname] if relation is None or (other := named.get(relation)) is None else other.id for attname, relation in columns]
