import io
import json
import logging

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

from core import logs

NAME, PHONE = "张三", "+8613812345678"


@pytest.fixture
def log():
    """A logger as the application has it; `written()` gives its last line."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    log = logging.Logger("test")
    log.addHandler(handler)
    log.written = lambda: json.loads(stream.getvalue().splitlines()[-1])
    return log


def test_no_message_of_an_exception_is_told_neither_of_its_cause(log):
    try:
        raise ValueError(f"{PHONE} is no number")
    except ValueError as cause:
        try:
            raise KeyError(NAME) from cause
        except KeyError:
            log.exception("refused")
    told = log.written()["exception"]
    assert PHONE not in told and NAME not in told
    assert told.endswith("KeyError") and "\nValueError\n" in told
    assert "test_logs.py" in told and told.count("raise ") == 2, "where it happened is told"


@pytest.mark.parametrize("problem", [ImproperlyConfigured("SECRET_KEY is empty"), AttributeError("'NoneType' has no 'pk'")])
def test_what_an_exception_says_about_code_is_told(problem):
    assert str(problem) in logs.told(problem)


def test_of_the_systems_errors_the_reason_is_told_not_the_file(tmp_path):
    with pytest.raises(OSError) as caught:
        (tmp_path / NAME).open()
    assert logs.told(caught.value) == "FileNotFoundError: No such file or directory"


@pytest.mark.django_db
def test_of_a_refused_row_the_constraint_is_told_and_no_value(store):
    from staff.models import Region

    Region.objects.create(name=NAME)
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        Region.objects.create(name=NAME)
    told = logs.told(caught.value)
    assert "staff_region" in told and NAME not in told


@pytest.mark.django_db
def test_of_a_refused_statement_no_value_is_told():
    """PostgreSQL quotes the value, and the driver the whole statement with it."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT CAST(%s AS integer) FROM nowhere" if connection.vendor == "sqlite" else "SELECT CAST(%s AS integer)", [NAME])
    assert NAME not in logs.told(caught.value)


def test_of_an_absent_table_the_name_is_told(db):
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM nowhere")
    assert "nowhere" in logs.told(caught.value)


@pytest.mark.page
@pytest.mark.urls("dealercrm.urls")
def test_an_address_is_told_as_the_application_knows_it(client, db, rf):
    from django.urls import resolve

    request = rf.get("/customers/12/?q=" + NAME)
    assert logs.place(request) == "GET (no address of ours)"
    request.resolver_match = resolve("/customers/12/")
    assert logs.place(request) == "GET /customers/<int:pk>/ pk=12"


def test_what_celery_and_the_web_server_say_is_cut(log):
    log.name = "celery.app.trace"
    log.error("Task %(name)s raised: %(exc)s", {"name": "t", "exc": NAME}, extra={"data": {"name": "t", "description": "raised"}})
    assert log.written()["event"] == "task t raised"
    log.name = "gunicorn.error"
    log.error("Error handling request %s", f"/search/?q={NAME}")
    assert log.written()["event"] == "Error handling request /search/"
