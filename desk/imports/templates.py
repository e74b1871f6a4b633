"""An empty workbook for each kind of record: its columns with an example, and a legend of what may stand in them.

The example is a valid row about a customer who does not exist; the person writes over it, and left as it is it comes in nowhere.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from core.money import to_yuan
from desk.imports import callback_sheets, cells, oem_survey, rows
from desk.imports.examples import example
from desk.imports.headers import Layout
from desk.imports.kinds import KINDS
from desk.imports.tables import LEGEND
from desk.models import ImportRun
from reports.forms_callback import FORMS

Kind = ImportRun.Kind

TEXT, DAY, MOMENT, MONEY = "@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "#,##0.00"
# What may stand in a cell, and how it looks: by what reads it.
MEANINGS: dict[Callable, tuple[str, str]] = {
    rows.moment: (gettext_lazy("a date, better with the time: 2026-01-05 14:30; also 2026/1/5, 2026年1月5日, 20260105"), MOMENT),
    rows.day: (gettext_lazy("a date: 2026-01-05; also 2026/1/5, 2026年1月5日, 20260105"), DAY),
    cells.amount: (gettext_lazy("an amount in yuan, not negative; ¥ and thousands separators may stand in it"), MONEY),
    cells.mileage: (gettext_lazy("kilometres: 12000; also 12,000公里 or 1.2万公里"), "0"),
    cells.phones: (gettext_lazy("a phone; several are parted by / 、 ; or a blank"), TEXT),
    cells.plate: (gettext_lazy("a plate such as 渝A12345; a temporary plate (临…) counts as none"), TEXT),
    cells.vin: (gettext_lazy("17 letters and digits, without I, O and Q"), TEXT),
    oem_survey.month: (gettext_lazy("a month: 2026-10; also 2026年10月, 202610, or a date in it"), TEXT),
    oem_survey.sample: (gettext_lazy("a whole number from 1 on: how many customers were asked"), "0"),
    oem_survey.rate: (gettext_lazy("a share: 88.04%, 88.04, or 0.8804"), "0.00%"),
    oem_survey.answer: (gettext_lazy("a score from 1 to 10 (a mean may have decimals), 是 or 否, or — where it was not asked"), "General"),
    cells.kind: (gettext_lazy("one of 保养 首保 一般维修 大修 索赔 事故 返修 召回"), TEXT),
}
# What reads text does not say which: these do. First of the kind, then of all kinds.
YES_NO = gettext_lazy("是 or 否")
SCORE = gettext_lazy("3 (满意), 2 (一般), 1 (不满意), or — where it was not asked")
FIELDS: dict[str, dict[str, str]] = {
    "": {
        "name": gettext_lazy("the owner; another name with another phone on a known car means that the car was sold"),
        "advisor": gettext_lazy("the name; an unknown one is added as a named person"),
        "technician": gettext_lazy("the name; several are parted by 、"),
        "consultant": gettext_lazy("the name; an unknown one is added as a named person"),
        "note": gettext_lazy("text of at most 200 characters"),
    },
    Kind.SERVICE_ORDERS: {
        "number": gettext_lazy("the number of the order, once in a store; a row with a known number changes that order"),
        "contact": gettext_lazy("who brought the car, if not the owner"),
    },
    Kind.CUSTOMERS: {
        "name": gettext_lazy("a person or a company; a row for each car"),
        "gender": gettext_lazy("男 or 女"),
        "kind": gettext_lazy("个人 or 公司"),
        "birthday": gettext_lazy("a date: 1985-06-01"),
        "source": gettext_lazy("朋友介绍, 网络, 车展, 广告, 进店; everything else counts as another source"),
        "licence_expires_on": gettext_lazy("a date, or 长期"),
        "is_vip": YES_NO,
        "do_not_call": YES_NO,
        "maintenance_months": gettext_lazy("a number of months from 1 to 120"),
    },
    Kind.CALLBACKS: {
        "name": gettext_lazy("the customer who was called"),
        **{f"detail_{n}": SCORE for n in range(1, 8)},
        "overall": gettext_lazy("很满意, 满意, 一般, 不满意 or 很不满意"),
        "words": gettext_lazy("what the customer said"),
        "remark": gettext_lazy("why there are no answers: 联络不上, 电话有误, 关机, 停机, 不接受回访"),
    },
    Kind.OEM_SURVEY: {
        "consultant": gettext_lazy("the consultant's name or number, for the survey of sales; then 服务顾问 stays empty"),
        "advisor": gettext_lazy("the advisor's name or number, for the survey of service; then 销售顾问 stays empty"),
    },
}
HEAD = PatternFill("solid", fgColor="E3F1EF")


def write(kind: str, out: IO[bytes]) -> None:
    layout = KINDS[kind].reader.layout
    book = Workbook()
    book.remove(book.active)
    for title, fields in tables(kind):
        _write_table(book.create_sheet(title[:31]), kind, layout, fields)
    _write_legend(book.create_sheet(_(LEGEND)), kind, layout)
    book.save(out)


def tables(kind: str) -> list[tuple[str, list[str]]]:
    """(title, fields) of each sheet with a table: forms 3 and 4 are two."""
    fields = list(KINDS[kind].reader.layout.aliases)
    if kind != Kind.CALLBACKS:
        return [(str(Kind(kind).label), fields)]
    only = {callback_sheets.SALES: {"detail_7"}, callback_sheets.SERVICE: {"next_maintenance_on"}}
    others = {callback_sheets.SALES: only[callback_sheets.SERVICE], callback_sheets.SERVICE: only[callback_sheets.SALES]}
    return [(FORMS[number].title, [name for name in fields if name not in others[number]]) for number in only]


def _group(layout: Layout, field: str) -> tuple[str, ...]:
    """The fields of which one must be there, if this one is among them."""
    return next((group for group in layout.required if field in group), ())


def _meaning(kind: str, field: str) -> tuple[str, str]:
    """(what may stand in the column, its number format)"""
    said, number_format = MEANINGS.get(KINDS[kind].reader.meanings[field], (_("text"), ""))
    said = FIELDS.get(kind, {}).get(field) or FIELDS[""].get(field) or said
    return str(said), number_format or (DAY if isinstance(example(kind, field), date) else TEXT)


def _write_table(sheet, kind: str, layout: Layout, fields: list[str]) -> None:
    sheet.freeze_panes = "A2"
    for column, field in enumerate(fields, start=1):
        letter = get_column_letter(column)
        head = sheet.cell(1, column, layout.title(field) + ("*" if _group(layout, field) else ""))
        head.font, head.fill = Font(bold=True), HEAD
        _text, number_format = _meaning(kind, field)
        value = example(kind, field)
        cell = sheet.cell(2, column, to_yuan(value) if number_format == MONEY and value is not None else value)
        cell.font = Font(color="66737B")
        # What is typed below the example keeps its form, too: a phone or a VIN stays text.
        cell.number_format = sheet.column_dimensions[letter].number_format = number_format
        least = {MOMENT: 19, DAY: 13}.get(number_format, 21 if field == "vin" else 10)
        sheet.column_dimensions[letter].width = max(least, 2 * len(head.value) + 4)


def _write_legend(sheet, kind: str, layout: Layout) -> None:
    heads = [_("column"), _("required"), _("what may stand in it"), _("example"), _("other names that are understood")]
    for column, (text, width) in enumerate(zip(heads, (16, 26, 52, 22, 60), strict=True), start=1):
        head = sheet.cell(1, column, text)
        head.font, head.fill = Font(bold=True), HEAD
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, field in enumerate(layout.aliases, start=2):
        for column, value in enumerate(_legend_of(kind, layout, field), start=1):
            cell = sheet.cell(row, column, value)
            cell.number_format, cell.alignment = TEXT, Alignment(wrap_text=True, vertical="top")
    hint = _(
        "The second row of the table is an example: write over it. The order of the columns is free, and those that are not required may go."
    )
    sheet.cell(sheet.max_row + 2, 1, hint)


def _legend_of(kind: str, layout: Layout, field: str) -> list[str]:
    group = [layout.title(name) for name in _group(layout, field)]
    required = _("one of these: %(names)s") % {"names": "、".join(group)} if len(group) > 1 else _("yes") if group else ""
    text, number_format = _meaning(kind, field)
    shown = example(kind, field)
    if number_format == MONEY and shown is not None:
        shown = to_yuan(shown)
    elif isinstance(shown, datetime):
        shown = shown.strftime("%Y-%m-%d %H:%M")
    return [layout.title(field), required, text, "" if shown is None else str(shown), "、".join(layout.aliases[field][1:])]
