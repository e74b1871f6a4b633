"""Form 5: every follow-up that was due, how it went, and what it comes to plan by plan."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Phone
from followups.models import FollowUp
from reports.compute import store_figures
from reports.figures import FIGURES
from reports.forms_process import COLUMNS, ProcessSheet, label
from reports.periods import parse
from reports.tests.history import History

OCTOBER = parse("2026-10")
NAMES = list(COLUMNS)


def sheet_of(store, period=OCTOBER):
    return ProcessSheet(store, period)


def rows_of(store, *, whole=False, **part) -> list[dict]:
    main, _sums = sheet_of(store).blocks(whole=whole, **part)
    return [dict(zip(NAMES, (cell.value for cell in row), strict=True)) for row in main.rows]


def sums_of(store) -> dict[str, list]:
    _main, sums = sheet_of(store).blocks(whole=False)
    return {row[0].value: [cell.value for cell in row[1:]] for row in [*sums.rows, *sums.totals]}


def test_a_row_tells_a_follow_up_from_its_limit_to_its_end(store):
    history = History(store)
    vehicle = history.vehicle()
    Phone.objects.create(store=store, customer=vehicle.customer, number="+8613812345678", tail="")
    order = history.order(vehicle, date(2026, 10, 3))
    late = history.followup(
        order, due_on=date(2026, 10, 6), dialled_at=history.at(date(2026, 10, 7)), status="unreachable", outcome="no_such_number"
    )
    FollowUp.objects.filter(pk=late.pk).update(outcome="no_such_number")
    (row,) = rows_of(store)
    assert row == {
        "序号": 1, "回访类别": "服务回访", "用户姓名": "客户0", "车牌号": "渝A00000", "车型": "逸动", "电话号码": "138****5678",
        "回访期限": "2026-10-06 18:00", "首次拨打": "2026-10-07 10:00", "拨打次数": 1, "是否及时": "否", "回访结果": "电话有误",
        "完成时间": "2026-10-07 10:00", "回访员": "客服0", "备注": "空号",
    }  # fmt: skip
    assert rows_of(store, whole=True)[0]["电话号码"] == "13812345678"


def test_what_nobody_has_dialled_is_late_only_when_its_limit_has_passed(store, time_machine):
    time_machine.move_to("2026-10-07T02:00:00Z", tick=False)
    history = History(store)
    for day in (6, 8):
        history.followup(history.order(history.vehicle(), date(2026, 10, 3)), due_on=date(2026, 10, day))
    assert [(row["是否及时"], row["回访结果"], row["首次拨打"], row["回访员"]) for row in rows_of(store)] == [
        ("否", "未完成", "—", "—"), ("未到期", "未完成", "—", "—"),
    ]  # fmt: skip


def slowly(followups: list[FollowUp]) -> list[int | float | None]:
    """A line of the sums, counted row by row."""
    of = len(followups)
    words = Counter(f.status for f in followups)
    bad = sum(f.status == "unreachable" and f.outcome in ("out_of_service", "no_such_number", "wrong_person") for f in followups)
    dialled = sum(f.dials > 0 for f in followups)
    timely = sum(bool(f.first_dialled_at and f.first_dialled_at <= f.due_at) for f in followups)
    done = words["done"]
    return [
        of, dialled, dialled / of, timely, timely / of, done, done / of, words["unreachable"] - bad, bad, words["refused"], words["open"],
    ]  # fmt: skip


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000))
def test_the_sums_are_what_counting_row_by_row_gives(db, seed):
    from django.db import transaction

    from staff.actions import create_store

    with transaction.atomic():
        store = create_store(code=f"H{seed}", name="店")
        History(store, seed).wander(date(2026, 9, 20), 50, orders=25, cars=6)
        for pk in FollowUp.objects.filter(store=store, status="unreachable").values_list("pk", flat=True)[::2]:
            FollowUp.objects.filter(pk=pk).update(outcome="wrong_person")
        mine = [
            f for f in FollowUp.objects.filter(store=store)
            if OCTOBER.first <= store.local_date(f.due_at) <= OCTOBER.last and f.status != "cancelled"
        ]  # fmt: skip
        expected = {label(plan): slowly([f for f in mine if f.plan == plan]) for plan in {f.plan for f in mine}}
        found = sums_of(store)
        assert {name: row for name, row in found.items() if name != "合计"} == expected
        assert not mine or found["合计"] == slowly(mine)
        rows = rows_of(store)
        assert [row["序号"] for row in rows] == list(range(1, len(mine) + 1))
        assert sum(row["拨打次数"] for row in rows) == sum(f.dials for f in mine)
        assert Counter(row["回访结果"] for row in rows)["接受回访"] == sum(f.status == "done" for f in mine)
        transaction.set_rollback(True)


def test_the_rates_are_those_of_the_key_figures(store):
    History(store, 4).wander(date(2026, 9, 20), 50, orders=40)
    figures = store_figures(store, OCTOBER, [FIGURES[code] for code in ("callback_rate", "timely_rate", "contact_rate")])
    of, dialled, _rate, timely, _share, done, *_rest = sums_of(store)["合计"]
    assert [(figures[code].hits, figures[code].n) for code in figures] == [(dialled, of), (timely, of), (done, of)]


def test_a_page_of_it_goes_on_where_the_one_before_ended(store):
    History(store, 4).wander(date(2026, 10, 1), 20, orders=30)
    every = rows_of(store)
    assert [*rows_of(store, first=0, count=7), *rows_of(store, first=7, count=len(every))] == every and len(every) > 9


def test_more_rows_take_no_more_queries(store, django_assert_num_queries):
    history = History(store, 4).wander(date(2026, 10, 1), 20, orders=10)

    def read():
        for block in sheet_of(store).blocks(whole=True):
            list(block.rows)

    with django_assert_num_queries(5):
        read()
    history.wander(date(2026, 10, 1), 20, orders=40)
    with django_assert_num_queries(5):
        read()


@pytest.mark.parametrize("period", ["2026-10", "2026-W41"])
def test_a_period_without_follow_ups_has_no_sums(store, period):
    main, sums = sheet_of(store, parse(period)).blocks(whole=False)
    assert list(main.rows) == [] and list(sums.rows) == [] and sums.totals == []
