"""Which customers stand on forms 3 and 4, what stands in their rows, and what is counted below."""

from datetime import UTC, date, datetime

import pytest

from customers.models import Phone, Vehicle
from followups.models import Attempt, CallSheet, FollowUp, Served
from reports.forms_callback import FORMS, NOTHING, CallbackSheet, Tally, national
from reports.periods import parse
from reports.tests.history import History
from staff.actions import create_store

DAY = date(2026, 10, 6)


@pytest.fixture
def history(store):
    return History(store)


def sheet_of(store, number=4, period="2026-10") -> CallbackSheet:
    return CallbackSheet(FORMS[number], store, parse(period))


def rows(store, number=4, period="2026-10"):
    return list(sheet_of(store, number, period).rows())


def closed(history, about, status, outcome, at, **fields) -> FollowUp:
    """Closed without an interview after one dial at `at`."""
    followup = history.followup(about, due_on=DAY, dialled_at=at, status=status, outcome=outcome, **fields)
    FollowUp.objects.filter(pk=followup.pk).update(outcome=outcome)
    return followup


def service(history, day=DAY, **scores):
    return history.response(history.order(history.vehicle(), date(2026, 10, 3)), day, **scores)


def test_a_row_says_who_what_car_when_and_each_answer(history, store):
    vehicle = history.vehicle()
    vehicle.vin, vehicle.mileage, vehicle.next_maintenance_on = "LSVAA49J132047371", 99999, date(2027, 1, 1)
    vehicle.save()
    Phone.objects.create(store=store, customer=vehicle.customer, number="+8613900139000", tail="", validity="invalid", reason="x")
    Phone.objects.create(store=store, customer=vehicle.customer, number="+8613800138000", tail="", position=1)
    order = history.order(vehicle, date(2026, 10, 3), mileage=12345, next_maintenance_on=date(2027, 4, 3))
    history.response(order, DAY, overall=2, service=3, quality=1, price=2, words="快\n一点")
    (row,) = rows(store)
    assert (row.number, row.on, row.name, row.model, row.vin, row.mileage) == (1, DAY, "客户0", "逸动", "LSVAA49J132047371", 12345)
    assert row.phone == "+8613800138000"
    assert row.details == [3, 1, 2, NOTHING, NOTHING, NOTHING]
    assert (row.overall, row.words, row.remark) == ("不满意", "质量：quality不好\n快 一点", NOTHING)
    assert row.next_maintenance_on == date(2027, 4, 3)


def test_what_the_order_does_not_say_of_the_next_maintenance_the_car_does(history, store):
    service(history)
    Vehicle.objects.update(mileage=777, next_maintenance_on=date(2027, 2, 2))
    (row,) = rows(store)
    assert row.mileage is None and row.next_maintenance_on == date(2027, 2, 2)


def test_form_3_holds_the_interviews_about_purchases(history, store):
    vehicle = history.vehicle()
    vehicle.mileage = 35
    vehicle.save()
    history.response(history.delivery(vehicle, date(2026, 10, 3)), DAY, overall=4, sales_1=3, sales_7=2)
    service(history)
    (row,) = rows(store, 3)
    assert row.details == [3, *[NOTHING] * 5, 2] and row.overall == "满意" and row.mileage == 35
    assert len(rows(store, 4)) == 1


@pytest.mark.parametrize(
    ("status", "outcome", "remark"),
    [
        ("unreachable", "no_answer", "联络不上"), ("unreachable", "rejected", "联络不上"), ("unreachable", "", "联络不上"),
        ("unreachable", "out_of_service", "电话有误"), ("unreachable", "wrong_person", "电话有误"), ("refused", "refused", "不接受回访"),
    ],
)  # fmt: skip
def test_who_gave_no_interview_has_a_remark_and_no_answers(history, store, status, outcome, remark):
    closed(history, history.order(history.vehicle(), date(2026, 10, 3)), status, outcome or "no_answer", history.at(DAY))
    FollowUp.objects.update(outcome=outcome)
    (row,) = rows(store)
    assert (row.remark, row.overall, row.words, row.details) == (remark, "", "", [""] * 6)
    assert sheet_of(store).tally().reached == 0


@pytest.mark.parametrize("status", ["open", "done", "cancelled"])
def test_other_followups_make_no_row(history, store, status):
    history.followup(history.order(history.vehicle(), date(2026, 10, 3)), due_on=DAY, dialled_at=history.at(DAY), status=status)
    assert rows(store) == []


def test_of_a_deliverys_calls_only_the_one_with_the_questionnaire_makes_a_row(history, store):
    delivery = history.delivery(history.vehicle(), date(2026, 10, 3))
    for plan in ("sale_care", "sale_first", "sale_week"):
        closed(history, delivery, "unreachable", "no_answer", history.at(DAY), plan=plan)
    assert len(rows(store, 3)) == 1 and rows(store, 4) == []


def test_the_last_dial_decides_the_day_not_the_first(history, store):
    followup = closed(
        history, history.order(history.vehicle(), date(2026, 9, 28)), "unreachable", "no_answer", history.at(date(2026, 9, 30))
    )
    again = history.at(date(2026, 10, 2))
    attempt = Attempt.objects.create(
        store=store, sheet=CallSheet.objects.get(), customer=followup.customer, outcome="no_answer", by=history.callers[0], at=again,
        on=date(2026, 10, 2), half_day="am", token="again",
    )  # fmt: skip
    Served.objects.create(attempt=attempt, followup=followup)
    assert rows(store, period="2026-09") == []
    assert [row.on for row in rows(store)] == [date(2026, 10, 2)]


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2026, 9, 30, 15, 59, tzinfo=UTC), "2026-09"), (datetime(2026, 9, 30, 16, 0, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 15, 59, tzinfo=UTC), "2026-10"), (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), "2026-11"),
    ],
)  # fmt: skip
def test_an_imported_followup_without_dials_counts_by_the_local_day_of_its_first(history, store, at, month):
    followup = history.followup(history.order(history.vehicle(), date(2026, 9, 28)), due_on=DAY, status="unreachable")
    FollowUp.objects.filter(pk=followup.pk).update(outcome="no_answer", first_dialled_at=at, dials=3)
    found = {period: [row.on for row in rows(store, period=period)] for period in ("2026-09", "2026-10", "2026-11")}
    assert found == {period: [store.local_date(at)] if period == month else [] for period in found}


def test_a_period_holds_its_first_and_last_day_and_no_other(history, store):
    for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)):
        service(history, day)
    assert [row.on for row in rows(store)] == [date(2026, 10, 1), date(2026, 10, 31)]
    assert [row.on for row in rows(store, period="2026-W40")] == [date(2026, 9, 30), date(2026, 10, 1)]


def test_another_stores_callbacks_are_not_on_the_form(history, store):
    service(History(create_store(code="S2", name="别的店")))
    assert rows(store) == []


def test_the_sum_and_the_items_of_a_known_table(history, store):
    """Three interviews: service 3 3 3, quality 3 3 1, price 3 (asked once), timeliness 2 1 1, the others never asked."""
    service(history, service=3, quality=3, price=3, timeliness=2)
    service(history, service=3, quality=3, timeliness=1, overall=3)
    service(history, service=3, quality=1, timeliness=1, overall=1, words="再也不来")
    tally = sheet_of(store).tally()
    assert (tally.reached, tally.satisfied) == (3, [3, 2, 1, 0, 0, 0])
    assert tally.best == "1 服务（3/3，100.0%）、3 收费（1/1，100.0%）"
    assert tally.worst == "4 及时性（2/3，66.7%）"
    assert sheet_of(store).grievances()[0] == [
        "1、序号2　及时性：timeliness不好", "2、序号3　质量：quality不好；及时性：timeliness不好；再也不来",
    ]  # fmt: skip
    assert sheet_of(store).grievances(1) == (["1、序号2　及时性：timeliness不好"], 2)


def test_without_answers_or_complaints_the_items_are_none(history, store):
    service(history)
    tally = sheet_of(store).tally()
    assert (tally.best, tally.worst, sheet_of(store).grievances()) == ("无", "无", ([], 0))


def test_the_sum_is_what_adding_up_every_row_gives_whatever_the_chunks(store, monkeypatch):
    History(store, 5).wander(date(2026, 9, 1), 61, orders=200)
    monkeypatch.setattr("reports.forms_callback.CHUNK", 7)
    for number in FORMS:
        sheet, added = sheet_of(store, number), Tally(FORMS[number])
        found = list(sheet.rows())
        for row in found:
            added.add(row)
        assert sheet.tally() == added and len(found) == len(sheet) > 8
        assert [row.number for row in found] == list(range(1, len(found) + 1))
        assert found == sorted(found, key=lambda row: row.on)
        assert list(sheet.rows(5, 3)) == found[5:8]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+8613812345678", "13812345678"),
        ("+862367661234", "02367661234"),
        ("+4915112345678", "+4915112345678"),
        ("12345", "12345"),
        ("", NOTHING),
    ],
)
def test_phones_are_written_as_they_are_dialled_at_home(stored, shown):
    assert national(stored) == shown
