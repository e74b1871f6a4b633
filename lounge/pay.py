"""The payroll sheet of a month: rewards and deductions from the verdicts (S0). Refused until the store has set its percentages."""

from dataclasses import dataclass
from datetime import date
from typing import IO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side

from core.xlsx import appended, look
from csi.models import Questionnaire
from lounge import history, words
from lounge.models import PayPercentages, SampleMonth
from lounge.models.verdict import percent
from lounge.verdicts import Outcome
from staff.models import Store

Audience = Questionnaire.Audience
TITLES = {"service": "服务顾问", "sales": "销售顾问"}


class NotSet(Exception):
    """The store has not set what a reward adds and a deduction takes."""


@dataclass(frozen=True)
class Row:
    person: str
    audience: str
    verdict: str
    mean: str
    n: int
    reward: int
    deduction: int
    why: str

    @property
    def reward_text(self) -> str:
        return percent(self.reward)

    @property
    def deduction_text(self) -> str:
        return percent(self.deduction)


@dataclass(frozen=True)
class Sheet:
    """rows: everybody with a verdict. given_on: None while the month is not judged."""

    month: date
    percentages: PayPercentages
    given_on: date | None
    rows: list[Row]


def in_force(store: Store, row: SampleMonth | None) -> PayPercentages:
    """Those of the day of the verdicts; where none were set then, the first that were set afterwards ◆. Raises NotSet."""
    of_store = PayPercentages.objects.filter(store=store)
    found = of_store.filter(at__lte=row.judged_at).last() if row and row.judged_at else of_store.last()
    found = found or of_store.first()
    if found is None:
        raise NotSet
    return found


def sheet(store: Store, month: date) -> Sheet:
    """Raises NotSet."""
    row = SampleMonth.objects.filter(store=store, month=month).first()
    percentages = in_force(store, row)
    known = [one for one in history.known(store, until=month).values() if one.verdict.month == month]
    known.sort(key=lambda one: (one.verdict.audience == Audience.SALES, one.verdict.person.name_key, one.verdict.pk))
    return Sheet(month, percentages, known[0].verdict.decided_on if known else None, [_row(one, percentages) for one in known])


def _row(one: history.Known, percentages: PayPercentages) -> Row:
    if one.excuse:
        verdict = _("excused")
    elif one.consequence.deduction:
        verdict = _("not passed, twice running")
    else:
        verdict = str(Outcome(one.verdict.outcome).label)
    return Row(
        person=one.verdict.person.name,
        audience=one.verdict.audience,
        verdict=verdict,
        mean=words.share(one.judged.mean),
        n=one.judged.n,
        reward=percentages.reward if one.consequence.reward else 0,
        deduction=percentages.deduction if one.consequence.deduction else 0,
        why=words.why(one.judged),
    )


HEADS = [
    ("序号", 6), ("姓名", 12), ("岗位", 12), ("有效访谈", 10), ("落实率", 10), ("结论", 18), ("奖励绩效工资", 14), ("扣除绩效工资", 14), ("说明", 52),
]  # fmt: skip


def write(found: Sheet, out: IO[bytes], *, store: Store, made_by: str, made_on: date) -> int:
    """The sheet as .xlsx; returns the number of rows. Chinese, as the payroll clerk keeps it."""
    book = Workbook()
    page = book.active
    page.title = f"{found.month:%Y-%m}"
    for n, (_head, width) in enumerate(HEADS):
        page.column_dimensions["ABCDEFGHI"[n]].width = width
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    grid = Border(*[Side(style="thin")] * 4)
    centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
    title = look(book, font=Font(bold=True, size=16), alignment=centre)
    head = look(book, font=Font(bold=True), border=grid, alignment=centre)
    middle = look(book, border=grid, alignment=centre)
    words_ = look(book, border=grid, alignment=Alignment(vertical="center", wrap_text=True))
    plain = look(book, alignment=Alignment(vertical="center"))
    with appended(book, out) as rows:
        rows.append([f"{store.name} {found.month.year}年{found.month.month}月落实率奖惩表", *[""] * 8], [title] * 9, 28)
        rows.merge(1, 9, 1)
        rows.append([name for name, _width in HEADS], [head] * 9)
        for n, row in enumerate(found.rows, start=1):
            values = [
                n, row.person, TITLES[row.audience], row.n, row.mean, row.verdict,
                f"+{percent(row.reward)}" if row.reward else "", f"-{percent(row.deduction)}" if row.deduction else "", row.why,
            ]  # fmt: skip
            rows.append(values, [*[middle] * 8, words_])
        rows.append([f"制表：{made_by}　{made_on:%Y-%m-%d}　　审批：", *[""] * 8], [plain] * 9)
    return len(found.rows)
