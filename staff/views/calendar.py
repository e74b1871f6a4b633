"""The store's hours and its dated exceptions."""

from datetime import date
from itertools import groupby

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.once import once, to_edit
from staff import actions, calendars
from staff.access import requires
from staff.forms import CalendarDayForm, ChangeCalendarDayForm, HoursForm
from staff.models import CalendarDay, CalendarYear, Store

YEARS = range(2000, 2100)


def _address(year: int) -> str:
    return f"{reverse('staff:calendar')}?year={year}#days"


def _year(request) -> int:
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and int(asked) in YEARS else request.store.today().year


def _check_year(year: int) -> None:
    if year not in YEARS:
        raise Http404


def _months(store, year: int, today) -> list[dict]:
    """The year's exceptions by month; the first month that is not over stands open."""
    months = []
    for number, days in groupby(CalendarDay.objects.filter(store=store, date__year=year), key=lambda day: day.date.month):
        rows = list(days)
        months.append({"first": date(year, number, 1), "days": rows, "names": "、".join(dict.fromkeys(row.name for row in rows))})
    coming = next((month for month in months if (month["first"].year, month["first"].month) >= (today.year, today.month)), None)
    for month in months:
        month["open"] = month is coming
    return months


@requires("settings.edit")
@once
def index(request):
    store = to_edit(request, Store.objects, pk=request.store.pk)
    form = HoursForm(request.POST or None, store=store)
    if request.method == "POST" and form.is_valid():
        actions.set_hours(store=store, weekly=form.weekly(), by=request.user)
        messages.success(request, _("The hours have been saved. Deadlines that were promised before stay as they are."))
        if days := form.unattended():
            messages.warning(
                request, _("Please check: there are staffed hours while the store is closed (%(days)s).") % {"days": "、".join(days)}
            )
        return redirect("staff:calendar")
    today, year = store.today(), _year(request)
    missing = [missing_year for code, missing_year in calendars.missing_years(today) if code == store.code]
    context = {
        "form": form,
        "day_form": CalendarDayForm(),
        "year": year,
        "years": [year - 1, year, year + 1],
        "months": _months(store, year, today),
        "entered": CalendarYear.objects.filter(store=store, year=year).exists(),
        "known": calendars.is_known(year),
        "missing": missing,
    }
    return render(request, "staff/calendar.html", context)


@requires("settings.edit")
@once
def day_add(request):
    form = CalendarDayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        before = CalendarDay.objects.filter(store=request.store, date=form.cleaned_data["date"]).first()
        actions.set_calendar_day(store=request.store, by=request.user, **form.cleaned_data)
        if before:
            messages.warning(
                request, _("The day has been entered. It takes the place of “%(name)s”, which stood on that date.") % {"name": before.name}
            )
        else:
            messages.success(request, _("The day has been entered."))
        return redirect(_address(form.cleaned_data["date"].year))
    return render(request, "staff/calendar_day.html", {"form": form, "day": None, "back": reverse("staff:calendar")})


@requires("settings.edit")
@once
def day(request, pk):
    row = to_edit(request, CalendarDay.objects, store=request.store, pk=pk)
    form = ChangeCalendarDayForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        actions.set_calendar_day(store=request.store, date=row.date, by=request.user, **form.cleaned_data)
        messages.success(request, _("The day has been changed."))
        return redirect(_address(row.date.year))
    return render(request, "staff/calendar_day.html", {"form": form, "day": row, "back": _address(row.date.year)})


@require_POST
@requires("settings.edit")
@once
def day_remove(request, pk):
    row = get_object_or_404(CalendarDay, store=request.store, pk=pk)
    actions.remove_calendar_day(store=request.store, pk=pk, by=request.user)
    messages.success(request, _("The day has been removed: the hours of its weekday hold again."))
    return redirect(_address(row.date.year))


@require_POST
@requires("settings.edit")
@once
def year_fill(request, year):
    _check_year(year)
    try:
        added = actions.fill_year(store=request.store, year=year, by=request.user)
    except calendars.UnknownYear:
        messages.error(
            request, _("The public holidays of %(year)s are not known to this version yet: please enter them by hand.") % {"year": year}
        )
    else:
        messages.success(request, _("%(n)s days of %(year)s have been entered.") % {"n": added, "year": year})
    return redirect(_address(year))


@require_POST
@requires("settings.edit")
@once
def year_confirm(request, year):
    _check_year(year)
    actions.confirm_year(store=request.store, year=year, by=request.user)
    messages.success(request, _("Noted: the public holidays of %(year)s are entered.") % {"year": year})
    return redirect(_address(year))
