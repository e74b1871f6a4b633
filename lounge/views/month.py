"""/lounge/: the month's samples and verdicts, the roster; one person's sample; excuses and swaps."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import months
from core.once import once, to_edit
from lounge import actions, drawing, overview
from lounge.forms import ExcuseForm, SwapForm
from lounge.models import Duty, Sample, SampleMonth
from staff.access import requires


def asked_month(request) -> date:
    """?month=2026-10; the last one that is over unless asked otherwise, 404 for what is none or still to come."""
    last = months.last_over(request.store.today(), drawing.DRAWN_ON)
    text = request.GET.get("month", "")
    if not text:
        return last
    try:
        month = date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        month = None
    if month is None or not 2000 <= month.year < 2100 or month > last:
        raise Http404
    return month


def switch(request, month: date) -> dict:
    """What a page's month buttons need."""
    last = months.last_over(request.store.today(), drawing.DRAWN_ON)
    return {
        "month": month,
        "previous": f"{months.add(month, -1):%Y-%m}",
        "next": f"{months.month_after(month):%Y-%m}" if month < last else "",
    }


@never_cache
@require_safe
@requires("lounge.view")
def index(request):
    month, today = asked_month(request), request.store.today()
    context = {
        **switch(request, month),
        "row": SampleMonth.objects.filter(store=request.store, month=month).first(),
        "lines": overview.lines(request.store, month),
        "calendar": overview.calendar(request.store, month, today),
        "changes": overview.changes(request.store, month),
        "today": today,
        "follows": months.month_after(month),
        "led": [audience for audience in drawing.WANTED if actions.leads(request.access, audience)],
    }
    return render(request, "lounge/month.html", context)


@never_cache
@require_safe
@requires("lounge.view")
def sample(request, pk: int):
    return _sample(request, get_object_or_404(Sample.objects.visible_to(request.access).select_related("person"), pk=pk))


def _sample(request, one: Sample, form: ExcuseForm | None = None):
    line = next(line for line in overview.lines(request.store, one.month) if line.sample.pk == one.pk)
    may_excuse = actions.leads(request.access, one.audience) and not line.excuse and one.person != request.user
    context = {
        "line": line,
        "sample": line.sample,
        "rows": overview.heard([one]).get(one.pk, []),
        "left_out": one.reason.get("left_out", {}),
        "form": (form or ExcuseForm()) if may_excuse else None,
    }
    return render(request, "lounge/sample.html", context, status=422 if form else 200)


@require_POST
@requires("lounge.lead")
@once
def excuse(request, pk: int):
    """Of the sample's month."""
    one = get_object_or_404(Sample.objects.visible_to(request.access).select_related("person"), pk=pk)
    form = ExcuseForm(request.POST)
    if form.is_valid():
        try:
            actions.excuse(access=request.access, person=one.person, audience=one.audience, month=one.month, **form.cleaned_data)
        except ValidationError as refused:
            form.add_errors(refused)
        except PermissionDenied:
            raise Http404 from None
        else:
            messages.success(request, _("Excused: the month does not count, and the reason stands with it."))
            return redirect("lounge:sample", one.pk)
    return _sample(request, one, form)


@never_cache
@require_http_methods(["GET", "POST"])
@requires("lounge.lead")
@once
def swap(request, pk: int):
    """Two people's halves; of people whom this person leads."""
    duty = to_edit(request, Duty.objects.visible_to(request.access).select_related("person", "verdict"), pk=pk)
    if not actions.leads(request.access, actions.audience_of(duty)):
        raise Http404
    led = [audience for audience in drawing.WANTED if actions.leads(request.access, audience)]
    others = Duty.objects.visible_to(request.access).filter(starts_on__gt=request.store.today(), verdict__audience__in=led)
    others = others.exclude(starts_on=duty.starts_on).exclude(person=duty.person).select_related("person", "verdict")
    form = SwapForm(request.POST or None, duty=duty, others=others.order_by("starts_on", "seat"))
    if request.method == "POST" and form.is_valid():
        try:
            actions.swap(access=request.access, duty=duty, **form.cleaned_data)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("Swapped; both have been told."))
            month = duty.verdict.month if duty.verdict else months.add(duty.starts_on, -1)
            return redirect(f"{reverse('lounge:month')}?month={month:%Y-%m}#roster")
    return render(request, "lounge/swap.html", {"duty": duty, "form": form}, status=422 if form.errors else 200)


@never_cache
@require_safe
@requires("lounge.own")
def mine(request):
    """One's own duty, verdicts and reasons; nobody else's."""
    store, today = request.store, request.store.today()
    month = months.last_over(today, drawing.DRAWN_ON)
    running = [line for line in overview.lines(store, month) if line.sample.person_id == request.user.pk and not line.known]
    context = {
        "duties": Duty.objects.filter(store=store, person=request.user, ends_on__gte=today).select_related("verdict").order_by("starts_on"),
        "verdicts": overview.own(store, request.user, until=month),
        "running": running,
        "today": today,
    }
    return render(request, "lounge/mine.html", context)
