"""The numbers from outside: a form for one month, and what stands in the others."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.models import AuditEvent
from core.once import once, to_edit
from reports import actions_outside
from reports.forms_outside import OutsideForm
from reports.models.outside import OutsideNumbers
from reports.periods import MONTH, containing
from reports.views.periods import asked_period
from staff.access import requires
from staff.models import Store

MONTHS = 13
CHANGES = 6


@never_cache
@requires("settings.edit")
@require_http_methods(["GET", "POST"])
@once
def outside(request):
    """?period=2026-10: of that month; without one, of the last full month."""
    store = to_edit(request, Store.objects, pk=request.store.pk)
    today = store.today()
    period = asked_period(request.GET, MONTH) or containing(today).previous
    if period.first > today:
        raise Http404
    months = containing(today).back(MONTHS)
    rows = {row.month: row for row in OutsideNumbers.objects.filter(store=store, month__in=[period.first, *(one.first for one in months)])}
    form = OutsideForm(request.POST or None, row=rows.get(period.first))
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions_outside.enter(store=store, month=period.first, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            said = _("Saved for %(month)s.") if changed else _("Nothing differs from what stands there for %(month)s.")
            messages.success(request, said % {"month": period.label})
            return redirect(f"{reverse('reports:outside')}?period={period}")
    context = {
        "form": form,
        "period": period,
        "months": [(one, rows.get(one.first) or OutsideNumbers()) for one in reversed(months)],
        "changes": _changes(rows.get(period.first)),
        "is_running": period.is_running(today),
    }
    return render(request, "reports/outside.html", context, status=422 if form.errors else 200)


def _changes(row: OutsideNumbers | None) -> list[dict]:
    """Who entered what in place of what, the newest first."""
    if row is None:
        return []
    events = AuditEvent.objects.filter(verb="outside.entered", subject=f"outsidenumbers {row.pk}").select_related("by").order_by("-pk")
    return [
        {"at": event.at, "by": event.by, "before": event.details["before"], "after": event.details["after"]} for event in events[:CHANGES]
    ]
