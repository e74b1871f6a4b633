"""manage.py demo: same arguments, same rows, key by key, on whatever database; another seed, another store."""

import shutil
from pathlib import Path

import pytest
from django.apps import apps

from core.models import AuditEvent, AuditSeal, SweepState
from csi.models import QuestionnaireVersion
from staff.models import User
from tests.conftest import VENDOR
from tests.house import House, orm_on

ARGUMENTS = ["--customers", "40", "--months", "2", "--now", "2026-03-03T10:40"]
# What the machine did and when, and what the migration made: not the store's.
NOT_THE_STORE = {AuditEvent, AuditSeal, SweepState, QuestionnaireVersion}


def rows(url: str) -> dict[str, list]:
    """Every row of every table of ours, keys included; passwords apart, which are made up anew."""
    found = {}
    with orm_on(url):
        for model in apps.get_models():
            if (
                model._meta.app_label in {"core", "staff", "customers", "visits", "csi", "complaints", "followups", "desk"}
                and model not in NOT_THE_STORE
            ):
                names = [field.attname for field in model._meta.concrete_fields if (model, field.attname) != (User, "password")]
                found[model._meta.label] = list(model.objects.order_by("pk").values_list(*names))
    return found


def made(folder, seed: str, migrated: Path) -> dict[str, list]:
    """The rows of a demonstration in a copy of a SQLite file without a store."""
    folder.mkdir()
    shutil.copy(migrated, folder / "demo.sqlite3")
    place = House(folder=folder, database_url=f"sqlite:///{folder / 'demo.sqlite3'}")
    done = place.manage("demo", *ARGUMENTS, "--seed", seed)
    assert done.returncode == 0, done.stderr
    return rows(place.database_url)


@pytest.fixture
def migrated_file(migrated, tmp_path) -> Path:
    """A SQLite file as migrate leaves it, on PostgreSQL too."""
    folder, _name = migrated
    if VENDOR == "sqlite":
        return folder / "house.sqlite3"
    path = tmp_path / "migrated.sqlite3"
    done = House(folder=tmp_path / "migrated", database_url=f"sqlite:///{path}").manage("migrate", "-v0")
    assert done.returncode == 0, done.stderr
    return path


def test_two_databases_get_the_same_rows_and_another_seed_makes_others(house, migrated_file, tmp_path):
    """The second is always SQLite: where the first is PostgreSQL, this also says that both databases hold the same."""
    done = house.manage("demo", *ARGUMENTS, "--seed", "5")
    assert done.returncode == 0, done.stderr
    first, second = rows(house.database_url), made(tmp_path / "twin", "5", migrated_file)
    assert first["visits.ServiceOrder"] and first["csi.Answer"]
    assert [label for label in first if first[label] != second[label]] == []
    other = made(tmp_path / "other", "6", migrated_file)
    assert all(other[label] != first[label] for label in ("customers.Customer", "visits.ServiceOrder", "csi.Response"))
