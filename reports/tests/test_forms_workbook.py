"""The workbook of forms 3 and 4 as a spreadsheet reads it back; the command that writes it."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from core.tabular import read
from customers.models import Phone
from reports.forms_callback import FORMS, CallbackSheet
from reports.forms_workbook import write
from reports.periods import parse
from reports.tests.history import History

DAY = date(2026, 10, 6)
HEADS = ["序号", "用户姓名", "车型", "VIN", "里程数", "电话号码", "回访日期"]


@pytest.fixture
def october(store):
    """Two interviews and a customer who never answered."""
    history = History(store)
    vehicles = [history.vehicle() for _n in range(3)]
    for n, vehicle in enumerate(vehicles):
        vehicle.vin = f"LSVAA49J13204737{n}"
        vehicle.save()
        Phone.objects.create(store=store, customer=vehicle.customer, number=f"+8613800138{n:03}", tail="")
    orders = [history.order(vehicle, date(2026, 10, 3), mileage=1000) for vehicle in vehicles]
    history.response(orders[0], DAY, service=3, quality=3, words="=HYPERLINK(1)")
    history.response(orders[1], date(2026, 10, 7), overall=1, service=3, quality=1)
    history.followup(orders[2], due_on=DAY, dialled_at=history.at(date(2026, 10, 8)), status="unreachable")
    return history


def sheet_of(store, number=4, made_by="汪嘉斌"):
    out = BytesIO()
    write(CallbackSheet(FORMS[number], store, parse("2026-10")), out, made_by=made_by, made_on=date(2026, 11, 2))
    return load_workbook(out).active


def test_form_4_cell_by_cell(october, store):
    found = [[cell for cell in row if cell is not None] for row in sheet_of(store).iter_rows(values_only=True)]
    assert found == [
        ["维修用户回访统计表"],
        ["单位：测试店", "期间：2026年10月（2026-10-01 至 2026-10-31）"],
        [*HEADS, "回访明细", "总体评价", "反应问题建议", "备注", "预计保养时间"],
        [1, 2, 3, 4, 5, 6],
        [1, "客户0", "逸动", "LSVAA49J132047370", 1000, "13800138000", datetime(2026, 10, 6), 3, 3, *"————", "很满意", "=HYPERLINK(1)", "—", "—"],
        [2, "客户1", "逸动", "LSVAA49J132047371", 1000, "13800138001", datetime(2026, 10, 7), 3, 1, *"————", "很不满意", "质量：quality不好", "—", "—"],
        [3, "客户2", "逸动", "LSVAA49J132047372", 1000, "13800138002", datetime(2026, 10, 8), "联络不上", "—"],
        ["累计", 2, 2, 1, 0, 0, 0, 0],
        ["最满意项目：1 服务（2/2，100.0%）"],
        ["最不满意项目：2 质量（1/2，50.0%）"],
        ["报怨事项："],
        ["1、序号2　质量：quality不好"],
        ["备注：1、填报内容必须正确；2、不允许缺项；3、如未能联络用户，在“备注”栏填写“联络不上”或“电话有误”。"],
        ["回访明细内填写回访结果：3为满意/2为一般/1为不满意"],
        ["回访明细各项：1 服务　2 质量　3 收费　4 及时性　5 环境　6 其它"],
        ["制表：汪嘉斌　　2026-11-02"],
    ]  # fmt: skip


def test_no_cell_of_a_reached_customers_row_is_empty(october, store):
    for row in sheet_of(store).iter_rows(min_row=5, max_row=6, max_col=17, values_only=True):
        assert None not in row


def test_it_looks_like_the_manuals(october, store):
    sheet = sheet_of(store)
    merged = {str(ref) for ref in sheet.merged_cells.ranges}
    assert {"A1:Q1", "A2:G2", "H2:Q2", "H3:M3", "A3:A4", "G3:G4", "N3:N4", "Q3:Q4", "A9:Q9", "A16:Q16"} <= merged
    assert sheet["A1"].font.bold and sheet["A1"].font.sz == 16 and sheet["A1"].alignment.horizontal == "center"
    for place in ("A3", "Q4", "A5", "Q7", "B8"):
        assert sheet[place].border.left.style == sheet[place].border.bottom.style == "thin", place
    assert sheet["O5"].alignment.wrap_text and sheet["G5"].number_format == "yyyy-mm-dd"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$3:$4" and sheet.freeze_panes == "A5" and "&P" in sheet.oddFooter.center.text


def test_phone_and_vin_are_text_and_words_never_a_formula(october, store):
    sheet = sheet_of(store)
    assert sheet["D5"].number_format == sheet["F5"].number_format == "@" and sheet["F5"].value == "13800138000"
    assert sheet["O5"].data_type != "f" and sheet["O5"].quotePrefix
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_form_3_has_seven_details_and_no_next_maintenance(store):
    history = History(store)
    history.response(history.delivery(history.vehicle(), date(2026, 10, 3)), DAY, sales_2=3)
    rows = list(sheet_of(store, 3, made_by="").iter_rows(values_only=True))
    assert rows[2] == (*HEADS, "回访明细", *[None] * 6, "总体评价", "反应问题建议", "备注")
    assert rows[3][7:14] == (1, 2, 3, 4, 5, 6, 7)
    assert rows[4][7:] == ("—", 3, *"—————", "很满意", "—", "—")
    assert rows[5][:2] == ("累计", 1)


def test_a_period_without_callbacks_is_an_empty_form(store):
    rows = [row[0] for row in sheet_of(store).iter_rows(values_only=True)]
    assert rows[4:8] == ["累计", "最满意项目：无", "最不满意项目：无", "报怨事项：无"]


def test_the_command_writes_what_the_house_reads(october, store, tmp_path, capsys):
    out = tmp_path / "form.xlsx"
    call_command("export_form", "4", "2026-10", str(out), "--store", "S1")
    assert "3 rows" in capsys.readouterr().out
    (sheet,) = read(out)
    assert [cells[5] for _n, cells in sheet.rows if cells[0] in ("1", "2", "3")] == ["13800138000", "13800138001", "13800138002"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["form.xlsx"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("x", "2026-10", "--store", "S1"), "1, 2, 3"), (("4", "2026-13", "--store", "S1"), "no period"),
        (("4", "2026-10", "--store", "NONE"), "no store"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_one_sentence(store, tmp_path, args, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("export_form", args[0], args[1], str(tmp_path / "o.xlsx"), *args[2:])
    assert "\n" not in str(refused.value) and not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_said(store, tmp_path):
    with pytest.raises(CommandError, match="cannot write"):
        call_command("export_form", "4", "2026-10", str(tmp_path / "none" / "o.xlsx"), "--store", "S1")


def test_an_export_that_fails_leaves_the_file_that_was_there(october, store, tmp_path, monkeypatch):
    out = tmp_path / "form.xlsx"
    out.write_text("before")
    monkeypatch.setattr(CallbackSheet, "grievances", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("export_form", "4", "2026-10", str(out), "--store", "S1")
    assert out.read_text() == "before" and len(list(tmp_path.iterdir())) == 1
