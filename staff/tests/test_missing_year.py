"""A year without its public holidays: a failing check and one message, 60 days ahead."""

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from core import clock, outbox, topics
from core.models import OutboxMessage
from staff import reminders
from staff.models import CalendarYear

BEFORE = "2026-11-01T04:00:00Z"  # 61 days before 2027
WITHIN = "2026-11-02T04:00:00Z"


@pytest.fixture
def bare(store):
    CalendarYear.objects.filter(store=store, year=2027).delete()
    return store


def check():
    call_command("check", databases=["default"], fail_level="WARNING")


def test_the_check_fails_from_sixty_days_before_and_not_earlier(bare):
    with time_machine.travel(BEFORE, tick=False):
        check()
    with time_machine.travel(WITHIN, tick=False), pytest.raises(SystemCheckError, match="2027"):
        check()


def test_the_check_is_content_once_the_year_is_entered(bare):
    CalendarYear.objects.create(store=bare, year=2027)
    with time_machine.travel(WITHIN, tick=False):
        check()


@time_machine.travel(WITHIN, tick=False)
def test_those_who_may_enter_it_are_told_once(bare, person):
    manager, general, _caller = person("care_manager"), person("general_manager"), person("caller")
    assert reminders.missing_calendar_years(clock.now()) == 2
    assert reminders.missing_calendar_years(clock.now()) == 0
    outbox.send_due(clock.now())
    told = OutboxMessage.objects.filter(topic="calendar_year_missing")
    assert {message.user for message in told} == {manager, general}
    assert all(message.params == {"year": 2027} and message.path == "/settings/calendar/?year=2027" for message in told)
    assert "2027" in topics.text(told[0].topic, told[0].params)


@time_machine.travel(WITHIN, tick=False)
def test_a_manager_who_comes_later_is_told_too(bare, person):
    person("care_manager")
    reminders.missing_calendar_years(clock.now())
    person("general_manager")
    assert reminders.missing_calendar_years(clock.now()) == 1


@time_machine.travel(WITHIN, tick=False)
def test_nobody_is_told_when_it_is_entered(bare, person):
    person("care_manager")
    CalendarYear.objects.create(store=bare, year=2027)
    assert reminders.missing_calendar_years(clock.now()) == 0
