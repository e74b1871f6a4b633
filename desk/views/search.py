"""Search everywhere: by POST, because what is typed is personal data (no address, no log holds it)."""

from dataclasses import dataclass

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from customers import search as archive
from customers.models import Customer, Vehicle
from staff.access import requires

TARGETS = ("", "visit", "owner", "appointment", "delivery")


@dataclass
class Row:
    """A line of the results: where it leads, the car that it is about, the customer, and what else they drive."""

    url: str
    customer: Customer | None
    vehicle: Vehicle | None
    others: list[Vehicle]


@never_cache
@requires("archive.view")
@require_http_methods(["GET", "POST"])
def search(request):
    """The page (target ''); live results under a search box; rows to pick a car for a visit (target 'visit') or an owner ('owner')."""
    text = request.POST.get("q", "").strip()[:60]
    target = request.POST.get("target", "")
    if target not in TARGETS:
        target = ""
    car = request.POST.get("vehicle", "")
    if target == "owner" and not car.isdecimal():
        target = ""
    hits, is_more = archive.find(request.store, text) if text else ([], False)
    context = {
        "rows": [row for hit in hits for row in rows_of(hit, target, car)],
        "is_more": is_more,
        "q": text,
        "target": target,
        "car": car if target == "owner" else "",
        "is_short": bool(text) and len(text) < archive.SHORTEST_TAIL and text.isascii() and not text.isalpha(),
    }
    return render(request, "desk/search_results.html" if request.htmx else "desk/search.html", context)


def rows_of(hit: archive.Hit, target: str, car: str = "") -> list[Row]:
    if target == "visit":
        active = [one for one in hit.vehicles if one.status == Vehicle.Status.ACTIVE]
        if hit.customer and not active:
            return [Row(f"{reverse('desk:new_visit')}?customer={hit.customer.pk}", hit.customer, None, [])]
        return [Row(f"{reverse('desk:new_visit')}?vehicle={one.pk}", hit.customer, one, []) for one in active]
    if target == "appointment":
        active = [one for one in hit.vehicles if one.status == Vehicle.Status.ACTIVE]
        if hit.customer and not active:
            return [Row(f"{reverse('desk:new_appointment')}?customer={hit.customer.pk}", hit.customer, None, [])]
        return [Row(f"{reverse('desk:new_appointment')}?vehicle={one.pk}", hit.customer, one, []) for one in active]
    if target == "delivery":
        return [Row(f"{reverse('desk:new_delivery')}?customer={hit.customer.pk}", hit.customer, None, hit.vehicles)] if hit.customer else []
    if target == "owner":
        if hit.customer is None:
            return []
        url = f"{reverse('desk:vehicle_transfer', args=[car])}?to={hit.customer.pk}"
        return [Row(url, hit.customer, None, hit.vehicles)]
    first, *others = hit.vehicles or [None]
    url = reverse("desk:customer", args=[hit.customer.pk]) if hit.customer else reverse("desk:vehicle", args=[first.pk])
    return [Row(url, hit.customer, first, others)]
