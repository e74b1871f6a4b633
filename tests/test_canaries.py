"""No personal data in logs, addresses, broker and error pages: canaries in every personal column, and a look everywhere else."""

import pytest
from django.apps import apps
from django.db import models

from staff.actions import create_store
from tests.canaries import HARMLESS, PERSONAL, WORD, classified, found_in, own_models, telling_columns
from tests.everything import Everything


@pytest.mark.pure
def test_every_column_that_can_hold_somebodys_data_is_known_as_personal_or_harmless():
    known = classified(PERSONAL, HARMLESS)
    assert sorted(telling_columns(own_models())) == known, "put it into PERSONAL or HARMLESS of tests/canaries.py"


@pytest.mark.pure
def test_a_new_column_is_found():
    class Made(models.Model):
        words = models.TextField()
        at = models.DateTimeField()
        n = models.IntegerField()

        class Meta:
            app_label = "made_up"

    del apps.all_models["made_up"]["made"]
    assert telling_columns([Made]) == {"made_up.Made.words"}


@pytest.mark.pure
def test_a_canary_is_found_however_it_is_written_down():
    from urllib.parse import quote

    for text in (f"a{WORD}b", quote(WORD), repr(WORD.encode()), f'"{WORD.encode("unicode_escape").decode()}"', "".join(f"&#{ord(c)};" for c in WORD), "19900070012"):
        assert found_in(text), text
    assert found_in("199****0012 渝A12345 张三") == []


@pytest.mark.django_db
def test_the_store_of_the_tests_has_rows_everywhere_and_a_canary_in_every_personal_column(db):
    Everything(create_store(code="S1", name="测试店"))
    empty = [model._meta.label for model in own_models() if not model._base_manager.exists()]
    assert empty == ["core.SweepState"]
    bare = [path for path in classified(PERSONAL) if not any(found_in(value) for value in _values(path))]
    # Both are a few letters of what stands in full beside them, too short to be looked for.
    assert bare == ["customers.Customer.name_initials", "customers.Vehicle.plate_tail"]


def _values(path: str):
    label, column = path.rsplit(".", 1)
    for value in apps.get_model(label)._base_manager.values_list(column, flat=True):
        yield bytes(value).decode(errors="replace") if isinstance(value, (bytes, memoryview)) else str(value)
