"""The same form sent twice is one act (core.once)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core import clock, once
from core.models import SentForm
from customers.models import Customer

pytestmark = pytest.mark.django_db
FORM = {"customer-name": "王小明", "customer-kind": "person", "once": "a word"}


@pytest.fixture
def send(signed_in):
    client = signed_in("advisor")
    return lambda **changes: client.post(reverse("desk:customer_new"), {**FORM, **changes})


def test_the_second_is_sent_where_the_first_went_and_told(send):
    first, second = send(), send()
    assert Customer.objects.count() == 1
    assert second.status_code == 302 and second.url == first.url
    assert "只算一次" in second.wsgi_request._messages._queued_messages[0].message


def test_another_content_with_an_old_page_is_another_act(send):
    """Somebody goes back, changes the name and saves: that is no double click."""
    send()
    send(**{"customer-name": "王大明"})
    assert Customer.objects.count() == 2


def test_a_refused_form_may_be_sent_again(send):
    assert send(**{"customer-name": ""}).status_code == 422
    assert SentForm.objects.count() == 0
    assert send().status_code == 302


def test_another_person_with_the_same_word_is_another_act(send, client, person):
    send()
    client.force_login(person("advisor"), backend="django.contrib.auth.backends.ModelBackend")
    send()
    assert Customer.objects.count() == 2


def test_what_is_kept_says_nothing_of_what_was_typed(send):
    send()
    kept = SentForm.objects.get()
    assert len(kept.key) == 64 and "王" not in f"{kept.key}{kept.location}"


def test_what_was_sent_days_ago_is_forgotten(send):
    send()
    assert once.forget(clock.now()) == 0
    assert once.forget(clock.now() + once.KEPT + timedelta(minutes=1)) == 1
    assert SentForm.objects.count() == 0


def test_with_the_guard_taken_out_the_customer_is_there_twice(send, monkeypatch):
    monkeypatch.setattr(once, "_is_first", lambda key: True)
    send()
    send()
    assert Customer.objects.count() == 2
