"""What stands around every page: navigation, banner, languages; the gallery shows all of it."""

import re
from datetime import timedelta

import pytest
import time_machine

from core import clock
from core.models import SweepState
from staff.roles import SIGN_IN

pytestmark = pytest.mark.page

URL = "/gallery/"


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.parametrize("role", SIGN_IN)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_gallery_stands_for_every_role_in_both_languages(signed_in, role, language):
    client = signed_in(role)
    client.cookies["django_language"] = language
    assert client.get(URL).status_code == 200


def entries(page: str) -> set[str]:
    return set(re.findall(r'<a class="nav-entry[^"]*" href="(/[^"]*)"', page))


@pytest.mark.parametrize("role", SIGN_IN)
def test_every_entry_of_the_navigation_opens_for_the_role_that_sees_it(signed_in, role):
    client = signed_in(role)
    shown = entries(client.get(URL).content.decode())
    assert {"/", "/customers/"} <= shown
    for address in shown:
        assert client.get(address).status_code == 200, address


def test_the_navigation_shows_what_the_role_may_see(signed_in):
    caller = entries(signed_in("caller").get(URL).content.decode())
    assert "/queue/" in caller and not {"/settings/", "/absences/", "/reports/"} & caller
    manager = entries(signed_in("care_manager").get(URL).content.decode())
    assert {"/settings/", "/absences/", "/csi/monthly/", "/reports/"} <= manager


def test_the_page_one_is_on_is_marked(signed_in):
    page = signed_in("care_manager").get("/settings/people/").content.decode()
    assert 'is-here" href="/settings/" aria-current="page"' in page


def test_no_page_carries_inline_script_or_style(signed_in):
    page = signed_in("care_manager").get(URL).content.decode()
    assert "<style" not in page and " style=" not in page and " onclick=" not in page and "<script>" not in page


def test_the_banner_appears_when_no_sweep_has_ended_for_two_minutes(signed_in, english):
    client = signed_in("care_manager")
    start = clock.now()
    SweepState.objects.create(name="sweep", finished_at=start)
    with time_machine.travel(start, tick=False) as traveller:
        traveller.move_to(start + timedelta(minutes=2))
        assert "Nothing has been planned" not in client.get(URL).content.decode()
        traveller.move_to(start + timedelta(minutes=2, seconds=1))
        page = client.get(URL).content.decode()
        assert "Nothing has been planned, reminded or sent since" in page and "2 min ago" in page
        assert "see that worker and beat are running" in page


def test_those_who_cannot_mend_it_are_told_whom_to_tell(signed_in, english):
    page = signed_in("caller").get(URL).content.decode()
    assert "the background work has not run yet" in page and "tell the customer manager" in page


def test_what_stands_around_a_page_costs_few_queries(signed_in, django_assert_num_queries):
    client = signed_in("caller")
    client.get(URL)
    # session, user, roles and stores, unread and sweep in one, the page's own
    with django_assert_num_queries(5):
        client.get(URL)


def test_a_page_that_does_not_exist_is_said_in_the_house(signed_in, english):
    response = signed_in("caller").get("/no/such/page/")
    assert response.status_code == 404 and "does not exist here" in response.content.decode()


def test_a_page_for_another_role_is_refused_in_the_house(signed_in, english):
    response = signed_in("caller").get("/settings/")
    assert response.status_code == 403 and "not for your role" in response.content.decode()
