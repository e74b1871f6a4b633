"""An import from the upload to the corrected row, in a browser: with worker and beat, as `manage.py serve` runs them."""

import io

import openpyxl
import pytest

from desk.models import ImportRun, LearnedColumn
from visits.models import ServiceOrder

HEAD = ["流水编码", "客户姓名", "客户电话", "车牌号", "车架号", "进店日期", "结算金额", "颜色"]


def workbook(rows: int) -> bytes:
    """The export of some system: a title above the header, a number column that is called otherwise, one wrong row, a total."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    sheet.title = "维修工单"
    sheet.append(["某某汽车 维修工单 2026年10月"])
    sheet.append(HEAD)
    for n in range(1, rows + 1):
        vin = "LS4ABC" if n == 5 else f"LS4A00000{n:08d}"
        sheet.append([f"RO{n:04d}", f"王甲{n}", f"138{n:08d}", f"渝A{n:05d}", vin, f"2026-10-{1 + n % 28:02d} 09:30", 100 + n, "白"])
    sheet.append(["合计", *[None] * 5, 1, None])
    book.save(file)
    return file.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "orders.xlsx"
    path.write_bytes(workbook(60))
    return str(path)


def give(page, file: str) -> None:
    page.goto("/imports/")
    page.locator("#file").set_input_files(file)
    page.locator("form[enctype] button").click()
    page.wait_for_url("**/imports/*/")


def begin(page) -> None:
    page.locator(".import-go .btn-primary").click()
    page.locator(".stats").wait_for(timeout=30_000)


def stats(page) -> list[str]:
    return [text.strip() for text in page.locator(".stat-value").all_inner_texts()]


def test_a_month_comes_in_a_wrong_row_is_corrected_and_the_same_file_again_changes_nothing(house, page_as, file):
    user = house.person("care_manager")
    house.open(worker=True, SWEEP_EVERY="1")
    page = page_as(user)
    give(page, file)
    # The number column is called otherwise: without it nothing can be started; a word by hand mends that.
    assert page.locator(".import-summary .note-error").count() == 1
    page.locator("select[aria-label='流水编码']").select_option("number")
    page.locator(".import-go .btn-primary").click()
    page.locator(".import-would").wait_for()
    assert "59" in page.locator(".import-go .btn-primary").inner_text()
    begin(page)
    assert stats(page) == ["59", "0", "0", "1"]
    assert ServiceOrder.objects.count() == 59
    # The keyboard alone: open the first rejected row, mend the cell that has the focus, save.
    page.keyboard.press("c")
    page.wait_for_function("document.activeElement.name === 'cell-4'")
    page.keyboard.press("Control+a")
    page.keyboard.type("LS4A0000000000105")
    page.keyboard.press("Enter")
    page.locator(".stats").wait_for()
    assert stats(page) == ["60", "0", "0", "0"]
    assert ServiceOrder.objects.get(number="RO0005").vehicle.vin == "LS4A0000000000105"
    # What was said about the column is remembered.
    assert LearnedColumn.objects.get().field == "number"
    give(page, file)
    assert page.locator(".import-summary .note-error").count() == 0
    begin(page)
    assert stats(page) == ["0", "0", "59", "1"]
    assert ImportRun.objects.count() == 2 and not ImportRun.objects.exclude(data=None).exists()


def test_without_javascript_every_step_works_by_plain_forms(house, page_as, file):
    user = house.person("care_manager")
    house.open(worker=True, SWEEP_EVERY="1")
    page = page_as(user, width=390, java_script_enabled=False)
    give(page, file)
    page.locator("select[aria-label='流水编码']").select_option("number")
    page.locator(".import-go .btn-primary").click()
    page.locator(".import-go .btn-primary").click()
    for _try in range(60):
        if page.locator(".stats").count():
            break
        page.wait_for_timeout(250)
        page.locator("#progress a").click()
    assert stats(page) == ["59", "0", "0", "1"]
    page.locator(".import-todo .btn-primary").click()
    page.locator("#cell-4").fill("LS4A0000000000105")
    page.locator("form.panel .btn-primary").click()
    page.locator(".stats").wait_for()
    assert stats(page) == ["60", "0", "0", "0"]


def test_no_page_is_wider_than_the_window(house, page_as, file):
    user = house.person("care_manager")
    house.open(worker=True, SWEEP_EVERY="1")
    page = page_as(user, width=390)

    def fits() -> bool:
        """On a telephone, and at a desk."""
        wide = False
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            wide = wide or page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        return not wide

    give(page, file)
    assert fits()
    page.locator("select[aria-label='流水编码']").select_option("number")
    page.locator(".import-go .btn-primary").click()
    page.locator(".import-would").wait_for()
    begin(page)
    assert fits()
    page.locator(".import-todo .btn-primary").click()
    page.locator("#cell-4").wait_for()
    assert fits()
    page.goto("/imports/")
    assert fits()
