"""Rewards and deductions: the payroll sheet, and how much they are."""

from tempfile import TemporaryFile

from django.contrib import messages
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import audit
from core.once import once, to_edit
from lounge import actions, pay
from lounge.forms import SettingsForm
from lounge.models import PayPercentages
from lounge.views.month import asked_month, switch
from staff.access import requires
from staff.models import Store

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@never_cache
@require_safe
@requires("payroll")
def payroll(request):
    """Refused with a sentence until the percentages are set."""
    month = asked_month(request)
    try:
        found = pay.sheet(request.store, month)
    except pay.NotSet:
        found = None
    return render(request, "lounge/payroll.html", {**switch(request, month), "sheet": found})


@never_cache
@require_POST
@requires("payroll")
def export(request):
    """What people are paid leaves the house: who took it is written down."""
    month = asked_month(request)
    try:
        found = pay.sheet(request.store, month)
    except pay.NotSet:
        messages.error(request, _("The payroll sheet needs the store's percentages: set them first."))
        return redirect("lounge:settings")
    file = TemporaryFile()  # noqa: SIM115  the response closes it
    pay.write(found, file, store=request.store, made_by=str(request.user), made_on=request.store.today())
    file.seek(0)
    audit.record("payroll.exported", by=request.user, store=request.store, subject=request.store, month=f"{month:%Y-%m}")
    return FileResponse(file, as_attachment=True, filename=f"payroll-{month:%Y-%m}.xlsx", content_type=XLSX)


@never_cache
@require_http_methods(["GET", "POST"])
@requires("payroll")
@once
def settings(request):
    store = to_edit(request, Store.objects, pk=request.store.pk)
    history = list(PayPercentages.objects.filter(store=store).select_related("by"))
    form = SettingsForm(
        request.POST or None, store=store, percentages=history[-1] if history else None, is_enabled=actions.draws_samples(store)
    )
    if request.method == "POST" and form.is_valid():
        actions.set_percentages(store=store, reward=form.cleaned_data["reward"], deduction=form.cleaned_data["deduction"], by=request.user)
        actions.set_in_use(store=store, is_enabled=form.cleaned_data["is_enabled"], by=request.user)
        messages.success(request, _("Saved. Months that are judged keep the percentages of their verdicts' day."))
        return redirect("lounge:settings")
    return render(request, "lounge/settings.html", {"form": form, "history": history[::-1]}, status=422 if form.errors else 200)
