"""A file is understood while it still comes: the same comes of it however it comes, and nothing of one that turns out unreadable."""

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from core.tabular import Sheet
from core.workdays import Hours
from desk.imports import cells, headers, rows, runs, tables
from desk.imports.kinds import KINDS
from desk.imports.orders import READER
from desk.models import ImportRun
from tests.importing import COLUMNS, orders
from visits.models import ServiceOrder

OPENING = Hours(tz=ZoneInfo("Asia/Shanghai"), weekly=(((480, 1080),),) * 7)
ORDERS = [["" if cell is None else str(cell) for cell in values] for values in orders(120)]
FORM_3 = ["车架号", "客户姓名", "联系电话", "回访日期", *[f"回访明细{n}" for n in range(1, 8)], "总体评价"]


def order_rows(n: int, rng: random.Random) -> list[list[str]]:
    """Orders, some of them wrong, some twice, with totals and the head again on the next page."""
    found = []
    for _n in range(n):
        cells = list(rng.choice(ORDERS))
        if rng.random() < 0.1:
            cells[8] = "昨天"
        if rng.random() < 0.1:
            cells[3] = "12"
        if rng.random() < 0.2:
            cells[rng.randrange(20)] = ""
        if rng.random() < 0.1:
            del cells[rng.randrange(6, 20) :]
        found.append(cells)
        if rng.random() < 0.05:
            found.append(["合计", *[""] * 11, "100"])
        if rng.random() < 0.05:
            found.append(COLUMNS)
    return found


def sheet(name: str, title_rows: int, table: list[list[str]]) -> Sheet:
    return Sheet(name, list(enumerate([["维修工单"]] * title_rows + table, start=1)))


@st.composite
def files(draw):
    """(kind, sheets)"""
    rng = random.Random(draw(st.integers(0, 10**6)))
    sheets = []
    for n in range(draw(st.integers(1, 3))):
        table = draw(st.sampled_from(["orders", "orders", "other", "form"]))
        titles, length = draw(st.integers(0, 3)), draw(st.integers(0, 60))
        if table == "orders":
            lines = [COLUMNS, *order_rows(length, rng)]
        elif table == "form":
            lines = [
                FORM_3,
                *[[cells[5], cells[2], cells[3], "2026-03-02", *["3"] * 7, "满意"] for cells in order_rows(length, rng)],
                ["累计", "3"],
            ]
        else:
            lines = [["甲", "乙"], *[["1", "2"]] * length]
        sheets.append(sheet(f"表{n}", titles, lines))
    return draw(st.sampled_from(["service_orders", "callbacks"])), sheets


def outcome(read) -> object:
    try:
        reading = read()
    except tables.NoTable as problem:
        return str(problem)
    facts = [(row.sheet, row.row, row.cells, row.facts) for row in reading.rows]
    return facts, reading.rejects, reading.warnings, reading.headers


@pytest.mark.pure
@settings(max_examples=60, deadline=None)
@given(file=files(), steps=st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_however_a_file_comes_it_says_the_same(file, steps):
    kind, sheets = file
    reader = KINDS[kind].reader
    at_once = outcome(lambda: tables.read(reader, sheets, OPENING))

    unfinished, growing = tables.Unfinished(reader, OPENING), []
    everything = [(whole, row) for whole in sheets for row in whole.rows]
    random.Random(len(everything)).shuffle(steps)
    at = 0
    while at < len(everything):
        step = steps[at % len(steps)]
        for whole, row in everything[at : at + step]:
            if not growing or growing[-1].name != whole.name:
                growing.append(Sheet(whole.name, []))
            growing[-1].rows.append(row)
        at += step
        unfinished.go_on(growing)
    assert outcome(lambda: unfinished.end(growing)) == at_once


@pytest.mark.pure
def test_rows_are_asked_what_they_mean_while_the_file_still_comes():
    unfinished = tables.Unfinished(KINDS["service_orders"].reader, OPENING)
    came = sheet("", 0, [COLUMNS, *ORDERS])
    some = Sheet("", came.rows[: headers.TITLE_ROWS])
    unfinished.go_on([some])
    assert not unfinished.reading.rows  # the header may stand below these
    unfinished.go_on([Sheet("", came.rows[:100])])
    assert len(unfinished.reading.rows) == 99
    assert len(unfinished.end([came]).rows) == 120


@pytest.mark.pure
def test_a_column_has_the_letter_that_spreadsheets_give_it():
    assert [headers.letter(index) for index in range(800)] == [get_column_letter(index + 1) for index in range(800)]


@pytest.mark.pure
def test_an_empty_cell_says_nothing_however_many_different_ones_stand_above_it(monkeypatch):
    """Only so many texts of a column are remembered."""
    monkeypatch.setattr(rows, "REMEMBERED", 10)
    table = [list(cells) for cells in ORDERS]
    table[-1][3] = table[-1][6] = ""
    reading = tables.read(KINDS["service_orders"].reader, [sheet("", 0, [COLUMNS, *table])], OPENING)
    assert len(reading.rows) == 120
    assert "phone" not in reading.rows[-1].facts and "model" not in reading.rows[-1].facts


def test_nothing_comes_in_of_a_file_that_breaks_off_after_thousands_of_rows(store, monkeypatch):
    asked, go_on = [], tables.Unfinished.go_on
    monkeypatch.setattr(tables.Unfinished, "go_on", lambda self, sheets: (asked.append(len(sheets[-1].rows)), go_on(self, sheets)))
    lines = ["工单号,客户姓名,客户电话,车牌号,进店日期"] + [f"RO{n},王伟,13812345678,渝A12345,2026-03-02 09:30" for n in range(20_000)]
    data = ("\n".join(lines) + '\nRO20000,"王伟,13812345678').encode()
    runs.add(store=store, kind="service_orders", filename="o.csv", data=data, status=ImportRun.Status.WAITING)
    run = runs.work(store)
    assert asked and run.status == ImportRun.Status.FAILED and "20002" in run.problem
    assert not ServiceOrder.objects.exists()


@pytest.mark.pure
def test_without_an_example_a_row_that_says_nothing_is_rejected_as_any_other():
    table = [["工单号", "进店日期", "客户姓名", "车牌号", "别的"], ["", "", "", "", "x"]]
    assert len(tables.read(READER, [sheet("", 0, table)], OPENING).rejects) == 1


@pytest.mark.pure
@given(
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]),
    at=st.datetimes(datetime(1980, 1, 1), datetime(2100, 12, 31)) | st.datetimes(datetime(2026, 3, 29), datetime(2026, 3, 29, 23, 59)),
)
@example(zone="Europe/Berlin", at=datetime(2026, 10, 25, 14, 30))  # the clocks have gone back on this day
@example(zone="Asia/Shanghai", at=datetime(1986, 5, 4, 14, 30))  # and forward here
def test_a_local_time_is_the_moment_that_its_zone_says(zone, at):
    days = rows.Days(Hours(tz=ZoneInfo(zone), weekly=(((480, 1080),),) * 7))
    moment = days.utc(cells.Moment(at, has_time=True), closing=False)
    assert moment == at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert moment.tzinfo is UTC
