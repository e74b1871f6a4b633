"""Registering in sixty seconds: from the customer's page, the counter, the call screen."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from complaints import actions
from complaints.forms import NewComplaintForm
from complaints.kinds import Department
from complaints.models import Complaint
from customers.models import Customer, Ownership, Vehicle
from staff.access import requires
from staff.roles import SALES
from visits.models import ServiceOrder


def about(request):
    """(customer, vehicle, order) that the address names; a car brings its owner, a customer with one car brings the car."""
    asked = request.POST if request.method == "POST" else request.GET

    def record(rows, name):
        pk = asked.get(name, "")
        return get_object_or_404(rows.visible_to(request.access), pk=pk if pk.isdecimal() and len(pk) < 18 else 0) if pk else None

    order = record(ServiceOrder.objects.select_related("customer", "vehicle"), "order")
    if order:
        return order.customer, order.vehicle, order
    customer, vehicle = record(Customer.objects, "customer"), record(Vehicle.objects, "vehicle")
    open_ones = Ownership.objects.filter(until=None).select_related("customer", "vehicle")
    if vehicle and customer is None:
        owner = open_ones.filter(vehicle=vehicle).first()
        customer = owner.customer if owner else None
    elif customer and vehicle is None:
        cars = list(open_ones.filter(customer=customer)[:2])
        vehicle = cars[0].vehicle if len(cars) == 1 else None
    return customer, vehicle, None


@never_cache
@requires("complaints.register")
@require_http_methods(["GET", "POST"])
def new(request):
    """?order, ?vehicle, ?customer: whose. ?stranger=1: somebody without a file. Nothing: the search box."""
    customer, vehicle, order = about(request)
    stranger = customer is None and (request.POST.get("stranger") or request.GET.get("stranger")) == "1"
    if customer is None and not stranger:
        return render(request, "complaints/new_search.html")
    department = Department.SALES if request.access.roles & SALES else Department.SERVICE
    form = NewComplaintForm(request.POST or None, store=request.store, stranger=stranger, initial={"department": department})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_complaint(
                store=request.store, customer=customer, vehicle=vehicle, order=order, token=request.POST.get("token", "")[:40] or None,
                by=request.user, **form.cleaned_data,
            )  # fmt: skip
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("Complaint %(number)s is registered: its clocks run.") % {"number": made.number})
            seen = Complaint.objects.visible_to(request.access).filter(pk=made.pk).exists()
            return redirect("complaints:complaint", made.pk) if seen else redirect("complaints:board")
    context = {
        "form": form,
        "customer": customer,
        "vehicle": vehicle,
        "order": order,
        "stranger": stranger,
        "token": request.POST.get("token") or uuid.uuid4().hex,
    }
    return render(request, "complaints/new.html", context, status=422 if request.method == "POST" else 200)
