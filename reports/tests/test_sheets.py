"""The departments' weekly sheets: unhappy customers, measures that are carried over until somebody has carried them out, the signature."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction

from complaints.models import Complaint
from core.models import AuditEvent
from csi.actions import handle_dissatisfaction
from csi.models import Dissatisfaction
from reports import actions_sheets as actions
from reports import measures
from reports.forms_department import SalesWeek, ServiceWeek
from reports.models import MeasureDone, SheetSignature
from reports.periods import parse
from reports.tests.complaining import Complaining
from staff.access import accesses

pytestmark = pytest.mark.django_db
WEEK_42, WEEK_43 = parse("2026-W42"), parse("2026-W43")
TUESDAY = date(2026, 10, 13)
SHEET = "/complaints/weekly/service/"


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to("2026-10-28 10:00+08:00", tick=False)
    return time_machine


@pytest.fixture
def history(store):
    return Complaining(store, 7)


@pytest.fixture
def manager(person):
    return person("service_manager", name="周经理")


def access_of(user, store):
    return accesses(user)[store]


def lines(sheet, caption: str) -> list[list]:
    (block,) = [block for block in sheet.blocks() if block.caption.startswith(caption)]
    return [[cell.value for cell in row] for row in block.rows]


def measure_of(store, week=WEEK_42, n=0) -> measures.Measure:
    return measures.of_week(store, "service", week)[n]


# What stands on it


def test_the_weeks_unhappy_customers_stand_on_their_departments_sheet(store, history, person):
    order = history.order(history.vehicle(), TUESDAY)
    history.response(order, TUESDAY, price=1)
    history.response(history.order(history.vehicle(), TUESDAY), TUESDAY + timedelta(days=7), price=1)  # a week later
    history.response(history.delivery(history.vehicle(), TUESDAY), TUESDAY)
    row = Dissatisfaction.objects.order_by("pk").first()
    handle_dissatisfaction(
        dissatisfaction=row, cause="没有解释", measure="逐项讲解", is_carried_out=False, by=person("advisor", name="江洋")
    )
    (line,) = lines(ServiceWeek(store, WEEK_42), "二")
    assert line == [1, TUESDAY, f"…{order.vehicle.plate[-3:]}", "收费", "price不好", "没有解释", "逐项讲解", "江洋", "已处理", "—"]
    assert lines(SalesWeek(store, WEEK_42), "二") == []


def test_a_measure_is_carried_over_until_it_has_been_carried_out(store, history, manager, november):
    row = history.complained(TUESDAY, end="resolved")

    def states():
        return [[line[6] for line in lines(ServiceWeek(store, week), "三")] for week in (WEEK_42, WEEK_43, parse("2026-W44"))]

    assert states() == [["未落实"], ["未落实（结转）"], ["未落实（结转）"]]
    actions.carried_out(measure=measure_of(store), store=store, on=date(2026, 10, 21), words="已加检", by=manager)
    assert states() == [["10-21 已落实"], ["10-21 已落实"], []]
    assert lines(ServiceWeek(store, WEEK_43), "三")[0][7] == "周经理、已加检"
    assert AuditEvent.objects.get(verb="measure.carried_out").subject == f"complaint {row.pk}"


def test_what_was_carried_out_when_the_customer_was_called_back_is_no_longer_open(store, history, person):
    history.response(history.order(history.vehicle(), TUESDAY), TUESDAY, price=1)
    row = Dissatisfaction.objects.get()
    handle_dissatisfaction(
        dissatisfaction=row, cause="没有解释", measure="当场讲解", is_carried_out=True, at=history.at(TUESDAY, 17), by=person("advisor")
    )
    assert [line[6] for line in lines(ServiceWeek(store, WEEK_42), "三")] == ["10-13 已落实"]
    assert measures.of_week(store, "service", WEEK_43) == []


def test_a_reopened_complaint_has_no_measure_until_it_is_resolved_anew_and_then_a_new_one(store, history, manager):
    row = history.complained(TUESDAY, end="resolved")
    Complaint.objects.filter(pk=row.pk).update(resolutions=1)
    actions.carried_out(measure=measure_of(store), store=store, on=TUESDAY, by=manager)
    Complaint.objects.filter(pk=row.pk).update(status="reopened", resolved_at=None, resolved_by=None)
    assert measures.of_week(store, "service", WEEK_42) == []
    Complaint.objects.filter(pk=row.pk).update(status="resolved", resolved_at=history.at(TUESDAY, 18), resolved_by=manager, resolutions=2)
    assert measure_of(store).done_on is None


def test_a_measure_is_carried_over_for_eight_weeks(store, history):
    history.complained(date(2026, 8, 18), end="resolved")  # week 34
    assert len(measures.of_week(store, "service", WEEK_42)) == 1
    assert measures.of_week(store, "service", WEEK_43) == []


def test_it_is_recorded_once_and_on_a_day_between_agreement_and_today(store, history, manager):
    history.complained(TUESDAY, end="resolved")
    for day in (date(2026, 10, 12), date(2026, 10, 29)):
        with pytest.raises(ValidationError):
            actions.carried_out(measure=measure_of(store), store=store, on=day, by=manager)
    measure = measure_of(store)
    actions.carried_out(measure=measure, store=store, on=TUESDAY, by=manager)
    with pytest.raises(ValidationError, match="抢先"):
        actions.carried_out(measure=measure, store=store, on=TUESDAY, by=manager)
    assert MeasureDone.objects.count() == 1


# The signature


@pytest.mark.parametrize(
    ("role", "signs"),
    [
        ("service_manager", ["service"]),
        ("sales_manager", ["sales"]),
        ("general_manager", ["service", "sales"]),
        ("care_manager", []),
        ("supervisor", []),
    ],
)
def test_a_sheet_is_signed_by_its_departments_manager(store, person, role, signs):
    access, done = access_of(person(role), store), []
    for department in ("service", "sales"):
        try:
            actions.sign(access=access, department=department, week=WEEK_42)
            done.append(department)
        except PermissionDenied:
            pass
    assert done == signs == list(SheetSignature.objects.values_list("department", flat=True))


def test_a_signed_sheet_says_who_and_when_and_what_has_changed_since(store, history, manager):
    row = history.complained(TUESDAY, end="resolved")
    other = history.complained(TUESDAY, end="resolved")
    actions.sign(access=access_of(manager, store), department="service", week=WEEK_42)
    sheet = ServiceWeek(store, WEEK_42)
    assert list(sheet.blocks())[-1].lines == ["部门经理签字：周经理　2026-10-28 10:00", "签字后无变动。"]
    actions.carried_out(measure=measure_of(store), store=store, on=TUESDAY, by=manager)
    Complaint.objects.filter(pk=other.pk).update(cause="另有原因")
    new = history.complained(TUESDAY, end="received", hour=20)
    sheet = ServiceWeek(store, WEEK_42)
    ends = {line[1]: line[-1] for line in lines(sheet, "一")}
    assert "签后" not in ends[row.number] and "签后变动" in ends[other.number] and "签后新增" in ends[new.number]
    assert ["签后变动" in line[-1] for line in lines(sheet, "三")] == [True, True]  # one carried out, the other's cause is another
    assert list(sheet.blocks())[-1].lines[-1] == "签字后有4行变动，已在行末注明。"


def test_who_signs_again_after_a_change_makes_it_good_and_without_one_cannot(store, history, manager):
    access = access_of(manager, store)
    actions.sign(access=access, department="service", week=WEEK_42)
    with pytest.raises(ValidationError):
        actions.sign(access=access, department="service", week=WEEK_42)
    history.complained(TUESDAY, end="received")
    assert len(ServiceWeek(store, WEEK_42).changes) == 1
    actions.sign(access=access, department="service", week=WEEK_42)
    assert ServiceWeek(store, WEEK_42).changes == [] and len(ServiceWeek(store, WEEK_42).signatures) == 2


def test_a_week_that_is_still_to_come_is_not_signed(store, manager):
    with pytest.raises(ValidationError):
        actions.sign(access=access_of(manager, store), department="service", week=parse("2026-W45"))


def test_a_manager_who_is_complained_about_signs_the_whole_sheet_and_sees_their_part(store, history, manager):
    """The signature is of everything that stands there; what the reader may not see is no change to them."""
    history.complained(TUESDAY, end="resolved", against=manager)
    access = access_of(manager, store)
    signed = actions.sign(access=access, department="service", week=WEEK_42)
    assert len(signed.content) == 2 and ServiceWeek(store, WEEK_42, access).changes == []


def test_signatures_and_what_was_carried_out_are_only_ever_added(store, history, manager):
    history.complained(TUESDAY, end="resolved")
    rows = [
        actions.sign(access=access_of(manager, store), department="service", week=WEEK_42),
        actions.carried_out(measure=measure_of(store), store=store, on=TUESDAY, by=manager),
    ]
    for row in rows:
        with pytest.raises(TypeError):
            row.delete()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {row._meta.db_table}")


# On screen


def test_a_measure_is_recorded_on_the_sheet_and_the_sheet_signed(store, history, signed_in):
    history.complained(TUESDAY, end="resolved")
    client = signed_in("service_manager")
    page = client.get(SHEET, {"period": "2026-W42"})
    (one,) = page.context["open_measures"]
    sent = {"period": "2026-W42", "measure": one["measure"].key, "on": "2026-10-20", "words": "已加检"}
    refused = client.post(f"{SHEET}carried-out/", {**sent, "on": "2026-10-29"})
    assert refused.status_code == 422 and "已加检" in refused.content.decode() and not MeasureDone.objects.exists()
    answer = client.post(f"{SHEET}carried-out/", sent)
    assert answer["Location"] == f"{SHEET}?period=2026-W42#acts" and MeasureDone.objects.get().words == "已加检"
    assert client.post(f"{SHEET}carried-out/", {**sent, "measure": "complaint-999-1"}).status_code == 404
    client.post(f"{SHEET}sign/", {"period": "2026-W42"})
    html = client.get(SHEET, {"period": "2026-W42"}).content.decode()
    assert "部门经理签字：service_manager" in html and "10-20 已落实" in html
    assert client.post(f"{SHEET}sign/", {"period": "2026-10"}).status_code == 404
    assert client.post("/complaints/weekly/parts/sign/", {"period": "2026-W42"}).status_code == 404


def test_others_read_the_sheet_and_sign_nothing(store, history, signed_in):
    history.complained(TUESDAY, end="resolved")
    client = signed_in("regional")
    page = client.get(SHEET, {"period": "2026-W42"})
    assert page.context["open_measures"] == [] and not page.context["can_sign"]
    assert client.post(f"{SHEET}sign/", {"period": "2026-W42"}).status_code == 403
    assert client.post(f"{SHEET}carried-out/", {"period": "2026-W42"}).status_code == 403
    assert signed_in("sales_manager").post(f"{SHEET}sign/", {"period": "2026-W42"}).status_code == 403


def test_the_sheet_keeps_its_query_budget(history, signed_in, manager, store, django_assert_max_num_queries):
    def some(n):
        for _n in range(n):
            history.complained(TUESDAY, end="resolved", clocks={"first_reply": "kept"})
            history.response(history.order(history.vehicle(), TUESDAY), TUESDAY, price=1)

    some(2)
    client = signed_in("service_manager")
    actions.sign(access=access_of(manager, store), department="service", week=WEEK_42)
    client.get(SHEET, {"period": "2026-W42"})
    with django_assert_max_num_queries(20) as few:
        client.get(SHEET, {"period": "2026-W42"})
    some(8)
    with django_assert_max_num_queries(len(few)):
        client.get(SHEET, {"period": "2026-W42"})


def test_the_weekly_page_leads_to_the_departments_sheets_and_the_monthly_page_does_not(history, signed_in):
    client = signed_in("service_manager")
    history.response(history.order(history.vehicle(), TUESDAY), TUESDAY)
    assert f"{SHEET}?period=2026-W42" in client.get("/csi/weekly/", {"period": "2026-W42"}).content.decode()
    assert SHEET not in client.get("/csi/monthly/", {"period": "2026-10"}).content.decode()
