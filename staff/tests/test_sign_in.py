"""Signing in, and the lock-out that never locks a person out for good."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse

from core import clock
from staff.models import User

URL = "/login/"
HOME = settings.LOGIN_REDIRECT_URL


def sign_in(client, user, password="pass-word-1", ip="10.0.0.1", **extra):
    return client.post(URL, {"username": user.username, "password": password}, REMOTE_ADDR=ip, **extra)


def fail(client, user, times=settings.AXES_FAILURE_LIMIT, ip="10.0.0.1"):
    for _ in range(times):
        response = sign_in(client, user, "wrong", ip)
    return response


def test_the_right_password_leads_to_todays_work(client, person):
    response = sign_in(client, person("caller"))
    assert response.status_code == 302 and response.url == reverse(HOME)


def test_after_signing_in_one_arrives_where_one_wanted_to_go(client, person):
    user = person("caller")
    response = client.post(URL, {"username": user.username, "password": "pass-word-1", "next": "/inbox/"})
    assert response.url == "/inbox/"
    client.logout()
    response = client.post(URL, {"username": user.username, "password": "pass-word-1", "next": "https://evil.example/"})
    assert response.url == reverse(HOME)


def test_a_wrong_password_is_explained_and_the_name_is_kept(client, person):
    user = person("caller")
    page = sign_in(client, user, "wrong").content.decode()
    assert 'role="alert"' in page and f'value="{user.username}"' in page and "wrong" not in page


def test_the_page_says_what_to_do_when_the_password_is_forgotten(client, db):
    client.cookies["django_language"] = "en"
    assert "customer manager sets a new one" in client.get(URL).content.decode()


def test_a_closed_sign_in_does_not_open(client, person):
    user = person("caller")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert sign_in(client, user).status_code == 200


def test_eight_failures_pause_this_name_at_this_address(client, person):
    user = person("caller")
    assert fail(client, user, settings.AXES_FAILURE_LIMIT - 1).status_code == 200
    response = fail(client, user, 1)
    assert response.status_code == 429
    assert sign_in(client, user).status_code == 429


def test_the_pause_says_when_it_ends(client, person):
    client.cookies["django_language"] = "en"
    page = fail(client, person("caller")).content.decode()
    assert "Try again:" in page and ("in 14 min" in page or "in 15 min" in page)


def test_another_address_and_another_person_still_get_in(client, person):
    user, colleague = person("caller"), person("caller")
    fail(client, user)
    assert sign_in(client, user, ip="10.0.0.2").status_code == 302
    client.logout()
    assert sign_in(client, colleague, ip="10.0.0.1").status_code == 302


def test_the_pause_ends_by_itself_and_the_right_password_works_again(client, person):
    user = person("caller")
    start = clock.now()
    with time_machine.travel(start, tick=False) as traveller:
        fail(client, user)
        traveller.move_to(start + timedelta(minutes=14, seconds=59))
        assert sign_in(client, user).status_code == 429
        traveller.move_to(start + timedelta(minutes=15, seconds=1))
        assert sign_in(client, user).status_code == 302


def test_trying_during_the_pause_does_not_lengthen_it(client, person):
    user = person("caller")
    start = clock.now()
    with time_machine.travel(start, tick=False) as traveller:
        fail(client, user)
        for minute in range(1, 15):
            traveller.move_to(start + timedelta(minutes=minute))
            assert fail(client, user, 3).status_code == 429
        traveller.move_to(start + timedelta(minutes=15, seconds=1))
        assert sign_in(client, user).status_code == 302


def test_nobody_is_locked_for_good_however_often_a_stranger_fails(client, person):
    """A hundred failures from ten addresses, over and over: the owner's own address is never affected."""
    user = person("caller")
    start = clock.now()
    with time_machine.travel(start, tick=False) as traveller:
        for hour in range(3):
            traveller.move_to(start + timedelta(hours=hour))
            for stranger in range(4):
                fail(client, user, ip=f"192.0.2.{stranger}")
            assert sign_in(client, user, ip="10.0.0.1").status_code == 302
            client.logout()


def test_signing_out_needs_a_post(signed_in):
    client = signed_in("caller")
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").url == URL
    assert client.get("/inbox/").url.startswith(URL)


def test_a_person_without_a_store_is_told_so(client, db):
    user = User.objects.create_user("lost", password="pass-word-1", name="Lost")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    response = client.get("/inbox/")
    assert response.status_code == 403 and "You belong to no store yet" in response.content.decode()


def test_changing_ones_own_password_keeps_one_signed_in(signed_in):
    client = signed_in("caller")
    answer = {"old_password": "pass-word-1", "new_password1": "kuai-8-ban-x", "new_password2": "kuai-8-ban-x"}
    assert client.post("/password/", answer).status_code == 302
    assert client.get("/password/").status_code == 200
    client.user.refresh_from_db()
    assert client.user.check_password("kuai-8-ban-x")


@pytest.mark.parametrize("change", [{"old_password": "x"}, {"new_password2": "other"}, {"new_password1": "1234", "new_password2": "1234"}])
def test_a_bad_password_change_changes_nothing(signed_in, change):
    client = signed_in("caller")
    answer = {"old_password": "pass-word-1", "new_password1": "kuai-8-ban-x", "new_password2": "kuai-8-ban-x"} | change
    assert client.post("/password/", answer).status_code == 200
    client.user.refresh_from_db()
    assert client.user.check_password("pass-word-1")
