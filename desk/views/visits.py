"""One visit: forward with one tap, the work, the hand-over with what follows from it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock, qr
from core.once import once
from csi import invitations, links
from customers.actions import EditConflict
from desk.views.visits_page import changed_meanwhile, hand_over_initial, order_initial, page
from followups import actions as followups
from followups import asking
from staff.access import requires
from visits import actions, checklists
from visits.forms import CancelForm, HandOverForm, ItemForm, OrderForm, PartForm, ScopeForm
from visits.models import OrderItem, OrderPart, ServiceOrder


def fetch(request, pk: int) -> ServiceOrder:
    rows = ServiceOrder.objects.visible_to(request.access)
    return get_object_or_404(rows.select_related("store", "vehicle", "customer", "advisor", "inspector", "redoes", "created_by"), pk=pk)


def back(order: ServiceOrder):
    return redirect("desk:visit", order.pk)


def told_meanwhile(request) -> None:
    messages.warning(request, _("Somebody else was quicker: this is how the visit stands now."))


@never_cache
@requires("visits.view")
@require_safe
def visit(request, pk: int):
    return page(request, fetch(request, pk))


@requires("visits.edit")
@require_POST
@once
def step(request, pk: int):
    """One tap: from the step that the page showed to another. `checked`: the ticked points of the step that is left."""
    order = fetch(request, pk)
    left = request.POST.get("from", "")
    try:
        actions.move_step(
            order=order, from_step=left, to_step=request.POST.get("to", ""), by=request.user,
            checklist=checklists.known(left, request.POST.getlist("checked")),
        )  # fmt: skip
    except EditConflict:
        told_meanwhile(request)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return back(order)


@requires("visits.edit")
@require_POST
@once
def sign(request, pk: int):
    order = fetch(request, pk)
    try:
        if not actions.sign(order=order, by=request.user):
            told_meanwhile(request)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return back(order)


@requires("visits.edit")
@require_POST
@once
def start(request, pk: int):
    order = fetch(request, pk)
    if not actions.start_work(order=order, by=request.user):
        told_meanwhile(request)
    return back(order)


def _earlier(order: ServiceOrder):
    return ServiceOrder.objects.delivered().of_vehicle(order.vehicle).exclude(pk=order.pk)


@never_cache
@requires("visits.edit")
@require_http_methods(["GET", "POST"])
@once
def edit(request, pk: int):
    """Promise, people, words, estimate and amounts. Two at once: the second keeps what was typed and sees what differs."""
    order, conflict, differences = fetch(request, pk), False, []
    form = OrderForm(request.POST or None, store=request.store, orders=_earlier(order), initial=order_initial(order))
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_order(
                order=order, expected_version=form.cleaned_data["version"], by=request.user,
                technicians=form.cleaned_data["technicians"], **form.changes(),
            )  # fmt: skip
        except EditConflict:
            order, form, differences = changed_meanwhile(request, order, form, order_initial)
            conflict = True
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("Saved."))
            return back(order)
    context = {"order": order, "form": form, "conflict": conflict, "differences": differences}
    return render(request, "visits/edit.html", context, status=422 if request.method == "POST" else 200)


@never_cache
@requires("visits.edit")
@require_http_methods(["GET", "POST"])
@once
def scope(request, pk: int):
    """A change after the signature, with the customer's consent."""
    order, conflict, differences = fetch(request, pk), False, []
    form = ScopeForm(request.POST or None, store=request.store, initial={"version": order.version})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.change_scope(
                order=order, expected_version=data["version"], by=request.user, what=data["what"], consent=data["consent"],
                extra_fen=data["extra_fen"], promised_at=data["promised_at"],
            )  # fmt: skip
        except EditConflict:
            order, form, differences = changed_meanwhile(request, order, form)
            conflict = True
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("The change and the customer's consent are recorded."))
            return back(order)
    context = {"order": order, "form": form, "conflict": conflict, "differences": differences}
    return render(request, "visits/scope.html", context, status=422 if request.method == "POST" else 200)


@requires("visits.edit")
@require_POST
@once
def add_item(request, pk: int):
    order, form = fetch(request, pk), ItemForm(request.POST, prefix="item")
    if form.is_valid():
        try:
            actions.add_item(order=order, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            return redirect(reverse("desk:visit", args=[pk]) + "#work")
    return page(request, order, item_form=form)


@requires("visits.edit")
@require_POST
@once
def settle_item(request, pk: int, item: int):
    """Done ↔ declined, or taken off the list."""
    order = fetch(request, pk)
    row = get_object_or_404(OrderItem.objects.select_related("order__store"), order=order, pk=item)
    if request.POST.get("result") == "remove":
        actions.remove_item(item=row, by=request.user)
    else:
        try:
            actions.settle_item(item=row, result=request.POST.get("result", ""), by=request.user)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
    return redirect(reverse("desk:visit", args=[pk]) + "#work")


@requires("visits.edit")
@require_POST
@once
def add_part(request, pk: int):
    order, form = fetch(request, pk), PartForm(request.POST, prefix="part")
    if form.is_valid():
        actions.add_part(order=order, by=request.user, **form.cleaned_data)
        return redirect(reverse("desk:visit", args=[pk]) + "#parts")
    return page(request, order, part_form=form)


@requires("visits.edit")
@require_POST
@once
def remove_part(request, pk: int, part: int):
    order = fetch(request, pk)
    actions.remove_part(part=get_object_or_404(OrderPart.objects.select_related("order__store"), order=order, pk=part), by=request.user)
    return redirect(reverse("desk:visit", args=[pk]) + "#parts")


@never_cache
@requires("visits.edit")
@require_http_methods(["GET", "POST"])
@once
def hand_over(request, pk: int):
    """交车: the order and what it promises the customer (the service call) are written together or not at all."""
    order, conflict, differences = fetch(request, pk), False, []
    if order.step in actions.GONE:
        told_meanwhile(request)
        return back(order)
    form = HandOverForm(request.POST or None, store=request.store, initial=hand_over_initial(order, clock.now()))
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                actions.deliver(
                    order=order, expected_version=form.cleaned_data["version"], by=request.user,
                    checklist=checklists.known("ready", request.POST.getlist("checked")), **form.changes(),
                )  # fmt: skip
                followups.plan_for_order(order=order, by=request.user)
                asking.prepare(order=order, by=request.user)
        except actions.StepConflict:
            told_meanwhile(request)
            return back(order)
        except EditConflict:
            order, form, differences = changed_meanwhile(request, order, form, lambda order: hand_over_initial(order, clock.now()))
            conflict = True
            if order.step in actions.GONE:
                told_meanwhile(request)
                return back(order)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("The car is handed over. What is promised to the customer stands below."))
            return back(order)
    context = {
        "order": order, "form": form, "conflict": conflict, "differences": differences, "points": checklists.of("ready"),
        "checked": request.POST.getlist("checked"),
    }  # fmt: skip
    return render(request, "visits/hand_over.html", context, status=422 if request.method == "POST" else 200)


@requires("visits.edit")
@require_POST
@once
def cancel(request, pk: int):
    order, form = fetch(request, pk), CancelForm(request.POST, prefix="cancel")
    if form.is_valid():
        try:
            actions.cancel(order=order, from_step=request.POST.get("from", ""), reason=form.cleaned_data["reason"], by=request.user)
        except EditConflict:
            told_meanwhile(request)
        return back(order)
    return page(request, order, cancel_form=form)


@never_cache
@requires("visits.view")
@require_safe
def print_order(request, pk: int):
    """委托书: what the customer signs."""
    return _printed(request, pk, "visits/print_order.html")


@never_cache
@requires("visits.view")
@require_safe
def print_bill(request, pk: int):
    """结算单: what the customer pays for."""
    return _printed(request, pk, "visits/print_bill.html")


def _printed(request, pk: int, template: str):
    order = fetch(request, pk)
    context = {
        "order": order, "items": list(order.items.all()), "parts": list(order.parts.all()), "technicians": list(order.technicians.all()),
        "code": survey_code(request, order), "phone": order.customer.phones.callable().first(), "printed_at": clock.now(), "scope_changes": list(order.scope_changes.all()),
    }  # fmt: skip
    return render(request, template, context)


def survey_code(request, order):
    """The code of the order's questions for the bill, where there is a link that works; not on a print of whoever is rated."""
    found = asking.of_order(order) if order.delivered_at and order.advisor_id != request.user.pk else None
    if found is None or invitations.state(found, clock.now()) != "open":
        return ""
    return qr.svg(links.address(found, request, scanned=True))
