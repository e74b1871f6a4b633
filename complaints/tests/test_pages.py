"""The pages that a person works with: board, registering, one complaint, archive, tracking form, settings."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints import actions, evidence, forms, forms_feedback, turns
from complaints.actions_feedback import open_feedback
from complaints.models import Complaint, ComplaintSettings
from complaints.tests.conftest import at, resolve, swept
from complaints.transitions import Act
from core import clock
from core.models import AuditEvent

pytestmark = pytest.mark.page
BOARD, NEW, ARCHIVE = "/complaints/", "/complaints/new/", "/complaints/archive/"


@pytest.fixture
def as_(client, people):
    def sign_in(role):
        client.force_login(people[role], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def hidden(page: str, act: str) -> dict:
    """The hidden fields of an act's form."""
    form = re.search(rf'action="/complaints/\d+/{act}/">(.*?)</form>', page, re.S)[1]
    return dict(re.findall(r'name="(seen|token)" value="([^"]*)"', form))


def acts_shown(page: str) -> set[str]:
    return set(re.findall(r'action="/complaints/\d+/(\w+)/">', page)) - {"files"}


def test_registering_takes_link_and_words_and_leads_to_the_complaint(as_, customer, vehicle, order):
    client = as_("caller")
    assert "张三" in client.get(NEW, {"vehicle": vehicle.pk}).content.decode()
    typed = {
        "vehicle": vehicle.pk,
        "link": "quality",
        "words": "空调不凉",
        "channel": "phone",
        "department": "service",
        "severity": "ordinary",
        "token": "t",
    }
    first, second = client.post(NEW, typed), client.post(NEW, typed)
    complaint = Complaint.objects.get()
    assert first.url == second.url == f"/complaints/{complaint.pk}/"
    assert (complaint.customer, complaint.order, complaint.received_at) == (customer, order, at("11-24 10:00"))
    page = client.get(first.url).content.decode()
    assert "时限 2 个值班小时" in page and "空调不凉" in page


def test_registering_begins_in_its_first_field_and_marks_what_is_needed(as_, vehicle):
    client = as_("caller")
    for asked, first in (({"vehicle": vehicle.pk}, "words"), ({"stranger": "1"}, "complainant")):
        page = client.get(NEW, asked).content.decode()
        assert re.findall(r'<(?:input|textarea) [^>]*?name="(\w+)"[^>]*? autofocus', page) == [first]
        assert re.search(r'<legend class="form-label">环节<span class="asteriskField" aria-hidden="true">\*</span></legend>', page)


def test_what_is_refused_keeps_what_was_typed(as_, vehicle, order):
    client = as_("caller")
    answer = client.post(
        NEW,
        {
            "vehicle": vehicle.pk,
            "words": "空调不凉",
            "standard_quality": "clean",
            "link": "quality",
            "channel": "phone",
            "department": "service",
            "severity": "ordinary",
        },
    )
    assert answer.status_code == 422 and "空调不凉" in answer.content.decode()
    assert not Complaint.objects.exists()


def test_somebody_without_a_file_can_complain(as_):
    client = as_("caller")
    assert 'name="complainant"' in client.get(NEW, {"stranger": "1"}).content.decode()
    client.post(
        NEW,
        {
            "stranger": "1",
            "complainant": "李四",
            "contact": "139",
            "words": "等太久",
            "link": "timeliness",
            "channel": "web",
            "department": "service",
            "severity": "ordinary",
        },
    )
    assert Complaint.objects.get().who == "李四"


@pytest.mark.parametrize("role", ["caller", "advisor", "supervisor", "service_manager", "general_manager", "regional", "care_manager"])
@pytest.mark.parametrize("stage", ["received", "waiting", "resolved", "forwarded"])
def test_the_buttons_are_exactly_what_the_table_allows(as_, complain, people, role, stage):
    complaint = complain()
    if stage == "waiting":
        actions.sign(complaint=complaint, by=people.advisor)
        actions.first_reply(complaint=complaint, method="phone", told="已受理", by=people.caller)
        actions.wait(complaint=complaint, words="等", by=people.advisor)
    elif stage == "resolved":
        resolve(complaint, people.advisor)
    elif stage == "forwarded":
        actions.forward(complaint=complaint, words="请定", by=people.service_manager)
    complaint.refresh_from_db()
    page = as_(role).get(f"{BOARD}{complaint.pk}/").content.decode()
    allowed = turns.acts_for(complaint, turns.parties(complaint, people[role], {role}))
    assert acts_shown(page) == {str(act.value) for act in allowed} - {Act.EVIDENCE.value}
    assert ('type="file"' in page) == (Act.EVIDENCE in allowed)


def test_what_is_done_is_no_longer_offered(as_, complain, people):
    complaint = complain()
    page = f"{BOARD}{complaint.pk}/"
    assert "first_reply" in acts_shown(as_("caller").get(page).content.decode())
    assert {"take_over", "reply"} <= acts_shown(as_("supervisor").get(page).content.decode())
    actions.first_reply(complaint=complaint, method="phone", told="已受理", by=people.caller)
    actions.take_over(complaint=complaint, by=people.supervisor)
    assert "first_reply" not in acts_shown(as_("caller").get(page).content.decode())
    acts = acts_shown(as_("supervisor").get(page).content.decode())
    assert "reply" in acts and "take_over" not in acts


def test_an_act_is_done_by_its_form_and_a_late_one_is_told(as_, complain, people):
    complaint = complain()
    client = as_("advisor")
    url = f"{BOARD}{complaint.pk}/"
    page = client.get(url).content.decode()
    assert client.post(f"{url}sign/", hidden(page, "sign")).url == url
    late = client.post(f"{url}escalate/", {**hidden(page, "escalate"), "words": "请指示"})
    assert late.status_code == 409 and "请指示" in late.content.decode()
    complaint.refresh_from_db()
    assert complaint.status == "acknowledged" and complaint.level == 2
    again = client.post(f"{url}escalate/", {**hidden(late.content.decode(), "escalate"), "words": "请指示"})
    assert again.url == url
    complaint.refresh_from_db()
    assert complaint.level == 3


def test_an_act_of_somebody_else_is_refused(as_, complain):
    complaint = complain()
    client = as_("caller")
    page = client.get(f"{BOARD}{complaint.pk}/").content.decode()
    answer = client.post(
        f"{BOARD}{complaint.pk}/resolve/",
        {**hidden(page, "note"), "cause": "a", "solution": "b", "result": "c", "measure": "d", "method": "phone", "told": "e"},
    )
    assert answer.status_code == 403
    assert client.post(f"{BOARD}{complaint.pk}/nonsense/").status_code == 404


def test_a_reply_by_the_form(as_, complain):
    complaint = complain()
    client = as_("advisor")
    page = client.get(f"{BOARD}{complaint.pk}/").content.decode()
    typed = {**hidden(page, "reply"), "method": "phone", "told": "明天答复", "number": "13812345678"}
    assert client.post(f"{BOARD}{complaint.pk}/reply/", {**typed, "next_at": "2026-11-23T10:00"}).status_code == 422
    client.post(f"{BOARD}{complaint.pk}/reply/", {**typed, "next_at": "2026-11-25T15:00"})
    assert complaint.clocks.running().get().due_at == at("11-25 15:00")


def test_nobody_sees_a_complaint_about_themselves(as_, complain):
    complaint = complain(against=None)
    assert as_("supervisor").get(f"{BOARD}{complaint.pk}/").status_code == 200
    Complaint.objects.filter(pk=complaint.pk).update(against=Complaint.objects.get(pk=complaint.pk).registered_by)
    client = as_("caller")
    assert client.get(f"{BOARD}{complaint.pk}/").status_code == 404
    assert "张三" not in client.get(BOARD).content.decode() + client.get(ARCHIVE).content.decode()


def test_an_advisor_sees_only_what_is_theirs(as_, complain, people, person):
    mine, theirs = complain(), complain(vehicle=None)
    Complaint.objects.filter(pk=theirs.pk).update(handler=person("advisor"))
    page = as_("advisor").get(BOARD).content.decode()
    assert mine.number in page and theirs.number not in page
    assert as_("advisor").get(f"{BOARD}{theirs.pk}/").status_code == 404


def test_the_board_puts_the_late_first_and_counts(as_, complain, people, clock_at):
    later, sooner = complain(), complain(received_at=at("11-24 09:00"))
    waiting = complain()
    actions.sign(complaint=waiting, by=people.advisor)
    actions.first_reply(complaint=waiting, method="phone", told="已受理", by=people.caller)
    actions.wait(complaint=waiting, words="等", by=people.advisor)
    clock_at.move_to(at("11-24 11:30"))
    swept()
    context = as_("care_manager").get(BOARD).context
    assert [line.number for line in context["lines"]] == [sooner.number, later.number, waiting.number]
    assert {tab["tab"]: tab["count"] for tab in context["tabs"]} == {"all": 3, "late": 1, "mine": 0, "waiting": 1, "revisit": 0}
    assert [(row["level"], row["n"], row["late"]) for row in context["levels"]] == [(3, 1, 1), (2, 2, 0)]
    page = as_("care_manager").get(BOARD, {"show": "late"}).content.decode()
    assert sooner.number in page and later.number not in page
    assert re.search(r'<time class="when due late" datetime="2026-11-24T03:00:00', page)  # readable without the script


def test_the_board_is_paged_by_key(as_, complain, monkeypatch):
    from complaints import board

    monkeypatch.setattr(board.page, "__defaults__", ("", 2))
    numbers = [complain(received_at=at("11-24 09:00") + timedelta(minutes=n)).number for n in range(5)]
    seen, url = [], BOARD
    while url:
        context = as_("care_manager").get(url).context
        seen += [line.number for line in context["lines"]]
        url = context["next_url"]
    assert seen == numbers


def _costs(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize(("url", "budget"), [(BOARD, 11), (ARCHIVE, 7), ("/", 21)])
def test_a_full_list_costs_no_more_queries(as_, complain, url, budget):
    client = as_("care_manager")
    complain()
    few = _costs(client, url)
    for _n in range(8):
        complain()
    assert _costs(client, url) == few <= budget


def test_a_long_life_costs_no_more_queries(as_, complain, people):
    client = as_("supervisor")
    complaint = complain()
    few = _costs(client, f"{BOARD}{complaint.pk}/")
    for n in range(8):
        actions.note(complaint=complaint, words=f"备注{n}", by=people.caller)
    assert _costs(client, f"{BOARD}{complaint.pk}/") == few <= 15


WORDED = {
    "first_reply": "备注",
    "reply": "备注",
    "note": "备注",
    "close": "备注",
    "wait": "原因",
    "escalate": "原因",
    "instruct": "批示内容",
}


def test_words_of_the_house_are_not_headed_as_the_customers_own():
    assert {act: str(forms.FORMS[act].base_fields["words"].label) for act in WORDED} == WORDED
    assert {str(forms_feedback.FORMS[act].base_fields["words"].label) for act in ("note", "pass_on")} == {"备注"}


@pytest.fixture
def promise(complain, people):
    """The number for the next contact, on the complaint's timeline."""
    complaint = complain()
    actions.sign(complaint=complaint, by=complaint.handler)
    actions.reply(
        complaint=complaint,
        method="phone",
        told="在查",
        next_at=clock.now() + timedelta(days=1),
        number="139 0000 2222",
        words="",
        by=complaint.handler,
    )
    return complaint.entries.exclude(number="").get()


@pytest.mark.parametrize("live", [True, False])
def test_the_number_for_the_next_contact_is_shown_on_purpose_and_that_is_kept(as_, promise, people, live):
    client, page = as_("caller"), f"{BOARD}{promise.complaint_id}/"
    url = reverse("complaints:reveal_number", args=[promise.complaint_id, promise.pk])
    before = client.get(page).content.decode()
    assert url in before and "139****2222" in before and "139 0000 2222" not in before and "13900002222" not in before
    shown = client.post(url, headers={"HX-Request": "true"} if live else {})
    assert 'href="tel:+8613900002222"' in shown.content.decode() and "139 0000 2222" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    event = AuditEvent.objects.get(verb="phone.revealed")
    assert (event.by, event.details) == (people.caller, {"entry": promise.pk})
    assert "tel:" not in client.get(page).content.decode(), "in that one answer only"


def test_nobody_reads_the_number_of_a_complaint_that_they_do_not_see_or_without_the_right_to(as_, promise, people, complain):
    url = reverse("complaints:reveal_number", args=[promise.complaint_id, promise.pk])
    assert as_("sales").post(url).status_code == 404
    region = as_("regional")
    assert region.post(url).status_code == 403 and url not in region.get(f"{BOARD}{promise.complaint_id}/").content.decode()
    caller = as_("caller")
    assert caller.get(url).status_code == 405
    assert caller.post(reverse("complaints:reveal_number", args=[complain().pk, promise.pk])).status_code == 404
    assert not AuditEvent.objects.filter(verb="phone.revealed").exists()


@pytest.fixture
def strangers(store, complain, people):
    """'complaint', 'suggestion' -> (its page, where its number is asked for, the row) of somebody who has no file."""

    def make(kind, contact):
        if kind == "complaint":
            row = complain(customer=None, vehicle=None, complainant="李四", contact=contact)
            return f"{BOARD}{row.pk}/", reverse("complaints:reveal_contact", args=[row.pk]), row
        row = open_feedback(
            store=store, kind="suggestion", channel="phone", words="多放几个插座", giver="李四", contact=contact, by=people.caller
        )
        return f"/suggestions/{row.pk}/", reverse("complaints:suggestion_reveal_contact", args=[row.pk]), row

    return make


@pytest.mark.parametrize("kind", ["complaint", "suggestion"])
@pytest.mark.parametrize("live", [True, False])
def test_the_number_of_whoever_has_no_file_is_shown_on_purpose_and_that_is_kept(as_, strangers, people, kind, live):
    page, url, row = strangers(kind, "139 00001111")
    client = as_("caller")
    before = client.get(page).content.decode()
    assert url in before and "139****1111" in before and "00001111" not in before and "139 0000 1111" not in before
    shown = client.post(url, headers={"HX-Request": "true"} if live else {})
    assert 'href="tel:+8613900001111"' in shown.content.decode() and "139 0000 1111" in shown.content.decode()
    assert ("李四" in shown.content.decode()) is not live and "no-store" in shown["Cache-Control"]
    event = AuditEvent.objects.get(verb="phone.revealed")
    assert (event.by, event.subject.split()[-1], event.details) == (people.caller, str(row.pk), {"field": "contact"})
    assert "tel:" not in client.get(page).content.decode(), "in that one answer only"


@pytest.mark.parametrize("kind", ["complaint", "suggestion"])
@pytest.mark.parametrize("live", [True, False])
def test_what_is_no_number_is_masked_too_and_then_read_as_it_was_written(as_, strangers, kind, live):
    page, url, _row = strangers(kind, "微信 lisi_cq")
    client = as_("caller")
    before = client.get(page).content.decode()
    assert "lisi" not in before and 'id="number-contact">**</span>' in before
    shown = client.post(url, headers={"HX-Request": "true"} if live else {}).content.decode()
    assert "微信 lisi_cq" in shown and "tel:" not in shown
    assert AuditEvent.objects.filter(verb="phone.revealed").count() == 1


def test_nobody_reads_a_strangers_number_without_seeing_the_page_or_without_the_right_to(as_, strangers, people, customer):
    for kind, blind in [("complaint", "sales"), ("suggestion", "advisor")]:
        page, url, row = strangers(kind, "13900001111")
        assert as_(blind).post(url).status_code == 404
        region = as_("regional")
        read = region.get(page).content.decode()
        assert "139****1111" in read and url not in read and region.post(url).status_code == 403
        caller = as_("caller")
        assert caller.get(url).status_code == 405
        type(row).objects.update(customer=customer)
        assert url not in caller.get(page).content.decode() and caller.post(url).status_code == 404, "a customer's stands on their page"
        _page, bare, _row = strangers(kind, "")
        assert caller.post(bare).status_code == 404
    assert not AuditEvent.objects.filter(verb="phone.revealed").exists()


def test_the_tracking_form_of_whoever_has_no_file_bears_their_number_masked(as_, strangers):
    page, _url, _row = strangers("complaint", "139 0000 1111")
    paper = as_("caller").get(f"{page}print/").content.decode()
    assert "139****1111" in paper and "0000 1111" not in paper


def test_the_archive_finds_by_number_plate_and_name(as_, complain):
    complaint, other = complain(), complain(customer=None, vehicle=None, complainant="李四")
    client = as_("care_manager")
    for text in (complaint.number, "12345", "zs", "张三"):
        page = client.post(ARCHIVE, {"q": text}).content.decode()
        assert complaint.number in page and other.number not in page, text
    page = client.post(ARCHIVE, {"q": "李四"}).content.decode()
    assert other.number in page and complaint.number not in page
    assert complaint.number not in client.get(ARCHIVE, {"link": "price"}).content.decode()


def test_a_picture_is_shown_and_everything_else_is_only_saved(as_, complain, people):
    complaint = complain()
    client = as_("caller")
    url = reverse("complaints:add_file", args=[complaint.pk])
    assert client.post(url, {"file": SimpleUploadedFile("a.png", b"<html>")}).status_code == 422
    assert client.post(url, {"file": SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n0")}).status_code == 302
    pdf = evidence.add_file(complaint=complaint, upload=SimpleUploadedFile("b.pdf", b"%PDF-1.7"), by=people.caller)
    png = complaint.evidence.get(media_type="image/png")
    shown = client.get(reverse("complaints:file", args=[complaint.pk, png.pk]))
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")
    saved = client.get(reverse("complaints:file", args=[complaint.pk, pdf.pk]))
    assert saved["Content-Type"] == "application/octet-stream" and saved["Content-Disposition"].startswith("attachment")
    assert as_("sales").get(reverse("complaints:file", args=[complaint.pk, png.pk])).status_code == 404


def test_the_tracking_form_tells_the_whole_path(as_, complain, people):
    complaint = complain(demands="道歉")
    resolve(complaint, people.advisor)
    page = as_("care_manager").get(f"{BOARD}{complaint.pk}/print/").content.decode()
    for text in ("客户投诉跟踪处理表", complaint.number, "空调还是不凉", "道歉", "冷媒泄漏", "交车前复检空调", "已修好", "138****5678"):
        assert text in page
    assert "13812345678" not in page


def test_the_tracking_form_heads_its_clocks_by_who_answers_for_them(as_, complain):
    """A clock's owner is not a car's, and times stand on the right, their headings too."""
    complaint = complain()
    page = as_("care_manager").get(f"{BOARD}{complaint.pk}/print/").content.decode()
    assert "<th>车主</th>" not in page
    for row in re.findall(r"<thead><tr>(.*?)</tr></thead>\s*<tbody><tr>(.*?)</tr>", page, re.S):
        heads, cells = (
            ["num" in one for one in re.findall(rf"<{tag}( class=.num.)?>", part)] for tag, part in zip(("th", "td"), row, strict=True)
        )
        assert heads == cells and any(heads)


def test_the_next_contact_is_shown_with_its_number_as_other_phones_are(as_, complain, people):
    complaint = complain()
    actions.reply(
        complaint=complaint, method="phone", told="明天答复", next_at=at("11-25 15:00"), number="139 1234 0000", by=people.advisor
    )
    client = as_("care_manager")
    for page in (f"{BOARD}{complaint.pk}/", f"{BOARD}{complaint.pk}/print/"):
        text = client.get(page).content.decode()
        path = text[text.index("明天答复") :]
        assert "下次联系" in path and "11-25 15:00" in path and "139****0000" in path
        assert "1234 0000" not in text


def test_the_first_solution_stays_on_the_timeline_when_another_takes_its_place(as_, resolved, people):
    complaint = resolved()
    actions.record_revisit(complaint=complaint, answer="dissatisfied", words="又不凉了", by=people.caller)
    complaint.refresh_from_db()
    resolve(complaint, complaint.handler, cause="压缩机异响", solution="更换压缩机", result="已安静", measure="试车")
    client = as_("care_manager")
    for page in (f"{BOARD}{complaint.pk}/", f"{BOARD}{complaint.pk}/print/"):
        text = client.get(page).content.decode()
        for words in ("冷媒泄漏", "更换管路", "已制冷", "交车前复检空调", "压缩机异响", "更换压缩机", "已安静", "试车"):
            assert words in text, (page, words)


def test_the_own_list_stands_on_the_home_page(as_, complain, people):
    complaint = complain()
    assert complaint.number in as_("advisor").get("/").content.decode()
    assert complaint.number in as_("caller").get("/").content.decode()  # owes the first reply
    assert complaint.number not in as_("supervisor").get("/").content.decode()


def test_the_settings_count_for_clocks_that_start_from_then_on(as_, complain, store):
    before = complain()
    client = as_("care_manager")
    assert client.get("/settings/complaints/").status_code == 200
    typed = {"first_reply": "wall", "department_reply": "staffed", "instruction": "staffed", "revisit": "wall", "goodwill_limit": "500"}
    assert client.post("/settings/complaints/", typed).status_code == 302
    assert ComplaintSettings.objects.get(store=store).goodwill_limit_fen == 50_000
    assert complain().clocks.get(kind="department_reply").due_at == at("11-25 10:00")  # ten staffed hours
    assert before.clocks.get(kind="department_reply").why["basis"] == "wall"
