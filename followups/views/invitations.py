"""Asking without a call: the link of a visit's questions, its code, the message, and the tablet on the counter."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import clock, qr
from core.once import once
from csi import counter, invitations, links
from csi.actions import AlreadyAnswered, OwnOrder
from csi.models import CounterScreen, Invitation, Response
from customers.identifiers import plate_tail
from followups import asking
from followups.duty import rated
from followups.models import FollowUp
from staff.access import requires
from visits.models import ServiceOrder


def _followup(request, pk: int) -> FollowUp:
    rows = FollowUp.objects.visible_to(request.access).filter(plan__in=asking.ASKING).select_related(*asking.RELATED)
    return get_object_or_404(rows, pk=pk)


@never_cache
@requires("survey.send")
@require_safe
def invitation(request, pk: int):
    followup = _followup(request, pk)
    found = Invitation.objects.filter(store=request.store, occasion=asking.occasion(followup)).select_related("created_by").first()
    response = Response.objects.filter(store=request.store, occasion=asking.occasion(followup)).first()
    # Whoever is rated does not get hold of the link: they could answer it themselves (domain §4).
    is_own = rated(followup) == request.user
    is_open = found is not None and response is None and invitations.state(found, clock.now()) == "open"
    shows = is_open and not is_own
    context = {
        "followup": followup,
        "customer": followup.customer,
        "car": plate_tail(followup.vehicle.plate) if followup.vehicle else "",
        "invitation": found,
        "response": response,
        "is_open": is_open,
        "is_own": is_own,
        "address": links.address(found, request) if shows else "",
        "code": qr.svg(links.address(found, request, scanned=True)) if shows else "",
        "letter": asking.letter_for(found) if found else None,
        "screens": [] if response or is_own else list(counter.screens(request.store).filter(paired_at__isnull=False)),
        "is_local": not settings.SITE_URL and request.get_host().partition(":")[0] in {"localhost", "127.0.0.1", "[::1]"},
    }
    return render(request, "followups/invitation.html", context)


def _acts(view):
    """A POST about a follow-up's questions; never by whoever is rated."""

    @requires("survey.send")
    @require_POST
    @once
    def wrapper(request, pk: int):
        followup = _followup(request, pk)
        if rated(followup) == request.user:
            raise PermissionDenied
        try:
            view(request, followup)
        except AlreadyAnswered:
            messages.info(request, _("It has been answered meanwhile: nobody needs to be asked."))
        return redirect("followups:invitation", followup.pk)

    return wrapper


@_acts
def make(request, followup: FollowUp):
    asking.invite(followup=followup, by=request.user)
    messages.success(request, _("The link works from now on."))


@_acts
def send(request, followup: FollowUp):
    try:
        asking.send(followup=followup, by=request.user)
    except asking.NotWanted:
        messages.error(request, _("This customer asked never to be called: no message either. At the counter they may answer."))
    else:
        messages.success(request, _("The message waits under Letters for whoever sends it."))


@_acts
def withdraw(request, followup: FollowUp):
    found = get_object_or_404(Invitation, store=followup.store, occasion=asking.occasion(followup))
    if invitations.withdraw(invitation=found, by=request.user):
        messages.success(request, _("The link does not work any more."))


@_acts
def show(request, followup: FollowUp):
    """On one of the counter's tablets."""
    named = request.POST.get("screen", "")
    screen = get_object_or_404(counter.screens(request.store), pk=int(named) if named.isdecimal() and len(named) < 18 else 0)
    _put_on(request, screen, asking.invite(followup=followup, by=request.user))


def _put_on(request, screen: CounterScreen, found: Invitation) -> None:
    try:
        counter.show(screen=screen, invitation=found, by=request.user)
    except OwnOrder:
        raise PermissionDenied from None
    messages.success(request, _("The questions are on the screen: %(screen)s.") % {"screen": screen.name})


@never_cache
@requires("survey.send")
@once
def handed_over(request):
    """Cars handed over today or yesterday: whose owner is standing at the counter is put on a tablet. Without whoever is rated, and without those
    that have been answered."""
    since = request.store.today() - timedelta(days=1)
    rows = ServiceOrder.objects.delivered().filter(store=request.store, delivered_on__gte=since).exclude(advisor=request.user)
    said = Response.objects.filter(order=OuterRef("pk"), version__questionnaire__code="service-callback")
    rows = rows.filter(~Exists(said)).select_related("store", "customer", "vehicle", "advisor").order_by("-delivered_at", "-pk")
    screens = list(counter.screens(request.store).filter(paired_at__isnull=False))
    if request.method == "POST":
        named = [request.POST.get(name, "") for name in ("order", "screen")]
        order_pk, screen_pk = (int(text) if text.isdecimal() and len(text) < 18 else 0 for text in named)
        order = get_object_or_404(rows, pk=order_pk)
        screen = next((one for one in screens if one.pk == screen_pk), None)
        if screen is None:
            messages.error(request, _("Choose a screen that is set up."))
            return redirect("followups:at_counter")
        try:
            _put_on(request, screen, asking.invite_to_order(order=order, by=request.user))
        except AlreadyAnswered:
            messages.info(request, _("It has been answered meanwhile: nobody needs to be asked."))
        return redirect("followups:at_counter")
    lines = [{"order": order, "car": plate_tail(order.vehicle.plate)} for order in rows[:60]]
    return render(request, "followups/at_counter.html", {"lines": lines, "screens": screens})
