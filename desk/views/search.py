"""Search everywhere: by POST, because what is typed is personal data (no address, no log holds it)."""

from dataclasses import dataclass

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from customers import search as archive
from customers.models import Customer, Vehicle
from staff.access import requires

# What a box may be for: "" a page, a car for a visit or an appointment, a buyer for a delivery, a new owner.
FOR_A_CAR = {"visit": "desk:new_visit", "appointment": "desk:new_appointment", "complaint": "complaints:new", "card": "followups:cards"}
TARGETS = ("", "owner", "delivery", *FOR_A_CAR)


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
    """The page; live results under a search box; rows that pick a car or a customer for another page (`target`, `vehicle`)."""
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
    page = "visits/appointment_search.html" if target == "appointment" else "desk/search.html"  # whoever books goes on booking
    return render(request, "desk/search_results.html" if request.htmx else page, context)


def rows_of(hit: archive.Hit, target: str, car: str = "") -> list[Row]:
    """car: the pk of the vehicle that gets a new owner."""
    if target in FOR_A_CAR:
        page = reverse(FOR_A_CAR[target])
        active = [one for one in hit.vehicles if one.status == Vehicle.Status.ACTIVE]
        if hit.customer and not active:
            return [Row(f"{page}?customer={hit.customer.pk}", hit.customer, None, [])]
        return [Row(f"{page}?vehicle={one.pk}", hit.customer, one, []) for one in active]
    if target:
        if hit.customer is None:
            return []
        url = f"{reverse('desk:vehicle_transfer', args=[car])}?to=" if target == "owner" else f"{reverse('desk:new_delivery')}?customer="
        return [Row(f"{url}{hit.customer.pk}", hit.customer, None, hit.vehicles)]
    first, *others = hit.vehicles or [None]
    url = reverse("desk:customer", args=[hit.customer.pk]) if hit.customer else reverse("desk:vehicle", args=[first.pk])
    return [Row(url, hit.customer, first, others)]
