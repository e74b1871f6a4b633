"""The verification calls about a caller's interviews: planned by hand, and what they found."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.once import once
from followups.models import Drawing
from followups.verification import draw
from reports.periods import MONTH, containing
from reports.verified import calls
from reports.views.periods import asked_period
from staff.access import requires
from staff.models import User


@require_GET
@requires("reports.view")
def verifications(request):
    """The rows behind the figures: each call, what was asked and what the customer said; and why these were drawn."""
    period = asked_period(request.GET) or containing(request.store.today()).previous
    asked = request.GET.get("caller", "")
    caller = int(asked) if asked.isdecimal() and len(asked) < 18 else None
    rows = calls(request.store, period).counted().select_related("verified__by", "response__surveyor", "customer", "vehicle")
    drawings = (
        Drawing.objects.filter(store=request.store, month=period.first).select_related("caller", "by") if period.kind == MONTH else []
    )
    if caller:
        rows = rows.filter(response__surveyor=caller)
        drawings = [one for one in drawings if one.caller_id == caller]
    context = {"period": period, "rows": rows.order_by("response__surveyor", "due_at", "pk"), "drawings": drawings}
    return render(request, "reports/verifications.html", context)


@require_POST
@requires("verification.plan")
@once
def plan(request):
    """By hand, from the callers' table: of the month that the page is about."""
    period = asked_period(request.POST, MONTH)
    if period is None:
        raise Http404
    text = request.POST.get("caller", "")
    surveyors = User.objects.filter(memberships__store=request.store).distinct()
    caller = get_object_or_404(surveyors, pk=int(text) if text.isdecimal() and len(text) < 18 else 0)
    planned = draw(store=request.store, month=period.first, caller=caller, by=request.user)
    if planned is None:
        messages.info(request, _("Verification calls of this month are planned already."))
    elif planned:
        said = ngettext("%(n)d verification call is planned.", "%(n)d verification calls are planned.", planned) % {"n": planned}
        messages.success(request, said)
    else:
        messages.warning(request, _("Nobody can be asked: no satisfied interview of this month whose customer may be called."))
    return redirect(f"{reverse('reports:monthly')}?{urlencode({'period': period})}")
