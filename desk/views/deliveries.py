"""New cars handed over: the list, recording one, and the calls that it promises."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.once import once
from customers import actions as archive
from customers.models import Customer, Vehicle
from desk.views.filing import warn_of_vin, with_this_phone
from desk.views.visits_new import asked_for, known_twin, owner_from, owner_of
from followups import actions as followups
from followups.explain import why_due
from followups.models import FollowUp
from followups.planner import StoreSettings
from staff.access import requires
from visits.deliveries import record_delivery
from visits.forms import CarForm, DeliveryForm, OwnerForm
from visits.models import NewCarDelivery

PAGE = 50


@never_cache
@requires("deliveries.view")
@require_safe
def deliveries(request):
    """The latest first; keyset paging by (day, pk)."""
    mine = request.GET.get("mine") == "1"
    calls_open = Count("followups", filter=Q(followups__status="open"))
    rows = (
        NewCarDelivery.objects.visible_to(request.access)
        .select_related("vehicle", "customer", "consultant")
        .annotate(calls_open=calls_open)
    )
    if mine:
        rows = rows.filter(consultant=request.user)
    after, _sep, last_pk = request.GET.get("after", "").partition("_")
    is_first = True
    try:
        day, pk = date.fromisoformat(after), int(last_pk)
        rows, is_first = rows.filter(delivered_on__lte=day).exclude(delivered_on=day, pk__gte=pk), False
    except ValueError:
        pass
    found = list(rows.order_by("-delivered_on", "-pk")[: PAGE + 1])
    query = QueryDict(mutable=True)
    if mine:
        query["mine"] = "1"
    first_url = f"?{query.urlencode()}" if not is_first else ""
    next_url = ""
    if len(found) > PAGE:
        last = found[PAGE - 1]
        query["after"] = f"{last.delivered_on.isoformat()}_{last.pk}"
        next_url = f"?{query.urlencode()}"
    context = {"deliveries": found[:PAGE], "mine": mine, "next_url": next_url, "first_url": first_url}
    return render(request, "visits/deliveries.html", context)


@never_cache
@requires("deliveries.view")
@require_safe
def delivery(request, pk: int):
    rows = NewCarDelivery.objects.visible_to(request.access).select_related("store", "vehicle", "customer", "consultant")
    row = get_object_or_404(rows, pk=pk)
    calls = FollowUp.objects.filter(delivery=row).select_related("store").order_by("due_at")
    settings = StoreSettings()
    context = {
        "delivery": row,
        "calls": [(call, why_due(call, settings)) for call in calls],
        "phone": row.customer.phones.callable().first(),
    }
    return render(request, "visits/delivery.html", context)


@never_cache
@requires("deliveries.edit")
@require_http_methods(["GET", "POST"])
@once
def new_delivery(request):
    """?customer: a known customer buys. ?vehicle: a car whose file exists already. Else both in one form. A button `known` asks for the
    page of the car that has a file, with what was typed so far, and nothing is saved: for who owns it (or was chosen), or a new owner."""
    asked = request.POST if request.method == "POST" else request.GET
    vehicle = asked_for(Vehicle.objects.visible_to(request.access).active(), asked.get("vehicle"))
    customer = asked_for(Customer.objects.visible_to(request.access), asked.get("customer"))
    known = request.POST.get("known", "")
    if known and vehicle is None:
        vehicle = _typed_car(request)
    if vehicle is None:  # the plate was put right: it is saved, whatever button Enter presses
        known = ""
    data = None if known else request.POST or None
    has_new_owner = known == "new_owner" or not known and "new_owner" in request.POST
    if has_new_owner:
        customer = None
    elif vehicle and customer is None:
        customer = owner_of(vehicle)
    is_consultant = bool(request.access.roles & {"sales", "sales_supervisor", "sales_manager"})
    initial = {"delivered_at": clock.now().replace(second=0, microsecond=0), "consultant": request.user.pk if is_consultant else None}
    form = DeliveryForm(data, store=request.store, initial=initial)
    if known:  # as typed; it is checked when it is saved
        form.initial |= {name: text for name, text in request.POST.items() if name in form.fields}
    typed_owner = {name: request.POST.get(f"owner-{name}", "") for name in ("name", "gender", "phone")}
    owner_form = None if customer else OwnerForm(data, prefix="owner", initial=typed_owner)
    car_form = None if vehicle else CarForm(data, prefix="car")
    twin, matches = None, []
    if form.is_bound:
        parts = [part for part in (form, owner_form, car_form) if part is not None]
        valid = [part.is_valid() for part in parts] == [True] * len(parts)  # each is asked, so that each shows what is wrong
        twin = known_twin(car_form, request) if car_form else None
        matches = with_this_phone(owner_form, request) if owner_form else []
        if valid and not twin and not matches:
            try:
                row = _record(request, form, vehicle, customer, car_form, owner_form)
            except ValidationError as refused:
                about_car = car_form and {"plate", "vin", "model"} & set(getattr(refused, "error_dict", {}))
                (car_form if about_car else form).add_errors(refused)
            except archive.EditConflict:
                form.add_error(None, _("Somebody else changed the owner meanwhile; look at the file first."))
            else:
                messages.success(request, _("The new car is handed over. What is promised to the customer stands below."))
                return redirect("desk:delivery", row.pk)
    context = {
        "form": form, "owner_form": owner_form, "car_form": car_form, "vehicle": vehicle, "customer": customer, "twin": twin, "matches": matches,
        "typed_owner": typed_owner, "has_new_owner": has_new_owner, "is_owners": bool(vehicle and customer and customer == owner_of(vehicle)),
    }  # fmt: skip
    return render(request, "visits/delivery_new.html", context, status=422 if form.is_bound else 200)


def _typed_car(request) -> Vehicle | None:
    """The car that has the typed plate or VIN, unless it has left: then it comes back by its own page only."""
    form = CarForm(request.POST, prefix="car")
    form.is_valid()
    twin = known_twin(form, request)
    return twin if twin and twin.status == Vehicle.Status.ACTIVE else None


@transaction.atomic
def _record(request, form, vehicle, customer, car_form, owner_form) -> NewCarDelivery:
    """Customer, car, hand-over and its calls: all or nothing."""
    owner = customer or owner_from(owner_form, request)
    if vehicle is None:
        car = car_form.cleaned_data
        day = request.store.local_date(form.cleaned_data["delivered_at"])
        vehicle = archive.create_vehicle(
            store=request.store, owner=owner, since=day, by=request.user, plate=car["plate"], vin=car["vin"], model=car["model"]
        )
        warn_of_vin(request, vehicle)
    row = record_delivery(store=request.store, vehicle=vehicle, customer=owner, by=request.user, **form.cleaned_data)
    followups.plan_for_delivery(delivery=row, by=request.user)
    return row
