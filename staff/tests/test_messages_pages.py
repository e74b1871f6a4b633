"""Where messages leave the house, and what could not be delivered: the managers' pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock, delivery, tasks, webhooks
from core.models import AuditEvent, OutboxMessage, Webhook
from staff.actions import create_store
from tests.canaries import found_in

pytestmark = pytest.mark.page
KEY = "zqxv777"
URL = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-{KEY}-0ec2sifa5aaa"
TYPED = {"preset": "wecom", "url": URL, "heading": "一店", "kinds": ["complaints_late", "calls_late"]}
MANAGERS = ["care_manager", "general_manager"]
OTHERS = ["caller", "advisor", "service_manager", "regional"]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda *args, **options: None)


@pytest.fixture
def manager(signed_in):
    return signed_in("care_manager")


@pytest.fixture
def hook(store):
    return Webhook.objects.create(store_code=store.code, preset="dingtalk", url=URL, secret=f"SEC{KEY}", kinds=["calls_late"])


def dead(store, n=1, **changes):
    facts = {
        "store_code": store.code, "stage": "breached", "recipient": f"store {store.code}", "channel": "webhook", "topic": "followup_late",
        "params": {"due": "03-02 14:00"}, "status": "dead", "error": "HTTP 502", "attempts": 8,
    }  # fmt: skip
    return [OutboxMessage.objects.create(occasion=f"followup {number}", **(facts | changes)) for number in range(n)]


def page(client, address="/settings/notifications/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


# The robot


@pytest.mark.parametrize("role", MANAGERS)
def test_a_manager_enters_the_robot(signed_in, store, role):
    assert signed_in(role).post("/settings/notifications/", TYPED).status_code == 302
    hook = Webhook.objects.get()
    assert (hook.store_code, hook.preset, hook.url, hook.heading, hook.kinds) == (
        "S1",
        "wecom",
        URL,
        "一店",
        ["complaints_late", "calls_late"],
    )


@pytest.mark.parametrize("role", OTHERS)
def test_others_neither_see_nor_change_it(signed_in, hook, role):
    client = signed_in(role)
    for address in ("/settings/notifications/", "/settings/notifications/test/state/", "/settings/undelivered/"):
        assert client.get(address).status_code == 403
    for address in ("/settings/notifications/", "/settings/notifications/test/", "/settings/undelivered/resend/"):
        assert client.post(address, TYPED).status_code == 403
    assert Webhook.objects.get().url == URL and not OutboxMessage.objects.exists()


def test_the_address_and_the_secret_are_never_shown_again_nor_audited(manager, hook):
    assert "qyapi.weixin.qq.com/…5aaa" in page(manager)
    assert found_in(page(manager)) == []
    manager.post("/settings/notifications/", TYPED | {"preset": "dingtalk", "url": f"{URL}2", "secret": f"SEC{KEY}2"})
    manager.post("/settings/notifications/test/")
    manager.post("/settings/notifications/", {"preset": ""})
    assert AuditEvent.objects.filter(verb__startswith="webhook.").count() == 3
    assert AuditEvent.objects.get(verb="webhook.set").details == {"fields": ["heading", "kinds", "secret", "url"]}
    assert [event.details for event in AuditEvent.objects.all() if found_in(str(event.details))] == []


def test_an_empty_address_keeps_the_stored_one_and_its_secret(manager, hook):
    manager.post("/settings/notifications/", {"preset": "dingtalk", "heading": "新", "kinds": ["recoveries"]})
    hook.refresh_from_db()
    assert (hook.url, hook.secret, hook.heading, hook.kinds) == (URL, f"SEC{KEY}", "新", ["recoveries"])


def test_a_new_address_leaves_the_old_ones_secret_behind(manager, hook):
    manager.post("/settings/notifications/", TYPED | {"preset": "dingtalk", "url": f"{URL}2"})
    hook.refresh_from_db()
    assert (hook.url, hook.secret) == (f"{URL}2", "")


def test_off_forgets_the_address(manager, hook):
    assert manager.post("/settings/notifications/", {"preset": ""}).status_code == 302
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "http://example.com/x"}, "https://"),
        ({"url": "https://10.0.0.7/x"}, "WEBHOOK_HOSTS"),
        ({"url": ""}, "请填写地址"),
        ({"kinds": []}, "请至少选一类"),
        ({"preset": "fax"}, "fax"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_what_was_typed_stays(manager, wrong, said):
    answer = manager.post("/settings/notifications/", TYPED | wrong)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text and 'value="一店"' in text
    assert not Webhook.objects.exists()


def test_another_kind_of_robot_needs_its_own_address(manager, hook):
    assert manager.post("/settings/notifications/", TYPED | {"url": ""}).status_code == 422


def test_a_test_message_says_how_it_fared(manager, hook, monkeypatch):
    assert "还没有测试过" in page(manager)
    manager.post("/settings/notifications/test/")
    assert "发送中" in page(manager) and "hx-get" in page(manager, "/settings/notifications/test/state/")
    monkeypatch.setattr(webhooks, "post", lambda url, body: (200, b'{"errcode":310000}'))
    delivery.work()
    told = page(manager, "/settings/notifications/test/state/")
    assert "310000" in told and "hx-get" not in told
    assert "未送达" not in page(manager), "nobody has to deal with a test that failed"
    assert OutboxMessage.objects.get().attempts == 1 and delivery.work() == 0
    sent = []
    monkeypatch.setattr(webhooks, "post", lambda url, body: sent.append(body) or (200, b'{"errcode":0}'))
    manager.post("/settings/notifications/test/")
    assert delivery.work() == 1 and "测试消息" in sent[0]["text"]["content"]
    assert "已接收" in page(manager)


def test_without_a_robot_there_is_nothing_to_test(manager, store):
    assert manager.post("/settings/notifications/test/").status_code == 302
    assert not OutboxMessage.objects.exists()


def test_the_page_says_whether_e_mail_is_sent_and_to_how_many(manager, settings):
    assert "EMAIL_URL" in page(manager)
    settings.EMAIL_IS_ON = True
    manager.user.email = "m@example.com"
    manager.user.save()
    assert "本店有 1 人" in page(manager)


def test_a_persons_address_is_entered_on_their_page(manager, person):
    caller = person("caller")
    answer = manager.post(f"/settings/people/{caller.pk}/rename/", {"name": caller.name, "email": "caller@example.com"})
    assert answer.status_code == 302
    caller.refresh_from_db()
    assert caller.email == "caller@example.com"
    wrong = manager.post(f"/settings/people/{caller.pk}/rename/", {"name": caller.name, "email": "caller@"})
    assert "is-invalid" in wrong.content.decode()


# What was not delivered


def test_the_list_says_what_where_how_often_and_why(manager, store, person):
    dead(store)
    dead(store, channel="email", recipient="user 1", user=person("caller", name="王五"), error="gone", attempts=1)
    text = page(manager, "/settings/undelivered/")
    for words in ("03-02 14:00", "群机器人", "已尝试 8 次", "HTTP 502", "王五", "电子邮件", "已离开"):
        assert words in text, words


def test_what_was_given_up_is_counted_where_managers_look(manager, store):
    assert "/settings/undelivered/" not in page(manager, "/") + page(manager, "/settings/")
    dead(store, 3)
    for address in ("/", "/settings/", "/settings/notifications/"):
        assert "/settings/undelivered/" in page(manager, address), address


def test_others_are_not_told_of_it(signed_in, store):
    dead(store)
    assert "/settings/undelivered/" not in page(signed_in("service_manager"), "/")


def test_one_is_sent_again_and_only_once(manager, store):
    first, second = dead(store, 2)
    address = f"/settings/undelivered/{first.pk}/resend/"
    assert [manager.post(address).status_code for _ in range(2)] == [302, 302]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.attempts, first.error, second.status) == ("pending", 0, "", "dead")
    assert AuditEvent.objects.get(verb="messages.resent").details == {"n": 1, "outboxmessage": first.pk}


def test_all_of_the_stores_are_sent_again(manager, store):
    dead(store, 3)
    other = create_store(code="S2", name="另一店")
    dead(other)
    manager.post("/settings/undelivered/resend/")
    assert list(OutboxMessage.objects.filter(status="dead").values_list("store_code", flat=True)) == ["S2"]
    assert AuditEvent.objects.get(verb="messages.resent").details["n"] == 3


def test_what_is_put_away_is_off_the_list_and_is_not_sent(manager, store):
    first, _second, _third = dead(store, 3)
    manager.post(f"/settings/undelivered/{first.pk}/put-away/")
    assert OutboxMessage.objects.undelivered(store).count() == 2
    manager.post("/settings/undelivered/put-away/")
    manager.post("/settings/undelivered/resend/")
    assert not OutboxMessage.objects.undelivered(store).exists() and not delivery.due(clock.now()).exists()


def test_another_stores_message_is_not_there(manager):
    message = dead(create_store(code="S2", name="另一店"))[0]
    for act in ("resend", "put-away"):
        assert manager.post(f"/settings/undelivered/{message.pk}/{act}/").status_code == 404
    assert "03-02 14:00" not in page(manager, "/settings/undelivered/")


def test_fifty_a_page_at_the_price_of_one(manager, store, person):
    def price() -> int:
        with CaptureQueriesContext(connection) as asked:
            page(manager, "/settings/undelivered/")
        return len(asked)

    dead(store)
    one = price()
    dead(store, 60, channel="email", user=person("caller"), recipient="user 9")
    assert price() == one
    first = page(manager, "/settings/undelivered/")
    assert first.count('class="unsent"') == 50 and "?before=" in first
    rest = page(manager, first[first.index("?before=") :].split('"')[0].join(["/settings/undelivered/", ""]))
    assert rest.count('class="unsent"') == 11
