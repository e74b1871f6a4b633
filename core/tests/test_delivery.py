"""Messages that leave the house: who gets them, when they are tried again, and what is given up."""

import io
import json
import logging
import re
import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import translation

from complaints.actions import open_complaint
from core import clock, delivery, outbox, sweep, tasks, topics, webhooks
from core.models import OutboxMessage, Webhook
from staff.actions import create_store
from staff.models import Absence, Membership
from tests.canaries import WORD, found_in
from tests.everything import Everything

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SECRET = "https://robots.example.com/send?key=zqxv777"
Status, Channel = OutboxMessage.Status, OutboxMessage.Channel
PARAM = re.compile(r"%\((\w+)\)")
FACTS = {"number": "T1-0007", "who": "张先生", "plate": "345", "due": "03-02 14:00"}


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda *args, **options: None)


@pytest.fixture
def emailing(settings):
    settings.EMAIL_IS_ON, settings.DEFAULT_FROM_EMAIL = True, "crm@example.com"


@pytest.fixture
def manager(person):
    user = person("care_manager")
    user.email = "manager@example.com"
    user.save()
    return user


@pytest.fixture
def hook(store):
    return Webhook.objects.create(
        store_code=store.code, preset="wecom", url=SECRET, heading="测试店", kinds=["complaints_late", "calls_late"]
    )


@pytest.fixture
def robot(hook, monkeypatch):
    """What was posted; `robot.answers` is taken one by one, then everything is accepted. An exception among them is raised."""

    class Robot(list):
        answers: list = []

        def post(self, url, body):
            self.append((url, body))
            answer = self.answers.pop(0) if self.answers else (200, b'{"errcode":0}')
            if isinstance(answer, Exception):
                raise answer
            return answer

    found = Robot()
    found.answers = []
    monkeypatch.setattr(webhooks, "post", found.post)
    return found


def owe(store, user, n=1, topic="complaint_late", stage="breached"):
    outbox.notify(store=store, user=user, occasion=f"complaint clock {n}", stage=stage, topic=topic, path="/complaints/5/", **FACTS)


def delivered(channel) -> OutboxMessage:
    return OutboxMessage.objects.get(channel=channel)


def in_app_then_out() -> int:
    outbox.send_due(clock.now())
    return delivery.work()


# Who is owed what


def test_nothing_leaves_the_house_unless_it_is_set_up(store, manager):
    owe(store, manager)
    assert in_app_then_out() == 0
    assert list(OutboxMessage.objects.values_list("channel", flat=True)) == ["in_app"] and mail.outbox == []


def test_whoever_has_an_address_gets_e_mail_as_well(store, manager, person, emailing):
    for user in (manager, person("caller")):
        owe(store, user)
    assert in_app_then_out() == 1
    assert [letter.to for letter in mail.outbox] == [["manager@example.com"]]
    assert OutboxMessage.objects.filter(channel="in_app", status="sent").count() == 2


def test_the_group_is_told_once_however_many_people_are(store, manager, person, robot):
    for user in (manager, person("caller"), person("advisor")):
        owe(store, user)
    assert in_app_then_out() == 1
    assert len(robot) == 1
    assert (delivered("webhook").recipient, delivered("webhook").user) == ("store S1", None)


def test_what_was_told_is_not_owed_again(store, manager, robot, emailing):
    for _ in range(3):
        owe(store, manager)
        in_app_then_out()
    assert (len(robot), len(mail.outbox), OutboxMessage.objects.count()) == (1, 1, 3)


def test_the_group_is_told_the_kinds_that_its_store_chose(store, manager, robot):
    owe(store, manager, topic="complaint_raised", stage="raised")
    owe(store, manager, topic="demo_welcome", stage="welcome")
    assert in_app_then_out() == 0


def test_another_stores_messages_do_not_go_to_this_group(store, manager, robot):
    owe(create_store(code="S2", name="另一店"), manager)
    assert in_app_then_out() == 0


def test_what_is_not_delivered_in_the_application_goes_nowhere_else(store, manager, robot, emailing):
    owe(store, manager)
    manager.is_active = False
    manager.save()
    assert in_app_then_out() == 0 and OutboxMessage.objects.count() == 1


# What it says


def test_a_group_reads_a_sentence_for_everybody_with_a_link_and_no_more_than_surname_and_plate_tail(store, manager, robot, settings):
    settings.SITE_URL = "https://crm.example.com"
    owe(store, manager)
    in_app_then_out()
    content = robot[0][1]["text"]["content"]
    assert content.startswith("【测试店】") and content.endswith("\nhttps://crm.example.com/complaints/5/")
    assert "张先生 345" in content and "14:00" in content


def test_without_an_address_of_the_site_there_is_no_link(store, manager, robot, emailing):
    owe(store, manager)
    in_app_then_out()
    assert "/complaints/" not in robot[0][1]["text"]["content"] + mail.outbox[0].body


def test_e_mail_is_in_the_houses_language_whatever_the_manager_reads(store, manager, emailing):
    owe(store, manager)
    with translation.override("en"):
        in_app_then_out()
    assert mail.outbox[0].subject.startswith("投诉") and "请勿回复" in mail.outbox[0].body


def test_an_e_mail_that_is_sent_again_has_the_same_number(store, manager, emailing):
    owe(store, manager)
    in_app_then_out()
    OutboxMessage.objects.filter(channel="email").update(status="pending", sent_at=None, attempts=0, next_at=clock.now())
    delivery.work()
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


# Rights are asked at delivery


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_whoever_has_left_meanwhile_gets_no_e_mail(store, manager, emailing, change):
    owe(store, manager)
    outbox.send_due(clock.now())
    type(manager).objects.filter(pk=manager.pk).update(**change)
    assert delivery.work() == 0 and mail.outbox == []
    assert (delivered("email").status, delivered("email").error) == ("dead", "gone")


def test_whoever_has_left_the_store_gets_no_e_mail_about_it(store, manager, emailing):
    owe(store, manager)
    outbox.send_due(clock.now())
    Absence.objects.create(user=manager, store=store, kind="left", starts_on=store.today())
    assert delivery.work() == 0 and mail.outbox == []


def test_what_was_switched_off_meanwhile_is_given_up_at_once(store, manager, robot, emailing, settings):
    owe(store, manager)
    outbox.send_due(clock.now())
    Webhook.objects.all().delete()
    settings.EMAIL_IS_ON = False
    assert delivery.work() == 0 and len(robot) == 0
    assert set(OutboxMessage.objects.exclude(channel="in_app").values_list("status", "error", "attempts")) == {("dead", "off", 1)}


# Tries


def test_it_is_tried_eight_times_at_growing_distances_and_then_given_up(store, manager, robot, time_machine):
    time_machine.move_to(NOON, tick=False)
    robot.answers = [(502, b"")] * 8
    owe(store, manager)
    in_app_then_out()
    for minutes in (1, 5, 15, 60, 240, 720, 1440):
        tried, message = len(robot), delivered("webhook")
        assert (message.status, message.error, message.next_at) == ("pending", "HTTP 502", clock.now() + timedelta(minutes=minutes))
        time_machine.move_to(message.next_at - timedelta(seconds=1), tick=False)
        assert delivery.work() == 0 and len(robot) == tried, "not before its time"
        time_machine.move_to(message.next_at, tick=False)
        delivery.work()
        assert len(robot) == tried + 1
    message = delivered("webhook")
    assert (message.status, message.attempts, message.error, message.sent_at) == ("dead", 8, "HTTP 502", None)
    time_machine.move_to(NOON + timedelta(days=30), tick=False)
    assert delivery.work() == 0 and len(robot) == 8
    assert OutboxMessage.objects.undelivered(store).get() == message


def test_a_later_try_that_is_taken_leaves_no_error(store, manager, robot, time_machine):
    time_machine.move_to(NOON, tick=False)
    robot.answers = [TimeoutError(SECRET)]
    owe(store, manager)
    in_app_then_out()
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    assert delivery.work() == 1
    message = delivered("webhook")
    assert (message.status, message.attempts, message.error, message.sent_at) == ("sent", 2, "", clock.now())


def test_what_was_given_up_is_sent_again_once_somebody_says_so(store, manager, robot, time_machine):
    time_machine.move_to(NOON, tick=False)
    owe(store, manager)
    outbox.send_due(clock.now())
    OutboxMessage.objects.filter(channel="webhook").update(status="dead", attempts=8, error="HTTP 502", next_at=NOON)
    assert (outbox.resend(store=store), outbox.resend(store=store)) == (1, 0)
    assert delivery.work() == 1 and delivered("webhook").attempts == 1


def test_a_server_that_does_not_answer_is_asked_once_a_minute_not_once_a_message(store, manager, robot, time_machine):
    time_machine.move_to(NOON, tick=False)
    robot.answers = [TimeoutError()] * 2
    for n in range(10):
        owe(store, manager, n)
    in_app_then_out()
    assert len(robot) == 1
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    delivery.work()
    assert len(robot) == 2
    assert sorted(OutboxMessage.objects.filter(channel="webhook").values_list("attempts", flat=True)) == [0] * 8 + [1, 1]
    time_machine.move_to(NOON + timedelta(minutes=3), tick=False)
    assert delivery.work() == 10


def test_one_stores_dead_robot_does_not_hold_up_anothers_nor_e_mail(store, manager, robot, emailing):
    other = create_store(code="S2", name="另一店")
    Webhook.objects.create(store_code="S2", preset="wecom", url="https://robots.example.com/other", kinds=["complaints_late"])
    type(manager).objects.get(pk=manager.pk).memberships.create(store=other, role="care_manager")
    robot.answers = [OSError()]
    for at in (store, other):
        outbox.notify(store=at, user=manager, occasion=f"x {at.code}", stage="breached", topic="complaint_late", **FACTS)
    assert in_app_then_out() == 3
    assert len(robot) == 2 and len(mail.outbox) == 2


def test_a_recipient_that_the_mail_server_refuses_is_no_reason_to_let_others_wait(store, manager, person, emailing, monkeypatch):
    other = person("general_manager")
    other.email = "other@example.com"
    other.save()
    refused, asked = smtplib.SMTPRecipientsRefused({"manager@example.com": (550, b"no such user")}), []

    def send(letter, **options):
        asked.append(letter.to)
        if letter.to == ["manager@example.com"]:
            raise refused
        return 1

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    for user in (manager, other):
        owe(store, user)
    assert in_app_then_out() == 1 and len(asked) == 2


def test_a_robot_is_given_fifteen_at_once_and_the_rest_a_minute_later(store, manager, robot, time_machine):
    time_machine.move_to(NOON, tick=False)
    for n in range(20):
        owe(store, manager, n)
    assert in_app_then_out() == 15
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    assert delivery.work() == 5


def test_no_more_is_tried_than_there_is_time_for(store, manager, robot):
    for n in range(3):
        owe(store, manager, n)
    outbox.send_due(clock.now())
    assert (delivery.work(most=2), delivery.work(most=2), len(robot)) == (2, 1, 3)


def test_a_sweep_by_hand_sends_without_worker_and_broker(store, manager, robot):
    owe(store, manager)
    told = io.StringIO()
    call_command("sweep", "--once", "--json", stdout=told)
    assert len(robot) == 1 and delivered("webhook").status == "sent"
    assert json.loads(told.getvalue())["sent"] == OutboxMessage.objects.filter(status="sent").count() >= 2


# Two senders


def test_two_senders_never_have_the_same_message(store, manager, robot, monkeypatch):
    """The second one comes while the first waits for the other side's answer."""
    owe(store, manager)
    outbox.send_due(clock.now())
    inside, post = [], robot.post

    def slow(url, body):
        inside.append(delivery.work())
        return post(url, body)

    monkeypatch.setattr(webhooks, "post", slow)
    assert delivery.work() == 1
    assert inside == [0] and len(robot) == 1


def test_without_the_claim_both_would_send_it(store, manager, robot, monkeypatch):
    owe(store, manager)
    outbox.send_due(clock.now())
    mine = delivered("webhook")
    monkeypatch.setattr(delivery, "_claim", iter([mine, mine, None]).__next__)
    delivery.work()
    assert len(robot) == 2


def test_a_sender_that_died_is_followed_when_its_claim_has_run_out(store, manager, robot, time_machine):
    time_machine.move_to(NOON, tick=False)
    owe(store, manager)
    outbox.send_due(clock.now())
    assert delivery._claim() is not None
    assert delivery.work() == 0
    time_machine.move_to(NOON + delivery.CLAIM, tick=False)
    assert delivery.work() == 1 and delivered("webhook").attempts == 2


def test_a_sender_that_died_at_the_last_try_leaves_a_message_that_was_given_up(store, manager, robot):
    owe(store, manager)
    outbox.send_due(clock.now())
    OutboxMessage.objects.filter(channel="webhook").update(attempts=8)
    assert delivery.work() == 0 and len(robot) == 0
    assert (delivered("webhook").status, delivered("webhook").error) == ("dead", "lost")


def test_a_success_that_is_told_late_counts(store, manager, robot, time_machine):
    """The claim ran out and somebody else's try failed meanwhile: what was taken was taken."""
    time_machine.move_to(NOON, tick=False)
    owe(store, manager)
    outbox.send_due(clock.now())
    slow = delivery._claim()
    OutboxMessage.objects.filter(pk=slow.pk).update(attempts=2, next_at=NOON + timedelta(minutes=5), error="HTTP 502")
    assert delivery._deliver(slow)
    assert (delivered("webhook").status, delivered("webhook").error) == ("sent", "")


@pytest.mark.django_db(transaction=True)
def test_while_a_server_thinks_no_transaction_is_open(person, emailing, monkeypatch):
    user = person("care_manager")
    user.email = "manager@example.com"
    user.save()
    store = user.memberships.get().store
    owe(store, user)
    with transaction.atomic():
        outbox.send_due(clock.now())
    seen = []
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda *args, **options: seen.append(connection.in_atomic_block) or 1)
    assert delivery.work() == 1 and seen == [False]


# The sweep


def test_the_sweep_says_that_something_is_to_be_sent_and_sends_nothing_itself(store, manager, robot, monkeypatch):
    said = []
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda args, **options: said.append(args))
    sweep.run(until_done=True)
    assert said == []
    owe(store, manager)
    sweep.run(until_done=True)
    assert said and set(said) == {()} and len(robot) == 0
    tasks.deliver()
    assert len(robot) == 1


def test_a_worker_gives_one_thread_to_sending_and_no_second(monkeypatch):
    inside = []
    monkeypatch.setattr(delivery, "work", lambda: inside.append(len(inside)) or tasks.deliver())
    tasks.deliver()
    assert inside == [0]
    tasks.deliver()
    assert inside == [0, 1], "and gives it back"


def test_what_waits_for_anothers_server_is_not_the_sweeps_delay(store, manager, robot):
    robot.answers = [OSError()]
    owe(store, manager)
    in_app_then_out()
    assert sweep.oldest_due(clock.now() + timedelta(days=1)) is None


# Nothing tells the secret


def test_neither_log_nor_error_tells_the_address_or_the_words(store, manager, robot, caplog):
    robot.answers = [ValueError(SECRET), OSError(SECRET), (500, SECRET.encode())]
    with caplog.at_level(logging.DEBUG):
        for n in range(3):
            owe(store, manager, n)
            OutboxMessage.objects.filter(channel="webhook").update(next_at=clock.now())
            in_app_then_out()
    told = caplog.text + "".join(OutboxMessage.objects.values_list("error", flat=True))
    assert "was not sent" in told and "ValueError" in told and "HTTP 500" in told
    assert "zqxv" not in told and "robots.example.com" not in told and "张" not in told


def test_of_a_store_full_of_personal_data_nothing_but_surname_and_plate_tail_leaves_the_house(db, emailing, monkeypatch):
    """What its complaints, orders and calls really owe, with canaries in every name, number and text."""
    full = Everything(create_store(code="S1", name="测试店"))
    for role in ("caller", "supervisor", "service_manager", "care_manager"):
        Membership.objects.create(user=full.owner, store=full.store, role=role)
    about = {"store": full.store, "channel": "phone", "link": "quality", "received_at": clock.now() - timedelta(days=3), "by": None}
    open_complaint(**about, words=full.canaries.word(), customer=full.customer, vehicle=full.vehicle)
    open_complaint(**about, words=full.canaries.word(), complainant=full.canaries.word(), contact=full.canaries.phone())
    Webhook.objects.update(preset="json", url="https://robots.example.com/send", kinds=list(topics.KINDS))
    posted = []
    monkeypatch.setattr(webhooks, "post", lambda url, body: posted.append(body) or (200, b""))
    sweep.run(until_done=True)
    delivery.work()
    letters = [f"{letter.subject} {letter.body} {letter.extra_headers}" for letter in mail.outbox]
    assert len(letters) > 3 and {"complaint_yours", "complaint_late"} <= {body["topic"] for body in posted}
    assert [told for told in [*letters, *map(str, posted)] if found_in(told)] == []
    assert any(WORD[0] in told for told in letters), "the surname is there: with a name beside it, it would be found"


def test_every_reason_is_a_sentence():
    for error in [*delivery.REASONS, "HTTP 502", "errcode 93000", "ValueError"]:
        assert len(delivery.reason(error)) > 5 and "%" not in delivery.reason(error)


def test_every_topic_for_groups_is_a_topic_and_speaks_to_nobody_in_particular():
    with translation.override("en"):
        for kind in topics.KINDS.values():
            assert kind.topics.keys() <= topics.TOPICS.keys()
            for topic, text in kind.topics.items():
                assert "you" not in str(text).lower().split()
                assert set(PARAM.findall(str(text))) <= set(PARAM.findall(str(topics.TOPICS[topic]))), "what else would fill it"
