"""Form 9, the care centre's month: what stands on it is what the monthly page says (S3 annex 9, domain §10)."""

from datetime import date
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from openpyxl import load_workbook

from csi.models import OemSurvey
from reports.figures import ALL
from reports.forms_care import FIGURES, CareSheet
from reports.manual import FORMS
from reports.models import Target
from reports.periods import parse
from reports.report import build
from reports.templatetags.figures import target_text
from reports.tests.history import History

OCTOBER = parse("2026-10")


@pytest.fixture
def history(store):
    return History(store, 3).wander(date(2026, 9, 1), 61, orders=60)


def table(sheet, caption: str) -> list[list]:
    block = next(block for block in sheet.blocks() if caption in block.caption)
    return [[cell.value for cell in row] for row in [*block.rows, *block.totals]]


def test_every_row_covers_the_twelve_columns(store, history):
    sheet = CareSheet(store, OCTOBER)
    for block in sheet.blocks():
        for row in [*block.heads, *block.rows, *block.totals]:
            assert sum(cell.span for cell in row) == len(sheet.widths) == 12, block.caption


def test_its_figures_are_the_reports(store, history):
    report = build(store, OCTOBER)
    rows = {row[0]: row for row in table(CareSheet(store, OCTOBER), "用户满意度")}
    assert set(rows) == set(FIGURES.values())
    for code, name in FIGURES.items():
        value = report.figures[code]
        assert rows[name][2] == value.n
        if value.value is not None and code != "nps":
            assert rows[name][1] == f"{value.value * 100:.1f}%"


def test_it_judges_by_the_targets_that_the_store_has_set(store, history):
    found = build(store, OCTOBER).figures
    for code, goal in (("satisfaction_rate", found["satisfaction_rate"].value), ("delight_rate", found["delight_rate"].value + 0.01)):
        Target.objects.create(store=store, quarter=date(2026, 10, 1), figure=code, value=round(goal * 10_000 - 0.5))
    block = next(block for block in CareSheet(store, OCTOBER).blocks() if "用户满意度" in block.caption)
    rows = {row[0].value: row for row in block.rows}
    report = build(store, OCTOBER)
    for code, is_bad in (("satisfaction_rate", False), ("delight_rate", True)):
        row, figure = rows[FIGURES[code]], ALL[code]
        assert (row[-1].value, row[1].is_bad) == (target_text(figure, report.targets.of(figure, OCTOBER)), is_bad)


def test_its_calls_add_up_and_are_the_callback_rates(store, history):
    *plans, total = table(CareSheet(store, OCTOBER), "回访工作")
    value = build(store, OCTOBER).figures["callback_rate"]
    assert total[0] == "合计" and total[1] == sum(row[1] for row in plans) == value.n
    assert (total[2], total[3]) == (value.hits, pytest.approx(value.value))


def test_who_differs_and_the_gap_to_the_manufacturer_stand_on_it(store):
    history = History(store)
    worse, good, _other = history.advisors
    for n in range(60):
        for advisor, bad in ((worse, n % 2 == 0), (good, False)):
            history.response(
                history.order(history.vehicle(), date(2026, 10, 5), advisor=advisor), date(2026, 10, 7), overall=2 if bad else 5
            )
    OemSurvey.objects.create(store=store, month=OCTOBER.first, audience="service", person=good, n=20, rate=8800)
    sheet = CareSheet(store, OCTOBER)
    rows = {row[0]: row for row in table(sheet, "服务顾问")}
    assert rows[worse.name][1:] == [0.5, 60, "低于全店", None, "—", "—", 0]
    assert rows[good.name][1:] == [1.0, 60, "高于全店", 0.88, 20, "+12.0", 0]
    block = next(block for block in sheet.blocks() if "服务顾问" in block.caption)
    assert block.lines == [f"服务顾问：{worse.name}低于全店、{good.name}高于全店，超出偶然波动（共比较2人）。", "厂家调查：本月1人。"]


def test_a_month_without_anything_has_a_form_too(store):
    sheet = CareSheet(store, parse("2026-03"))
    assert [block.caption[:1] for block in sheet.blocks()][:10] == list("一二三四五六七八九十")


def test_it_is_exported_by_the_command_and_by_the_page(store, history, tmp_path, signed_in):
    out = tmp_path / "form9.xlsx"
    call_command("export_form", "9", "2026-10", "--store", "S1", str(out))
    cells = [cell for row in load_workbook(out).active.values for cell in row if cell]
    assert "2026年10月" in cells[0] and "经销商用户关系中心" in cells[0] and "售后满意率" in cells
    with pytest.raises(CommandError, match="kept by the month"):
        call_command("export_form", "9", "2026-W44", "--store", "S1", str(out))
    client = signed_in("care_manager")
    page = client.get(reverse("reports:form", args=[9]), {"period": "2026-10"})
    assert page.status_code == 200 and "服务顾问与销售顾问" in page.content.decode()
    answer = client.post(reverse("reports:form_export", args=[9]), {"period": "2026-10"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content) if answer.streaming else answer.content)).active
    assert sheet.page_setup.orientation == "portrait" and sheet.page_setup.paperSize == 9


def test_it_names_no_customer(store, history):
    text = " ".join(str(cell.value) for block in CareSheet(store, OCTOBER).blocks() for row in block.rows for cell in row)
    assert "客户1" not in text and "渝A" not in text
    assert not FORMS[9].has_numbers


def test_of_a_month_that_goes_on_it_says_that_all_of_it_is_provisional(store, history, tmp_path, signed_in, time_machine):
    time_machine.move_to("2026-10-31 20:00+08:00", tick=False)
    client = signed_in("care_manager")
    said = "本月尚未结束：表中各项均为截至2026-10-31的暂计。"
    assert said in client.get(reverse("reports:form", args=[9]), {"period": "2026-10"}).content.decode()
    out = tmp_path / "form9.xlsx"
    call_command("export_form", "9", "2026-10", "--store", "S1", str(out))
    assert said in [cell for row in load_workbook(out).active.values for cell in row]
    time_machine.move_to("2026-11-01 08:00+08:00", tick=False)
    assert "本月尚未结束" not in "".join(CareSheet(store, OCTOBER).notes)
