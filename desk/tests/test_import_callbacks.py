"""manage.py import_records callbacks: forms 3 and 4 back into answers and follow-ups (contracts.md, Import; domain §11)."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import sweep
from csi import actions as csi
from csi import questionnaires
from csi.models import Answer, Dissatisfaction, Response
from customers.actions import create_customer, create_vehicle, retire_vehicle, transfer_vehicle
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.imports import archive
from desk.imports.callback_sheets import outcome_of
from desk.models import LearnedColumn
from followups import actions as followup_actions
from followups import planner
from followups.models import Attempt, CallSheet, FollowUp, Served
from followups.outcomes import Outcome
from reports.forms_callback import FORMS
from staff.actions import create_store
from visits.models import NewCarDelivery, ServiceOrder

CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
BEFORE = ["序号", "用户姓名", "车型", "VIN", "里程数", "电话号码", "回访日期"]
BEHIND = ["总体评价", "反应问题建议", "备注"]
VIN = "LS4AAAB10T0000001"


@pytest.fixture(autouse=True)
def today(request):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def vin(n: int) -> str:
    return f"LS4AAAB10T{n:07d}"


def line(n: int = 1, *, marks=(3, 3, 3, 3, 3, 3), **changes) -> dict:
    """A row of form 4; with seven marks of form 3."""
    values = {
        "序号": n, "用户姓名": f"王{'甲乙丙丁戊己庚辛壬癸'[n % 10]}", "车型": "逸动PLUS", "VIN": vin(n), "里程数": 10_000 + n,
        "电话号码": f"138{n:08d}", "回访日期": date(2026, 10, 20), "总体评价": "满意", "反应问题建议": None, "备注": None,
        "预计保养时间": date(2027, 4, 1),
    }  # fmt: skip
    return {**values, **{str(place): mark for place, mark in enumerate(marks, start=1)}, **changes}


def unreached(n: int = 1, remark="联络不上", details=6, **changes) -> dict:
    return line(n, marks=[None] * details, 总体评价=None, 备注=remark, **changes)


@pytest.fixture
def workbook(tmp_path):
    """workbook([row, …]) -> the path of a form 4 as .xlsx; details=7: form 3. head='one', 'two' rows."""

    def make(rows, details=6, head="two", title=None, footer=(), above=(), name="form.xlsx", heads=None):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Sheet1"
        fill(sheet, rows, details, head, title, footer, above, heads)
        book.save(tmp_path / name)
        return str(tmp_path / name)

    return make


def fill(sheet, rows, details=6, head="two", title=None, footer=(), above=(), heads=None):
    before, behind = heads or (BEFORE, [*BEHIND, *(["预计保养时间"] if details == 6 else [])])
    numbers = [str(n) for n in range(1, details + 1)]
    if title:
        sheet.append([title])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(before) + details + len(behind))
    for cells in above:
        sheet.append(cells)
    if head == "two":
        at = sheet.max_row + (1 if title or above else 0)
        for column, text in enumerate([*before, "回访明细", *[None] * (details - 1), *behind], start=1):
            sheet.cell(at, column, text)
        for place in range(details):
            sheet.cell(at + 1, len(before) + 1 + place, place + 1)
        first, last = len(before) + 1, len(before) + details
        sheet.merge_cells(start_row=at, start_column=first, end_row=at, end_column=last)
        for column in [*range(1, first), *range(last + 1, last + 1 + len(behind))]:
            sheet.merge_cells(start_row=at, start_column=column, end_row=at + 1, end_column=column)
    else:
        sheet.append([*before, *numbers, *behind])
    known = [*BEFORE, *numbers, *BEHIND, "预计保养时间"]
    for values in rows:
        sheet.append([values.get(column) for column in known[: len(before) + details + len(behind)]])
    for cells in footer:
        sheet.append(cells)


def run(path, *options, store="S1"):
    """(exit code, the JSON object, stderr's line)"""
    out, error, code = io.StringIO(), "", 0
    try:
        call_command("import_records", "callbacks", path, "--store", store, "--json", *options, stdout=out)
    except CommandError as problem:
        code, error = problem.returncode, str(problem)
    return code, json.loads(out.getvalue()) if out.getvalue() else None, error


def facts():
    models = (
        Customer,
        Phone,
        Vehicle,
        Ownership,
        ServiceOrder,
        NewCarDelivery,
        CallSheet,
        FollowUp,
        Attempt,
        Response,
        Answer,
        Dissatisfaction,
    )
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def counts(told) -> tuple[int, int, int, int]:
    return told["created"], told["updated"], told["unchanged"], told["rejected"]


@pytest.fixture
def make_order(store, person):
    advisor = person("advisor", name="陈静")

    def make(n=1, delivered_at=datetime(2026, 10, 18, 16, 0, tzinfo=CHINA), vehicle=None, **fields):
        number = make.count = getattr(make, "count", 0) + 1
        if vehicle is None:
            customer = create_customer(store=store, name=line(n)["用户姓名"], phones=[line(n)["电话号码"]], by=None)
            vehicle = create_vehicle(store=store, owner=customer, vin=vin(n), model="逸动PLUS", by=None)
        values = {"advisor": advisor, "step": "delivered", "customer": vehicle.ownerships.get(until=None).customer} | fields
        return ServiceOrder.objects.create(
            store=store, number=f"W{number}", vehicle=vehicle, received_at=delivered_at - timedelta(hours=3),
            received_on=delivered_at.date(), delivered_at=delivered_at, delivered_on=delivered_at.date(), **values,
        )  # fmt: skip

    return make


@pytest.fixture
def make_delivery(store, person):
    consultant = person("sales", name="李倩")

    def make(n=1, delivered_at=datetime(2026, 10, 18, 16, 0, tzinfo=CHINA), **fields):
        customer = create_customer(store=store, name=line(n)["用户姓名"], phones=[line(n)["电话号码"]], by=None)
        vehicle = create_vehicle(store=store, owner=customer, vin=vin(n), model="逸动PLUS", by=None)
        return NewCarDelivery.objects.create(
            store=store, vehicle=vehicle, customer=customer, consultant=consultant, delivered_at=delivered_at,
            delivered_on=delivered_at.date(), **fields,
        )  # fmt: skip

    return make


# What is stored


def test_a_row_about_a_visit_becomes_frozen_answers_and_the_follow_up_that_was_kept(store, workbook, make_order):
    order = make_order()
    code, told, error = run(workbook([line(marks=(3, 3, 2, 3, "—", 3))]))
    assert (code, error, counts(told)) == (0, "", (1, 0, 0, 0))
    response, followup = Response.objects.get(), FollowUp.objects.get()
    assert (response.order, response.advisor, response.customer, response.vehicle) == (order, order.advisor, order.customer, order.vehicle)
    assert (response.channel, response.surveyor, response.audience, response.occasion) == (
        "form",
        None,
        "service",
        f"followup {followup.pk}",
    )
    assert (response.overall, response.is_satisfied, response.is_very_satisfied, response.is_unhappy) == (4, True, False, False)
    assert response.answered_at == datetime(2026, 10, 20, 10, 30, tzinfo=UTC)
    assert dict(response.answers.values_list("question__code", "score")) == {
        "overall": 4, "service": 3, "quality": 3, "price": 2, "timeliness": 3, "other": 3,
    }  # fmt: skip
    assert (followup.status, followup.outcome, followup.dials, followup.closed_by) == ("done", "interviewed", 1, None)
    assert (followup.plan, followup.occasion, followup.order) == ("service", f"order {order.pk}", order)
    assert followup.first_dialled_at == followup.closed_at == response.answered_at
    assert not Attempt.objects.exists()


def test_a_closed_follow_up_of_history_has_the_window_that_the_planner_gives(store, workbook, make_order):
    order, other = make_order(1), make_order(2)
    run(workbook([line(1)]))
    ServiceOrder.objects.filter(pk=other.pk).update(delivered_at=order.delivered_at)
    planner.plan(planner.from_order(ServiceOrder.objects.get(pk=other.pk)), now=NOW)
    mine, planned = FollowUp.objects.get(order=order), FollowUp.objects.get(order=other)
    for name in ("started_at", "opens_at", "aim_at", "due_at", "due_on", "is_agreed"):
        assert getattr(mine, name) == getattr(planned, name)


def test_an_open_follow_up_is_closed_and_its_customer_leaves_the_queue(store, workbook, make_order):
    order = make_order(delivered_at=NOW - timedelta(days=1))
    (followup,) = followup_actions.plan_for_order(order=order)
    assert run(workbook([line(回访日期=date(2026, 11, 24))]))[0] == 0
    followup.refresh_from_db()
    assert (followup.status, followup.dials, followup.first_dialled_at) == ("done", 1, NOW)
    assert CallSheet.objects.get().next_at is None
    sweep.run(until_done=True)
    assert FollowUp.objects.filter(plan="service").count() == 1


def test_a_call_after_closing_time_of_its_visit_s_day_is_not_before_the_visit(store, workbook, make_order):
    order = make_order(delivered_at=datetime(2026, 10, 20, 20, 0, tzinfo=CHINA))
    run(workbook([line()]))
    assert Response.objects.get().answered_at == order.delivered_at


def test_form_3_is_about_the_delivery_and_its_consultant(store, workbook, make_delivery):
    delivery = make_delivery()
    code, told, _error = run(workbook([line(marks=(3, 3, 3, 3, 3, 3, 2), 总体评价="很满意", 反应问题建议="希望多送地毯")], details=7))
    assert (code, counts(told)) == (0, (1, 0, 0, 0))
    response, followup = Response.objects.get(), FollowUp.objects.get()
    assert (response.delivery, response.order, response.advisor, response.audience) == (delivery, None, delivery.consultant, "sales")
    assert (response.overall, response.words, response.answers.get(question__code="sales_7").score) == (5, "希望多送地毯", 2)
    assert (followup.plan, followup.status, followup.delivery) == ("sale_first", "done", delivery)


def test_the_other_calls_of_a_delivery_that_nobody_has_planned_yet_stay_owed(store, workbook, make_delivery):
    make_delivery(delivered_at=NOW - timedelta(days=2), origin="imported")
    run(workbook([line(marks=[3] * 7, 回访日期=date(2026, 11, 24))], details=7))
    sweep.run(until_done=True)
    assert dict(FollowUp.objects.values_list("plan", "status")) == {"sale_first": "done", "sale_week": "open", "run_in": "open"}


@pytest.mark.parametrize(("days", "has_order"), [(0, True), (30, True), (31, False), (-1, False)])
def test_a_visit_at_most_30_days_before_the_call_is_the_one_it_is_about(store, workbook, make_order, days, has_order):
    order = make_order(delivered_at=datetime(2026, 10, 20, 9, 0, tzinfo=CHINA) - timedelta(days=days))
    run(workbook([line()]))
    assert Response.objects.get().order == (order if has_order else None)


def test_of_several_visits_the_last_one_counts(store, workbook, make_order):
    first = make_order(delivered_at=datetime(2026, 10, 10, 9, 0, tzinfo=CHINA))
    last = make_order(delivered_at=datetime(2026, 10, 18, 9, 0, tzinfo=CHINA), vehicle=first.vehicle)
    run(workbook([line()]))
    assert Response.objects.get().order == last


def test_a_car_without_vin_is_found_by_phone_and_model(store, workbook, make_order):
    order = make_order()
    owner = order.customer
    create_vehicle(store=store, owner=owner, plate="渝A00002", model="CS75", by=None)
    run(workbook([line(VIN="—", 用户姓名="王先生")]))
    assert (Response.objects.get().order, Customer.objects.count(), Vehicle.objects.count()) == (order, 1, 2)


def test_an_unknown_customer_gets_a_file_and_a_car_only_with_a_vin(store, workbook):
    _code, told, _error = run(workbook([line(1), line(2, VIN=None)]))
    assert counts(told) == (2, 0, 0, 0)
    car = Vehicle.objects.get()
    assert (car.vin, car.model, car.mileage, car.next_maintenance_on) == (vin(1), "逸动PLUS", 10_001, date(2027, 4, 1))
    assert car.ownerships.get().customer.name == line(1)["用户姓名"]
    response = Response.objects.get(vehicle=None)
    assert (response.order, response.customer.name) == (None, line(2)["用户姓名"])
    assert response.customer.phones.get().number == "+8613800000002"


def test_a_call_about_no_visit_counts_as_a_call_reached_or_not(store, workbook):
    run(workbook([line(1), unreached(2)]))
    reached, failed = FollowUp.objects.order_by("pk")
    assert (reached.status, failed.status) == ("done", "unreachable")
    assert {row.due_on for row in (reached, failed)} == {date(2026, 10, 20)}
    assert all(row.first_dialled_at <= row.due_at for row in (reached, failed))
    assert Response.objects.get().occasion == f"followup {reached.pk}"


def test_a_form_fills_what_is_empty_and_overwrites_nothing_that_a_visit_knows(store, workbook, make_order):
    order = make_order()
    Vehicle.objects.filter(pk=order.vehicle_id).update(mileage=55_000)
    run(workbook([line(里程数=60_000, 车型="CS75")]))
    car = Vehicle.objects.get()
    assert (car.mileage, car.model, car.next_maintenance_on) == (55_000, "逸动PLUS", date(2027, 4, 1))


# Words


@pytest.mark.parametrize(
    ("written", "level"),
    [("很满意", 5), ("满意", 4), ("一般", 3), ("不满意", 2), ("很不满意", 1), (3, 4), (2, 3), (1, 2), ("３", 4), (" 满意 ", 4)],
)
def test_the_overall_judgement_is_understood_in_words_of_either_scale_and_in_numbers(store, workbook, written, level):
    assert run(workbook([line(总体评价=written, 反应问题建议="等太久")]))[0] == 0
    assert Response.objects.get().overall == level


def test_details_are_understood_in_words_too(store, workbook):
    run(workbook([line(marks=("满意", "一般", "不满意", "3", 3.0, "—"), 反应问题建议="贵")]))
    marks = dict(Answer.objects.filter(question__is_overall=False).values_list("question__code", "score"))
    assert marks == {"service": 3, "quality": 2, "price": 1, "timeliness": 3, "environment": 3}


def test_what_is_written_belongs_to_the_link_that_was_dissatisfying(store, workbook):
    run(workbook([line(marks=(3, 3, 3, 1, 3, 3), 反应问题建议="等了三个小时")]))
    named = Dissatisfaction.objects.get()
    assert (named.link, named.words, named.response.words, named.response.is_unhappy) == ("timeliness", "等了三个小时", "", True)
    assert named.answered_on == named.response.answered_on


def test_a_line_that_names_its_link_is_about_that_link_and_the_rest_stays_the_customer_s_words(store, workbook):
    text = "收费：没有明细\n服务环节：没人接待\n希望周末也开门"
    run(workbook([line(marks=(1, 3, 2, 3, 3, 3), 反应问题建议=text)]))
    assert list(Dissatisfaction.objects.order_by("pk").values_list("link", "words")) == [("price", "没有明细"), ("service", "没人接待")]
    assert Response.objects.get().words == "希望周末也开门"


def test_praise_of_a_link_is_no_grievance(store, workbook):
    run(workbook([line(反应问题建议="服务：很好")]))
    assert (Response.objects.get().words, Dissatisfaction.objects.count()) == ("服务：很好", 0)


@pytest.mark.parametrize(
    "changes",
    [{"marks": (1, 3, 3, 3, 3, 3)}, {"总体评价": "不满意"}, {"marks": (3, 3, 3, 3, 3, 2)}, {"marks": (1, 1, 3, 3, 3, 1), "备注": "老客户"}],
)
def test_dissatisfaction_without_words_is_taken_with_a_warning_and_says_so(store, workbook, changes):
    code, told, _error = run(workbook([line(**changes)]))
    assert (code, counts(told)) == (0, (1, 0, 0, 0))
    assert [warning["column"] for warning in told["warnings"] if warning["column"] != "VIN"] == ["反应问题建议"]
    response = Response.objects.get()
    written = [response.words, *Dissatisfaction.objects.values_list("words", flat=True)]
    assert "未填写" in written
    as_asked = [{"link": row.link, "words": row.words} for row in Dissatisfaction.objects.all()]
    questions = {question.code: question for question in response.version.questions.all()}
    csi.validate(questions, dict(response.answers.values_list("question__code", "score")), response.words, as_asked)


def test_a_remark_about_a_reached_customer_is_kept_with_the_words(store, workbook):
    run(workbook([line(反应问题建议="不错", 备注="VIP用户")]))
    assert Response.objects.get().words == "不错 备注：VIP用户"


def test_answers_count_whatever_the_remark_says(store, workbook):
    run(workbook([line(备注="第一次无人接听")]))
    assert (Response.objects.get().overall, FollowUp.objects.get().status) == (4, "done")


# Nobody interviewed


@pytest.mark.parametrize(
    ("remark", "outcome"),
    [
        ("联络不上", Outcome.NO_ANSWER), ("电话有误", Outcome.NO_SUCH_NUMBER), ("无人接听", Outcome.NO_ANSWER), ("停机", Outcome.OUT_OF_SERVICE),
        ("空号", Outcome.NO_SUCH_NUMBER), ("关机", Outcome.SWITCHED_OFF), ("占线", Outcome.BUSY), ("拒接", Outcome.REJECTED),
        ("拒绝接听", Outcome.REJECTED), ("不接受回访", Outcome.REFUSED), ("拒访", Outcome.REFUSED), ("非本人", Outcome.WRONG_PERSON),
        ("未能联络用户", Outcome.NO_ANSWER), ("电话打不通", Outcome.NO_ANSWER), ("号码错误", Outcome.NO_SUCH_NUMBER), ("未接", Outcome.NO_ANSWER),
        ("用户很忙", ""), ("下周再来", ""), ("老客户", ""),
    ],
)  # fmt: skip
def test_a_remark_tells_why_nobody_was_interviewed(remark, outcome):
    assert outcome_of(remark) == outcome


def test_who_was_not_reached_has_no_answers_and_a_follow_up_closed_as_unreachable(store, workbook, make_order):
    make_order(1), make_order(2)
    code, told, _error = run(workbook([unreached(1, "无人接听，晚上再打"), unreached(2, "不接受回访")]))
    assert (code, counts(told), Response.objects.count()) == (0, (2, 0, 0, 0), 0)
    rows = list(FollowUp.objects.order_by("pk").values_list("status", "outcome", "dials", "words"))
    assert rows == [("unreachable", "no_answer", 1, "无人接听,晚上再打"), ("refused", "refused", 1, "")]


def test_a_dial_within_the_limit_is_counted_once_and_the_call_stays_owed(store, workbook, make_order):
    order = make_order(delivered_at=NOW - timedelta(days=1))
    (followup,) = followup_actions.plan_for_order(order=order)
    path = workbook([unreached(回访日期=date(2026, 11, 24))])
    assert counts(run(path)[1]) == (0, 1, 0, 0)
    followup.refresh_from_db()
    assert (followup.status, followup.dials, followup.first_dialled_at, followup.outcome) == ("open", 1, NOW, "no_answer")
    assert followup.next_at > NOW and CallSheet.objects.get().next_at == followup.next_at
    before = facts()
    assert counts(run(path)[1]) == (0, 0, 1, 0)
    assert facts() == before


def test_a_customer_reached_at_the_second_try_is_done_with_two_dials_in_whatever_order_of_rows(store, workbook, make_order):
    make_order()
    path = workbook([line(回访日期=date(2026, 10, 22)), unreached(回访日期=date(2026, 10, 20)), unreached(回访日期=date(2026, 10, 21))])
    assert counts(run(path)[1]) == (2, 1, 0, 0)
    followup = FollowUp.objects.get()
    assert (followup.status, followup.dials, followup.first_dialled_at.date()) == ("done", 3, date(2026, 10, 20))
    assert Response.objects.get().occasion == f"followup {followup.pk}"
    before = facts()
    assert counts(run(path)[1]) == (0, 0, 3, 0)
    assert facts() == before


def test_a_caller_who_dials_in_the_same_moment_is_not_overwritten(store, workbook, make_order, monkeypatch):
    order = make_order(delivered_at=NOW - timedelta(days=1))
    (followup,) = followup_actions.plan_for_order(order=order)
    from desk.imports.callbacks import Callbacks

    load, n = Callbacks.load, []

    def overtaken(self):
        load(self)
        n.append(1)
        if len(n) == 1:
            FollowUp.objects.filter(pk=followup.pk).update(dials=1, first_dialled_at=NOW - timedelta(minutes=1))

    monkeypatch.setattr(Callbacks, "load", overtaken)
    assert run(workbook([line(回访日期=date(2026, 11, 24))]))[0] == 0
    assert len(n) == 2 and FollowUp.objects.get().status == "done"


# Unhappy answers


def test_unhappy_answers_of_history_are_called_back_only_while_the_window_is_open(store, person, workbook, make_order, today):
    make_order(1, delivered_at=NOW - timedelta(days=3))
    make_order(2, delivered_at=NOW - timedelta(days=3))
    sad = {"总体评价": "不满意", "反应问题建议": "慢"}
    run(workbook([line(1, 回访日期=date(2026, 11, 23), **sad), line(2, 回访日期=date(2026, 11, 24), **sad)]))
    sweep.run(until_done=True)
    assert [row.response.vehicle.vin for row in FollowUp.objects.filter(plan="recovery")] == [vin(2)]


def test_who_calls_back_sees_that_a_form_was_the_source(store, workbook, make_order, client):
    order = make_order(1, delivered_at=NOW - timedelta(days=3))
    run(workbook([line(1, 回访日期=date(2026, 11, 24), 总体评价="不满意", 反应问题建议="慢")]))
    sweep.run(until_done=True)
    recovery = FollowUp.objects.get(plan="recovery")
    assert recovery.assignee == order.advisor
    client.force_login(order.advisor, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/calls/{recovery.sheet_id}/", headers={"accept-language": "en"})
    assert page.status_code == 200 and "慢" in page.content.decode()


# Reading


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"3": None}, "3", "empty, though the customer was reached; write — where it was not asked"),
        ({"总体评价": None}, "总体评价", "empty, though the customer was reached; write — where it was not asked"),
        ({"3": 4}, "3", "write 3 (满意), 2 (一般), 1 (不满意), or — where it was not asked"),
        ({"总体评价": "好"}, "总体评价", "write 很满意, 满意, 一般, 不满意 or 很不满意"),
        ({"用户姓名": None}, "用户姓名", "the customer's name is missing"),
        ({"回访日期": None}, "回访日期", "the date is missing"),
        ({"回访日期": date(2026, 11, 25)}, "回访日期", "the day lies in the future"),
        ({"VIN": None, "电话号码": None}, "VIN", "neither VIN nor phone: nobody can say who this is"),
        (
            {**dict.fromkeys("123456"), "总体评价": None, "备注": "老客户"},
            "备注",
            "neither answers nor why there are none; fill them in, or write 联络不上 or 电话有误",
        ),
    ],
)
def test_a_wrong_row_is_rejected_with_its_column_and_reason_and_the_others_come_in(store, workbook, changes, column, reason):
    code, told, _error = run(workbook([line(1), line(2, **changes)], head="one"))
    assert (code, counts(told)) == (2, (1, 0, 0, 1))
    (reject,) = told["rejects"]
    assert (reject["row"], reject["column"]) == (3, column if column in BEFORE + BEHIND else "3")
    assert reason in reject["reason"]


def test_a_mended_reject_comes_in_from_the_workbook_that_was_written(store, workbook, tmp_path):
    run(workbook([line(1), line(2, **{"3": None})], title="维修用户回访统计表"), "--rejects", str(tmp_path / "rejects.xlsx"))
    book = openpyxl.load_workbook(tmp_path / "rejects.xlsx")
    (sheet,) = book.worksheets
    sheet.cell(2, 10).value = 3
    book.save(tmp_path / "rejects.xlsx")
    assert counts(run(str(tmp_path / "rejects.xlsx"))[1]) == (1, 0, 0, 0)


FOOTER = [
    ["累计", 2, None, None, None, None, None, 2, 2, 2, 2, 2, 2], ["最满意项目：服务"], ["最不满意项目：无"], ["报怨事项："], ["1、序号2 太慢"],
    ["备注：1、填报内容必须正确；2、不允许缺项"], ["回访明细内填写回访结果：3为满意/2为一般/1为不满意"], ["制表：李小兰"],
]  # fmt: skip


@pytest.mark.parametrize("head", ["one", "two"])
@pytest.mark.parametrize("details", [6, 7])
def test_the_manual_s_form_is_read_with_its_title_its_empty_lines_and_without_what_stands_below(store, workbook, head, details):
    title = {6: "维修用户回访统计表", 7: "新购车用户回访统计表"}[details]
    rows = [line(1, marks=[3] * details), {"序号": 2}, unreached(3, details=details), {"序号": 4}]
    path = workbook(rows, details, head, title, FOOTER, above=[["单位：长安汽车销售服务有限公司", None, None, "期间：2026年10月"]])
    code, told, error = run(path)
    assert (code, error, counts(told), told["unknown_columns"]) == (0, "", (2, 0, 0, 0), [])
    assert Response.objects.get().audience == {6: "service", 7: "sales"}[details]
    assert {row.plan for row in FollowUp.objects.all()} == {FORMS[{6: 4, 7: 3}[details]].plan}


TITLE = "维修用户回访统计表"


def table(n: int, day: date, *, details=6, title=TITLE, head="two", heads=None) -> list[list]:
    """A month's table as it stands further down on a sheet: title, head in one row or two, two rows, what stands below."""
    before, behind = heads or (BEFORE, [*BEHIND, *(["预计保养时间"] if details == 6 else [])])
    columns = [*before, *map(str, range(1, details + 1)), *behind]
    rows = [line(k, marks=[3] * details, 回访日期=day, 编=k) for k in (n, n + 1)]
    top = [[*before, "回访明细", *[None] * (details - 1), *behind], [*[None] * len(before), *range(1, details + 1)]]
    return [[title], *(top if head == "two" else [columns]), *[[row[column] for column in columns] for row in rows], *FOOTER]


def test_a_year_kept_on_one_sheet_is_read_to_its_last_table(store, workbook):
    months = [row for month in (1, 2, 3) for row in table(10 * month, date(2026, month, 20), title=f"2026年{month}月{TITLE}")]
    code, told, _error = run(workbook([line(1), line(2)], title=TITLE, footer=[*FOOTER, *months]))
    assert (code, counts(told)) == (0, (8, 0, 0, 0))
    assert sorted(set(Response.objects.values_list("answered_on__month", flat=True))) == [1, 2, 3, 10]


def test_a_row_that_is_wrong_in_a_lower_table_is_rejected_with_its_place(store, workbook):
    lower = table(10, date(2026, 9, 20))
    lower[3][1] = None
    code, told, _error = run(workbook([line(1)], head="one", title=TITLE, footer=[*FOOTER, *lower]))
    assert (code, counts(told)) == (2, (2, 0, 0, 1))
    at = 3 + len(FOOTER) + 4  # title, head, row; footer; title, head in two rows, this row
    assert [(reject["row"], reject["column"]) for reject in told["rejects"]] == [(at, "用户姓名")]


def test_rows_written_on_below_the_total_are_rows_and_what_stands_there_else_is_none(store, workbook):
    added = [line(n)[column] for n in (5,) for column in [*BEFORE, *"123456", *BEHIND, "预计保养时间"]]
    signed = ["审核：", "张三", None, None, None, None, date(2026, 10, 31)]
    assert counts(run(workbook([line(1)], footer=[*FOOTER, signed, added]))[1]) == (2, 0, 0, 0)


@pytest.mark.parametrize("head", ["one", "two"])
@pytest.mark.parametrize("total", [FOOTER, []], ids=["below 累计", "without 累计"])
@pytest.mark.parametrize(
    "other",
    [
        {"details": 7, "title": "新购车用户回访统计表"},
        {"title": "新购车用户回访统计表"},
        {"heads": (["序号", "VIN", "用户姓名", "电话号码", "车型", "里程数", "回访日期"], BEHIND)},
    ],
    ids=["another form", "another title", "other columns"],
)
def test_a_lower_table_that_is_another_is_refused_as_a_whole_and_said_so_and_the_next_is_read(store, workbook, total, other, head):
    lower = [*table(10, date(2026, 9, 20), head=head, **other), *table(20, date(2026, 8, 20), head=head)]
    path = workbook([line(1)], head=head, title=TITLE, footer=[*total, *lower])
    code, told, _error = run(path)
    assert (code, counts(told)) == (2, (3, 0, 0, 1))
    assert [reject["reason"][:45] for reject in told["rejects"]] == ["here begins a table with other columns than t"]
    assert told["rejects"][0]["row"] == {"one": 3, "two": 4}[head] + len(total) + 2
    assert set(Response.objects.values_list("audience", flat=True)) == {"service"}


def test_a_column_that_a_person_has_explained_is_the_same_one_in_the_lower_tables(store, workbook):
    LearnedColumn.objects.create(store=store, kind="callbacks", header="打电话那天", field="on")
    LearnedColumn.objects.create(store=store, kind="callbacks", header="备注", field="")
    heads = [{"回访日期": "打电话那天"}.get(name, name) for name in BEFORE], [*BEHIND, "预计保养时间"]
    lower = table(10, date(2026, 9, 20))
    lower[1] = [{"回访日期": "打电话那天"}.get(name, name) for name in lower[1]]
    lower[3][1] = None
    assert counts(run(workbook([line(1)], heads=heads, footer=[*FOOTER, *lower]))[1]) == (2, 0, 0, 1)


def test_a_lower_head_is_found_though_nobody_knows_what_it_begins_with(store, workbook):
    heads = ["编", *BEFORE[1:]], [*BEHIND, "预计保养时间"]
    lower = table(10, date(2026, 9, 20), heads=heads)
    lower[3][1] = None
    assert counts(run(workbook([line(1)], heads=heads, footer=[*FOOTER, *lower]))[1]) == (2, 0, 0, 1)


def test_what_the_form_says_of_its_marks_is_no_title_of_the_table_below_it(store, workbook):
    """S3's annex 3 asks about 服务质量 and 交车后回访."""
    footer = [FOOTER[0], *([note] for note in FORMS[3].notes), *table(10, date(2026, 9, 20), details=7)[1:]]
    assert counts(run(workbook([line(1, marks=[3] * 7)], 7, footer=footer))[1]) == (3, 0, 0, 0)


def test_a_head_repeated_on_the_next_page_is_no_row(store, workbook):
    top = [*BEFORE, "回访明细", *[None] * 5, *BEHIND, "预计保养时间"]
    second = [line(2)[column] for column in [*BEFORE, *"123456", *BEHIND, "预计保养时间"]]
    page = [["小计", 1], ["维修用户回访统计表"], top, [*[None] * 7, *range(1, 7)], second]
    assert counts(run(workbook([line(1)], title="维修用户回访统计表", footer=page))[1]) == (2, 0, 0, 0)


def test_heads_broken_by_blanks_lines_and_cells_are_the_same_heads(store, workbook):
    heads = (
        ["序号", "用户\n姓名", "车 型", "ＶＩＮ", "里程数（km）", "电话\n号码*", "回访 日期*"],
        ["总体\n评价", "反应问题提议", "备 注", "估计保养时 间"],
    )
    assert counts(run(workbook([line()], heads=heads))[1]) == (1, 0, 0, 0)


def test_a_merged_head_without_numbers_is_counted_and_other_orders_of_columns_are_read(store, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["回访日期", "总体评价", "用户姓名", "回访明细", None, None, None, None, None, "电话号码", "VIN", "备注"])
    book.active.append([date(2026, 10, 20), "很满意", "王甲", 3, 3, 2, 3, 3, "—", "13800000001", VIN, "—"])
    book.save(tmp_path / "form.xlsx")
    assert run(str(tmp_path / "form.xlsx"))[0] == 0
    assert Answer.objects.get(question__code="price").score == 2


def test_sheets_of_one_file_may_hold_different_forms(store, tmp_path):
    book = openpyxl.Workbook()
    fill(book.active, [line(1)], 6, title="维修用户回访统计表")
    fill(book.create_sheet("新购车"), [line(2, marks=[3] * 7)], 7, title="新购车用户回访统计表")
    book.create_sheet("说明").append(["请按时填报"])
    book.save(tmp_path / "form.xlsx")
    assert counts(run(str(tmp_path / "form.xlsx"))[1]) == (2, 0, 0, 0)
    assert set(Response.objects.values_list("audience", flat=True)) == {"service", "sales"}


@pytest.mark.parametrize(("title", "details"), [("新购车用户回访统计表", 6), ("维修用户回访统计表", 7)])
def test_a_title_that_says_another_form_than_the_columns_do_is_refused(store, workbook, title, details):
    code, told, error = run(workbook([line(marks=[3] * details)], details, title=title))
    assert (code, told, Response.objects.count()) == (1, None, 0)
    assert "回访明细1" in error


def test_text_that_looks_like_a_formula_stays_text(store, tmp_path):
    path = tmp_path / "form.csv"
    heads = ",".join([*BEFORE, *"123456", *BEHIND])
    path.write_text(f'{heads}\n1,=1+1,-X,{VIN},1,13800000001,2026/10/20,3,3,3,3,3,3,满意,"=HYPERLINK(""x"")",\n', encoding="gb18030")
    assert run(str(path))[0] == 0
    response = Response.objects.get()
    assert (response.customer.name, response.words) == ("=1+1", '=HYPERLINK("x")')


# Again, and otherwise


def test_the_same_file_again_changes_nothing(store, workbook, make_order):
    make_order(1)
    rows = [
        line(1, marks=(1, 3, 3, 3, 3, 3), 总体评价=1, 反应问题建议="没人理"), line(2, marks=(1, 3, 3, 3, 3, 3)), line(3, VIN=None, 备注="VIP"),
        unreached(4), unreached(5, "不接受回访", VIN=None), line(6, 总体评价="—"),
    ]  # fmt: skip
    path = workbook(rows)
    assert counts(run(path)[1]) == (6, 0, 0, 0)
    before = facts()
    code, told, _error = run(path)
    assert (code, counts(told), told["conflicts"]) == (0, (0, 0, 6, 0), [])
    assert facts() == before


@pytest.mark.parametrize(
    ("changes", "column"), [({"总体评价": "一般"}, "总体评价"), ({"2": 2}, "2"), ({"反应问题建议": "别的"}, "反应问题建议")]
)
def test_answers_are_frozen_other_ones_for_the_same_call_are_a_conflict(store, workbook, changes, column):
    run(workbook([line()], head="one"))
    before = facts()
    code, told, _error = run(workbook([line(**changes)], head="one"))
    assert (code, counts(told)) == (0, (0, 0, 1, 0))
    (conflict,) = told["conflicts"]
    assert (conflict["column"], conflict["reason"]) == (column, "the answers of this call are recorded already and do not change")
    assert facts() == before


def test_another_day_s_answers_about_a_visit_that_is_done_stand_beside_the_first_ones(store, workbook, make_order):
    order = make_order()
    run(workbook([line(总体评价="很满意")]))
    path = workbook([line(回访日期=date(2026, 10, 25))])
    assert counts(run(path)[1]) == (1, 0, 0, 0)
    assert list(Response.objects.order_by("pk").values_list("order", "overall")) == [(order.pk, 5), (order.pk, 4)]
    assert (FollowUp.objects.get().dials, Response.objects.order_by("pk").last().occasion) == (
        1,
        f"form 4 vehicle {order.vehicle_id} 2026-10-25",
    )
    assert counts(run(path)[1]) == (0, 0, 1, 0)


def test_a_failed_try_after_the_interview_is_listed_and_changes_nothing(store, workbook, make_order):
    make_order()
    run(workbook([line()]))
    before = facts()
    _code, told, _error = run(workbook([unreached(回访日期=date(2026, 10, 25))]))
    assert (counts(told), [conflict["column"] for conflict in told["conflicts"]]) == ((0, 0, 1, 0), ["备注"])
    assert facts() == before


def test_a_car_that_has_left_gets_no_new_owner_from_a_form(store, workbook):
    owner = create_customer(store=store, name="旧车主", phones=["13600000000"], by=None)
    vehicle = create_vehicle(store=store, owner=owner, since=date(2026, 1, 1), vin=vin(1), by=None)
    retire_vehicle(vehicle=vehicle, status=Vehicle.Status.SCRAPPED, on=date(2026, 11, 1), by=None)
    assert counts(run(workbook([line(1)]))[1]) == (1, 0, 0, 0)
    assert not Ownership.objects.filter(until=None).exists() and Response.objects.get().vehicle == vehicle


def test_a_row_repeated_in_the_file_loses_to_the_later_one(store, workbook):
    code, told, _error = run(workbook([line(1, 总体评价="一般"), line(1, 总体评价="很满意")], head="one"))
    assert (code, counts(told), Response.objects.get().overall) == (2, (1, 0, 0, 1), 5)
    assert [(reject["row"], reject["column"], reject["reason"]) for reject in told["rejects"]] == [(2, "回访日期", "repeated below")]


def test_one_call_that_served_two_visits_has_two_rows(store, workbook, make_order):
    first = make_order(delivered_at=datetime(2026, 10, 17, 9, 0, tzinfo=CHINA))
    last = make_order(delivered_at=datetime(2026, 10, 18, 9, 0, tzinfo=CHINA), vehicle=first.vehicle)
    path = workbook([line(里程数=10_050, 总体评价="很满意"), line(里程数=10_001)])
    assert counts(run(path)[1]) == (2, 0, 0, 0)
    assert dict(Response.objects.values_list("order", "overall")) == {last.pk: 5, first.pk: 4}
    before = facts()
    assert counts(run(path)[1]) == (0, 0, 2, 0)
    assert facts() == before


def test_chunks_do_not_matter(store, workbook, monkeypatch):
    rows = [
        line(1),
        line(1, 里程数=5, 总体评价="一般"),
        unreached(1, 里程数=7),
        line(2, VIN=None),
        line(2, VIN=None, 回访日期=date(2026, 10, 23)),
    ]
    rows += [line(3), line(3, VIN=None, 回访日期=date(2026, 10, 23))]
    monkeypatch.setattr(archive, "chunk_size", lambda: 1)
    assert counts(run(workbook(rows))[1]) == (7, 0, 0, 0)
    by_one = sorted(Response.objects.values_list("vehicle__vin", "customer__name", "answered_on", "overall").distinct(), key=str)
    failed = FollowUp.objects.filter(status="unreachable").count()
    create_store(code="S2", name="二店")
    monkeypatch.setattr(archive, "chunk_size", lambda: 5000)
    assert counts(run(workbook(rows), store="S2")[1]) == (7, 0, 0, 0)
    at_once = Response.objects.filter(store__code="S2").values_list("vehicle__vin", "customer__name", "answered_on", "overall")
    assert sorted(at_once.distinct(), key=str) == by_one
    assert FollowUp.objects.filter(store__code="S2", status="unreachable").count() == failed == 1


def test_the_number_of_statements_does_not_grow_with_the_rows(store, workbook, make_order):
    def statements(first, n):
        for number in range(first, first + n):
            make_order(number)
        path = workbook([line(number, marks=(1, 3, 3, 3, 3, 3)) if number % 3 else unreached(number) for number in range(first, first + n)])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert run(path)[1]["created"] == n
        return len(queries)

    few, many = statements(1, 6), statements(100, 60)
    assert many <= few


# Both ways


def lived(store, person, n=12):
    """A store's October as the call screen leaves it: answers, tries and refusals about visits and deliveries."""
    caller, advisor = person("caller"), person("advisor")
    versions = {number: questionnaires.current(f"{form.audience}-callback") for number, form in FORMS.items()}
    for i in range(n):
        at = datetime(2026, 10, 1 + i, 15, 0, tzinfo=CHINA)
        customer = create_customer(store=store, name=f"客户{i}（{i}）", phones=[f"1390000{i:04d}", f"+1650253{i:04d}"], by=None)
        car = {"vin": vin(500 + i)} if i % 4 else {"plate": f"渝B{i:05d}"}
        vehicle = create_vehicle(store=store, owner=customer, since=date(2026, 1, 1), model=["CS75", "UNI-T", ""][i % 3], by=None, **car)
        order = ServiceOrder.objects.create(
            store=store, number=f"X{i}", vehicle=vehicle, customer=customer, advisor=advisor, step="delivered", mileage=1000 * i or None,
            received_at=at, received_on=at.date(), delivered_at=at, delivered_on=at.date(), next_maintenance_on=date(2027, 1, 1 + i),
        )  # fmt: skip
        delivery = NewCarDelivery.objects.create(
            store=store, vehicle=vehicle, customer=customer, consultant=advisor, delivered_at=at, delivered_on=at.date()
        )
        followup_actions.plan_for_order(order=order)
        followup_actions.plan_for_delivery(delivery=delivery)
        for number, form in FORMS.items():
            followup = FollowUp.objects.get(
                plan=form.plan, order=order if number == 4 else None, delivery=delivery if number == 3 else None
            )
            settle(followup, versions[number], form, i, at + timedelta(days=1 + i % 3), caller, advisor)
        if i == 5:
            heir = create_customer(store=store, name="新车主", phones=["13700000000"], by=None)
            transfer_vehicle(vehicle=vehicle, to=heir, on=date(2026, 11, 1), by=None)


def settle(followup, version, form, i, at, caller, advisor):
    outcome = ["interviewed"] * 4 + ["no_answer", "no_such_number", "refused"]
    outcome = outcome[i % len(outcome)]
    status = {"interviewed": "done", "refused": "refused"}.get(outcome, "unreachable")
    attempt = Attempt.objects.create(
        store=followup.store, sheet=followup.sheet, customer=followup.customer, outcome=outcome, by=caller, at=at,
        on=followup.store.local_date(at), half_day="pm", token=f"{followup.pk}",
    )  # fmt: skip
    Served.objects.create(attempt=attempt, followup=followup)
    FollowUp.objects.filter(pk=followup.pk).update(
        status=status, outcome=outcome, first_dialled_at=at, dials=1, closed_at=at, closed_by=caller, next_at=None
    )
    if status != "done":
        return
    scores = {code: 3 for place, code in enumerate(form.asked) if (place + i) % 7}
    scores |= [{}, {list(form.asked)[1]: 1}, {list(form.asked)[-1]: 2}, {}][i % 4]
    links = {question.code: question.link for question in version.questions.all()}
    sad = [{"link": links[code], "words": "等了很久，没有人说明。\n真的"} for code, score in scores.items() if score == 1]
    words = ["", "以后：注意\n态度", "=1+1", "服务很好"][i % 4]
    csi.record_response(
        store=followup.store, version=version, occasion=f"followup {followup.pk}", customer=followup.customer, vehicle=followup.vehicle,
        order=followup.order, delivery=followup.delivery, advisor=advisor, surveyor=caller, words=words, dissatisfactions=sad, at=at, by=caller,
        answers=scores | {"overall": 5 - i % 5 if words or sad else 5} | ({"nps": 9} if form.number == 4 else {}),
    )  # fmt: skip


def export(number, store, out):
    call_command("export_form", str(number), "2026-10", str(out), store=store, stdout=io.StringIO())
    rows = list(openpyxl.load_workbook(out).active.iter_rows(min_row=5, values_only=True))
    end = next(n for n, row in enumerate(rows) if row[0] == "累计")
    return [list(row) for row in rows[:end]]


@pytest.mark.parametrize("number", [3, 4])
def test_a_form_that_was_exported_and_is_imported_into_the_same_store_changes_nothing(store, person, tmp_path, number):
    lived(store, person)
    rows = export(number, "S1", tmp_path / "form.xlsx")
    assert len(rows) >= 10
    before = facts()
    code, told, error = run(str(tmp_path / "form.xlsx"))
    assert (code, error, counts(told), told["conflicts"]) == (0, "", (0, 0, len(rows), 0), [])
    assert facts() == before


@pytest.mark.parametrize("number", [3, 4])
def test_a_form_that_was_exported_brings_an_empty_store_to_the_same_form(store, person, tmp_path, number):
    lived(store, person)
    create_store(code="S2", name="二店")
    rows = export(number, "S1", tmp_path / "form.xlsx")
    code, told, error = run(str(tmp_path / "form.xlsx"), store="S2")
    assert (code, error, counts(told)) == (0, "", (len(rows), 0, 0, 0))
    again = export(number, "S2", tmp_path / "again.xlsx")
    details = len(FORMS[number].asked)

    def shown(row):
        """Name, day, marks, overall, words, remark: what does not depend on the order of lines of one day, nor on a car without VIN."""
        return [row[1].replace("（", "(").replace("）", ")"), row[6], *row[7 : 10 + details]]

    assert sorted(map(shown, again), key=str) == sorted(map(shown, rows), key=str)
    with_vin = {row[3]: row[2:6] for row in rows if row[3] != "—"}
    assert {row[3]: row[2:6] for row in again if row[3] != "—"} == with_vin


@pytest.mark.parametrize("later", [line, unreached], ids=["reached", "not reached"])
def test_an_earlier_row_does_not_show_what_is_known_of_the_car_only_since_a_later_one(store, workbook, tmp_path, later):
    """The store knows the car's mileage, not what it was when: nothing is said rather than that."""
    rows = [line(回访日期=date(2026, 10, 5), 里程数=10_000), later(回访日期=date(2026, 10, 25), 里程数=15_000)]
    assert run(workbook(rows))[1]["created"] == 2
    shown = [(row[4], row[-1]) for row in export(4, "S1", tmp_path / "again.xlsx")]
    assert shown == [("—", "—"), (15_000, datetime(2027, 4, 1))]


def test_a_row_without_a_visit_shows_the_mileage_until_a_visit_tells_another(store, workbook, make_order, tmp_path):
    run(workbook([line(回访日期=date(2026, 10, 5))]))
    other = FollowUp.objects.get()
    other.pk, other.plan, other.first_dialled_at = None, "recovery", other.first_dialled_at + timedelta(days=1)
    other.save(force_insert=True)
    assert [row[4] for row in export(4, "S1", tmp_path / "form.xlsx")] == [10_001]
    make_order(vehicle=Vehicle.objects.get())
    assert [row[4] for row in export(4, "S1", tmp_path / "form.xlsx")] == ["—"]


def test_the_database_still_refuses_to_change_what_an_import_has_recorded(store, workbook):
    run(workbook([line()]))
    with pytest.raises((TypeError, ValidationError)):
        Response.objects.update(overall=1)
