"""The call screen. Looking at it (GET) claims nothing; claiming, keeping, leaving and saving are POSTs."""

import json
import uuid
from datetime import datetime
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.once import once
from csi.actions import AlreadyAnswered, OwnOrder
from csi.models import Response
from customers import actions as archive
from customers.identifiers import display_phone, mask_phone, parse_phone
from customers.models import Phone
from followups import calls, explain, leases, numbers, planner, preview, queue, scripts
from followups.callform import CallForm
from followups.duty import rated
from followups.models import Attempt, Audience, CallSheet
from followups.outcomes import Outcome
from followups.views.queue import next_sheet
from staff.access import requires
from staff.roles import LEADERS
from visits.models import ServiceOrder

LONGEST_DRAFT = 64_000
NOT_TYPED = {"csrfmiddlewaretoken", "outcome", "pick", "claim", "token"}
KEPT = "kept_calls"  # session: what was typed into a call that somebody else had taken over, by sheet


def _sheet(request, pk: int, *also: str) -> CallSheet:
    """also: what a page shows beside the customer."""
    sheet = get_object_or_404(CallSheet.objects.visible_to(request.access).select_related("customer", *also), pk=pk)
    sheet.store = request.store
    return sheet


def may_call(request, sheet: CallSheet) -> bool:
    """Callers call the queue; a recovery is its assignee's, or a leader's."""
    if sheet.audience == Audience.CALLER:
        return request.access.can("queue.call")
    return request.access.can("calls.make") and (sheet.assignee_id == request.user.pk or bool(request.access.roles & LEADERS))


def acts(view):
    """A POST of somebody who may make this call."""

    @require_POST
    @requires("calls.make")
    @wraps(view)
    def wrapper(request, pk: int, *args, **kwargs):
        sheet = _sheet(request, pk)
        if not may_call(request, sheet):
            raise PermissionDenied
        return view(request, sheet, *args, **kwargs)

    return wrapper


@requires("calls.view")
def call(request, pk: int):
    if request.method == "POST":
        sheet = _sheet(request, pk)
        if not (request.access.can("calls.make") and may_call(request, sheet)):
            raise PermissionDenied
        return _save(request, sheet)
    sheet = _sheet(request, pk, "claimed_by", "assignee")
    data = sheet.draft if sheet.draft_by_id == request.user.pk else {}
    return _page(request, sheet, data)


def _page(request, sheet, data, *, problem=None, status=200, revealed=None, lost=False):
    now = clock.now()
    followups = calls.owed(sheet, now)
    is_mine = sheet.claimed_by_id == request.user.pk
    held_by = sheet.claimed_by if sheet.claimed_by_id and not is_mine and sheet.claimed_until > now else None
    own_work = calls.asks_about(request.user, followups)
    form = CallForm(sheet.store, followups, data, CallForm.shown(followups, data) if request.method == "POST" else None)
    settings = planner.StoreSettings()
    for section in form.sections:
        section.why = explain.why_due(section.followup, settings)
    if problem is not None:
        form.show(problem)
    context = {
        "sheet": sheet,
        "customer": sheet.customer,
        "followups": followups,
        "is_mine": is_mine and not own_work and not lost,
        "may_call": may_call(request, sheet) and not own_work,
        "own_work": own_work,
        "held_by": held_by,
        "lost": lost,
        "form": form,
        "agreed_for": calls.agreed_for(list(sheet.followups.open()), now),
        "words": data.get("words", ""),
        "own_line": data.get("own_line") or request.session.get("own_line") or sheet.store.hotline[:20],
        "token": data.get("token") or uuid.uuid4().hex,
        "agreed_at": data.get("agreed_at", ""),
        "filters": queue.Filters.read(request.GET).address(),
        "revealed": revealed,
        "now": now,
        "changes": _changes(sheet, followups, now),
        **_who(sheet, followups, data),
        **_history(sheet),
    }
    # Of the car that is shown: an owner of two has been here with the other since.
    of_car = (visit for visit in context["orders"] if context["vehicle"] in (None, visit.vehicle))
    context["last_order"] = next(of_car, context["order"])
    context["script"] = _script(request, sheet, followups) if followups else None
    if context["is_mine"] and followups:
        context |= _buttons(sheet, followups, context["phones"], now, settings)
    return render(request, "followups/call.html", context, status=status)


def _changes(sheet, followups, now) -> list[numbers.Change]:
    """Of the customer's numbers, shortly before they are asked (S0)."""
    asking = next((row for row in followups if row.questionnaire), None)
    visit = (asking.order or asking.delivery) if asking else None
    if visit is None:
        return []
    return numbers.before_survey(sheet.customer, handed_over_at=visit.delivered_at, asked_at=now, rated=rated(asking))


def _who(sheet, followups, data) -> dict:
    phones = list(sheet.customer.phones.order_by("position", "pk"))
    chosen = next((phone for phone in phones if str(phone.pk) == data.get("phone") and phone.validity != Phone.Validity.INVALID), None)
    chosen = chosen or next((phone for phone in phones if phone.validity != Phone.Validity.INVALID), phones[0] if phones else None)
    order = next((row.order for row in followups if row.order_id), None)
    contact = None
    if order and order.contact_phone and parse_phone(order.contact_phone).number not in {phone.number for phone in phones}:
        contact = {"name": order.contact_name, "masked": mask_phone(parse_phone(order.contact_phone).number), "order": order}
    vehicle = next((row.vehicle for row in followups if row.vehicle_id), None)
    return {"phones": phones, "chosen": chosen, "contact": contact, "order": order, "vehicle": vehicle}


def _history(sheet) -> dict:
    customer = sheet.customer
    orders = ServiceOrder.objects.filter(customer=customer).delivered().select_related("advisor", "vehicle").order_by("-delivered_at")
    answers = Response.objects.filter(customer=customer).select_related("version__questionnaire", "advisor").order_by("-answered_at")
    return {
        "orders": list(orders[:5]),
        "answers": list(answers[:5]),
        "dials": list(Attempt.objects.filter(customer=customer).select_related("by", "phone")[:10]),
    }


def _script(request, sheet, followups) -> scripts.Script:
    store = sheet.store
    order = next((row.order for row in followups if row.order_id), None)
    delivery = next((row.delivery for row in followups if row.delivery_id), None)
    vehicle = next((row.vehicle for row in followups if row.vehicle_id), None)

    def days(event):
        return (store.today() - event.delivered_on).days if event else None

    return scripts.script(
        scripts.Facts(
            addressed=sheet.customer.addressed,
            store=store.name,
            brand=store.brand,
            hotline=store.hotline,
            caller=request.user.name,
            plans=tuple(dict.fromkeys(row.plan for row in followups)),
            model=vehicle.model if vehicle else "",
            kind=order.kind if order else "",
            served_days_ago=days(order),
            bought_days_ago=days(delivery),
            is_vip=sheet.customer.is_vip,
            is_company=sheet.customer.kind == sheet.customer.Kind.COMPANY,
            next_maintenance_on=vehicle.next_maintenance_on if vehicle else None,
            next_maintenance_km=vehicle.next_maintenance_km if vehicle else None,
        )
    )


def _buttons(sheet, followups, phones, now, settings) -> dict:
    calling = settings.calling(sheet.store)
    valid = [phone for phone in phones if phone.validity != Phone.Validity.INVALID]
    found = preview.buttons(
        now=now,
        calling=calling,
        tried=list(calls.tried(followups).values()),
        limit=sheet.store.unreachable_half_days,
        spare=valid[1].masked if len(valid) > 1 else "",
    )
    return {"save_button": found[0], "buttons": found[1:], "picks": preview.quick_picks(now, calling)}


def _typed(request) -> dict[str, str]:
    return {name: value for name, value in request.POST.items() if name not in NOT_TYPED and value}


def _said(sheet, typed):
    owed = calls.owed(sheet, clock.now())
    return CallForm(sheet.store, owed, typed, CallForm.shown(owed, typed)).said()


def _save(request, sheet):
    typed = _typed(request)
    pick = request.POST.get("pick", "")
    outcome = Outcome.RESCHEDULED if pick else request.POST.get("outcome", "")
    was_asked = outcome == Outcome.INTERVIEWED
    phone = sheet.customer.phones.filter(pk=request.POST["phone"]).first() if request.POST.get("phone", "").isdecimal() else None
    if request.session.get("own_line") != (own_line := typed.get("own_line", "")[:20]):
        request.session["own_line"] = own_line
    claim = request.POST.get("claim", "")
    try:
        saved = calls.save_call(
            sheet=sheet,
            claim=int(claim) if claim.isdecimal() else -1,
            token=request.POST.get("token", "")[:40] or uuid.uuid4().hex,
            outcome=outcome,
            phone=phone,
            own_line=typed.get("own_line", ""),
            words=typed.get("words", ""),
            agreed_at=_local_time(pick or typed.get("agreed_at", ""), sheet.store),
            said=_said(sheet, typed) if was_asked else {},
            by=request.user,
        )
    except calls.Refused as problem:
        leases.extend(sheet.pk, request.user)
        return _page(request, sheet, typed, problem=problem, status=422)
    except OwnOrder:
        raise PermissionDenied from None
    except (calls.ClaimLost, AlreadyAnswered):
        return _lost(request, sheet, typed)
    _forget(request, sheet)
    if not saved.is_repeated:
        messages.success(request, _("Saved: %(outcome)s.") % {"outcome": saved.attempt.get_outcome_display()})
        for complaint in saved.complaints:
            messages.success(request, _("Complaint %(number)s is registered: its clocks run.") % {"number": complaint.number})
    return _go_on(request, sheet)


def _lost(request, sheet, typed):
    """Somebody else has the customer now: what was typed is kept, on this page and for the next claim."""
    request.session[KEPT] = {**request.session.get(KEPT, {}), str(sheet.pk): typed}
    sheet.refresh_from_db()
    return _page(request, sheet, typed, status=409, lost=True)


def _forget(request, sheet) -> None:
    kept = request.session.get(KEPT, {})
    if kept.pop(str(sheet.pk), None) is not None:
        request.session[KEPT] = kept


def _local_time(text: str, store) -> datetime | None:
    try:
        return datetime.strptime(text[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=store.tz)
    except ValueError:
        return None


def _go_on(request, sheet):
    """Straight to the next call."""
    if sheet.audience == Audience.ADVISOR:
        mine = CallSheet.objects.filter(store=sheet.store, audience=Audience.ADVISOR, assignee=request.user).with_open_followups()
        pk = leases.take_next(mine, request.user)
        return redirect("followups:call", pk) if pk else redirect("followups:recoveries")
    filters = queue.Filters.read(request.GET)
    pk = next_sheet(request, filters)
    if pk is None:
        messages.info(request, _("Nobody is left to call here right now."))
        return redirect(reverse("followups:queue") + filters.address())
    return redirect(reverse("followups:call", args=[pk]) + filters.address())


@acts
def claim(request, sheet):
    here = reverse("followups:call", args=[sheet.pk]) + queue.Filters.read(request.GET).address()
    if calls.asks_about(request.user, calls.owed(sheet, clock.now())):
        messages.error(request, _("These answers would be about your own work: a colleague has to ask."))
    elif leases.take(sheet.pk, request.user):
        kept = request.session.get(KEPT, {}).get(str(sheet.pk))
        if kept:
            CallSheet.objects.filter(pk=sheet.pk, claimed_by=request.user).update(draft=kept, draft_by=request.user)
            _forget(request, sheet)
    else:
        messages.warning(request, _("Somebody else has just taken this customer, or the call is done."))
    return redirect(here)


@acts
def release(request, sheet):
    leases.release(sheet.pk, request.user)
    if sheet.audience == Audience.ADVISOR:
        return redirect("followups:recoveries")
    return redirect(reverse("followups:queue") + queue.Filters.read(request.GET).address())


@acts
def leave(request, sheet):
    """The beacon of a page that is being left: free in a few seconds, unless it was only reloaded."""
    leases.leave(sheet.pk, request.user)
    return HttpResponse(status=204)


@acts
def beat(request, sheet):
    """204 while the claim holds, 409 when somebody else has taken over."""
    return HttpResponse(status=204 if leases.extend(sheet.pk, request.user) else 409)


@acts
def draft(request, sheet):
    """Keeps what is typed, on the sheet, for a reload or another machine. 204, 409 as beat, 413 when it is absurdly long.

    A page whose call has been saved may still send one: it must not fill in the next call to the same customer.
    """
    typed, claim = _typed(request), request.POST.get("claim", "")
    if len(json.dumps(typed)) > LONGEST_DRAFT:
        return HttpResponse(status=413)
    mine = CallSheet.objects.filter(pk=sheet.pk, claimed_by=request.user, claims=int(claim) if claim.isdecimal() else -1)
    kept = mine.update(draft=typed, draft_by=request.user, claimed_until=clock.now() + leases.LEASE)
    return HttpResponse(status=204 if kept else 409)


@require_POST
@requires("phone.reveal")
def reveal(request, pk: int, phone_pk: int):
    """The whole number, to read and to dial; who looked is kept. Without JavaScript the page comes back with it."""
    sheet = _sheet(request, pk)
    phone = get_object_or_404(Phone, pk=phone_pk, customer=sheet.customer)
    number = archive.reveal_phone(phone=phone, by=request.user)
    shown = {"pk": phone.pk, "number": number, "text": display_phone(number)}
    if request.htmx:
        return render(request, "followups/_number.html", {"revealed": shown})
    return _page(request, sheet, {**_typed(request), "phone": str(phone.pk)}, revealed=shown)


@acts
@once
def add_contact(request, sheet):
    """The contact person's number from the order becomes one of the customer's."""
    named = request.POST.get("order", "")
    order = get_object_or_404(ServiceOrder, pk=named if named.isdecimal() else 0, customer=sheet.customer)
    archive.add_phone(customer=sheet.customer, text=order.contact_phone, label=order.contact_name[:40], by=request.user)
    return redirect("followups:call", sheet.pk)
