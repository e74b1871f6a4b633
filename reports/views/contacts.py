"""For the customer manager: interviews whose number was changed shortly before, and contacts that were not made."""

from django.db.models import Count
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from followups import numbers
from followups.models import Suppression
from followups.planning import Plan
from reports.periods import MONTH, containing
from reports.views.periods import asked_period
from staff.access import requires

LINES = 100


@never_cache
@requires("verification.plan")
@require_safe
def contacts(request):
    period = asked_period(request.GET, MONTH) or containing(request.store.today())
    left_out = Suppression.objects.filter(store=request.store, on__range=(period.first, period.last))
    counted = left_out.order_by("plan", "reason").values_list("plan", "reason").annotate(n=Count("pk"))
    context = {
        "period": period,
        "interviews": numbers.interviews(request.store, period.first, period.last),
        "counted": [(Plan(plan).label, Suppression.Reason(reason).label, n) for plan, reason, n in counted],
        "left_out": left_out.select_related("customer").order_by("-pk")[:LINES],
    }
    return render(request, "reports/contacts.html", context)
