"""Forms 5–8 and the departments' weekly sheets as a spreadsheet reads them back; the command that writes them."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from customers.models import Phone
from reports.manual import DEPARTMENTS, FORMS, write
from reports.periods import parse
from reports.tests.complaining import KEPT, LATE, Complaining
from staff.models import Store

DAY = date(2026, 10, 13)
EVIL = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]


@pytest.fixture
def october(store):
    """A call that is owed and two complaints, one of them major."""
    history = Complaining(store)
    first = history.complained(DAY, severity="major", words="等太久", clocks={"first_reply": KEPT, "department_reply": LATE})
    Phone.objects.create(store=store, customer=first.customer, number="+8613812345678", tail="")
    history.complained(date(2026, 10, 15), link="service", department="sales", end="in_hand", clocks={"first_reply": KEPT})
    history.followup(history.order(first.vehicle, date(2026, 10, 3)), due_on=DAY, dialled_at=history.at(DAY), status="done")
    return history


def book_of(form, period="2026-10", made_by="汪嘉斌"):
    out = BytesIO()
    sheet = form.make(Store.objects.get(), parse(period), None)
    write(form, sheet, out, made_by=made_by, made_on=date(2026, 11, 2))
    return load_workbook(out).active


def lines(sheet) -> list[list]:
    return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


def test_form_5_cell_by_cell(october):
    assert lines(book_of(FORMS[5])) == [
        ["用户中心回访过程管理表"],
        ["单位：测试店", "期间：2026年10月（2026-10-01 至 2026-10-31）"],
        ["序号", "回访类别", "用户姓名", "车牌号", "车型", "电话号码", "回访期限", "首次拨打", "拨打次数", "是否及时", "回访结果", "完成时间", "回访员", "备注"],
        [1, "服务回访", "客户0", "渝A00000", "逸动", "13812345678", "2026-10-13 18:00", "2026-10-13 10:00", 1, "是", "接受回访", "2026-10-13 10:00", "客服0", "—"],
        ["累计", 1, 1, 1, 1],
        ["按回访类别统计"],
        ["回访类别", "应回访", "已拨打", "回访率", "及时", "及时率", "接受回访", "成功率", "联络不上", "电话有误", "不接受回访", "未完成"],
        ["服务回访", 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
        ["合计", 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
        ["备注：1、列期限在本期内的全部回访，取消的不计；2、及时：首次拨打不晚于期限；3、回访率＝已拨打÷应回访，及时率＝及时÷应回访，成功率＝接受回访÷应回访。"],
        ["制表：汪嘉斌　　2026-11-02"],
    ]  # fmt: skip


def test_form_6_has_a_merged_title_two_rows_of_heads_and_its_sums(october):
    sheet = book_of(FORMS[6])
    found = lines(sheet)
    assert found[0] == ["用户投诉统计表"]
    assert found[2][-3:] == ["处理人", "211时限", "处理状态"] and found[3] == ["首次答复", "部门答复", "回访"]
    assert found[4][:2] == [1, "S1-2026-0000"] and found[4][6] == "13812345678" and found[4][-4:] == ["守时", "超时", "—", "客户满意"]
    assert found[6] == ["累计", "2 件，其中重大 1 件", "2/2", "0/1", "—"]
    assert found[7:11] == [
        ["按投诉渠道：电话 2"],
        ["按投诉环节：质量 1、服务 1"],
        ["按责任部门：销售 1、售后 1"],
        ["按严重程度：重大 1、一般 1"],
    ]
    merged = {str(ref) for ref in sheet.merged_cells.ranges}
    assert {"A1:S1", "A2:I2", "J2:S2", "P3:R3", "A3:A4", "O3:O4", "S3:S4", "B7:O7", "A8:S8"} <= merged
    assert sheet["A1"].font.bold and sheet["A1"].font.sz == 16
    assert sheet.print_title_rows == "$3:$4" and sheet.freeze_panes == "A5" and sheet.page_setup.orientation == "landscape"
    for place in ("A3", "S4", "A5", "S6", "S7"):
        assert sheet[place].border.left.style == sheet[place].border.bottom.style == "thin", place
    assert sheet["G5"].number_format == "@"


def test_form_7_has_its_tables_below_one_another_and_shares_as_shares(october):
    sheet = book_of(FORMS[7])
    found = lines(sheet)
    assert found[0] == ["2026年10月份用户投诉处理统计月报表"] and sheet.page_setup.orientation == "portrait"
    captions = ["一、投诉受理与处理", "二、投诉渠道", "三、211时限执行情况", "四、关键时刻（MOT）标准", "五、投诉率", "六、原因与改善措施"]
    assert [line[0] for line in found if str(line[0])[1:2] == "、"] == captions
    total = next(row for row in sheet.iter_rows() if row[0].value == "合计")
    assert [cell.value for cell in total if cell.value is not None] == ["合计", 2, 1, 0, "+2", 1, 1, 1, 1, 1, 1]
    assert total[3].number_format == "0.0%" and {f"A{total[0].row}:B{total[0].row}"} <= {str(ref) for ref in sheet.merged_cells.ranges}
    assert ["首次答复", 2, 2, 1, "—"] in found
    assert ["用户关系经理：", "服务经理：", "销售经理：", "总经理："] in found


def test_form_8_is_a_report_of_each_with_its_path_merged_beside_it(october):
    sheet = book_of(FORMS[8])
    found = lines(sheet)
    assert ["（1）S1-2026-0000"] in found and ["投诉内容", "等太久"] in found and not any("S1-2026-0001" in str(line) for line in found)
    assert ["用户姓名", "客户0", "联系电话", "13812345678", "车牌号", "渝A00000", "车型", "逸动"] in found
    (path,) = [row[0].row for row in sheet.iter_rows() if row[0].value == "处理经过"]
    assert {f"C{path}:C{path}", f"D{path}:E{path}"} & {str(ref) for ref in sheet.merged_cells.ranges} and sheet.cell(
        path, 2
    ).value == "2026-10-13 10:00"


def test_a_path_of_several_steps_is_one_cell_beside_them(october):
    from complaints.models import Complaint, Entry

    row = Complaint.objects.get(severity="major")
    for told in ("明天回复", "修好了"):
        Entry.objects.create(complaint=row, kind="replied", told=told, status="closed", level=2)
    sheet = book_of(FORMS[8])
    (path,) = [line[0].row for line in sheet.iter_rows() if line[0].value == "处理经过"]
    assert f"A{path}:A{path + 2}" in {str(ref) for ref in sheet.merged_cells.ranges}
    assert [sheet.cell(path + n, 6).value for n in range(3)] == ["—", "明天回复", "修好了"]
    assert sheet.cell(path + 3, 1).value == "原因分析"


def test_a_departments_week_has_days_as_days(october):
    sheet = book_of(DEPARTMENTS["service"], "2026-W42")
    found = lines(sheet)
    assert found[0] == ["售后服务部投诉周报"] and found[2] == ["一、本周投诉"]
    assert found[5][:4] == [1, "S1-2026-0000", datetime(2026, 10, 13), "…000"]
    assert found[6] == ["合计", "1 件", "1/1", "0/1", "—"]
    begin = found.index(["三、改善措施及落实"])
    assert found[begin + 2] == ["S1-2026-0000", datetime(2026, 10, 13), "质量", "派工不及时", "交车前复检", "顾问0", "未落实", "—"]
    assert found[begin + 4] == ["部门经理签字：＿＿＿＿＿＿＿＿　（未签字）"]


@pytest.mark.parametrize("form", [*(FORMS[number] for number in (5, 6, 7, 8)), *DEPARTMENTS.values()], ids=lambda form: str(form.key))
def test_what_people_wrote_is_never_a_formula(store, form):
    history = Complaining(store)
    for n, evil in enumerate(EVIL):
        history.complained(DAY, words=evil, demands=evil, severity="major", cause=evil, solution=evil, result=evil, measure=evil, department=["service", "sales"][n % 2])  # fmt: skip
        vehicle = history.vehicle()
        vehicle.customer.name = evil
        vehicle.customer.save()
        history.followup(history.order(vehicle, date(2026, 10, 3)), due_on=DAY, dialled_at=history.at(DAY), status="done")
    sheet = book_of(form, "2026-W42" if form in DEPARTMENTS.values() else "2026-10")
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    evil = [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in ("=", "+", "@") and cell.value not in ("+6", "+3")]
    assert evil and all(cell.quotePrefix for cell in evil if cell.value[0] in "=@")


@pytest.mark.parametrize("number", [5, 6, 7, 8])
def test_a_month_without_anything_is_an_empty_form(store, number):
    found = lines(book_of(FORMS[number], made_by=""))
    assert found[0][0].endswith(FORMS[number].title) and found[-1][0].startswith("制表：")
    assert number != 8 or ["本期无。"] in found
    assert number != 6 or ["累计", "0 件，其中重大 0 件", "—", "—", "—"] in found


@pytest.mark.parametrize(("number", "rows"), [(5, 1), (6, 2), (7, 2), (8, 1)])
def test_the_command_writes_each_of_them(october, tmp_path, capsys, number, rows):
    out = tmp_path / "form.xlsx"
    call_command("export_form", str(number), "2026-10", str(out), "--store", "S1")
    assert f"form {number}, S1, 2026-10, {rows} rows" in capsys.readouterr().out
    assert FORMS[number].title in load_workbook(out).active["A1"].value


@pytest.mark.parametrize("number", [5, 6, 8])
def test_the_command_takes_a_week(october, tmp_path, number):
    out = tmp_path / "form.xlsx"
    call_command("export_form", str(number), "2026-W42", str(out), "--store", "S1")
    assert "2026年第42周" in str(lines(load_workbook(out).active)[1])


def test_the_monthly_report_is_refused_for_a_week_with_the_month_to_ask_for(october, tmp_path):
    with pytest.raises(CommandError, match="2026-10"):
        call_command("export_form", "7", "2026-W42", str(tmp_path / "o.xlsx"), "--store", "S1")
    assert not list(tmp_path.iterdir())
