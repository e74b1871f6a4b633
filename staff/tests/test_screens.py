"""A screen's own address: signed, of one store and one kind, withdrawn for good (docs/adr/0021)."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from core import clock
from core.models import AuditEvent
from staff import screens
from staff.models import Screen

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(person):
    return person("service_manager")


@pytest.fixture
def screen(store, manager):
    return screens.make(store=store, name="休息室", by=manager)


def test_the_key_finds_its_screen_and_store(screen, store):
    found = screens.of_key(screens.key_of(screen))
    assert (found, found.store) == (screen, store)
    assert AuditEvent.objects.filter(verb="screen.made").count() == 1


def test_what_stands_in_the_database_is_no_key(screen):
    assert screens.of_key(screen.word) is None
    key = screens.key_of(screen)
    assert screens.of_key(key[:-1] + ("A" if key[-1] != "A" else "B")) is None
    assert screens.of_key("") is None


def test_a_withdrawn_screen_opens_nothing_any_more_and_is_withdrawn_once(screen, manager):
    assert screens.withdraw(screen=screen, by=manager)
    assert not screens.withdraw(screen=screen, by=manager)
    assert screens.of_key(screens.key_of(screen)) is None
    assert AuditEvent.objects.filter(verb="screen.withdrawn").count() == 1


def test_when_it_last_asked_is_written_once_a_minute(screen, monkeypatch, django_assert_num_queries):
    now = clock.now()
    key = screens.key_of(screen)
    monkeypatch.setattr(clock, "now", lambda: now)
    with django_assert_num_queries(2):
        screens.of_key(key)
    with django_assert_num_queries(1):
        screens.of_key(key)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=1))
    screens.of_key(key)
    assert Screen.objects.get().last_seen_at == now + timedelta(minutes=1)


def test_a_screen_needs_a_place(store, manager):
    with pytest.raises(ValidationError):
        screens.make(store=store, name=" ", by=manager)
