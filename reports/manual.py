"""Every form that there is, for its pages, its workbook and `manage.py export_form`: the manual's by number, the departments' weekly
sheets by department."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import IO

from django.urls import reverse

from complaints.kinds import Department
from reports import forms_workbook, paper_workbook
from reports.forms_callback import FORMS as CALLBACK_FORMS
from reports.forms_callback import CallbackForm, CallbackSheet
from reports.forms_calls import SalesCalls, ServiceCalls
from reports.forms_care import CareSheet
from reports.forms_complaints import MajorSheet, MonthlySheet, StatisticsSheet
from reports.forms_department import NAMES, SalesWeek, ServiceWeek
from reports.forms_process import ProcessSheet
from reports.paper import Sheet
from reports.periods import MONTH, WEEK, Period, containing
from staff.models import Access, Store

AnySheet = CallbackSheet | Sheet


@dataclass(frozen=True)
class Form:
    """key: the number in the manual, or the department. kinds: of the periods it is kept for. make: (store, period, access) -> sheet.
    has_numbers: there are phone numbers on it. is_full: it says something also of a period without a row."""

    key: int | str
    title: str
    make: Callable[[Store, Period, Access | None], AnySheet]
    write: Callable[..., int]
    kinds: tuple[str, ...] = (MONTH, WEEK)
    has_numbers: bool = True
    is_full: bool = False

    @property
    def number(self) -> int | None:
        return self.key if isinstance(self.key, int) else None

    @property
    def url(self) -> str:
        return reverse("reports:form", args=[self.key]) if self.number else reverse("reports:department", args=[self.key])

    @property
    def numbers_url(self) -> str:
        return reverse("reports:form_numbers", args=[self.key])

    @property
    def export_url(self) -> str:
        return reverse("reports:form_export", args=[self.key]) if self.number else reverse("reports:department_export", args=[self.key])

    def period_near(self, period: Period, today: date) -> Period:
        """The period itself, or where the form is not kept for such ones, the one that its last day (that has come) lies in."""
        return period if period.kind in self.kinds else containing(min(period.last, max(today, period.first)), self.kinds[0])


def _callback(form: CallbackForm) -> Form:
    return Form(form.number, form.title, lambda store, period, access: CallbackSheet(form, store, period), forms_workbook.write)


FORMS: dict[int | str, Form] = {
    1: Form(1, SalesCalls.title, SalesCalls, paper_workbook.write),
    2: Form(2, ServiceCalls.title, ServiceCalls, paper_workbook.write),
    **{number: _callback(form) for number, form in CALLBACK_FORMS.items()},
    5: Form(5, ProcessSheet.title, ProcessSheet, paper_workbook.write),
    6: Form(6, StatisticsSheet.title, StatisticsSheet, paper_workbook.write),
    7: Form(7, "用户投诉处理统计月报表", MonthlySheet, paper_workbook.write, kinds=(MONTH,), has_numbers=False, is_full=True),
    8: Form(8, MajorSheet.title, MajorSheet, paper_workbook.write),
    9: Form(9, "经销商用户关系中心月报表", CareSheet, paper_workbook.write, kinds=(MONTH,), has_numbers=False, is_full=True),
}
DEPARTMENTS: dict[int | str, Form] = {
    str(sheet.department): Form(
        str(sheet.department),
        f"{NAMES[Department(sheet.department)]}投诉周报",
        sheet,
        paper_workbook.write,
        kinds=(WEEK,),
        has_numbers=False,
        is_full=True,
    )
    for sheet in (ServiceWeek, SalesWeek)
}


@dataclass(frozen=True)
class Tile:
    """A form and the period that a page offers it for."""

    form: Form
    period: Period


def tiles(period: Period, today: date, forms: Iterable[Form] = tuple(FORMS.values())) -> list[Tile]:
    return [Tile(form, form.period_near(period, today)) for form in forms]


def write(form: Form, sheet: AnySheet, out: IO[bytes], *, made_by: str, made_on: date) -> int:
    return form.write(sheet, out, made_by=made_by, made_on=made_on)
