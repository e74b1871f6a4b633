"""Who sees what of the lounge: the month, one's own reasons, rewards and deductions."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core import sweep
from core.models import AuditEvent
from customers.models import Customer
from lounge import pay, words
from lounge.actions import set_percentages
from lounge.models import Duty, DutyChange, Excuse, PayPercentages, Sample, Verdict
from lounge.tests.conftest import at, open_calls
from lounge.verdicts import Interview, judge
from staff.models import Absence

OCTOBER = date(2026, 10, 1)
MONTH = "/lounge/?month=2026-10"
FAIL, PERFECT = [(8, 4), (10, 0), (10, 0)], [(11, 0)] * 3
pytestmark = [pytest.mark.django_db, pytest.mark.page]


@pytest.fixture
def failing(october, person, judged):
    """Three advisors whose October was not passed, and one with 100 %."""
    people = [person("advisor", name=name) for name in ("甲一", "乙二", "丙三", "丁四")]
    for one in people:
        october(6, advisor=one)
    judged({one: FAIL if one.name != "丁四" else PERFECT for one in people})
    return people


def text_of(answer) -> str:
    return answer.content.decode()


def test_the_page_says_the_verdict_in_words_with_its_reason(failing, signed_in):
    page = text_of(signed_in("service_manager").get(MONTH))
    assert page.count("3 个有效访谈，平均 88.88%，低于 93%；且有客户仅 66.66%，低于 80%。") == 3
    assert "3 个有效访谈，平均 100%，最低 100%。" in page and "奖励：100%。" in page
    assert page.count("11-16 – 11-30") == 2 and page.count("12-01 – 12-15") == 1


def test_while_the_calls_run_it_says_how_far_they_are(october, drawn, answer, advisor, signed_in, clock_at):
    october(8)
    drawn()
    clock_at.move_to(at("11-02 10:00"))
    answer(open_calls()[0])
    sweep.run(until_done=True)
    page = text_of(signed_in("care_manager").get(MONTH))
    assert "1 / 5" in page and "待访 4" in page and "访谈中，8 日截止" in page and "未出结论" in page


def test_a_month_that_nobody_drew_says_so(signed_in, clock_at):
    assert "尚未抽样" in text_of(signed_in("regional").get(MONTH))
    sweep.run(until_done=True)
    assert "该月没有样本" in text_of(signed_in("supervisor").get(MONTH))


@pytest.mark.parametrize("month", ["2026-13", "2026-11", "2027-01", "abc", "2026-1", "0001-01", "２０２６-10"])
def test_a_month_that_is_none_or_to_come_is_not_there(month, signed_in, clock_at):
    assert signed_in("care_manager").get("/lounge/", {"month": month}).status_code == 404


def test_the_sample_opens_its_customers_and_the_questions_behind_it(failing, signed_in):
    sample = Sample.objects.get(person=failing[0])
    page = text_of(signed_in("service_manager").get(reverse("lounge:sample", args=[sample.pk])))
    assert "8 : 4" in page and "66.66%" in page and str(sample.seed) in page
    assert page.count("回访：交车后三天内是否有人回访过您？") == 1  # the twelfth item, a no of the first customer


def test_a_person_sees_their_own_reasons_and_no_customers_name(failing, client, signed_in):
    one, other = failing[0], failing[1]
    client.force_login(one, backend="django.contrib.auth.backends.ModelBackend")
    page = text_of(client.get(reverse("lounge:mine")))
    assert "且有客户仅 66.66%" in page and "2026-11-16 – 11-30" in page or "2026-12-01 – 12-15" in page
    assert "回访：交车后三天内是否有人回访过您？" in page and "张**" in page
    assert [name for name in Customer.objects.values_list("name", flat=True) if name in page] == []
    assert other.name not in page
    assert client.get(MONTH).status_code == 403


def test_one_s_duty_stands_on_the_page_of_today(failing, client):
    duty = Duty.objects.order_by("starts_on").first()
    client.force_login(duty.person, backend="django.contrib.auth.backends.ModelBackend")
    assert "您的休息室值班：11-16 至 11-30。" in text_of(client.get("/"))
    client.force_login(failing[3], backend="django.contrib.auth.backends.ModelBackend")
    assert "休息室值班：" not in text_of(client.get("/"))


def test_the_roster_shows_who_is_away_meanwhile(failing, store, signed_in):
    duty = Duty.objects.order_by("starts_on").first()
    Absence.objects.create(user=duty.person, store=store, kind="leave", starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 22))
    Absence.objects.create(user=duty.person, store=store, kind="leave", starts_on=date(2026, 12, 20), ends_on=date(2026, 12, 22))
    page = text_of(signed_in("service_manager").get(MONTH))
    assert "11-20 – 11-22" in page and "12-20" not in page


def test_an_excuse_is_typed_with_its_reason(failing, signed_in):
    client = signed_in("service_manager")
    sample = Sample.objects.get(person=failing[0])
    url = reverse("lounge:excuse", args=[sample.pk])
    refused = client.post(url, {"reason": ""})
    assert refused.status_code == 422 and not Excuse.objects.exists()
    assert client.post(url, {"reason": "住院两周"}).status_code == 302
    page = text_of(client.get(MONTH))
    assert "住院两周" in page and "免计" in page and "值班已撤回" in page


def test_who_does_not_lead_them_is_shown_no_form(failing, signed_in):
    sample = Sample.objects.get(person=failing[0])
    client = signed_in("sales_manager")
    assert "免计原因" not in text_of(client.get(reverse("lounge:sample", args=[sample.pk])))
    assert client.post(reverse("lounge:excuse", args=[sample.pk]), {"reason": "住院"}).status_code == 404
    duty = Duty.objects.first()
    assert client.get(reverse("lounge:swap", args=[duty.pk])).status_code == 404


def test_two_halves_are_swapped_in_the_browser(failing, signed_in):
    client = signed_in("service_manager")
    first, _second, third = Duty.objects.order_by("starts_on", "seat")
    url = reverse("lounge:swap", args=[first.pk])
    page = text_of(client.get(url))
    assert f'value="{third.pk}"' in page and "11-16 – 11-30</option>" not in page
    assert client.post(url, {"other": third.pk, "reason": ""}).status_code == 422
    assert client.post(url, {"other": third.pk, "reason": "请假"}).status_code == 302
    assert DutyChange.objects.filter(kind="swapped").count() == 2
    assert "请假" in text_of(client.get(MONTH))


def test_the_payroll_sheet_is_refused_until_the_percentages_are_set(failing, store, signed_in):
    client = signed_in("general_manager")
    address = f"{reverse('lounge:payroll')}?month=2026-10"
    assert "尚未设定百分比" in text_of(client.get(address))
    refused = client.post(f"{reverse('lounge:payroll_export')}?month=2026-10", follow=True)
    assert "请先设定" in text_of(refused) and refused.redirect_chain[-1][0] == reverse("lounge:settings")
    with pytest.raises(pay.NotSet):
        pay.sheet(store, OCTOBER)
    assert client.post(reverse("lounge:settings"), {"reward": "5.5%", "deduction": "3", "is_enabled": "on"}).status_code == 302
    page = text_of(client.get(address))
    assert "+5.5%" in page and "−3%" not in page


def test_a_second_month_not_passed_is_deducted_and_an_excuse_undoes_it(failing, store, person):
    bad = failing[0]
    sample = Sample.objects.create(store=store, month=date(2026, 9, 1), audience="service", person=bad, wanted=5, seed=1, reason={})
    Verdict.objects.create(
        store=store, sample=sample, month=sample.month, audience="service", person=bad, outcome="not_passed", interviews=[[1, 1, 8, 4]] * 3,
        place=1, seed=1, decided_on=date(2026, 10, 10),
    )  # fmt: skip
    boss = person("general_manager")
    set_percentages(store=store, reward=500, deduction=300, by=boss)
    rows = {row.person: row for row in pay.sheet(store, OCTOBER).rows}
    assert {name: (row.reward, row.deduction) for name, row in rows.items()} == {
        "甲一": (0, 300), "乙二": (0, 0), "丙三": (0, 0), "丁四": (500, 0), "王强": (0, 0),
    }  # fmt: skip
    Excuse.objects.create(store=store, month=sample.month, audience="service", person=bad, reason="病假", by=boss)
    assert {row.deduction for row in pay.sheet(store, OCTOBER).rows} == {0}


def test_an_old_month_keeps_the_percentages_of_its_day(failing, store, person, clock_at):
    boss = person("general_manager")
    set_percentages(store=store, reward=500, deduction=300, by=boss)  # none were set on the 10th: the first ones count
    clock_at.move_to(at("12-05 10:00"))
    set_percentages(store=store, reward=900, deduction=300, by=boss)
    assert {row.person: row.reward for row in pay.sheet(store, OCTOBER).rows}["丁四"] == 500
    assert set_percentages(store=store, reward=900, deduction=300, by=boss) is None and PayPercentages.objects.count() == 2


def test_the_payroll_sheet_as_a_workbook(failing, store, signed_in):
    client = signed_in("care_manager")
    set_percentages(store=store, reward=500, deduction=300, by=client.user)
    answer = client.post(f"{reverse('lounge:payroll_export')}?month=2026-10")
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][0] == "测试店 2026年10月落实率奖惩表" and rows[1][:3] == ("序号", "姓名", "岗位")
    assert ("丁四", "服务顾问", 3, "100%", "达标", "+5%") in [row[1:7] for row in rows]
    assert AuditEvent.objects.filter(verb="payroll.exported", by=client.user).count() == 1


@pytest.mark.parametrize("typed", ["", "abc", "101", "-5", "5.555"])
def test_a_percentage_that_is_none_is_refused_and_kept(typed, signed_in, clock_at):
    client = signed_in("care_manager")
    answer = client.post(reverse("lounge:settings"), {"reward": typed, "deduction": "3"})
    assert answer.status_code == 422 and 'value="3"' in text_of(answer) and not PayPercentages.objects.exists()


def test_the_draw_is_switched_off_in_the_settings(october, store, advisor, drawn, signed_in, clock_at):
    october(5)
    client = signed_in("care_manager")
    client.post(reverse("lounge:settings"), {"reward": "5", "deduction": "3"})
    assert drawn() == [] and not Sample.objects.exists()


@pytest.mark.parametrize(
    ("interviews", "said"),
    [
        ([(12, 1), (14, 1), (14, 1)], "92.99%"),
        ([(11, 0)] * 3, "100%"),
        ([(10, 2), (11, 0), (11, 0)], "83.33%"),
        ([(4, 1), (5, 0), (5, 0)], "80%"),
    ],
)
def test_a_share_is_never_rounded_up(interviews, said):
    judged = judge(Interview(yes, no) for yes, no in interviews)
    assert said in (words.share(judged.mean), words.share(judged.lowest))


def test_the_pages_cost_as_many_statements_for_twenty_people_as_for_two(
    store, october, person, drawn, signed_in, django_assert_max_num_queries, clock_at
):
    for _n in range(6):
        october(6, advisor=person("advisor"))
    drawn()
    client = signed_in("care_manager")
    client.get(MONTH)
    with django_assert_max_num_queries(20):
        client.get(MONTH)
    with django_assert_max_num_queries(24):
        client.get(reverse("lounge:sample", args=[Sample.objects.first().pk]))


def test_the_call_asks_the_items_and_says_that_blank_is_not_applicable(october, drawn, signed_in, clock_at, advisor):
    october(5)
    first = drawn()[0]
    client = signed_in("caller")
    client.post(reverse("followups:claim", args=[first.sheet_id]))
    page = text_of(client.get(reverse("followups:call", args=[first.sheet_id])))
    assert "落实调查" in page and "接待：到店后，服务顾问是否马上主动出来迎接您？" in page and "没有经历过的留空" in page
    assert "我们每个月随机抽取几位客户" in page
    name = f"f{first.pk}-done_greeted"
    assert f'name="{name}"' in page
    assert timedelta(days=6) < first.due_at - at("11-01 10:00") < timedelta(days=8)
