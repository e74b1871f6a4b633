from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEvent
from staff import calendars
from staff.actions import create_store, set_calendar_day
from staff.models import CalendarDay, CalendarYear, HoursKind, WeekdayHours

pytestmark = pytest.mark.page

URL = "/settings/calendar/"


@pytest.fixture
def manager(signed_in):
    client = signed_in("care_manager")
    client.cookies["django_language"] = "en"
    return client


def week(**changes):
    """The form's default week, with changes such as opening_0='...'."""
    usual = {"opening": "08:30-18:30", "staffed": "08:30-18:30", "calling": "09:00-12:00, 14:00-19:30"}
    return {f"{kind}_{day}": text for kind, text in usual.items() for day in range(7)} | changes


def hours(store, kind, weekday):
    return list(WeekdayHours.objects.filter(store=store, kind=kind, weekday=weekday).values_list("start_minute", "end_minute"))


def test_the_page_shows_the_hours_as_they_are(manager, store):
    page = manager.get(URL).content.decode()
    assert page.count('value="09:00-12:00, 14:00-19:30"') == 7
    assert page.count('value="08:30-18:30"') == 14


def test_several_ranges_a_day_are_saved(manager, store):
    assert manager.post(URL, week(opening_0="08:00-12:00, 13:00-17:00", calling_6="")).status_code == 302
    assert hours(store, HoursKind.OPENING, 0) == [(480, 720), (780, 1020)]
    assert hours(store, HoursKind.CALLING, 6) == []
    assert hours(store, HoursKind.STAFFED, 0) == [(510, 1110)]
    assert AuditEvent.objects.filter(verb="store.hours_set", by=manager.user).count() == 1


def test_a_wrong_day_is_named_and_nothing_is_saved(manager, store):
    page = manager.post(URL, week(opening_0="08:00-12:00", opening_1="12:00-08:00", calling_2="9-12")).content.decode()
    assert "“12:00-08:00”: the end must come after the beginning." in page
    assert "“9-12” is no time range; write it like 08:30-12:00." in page
    assert page.count("is-invalid") == 2 and 'value="12:00-08:00"' in page
    assert hours(store, HoursKind.OPENING, 0) == [(510, 1110)]


@pytest.mark.parametrize(("kind", "said"), [("staffed", "Nobody is on duty in the whole week"), ("calling", "There are no calling hours")])
def test_a_week_without_staffed_or_calling_hours_is_refused(manager, store, kind, said):
    """Clocks and calls would have nothing to count in."""
    page = manager.post(URL, week(opening_0="10:00-11:00", **{f"{kind}_{day}": "" for day in range(7)})).content.decode()
    assert said in page and page.count("alert-danger") == 1
    assert hours(store, HoursKind.OPENING, 0) == [(510, 1110)]


def test_staffed_hours_of_a_closed_store_are_saved_with_a_warning(manager, store):
    page = manager.post(URL, week(staffed_0="02:00-05:00", opening_2="", staffed_3="09:00-12:00"), follow=True).content.decode()
    assert "there are staffed hours while the store is closed (Monday、Wednesday)." in page
    assert hours(store, HoursKind.STAFFED, 0) == [(120, 300)]
    assert "Please check" not in manager.post(URL, week(), follow=True).content.decode()


def test_the_hours_of_another_store_stay(manager, store):
    other = create_store(code="S2", name="二店")
    manager.post(URL, week(opening_0="10:00-11:00"))
    assert hours(other, HoursKind.OPENING, 0) == [(510, 1110)]


def test_a_day_is_entered_changed_and_removed(manager, store):
    answer = {"date": "2026-12-25", "like_weekday": "", "name": "盘点"}
    assert manager.post("/settings/calendar/days/add/", answer).url == f"{URL}?year=2026#days"
    day = CalendarDay.objects.get(store=store, date="2026-12-25")
    assert day.like_weekday is None and calendars.hours(store, HoursKind.OPENING).ranges(day.date) == ()

    manager.post(reverse("staff:calendar_day", args=[day.pk]), {"like_weekday": "6", "name": "开放日"})
    day.refresh_from_db()
    assert (day.like_weekday, day.name) == (6, "开放日")

    manager.post(reverse("staff:calendar_day_remove", args=[day.pk]))
    assert not CalendarDay.objects.filter(pk=day.pk).exists()
    verbs = AuditEvent.objects.filter(verb__startswith="calendar.day").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["calendar.day_set", "calendar.day_set", "calendar.day_removed"]


def test_open_like_a_monday_is_not_closed(manager, store):
    manager.post("/settings/calendar/days/add/", {"date": "2026-12-26", "like_weekday": "0", "name": "调休"})
    assert CalendarDay.objects.get(store=store, date="2026-12-26").like_weekday == 0


def test_entering_a_date_again_replaces_it(manager, store):
    pages = [
        manager.post("/settings/calendar/days/add/", {"date": "2026-12-25", "like_weekday": "", "name": name}, follow=True).content.decode()
        for name in ("盘点", "二")
    ]
    assert ["It takes the place of “盘点”" in page for page in pages] == [False, True]
    assert CalendarDay.objects.get(store=store, date="2026-12-25").name == "二"


@pytest.mark.parametrize("wrong", [{"date": "soon"}, {"date": ""}, {"name": ""}, {"like_weekday": "7"}])
def test_a_day_that_cannot_be_is_refused(manager, store, wrong):
    before = CalendarDay.objects.count()
    response = manager.post("/settings/calendar/days/add/", {"date": "2026-12-25", "like_weekday": "", "name": "x"} | wrong)
    assert response.status_code == 200 and "is-invalid" in response.content.decode()
    assert CalendarDay.objects.count() == before


def test_filling_a_year_keeps_what_the_store_entered_itself(manager, store):
    CalendarDay.objects.filter(store=store, date__year=2026).delete()
    set_calendar_day(store=store, date=date(2026, 10, 1), like_weekday=3, name="国庆营业", by=None)
    manager.post("/settings/calendar/2026/fill/")
    assert CalendarDay.objects.get(store=store, date="2026-10-01").like_weekday == 3
    assert CalendarDay.objects.get(store=store, date="2026-10-02").like_weekday is None
    assert CalendarDay.objects.get(store=store, date="2026-02-17").name == "春节"
    assert CalendarDay.objects.get(store=store, date="2026-02-14").like_weekday == 0


@time_machine.travel("2026-11-10T04:00:00Z", tick=False)
def test_a_year_that_is_missing_within_sixty_days_is_a_warning_until_it_is_confirmed(manager, store):
    CalendarYear.objects.filter(store=store, year=2027).delete()
    assert "The public holidays of 2027 are not entered." in manager.get(URL).content.decode()
    assert manager.post("/settings/calendar/2027/confirm/").url == f"{URL}?year=2027#days"
    assert "The public holidays of 2027 are not entered." not in manager.get(URL).content.decode()
    assert AuditEvent.objects.filter(verb="calendar.year_confirmed").count() == 1


def test_a_year_that_is_not_published_says_so_and_enters_nothing(manager, store):
    page = manager.post("/settings/calendar/2090/fill/", follow=True).content.decode()
    assert "are not known to this version yet" in page
    assert not CalendarYear.objects.filter(store=store, year=2090).exists()


def test_days_of_another_store_do_not_exist_here(manager):
    other = create_store(code="S2", name="二店")
    day = CalendarDay.objects.filter(store=other).first()
    assert manager.get(reverse("staff:calendar_day", args=[day.pk])).status_code == 404
    assert manager.post(reverse("staff:calendar_day_remove", args=[day.pk])).status_code == 404
    assert CalendarDay.objects.filter(pk=day.pk).exists()


@pytest.mark.parametrize("year", ["x", "99999", "-1", "０２"])
def test_a_strange_year_shows_this_one(manager, store, year):
    assert manager.get(URL, {"year": year}).context["year"] == store.today().year


def test_the_page_costs_the_same_however_many_days_there_are(manager, store, django_assert_num_queries):
    manager.get(URL)
    with CaptureQueriesContext(connection) as few:
        manager.get(URL)
    CalendarDay.objects.bulk_create(
        CalendarDay(store=store, date=date(store.today().year, month, day), name="x")
        for month in (3, 7, 8, 11)
        for day in range(1, 29)
        if not CalendarDay.objects.filter(store=store, date=date(store.today().year, month, day)).exists()
    )
    with django_assert_num_queries(len(few)):
        manager.get(URL)


@pytest.mark.parametrize("role", ["caller", "advisor", "supervisor", "service_manager", "regional"])
def test_others_neither_see_nor_change_the_calendar(signed_in, store, role):
    client = signed_in(role)
    assert client.get(URL).status_code == 403
    assert client.post(URL, week(opening_0="")).status_code == 403
    assert client.post("/settings/calendar/2026/fill/").status_code == 403
    assert hours(store, HoursKind.OPENING, 0) == [(510, 1110)]


@pytest.mark.parametrize("year", [0, 1999, 2100, 99999])
def test_a_year_that_no_calendar_has_is_not_there(manager, store, year):
    assert manager.post(f"{URL}{year}/fill/").status_code == 404
    assert manager.post(f"{URL}{year}/confirm/").status_code == 404
    assert not CalendarYear.objects.filter(store=store, year=year).exists()
