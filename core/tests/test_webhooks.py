import socket
import threading
import time
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from core import webhooks
from core.models import Webhook
from core.tests.listening import listening

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec33c4aa0d55e48ae43e"


@pytest.fixture
def posted(monkeypatch):
    """What would have been posted; `posted.answer` is what comes back."""

    class Posted(list):
        answer = (200, b'{"errcode":0,"errmsg":"ok"}')

    found = Posted()
    monkeypatch.setattr(webhooks, "post", lambda url, body: found.append((url, body)) or found.answer)
    return found


@pytest.fixture
def robot(settings):
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    with listening() as (robot, address):
        robot.address = address
        yield robot


def send(preset: str, url: str, **facts) -> str:
    hook = Webhook(store_code="S1", preset=preset, url=url, heading=facts.pop("heading", ""), secret=facts.pop("secret", ""))
    return webhooks.send(hook, **({"text": "有投诉超时", "link": "", "number": 7, "topic": "complaint_late"} | facts))


# What the documents of the robots say


def test_wecom_gets_a_text_message(posted):
    """https://developer.work.weixin.qq.com/document/path/91770"""
    assert send("wecom", WECOM, heading="一店", link="https://crm.example.com/complaints/5/") == ""
    assert posted == [(WECOM, {"msgtype": "text", "text": {"content": "【一店】有投诉超时\nhttps://crm.example.com/complaints/5/"}})]


def test_dingtalk_gets_a_text_message_with_time_and_signature(posted, time_machine):
    """https://open.dingtalk.com/document/robots/customize-robot-security-settings: HMAC-SHA256 of "timestamp\\nsecret" with the secret,
    base64, url-encoded. The signature was computed beside, with openssl."""
    time_machine.move_to(datetime(2026, 3, 2, 4, 0, 0, 123000, tzinfo=UTC), tick=False)
    assert send("dingtalk", DINGTALK, secret="SECabc123") == ""
    sign = "zDBBlyPGfRSsmjhD7uoVf9ExICDz1K%2FxDSjRm9IszoI%3D"
    assert posted == [(f"{DINGTALK}&timestamp=1772424000123&sign={sign}", {"msgtype": "text", "text": {"content": "有投诉超时"}})]


def test_dingtalk_without_a_secret_and_wecom_with_one_are_not_signed(posted):
    send("dingtalk", DINGTALK)
    send("wecom", WECOM, secret="SECabc123")
    assert [url for url, _body in posted] == [DINGTALK, WECOM]


def test_another_program_gets_plain_fields_and_a_number_that_stays(posted):
    assert send("json", "https://example.com/x", link="https://crm.example.com/complaints/5/", heading="一店") == ""
    assert posted[0][1] == {
        "id": 7, "store": "S1", "topic": "complaint_late", "heading": "一店", "text": "有投诉超时", "link": "https://crm.example.com/complaints/5/",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("preset", "answer", "reason"),
    [
        ("wecom", (200, b'{"errcode":93000,"errmsg":"invalid webhook url, hint: [k3y]"}'), "errcode 93000"),
        ("dingtalk", (200, b'{"errcode":310000,"errmsg":"keywords not in content"}'), "errcode 310000"),
        ("wecom", (200, b"<html>"), "errcode ?"),
        ("wecom", (200, b"[]"), "errcode ?"),
        ("wecom", (200, b'{"errcode":"k3y"}'), "errcode ?"),
        ("wecom", (502, b""), "HTTP 502"),
        ("json", (204, b""), ""),
        ("json", (200, b'{"errcode":1}'), ""),
        ("json", (302, b""), "HTTP 302"),
        ("json", (404, b""), "HTTP 404"),
    ],
)
def test_what_the_other_side_answers_is_understood(posted, preset, answer, reason):
    posted.answer = answer
    assert send(preset, WECOM) == reason


# What may be called


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x", "ftp://example.com/", "example.com", "https://", "https://user:pw@example.com/", "https://example.com:99999/",
        "https://exa mple.com/", "https://例子.com/", "https://localhost/", "https://127.0.0.1/", "https://10.0.0.7/", "https://192.168.1.1:8443/",
        "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://[::ffff:10.0.0.7]/", "https://[fe80::1]/", "https://0.0.0.0/",
        "https://224.0.0.1/", "file:///etc/passwd", "", "https://[/",
    ],
)  # fmt: skip
def test_only_public_addresses_with_tls_may_be_entered(url):
    with pytest.raises(ValidationError):
        webhooks.check(url)


def test_a_host_that_the_environment_names_may_be_called_without_tls(settings):
    settings.WEBHOOK_HOSTS = ["relay.lan"]
    assert webhooks.check("http://relay.lan:8080/x").port == 8080
    with pytest.raises(ValidationError):
        webhooks.check("http://other.lan/x")


def test_a_name_that_leads_into_the_own_network_is_not_called(monkeypatch):
    """Entered as a public name, and pointed at this machine later."""
    with listening() as (robot, address):
        port = int(address.split(":")[2].split("/")[0])
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [(2, 1, 6, "", ("127.0.0.1", port))])
        with pytest.raises(webhooks.NotPublic):
            webhooks.post("https://robots.example.com/x", {})
        assert robot.requests == []


def test_without_that_check_it_would_be_called(monkeypatch):
    with listening() as (robot, address):
        monkeypatch.setattr(webhooks, "_is_public", lambda host: True)
        monkeypatch.setattr(webhooks, "_is_inside", lambda host: False)
        monkeypatch.setattr(webhooks, "check", webhooks.urlsplit)
        assert webhooks.post(address, {})[0] == 200
        assert len(robot.requests) == 1


# Over real HTTP


def test_it_is_posted_as_json_in_utf8(robot):
    assert send("wecom", robot.address) == ""
    assert robot.requests == [("/cgi-bin/webhook/send?key=k3y", {"msgtype": "text", "text": {"content": "有投诉超时"}})]


def test_a_redirect_is_not_followed(robot):
    with listening() as (other, address):
        robot.status, robot.location = 302, address
        assert send("wecom", robot.address) == "HTTP 302"
        assert other.requests == []


def test_no_more_than_a_kilobyte_of_the_answer_is_read(robot):
    robot.answer = b"x" * 100_000
    assert webhooks.post(robot.address, {}) == (200, b"x" * 1024)


def test_an_answer_drop_by_drop_does_not_hold_us(settings, monkeypatch):
    """Each byte comes within the time for one answer; all of them would take minutes."""
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(webhooks, "ALTOGETHER", 0.3)
    listener = socket.create_server(("127.0.0.1", 0))

    def drip():
        line, _address = listener.accept()
        try:
            while True:
                line.sendall(b"H")
                time.sleep(0.02)
        except OSError:
            line.close()

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    started = time.monotonic()
    with pytest.raises(Exception):  # noqa: B017  which one depends on the moment
        webhooks.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", {})
    assert time.monotonic() - started < 3
    dripping.join(5)
    listener.close()
    assert not dripping.is_alive()


def test_the_masked_address_is_recognised_and_not_usable():
    assert webhooks.masked(WECOM) == "qyapi.weixin.qq.com/…5aaa"
    assert webhooks.masked("https://example.com/s3cret") == "example.com/…"
