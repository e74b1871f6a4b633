from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEvent
from staff import people
from staff.actions import create_store, record_absence
from staff.models import Absence

URL = "/absences/"


def answer(user, store, kind="leave", days=0, until=2):
    starts = store.today() + timedelta(days=days)
    ends = "" if until is None else (starts + timedelta(days=until)).isoformat()
    return {"user": user.pk, "kind": kind, "starts_on": starts.isoformat(), "ends_on": ends}


def test_a_supervisor_records_leave_and_the_person_is_off_duty(signed_in, person, store):
    client, advisor = signed_in("supervisor"), person("advisor")
    assert client.post(URL, answer(advisor, store)).status_code == 302
    assert advisor not in people.present(store, store.today(), "advisor")
    assert advisor in people.present(store, store.today() + timedelta(days=3), "advisor")
    assert AuditEvent.objects.get(verb="absence.recorded").by == client.user


def test_current_coming_and_left_are_listed_apart(signed_in, person, store):
    client = signed_in("care_manager")
    people_ = [person("advisor") for _ in range(4)]
    client.post(URL, answer(people_[0], store))
    client.post(URL, answer(people_[1], store, kind="day_off", days=5, until=0))
    client.post(URL, answer(people_[2], store, kind="left", until=None))
    Absence.objects.create(user=people_[3], store=store, kind="leave", starts_on="2020-01-01", ends_on="2020-01-05")
    context = client.get(URL).context
    assert [[row.user for row in context[name]] for name in ("now_away", "coming", "left")] == [[user] for user in people_[:3]]


def test_an_absence_that_ends_before_it_starts_is_refused(signed_in, person, store):
    client = signed_in("supervisor")
    response = client.post(URL, answer(person("advisor"), store, until=-1))
    assert response.status_code == 200 and "is-invalid" in response.content.decode()
    assert not Absence.objects.exists()


def test_whoever_left_has_no_last_day(signed_in, person, store):
    client = signed_in("supervisor")
    assert client.post(URL, answer(person("advisor"), store, kind="left", until=3)).status_code == 200
    assert not Absence.objects.exists()


def test_only_people_of_the_store_can_be_absent_from_it(signed_in, person, store):
    stranger = person("advisor", at=create_store(code="S2", name="二店"))
    assert signed_in("supervisor").post(URL, answer(stranger, store)).status_code == 200
    assert not Absence.objects.exists()


def test_a_supervisor_cannot_shut_a_leader_out(signed_in, person, store):
    """'Left' ends access: a supervisor says it of advisors, not of the managers."""
    client, boss = signed_in("supervisor"), person("general_manager")
    person("care_manager")
    assert client.post(URL, answer(boss, store, kind="left", until=None)).status_code == 200
    assert not Absence.objects.exists()
    leave = record_absence(user=boss, store=store, kind="leave", starts_on=store.today(), by=client.user)
    changed = {"kind": "left", "starts_on": store.today().isoformat(), "ends_on": ""}
    assert client.post(reverse("staff:absence", args=[leave.pk]), changed).status_code == 200
    leave.refresh_from_db()
    assert leave.kind == "leave"


def test_a_supervisor_cannot_let_a_leader_back_in_either(signed_in, person, store):
    client, boss = signed_in("supervisor"), person("service_manager")
    left = record_absence(user=boss, store=store, kind="left", starts_on=store.today(), by=person("care_manager"))
    client.post(reverse("staff:absence_remove", args=[left.pk]))
    client.post(reverse("staff:absence", args=[left.pk]), {"kind": "leave", "starts_on": "2020-01-01", "ends_on": "2020-01-02"})
    left.refresh_from_db()
    assert left.kind == "left"


def test_the_last_manager_cannot_be_recorded_as_left(signed_in, store):
    client = signed_in("care_manager")
    assert client.post(URL, answer(client.user, store, kind="left", until=None)).status_code == 200
    assert not Absence.objects.exists()


def test_an_absence_is_changed_and_removed(signed_in, person, store):
    client = signed_in("supervisor")
    absence = record_absence(user=person("advisor"), store=store, kind="leave", starts_on=store.today(), by=client.user)
    url = reverse("staff:absence", args=[absence.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"kind": "day_off", "starts_on": "2026-12-01", "ends_on": "2026-12-02"})
    absence.refresh_from_db()
    assert (absence.kind, str(absence.ends_on)) == ("day_off", "2026-12-02")
    client.post(reverse("staff:absence_remove", args=[absence.pk]))
    assert not Absence.objects.exists()
    assert AuditEvent.objects.filter(verb__in=["absence.changed", "absence.removed"]).count() == 2


def test_absences_of_another_store_do_not_exist_here(signed_in, person):
    other = create_store(code="S2", name="二店")
    absence = Absence.objects.create(user=person("advisor", at=other), store=other, kind="leave", starts_on=other.today())
    client = signed_in("supervisor")
    assert client.get(reverse("staff:absence", args=[absence.pk])).status_code == 404
    assert client.post(reverse("staff:absence_remove", args=[absence.pk])).status_code == 404
    assert Absence.objects.exists()


@pytest.mark.parametrize("role", ["caller", "advisor", "regional"])
def test_others_record_nothing(signed_in, person, store, role):
    client = signed_in(role)
    assert client.get(URL).status_code == 403
    assert client.post(URL, answer(person("advisor"), store)).status_code == 403


def test_the_page_costs_the_same_however_many_are_away(signed_in, person, store, django_assert_num_queries):
    client = signed_in("supervisor")
    record_absence(user=person("advisor"), store=store, kind="leave", starts_on=store.today(), by=client.user)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    assert len(few) <= 14
    for _ in range(10):
        record_absence(user=person("advisor"), store=store, kind="leave", starts_on=store.today(), by=client.user)
    with django_assert_num_queries(len(few)):
        client.get(URL)
