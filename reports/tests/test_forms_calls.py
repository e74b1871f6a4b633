"""Forms 1 and 2: each interview as it was recorded, on screen and as a spreadsheet reads it back."""

from datetime import date
from io import BytesIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from openpyxl import load_workbook

from csi.models import Dissatisfaction, Response
from customers.models import Phone
from reports.forms_calls import SalesCalls, ServiceCalls
from reports.manual import FORMS, write
from reports.periods import parse
from reports.tests.history import History
from staff.actions import create_store

DAY = date(2026, 10, 6)
OCTOBER = parse("2026-10")
EVIL = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]
FIVE = {n: "　".join(("■" if n == m else "□") + word for m, word in ((5, "很满意"), (4, "满意"), (3, "一般"), (2, "不满意"), (1, "很不满意"))) for n in range(6)}  # fmt: skip
THREE = {n: "　".join(("■" if n == m else "□") + word for m, word in ((3, "满意"), (2, "一般"), (1, "不满意"))) for n in range(4)}


@pytest.fixture
def history(store):
    return History(store)


def book_of(number, store, period=OCTOBER):
    out = BytesIO()
    write(FORMS[number], FORMS[number].make(store, period, None), out, made_by="汪嘉斌", made_on=date(2026, 11, 2))
    return load_workbook(out).active


def lines(sheet) -> list[list]:
    return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


def captions(blocks) -> list[str]:
    return [block.caption for block in blocks]


def unhappy_customer(history) -> Response:
    vehicle = history.vehicle()
    Phone.objects.create(store=history.store, customer=vehicle.customer, number="+8613812345678", tail="")
    row = history.response(history.order(vehicle, date(2026, 10, 3)), DAY, overall=2, service=3, quality=1, nps=6, words="等得\n太久")
    Dissatisfaction.objects.filter(response=row).update(
        person=history.advisors[0], handled_at=history.at(date(2026, 10, 8)), handled_by=history.advisors[1]
    )
    return row


def test_form_2_records_what_was_answered_and_what_became_of_what_the_customer_was_unhappy_with(store, history):
    row = unhappy_customer(history)
    Dissatisfaction.objects.filter(response=row).update(
        standard="repair", words="异响\n还在", cause="未试车", measure="重新检查", is_carried_out=True, opinion="satisfied",
        opinion_words="好了", opinion_at=history.at(date(2026, 10, 9)),
    )  # fmt: skip
    assert lines(book_of(2, store)) == [
        ["用户维修回访记录表"],
        ["单位：测试店", "期间：2026年10月（2026-10-01 至 2026-10-31）"],
        ["（1）客户0"],
        ["编号", str(row.pk), "用户姓名", "客户0", "联系电话", "13812345678", "汽车型号", "逸动"],
        ["车牌号", "渝A00000", "工单号", "N0", "完工时间", "2026-10-03 16:00", "服务顾问", row.advisor.name if row.advisor else "—"],
        ["1、请问您对我们这次维修服务总体满意吗？", FIVE[2]],
        ["2、服务环节：接待人员的态度和专业程度您满意吗？", THREE[3]],
        ["3、质量环节：车辆的问题彻底解决了吗？", THREE[1]],
        ["4、收费环节：收费合理、讲解透明吗？", THREE[0]],
        ["5、及时性环节：等候和维修的时间合适吗？", THREE[0]],
        ["6、环境环节：休息区和维修站的环境您满意吗？", THREE[0]],
        ["7、其它：还有别的方面让您不满意吗？", THREE[0]],
        ["8、您愿意把我们推荐给亲友吗？请用 0 到 10 分表示。", "6 分"],
        ["不满意：质量环节", "用户抱怨", "维修能力：异响 还在（当事人：顾问0）"],
        ["原因分析", "未试车"],
        ["处理措施", "重新检查", "措施实施", "已实施", "处理人", "顾问1 2026-10-08 10:00"],
        ["处理后意见", "现已满意；好了", "再回访", "2026-10-09 10:00"],
        ["意见和建议", "等得 太久"],
        ["回访员", "客服0", "回访时间", "2026-10-06 15:00", "回访方式", "电话回访"],
        *[[note] for note in ServiceCalls.notes],
        ["制表：汪嘉斌　　2026-11-02"],
    ]  # fmt: skip


def test_form_1_asks_the_manuals_questions_of_whoever_bought_a_car(store, history):
    row = history.response(history.delivery(history.vehicle(), date(2026, 10, 3)), DAY, sales_2=3, sales_6=2)
    found = lines(book_of(1, store))
    assert found[3:5] == [
        ["编号", str(row.pk), "用户名称", "客户0", "联系方式", "—", "购车时间", "2026-10-03"],
        ["用户车型", "逸动", "车牌号", "渝A00000", "VIN", "—", "销售顾问", "销售甲"],
    ]
    assert [line[1] for line in found[5:13]] == [THREE[0], THREE[3], THREE[0], THREE[0], THREE[0], THREE[2], THREE[0], FIVE[5]]
    assert found[13:15] == [["不满意内容", "无"], ["意见和建议", "—"]]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("number", "audience"), [(1, "sales"), (2, "service")])
def test_every_interview_of_the_period_has_its_page_in_the_order_of_the_list(store, seed, number, audience):
    History(store, seed).wander(date(2026, 9, 20), 50, 40)
    History(create_store(code="S2", name="别的店")).wander(date(2026, 10, 1), 20, 10)
    sheet = FORMS[number].make(store, OCTOBER, None)
    numbers = [next(iter(block.rows))[1].value for block in sheet.blocks(whole=False)]
    listed = [row.response for row in FORMS[number + 2].make(store, OCTOBER, None).rows() if row.response]
    mine = [r for r in Response.objects.filter(store=store, audience=audience) if OCTOBER.first <= r.answered_on <= OCTOBER.last]
    assert numbers == [str(pk) for pk in listed] and len(sheet) == len(numbers) == len(mine) > 0
    assert captions(sheet.blocks(whole=False, first=2, count=3)) == captions(sheet.blocks(whole=False))[2:5]


def test_a_page_for_each_begins_a_sheet_of_paper(store, history):
    for n in range(3):
        history.response(history.order(history.vehicle(), date(2026, 10, 3)), date(2026, 10, 6 + n))
    assert [block.is_page for block in ServiceCalls(store, OCTOBER).blocks(whole=False)] == [False, True, True]
    sheet = book_of(2, store)
    begins = [row[0].row for row in sheet.iter_rows() if str(row[0].value).startswith("（")]
    assert [mark.id for mark in sheet.row_breaks.brk] == [row - 1 for row in begins[1:]] and len(begins) == 3


def test_what_customers_said_is_never_a_formula(store, history):
    for evil in EVIL:
        row = history.response(history.order(history.vehicle(), date(2026, 10, 3)), DAY, quality=1, words=evil)
        Dissatisfaction.objects.filter(response=row).update(words=evil, cause=evil, measure=evil)
    cells = [cell for row in book_of(2, store).iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    evil = [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in ("=", "+", "-", "@")]
    assert len(evil) >= 16 and all(cell.quotePrefix for cell in evil)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("period", ["2026-10", "2026-W41"])
def test_the_command_writes_them(store, history, tmp_path, capsys, number, period):
    history.response(history.order(history.vehicle(), date(2026, 10, 3)), DAY)
    history.response(history.delivery(history.vehicle(), date(2026, 10, 3)), DAY)
    out = tmp_path / "form.xlsx"
    call_command("export_form", str(number), period, str(out), "--store", "S1")
    assert f"form {number}, S1, {period}, 1 rows" in capsys.readouterr().out
    assert load_workbook(out).active["A1"].value == FORMS[number].title


@pytest.mark.parametrize("make", [SalesCalls, ServiceCalls])
def test_a_month_without_interviews_is_an_empty_form(store, make):
    assert ["本期无。"] in lines(book_of(1 if make is SalesCalls else 2, store))


@pytest.mark.page
def test_the_page_hides_the_number_shows_it_by_post_and_offers_the_file(store, history, signed_in):
    row = unhappy_customer(history)
    client, url, month = signed_in("care_manager"), reverse("reports:form", args=[2]), {"period": "2026-10"}
    shown = client.get(url, month).content.decode()
    assert "138****5678" in shown and "13812345678" not in shown and THREE[1] in shown
    assert reverse("reports:response", args=[row.pk]) in shown and reverse("reports:form_export", args=[2]) in shown
    assert "13812345678" in client.post(reverse("reports:form_numbers", args=[2]), month).content.decode()
    file = client.post(reverse("reports:form_export", args=[2]), month)
    assert load_workbook(BytesIO(b"".join(file.streaming_content))).active["F4"].value == "13812345678"
    for tile in (1, 2):
        assert f'action="{reverse("reports:form_export", args=[tile])}"' in client.get(reverse("reports:index")).content.decode()


@pytest.mark.page
def test_the_page_keeps_its_query_budget_whatever_the_number_of_interviews(store, history, signed_in, django_assert_max_num_queries):
    unhappy_customer(history)
    client, url, month = signed_in("care_manager"), reverse("reports:form", args=[2]), {"period": "2026-10"}
    client.get(url, month)
    with django_assert_max_num_queries(20) as before:
        client.get(url, month)
    for _n in range(15):
        unhappy_customer(history)
    with django_assert_max_num_queries(len(before)):
        client.get(url, month)
