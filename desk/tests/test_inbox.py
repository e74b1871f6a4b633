import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock, outbox
from core.models import OutboxMessage
from staff.actions import create_store
from staff.models import Membership

URL = "/inbox/"


@pytest.fixture
def tell(store):
    """tell(user, n) -> n delivered messages, the newest last."""

    def deliver(user, n=1, at=store, path="/settings/calendar/?year=2027"):
        start = OutboxMessage.objects.count()
        for number in range(start, start + n):
            topic = "calendar_year_missing"
            outbox.notify(store=at, user=user, occasion=f"calendar {number}", stage="missing", topic=topic, path=path, year=2000 + number)
        outbox.send_due(clock.now())
        return list(OutboxMessage.objects.filter(user=user).order_by("pk"))[-n:]

    return deliver


def test_the_newest_message_stands_first_and_unread_ones_are_counted_on_every_page(signed_in, tell):
    client = signed_in("caller")
    tell(client.user, 3)
    response = client.get(URL)
    assert [row["message"].params["year"] for row in response.context["rows"]] == [2002, 2001, 2000]
    assert response.content.decode().count("is-unread") == 3
    assert '<span class="count num">3' in client.get("/gallery/").content.decode()


def test_one_or_all_are_marked_as_read(signed_in, tell):
    client = signed_in("caller")
    first, *_rest = tell(client.user, 3)
    assert client.post(f"{URL}{first.pk}/").url == URL
    assert OutboxMessage.objects.unread_by(client.user).count() == 2
    client.post(f"{URL}read/")
    assert OutboxMessage.objects.unread_by(client.user).count() == 0
    assert '<span class="count' not in client.get(URL).content.decode()


def test_reading_changes_nothing_by_itself(signed_in, tell):
    client = signed_in("caller")
    tell(client.user)
    client.get(URL)
    assert OutboxMessage.objects.unread_by(client.user).count() == 1
    assert client.get(f"{URL}read/").status_code == 405


def test_opening_a_message_marks_it_and_leads_to_what_it_is_about(signed_in, tell):
    client = signed_in("caller")
    (message,) = tell(client.user)
    assert client.post(f"{URL}{message.pk}/", {"open": "1"}).url == message.path
    message.refresh_from_db()
    assert message.read_at


def test_a_message_about_another_store_opens_in_that_store(signed_in, tell):
    client = signed_in("caller")
    other = create_store(code="S2", name="二店")
    Membership.objects.create(user=client.user, store=other, role="caller")
    (message,) = tell(client.user, at=other, path="/inbox/")
    assert "二店" in client.get(URL).content.decode()
    client.post(f"{URL}{message.pk}/", {"open": "1"})
    assert client.get(URL).context["store"] == other


def test_nobody_reads_or_marks_the_messages_of_others(signed_in, person, tell):
    client, colleague = signed_in("caller"), person("caller")
    (message,) = tell(colleague)
    assert client.get(URL).context["rows"] == []
    assert client.post(f"{URL}{message.pk}/").status_code == 404
    client.post(f"{URL}read/")
    message.refresh_from_db()
    assert message.read_at is None


def test_an_empty_inbox_says_what_will_come(signed_in):
    client = signed_in("caller")
    client.cookies["django_language"] = "en"
    assert "No messages" in client.get(URL).content.decode()


def test_pages_follow_one_another_without_gap_or_repetition(signed_in, tell):
    client = signed_in("caller")
    tell(client.user, 103)
    seen, url = [], URL
    while url:
        context = client.get(url).context
        seen += [row["message"].params["year"] for row in context["rows"]]
        url = URL + context["next_url"] if context["next_url"] else ""
    assert seen == sorted(range(2000, 2103), reverse=True)


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "²"])
def test_a_strange_address_shows_the_first_page(signed_in, tell, before):
    client = signed_in("caller")
    tell(client.user)
    assert len(client.get(URL, {"before": before}).context["rows"]) == 1


def test_the_inbox_costs_the_same_however_many_messages_there_are(signed_in, tell, django_assert_num_queries):
    client = signed_in("caller")
    tell(client.user)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    assert len(few) <= 9
    tell(client.user, 60)
    with django_assert_num_queries(len(few)):
        client.get(URL)
