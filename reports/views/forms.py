"""The manual's forms and the departments' weekly sheets on screen, for the printer, and as Excel. Whole phone numbers are for those who
may export, by POST, written down."""

from tempfile import TemporaryFile

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core import audit
from customers.identifiers import mask_phone, mask_vin
from reports.forms_callback import NOTHING, CallbackSheet, Row, national
from reports.manual import DEPARTMENTS, FORMS, AnySheet, Form, write
from reports.monthly import default_period
from reports.periods import MONTH, WEEK, containing
from reports.views.periods import asked_period
from reports.views.satisfaction import XLSX
from reports.views.sheet_acts import acts
from staff.access import requires

PER_PAGE = 200  # of forms 3 and 4
GRIEVANCES = 100  # on the page; the workbook has them all
PRINTED = 2000  # rows that are put on one page to be printed; a form with more is printed page by page, or from the workbook
ALL = "all"  # instead of a page's number


def _sheet(request, forms: dict[int | str, Form], key: int | str, values) -> tuple[Form, AnySheet]:
    form = forms.get(key)
    if form is None:
        raise Http404
    period = asked_period(values) or default_period(request.store, form.kinds[0], request.store.today())
    if period.kind not in form.kinds:
        raise Http404
    return form, form.make(request.store, period, request.access)


def _page_number(values, last: int, total: int) -> int | str:
    """From 1, or ALL; 404 for what is no page."""
    text = values.get("page", "1")
    if text == ALL and total <= PRINTED:
        return ALL
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or not 1 <= int(text) <= max(last, 1):
        raise Http404
    return int(text)


def _shown(row: Row, whole: bool) -> dict:
    phone = national(row.phone) if whole else row.phone and mask_phone(row.phone)
    return {"row": row, "phone": phone or NOTHING, "vin": (row.vin if whole else mask_vin(row.vin)) or NOTHING}


def _callbacks(sheet: CallbackSheet, first: int, size: int | None, *, whole: bool) -> dict:
    """What forms 3 and 4 show. size: None: all rows."""
    grievances, count = sheet.grievances(GRIEVANCES if size else None)
    return {
        "layout": sheet.form,
        "rows": [_shown(row, whole) for row in sheet.rows(first, size)],
        "tally": sheet.tally(),
        "grievances": grievances,
        "grievances_left": count - len(grievances),
        "detail_numbers": range(1, len(sheet.form.asked) + 1),
        "notes": sheet.form.notes,
    }


def _render(request, form: Form, sheet: AnySheet, values, *, whole: bool, also: dict | None = None):
    today, period = request.store.today(), sheet.period
    is_callbacks = isinstance(sheet, CallbackSheet)
    per_page = PER_PAGE if is_callbacks else sheet.per_page
    last = 1 if form.is_full else -(-len(sheet) // per_page)
    page = _page_number(values, last, len(sheet))

    def url(number: int | str) -> str:
        return f"?{urlencode({'period': period.code, 'page': number})}"

    first, size = ((page - 1) * per_page, None if form.is_full else per_page) if isinstance(page, int) else (0, None)
    context = {
        "form": form,
        "title": form.title if is_callbacks else sheet.title,
        "forms": [(one, one.period_near(period, today)) for one in (FORMS if form.number else DEPARTMENTS).values()],
        "sheet": sheet,
        "period": period,
        "kinds": [
            (kind, near)
            for kind, near in ((MONTH, containing(period.first, MONTH)), (WEEK, containing(min(period.last, today), WEEK)))
            if len(form.kinds) > 1
        ],
        "is_running": period.is_running(today),
        "total": len(sheet),
        "is_shown": form.is_full or bool(len(sheet)) or bool(not is_callbacks and sheet.left_out),
        "is_portrait": not is_callbacks and sheet.is_portrait,
        "page": page,
        "last_page": last,
        # Whole numbers come by POST: the next page of them would need one, too.
        "next_url": url(page + 1) if isinstance(page, int) and page < last and not whole else "",
        "first_url": url(1) if page != 1 and not whole else "",
        "masked_url": url(page),
        # A page is no form to be printed: the sums are over all rows.
        "all_url": url(ALL) if last > 1 and page != ALL and len(sheet) <= PRINTED else "",
        "is_part": last > 1 and page != ALL,
        "first_row": first + 1,
        "last_row": min(first + per_page, len(sheet)),
        "whole": whole,
        "today": today,
        **(also or {}),
    }
    if is_callbacks:
        return render(request, "reports/form_callbacks.html", context | _callbacks(sheet, first, size, whole=whole))
    blocks = sheet.blocks(whole=whole, first=first, count=size) if context["is_shown"] else []
    return render(request, "reports/form_paper.html", context | {"blocks": blocks, "notes": sheet.notes})


def _export(request, form: Form, sheet: AnySheet):
    file = TemporaryFile()  # noqa: SIM115  the response closes it
    write(form, sheet, file, made_by=str(request.user), made_on=request.store.today())
    file.seek(0)
    audit.record("form.exported", by=request.user, store=request.store, subject=request.store, form=form.key, period=sheet.period.code)
    return FileResponse(file, as_attachment=True, filename=f"form-{form.key}-{sheet.period.code}.xlsx", content_type=XLSX)


@never_cache
@require_GET
@requires("reports.view")
def form(request, number):
    return _render(request, *_sheet(request, FORMS, number, request.GET), request.GET, whole=False)


@require_POST
@requires("reports.export")
def numbers(request, number):
    """The same page with whole phone numbers and VINs, to print: who asked for it is kept."""
    form, sheet = _sheet(request, FORMS, number, request.POST)
    if not form.has_numbers:
        raise Http404
    page = _render(request, form, sheet, request.POST, whole=True)
    details = {"form": number, "period": sheet.period.code, "page": request.POST.get("page", "1")}
    audit.record("form.numbers_shown", by=request.user, store=request.store, subject=request.store, **details)
    return page


@require_POST
@requires("reports.export")
def export(request, number):
    """The form as Excel, with whole phone numbers: who took it is kept."""
    return _export(request, *_sheet(request, FORMS, number, request.POST))


def department_page(request, department: str, values, *, refused: str = "", form=None):
    """refused, form: of a measure that was not recorded (reports.views.sheet_acts)."""
    kind, sheet = _sheet(request, DEPARTMENTS, department, values)
    page = _render(request, kind, sheet, values, whole=False, also=acts(request, sheet, refused, form))
    page.status_code = 422 if refused else 200
    return page


@never_cache
@require_GET
@requires("reports.view")
def department(request, department):
    """A department's week of complaints."""
    return department_page(request, department, request.GET)


@require_POST
@requires("reports.export")
def department_export(request, department):
    return _export(request, *_sheet(request, DEPARTMENTS, department, request.POST))
