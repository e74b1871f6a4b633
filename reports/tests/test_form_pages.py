from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.models import AuditEvent
from customers.models import Phone
from reports.tests.history import History
from staff.actions import create_store

pytestmark = pytest.mark.page
OCTOBER = {"period": "2026-10"}
FORM = "/reports/forms/4/"
NUMBERS, EXPORT = f"{FORM}numbers/", f"{FORM}export/"
VIN, PHONE = "LSVAA49J132047371", "13812345678"


def body(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def october(store):
    history = History(store)
    vehicle = history.vehicle()
    vehicle.vin = VIN
    vehicle.save()
    Phone.objects.create(store=store, customer=vehicle.customer, number=f"+86{PHONE}", tail="")
    history.response(history.order(vehicle, date(2026, 10, 3)), date(2026, 10, 6), overall=2, quality=1, service=3, words="<i>慢</i>")
    history.followup(history.order(history.vehicle(), date(2026, 10, 3)), due_on=date(2026, 10, 6), dialled_at=history.at(date(2026, 10, 8)), status="unreachable")  # fmt: skip
    return history


def test_the_page_shows_the_form_with_numbers_masked(october, signed_in):
    html = body(signed_in("care_manager").get(FORM, OCTOBER))
    assert PHONE not in html and VIN not in html and "138****5678" in html and VIN[-8:] in html
    for text in (
        "维修用户回访统计表",
        "客户0",
        "联络不上",
        "质量：quality不好",
        "最满意项目",
        "1 服务（1/1，100.0%）",
        "2 质量（1/1，100.0%）",
        "&lt;i&gt;慢",
    ):
        assert text in html, text


def test_whoever_may_export_sees_the_numbers_by_post_and_it_is_kept(october, signed_in):
    client = signed_in("care_manager")
    html = body(client.post(NUMBERS, OCTOBER))
    assert PHONE in html and VIN in html
    event = AuditEvent.objects.get(verb="form.numbers_shown")
    assert (event.by, event.details) == (client.user, {"form": 4, "period": "2026-10", "page": "1"})
    assert client.get(NUMBERS, OCTOBER).status_code == 405


def test_the_excel_file_is_the_form_and_is_kept(october, signed_in):
    client = signed_in("general_manager")
    answer = client.post(EXPORT, OCTOBER)
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert sheet["F5"].value == PHONE and client.user.name in list(sheet.iter_rows(values_only=True))[-1][0]
    assert "form-4-2026-10.xlsx" in answer["Content-Disposition"]
    assert AuditEvent.objects.get(verb="form.exported").details == {"form": 4, "period": "2026-10"}


@pytest.mark.parametrize("role", ["supervisor", "service_manager", "sales_manager"])
def test_who_may_read_but_not_export_finds_no_way_to_the_numbers(october, signed_in, role):
    client = signed_in(role)
    html = body(client.get(FORM, OCTOBER))
    assert NUMBERS not in html and EXPORT not in html
    for url in (NUMBERS, EXPORT):
        assert client.post(url, OCTOBER).status_code == 403
    assert not AuditEvent.objects.filter(verb__startswith="form.").exists()


@pytest.mark.parametrize("role", ["advisor", "sales", "caller"])
def test_those_who_are_rated_do_not_open_the_form(signed_in, role):
    assert signed_in(role).get(FORM, OCTOBER).status_code == 403


def test_another_stores_customers_are_not_on_the_page(signed_in):
    theirs = History(create_store(code="S2", name="别的店"))
    theirs.response(theirs.order(theirs.vehicle(), date(2026, 10, 5)), date(2026, 10, 6), words="别人的话")
    assert "别人的话" not in body(signed_in("care_manager").get(FORM, OCTOBER))


@pytest.mark.parametrize("number", [3, 4])
def test_a_period_without_callbacks_says_so_and_offers_no_file(signed_in, number):
    html = body(signed_in("care_manager").get(reverse("reports:form", args=[number]), {"period": "2026-W44"}))
    assert "empty-title" in html and reverse("reports:form_export", args=[number]) not in html


@pytest.mark.parametrize(
    "query", [{"period": "x"}, {"period": "2026-13"}, OCTOBER | {"page": "2"}, OCTOBER | {"page": "0"}, OCTOBER | {"page": "x"}]
)
def test_a_wrong_period_or_page_is_not_found(october, signed_in, query):
    assert signed_in("care_manager").get(FORM, query).status_code == 404


def test_a_form_that_is_not_there_is_not_found(signed_in):
    assert signed_in("care_manager").get(reverse("reports:form", args=[10])).status_code == 404


def test_pages_follow_each_other_and_the_sum_is_over_all(october, signed_in, monkeypatch):
    monkeypatch.setattr("reports.views.forms.PER_PAGE", 3)
    for n in range(6):
        october.response(october.order(october.vehicle(), date(2026, 10, 3)), date(2026, 10, 7 + n))
    client, query, seen = signed_in("care_manager"), "?period=2026-10", []
    while query:
        context = client.get(FORM + query).context
        seen += [one["row"].number for one in context["rows"]]
        assert context["tally"].reached == 7
        query = context["next_url"]
    assert seen == list(range(1, 9))


@pytest.fixture
def three_a_page(october, monkeypatch):
    """Eight rows."""
    monkeypatch.setattr("reports.views.forms.PER_PAGE", 3)
    for n in range(6):
        october.response(october.order(october.vehicle(), date(2026, 10, 3)), date(2026, 10, 7 + n), overall=2, quality=1)


def test_the_button_prints_all_rows_of_a_form_of_several_pages(three_a_page, signed_in, monkeypatch):
    monkeypatch.setattr("reports.views.forms.GRIEVANCES", 2)
    client = signed_in("care_manager")
    page = client.get(FORM, OCTOBER)
    assert f'href="{FORM}?period=2026-10&amp;page=all"' in body(page) and "data-print" not in body(page)
    shown = client.get(FORM + page.context["all_url"])
    assert [one["row"].number for one in shown.context["rows"]] == list(range(1, 9))
    assert len(shown.context["grievances"]) == 7 and shown.context["grievances_left"] == 0
    assert 'data-print="now"' in body(shown) and "本页：" not in body(shown) and shown.context["next_url"] == ""


def test_a_page_that_is_printed_alone_says_which_rows_it_has(three_a_page, signed_in):
    html = body(signed_in("care_manager").get(FORM, OCTOBER | {"page": "3"}))
    assert "本页：第7至8项，共8项；合计为全部8项" in html


def test_a_form_of_one_page_is_printed_as_it_stands(october, signed_in):
    html = body(signed_in("care_manager").get(FORM, OCTOBER))
    assert "data-print hidden" in html and "page=all" not in html and "本页：" not in html


def test_all_rows_are_printed_with_whole_numbers_too_and_that_is_kept(three_a_page, signed_in):
    client = signed_in("care_manager")
    assert '<input type="hidden" name="page" value="all">' in body(client.post(NUMBERS, OCTOBER))
    shown = client.post(NUMBERS, OCTOBER | {"page": "all"})
    assert len(shown.context["rows"]) == 8 and PHONE in body(shown)
    assert AuditEvent.objects.filter(verb="form.numbers_shown").latest("pk").details["page"] == "all"


def test_a_form_with_more_rows_than_one_page_can_hold_is_printed_page_by_page(three_a_page, signed_in, monkeypatch):
    monkeypatch.setattr("reports.views.forms.PRINTED", 7)
    client = signed_in("care_manager")
    html = body(client.get(FORM, OCTOBER))
    assert "data-print hidden" in html and "本页：第1至3项，共8项" in html
    assert client.get(FORM, OCTOBER | {"page": "all"}).status_code == 404


def test_the_forms_are_reached_from_the_key_figures_and_the_month(october, signed_in):
    client = signed_in("care_manager")
    for url in (reverse("reports:index"), reverse("reports:monthly") + "?period=2026-10", reverse("reports:weekly") + "?period=2026-W41"):
        html = body(client.get(url))
        assert f'href="{FORM}?period=' in html and f'action="{EXPORT}"' in html


def test_the_page_keeps_its_query_budget_whatever_the_number_of_rows(october, signed_in, django_assert_max_num_queries):
    client = signed_in("care_manager")
    client.get(FORM, OCTOBER)
    with django_assert_max_num_queries(22) as before:
        client.get(FORM, OCTOBER)
    for _n in range(60):
        october.response(october.order(october.vehicle(), date(2026, 10, 3)), date(2026, 10, 7), overall=2, quality=1)
    with django_assert_max_num_queries(len(before)):
        client.get(FORM, OCTOBER)
