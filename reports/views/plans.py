"""Improvement plans: the list that is gone through every week and month, and one plan with its figure before and after."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, F, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.once import once, to_edit
from reports import actions_plans as actions
from reports import plans as reading
from reports.forms_plans import ChangePlanForm, EndForm, PlanForm, ReviewForm
from reports.models import ImprovementPlan
from reports.models.plans import About, PlanStatus
from reports.views.periods import asked_period
from staff.access import requires
from staff.models import User

PER_PAGE = 30
SHOWN = ("open", "overdue", "done", "dropped", "all")


def _conditions(now) -> dict[str, Q]:
    return {
        "open": Q(status=PlanStatus.OPEN),
        "overdue": Q(status=PlanStatus.OPEN, due_at__lte=now),
        "done": Q(status=PlanStatus.DONE),
        "dropped": Q(status=PlanStatus.DROPPED),
        "all": Q(),
    }


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


@never_cache
@require_safe
@requires("plans.view")
def index(request):
    """?show: of which state; ?person: whose; ?page."""
    now = clock.now()
    show, person = request.GET.get("show", "open"), _number(request.GET.get("person", ""))
    if show not in SHOWN:
        raise Http404
    plans = ImprovementPlan.objects.visible_to(request.access)
    conditions = _conditions(now)
    of_all = plans.filter(person=person) if person else plans
    counted = of_all.aggregate(**{f"n_{name}": Count("pk", filter=condition) for name, condition in conditions.items()})
    rows = of_all.filter(conditions[show]).with_review().select_related("person", "made_by", "ended_by")
    order = ("due_on", "pk") if show in ("open", "overdue") else (F("ended_on").desc(nulls_first=True), "-pk")
    page = _number(request.GET.get("page", "")) or 1
    found = list(rows.order_by(*order)[(page - 1) * PER_PAGE : page * PER_PAGE + 1])
    names = {
        "open": pgettext("plan", "Open"),
        "overdue": _("Overdue"),
        "done": pgettext("plan", "Carried out"),
        "dropped": _("Not carried out"),
        "all": _("All"),
    }

    def url(**asked) -> str:
        wanted = {"show": show, "person": person} | asked
        return f"?{urlencode({name: value for name, value in wanted.items() if value})}"

    context = {
        "tabs": [
            {"name": names[one], "tab": one, "count": counted[f"n_{one}"], "here": one == show, "url": url(show=one)} for one in SHOWN
        ],
        "people": User.objects.filter(pk__in=plans.order_by().values("person")).order_by("name_key", "pk") if request.access.can("reports.view") else [],
        "person": person,
        "show": show,
        "lines": reading.lines(request.store, found[:PER_PAGE], now),
        "next_url": url(page=page + 1) if len(found) > PER_PAGE else "",
        "first_url": url() if page > 1 else "",
        "today": request.store.today(),
    }  # fmt: skip
    return render(request, "reports/plans.html", context)


def _asked_subject(values) -> reading.Subject:
    """What the address says that a plan is to be made for; 404 for what nobody is asked about."""
    subject = (values.get("about", ""), values.get("audience", ""), values.get("code", "")[:40], values.get("standard", "")[:60])
    if not actions.is_known(*subject):
        raise Http404
    return subject


def _context_of(request, subject: reading.Subject, period) -> dict:
    """What stands beside the form: the figure that is to get better."""
    plan = ImprovementPlan(
        store=request.store,
        about=subject[0],
        audience=subject[1],
        code=subject[2],
        standard=subject[3],
        kind=period.kind,
        first=period.first,
    )
    return {
        "label": reading.labels([subject])[subject],
        "effect": reading.effects(request.store, [plan], request.store.today())[None],
        "plan": plan,
        "period": period,
        "behind_url": behind_url(plan, period),
    }


def behind_url(plan: ImprovementPlan, period) -> str:
    """The answers that the figure was counted from."""
    asked = {"period": period.code}
    if plan.about == About.ITEM:
        asked |= {"audience": plan.audience, "question": plan.code, "judged": "dissatisfied"}
    else:
        asked |= {"link": plan.code}
    return f"{reverse('reports:csi')}?{urlencode(asked)}"


@never_cache
@require_http_methods(["GET", "POST"])
@requires("plans.lead")
@once
def new(request):
    """?period, ?about, ?audience, ?code, ?standard: for which weak item or frequent complaint."""
    asked = request.POST if request.method == "POST" else request.GET
    if not asked:
        return redirect("reports:plans")
    period, subject = asked_period(asked), _asked_subject(asked)
    if period is None:
        raise Http404
    about, audience, code, standard = subject
    there = ImprovementPlan.objects.filter(store=request.store).open().about(subject).first()
    if there and request.method == "GET":
        messages.info(request, _("There is an open plan for this already."))
        return redirect("reports:plan", there.pk)
    form = PlanForm(request.POST or None, store=request.store)
    if request.method == "POST" and form.is_valid():
        try:
            plan = actions.make_plan(
                store=request.store, about=about, audience=audience, code=code, standard=standard, period=period, by=request.user,
                **form.cleaned_data,
            )  # fmt: skip
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("The plan is made."))
            return redirect("reports:plan", plan.pk)
    context = _context_of(request, subject, period) | {"form": form}
    return render(request, "reports/plan_form.html", context, status=422 if request.method == "POST" else 200)


def _plans(request):
    return ImprovementPlan.objects.visible_to(request.access).with_review().select_related("store", "person", "made_by", "ended_by")


def _page(request, plan: ImprovementPlan, *, review: ReviewForm | None = None, end: EndForm | None = None):
    """review, end: a form that was refused, with what was typed."""
    is_mine = plan.person_id == request.user.pk
    can_lead, can_end = request.access.can("plans.lead"), request.access.can("plans.lead") or (is_mine and request.access.can("plans.act"))
    (line,) = reading.lines(request.store, [plan], clock.now())
    context = line | {
        "entries": plan.entries.select_related("by").order_by("-pk"),
        "behind_url": behind_url(plan, plan.period) if request.access.can("reports.view") else "",
        "review": (review or ReviewForm(auto_id="review-%s")) if plan.is_open and can_end else None,
        "end": (end or EndForm(auto_id="end-%s", initial={"on": request.store.today()})) if plan.is_open and can_end else None,
        "can_change": plan.is_open and can_lead,
        "is_refused": bool(review or end),
        "opened": "review" if review else "end" if end else "",
    }
    return render(request, "reports/plan.html", context, status=422 if review or end else 200)


@never_cache
@require_safe
@requires("plans.view")
def one(request, pk: int):
    return _page(request, get_object_or_404(_plans(request), pk=pk))


@never_cache
@require_http_methods(["GET", "POST"])
@requires("plans.lead")
@once
def edit(request, pk: int):
    plan = to_edit(request, _plans(request), pk=pk)
    if not plan.is_open:
        messages.info(request, _("This plan is no longer open: it stays as it is."))
        return redirect("reports:plan", pk)
    form = ChangePlanForm(request.POST or None, plan=plan)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_plan(plan=plan, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("The plan is changed."))
            return redirect("reports:plan", pk)
    (line,) = reading.lines(request.store, [plan], clock.now())
    context = line | {"form": form, "period": plan.period, "behind_url": behind_url(plan, plan.period)}
    return render(request, "reports/plan_form.html", context, status=422 if form.errors else 200)


def _to_act(request, pk: int) -> ImprovementPlan:
    """One's own plan, or anybody's for those who lead."""
    plan = get_object_or_404(_plans(request), pk=pk)
    if plan.person_id != request.user.pk and not request.access.can("plans.lead"):
        raise PermissionDenied
    return plan


@require_POST
@requires("plans.act")
@once
def review(request, pk: int):
    plan, form = _to_act(request, pk), ReviewForm(request.POST, auto_id="review-%s")
    if form.is_valid():
        try:
            actions.review_plan(plan=plan, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("Noted."))
            return redirect("reports:plan", pk)
    return _page(request, plan, review=form)


@require_POST
@requires("plans.act")
@once
def end(request, pk: int):
    plan, form = _to_act(request, pk), EndForm(request.POST, auto_id="end-%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.end_plan(plan=plan, is_carried_out=data["is_carried_out"] == "1", on=data["on"], result=data["result"], by=request.user)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("Recorded."))
            return redirect("reports:plan", pk)
    return _page(request, plan, end=form)
