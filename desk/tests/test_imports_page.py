"""/imports/: upload, what was understood, start, progress, result, the download of rejected rows."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock, sweep
from core.models import AuditEvent
from core.tabular import MAX_BYTES
from desk import tasks
from desk.imports import preview, runs
from desk.imports.kinds import KINDS
from desk.models import ImportRemark, ImportRun, LearnedColumn
from staff.actions import create_store
from visits.models import ServiceOrder

pytestmark = [pytest.mark.django_db, pytest.mark.page]
HEAD = "工单号,客户姓名,客户电话,车牌号,车架号,进店日期,结算金额"
GOOD = "RO{n},王甲{n},138{n:08d},渝A{n:05d},LS4A00000{n:08d},2026-10-{day:02d} 09:30,200"


def csv(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *lines]).encode()


def good(n: int) -> str:
    return GOOD.format(n=n, day=1 + n % 28)


BAD = "RO9001,王乙,13800009001,渝A90010,LS4ABC,2026-10-05,100"


@pytest.fixture
def sent(monkeypatch):
    """The primary keys of the stores whose imports were sent to the worker."""
    found: list[int] = []
    monkeypatch.setattr(tasks.carry_on_import, "apply_async", lambda args, **options: found.append(*args))
    return found


def upload(client, data: bytes, name: str = "orders.csv", kind: str = "service_orders"):
    return client.post("/imports/", {"kind": kind, "file": SimpleUploadedFile(name, data)})


def added(client, data: bytes, **options) -> ImportRun:
    assert upload(client, data, **options).status_code == 302
    return ImportRun.objects.latest("pk")


def page(run: ImportRun) -> str:
    return reverse("desk:import_run", args=[run.pk])


def selects(preview, **changes) -> dict[str, list[str]]:
    """What the browser would send back from the preview; changes: plain header -> what its select says."""
    columns = [column for sheet in preview.sheets for column in sheet.columns if column.is_first]
    return {"header": [column.key for column in columns], "means": [changes.get(column.key, column.means) for column in columns]}


def start(client, run: ImportRun, **changes):
    seen = client.get(page(run)).context["preview"]
    return client.post(reverse("desk:import_start", args=[run.pk]), selects(seen, **changes))


def done(client, data: bytes) -> ImportRun:
    run = added(client, data)
    start(client, run)
    runs.work(run.store)
    run.refresh_from_db()
    assert run.status == "done", run.problem
    return run


# the way in


def test_without_an_import_the_page_says_what_to_begin_with(signed_in):
    shown = signed_in("care_manager").get("/imports/")
    assert shown.context["runs"] == []
    assert 'class="empty"' in shown.content.decode() and "20 MB" in shown.content.decode()


def test_an_upload_is_looked_at_before_anything_is_written(signed_in):
    client = signed_in("care_manager")
    answer = upload(client, csv(good(1)))
    run = ImportRun.objects.get()
    assert answer["Location"] == page(run)
    assert (run.status, run.filename, run.kind, run.created_by) == ("preview", "orders.csv", "service_orders", client.user)
    assert client.get(page(run)).status_code == 200
    assert not ServiceOrder.objects.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "neither a workbook nor a text file"),
        (b"x" * (MAX_BYTES + 1), "larger than 20 MB"),
        ("工单号,客户姓名".encode("utf-16-le"), ""),
    ],
    ids=["empty", "a picture", "too large", "NUL bytes"],
)
def test_a_file_that_cannot_be_read_makes_no_import_and_says_why_in_one_sentence(client, signed_in, data, sentence):
    signed_in("care_manager")
    client.cookies["django_language"] = "en"
    shown = upload(client, data, name="orders.xlsx")
    assert shown.status_code == 200 and len(shown.context["problems"]) == 1
    assert "orders.xlsx" in shown.context["problems"][0] and sentence in shown.context["problems"][0]
    assert shown.context["chosen"] == "service_orders"
    assert not ImportRun.objects.exists()


def test_a_file_must_be_chosen_and_a_kind_that_exists(signed_in):
    client = signed_in("care_manager")
    assert client.post("/imports/", {"kind": "service_orders"}).context["problems"]
    assert upload(client, csv(good(1)), kind="everything").context["problems"]
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("name", ["字" * 180 + ".csv", "orders." + "x" * 250, "../../etc/passwd", "<b>.csv"])
def test_whatever_the_file_is_called_it_is_read_and_shown(signed_in, name):
    client = signed_in("care_manager")
    run = added(client, csv(good(1)), name=name)
    shown = client.get(page(run)).content.decode()
    assert "<b>" not in shown and "/" not in run.filename and len(run.filename) <= 200


def test_the_list_is_paged_and_costs_no_more_queries_with_more_imports(signed_in, store, django_assert_num_queries):
    client = signed_in("care_manager")
    runs.add(store=store, kind="service_orders", filename="a.csv", data=b"x", by=client.user)
    client.get("/imports/")
    with CaptureQueriesContext(connection) as one:
        client.get("/imports/")
    queries = len(one)
    assert queries <= 9 and not any('"data"' in query["sql"] for query in one)
    for n in range(30):
        runs.add(store=store, kind="service_orders", filename=f"{n}.csv", data=b"x", by=client.user)
    with django_assert_num_queries(queries):
        shown = client.get("/imports/")
    second = client.get("/imports/" + shown.context["next_url"])
    seen = [run.pk for run in [*shown.context["runs"], *second.context["runs"]]]
    assert len(seen) == 31 == len(set(seen)) and seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("after", ["x", "-1", "²", "9" * 30])
def test_an_address_that_somebody_made_up_shows_the_first_page(signed_in, after):
    assert signed_in("care_manager").get(f"/imports/?after={after}").status_code == 200


# what was understood


def test_the_preview_shows_each_column_with_samples_and_what_it_means(signed_in):
    client = signed_in("care_manager")
    run = added(client, csv(good(1) + ",白", BAD + ",红", head=HEAD + ",颜色"))
    seen = client.get(page(run)).context["preview"]
    (sheet,) = seen.sheets
    assert [column.means for column in sheet.columns] == ["number", "name", "phone", "plate", "vin", "received_at", "total", "?"]
    assert (sheet.unknown, sheet.missing, sheet.header_row) == (1, [], 1)
    assert sheet.columns[7].samples == ["白", "红"]
    assert (seen.trial.read, seen.trial.rejected) == (2, 1)
    assert [(column, count) for column, _reason, count in seen.trial.reasons] == [("车架号", 1)]


def test_the_preview_shows_no_whole_phone_and_no_whole_vin_in_whichever_column(signed_in):
    client = signed_in("care_manager")
    head = HEAD.replace("客户电话", "神秘") + ",另一"
    run = added(client, csv("RO1,王甲,手机 13812345678,渝A00001,LSVAA49J132047371,2026-10-01,1,LSVAA49J132047371", head=head))
    shown = client.get(page(run)).content.decode()
    assert "138****5678" in shown and "13812345678" not in shown and "LSVAA49J132047371" not in shown


def test_a_missing_column_is_named_and_the_import_cannot_be_started(signed_in, sent):
    client = signed_in("care_manager")
    run = added(client, csv("王甲,渝A00001,2026-10-01,RO1", head="客户姓名,车牌号,进店日期,单据"))
    shown = client.get(page(run))
    assert shown.context["preview"].sheets[0].missing == ["工单号"] and not shown.context["preview"].can_start
    assert "data-key" not in shown.content.decode().split("import-go")[1].split("</div>")[0]
    assert start(client, run).status_code == 200
    run.refresh_from_db()
    assert run.status == "preview" and sent == []


def test_a_correction_by_hand_is_looked_at_started_and_remembered_for_the_store(signed_in, sent, django_capture_on_commit_callbacks):
    client = signed_in("care_manager")
    data = csv("王甲,渝A00001,2026-10-01,RO1", head="客户姓名,车牌号,进店日期,单据")
    run = added(client, data)
    first = client.get(page(run)).context["preview"]
    again = client.post(page(run), selects(first, 单据="number"))
    assert again.context["preview"].can_start and again.context["preview"].trial.read == 1
    assert again.context["preview"].corrections == {"单据": "number"}
    assert not LearnedColumn.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("desk:import_start", args=[run.pk]), selects(again.context["preview"])).status_code == 302
    assert list(LearnedColumn.objects.values_list("store", "kind", "header", "field")) == [
        (run.store_id, "service_orders", "单据", "number")
    ]
    assert sent == [run.store_id]
    runs.work(run.store)
    assert ServiceOrder.objects.get().number == "RO1"
    second = client.get(page(added(client, data))).context["preview"]
    assert second.can_start and [column.is_remembered for column in second.sheets[0].columns] == [False, False, False, True]


def test_what_was_understood_anyway_is_not_remembered(signed_in, sent):
    client = signed_in("care_manager")
    start(client, added(client, csv(good(1))))
    assert not LearnedColumn.objects.exists()


def test_a_column_may_be_not_wanted(signed_in, sent):
    client = signed_in("care_manager")
    run = added(client, csv(good(1)))
    start(client, run, 结算金额="-")
    runs.work(run.store)
    assert ServiceOrder.objects.get().total_fen == 0
    run.refresh_from_db()
    assert run.unknown_columns == []


def test_two_columns_cannot_be_the_same_thing(signed_in, sent):
    client = signed_in("care_manager")
    run = added(client, csv(good(1) + ",李四", head=HEAD + ",客户"))
    shown = start(client, run, 客户="name")
    assert shown.status_code == 200 and shown.context["preview"].clashes == ["客户姓名"]
    assert start(client, run, 客户="name", 客户姓名="-").status_code == 302
    runs.work(run.store)
    assert ServiceOrder.objects.get().customer.name == "李四"


def test_a_second_column_for_one_thing_is_shown_with_what_it_counts_for_and_may_be_chosen_alone(signed_in, sent):
    client = signed_in("care_manager")
    run = added(client, csv(good(1) + ",2026-10-05,2026-10-06", head=HEAD + ",交车时间,结算时间"))
    shown = client.get(page(run))
    first, second = shown.context["preview"].sheets[0].columns[-2:]
    assert (first.means, first.spare_for, second.means, second.spare_for) == ("delivered_at", "", "delivered_at", "交车时间")
    assert "仅在“交车时间”为空时采用" in shown.content.decode() and not shown.context["preview"].sheets[0].unknown
    assert start(client, run, 交车时间="-").status_code == 302
    runs.work(run.store)
    assert ServiceOrder.objects.get().delivered_on.day == 6


def test_samples_show_what_a_unit_of_ten_thousands_and_a_protected_text_mean(signed_in):
    run = added(
        signed_in("care_manager"), csv('="RO1",王甲,="023-68123456",渝A00001,,2026-10-01,0.02', head=HEAD.replace("金额", "金额（万元）"))
    )
    columns = preview.look(KINDS["service_orders"].reader, runs.read_file(run), runs.opening(run.store), {}).sheets[0].columns
    assert columns[0].samples == ["RO1"] and "68123456" not in columns[2].samples[0]
    assert columns[-1].samples == ["0.02 × 10,000"]


@pytest.mark.parametrize("means", ["pk", "__class__", "", "number'--"])
def test_a_field_that_somebody_made_up_is_ignored(signed_in, sent, means):
    client = signed_in("care_manager")
    run = added(client, csv(good(1)))
    client.post(reverse("desk:import_start", args=[run.pk]), {"header": ["结算金额", "没有的列"], "means": [means, "number"]})
    assert not LearnedColumn.objects.exists()


def test_a_file_of_which_no_column_is_known_can_be_explained_by_hand(signed_in, sent):
    client = signed_in("care_manager")
    run = added(client, csv("1号,王甲,渝A00001,2026-10-01", head="甲,乙,丙,丁"))
    seen = client.get(page(run)).context["preview"]
    assert [column.means for column in seen.sheets[0].columns] == ["?"] * 4 and not seen.can_start
    assert start(client, run, 甲="number", 乙="name", 丙="plate", 丁="received_at").status_code == 302
    runs.work(run.store)
    assert ServiceOrder.objects.get().number == "1号"


def test_a_column_without_a_name_is_told_by_its_letter_and_only_for_this_file(signed_in, sent):
    client = signed_in("care_manager")
    data = csv("王甲,渝A00001,2026-10-01,RO1,", head="客户姓名,车牌号,进店日期,,")
    run = added(client, data)
    shown = client.get(page(run))
    columns = shown.context["preview"].sheets[0].columns
    assert [(column.header, column.has_name, column.key, column.means) for column in columns[3:]] == [("D", False, "[D]", "-")]
    assert 'name="header" value="[D]"' in shown.content.decode() and not shown.context["preview"].can_start
    again = client.post(page(run), selects(shown.context["preview"], **{"[D]": "number"})).context["preview"]
    assert again.can_start and again.sheets[0].columns[3].means == "number"
    assert client.post(reverse("desk:import_start", args=[run.pk]), selects(again)).status_code == 302
    runs.work(run.store)
    assert ServiceOrder.objects.get().number == "RO1"
    assert not LearnedColumn.objects.exists()
    assert client.get(page(added(client, data))).context["preview"].sheets[0].columns[3].means == "-"


def test_what_is_wrong_in_a_column_without_a_name_is_said_of_its_letter_and_corrected_there(signed_in, sent):
    client = signed_in("care_manager")
    run = added(client, csv("RO1,王甲,渝A00001,昨天", head="工单号,客户姓名,车牌号,"))
    assert start(client, run, **{"[D]": "received_at"}).status_code == 302
    runs.work(run.store)
    remark = run.remarks.get(what="reject")
    assert (remark.column, remark.value) == ("D", "昨天")
    row = reverse("desk:import_row", args=[run.pk, remark.pk])
    assert [(cell.label, bool(cell.reasons)) for cell in client.get(row).context["cells"]][-1] == ("D", True)
    client.post(row, {"cell-0": "RO1", "cell-1": "王甲", "cell-2": "渝A00001", "cell-3": "2026-10-01"})
    assert ServiceOrder.objects.get().number == "RO1"


def test_a_column_without_a_name_cannot_be_what_another_is(signed_in, sent):
    client = signed_in("care_manager")
    run = added(client, csv(good(1) + ",李四", head=HEAD + ","))
    shown = start(client, run, **{"[H]": "name"})
    assert shown.status_code == 200 and shown.context["preview"].clashes == ["客户姓名"]
    assert start(client, run, **{"[H]": "name", "客户姓名": "-"}).status_code == 302
    runs.work(run.store)
    assert ServiceOrder.objects.get().customer.name == "李四"


def test_a_row_that_knows_no_column_by_its_name_is_no_header_for_its_empty_cells(signed_in):
    client = signed_in("care_manager")
    book, file = openpyxl.Workbook(), io.BytesIO()
    for line in (["维修明细"], ["工单号"], ["RO1", "王甲", "渝A00001", "2026-10-01"]):
        book.active.append(line)
    for line in (["说明", None, None, None], ["a", "b", "c", "d"]):
        (book["说明"] if "说明" in book else book.create_sheet("说明")).append(line)
    book.save(file)
    run = added(client, file.getvalue(), name="book.xlsx")
    chosen = {"header": ["[B]", "[C]", "[D]"], "means": ["name", "plate", "received_at"]}
    seen = client.post(page(run), chosen).context["preview"]
    assert seen.others == ["说明"] and [sheet.header_row for sheet in seen.sheets] == [2]
    assert seen.can_start and (seen.trial.read, seen.trial.rejected) == (1, 0)


def test_sheets_without_a_known_header_are_named(signed_in):
    client = signed_in("care_manager")
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "维修工单"
    book.active.append(HEAD.split(","))
    book.active.append(good(1).split(","))
    book.create_sheet("随便写写").append(["你好"])
    book.save(file)
    run = added(client, file.getvalue(), name="book.xlsx")
    shown = client.get(page(run))
    assert shown.context["preview"].others == ["随便写写"] and "随便写写" in shown.content.decode()
    assert shown.context["preview"].can_start


def workbook(*lines: list) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(file)
    return file.getvalue()


def test_a_header_of_cells_merged_over_two_rows_is_understood(signed_in, sent):
    client = signed_in("care_manager")
    data = workbook(
        ["维修明细"],
        ["工单号", "客户姓名", "车牌号", "时间", None, "金额"],
        [None, None, None, "进店日期", "结算日期", "结算金额"],
        ["RO1", "王甲", "渝A00001", "2026-10-01 09:00", "2026-10-01 11:00", "300"],
    )
    run = added(client, data, name="orders.xlsx")
    (sheet,) = client.get(page(run)).context["preview"].sheets
    assert [column.means for column in sheet.columns] == ["number", "name", "plate", "received_at", "delivered_at", "total"]
    assert (sheet.header_row, sheet.rows) == (3, 1)
    start(client, run)
    runs.work(run.store)
    assert ServiceOrder.objects.get().total_fen == 30000


MERGED = [["工单号", "客户姓名", "车牌号", "时间", None, "金额"], [None, None, None, "进店日期", "结算日期", "结算金额"]]


@pytest.mark.parametrize(
    "head", [MERGED, [["工单号", "客户姓名", "车牌号", "进店日期", "结算日期", "结算金额"]]], ids=["of two rows", "of one"]
)
def test_a_header_is_no_row_when_the_next_printed_page_begins_with_it(signed_in, sent, head):
    client = signed_in("care_manager")
    again = [*head[:-1], [*head[-1][:-1], "结算 金额"]]
    one, two, three = ([f"RO{n}", "王甲", f"渝A0000{n}", "2026-10-01 09:00", "2026-10-01 11:00", "300"] for n in (1, 2, 3))
    nameless = [None, "王乙", "渝A00009", "2026-10-01 09:00", "2026-10-01 11:00", "300"]
    run = added(client, workbook(*head, one, *head, two, *again, three, nameless), name="orders.xlsx")
    start(client, run)
    runs.work(run.store)
    assert ServiceOrder.objects.count() == 3
    assert [remark.row for remark in run.remarks.filter(what="reject")] == [3 * len(head) + 4]


def test_amounts_named_below_a_header_that_is_complete_are_not_taken_for_a_row(signed_in):
    client = signed_in("care_manager")
    head, below = ["工单号", "客户姓名", "车牌号", "进店日期", "费用"], [None, None, None, None, "工时费", "材料费"]
    run = added(client, workbook(head, below, ["RO1", "王甲", "渝A00001", "2026-10-01 09:00", 100, 200]), name="orders.xlsx")
    seen = client.get(page(run)).context["preview"]
    assert [column.means for column in seen.sheets[0].columns][-2:] == ["labour", "parts"]
    assert (seen.trial.read, seen.trial.rejected) == (1, 0)


def test_a_name_is_asked_for_only_where_a_column_is_the_problem(signed_in):
    client = signed_in("care_manager")
    client.cookies["django_language"] = "en"
    asked = "Say below which column it is"
    missing = client.get(page(added(client, csv("王甲,渝A00001,2026-10-01,RO1", head="客户姓名,车牌号,进店日期,单据"))))
    empty = client.get(page(added(client, csv())))
    assert asked in missing.content.decode()
    assert "no row below it" in empty.context["preview"].trial.problem and asked not in empty.content.decode()


def test_reasons_that_are_not_shown_are_counted(signed_in, monkeypatch):
    monkeypatch.setattr(preview, "REASONS", 1)
    client = signed_in("care_manager")
    client.cookies["django_language"] = "en"
    worst = BAD.replace("2026-10-05", "昨天").replace("RO9001", "")
    shown = client.get(page(added(client, csv(BAD, worst))))
    trial = shown.context["preview"].trial
    assert len(trial.reasons) == 1 and trial.more == 2 and "and 2 more reasons" in shown.content.decode()


def test_the_preview_says_that_it_has_compared_nothing_with_the_records(signed_in):
    client = signed_in("care_manager")
    client.cookies["django_language"] = "en"
    assert "Only the file was looked at" in client.get(page(added(client, csv(good(1))))).content.decode()


def test_of_a_long_file_only_the_first_rows_are_tried_and_the_page_says_so(signed_in, monkeypatch):
    monkeypatch.setattr(preview, "TRIED", 10)
    client = signed_in("care_manager")
    run = added(client, csv(*(good(n) for n in range(1, 26))))
    seen = client.get(page(run)).context["preview"]
    assert (seen.trial.read, seen.trial.total, seen.trial.is_cut) == (10, 25, True)


def test_the_preview_costs_few_queries(signed_in, django_assert_max_num_queries):
    client = signed_in("care_manager")
    run = added(client, csv(*(good(n) for n in range(1, 40))))
    with django_assert_max_num_queries(12):
        client.get(page(run))


def test_a_discarded_file_is_gone(signed_in):
    client = signed_in("care_manager")
    run = added(client, csv(good(1)))
    client.post(reverse("desk:import_discard", args=[run.pk]))
    assert not ImportRun.objects.exists()
    assert AuditEvent.objects.filter(verb="import.discarded", subject=f"importrun {run.pk}").exists()


def test_what_was_started_can_no_longer_be_discarded(signed_in, sent):
    client = signed_in("care_manager")
    run = added(client, csv(good(1)))
    start(client, run)
    client.post(reverse("desk:import_discard", args=[run.pk]))
    assert ImportRun.objects.get().status == "waiting"


# on its way


def test_a_second_click_on_start_starts_nothing_twice(signed_in, sent, django_capture_on_commit_callbacks):
    client = signed_in("care_manager")
    run = added(client, csv(good(1)))
    with django_capture_on_commit_callbacks(execute=True):
        start(client, run)
        assert client.post(reverse("desk:import_start", args=[run.pk])).status_code == 302
    assert sent == [run.store_id]


def test_a_broker_that_is_away_breaks_no_page_and_the_next_sweep_sends_again(
    signed_in, sent, monkeypatch, django_capture_on_commit_callbacks
):
    client = signed_in("care_manager")
    run = added(client, csv(good(1)))

    def away(*args, **kwargs):
        raise ConnectionError("no broker")

    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(tasks.carry_on_import, "apply_async", away)
        assert start(client, run).status_code == 302
        assert tasks.send_waiting(clock.now()) == 0
    assert sent == [] and ImportRun.objects.get().status == "waiting"
    sweep.run()
    assert sent == [run.store_id]
    tasks.carry_on_import(run.store_id)
    assert ImportRun.objects.get().status == "done"
    sweep.run()
    assert sent == [run.store_id]


def test_a_sweep_until_nothing_is_due_ends_although_an_import_waits(store, sent):
    runs.add(store=store, kind="service_orders", filename="a.csv", data=csv(good(1)), status="waiting")
    assert sweep.run(until_done=True)["failed"] == 0
    assert sent == [store.pk]


def test_the_task_carries_on_until_nothing_of_the_store_is_left(store):
    for n in range(3):
        runs.add(store=store, kind="service_orders", filename="a.csv", data=csv(good(n)), status="waiting")
    tasks.carry_on_import(store.pk)
    tasks.carry_on_import(987654)  # a store that is no more
    assert set(ImportRun.objects.values_list("status", flat=True)) == {"done"}


def test_progress_asks_again_until_it_is_over(signed_in, store, sent):
    client = signed_in("care_manager")
    run = runs.add(store=store, kind="service_orders", filename="a.csv", data=csv(good(1)), by=client.user)
    ImportRun.objects.update(status="running", lease_until=clock.now() + timedelta(minutes=1), total=200, position=50)
    shown = client.get(page(run)).content.decode()
    assert 'max="200" value="50"' in shown and 'hx-trigger="every 1s"' in shown
    part = client.get(page(run), headers={"hx-request": "true"})
    assert "<html" not in part.content.decode() and "HX-Refresh" not in part
    ImportRun.objects.update(status="done", lease_until=None, finished_at=clock.now())
    part = client.get(page(run), headers={"hx-request": "true"})
    assert part["HX-Refresh"] == "true" and "hx-trigger" not in part.content.decode()


def test_a_failed_import_says_why_and_what_to_do(signed_in, store):
    client = signed_in("care_manager")
    run = ImportRun.objects.create(
        store=store, kind="service_orders", status="failed", finished_at=clock.now(), problem="文件坏了。", position=3
    )
    shown = client.get(page(run)).content.decode()
    assert "文件坏了。" in shown and reverse("desk:imports") in shown


# the result


def test_the_result_counts_and_lists_the_rejected_rows(signed_in, sent):
    client = signed_in("care_manager")
    run = done(client, csv(good(1), BAD, good(2)))
    shown = client.get(page(run))
    assert (run.created, run.rejected) == (2, 1)
    (entry,) = shown.context["remarks"]
    assert (entry["row"].row, entry["row"].column, entry["value"]) == (3, "车架号", "LS4ABC")
    # Of a rejected row only the wrong cell is shown.
    assert "王乙" not in shown.content.decode() and "13800009001" not in shown.content.decode()


def test_the_same_file_again_is_unchanged(signed_in, sent):
    client = signed_in("care_manager")
    data = csv(*(good(n) for n in range(1, 20)))
    done(client, data)
    run = done(client, data)
    assert (run.created, run.updated, run.unchanged, run.rejected) == (0, 0, 19, 0)


def test_warnings_show_no_whole_phone_or_vin(signed_in, sent):
    client = signed_in("care_manager")
    run = done(client, csv("RO1,王甲,1391234567,渝A00001,LSVAA49J932047371,2026-10-01,1"))
    shown = client.get(page(run) + "?show=warning").content.decode()
    assert run.remarks.filter(what="warning").count() >= 2
    assert "1391234567" not in shown and "LSVAA49J932047371" not in shown


def test_rejected_rows_are_paged_each_once_without_more_queries(signed_in, store, sent, django_assert_num_queries):
    client = signed_in("care_manager")
    few = done(client, csv(good(1), BAD))
    client.get(page(few))
    with CaptureQueriesContext(connection) as one:
        client.get(page(few))
    queries = len(one)
    assert queries <= 10 and not any('"data"' in query["sql"] or '"cells"' in query["sql"] for query in one)
    many = done(client, csv(*(BAD.replace("RO9001", f"RO{n}") for n in range(120))))
    with django_assert_num_queries(queries):
        client.get(page(many))
    url, seen = page(many), []
    while url:
        shown = client.get(url)
        seen += [entry["row"].pk for entry in shown.context["remarks"]]
        url = shown.context["next_url"] and page(many) + shown.context["next_url"]
    assert len(seen) == 120 == len(set(seen))


def test_remarks_stand_in_the_order_of_the_rows_over_all_pages(signed_in, sent, monkeypatch):
    monkeypatch.setattr("desk.views.imports.PAGE", 3)
    client = signed_in("care_manager")
    # Of each row one warning is known from the file, one from the records; the later row is the earlier visit.
    lines = [f"RO{n},王甲{n},,渝A{n:05d},,2026-10-{20 - n:02d} 09:30,1,新人{n}" for n in range(1, 5)]
    run, seen, url = done(client, csv(*lines, head=HEAD + ",服务顾问")), [], "?show=warning"
    while url:
        shown = client.get(page(run) + url)
        seen += [entry["row"].row for entry in shown.context["remarks"]]
        url = shown.context["next_url"]
    assert seen == [2, 2, 3, 3, 4, 4, 5, 5]


def test_many_warnings_are_counted_by_what_they_say_and_each_group_can_be_opened(signed_in, sent):
    client = signed_in("care_manager")
    run = done(client, csv(*(good(n).replace(f"138{n:08d}", "") for n in range(1, 251))))
    shown = client.get(page(run) + "?show=warning")
    assert shown.context["remarks"] == []
    counts = {group["remark"].column: group["count"] for group in shown.context["groups"]}
    assert counts["客户电话"] == 250
    sample = next(group["pk"] for group in shown.context["groups"] if group["remark"].column == "客户电话")
    one = client.get(page(run) + f"?show=warning&alike={sample}")
    assert len(one.context["remarks"]) == 50 and {entry["row"].column for entry in one.context["remarks"]} == {"客户电话"}
    assert f"alike={sample}" in one.context["next_url"]
    assert client.get(page(run) + "?show=warning&alike=999999").status_code == 404


def test_conflicts_are_listed(signed_in, sent):
    client = signed_in("care_manager")
    run = done(client, csv(good(1)))
    ServiceOrder.objects.update(origin="typed", total_fen=99900)
    again = done(client, csv(good(1)))
    shown = client.get(page(again))
    assert shown.context["show"] == "conflict" and [entry["row"].column for entry in shown.context["remarks"]] == ["结算金额"]
    assert not ImportRemark.objects.filter(run=run, what="conflict").exists()


def test_unknown_columns_are_named(signed_in, sent):
    client = signed_in("care_manager")
    run = done(client, csv(good(1) + ",白", head=HEAD + ",颜色"))
    assert run.unknown_columns == ["颜色"] and "颜色" in client.get(page(run)).content.decode()


def test_the_rejected_rows_are_downloaded_with_their_reason_and_that_is_written_down(signed_in, sent):
    client = signed_in("care_manager")
    run = done(client, csv(good(1), BAD.replace("王乙", "=1+1")))
    answer = client.post(reverse("desk:import_rejects", args=[run.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert [cell.value for cell in sheet[1]][:7] == HEAD.split(",") and len(sheet[1]) == 8
    assert sheet["B2"].value == "=1+1" and sheet["B2"].data_type == "s" and "17" in sheet["H2"].value
    event = AuditEvent.objects.get(verb="import.rejects_exported")
    assert (event.by, event.subject, event.details) == (client.user, f"importrun {run.pk}", {"rows": 1})


def test_without_rejected_rows_there_is_nothing_to_download(signed_in, sent):
    client = signed_in("care_manager")
    run = done(client, csv(good(1)))
    assert client.post(reverse("desk:import_rejects", args=[run.pk]))["Location"] == page(run)


def test_another_stores_import_is_not_there(signed_in, sent):
    client = signed_in("care_manager")
    run = ImportRun.objects.create(store=create_store(code="S2", name="另一店"), kind="service_orders", data=csv(good(1)))
    assert client.get(page(run)).status_code == 404
    for name in ("start", "discard", "rejects"):
        assert client.post(reverse(f"desk:import_{name}", args=[run.pk])).status_code == 404
    assert ImportRun.objects.get().status == "preview"
    assert client.get("/imports/").context["runs"] == []


@pytest.mark.parametrize(("role", "status"), [("caller", 403), ("advisor", 403), ("service_manager", 200)])
def test_only_those_who_may_import_see_the_pages(signed_in, role, status):
    client = signed_in(role)
    assert client.get("/imports/").status_code == status
    assert ("/imports/" in client.get("/").content.decode()) == (status == 200)
