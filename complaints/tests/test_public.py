"""The public feedback page: signed, limited, without a name, on a phone; it never tells who is known."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints import actions, public
from complaints.models import Complaint, Evidence, Feedback
from complaints.tests.conftest import at, running
from core import allowance, clock, sweep
from core.models import Allowance, AuditEvent, OutboxMessage
from csi.models import Link

pytestmark = pytest.mark.page
PAGE = "/feedback/S1/"
JPEG, PROGRAM = b"\xff\xd8\xff\xe0" + b"0" * 40, b"MZ" + b"0" * 60


@pytest.fixture
def send(client, people, clock_at):
    """send(words="…") -> the answer to a form that was opened a minute before."""

    def make(ip: str = "203.0.113.7", seconds: int = 60, files=None, **typed):
        page = client.get(PAGE).content.decode()
        hidden = dict(re.findall(r'name="(stamp|once)" value="([^"]*)"', page))
        clock_at.shift(timedelta(seconds=seconds))
        return client.post(PAGE, {**hidden, "kind": "complaint", "words": "空调还是不凉", **typed, **(files or {})}, REMOTE_ADDR=ip)

    return make


def photo(name: str = "a.jpg", content: bytes = JPEG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


# What comes of it


def test_a_complaint_has_its_clocks_from_receipt_reaches_who_is_on_duty_and_says_until_when(client, send, people):
    answer = send(phone="13900001111", name="王女士", link="quality")
    complaint = Complaint.objects.get()
    assert (complaint.channel, complaint.link, complaint.who, complaint.contact) == ("web", "quality", "王女士", "13900001111")
    assert running(complaint)["first_reply"].due_at == at("11-24 12:01")
    topics = {(m.user, m.topic) for m in OutboxMessage.objects.all()}
    assert {(people.caller, "complaint_first_reply"), (people.advisor, "complaint_yours")} <= topics
    thanks = client.get(answer.url).content.decode()
    assert complaint.number in thanks and "12:01" in thanks and "专人给您回电" in thanks


@pytest.mark.parametrize(("kind", "promise"), [("suggestion", "三个工作日内完成评估"), ("praise", "转达给当事员工")])
def test_suggestions_and_praise_become_feedback(client, send, kind, promise):
    answer = send(kind=kind, words="休息室多放几个插座", phone="13900001111")
    row = Feedback.objects.get()
    assert (row.kind, row.channel, row.received_at) == (kind, "web", at("11-24 10:01")) and not Complaint.objects.exists()
    assert promise in client.get(answer.url).content.decode()


def test_nobody_has_to_leave_anything_but_words(client, send, people):
    answer = send()
    complaint = Complaint.objects.get()
    assert (complaint.who, complaint.link) == ("未留姓名的客户", Link.OTHER)
    assert "无法回电" in client.get(answer.url).content.decode()
    assert actions.first_reply(complaint=complaint, method="letter", told="张贴答复", by=people.caller)


def test_what_is_written_beside_stands_on_the_timeline_and_whom_it_names_does_not_handle_it(send, people):
    send(about="前台 advisor甲 态度不好", plate="渝Z00000")
    complaint = Complaint.objects.get()
    assert complaint.against == people.advisor and complaint.handler != people.advisor
    noted = complaint.entries.get(kind="noted").words
    assert "前台 advisor甲 态度不好" in noted and "渝Z00000" in noted


def test_at_night_the_two_hours_begin_in_the_morning(client, send, clock_at):
    clock_at.move_to(at("11-24 23:00"))
    assert "11-25 10:30" in client.get(send(phone="13900001111").url).content.decode()


def test_photos_are_kept_outside_the_web_root_and_shown_to_the_staff_only(client, send, people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    send(files={"photos": [photo("渝A12345.jpg"), photo()]})
    send(kind="praise", files={"photos": [photo()]})
    kept = list(Evidence.objects.all())
    assert [row.media_type for row in kept] == ["image/jpeg"] * 3 and kept[2].feedback == Feedback.objects.get()
    assert "12345" not in kept[0].file.name
    address = f"/suggestions/{kept[2].feedback_id}/files/{kept[2].pk}/"
    assert client.get(address).status_code == 302  # to the sign-in
    client.force_login(people.caller, backend="django.contrib.auth.backends.ModelBackend")
    assert b"".join(client.get(address).streaming_content) == JPEG
    assert client.get(f"/suggestions/{kept[2].feedback_id}/files/{kept[0].pk}/").status_code == 404


# What is refused, and what was typed is kept


@pytest.mark.parametrize(
    ("photos", "said"),
    [
        ([photo("a.jpg", PROGRAM)], "只能上传照片"),
        ([photo("a.pdf", b"%PDF-1.7" + b"0" * 40)], "只能上传照片"),
        ([photo("a.jpg", JPEG + b"0" * (10 * 1024 * 1024))], "10 MB"),
        ([photo(f"{n}.jpg") for n in range(4)], "最多上传三张"),
    ],
    ids=["program", "pdf", "large", "four"],
)
def test_evidence_is_checked_by_its_content_size_and_number(send, photos, said):
    for one in photos:
        one.seek(0)
    answer = send(words="请看照片", files={"photos": photos})
    assert answer.status_code == 422 and said in answer.content.decode() and "请看照片" in answer.content.decode()
    assert not Evidence.objects.exists() and not Complaint.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"words": " "}, "请看标出的栏目"),
        ({"kind": "nonsense"}, ""),
        ({"link": "nonsense"}, ""),
        ({"website": "http://spam"}, "隐藏的栏目"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(send, typed, said):
    answer = send(**{"name": "王女士", **typed})
    assert answer.status_code == 422 and "王女士" in answer.content.decode()
    assert not Complaint.objects.exists() and not Allowance.objects.exists()


def test_a_person_whose_browser_filled_the_trap_can_send_again(client, send):
    page = send(website="x").content.decode()
    assert "http" not in re.search(r'name="website"[^>]*>', page)[0] and 'value="x"' not in page
    hidden = dict(re.findall(r'name="(stamp|once)" value="([^"]*)"', page))
    assert client.post(PAGE, {**hidden, "kind": "complaint", "words": "空调还是不凉"}).status_code == 302


def test_quicker_than_anybody_writes_is_a_program(send):
    assert send(seconds=1).status_code == 422 and not Complaint.objects.exists()
    assert send(seconds=4).status_code == 302


@pytest.mark.parametrize("stamp", ["", "made:up", "other store", "yesterday", "from the future"])
def test_without_a_stamp_of_this_page_nothing_is_taken_and_nothing_typed_is_lost(client, send, store, stamp):
    now = clock.now().timestamp()
    made = {
        "other store": [store.pk + 1, now, "w"],
        "yesterday": [store.pk, now - 25 * 3600, "w"],
        "from the future": [store.pk, now + 9999, "w"],
    }
    stamp = signing.dumps(made[stamp], salt=public.STAMP) if stamp in made else stamp
    answer = send(stamp=stamp)
    page = answer.content.decode()
    assert answer.status_code == 422 and "空调还是不凉" in page and not Complaint.objects.exists()
    assert signing.loads(re.search(r'name="stamp" value="([^"]*)"', page)[1], salt=public.STAMP)[0] == store.pk


def test_sent_twice_is_one_complaint_with_one_reference(client, people, clock_at):
    page = client.get(PAGE).content.decode()
    hidden = dict(re.findall(r'name="(stamp|once)" value="([^"]*)"', page))
    clock_at.shift(timedelta(minutes=1))
    first, second = (client.post(PAGE, {**hidden, "kind": "complaint", "words": "空调还是不凉"}) for _n in range(2))
    assert first.url == second.url and Complaint.objects.count() == 1
    assert set(Allowance.objects.exclude(used=1).values_list("used", flat=True)) == set()
    # Another browser window, another word of the guard, but the same form: its own word is enough.
    again = client.post(PAGE, {**hidden, "once": "other", "kind": "complaint", "words": "空调还是不凉"})
    assert again.status_code == 302 and Complaint.objects.count() == 1


# How often


def test_a_sixth_within_the_hour_is_told_when_to_try_again_and_whom_to_ring(send, clock_at):
    assert [send().status_code for _n in range(5)] == [302] * 5
    answer = send(words="第六次")
    page = answer.content.decode()
    assert answer.status_code == 429 and "11:00" in page and "023-6000 0000" in page and "第六次" in page
    assert Complaint.objects.count() == 5
    assert send(ip="203.0.113.8").status_code == 302  # somebody else may
    clock_at.move_to(at("11-24 11:00"))
    assert send().status_code == 302


def test_without_the_limit_the_sixth_would_be_taken(send, monkeypatch):
    """The twin: the guard taken out."""
    monkeypatch.setattr(allowance, "take", lambda **facts: None)
    assert [send().status_code for _n in range(6)] == [302] * 6


def test_a_twenty_first_of_a_day_is_refused(send, clock_at):
    for hour in (10, 11, 12, 13):
        clock_at.move_to(at(f"11-24 {hour}:00"))
        assert [send().status_code for _n in range(5)] == [302] * 5
    clock_at.move_to(at("11-24 14:00"))
    answer = send()
    assert answer.status_code == 429 and "11-25 08:00" in answer.content.decode()


def test_a_store_hears_no_more_in_an_hour_than_its_people_could_answer(send, monkeypatch):
    monkeypatch.setattr(public, "PER_STORE", (allowance.Rule(2, timedelta(hours=1)),))
    assert [send(ip=f"203.0.113.{n}", seconds=5).status_code for n in range(3)] == [302, 302, 429]


def test_what_is_refused_uses_nothing_up(send):
    for _n in range(8):
        send(words="")
    assert send().status_code == 302


def test_addresses_are_kept_as_digests_that_fit_nobody_the_next_day_and_are_forgotten(send, clock_at):
    send()
    first = set(Allowance.objects.values_list("key", flat=True))
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in first)
    clock_at.move_to(at("11-26 10:00"))
    sweep.run(until_done=True)
    assert not Allowance.objects.exists()
    assert not AuditEvent.objects.filter(details__icontains="203.0.113").exists()


def test_a_phone_that_changes_its_ipv6_address_stays_one_sender():
    assert (
        allowance.neighbourhood("2001:db8:1:2::aaaa")
        == allowance.neighbourhood("2001:db8:1:2:ffff::1")
        != allowance.neighbourhood("2001:db8:1:3::1")
    )
    assert allowance.neighbourhood(None) == allowance.neighbourhood("unix:") == ""


# Who is known


def test_the_page_says_the_same_to_customers_and_strangers(client, send, customer, vehicle):
    def shown(**typed) -> str:
        page = client.get(send(**typed).url).content.decode()
        return re.sub(r"S1-2026-\d+|\d\d:\d\d|datetime=\S+|value=\"[^\"]{40,}\"|title=\"[^\"]*\"", "", page)

    known = shown(phone="13812345678", plate="渝A12345", name="某人")
    stranger = shown(phone="13900009999", plate="渝Z99999", name="某人")
    assert known == stranger and "张三" not in known
    first, second = Complaint.objects.order_by("pk")
    assert (first.customer, first.vehicle) == (customer, vehicle) and (second.customer, second.vehicle) == (None, None)


def test_a_plate_alone_makes_nobody_a_customer(send, customer, vehicle):
    send(plate="渝A·12345")
    complaint = Complaint.objects.get()
    assert complaint.vehicle == vehicle and complaint.customer is None


def test_a_phone_of_two_customers_is_nobodys(send, store, customer):
    from customers.actions import create_customer

    create_customer(store=store, name="李四", phones=["13812345678"], by=None)
    send(phone="13812345678")
    assert Complaint.objects.get().customer is None


def test_nothing_personal_stands_in_an_address_a_log_or_a_message(client, send, caplog):
    answer = send(phone="13900001111", name="王女士", plate="渝Z99999")
    client.get(f"{PAGE}thanks/made-up/")
    said = answer.url + caplog.text + "".join(str(m.params) for m in OutboxMessage.objects.all())
    for secret in ("13900001111", "女士", "渝Z99999", "空调"):
        assert secret not in said
    assert "S1-2026" not in answer.url


# The page itself


def test_an_unknown_store_is_not_found_and_a_store_may_close_the_page(client, store, people):
    assert client.get("/feedback/NOWHERE/").status_code == 404
    actions.save_settings(store=store, goodwill_limit_fen=0, has_public_page=False, by=people.care_manager)
    answer = client.get(PAGE)
    assert answer.status_code == 404 and "023-6000 0000" in answer.content.decode() and 'name="words"' not in answer.content.decode()
    assert client.post(PAGE, {"kind": "complaint", "words": "x"}).status_code == 404 and not Complaint.objects.exists()


def test_the_reference_is_signed_and_of_this_store(client, send, store):
    from staff.actions import create_store

    answer = send()
    create_store(code="S2", name="另一店")
    assert client.get(answer.url).status_code == 200
    assert client.get(answer.url.replace("/S1/", "/S2/")).status_code == 404
    assert client.get(f"{PAGE}thanks/{Complaint.objects.get().pk}/").status_code == 404


def test_looking_at_it_writes_nothing_and_costs_little(client, people):
    with CaptureQueriesContext(connection) as queries:
        page = client.get(PAGE).content.decode()
    assert len(queries) <= 4 and all(query["sql"].startswith("SELECT") for query in queries)
    assert "<script" not in page and 'name="viewport"' in page and "noindex" in page


def test_the_switch_stands_in_the_stores_settings(client, people):
    client.force_login(people.care_manager, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/settings/complaints/").content.decode()
    assert 'name="has_public_page"' in page
    hidden = dict(re.findall(r'name="(shown|once)"[^>]* value="([^"]*)"', page))
    typed = {"first_reply": "staffed", "department_reply": "wall", "instruction": "staffed", "revisit": "wall", "goodwill_limit": "0"}
    client.post("/settings/complaints/", {**hidden, **typed})
    assert client.get(PAGE).status_code == 404
