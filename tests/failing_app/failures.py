import logging

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import connection

from customers.models import Customer, Phone
from staff.models import Store


def value(customer):
    name = customer.name  # in the locals of the frame, too
    raise ValueError(f"{name} cannot be")


def key(customer):
    try:
        value(customer)
    except ValueError as problem:
        raise KeyError(customer.name) from problem


def duplicate(customer):
    Phone.objects.create(customer=customer, store=customer.store, number=customer.phones.get().number, tail=customer.phones.get().tail)


def check(customer):
    known = customer.phones.get()
    Phone.objects.create(customer=customer, store=customer.store, number=known.number + "1", tail=known.tail, validity="invalid")


def absent_table(customer):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO nowhere VALUES (%s)", [customer.name])


def wrong_type(customer):
    with connection.cursor() as cursor:
        cursor.execute("SELECT CAST(%s AS integer) / 0 FROM nowhere", [customer.name])


def too_long(customer):
    Store.objects.create(code="LONG", name="x", brand=customer.name * 40 + "\0")


def validation(customer):
    raise ValidationError({"name": customer.name})


def suspicious(customer):
    raise SuspiciousOperation(customer.name)


def group(customer):
    raise ExceptionGroup(customer.name, [ValueError(customer.name)])


def note(customer):
    problem = RuntimeError("x")
    problem.add_note(customer.name)
    raise problem


def careless(customer):
    """Somebody's careless line; what it is given, it writes. It is here so that the test is seen to find it."""
    logging.getLogger("tests.careless").error("cannot save %s", customer.name)


FAILURES = [value, key, duplicate, check, absent_table, wrong_type, too_long, validation, suspicious, group, note]


def fail(what):
    what(Customer.objects.order_by("pk").first())


def step(now):
    if Customer.objects.exists():
        fail(duplicate)
    return 0
