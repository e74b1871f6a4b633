"""Many rows in one go: as the ORM would write them, on both databases."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import bulk
from customers.models import Customer, Phone, Vehicle

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=80)
NAMES = ["id", "store_id", "name", "opened_at", "birthday", "is_vip", "by_hand"]


def test_rows_are_stored_as_the_orm_would_store_them(store):
    at, day = datetime(2026, 10, 9, 1, 2, 3, 456, tzinfo=UTC), date(1990, 1, 2)
    (pk,) = bulk.allocate(Customer, 1)
    bulk.insert_values(Customer, NAMES, [(pk, store.pk, "王伟", at, day, True, ["name", "王\t\\"])])
    plain = Customer.objects.create(store=store, name="王伟", opened_at=at, birthday=day, is_vip=True, by_hand=["name", "王\t\\"])
    rows = [{key: value for key, value in row.items() if key != "id"} for row in Customer.objects.order_by("pk").values()]
    assert plain.pk != pk
    assert rows[0] == rows[1]


def test_allocated_keys_are_nobody_elses(store):
    first = bulk.allocate(Customer, 3)
    bulk.insert_values(Customer, ["id", "store_id", "name"], [(pk, store.pk, "王伟") for pk in first])
    later = Customer.objects.create(store=store, name="李强")
    assert len({*first, later.pk, *bulk.allocate(Customer, 2)}) == 6


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(ANY_TEXT, min_size=1, max_size=5))
def test_any_text_comes_back_as_it_went_in(store, texts):
    with transaction.atomic():
        pks = bulk.allocate(Customer, len(texts))
        bulk.insert_values(Customer, ["id", "store_id", "name"], [(pk, store.pk, text) for pk, text in zip(pks, texts, strict=True)])
        bulk.update_values(Customer, ["note"], [(pk, text) for pk, text in zip(pks, texts, strict=True)])
        assert list(Customer.objects.filter(pk__in=pks).order_by("pk").values_list("name", "note")) == [(text, text) for text in texts]
        transaction.set_rollback(True)


def test_what_the_database_refuses_of_one_row_it_refuses_of_many(store):
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert_values(Vehicle, ["store_id", "plate", "vin"], [(store.pk, "渝A12345", ""), (store.pk, "", "")])
    assert not Vehicle.objects.exists()


def test_a_row_that_somebody_changed_since_is_not_overwritten(store):
    cars = [Vehicle.objects.create(store=store, plate=f"渝A0000{n}") for n in range(3)]
    Vehicle.objects.filter(pk=cars[1].pk).update(version=2)
    with pytest.raises(bulk.Overtaken), transaction.atomic():
        bulk.update_values(Vehicle, ["version", "model"], [(car.pk, 2, "逸动") for car in cars])
    assert not Vehicle.objects.filter(model="逸动").exists()
    bulk.update_values(Vehicle, ["version", "model"], [(cars[0].pk, 2, "逸动"), (cars[1].pk, 3, "逸动")])
    assert list(Vehicle.objects.order_by("pk").values_list("version", "model")) == [(2, "逸动"), (3, "逸动"), (1, "")]


def test_nothing_to_write_is_no_statement(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        bulk.insert_values(Vehicle, ["store_id"], [])
        bulk.update_values(Vehicle, ["model"], [])


def test_texts_that_the_wire_gives_a_meaning_of_its_own_are_only_texts_there(store):
    texts = ["None", "\\N", "\\None", "\\.", "a\tb", "a\nb", "a\rb", "%s", "%", "NULL", '"', "", "王 伟"]
    assert bulk.BLOCK < 1000  # so that some of the blocks hold only what needs no care
    rows = [(store.pk, "王伟", text) for text in [*["无"] * 1000, *texts]]
    bulk.insert_values(Customer, ["store_id", "name", "note"], rows)
    assert list(Customer.objects.order_by("pk").values_list("note", flat=True)) == [row[2] for row in rows]


def test_nothing_is_told_from_the_word_none(store):
    bulk.insert_values(Customer, ["store_id", "name", "birthday"], [(store.pk, "None", None), (store.pk, "王伟", None)])
    assert list(Customer.objects.order_by("pk").values_list("name", "birthday")) == [("None", None), ("王伟", None)]


def test_an_instance_made_quickly_is_one_made_as_usual(store):
    at = datetime(2026, 10, 9, tzinfo=UTC)
    make = bulk.maker(Vehicle)
    one, other = make(id=1, store_id=store.pk, vin="V1", opened_at=at), make(store_id=store.pk, plate="渝A12345")
    plain = Vehicle(id=1, store_id=store.pk, vin="V1", opened_at=at)
    assert {name: value for name, value in vars(one).items() if name != "_state"} == {
        name: value for name, value in vars(plain).items() if name != "_state"
    }
    assert (one._state.adding, other.pk, other.plate, other.status) == (True, None, "渝A12345", "active")
    assert one.by_hand is not other.by_hand
    other.save()
    assert Vehicle.objects.get().opened_at == other.opened_at


def test_instances_fetched_quickly_are_those_that_the_orm_gives(store):
    Vehicle.objects.create(store=store, plate="渝A12345", by_hand=["model"], purchased_on=date(2026, 1, 2))
    (quick,), (plain,) = bulk.fetch(Vehicle.objects.all()), Vehicle.objects.all()
    assert {name: value for name, value in vars(quick).items() if name != "_state"} == {
        name: value for name, value in vars(plain).items() if name != "_state"
    }
    assert (quick._state.adding, quick._state.db) == (plain._state.adding, plain._state.db)
    assert quick.store == store


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.sets(ANY_TEXT, max_size=5), others=st.sets(ANY_TEXT, max_size=3))
@example(texts={'"', "\\", "{}", "a,b", "NULL", "None", "%s", " "}, others={"", "a", "\\\\"})
def test_among_finds_those_that_in_finds(store, texts, others):
    with transaction.atomic():
        bulk.insert_values(Customer, ["store_id", "name"], [(store.pk, text) for text in texts | others if text])
        found, customers = [], Customer.objects.filter(store=store)
        for values in (texts, others, texts | others):
            assert set(customers.filter(bulk.Among("name", values))) == set(customers.filter(name__in=values))
            assert set(customers.exclude(bulk.Among("name", values))) == set(customers.exclude(name__in=values))
            pks = list(customers.filter(name__in=values).values_list("pk", flat=True))
            found += customers.filter(bulk.Among("pk", pks)).values_list("pk", flat=True)
            assert sorted(found) == sorted(pks)
            found.clear()
        transaction.set_rollback(True)


def test_a_copy_as_stored_is_what_is_loaded_once_it_is_written(store):
    made = bulk.maker(Vehicle)(id=bulk.allocate(Vehicle, 1)[0], store_id=store.pk, plate="渝A12345")
    (before,) = [bulk.as_stored(made, is_anew=False)]
    bulk.insert(Vehicle, [field.attname for field in Vehicle._meta.concrete_fields], [made])
    loaded = Vehicle.objects.get()
    bulk.update_values(Vehicle, ["version"], [(made.id, 2)])
    for copy, plain in ((before, loaded), (bulk.as_stored(loaded, is_anew=True), Vehicle.objects.get())):
        assert {**vars(copy), "_state": None} == {**vars(plain), "_state": None}
        assert (copy._state.adding, copy._state.db) == (plain._state.adding, plain._state.db)
    assert made._state.adding and loaded.version == 1


@pytest.mark.parametrize("ready", [0, 1, 5])
def test_there_are_always_keys_enough_and_each_is_given_once(store, ready):
    keys, others = bulk.Keys(Customer, ready), bulk.allocate(Phone, 1)
    pks = [next(keys) for _n in range(250)]
    assert len(set(pks)) == 250 and others
    bulk.insert_values(Customer, ["id", "store_id", "name"], [(pk, store.pk, "王伟") for pk in pks])
    assert Customer.objects.create(store=store, name="李强").pk not in pks


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite checks when the transaction ends")
def test_a_row_that_names_nobody_is_found_before_the_transaction_ends(store):
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert_values(Phone, ["store_id", "customer_id", "number", "tail"], [(store.pk, 999, "1", "1")])
        bulk.check()
        pytest.fail("it was not found")
    assert not Phone.objects.exists()


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite checks when the transaction ends")
def test_after_a_check_a_child_may_come_before_its_parent_again(store):
    bulk.check()
    with transaction.atomic():
        (pk,) = bulk.allocate(Customer, 1)
        bulk.insert_values(Phone, ["store_id", "customer_id", "number", "tail"], [(store.pk, pk, "1", "1")])
        bulk.insert_values(Customer, ["id", "store_id", "name"], [(pk, store.pk, "王伟")])
    assert connection.is_usable() and Phone.objects.get().customer.name == "王伟"


def test_what_is_done_beside_the_database_is_done_meanwhile():
    begun, may_end, done = threading.Event(), threading.Event(), []

    def do() -> None:
        begun.set()
        done.append(may_end.wait(10))

    with bulk.beside(do):
        assert begun.wait(10)
        may_end.set()
    assert done == [True]


def test_what_fails_beside_the_database_fails_its_caller():
    def do() -> None:
        raise LookupError("beside")

    with pytest.raises(LookupError, match="beside"), bulk.beside(do):
        pass
    with pytest.raises(IntegrityError), bulk.beside(do):
        raise IntegrityError  # the caller's own comes first


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.sampled_from(["王伟", "None", "\\N", "a\tb", "a\\b\n", "100 %s"]), min_size=1, max_size=450))
def test_lines_made_beforehand_are_stored_as_those_made_on_the_way(store, texts):
    names = ["id", "store_id", "name", "birthday", "by_hand"]
    with transaction.atomic():
        for are_ready in (False, True):
            pks = bulk.allocate(Customer, len(texts))
            rows = [
                (pk, store.pk, text, None if n % 2 else date(1990, 1, 2), [text])
                for n, (pk, text) in enumerate(zip(pks, texts, strict=True))
            ]
            insertion = bulk.Insertion(Customer, names, rows)
            if are_ready:
                insertion.prepare()
            insertion.write()
        stored = list(Customer.objects.order_by("pk").values_list("name", "birthday", "by_hand", "tier"))
        assert stored[: len(texts)] == stored[len(texts) :] and [row[0] for row in stored[: len(texts)]] == texts
        transaction.set_rollback(True)
