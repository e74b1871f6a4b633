"""One complaint: its path, its clocks, exactly the acts that the table allows this person now, its files, its tracking form."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from complaints import actions, evidence, turns
from complaints.actions import Changed, NotAllowed
from complaints.explain import why_due
from complaints.forms import FORMS
from complaints.models import Complaint, Entry, Evidence, Feedback
from complaints.transitions import Act
from core import clock
from core.once import once
from staff.access import requires

RELATED = ("store", "customer", "vehicle", "order", "delivery", "handler", "superior", "against", "registered_by", "resolved_by")


def fetch(request, pk: int) -> Complaint:
    return get_object_or_404(Complaint.objects.visible_to(request.access).select_related(*RELATED), pk=pk)


@never_cache
@requires("complaints.view")
@require_safe
def complaint(request, pk: int):
    return page(request, fetch(request, pk))


def form_for(act: str, complaint: Complaint, data=None):
    initial = {"seen": complaint.version, "token": uuid.uuid4().hex}
    return FORMS[act](data, complaint=complaint, initial=initial, prefix=None, auto_id=f"{act}-%s")


def page(
    request, complaint: Complaint, *, refused: str = "", form=None, file_error: str = "", revealed: dict | None = None, status: int = 200
):
    """refused, form: the act that was not done, with what was typed. revealed: the number that was asked for, by its entry or complaint,
    shown in this answer only."""
    revealed = revealed or {}
    who = turns.parties(complaint, request.user, request.access.roles)
    acts = turns.acts_for(complaint, who)
    clocks = list(complaint.clocks.select_related("owner"))
    for one in clocks:
        one.complaint = complaint
    context = {
        "complaint": complaint,
        "contact_number": revealed.get(complaint),
        "phone": complaint.customer.phones.callable().first() if complaint.customer_id else None,
        "clocks": [{"clock": one, "why": why_due(one)} for one in sorted(clocks, key=lambda one: (not one.is_running, one.due_at if one.is_running else -one.pk)) ],
        "acts": [{"act": act, "label": Act(act).label, "form": form if act == refused and form else form_for(act, complaint), "is_open": act == refused} for act in acts if act in FORMS],
        "may_add_file": Act.EVIDENCE in acts,
        "file_error": file_error,
        "files": list(complaint.evidence.select_related("by")),
        "shown_types": evidence.SHOWN,
        "entries": [(entry, revealed.get(entry)) for entry in complaint.entries.select_related("by", "person", "clock").order_by("-pk")],
        "now": clock.now(),
    }  # fmt: skip
    return render(request, "complaints/complaint.html", context, status=status)


@requires("complaints.act")
@require_POST
def act(request, pk: int, act: str):
    """One of the acts of the table. Whoever comes second is told, and sees how it stands now."""
    row = fetch(request, pk)
    if act not in FORMS:
        raise Http404
    form = form_for(act, row, request.POST)
    if not form.is_valid():
        return page(request, row, refused=act, form=form, status=422)
    try:
        _do(act, row, form.cleaned_data, request.user)
    except (Changed, NotAllowed, ValidationError, IntegrityError) as problem:
        if not turns.is_done(row, form.cleaned_data["token"], request.user):
            return _not_done(request, act, row, form, problem)
    messages.success(request, _("Done: %(act)s.") % {"act": Act(act).label})
    # Whoever hands a complaint on may not see it any more.
    if not Complaint.objects.visible_to(request.access).filter(pk=pk).exists():
        return redirect("complaints:board")
    return redirect("complaints:complaint", pk)


def _not_done(request, act: str, row: Complaint, form, problem: Exception):
    """row: as it was when the act began; meanwhile somebody else may have acted on it."""
    if isinstance(problem, ValidationError):
        form.add_errors(problem)
        return page(request, row, refused=act, form=form, status=422)
    if isinstance(problem, Changed):
        now = fetch(request, row.pk)
        messages.warning(request, _("Somebody else was quicker: this is how the complaint stands now. Please look, then do it again."))
        return page(request, now, refused=act, form=_kept(act, now, request.POST), status=409)
    if isinstance(problem, NotAllowed):
        if act in turns.acts_for(row, turns.parties(row, request.user, request.access.roles)):
            messages.warning(request, _("The complaint has moved on: this is how it stands now."))
            return redirect("complaints:complaint", row.pk)
        raise PermissionDenied from None
    raise problem


def _kept(act: str, complaint: Complaint, typed):
    """The form again with what was typed, for the complaint as it stands now."""
    data = typed.copy()
    data["seen"], data["token"] = complaint.version, uuid.uuid4().hex
    return form_for(act, complaint, data)


def _do(act: str, complaint: Complaint, data: dict, by) -> None:
    facts = {"complaint": complaint, "by": by, **data}
    if act == Act.RESOLVE:
        facts["compensation_fen"] = facts.pop("compensation") or 0
    elif act == Act.APPROVE:
        facts["granted"] = facts["granted"] == "1"
    {
        Act.SIGN: actions.sign,
        Act.FIRST_REPLY: actions.first_reply,
        Act.REPLY: actions.reply,
        Act.RESOLVE: actions.resolve,
        Act.WAIT: actions.wait,
        Act.RESUME: actions.resume,
        Act.INSTRUCT: actions.instruct,
        Act.TAKE_OVER: actions.take_over,
        Act.ESCALATE: actions.escalate,
        Act.FORWARD: actions.forward,
        Act.ASK: actions.ask_approval,
        Act.APPROVE: actions.decide_approval,
        Act.REVISIT: actions.record_revisit,
        Act.CLOSE: actions.close,
        Act.NOTE: actions.note,
    }[act](**facts)


@never_cache
@requires("phone.reveal")
@require_POST
def reveal_number(request, pk: int, entry: int):
    """The whole number for the next contact in this one answer, to read and to dial; who asked is kept."""
    row = fetch(request, pk)
    return revealed(request, row, get_object_or_404(row.entries.exclude(number=""), pk=entry), page)


@never_cache
@requires("phone.reveal")
@require_POST
def reveal_contact(request, pk: int):
    """The same of whoever complained without having a file."""
    row = fetch(request, pk)
    return revealed(request, row, strangers(row), page)


def strangers(row: Complaint | Feedback) -> Complaint | Feedback:
    """The row, if its page shows what was written as the phone: a customer's numbers are shown on the customer's page."""
    if row.customer_id or not row.contact:
        raise Http404
    return row


def revealed(request, row: Complaint | Feedback, of: Complaint | Feedback | Entry, page):
    """page: of the row, for whoever has no script."""
    number = actions.reveal_number(of=of, by=request.user)
    if request.htmx:
        return render(request, "customers/number.html", {"phone": of, "number": number})
    return page(request, row, revealed={of: number})


@requires("complaints.act")
@require_POST
@once
def add_file(request, pk: int):
    row = fetch(request, pk)
    upload = request.FILES.get("file")
    if upload is None:
        return page(request, row, file_error=_("Choose a file."), status=422)
    try:
        evidence.add_file(complaint=row, upload=upload, by=request.user)
    except NotAllowed:
        raise PermissionDenied from None
    except ValidationError as problem:
        return page(request, row, file_error=" ".join(problem.messages), status=422)
    messages.success(request, _("The file is kept."))
    return redirect("complaints:complaint", pk)


@never_cache
@requires("complaints.view")
@require_safe
def file(request, pk: int, file: int):
    """A picture is shown, everything else is only saved; never anything that a browser would run."""
    row = fetch(request, pk)
    return handed_out(get_object_or_404(Evidence, pk=file, complaint=row), row.number)


def handed_out(kept: Evidence, number: str):
    shown = kept.media_type in evidence.SHOWN
    media_type = kept.media_type.partition(";")[0] if shown else "application/octet-stream"
    name = f"{number}-{kept.pk}.{evidence.KINDS[kept.media_type][0]}"
    answer = FileResponse(kept.file.open("rb"), content_type=media_type, as_attachment=not shown, filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@never_cache
@requires("complaints.view")
@require_safe
def tracking_form(request, pk: int):
    """The complaint tracking form, to print and to sign."""
    row = fetch(request, pk)
    clocks = list(row.clocks.select_related("owner"))
    for one in clocks:
        one.complaint = row
    context = {
        "complaint": row,
        "phone": row.customer.phones.callable().first() if row.customer_id else row,
        "clocks": clocks,
        "entries": list(row.entries.exclude(kind__in=["warned"]).select_related("by", "person", "clock")),
        "printed_at": clock.now(),
    }
    return render(request, "complaints/print.html", context)
