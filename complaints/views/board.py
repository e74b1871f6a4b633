"""The 2-1-1 board and the archive."""

from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from complaints import archive as archive_filters
from complaints import board, feedback_list
from complaints.forms import standards
from complaints.kinds import Department
from complaints.models import Complaint
from core import clock
from csi import mot
from csi.models import Link
from customers import search
from staff.access import requires

PAGE = 50


@never_cache
@requires("complaints.view")
@require_safe
def index(request):
    now, filters, user = clock.now(), board.Filters.read(request.GET), request.user
    everything = board.open_to(request.access)
    complaints = filters.apply(everything)
    lines, last = board.page(complaints.filter(board.tab_condition(filters.tab, user, now)), request.GET.get("after", ""))
    counts = board.counts(complaints, user, now)
    names = {
        "all": pgettext("complaint", "Open"),
        "late": _("Late"),
        "mine": _("Mine"),
        "waiting": _("Waiting for the customer"),
        "revisit": _("To revisit"),
    }
    here = reverse("complaints:board")
    waiting = feedback_list.waiting(request.access, now)
    context = {
        "tabs": [
            {"name": names[tab], "count": counts[f"n_{tab}"], "tab": tab, "here": tab == filters.tab, "url": here + filters.address(show=tab if tab != "all" else "")}
            for tab in board.TABS
        ],
        "lines": lines,
        "filters": filters,
        "levels": [{**row, "url": here + filters.address(level=row["level"])} for row in board.by_level(everything, now)],
        "owners": [{**row, "url": here + filters.address(owner=row["handler"])} for row in board.by_owner(everything, now)],
        "departments": [(value, label, here + filters.address(department=value)) for value, label in Department.choices],
        "narrowed": bool(filters.level or filters.owner or filters.department),
        "next_url": here + filters.address(after=last) if last else "",
        "first_url": here + filters.address() if request.GET.get("after") else "",
        "now": now,
        "feedback": waiting,
        "late_feedback": ngettext("%(n)d late", "%(n)d late", waiting["late"]) % {"n": waiting["late"]},
    }  # fmt: skip
    return render(request, "complaints/board.html", context)


@never_cache
@requires("complaints.view")
@require_http_methods(["GET", "POST"])
def archive(request):
    """All complaints, the newest first. Filters stand in the address; what names somebody (name, plate, phone) comes by POST."""
    filters = archive_filters.Filters.read(request.GET)
    text = request.POST.get("q", "").strip()[:60]
    visible = Complaint.objects.visible_to(request.access)
    rows = filters.apply(visible)
    if text:
        rows = rows.filter(_found(request.store, text))
    # Whoever comes from a figure sees how many there are; the whole archive is not counted at every look.
    total = rows.count() if filters.first and filters.last else None
    rows = rows.order_by("-received_at", "-pk")
    after = request.GET.get("after", "")
    last = visible.filter(pk=after).only("received_at").first() if after.isdecimal() and len(after) < 18 else None
    if last:
        rows = rows.filter(Q(received_at__lt=last.received_at) | Q(received_at=last.received_at, pk__lt=last.pk))
    found = list(rows.select_related("customer", "vehicle", "handler")[: PAGE + 1])
    query = filters.query
    first_url = f"?{query.urlencode()}" if last else ""
    next_url = ""
    if len(found) > PAGE and not text:
        query["after"] = found[PAGE - 1].pk
        next_url = f"?{query.urlencode()}"
    named = {"status": _("State"), "closing": pgettext("complaint", "closed as"), "answered": _("among the dissatisfied answers")}
    choices = [
        (name, named.get(name) or Complaint._meta.get_field(name).verbose_name, kinds.choices, getattr(filters, name))
        for name, kinds in archive_filters.KINDS.items()
    ]
    context = {
        "lines": found[:PAGE],
        "q": text,
        "filters": filters,
        "choices": choices,
        "standards": [
            *((link.label, standards(link)[1:]) for link in Link if mot.STANDARDS[link]),
            (_("others"), [(archive_filters.UNNAMED, _("no standard named"))]),
        ],
        "total": total,
        "next_url": next_url,
        "first_url": first_url,
        "is_more": bool(text) and len(found) > PAGE,
    }
    return render(request, "complaints/archive.html", context)


def _found(store, text: str) -> Q:
    """By number, or whoever and whatever the search box would find; a name without a file as it is written."""
    hits, _is_more = search.find(store, text)
    customers = [hit.customer.pk for hit in hits if hit.customer]
    vehicles = [vehicle.pk for hit in hits for vehicle in hit.vehicles if not hit.customer]
    return Q(number__iexact=text) | Q(complainant=text) | Q(customer__in=customers) | Q(vehicle__in=vehicles)
