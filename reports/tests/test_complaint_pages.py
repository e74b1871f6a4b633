"""The complaints' statistics, their forms and the departments' weekly sheets in the browser."""

import html
import re
from datetime import date
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from complaints.archive import Filters
from complaints.models import Complaint
from core import sweep
from core.models import AuditEvent
from customers.models import Phone
from reports.complaint_statistics import build
from reports.counts import complaints_of_periods
from reports.models import Counted
from reports.periods import parse
from reports.tests.complaining import KEPT, LATE, Complaining
from staff.actions import create_store

pytestmark = pytest.mark.page
DAY = date(2026, 10, 13)
OCTOBER, WEEK = {"period": "2026-10"}, {"period": "2026-W42"}
STATISTICS = "/complaints/statistics/"
SERVICE, SALES = "/complaints/weekly/service/", "/complaints/weekly/sales/"
PHONE = "13812345678"


def form_url(number: int) -> str:
    return reverse("reports:form", args=[number])


def body(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def history(store):
    return Complaining(store)


@pytest.fixture
def october(history):
    row = history.complained(DAY, severity="major", words="<i>等</i>太久", clocks={"first_reply": KEPT, "department_reply": LATE})
    Phone.objects.create(store=history.store, customer=row.customer, number=f"+86{PHONE}", tail="")
    history.followup(history.order(row.vehicle, date(2026, 10, 3)), due_on=DAY, dialled_at=history.at(DAY), status="done")
    return history


# The statistics


@pytest.mark.parametrize("period", ["2026-10", "2026-W42"])
@pytest.mark.parametrize("seed", range(3))
def test_every_number_is_a_plain_count_and_leads_to_as_many_complaints(history, signed_in, store, seed, period):
    history.many(seed, date(2026, 9, 1), 61, 70)
    Complaining(create_store(code="S2", name="别的店")).many(seed, DAY, 1, 3)
    client, asked = signed_in("care_manager"), parse(period)
    found = build(store, asked, client.user)
    mine = [row for row in Complaint.objects.filter(store=store) if asked.first <= row.received_on <= asked.last]
    before = [row for row in Complaint.objects.filter(store=store) if asked.previous.first <= row.received_on <= asked.previous.last]
    assert (found.total.n, found.total.before) == (len(mine), len(before))
    keys = [
        lambda row: row.link, lambda row: row.channel, lambda row: row.department, lambda row: row.is_major, lambda row: (row.link, row.standard),
    ]  # fmt: skip
    for (_name, lines), key in zip(found.sections, keys, strict=True):
        assert len(lines) == len({key(row) for row in mine + before})
        assert sum(line.n for line in lines) == len(mine) and sum(line.before for line in lines) == len(before)
        for line in lines:
            assert bool(line.url) == bool(line.n)
            if line.url:
                filters = Filters.read(dict(parse_qsl(urlsplit(line.url).query)))
                rows = set(filters.apply(Complaint.objects.filter(store=store)))
                (wanted,) = {key(row) for row in rows}
                assert rows == {row for row in mine if key(row) == wanted} and len(rows) == line.n


def test_the_links_of_the_page_lead_to_the_rows_that_were_counted(history, signed_in):
    history.many(5, date(2026, 10, 1), 31, 40)
    client = signed_in("general_manager")
    page = body(client.get(STATISTICS, OCTOBER))
    links = re.findall(r'<a href="(/complaints/archive/\?[^"]+)">(?:<strong>)?(\d+)', page)
    assert len(links) > 10
    for url, n in links:
        archive = client.get(html.unescape(url))
        assert archive.context["total"] == int(n) == len(archive.context["lines"])
    clocks = re.findall(r'<a href="(/reports/rows/\w+_kept/\?[^"]+)">(\d+)', page)
    assert {url.split("/")[3] for url, _n in clocks} == {
        "first_reply_kept", "department_reply_kept", "revisit_kept", "next_contact_kept", "instruction_kept",
    }  # fmt: skip
    for url, n in clocks:
        assert client.get(html.unescape(url)).context["total"] == int(n)


def test_what_is_kept_is_what_is_counted(history, store, person, django_assert_max_num_queries):
    history.many(5, date(2026, 9, 1), 61, 30)
    reader, periods = person("care_manager"), parse("2026-10").back(2)
    sweep.run(until_done=True)
    with django_assert_max_num_queries(3):
        kept = complaints_of_periods(store, periods)
    with django_assert_max_num_queries(6):
        found = build(store, periods[1], reader)
    assert found.total.n and Counted.objects.filter(is_stale=False).exists()
    Counted.objects.update(is_stale=True)
    assert (complaints_of_periods(store, periods), build(store, periods[1], reader)) == (kept, found)


def test_a_period_without_complaints_has_no_data_not_zero_percent(signed_in):
    page = body(signed_in("care_manager").get(STATISTICS, OCTOBER))
    assert "本期没有受理投诉" in page and "无数据" in page and "%</strong>" not in page and "/complaints/archive/?" not in page


def test_a_small_sample_is_marked_and_compared_with_the_period_before(history, signed_in):
    for n in range(4):
        history.complained(date(2026, 9, 10), clocks={"first_reply": KEPT if n else LATE})
    history.complained(DAY, clocks={"first_reply": KEPT})
    answer = signed_in("care_manager").get(STATISTICS, OCTOBER)
    first = answer.context["found"].clocks[0]
    assert (first.value.value, first.before.value, first.points) == (1.0, 0.75, "+25.0") and first.value.is_small
    assert answer.context["found"].total.change == "−3" and "样本少" in body(answer)


def test_a_complaint_about_the_reader_is_counted_and_not_listed(history, signed_in):
    client = signed_in("service_manager")
    mine = history.complained(DAY, against=client.user, clocks={"first_reply": LATE})
    history.complained(DAY)
    page = body(client.get(STATISTICS, OCTOBER))
    assert "2 件投诉" in page and "其中 1 件涉及您本人" in page
    archive = client.get("/complaints/archive/", {"first": "2026-10-01", "last": "2026-10-31"})
    assert archive.context["total"] == 1
    rows = body(client.get("/reports/rows/first_reply_kept/", OCTOBER))
    assert mine.number not in rows and mine.customer.name not in rows and "首次答复" in rows


@pytest.mark.parametrize("role", ["advisor", "sales", "caller"])
def test_statistics_and_sheets_are_for_those_who_see_reports(october, signed_in, role):
    client = signed_in(role)
    for url in (STATISTICS, SERVICE, *(form_url(number) for number in (5, 6, 7, 8))):
        assert client.get(url).status_code == 403, url
    assert STATISTICS not in body(client.get("/complaints/"))


def test_the_statistics_are_reached_from_board_and_reports_and_lead_to_sheets_and_forms(october, signed_in):
    client = signed_in("care_manager")
    for url in ("/complaints/", "/reports/"):
        assert STATISTICS in body(client.get(url)), url
    page = body(client.get(STATISTICS, OCTOBER))
    for url in (f"{SERVICE}?period=2026-W44", f"{SALES}?period=2026-W44", *(f"{form_url(n)}?period=2026-10" for n in (6, 7, 8))):
        assert f'href="{url}"' in page, url
    assert f'href="{form_url(7)}?period=2026-10"' in body(client.get(STATISTICS, WEEK))


@pytest.mark.parametrize("query", [{"period": "x"}, {"period": "2026-13"}])
def test_a_wrong_period_is_not_found(signed_in, query):
    assert signed_in("care_manager").get(STATISTICS, query).status_code == 404


def test_the_statistics_keep_their_query_budget(history, signed_in, django_assert_max_num_queries):
    history.many(1, date(2026, 10, 1), 31, 5)
    client = signed_in("care_manager")
    client.get(STATISTICS, OCTOBER)
    with django_assert_max_num_queries(24) as before:
        client.get(STATISTICS, OCTOBER)
    history.many(2, date(2026, 9, 1), 61, 40)
    with django_assert_max_num_queries(len(before)):
        client.get(STATISTICS, OCTOBER)


# The archive that the numbers lead to


def test_the_archive_filters_by_day_standard_and_severity(history, signed_in):
    history.complained(DAY, standard="repair")
    history.complained(date(2026, 10, 14), is_product_quality=True)
    history.complained(date(2026, 10, 15), severity="major", standard="care")
    client = signed_in("care_manager")

    def numbers(**query):
        return [line.number[-1] for line in client.get("/complaints/archive/", query).context["lines"]]

    assert numbers(first="2026-10-14") == ["2", "1"] and numbers(last="2026-10-14") == ["1", "0"]
    assert numbers(severity="major") == ["2", "1"] and numbers(severity="ordinary") == ["0"]
    assert numbers(standard="repair") == ["0"] and numbers(standard="none") == ["1"]
    assert numbers(first="x", standard="x", severity="x") == ["2", "1", "0"]


def test_the_archives_filters_stay_on_the_next_page(history, signed_in, monkeypatch):
    monkeypatch.setattr("complaints.views.board.PAGE", 2)
    for n in range(5):
        history.complained(DAY, hour=9 + n)
    history.complained(date(2026, 11, 1))
    client, query, seen = signed_in("care_manager"), "?first=2026-10-01&last=2026-10-31", []
    while query:
        context = client.get("/complaints/archive/" + query).context
        assert context["total"] == 5
        seen += context["lines"]
        query = context["next_url"]
    assert len(seen) == len(set(seen)) == 5


# The forms


@pytest.mark.parametrize("number", [5, 6, 8])
def test_numbers_are_masked_until_somebody_who_may_asks_for_them(october, signed_in, number):
    client = signed_in("care_manager")
    page = body(client.get(form_url(number), OCTOBER))
    assert PHONE not in page and "138****5678" in page and "style=" not in page
    assert PHONE in body(client.post(reverse("reports:form_numbers", args=[number]), OCTOBER))
    event = AuditEvent.objects.get(verb="form.numbers_shown")
    assert (event.by, event.details) == (client.user, {"form": number, "period": "2026-10", "page": "1"})


@pytest.mark.parametrize("number", [5, 6, 7, 8])
def test_the_excel_file_is_the_form_and_is_kept(october, signed_in, number):
    client = signed_in("general_manager")
    answer = client.post(reverse("reports:form_export", args=[number]), OCTOBER)
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert client.user.name in list(sheet.iter_rows(values_only=True))[-1][0]
    assert AuditEvent.objects.get(verb="form.exported").details == {"form": number, "period": "2026-10"}


def test_a_departments_sheet_as_excel_is_kept_too(october, signed_in):
    answer = signed_in("general_manager").post(SERVICE + "export/", WEEK)
    assert "form-service-2026-W42.xlsx" in answer["Content-Disposition"]
    assert load_workbook(BytesIO(b"".join(answer.streaming_content))).active["A1"].value == "售后服务部投诉周报"
    assert AuditEvent.objects.get(verb="form.exported").details == {"form": "service", "period": "2026-W42"}


@pytest.mark.parametrize("role", ["supervisor", "service_manager", "sales_manager"])
def test_who_may_read_but_not_export_finds_no_way_to_file_or_numbers(october, signed_in, role):
    client = signed_in(role)
    for number in (5, 6, 7, 8):
        page = body(client.get(form_url(number), OCTOBER))
        for name in ("reports:form_numbers", "reports:form_export"):
            url = reverse(name, args=[number])
            assert url not in page and client.post(url, OCTOBER).status_code == 403
    assert "export/" not in body(client.get(SERVICE, WEEK)) and client.post(SERVICE + "export/", WEEK).status_code == 403


def test_the_monthly_report_has_no_numbers_to_show_and_no_weeks(october, signed_in):
    client = signed_in("care_manager")
    page = body(client.get(form_url(7), OCTOBER))
    assert "numbers/" not in page and "2026年10月份用户投诉处理统计月报表" in page and "客户0" not in page
    assert client.post(reverse("reports:form_numbers", args=[7]), OCTOBER).status_code == 404
    assert client.get(form_url(7), WEEK).status_code == 404
    assert client.get(SERVICE, OCTOBER).status_code == 404 and client.get("/complaints/weekly/parts/").status_code == 404


def test_words_are_shown_as_they_were_said_and_lead_to_the_complaint(october, signed_in):
    row = Complaint.objects.get()
    client = signed_in("care_manager")
    for url, query in ((form_url(6), OCTOBER), (SERVICE, WEEK)):
        page = body(client.get(url, query))
        assert "&lt;i&gt;等&lt;/i&gt;太久" in page and f'href="{reverse("complaints:complaint", args=[row.pk])}"' in page


@pytest.mark.parametrize("number", [6, 8])
def test_a_period_without_a_row_says_so_and_offers_no_file(signed_in, number):
    page = body(signed_in("care_manager").get(form_url(number), OCTOBER))
    assert "empty-title" in page and reverse("reports:form_export", args=[number]) not in page


def test_a_list_that_is_empty_but_for_the_reader_does_not_pretend_that_nothing_happened(history, signed_in):
    client = signed_in("service_manager")
    history.complained(DAY, against=client.user)
    page = body(client.get(form_url(6), OCTOBER))
    assert "empty-title" not in page and "另有1件投诉涉及查看人本人" in page


def test_a_form_is_printed_as_the_form_on_a4(october, signed_in):
    page = body(signed_in("care_manager").get(form_url(8), OCTOBER))
    assert 'class="with-nav with-form with-portrait"' in page and "data-print" in page and "css/forms.css" in page
    assert "with-portrait" not in body(signed_in("general_manager").get(form_url(6), OCTOBER))


def test_pages_of_a_long_form_follow_each_other(october, signed_in, monkeypatch):
    monkeypatch.setattr("reports.forms_complaints.StatisticsSheet.per_page", 3)
    for _n in range(6):
        october.complained(date(2026, 10, 20))
    client, query, seen = signed_in("care_manager"), "?period=2026-10", []
    while query:
        answer = client.get(form_url(6) + query)
        seen += re.findall(r"S1-2026-\d{4}", body(answer))
        assert "7 件，其中重大 1 件" in body(answer)
        query = answer.context["next_url"]
    assert len(seen) == len(set(seen)) == 7
    assert client.get(form_url(6) + "?period=2026-10&page=4").status_code == 404


@pytest.mark.parametrize(
    ("url", "query", "budget"),
    [
        ("/reports/forms/5/", OCTOBER, 18),
        ("/reports/forms/6/", OCTOBER, 18),
        ("/reports/forms/7/", OCTOBER, 30),
        ("/reports/forms/8/", OCTOBER, 18),
        (SERVICE, WEEK, 18),
    ],
)
def test_a_form_keeps_its_query_budget(october, signed_in, django_assert_max_num_queries, url, query, budget):
    client = signed_in("care_manager")
    client.get(url, query)
    with django_assert_max_num_queries(budget) as before:
        client.get(url, query)
    october.many(2, date(2026, 10, 1), 31, 30)
    with django_assert_max_num_queries(len(before)):
        client.get(url, query)
