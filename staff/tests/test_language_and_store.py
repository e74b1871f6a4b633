import pytest
from django.conf import settings
from django.urls import reverse

from staff.actions import create_store
from staff.models import Membership

pytestmark = pytest.mark.page


def test_chinese_is_the_language_unless_switched(client, db):
    assert client.get("/login/", headers={"accept-language": "en"}).headers["Content-Language"] == "zh-hans"


def test_switching_the_language_lasts_and_leads_back(client, db):
    response = client.post("/language/", {"language": "en", "next": "/login/?next=/inbox/"})
    assert response.url == "/login/?next=/inbox/"
    page = client.get("/login/")
    assert page.headers["Content-Language"] == "en" and '<html lang="en">' in page.content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_switching_the_language_never_leads_elsewhere(client, db, elsewhere):
    assert client.post("/language/", {"language": "en", "next": elsewhere}).url == reverse(settings.LOGIN_REDIRECT_URL)


def test_an_unknown_language_is_ignored(client, db):
    assert settings.LANGUAGE_COOKIE_NAME not in client.post("/language/", {"language": "tlh"}).cookies
    assert client.get("/language/").status_code == 405


def test_a_person_of_two_stores_switches_between_them(signed_in, store):
    client = signed_in("caller")
    other = create_store(code="S2", name="二店")
    Membership.objects.create(user=client.user, store=other, role="caller")
    client.post("/store/", {"store": other.pk})
    assert client.get("/inbox/").context["store"] == other


@pytest.mark.parametrize("chosen", ["strangers", "", "x", "999999999999"])
def test_nobody_switches_to_a_store_that_is_not_theirs(signed_in, store, chosen):
    client = signed_in("caller")
    strange = create_store(code="S2", name="二店")
    client.post("/store/", {"store": strange.pk if chosen == "strangers" else chosen})
    assert "store" not in client.session
    assert client.get("/inbox/").context["store"] == store
