"""“What happens when …”: every plan with its source, the outcome table, and the store's own offsets."""

from django.conf import settings as conf
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.once import once, to_edit
from followups import actions, explain, planner
from followups.forms import OverrideForm
from followups.models import PlanOverride
from followups.outcomes import Outcome
from followups.planning import OWN_OFFSETS, PLANS, Plan
from staff.access import requires
from staff.models import Store


@requires("settings.edit")
@once
def plans(request):
    bad = None
    if request.method == "POST":
        form = _form(to_edit(request, Store.objects, pk=request.store.pk), request.POST)
        if form.is_valid():
            actions.override_plan(
                store=request.store,
                plan=form.cleaned_data["plan"],
                opens_minutes=form.cleaned_data["opens_minutes"],
                due_minutes=form.cleaned_data["due_minutes"],
                is_enabled=form.cleaned_data["is_enabled"],
                sends_link=form.cleaned_data.get("sends_link", False),
                by=request.user,
            )
            messages.success(request, _("Saved. It counts for what is planned from now on; promises already made stay."))
            return redirect("followups:plans")
        bad = form
    overrides = {row.plan: row for row in PlanOverride.objects.filter(store=request.store)}
    rows = [_row(request.store, plan, overrides.get(plan), bad) for plan in OWN_OFFSETS]
    context = {
        "rows": rows,
        "outcomes": [(outcome.label, explain.outcome_rule(outcome, request.store)) for outcome in Outcome],
        "calling": explain.calling_hours(planner.StoreSettings().calling(request.store)),
        "site_url": conf.SITE_URL,
        "half_days": request.store.unreachable_half_days,
    }
    return render(request, "followups/settings.html", context, status=422 if bad else 200)


def _form(store: Store, data) -> OverrideForm:
    plan = data.get("plan", "")
    return OverrideForm(data, store=store, plan=plan, override=PlanOverride.objects.filter(store=store, plan=plan).first())


def _row(store: Store, plan: Plan, override, bad) -> dict:
    rule = PLANS[plan]
    mine = bad is not None and bad.data.get("plan") == plan.value
    return {
        "plan": plan,
        "rule": rule,
        "counted_from": explain.COUNTED_FROM[rule.counted_from](),
        "opens": explain.span(rule.opens),
        "due": explain.span(rule.due),
        "aim": explain.span(rule.aim) if rule.aim else "",
        "form": bad if mine else OverrideForm(store=store, plan=plan.value, override=override),
        "is_own": override is not None,
    }
