"""Suggestions and praise: the list, registering by hand, one of them with what may be done now, the code to print."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints import actions_feedback, feedback_limits, feedback_list
from complaints.explain import why_feedback_due
from complaints.feedback_list import Filters
from complaints.forms_feedback import FORMS, RegisterForm
from complaints.kinds import FeedbackAct, FeedbackKind
from complaints.models import Evidence, Feedback
from complaints.raising import Changed
from complaints.stores import StoreRules
from complaints.views.new import about
from complaints.views.one import handed_out, revealed, strangers
from core import clock, qr
from staff.access import requires
from staff.models import User

RELATED = ("store", "customer", "vehicle", "person", "registered_by")


def fetch(request, pk: int) -> Feedback:
    return get_object_or_404(Feedback.objects.visible_to(request.access).select_related(*RELATED), pk=pk)


@never_cache
@requires("complaints.view")
@require_safe
def index(request):
    now, filters = clock.now(), Filters.read(request.GET, "open" if request.access.can("feedback.act") else "all")
    rows = filters.apply(Feedback.objects.visible_to(request.access))
    counts = feedback_list.counts(rows, now)
    lines, last = feedback_list.page(rows.filter(feedback_list.tab_condition(filters.tab, now)), filters.tab, request.GET.get("before", ""))
    names = {"open": pgettext("complaint", "Open"), "late": _("Late"), "all": _("All")}
    here = reverse("complaints:suggestions")
    context = {
        "tabs": [
            {"name": names[tab], "count": counts[f"n_{tab}"], "tab": tab, "here": tab == filters.tab, "url": here + filters.address(show=tab)}
            for tab in feedback_list.TABS
        ],
        "kinds": [(value, label, here + filters.address(kind=value)) for value, label in FeedbackKind.choices],
        "filters": filters,
        "person": User.objects.filter(pk=filters.person).first() if filters.person else None,
        "lines": lines,
        "next_url": here + filters.address(before=last) if last else "",
        "first_url": here + filters.address() if request.GET.get("before") else "",
        "now": now,
    }  # fmt: skip
    return render(request, "complaints/suggestions.html", context)


@never_cache
@requires("complaints.register")
@require_http_methods(["GET", "POST"])
def new(request):
    """?customer, ?vehicle, ?order: whose; without, a name and a phone may be written down."""
    customer, vehicle, _order = about(request)
    kind = request.GET.get("kind", "")
    initial = {"kind": kind} if kind in FeedbackKind.values else {}
    form = RegisterForm(request.POST or None, store=request.store, has_customer=customer is not None, initial=initial)
    if request.method == "POST" and form.is_valid():
        token = request.POST.get("token", "")[:40] or None
        try:
            made = actions_feedback.open_feedback(
                store=request.store, customer=customer, vehicle=vehicle, token=token, by=request.user, **form.cleaned_data
            )
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("%(number)s is registered.") % {"number": made.number})
            return redirect("complaints:suggestion", made.pk)
    context = {"form": form, "customer": customer, "vehicle": vehicle, "token": request.POST.get("token") or uuid.uuid4().hex}
    return render(request, "complaints/suggestion_new.html", context, status=422 if request.method == "POST" else 200)


@never_cache
@requires("complaints.view")
@require_safe
def one(request, pk: int):
    return page(request, fetch(request, pk))


def form_for(act: str, feedback: Feedback, data=None):
    return FORMS[act](data, feedback=feedback, initial={"token": uuid.uuid4().hex}, auto_id=f"{act}-%s")


def page(request, row: Feedback, *, refused: str = "", form=None, revealed: dict | None = None, status: int = 200):
    """refused, form: the act that was not done, with what was typed. revealed: the number that was asked for, shown in this answer only."""
    acts = feedback_limits.acts(row.kind, row.status, request.access.can)
    clocks = list(row.clocks.select_related("owner"))
    for one in clocks:
        one.feedback = row
    context = {
        "row": row,
        "contact_number": (revealed or {}).get(row),
        "phone": row.customer.phones.callable().first() if row.customer_id else None,
        "clocks": [{"clock": one, "why": why_feedback_due(one)} for one in clocks],
        "acts": [
            {"act": act, "label": FeedbackAct(act).label, "form": form if act == refused and form else form_for(act, row), "is_open": act == refused}
            for act in acts
        ],
        "first_act": acts[0] if acts and acts[0] != FeedbackAct.NOTE else "",
        "files": list(row.evidence.all()),
        "entries": list(row.entries.select_related("by", "person", "clock").order_by("-pk")),
        "now": clock.now(),
    }  # fmt: skip
    return render(request, "complaints/suggestion.html", context, status=status)


@requires("complaints.view")
@require_POST
def act(request, pk: int, act: str):
    """One of the acts of the table. Whoever comes second is told, and sees how it stands now."""
    row = fetch(request, pk)
    if act not in FORMS:
        raise Http404
    if not request.access.can(feedback_limits.ABILITY.get(act, "feedback.act")):
        raise PermissionDenied
    form = form_for(act, row, request.POST)
    if not form.is_valid():
        return page(request, row, refused=act, form=form, status=422)
    try:
        _do(act, row, form.cleaned_data, request.user)
    except ValidationError as problem:
        form.add_errors(problem)
        return page(request, row, refused=act, form=form, status=422)
    except (Changed, IntegrityError):
        if not actions_feedback.is_done(row, form.cleaned_data["token"], request.user):
            messages.warning(request, _("Somebody else was quicker: this is how it stands now."))
            return redirect("complaints:suggestion", pk)
    messages.success(request, _("Done: %(act)s.") % {"act": FeedbackAct(act).label})
    return redirect("complaints:suggestion", pk)


def _do(act: str, row: Feedback, data: dict, by) -> None:
    facts = {"feedback": row, "by": by, **data}
    if act == FeedbackAct.EVALUATE:
        facts["is_adopted"] = facts["is_adopted"] == "1"
    {
        FeedbackAct.ACKNOWLEDGE: actions_feedback.acknowledge,
        FeedbackAct.EVALUATE: actions_feedback.evaluate,
        FeedbackAct.TELL: actions_feedback.tell,
        FeedbackAct.PASS_ON: actions_feedback.pass_on,
        FeedbackAct.NOTE: actions_feedback.note,
    }[act](**facts)


@never_cache
@requires("phone.reveal")
@require_POST
def reveal_contact(request, pk: int):
    """The whole number of whoever has no file in this one answer, to read and to dial; who asked is kept."""
    row = fetch(request, pk)
    return revealed(request, row, strangers(row), page)


@never_cache
@requires("complaints.view")
@require_safe
def file(request, pk: int, file: int):
    row = fetch(request, pk)
    return handed_out(get_object_or_404(Evidence, pk=file, feedback=row), row.number)


@never_cache
@requires("feedback.lead")
@require_safe
def poster(request):
    """The public page's address as a QR code to print: A4 for the wall, A6 for the counter."""
    address = request.build_absolute_uri(reverse("complaints:public", args=[request.store.code]))
    context = {
        "address": address,
        "code": qr.svg(address),
        "size": "a6" if request.GET.get("size") == "a6" else "a4",
        "is_on": StoreRules(request.store).settings.has_public_page,
        "is_local": request.get_host().partition(":")[0] in {"localhost", "127.0.0.1", "[::1]"},
    }
    return render(request, "complaints/poster.html", context)
