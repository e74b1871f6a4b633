"""Forms 3 and 4 on screen, for the printer, and as Excel. Whole phone numbers are for those who may export, by POST, written down."""

from tempfile import TemporaryFile

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from core import audit
from customers.identifiers import mask_phone, mask_vin
from reports.forms_callback import FORMS, NOTHING, CallbackSheet, Row, national
from reports.forms_workbook import write
from reports.monthly import default_period
from reports.periods import MONTH, WEEK, containing
from reports.views.periods import asked_period
from reports.views.satisfaction import XLSX
from staff.access import requires

PER_PAGE = 200
GRIEVANCES = 100  # on the page; the workbook has them all


def _sheet(request, number: int, values) -> CallbackSheet:
    if number not in FORMS:
        raise Http404
    period = asked_period(values) or default_period(request.store, MONTH, request.store.today())
    return CallbackSheet(FORMS[number], request.store, period)


def _page_number(values, last: int) -> int:
    """From 1; 404 for what is no page."""
    text = values.get("page", "1")
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or not 1 <= int(text) <= max(last, 1):
        raise Http404
    return int(text)


def _shown(row: Row, whole: bool) -> dict:
    phone = national(row.phone) if whole else row.phone and mask_phone(row.phone)
    return {"row": row, "phone": phone or NOTHING, "vin": (row.vin if whole else mask_vin(row.vin)) or NOTHING}


def _render(request, sheet: CallbackSheet, values, *, whole: bool):
    today, period = request.store.today(), sheet.period
    last = -(-len(sheet) // PER_PAGE)
    page = _page_number(values, last)
    tally = sheet.tally()
    grievances, count = sheet.grievances(GRIEVANCES)

    def url(number: int) -> str:
        return f"?{urlencode({'period': period.code, 'page': number})}"

    context = {
        "form": sheet.form,
        "forms": FORMS.values(),
        "sheet": sheet,
        "period": period,
        "month": containing(period.first, MONTH),
        "week": containing(min(period.last, today), WEEK),
        "is_running": period.is_running(today),
        "rows": [_shown(row, whole) for row in sheet.rows((page - 1) * PER_PAGE, PER_PAGE)],
        "total": len(sheet),
        "tally": tally,
        "grievances": grievances,
        "grievances_left": count - len(grievances),
        "detail_numbers": range(1, len(sheet.form.asked) + 1),
        "page": page,
        "last_page": last,
        # Whole numbers come by POST: the next page of them would need one, too.
        "next_url": url(page + 1) if page < last and not whole else "",
        "first_url": url(1) if page > 1 and not whole else "",
        "masked_url": url(page),
        "whole": whole,
        "today": today,
    }
    return render(request, "reports/form.html", context)


@require_GET
@requires("reports.view")
def form(request, number):
    return _render(request, _sheet(request, number, request.GET), request.GET, whole=False)


@require_POST
@requires("reports.export")
def numbers(request, number):
    """The same page with whole phone numbers and VINs, to print: who asked for it is kept."""
    sheet = _sheet(request, number, request.POST)
    page = _render(request, sheet, request.POST, whole=True)
    details = {"form": number, "period": sheet.period.code, "page": request.POST.get("page", "1")}
    audit.record("form.numbers_shown", by=request.user, store=request.store, subject=request.store, **details)
    return page


@require_POST
@requires("reports.export")
def export(request, number):
    """The form as Excel, with whole phone numbers: who took it is kept."""
    sheet = _sheet(request, number, request.POST)
    file = TemporaryFile()  # noqa: SIM115  the response closes it
    write(sheet, file, made_by=str(request.user), made_on=request.store.today())
    file.seek(0)
    audit.record("form.exported", by=request.user, store=request.store, subject=request.store, form=number, period=sheet.period.code)
    return FileResponse(file, as_attachment=True, filename=f"form-{number}-{sheet.period.code}.xlsx", content_type=XLSX)
