"""A rejected row is corrected in place and imported at once, without the rest of the file."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.models import AuditEvent
from core.money import to_yuan
from desk.imports import corrections, runs, templates
from desk.imports.kinds import KINDS
from desk.models import ImportRemark, ImportRun
from staff.actions import create_store
from visits.models import ServiceOrder

pytestmark = pytest.mark.django_db
HEAD = "工单号,客户姓名,客户电话,颜色,车牌号,车架号,进店日期,结算金额"
NUMBER, NAME, PHONE, COLOUR, PLATE, VIN, DAY, TOTAL = range(8)
BAD = ["RO1", "王乙", "13812345678", "白", "渝A90010", "LS4ABC", "昨天", "100"]
GOOD = {VIN: "LSVAA49J132047371", DAY: "2026-10-05 10:00"}


def changed(values, **changes):
    return ",".join({**dict(enumerate(values)), **{int(key[1:]): value for key, value in changes.items()}}.values())


@pytest.fixture
def run(store):
    """run(line, …) -> a finished import of these lines."""

    def make(*lines: str) -> ImportRun:
        data = "\n".join([HEAD, *lines]).encode()
        added = runs.add(store=store, kind="service_orders", filename="orders.csv", data=data, status="waiting")
        runs.work(store)
        added.refresh_from_db()
        assert added.status == "done", added.problem
        return added

    return make


@pytest.fixture
def rejected(run):
    """The import of one row of which two cells are wrong."""
    return run(",".join(BAD)).remarks.get(what="reject")


def url(remark: ImportRemark) -> str:
    return reverse("desk:import_row", args=[remark.run_id, remark.pk])


def save(client, remark: ImportRemark, changes: dict[int, str]):
    """What the browser sends: every known cell, as it stands or as changed."""
    cells = [cell for n, cell in enumerate(remark.cells) if n != COLOUR]
    known = [n for n in range(len(remark.cells)) if n != COLOUR]
    return client.post(
        url(remark),
        {**{f"cell-{n}": cell for n, cell in zip(known, cells, strict=True)}, **{f"cell-{n}": text for n, text in changes.items()}},
    )


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    run.refresh_from_db()
    return run.created, run.updated, run.unchanged, run.rejected


def test_a_rejected_row_that_a_later_file_brings_in_is_not_needed_any_more(signed_in, run):
    """Corrected afterwards, it would put old values over the newer ones; whoever wants that takes it back first."""
    client = signed_in("care_manager")
    early = run(",".join(BAD), changed(BAD, _0="RO2"), changed(BAD, _0="")).remarks.filter(what="reject").order_by("pk")
    mended = early[0]
    run(changed(BAD, _5=GOOD[VIN], _6=GOOD[DAY], _7="250"), changed(BAD, _0="RO3"))
    assert [remark.status for remark in early.all()] == ["left", "open", "open"]
    assert counts(mended.run) == (0, 0, 0, 2)
    event = AuditEvent.objects.get(verb="import.rows_left")
    assert (event.subject, event.details) == (f"importrun {mended.run_id}", {"rows": 1})
    assert save(client, mended, GOOD).status_code == 302
    assert ServiceOrder.objects.get().total_fen == 25000
    mark(client, mended.run, row=mended.pk, needed=1)
    assert counts(mended.run) == (0, 0, 0, 3)


def test_only_imports_of_the_same_kind_and_store_bring_a_rejected_row_in(store, run, rejected):
    good = "\n".join([HEAD, changed(BAD, _5=GOOD[VIN], _6=GOOD[DAY])]).encode()
    other = create_store(code="S2", name="另一店")
    runs.add(store=other, kind="service_orders", filename="orders.csv", data=good, status="waiting")
    assert runs.work(other).created == 1
    runs.add(store=store, kind="customers", filename="orders.csv", data=good, status="waiting")
    assert runs.work(store).created == 1
    rejected.refresh_from_db()
    assert rejected.status == "open"


def test_last_years_order_of_its_number_does_not_bring_a_rejected_row_in(run):
    """Nor does a row that is rejected in its turn, because the number is another order's."""
    wrong = run("0001,客户乙,13912345678,,渝A90011,,2026-10-05,abc").remarks.get(what="reject")
    run("0001,客户甲,13812345678,,渝A90010,,2025-10-05,1")
    assert run("0001,客户乙,13912345678,,渝A90011,,2026-10-05,2").rejected == 1
    wrong.refresh_from_db()
    assert wrong.status == "open" and counts(wrong.run) == (0, 0, 0, 1)


def test_a_row_opens_with_an_input_for_each_known_column_and_the_wrong_cells_marked(signed_in, rejected):
    client = signed_in("care_manager")
    shown = client.get(url(rejected))
    cells = {cell.index: cell for cell in shown.context["cells"]}
    assert list(cells) == [NUMBER, NAME, PHONE, PLATE, VIN, DAY, TOTAL]
    assert [cell.label for cell in cells.values() if cell.reasons] == ["车架号", "进店日期"]
    assert cells[DAY].value == "昨天" and shown.context["first_wrong"] == VIN
    event = AuditEvent.objects.get(verb="import.row_opened")
    assert (event.by, event.details) == (client.user, {"row": rejected.pk})


def test_a_row_that_is_right_is_imported_at_once_and_counted_anew(signed_in, rejected):
    client = signed_in("care_manager")
    assert save(client, rejected, GOOD)["Location"] == reverse("desk:import_run", args=[rejected.run_id])
    order = ServiceOrder.objects.get()
    assert (order.number, order.customer.name, order.vehicle.vin, order.total_fen) == ("RO1", "王乙", GOOD[VIN], 10000)
    assert (order.origin, order.created_by) == ("imported", client.user)
    rejected.refresh_from_db()
    assert (rejected.status, rejected.cells) == ("mended", [])
    assert counts(rejected.run) == (1, 0, 0, 0)
    assert rejected.run.status == "done" and rejected.run.lease_until is None
    event = AuditEvent.objects.get(verb="import.row_corrected")
    assert event.details == {"row": rejected.pk, "became": "created"} and "王乙" not in str(event.details)


def test_a_row_that_is_still_wrong_keeps_what_was_typed_and_says_the_new_reasons(signed_in, rejected):
    client = signed_in("care_manager")
    shown = save(client, rejected, {VIN: GOOD[VIN], DAY: "2026-13-45", NAME: "王 丙"})
    assert shown.status_code == 200
    assert [cell.label for cell in shown.context["cells"] if cell.reasons] == ["进店日期"]
    rejected.refresh_from_db()
    assert (rejected.status, rejected.column, rejected.value) == ("open", "进店日期", "2026-13-45")
    assert rejected.cells[NAME] == "王 丙" and rejected.cells[VIN] == GOOD[VIN] and rejected.cells[COLOUR] == "白"
    assert not ServiceOrder.objects.exists() and counts(rejected.run) == (0, 0, 0, 1)


def test_a_corrected_row_may_change_a_record_or_nothing(signed_in, run):
    client = signed_in("care_manager")
    good = changed(BAD, _5=GOOD[VIN], _6=GOOD[DAY])
    run(good)
    (same, other) = run(changed(BAD), changed(BAD, _7="250")).remarks.filter(what="reject").order_by("pk")
    save(client, same, GOOD)
    assert counts(same.run) == (0, 0, 1, 1)
    save(client, other, GOOD)
    assert counts(other.run) == (0, 1, 1, 0)
    assert ServiceOrder.objects.get().total_fen == 25000


def test_what_is_doubtful_about_a_corrected_row_is_a_warning_of_its_import(signed_in, rejected):
    save(signed_in("care_manager"), rejected, {**GOOD, PHONE: "", VIN: "LSVAA49J932047371"})
    warned = set(rejected.run.remarks.filter(what="warning").values_list("row", "column"))
    assert warned == {(2, "客户电话"), (2, "车架号")}


def test_after_a_row_the_next_one_is_offered_and_after_the_last_the_first(signed_in, run):
    client = signed_in("care_manager")
    first, second, third = run(*(changed(BAD, _0=f"RO{n}") for n in range(3))).remarks.filter(what="reject").order_by("pk")
    shown = client.get(url(second))
    assert (shown.context["previous"], shown.context["next"], shown.context["place"]) == (first.pk, third.pk, 2)
    assert save(client, second, GOOD)["Location"] == url(third)
    assert save(client, third, GOOD)["Location"] == url(first)


def test_a_repeated_row_comes_in_under_another_number_only(signed_in, run):
    client = signed_in("care_manager")
    old, new = changed(BAD, _5=GOOD[VIN], _6=GOOD[DAY], _7="1"), changed(BAD, _5=GOOD[VIN], _6=GOOD[DAY], _7="2")
    remark = run(old, new).remarks.get(what="reject")
    shown = save(client, remark, {})
    assert [cell.label for cell in shown.context["cells"] if cell.reasons] == ["工单号"]
    shown = save(client, remark, {DAY: "什么时候"})
    assert [cell.label for cell in shown.context["cells"] if cell.reasons] == ["工单号", "进店日期"]
    remark.refresh_from_db()
    assert save(client, remark, {DAY: GOOD[DAY]}).status_code == 200
    assert ServiceOrder.objects.get().total_fen == 200
    remark.refresh_from_db()
    assert save(client, remark, {NUMBER: "RO2"}).status_code == 302
    assert dict(ServiceOrder.objects.values_list("number", "total_fen")) == {"RO1": 200, "RO2": 100}


def test_a_row_whose_number_is_another_cars_order_comes_in_under_another_number_only(signed_in, run):
    client = signed_in("care_manager")
    run("0001,客户甲,13812345678,,渝A90010,,2025-10-05,1")
    remark = run("0001,客户乙,13912345678,,渝A90011,,2026-10-05,2").remarks.get(what="reject")
    assert counts(remark.run) == (0, 0, 0, 1)
    shown = save(client, remark, {TOTAL: "3"})
    assert [cell.label for cell in shown.context["cells"] if cell.reasons] == ["工单号"]
    assert counts(remark.run) == (0, 0, 0, 1) and remark.run.status == "done"
    remark.refresh_from_db()
    assert (remark.status, remark.cells[TOTAL]) == ("open", "3")
    assert save(client, remark, {NUMBER: "2026-0001"}).status_code == 302
    assert counts(remark.run) == (1, 0, 0, 0)
    assert dict(ServiceOrder.objects.values_list("number", "total_fen")) == {"0001": 100, "2026-0001": 300}


def test_a_wrong_row_that_is_mended_stays_behind_a_valid_one_below_it(signed_in, run):
    client = signed_in("care_manager")
    good = changed(BAD, _5=GOOD[VIN], _6=GOOD[DAY], _7="2")
    remark = run(changed(BAD, _5=GOOD[VIN], _6=GOOD[DAY], _7="abc"), good).remarks.get(what="reject")
    shown = save(client, remark, {TOTAL: "1"})
    assert [cell.label for cell in shown.context["cells"] if cell.reasons] == ["工单号"]
    assert ServiceOrder.objects.get().total_fen == 200
    remark.refresh_from_db()
    assert save(client, remark, {NUMBER: "RO2"}).status_code == 302
    assert dict(ServiceOrder.objects.values_list("number", "total_fen")) == {"RO1": 200, "RO2": 100}


def test_while_another_import_of_the_store_is_at_work_what_was_typed_is_kept(signed_in, store, rejected):
    client = signed_in("care_manager")
    other = ImportRun.objects.create(store=store, kind="service_orders", status="running", lease_until=clock.now() + timedelta(seconds=30))
    shown = save(client, rejected, GOOD)
    assert shown.status_code == 200 and shown.context["problem"]
    rejected.refresh_from_db()
    assert rejected.status == "open" and rejected.cells[VIN] == GOOD[VIN]
    assert not ServiceOrder.objects.exists() and rejected.run.status == "done"
    ImportRun.objects.filter(pk=other.pk).update(status="done", lease_until=None, finished_at=clock.now())
    assert save(client, rejected, {}).status_code == 302
    assert ServiceOrder.objects.count() == 1


def test_an_import_of_another_store_disturbs_nobody(signed_in, rejected):
    elsewhere = create_store(code="S2", name="另一店")
    ImportRun.objects.create(store=elsewhere, kind="service_orders", status="running", lease_until=clock.now() + timedelta(seconds=30))
    assert save(signed_in("care_manager"), rejected, GOOD).status_code == 302


def test_two_people_correct_a_row_once(signed_in, rejected):
    client = signed_in("care_manager")
    mine = ImportRemark.objects.get(pk=rejected.pk)
    save(client, rejected, GOOD)
    again = client.post(url(rejected), {"cell-0": "RO77"})
    assert again.status_code == 302 and ServiceOrder.objects.count() == 1
    with pytest.raises(corrections.Settled):  # the other one had the row in hand before
        corrections.correct(run=mine.run, remark=mine, typed={**GOOD, NUMBER: "RO77"}, by=client.user)
    with pytest.raises(corrections.Settled):
        corrections.correct(run=mine.run, remark=mine, typed={NUMBER: ""}, by=client.user)
    assert ServiceOrder.objects.count() == 1 and counts(rejected.run) == (1, 0, 0, 0)
    assert client.get(url(rejected)).status_code == 302


def test_a_correction_that_breaks_in_the_middle_leaves_everything_as_it_was(signed_in, rejected, monkeypatch):
    client = signed_in("care_manager")

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("desk.imports.corrections.audit.record", broken)
    with pytest.raises(RuntimeError):
        corrections.correct(run=rejected.run, remark=rejected, typed=GOOD, by=client.user)
    rejected.refresh_from_db()
    assert rejected.status == "open" and rejected.cells == BAD
    assert not ServiceOrder.objects.exists() and counts(rejected.run) == (0, 0, 0, 1) and rejected.run.status == "done"


@pytest.mark.parametrize(
    "typed",
    [{"cell-3": "红"}, {"cell-99": "x"}, {"cell-": "x"}, {"cell-²": "x"}, {"cell-" + "9" * 150: "x"}, {"cell--1": "x"}, {}],
    ids=["unknown column", "no column", "no number", "superscript", "huge", "negative", "nothing"],
)
def test_inputs_that_somebody_made_up_change_nothing(signed_in, rejected, typed):
    assert signed_in("care_manager").post(url(rejected), typed).status_code == 200
    rejected.refresh_from_db()
    assert rejected.cells == BAD


@pytest.mark.parametrize("text", ["a\x00b", "=HYPERLINK(1)", "😀" * 50, "x" * 100_000, "<script>", "\ud83d"])
def test_whatever_is_typed_is_refused_or_taken_but_never_breaks(signed_in, rejected, text):
    client = signed_in("care_manager")
    answer = save(client, rejected, {NAME: text.encode("utf-8", "replace").decode(), PHONE: text.encode("utf-8", "replace").decode()})
    assert answer.status_code == 200 and "<script>" not in answer.content.decode()
    rejected.refresh_from_db()
    assert len(rejected.cells[NAME]) <= corrections.LONGEST and "\x00" not in rejected.cells[NAME]


def test_a_cell_with_line_breaks_keeps_them(signed_in, store):
    data = "\n".join([HEAD.replace("颜色", "备注"), 'RO1,王乙,13812345678,"一\n二",渝A90010,LS4ABC,2026-10-05,100']).encode()
    runs.add(store=store, kind="service_orders", filename="orders.csv", data=data, status="waiting")
    runs.work(store)
    shown = signed_in("care_manager").get(url(ImportRemark.objects.get(what="reject"))).content.decode()
    assert "<textarea" in shown and "一\n二</textarea>" in shown


def test_serial_numbers_count_from_the_workbooks_own_epoch(signed_in, store):
    sheets = {
        "一": {
            "names": ["工单号", "客户姓名", "车牌号", "进店日期"],
            "columns": {"number": [0], "name": [1], "plate": [2], "received_at": [3]},
            "is_1904": True,
        }
    }
    run = ImportRun.objects.create(store=store, kind="service_orders", status="done", finished_at=clock.now(), sheets=sheets, rejected=1)
    remark = run.remarks.create(
        what="reject", sheet="一", row=2, column="工单号", reasons=[["工单号", "x", {}]], cells=["", "王甲", "渝A00001", "44834"]
    )
    assert signed_in("care_manager").post(url(remark), {"cell-0": "RO1"}).status_code == 302
    assert ServiceOrder.objects.get().received_on.isoformat() == "2026-10-01"


def test_a_row_costs_the_same_few_queries_however_many_are_rejected(signed_in, run, django_assert_num_queries):
    client = signed_in("care_manager")
    few = run(",".join(BAD)).remarks.get(what="reject")
    client.get(url(few))
    with CaptureQueriesContext(connection) as one:
        client.get(url(few))
    queries = len(one)
    assert queries <= 14 and not any('"data"' in query["sql"] for query in one)
    many = run(*(changed(BAD, _0=f"RO{n}") for n in range(50))).remarks.filter(what="reject")[25]
    with django_assert_num_queries(queries):
        client.get(url(many))


def test_the_row_of_another_store_or_another_import_is_not_there(signed_in, rejected, run):
    client = signed_in("care_manager")
    other = run(",".join(BAD))
    assert client.get(reverse("desk:import_row", args=[other.pk, rejected.pk])).status_code == 404
    ImportRun.objects.filter(pk=rejected.run_id).update(store=create_store(code="S2", name="另一店"))
    assert client.get(url(rejected)).status_code == 404
    assert save(client, rejected, GOOD).status_code == 404
    assert not ServiceOrder.objects.exists()


def test_a_warning_cannot_be_opened_as_a_row(signed_in, run):
    warning = run(changed(BAD, _2="", _5=GOOD[VIN], _6=GOOD[DAY])).remarks.filter(what="warning").first()
    assert signed_in("care_manager").get(url(warning)).status_code == 404


# rows that nobody needs


def mark(client, run: ImportRun, **typed):
    return client.post(reverse("desk:import_rows", args=[run.pk]), {name: str(value) for name, value in typed.items()}, follow=True)


def test_a_row_that_nobody_needs_leaves_the_list_and_can_be_taken_back(signed_in, run):
    client = signed_in("care_manager")
    made = run(",".join(BAD), changed(BAD, _0="", _1="晚班交接"))
    wrong, total = made.remarks.filter(what="reject").order_by("row")
    shown = mark(client, made, row=total.pk)
    assert [entry["row"] for entry in shown.context["remarks"]] == [wrong]
    assert counts(made) == (0, 0, 0, 1)
    left = client.get(reverse("desk:import_run", args=[made.pk]) + "?show=left")
    assert [entry["row"] for entry in left.context["remarks"]] == [total]
    assert [entry["row"] for entry in mark(client, made, row=total.pk, needed=1).context["remarks"]] == [wrong, total]
    assert counts(made) == (0, 0, 0, 2)
    verbs = AuditEvent.objects.filter(subject=f"importrun {made.pk}", verb__startswith="import.rows_").order_by("pk")
    assert list(verbs.values_list("verb", "by")) == [("import.rows_left", client.user.pk), ("import.rows_taken_back", client.user.pk)]


def test_all_rows_of_an_import_are_closed_at_once_and_taken_back_at_once(signed_in, run):
    client = signed_in("care_manager")
    made = run(*(changed(BAD, _0=f"RO{n}") for n in range(3)))
    assert mark(client, made).context["remarks"] == [] and counts(made)[3] == 0
    assert client.post(reverse("desk:import_rejects", args=[made.pk])).status_code == 302
    mark(client, made, needed=1)
    assert counts(made)[3] == 3


def test_what_was_marked_twice_is_counted_once_and_a_corrected_row_stays_corrected(signed_in, run):
    client = signed_in("care_manager")
    made = run(",".join(BAD), changed(BAD, _0="RO2"))
    first, second = made.remarks.filter(what="reject").order_by("row")
    save(client, first, GOOD)
    for _again in range(2):
        mark(client, made, row=second.pk)
        mark(client, made, row=first.pk)
    assert counts(made) == (1, 0, 0, 0)
    assert mark(client, made, row=first.pk, needed=1) and counts(made) == (1, 0, 0, 0)


def test_a_row_that_is_marked_as_not_needed_is_not_imported_by_who_has_it_open(signed_in, rejected):
    client = signed_in("care_manager")
    client.cookies["django_language"] = "en"
    mark(client, rejected.run, row=rejected.pk)
    answer = client.post(url(rejected), {f"cell-{n}": text for n, text in GOOD.items()}, follow=True)
    assert "take it back to correct it" in answer.content.decode() and not ServiceOrder.objects.exists()


@pytest.mark.parametrize("row", ["x", "-1", "²", "9" * 30])
def test_a_row_that_somebody_made_up_is_not_there_and_nothing_is_marked(signed_in, rejected, row):
    assert mark(signed_in("care_manager"), rejected.run, row=row).status_code == 404
    assert counts(rejected.run)[3] == 1


def test_rows_of_another_store_are_marked_by_nobody(signed_in, rejected):
    ImportRun.objects.filter(pk=rejected.run_id).update(store=create_store(code="S2", name="另一店"))
    assert mark(signed_in("care_manager"), rejected.run).status_code == 404
    assert counts(rejected.run)[3] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_every_kind_can_be_corrected(signed_in, store, kind):
    fields = templates.tables(kind)[0][1]
    titles = [KINDS[kind].reader.layout.title(name) for name in fields]
    values = ["" if (value := templates.example(kind, name)) is None else str(value) for name in fields]
    values = [str(to_yuan(int(value))) if name == "price" else value for name, value in zip(fields, values, strict=True)]
    wrong, written = {"oem_survey": ("sample", "很多")}.get(kind, ("vin", "LS4ABC"))
    at = fields.index(wrong)
    lines = [titles, [*values[:at], written, *values[at + 1 :]]]
    data = "\n".join("\t".join(line) for line in lines).encode()
    added = runs.add(store=store, kind=kind, filename="rows.txt", data=data, status="waiting")
    runs.work(store)
    remark = added.remarks.get(what="reject")
    client = signed_in("care_manager")
    assert [cell.label for cell in client.get(url(remark)).context["cells"] if cell.reasons] == [titles[at]]
    assert client.post(url(remark), {f"cell-{at}": values[at]}).status_code == 302
    assert counts(added) == (1, 0, 0, 0)
