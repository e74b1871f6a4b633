"""Several questions to the database in one statement, each of which costs what it must and no more."""

from collections.abc import Iterable

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import Query

MANY = 500  # nobody works through more than these in a day: a page says "500+", and the database stops counting there


def any_of(asked: Iterable[QuerySet]) -> list[bool]:
    """Whether each has a row: one statement for all of them, none for none."""
    return [bool(answer) for answer in _answers("EXISTS({})", [rows.query.exists() for rows in asked])]


def count_up_to(asked: Iterable[QuerySet], most: int = MANY) -> list[int]:
    """How many rows each has, most + 1 where there are more: one statement for all of them."""
    cut = [rows.order_by().values("pk")[: most + 1].query for rows in asked]
    return [answer or 0 for answer in _answers("(SELECT COUNT(*) FROM ({}) counted)", cut)]


def _answers(template: str, queries: Iterable[Query]) -> list:
    """The single value that each gives inside the template; None for those that cannot have a row."""
    parts, parameters, known = [], [], []
    for query in queries:
        try:
            sql, values = query.sql_with_params()
        except EmptyResultSet:
            known.append(False)
            continue
        known.append(True)
        parts.append(template.format(sql))
        parameters += values
    found: tuple = ()
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", parameters)
            found = cursor.fetchone()
    answers = iter(found)
    return [next(answers) if is_asked else None for is_asked in known]
