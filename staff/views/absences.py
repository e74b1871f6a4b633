"""Who is away: leave, days off, people who have left."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.once import once, to_edit
from staff import actions
from staff.access import requires
from staff.forms import AbsenceForm, ChangeAbsenceForm
from staff.models import Absence


@requires("absences.edit")
@once
def index(request):
    form = AbsenceForm(request.POST or None, store=request.store, instance=Absence(store=request.store))
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_absence(store=request.store, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The absence has been recorded."))
            return redirect("staff:absences")
    today = request.store.today()
    rows = Absence.objects.filter(store=request.store).select_related("user")
    open_ended = Q(ends_on=None) | Q(ends_on__gte=today)
    return render(
        request,
        "staff/absences.html",
        {
            "form": form,
            "now_away": rows.filter(open_ended, starts_on__lte=today).exclude(kind=Absence.Kind.LEFT).order_by("ends_on", "pk"),
            "coming": rows.filter(starts_on__gt=today).order_by("starts_on", "pk"),
            "left": rows.filter(kind=Absence.Kind.LEFT, starts_on__lte=today).order_by("-starts_on", "-pk")[:50],
        },
    )


@requires("absences.edit")
@once
def change(request, pk):
    absence = to_edit(request, Absence.objects.select_related("user", "store"), store=request.store, pk=pk)
    form = ChangeAbsenceForm(request.POST or None, store=request.store, instance=absence)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_absence(absence=absence, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The absence has been changed."))
            return redirect("staff:absences")
    return render(request, "staff/absence.html", {"form": form, "absence": absence})


@require_POST
@requires("absences.edit")
@once
def remove(request, pk):
    absence = get_object_or_404(Absence, store=request.store, pk=pk)
    try:
        actions.remove_absence(absence=absence, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The absence has been removed."))
    return redirect("staff:absences")
