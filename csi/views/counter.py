"""The tablet on the counter: big questions about the visit that a colleague has chosen, and no way from there into the application."""

from functools import wraps

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.once import FIELD
from csi import counter, invitations, links
from csi.actions import AlreadyAnswered
from csi.models import Response
from csi.models_invitations import CounterScreen, Invitation
from csi.survey import SurveyForm
from customers.identifiers import plate_tail

COOKIE = "counter"
YEAR = 365 * 24 * 3600


def on_screen(view):
    """The view is for a paired tablet; everybody else learns that they have none. A staff session beside it is not tolerated: whoever
    stands before the tablet could walk into it."""

    @never_cache
    @login_not_required
    @wraps(view)
    def wrapper(request):
        try:
            screen = counter.of_cookie(request.COOKIES.get(COOKIE, ""))
        except counter.NoScreen:
            return render(request, "csi/counter_none.html", {"place": None}, status=403)
        if request.user.is_authenticated:
            return render(request, "csi/counter_signed_in.html", {"place": screen.store}, status=403)
        with timezone.override(screen.store.tz):
            return view(request, screen)

    return wrapper


def _open(screen: CounterScreen) -> Invitation | None:
    invitation = counter.shown(screen)
    return None if invitation is None or invitations.is_answered(invitation) else invitation


@require_http_methods(["GET", "HEAD", "POST"])
@on_screen
def index(request, screen: CounterScreen):
    if request.method == "POST":
        return _send(request, screen)
    invitation = _open(screen)
    if invitation is None:
        return render(request, "csi/counter_rest.html", {"place": screen.store})
    return _questions(request, screen, invitation, SurveyForm(invitation.version, {}))


def _questions(request, screen, invitation: Invitation, form: SurveyForm, status: int = 200):
    context = {
        "place": screen.store,
        "invitation": invitation,
        "token": links.token(invitation),
        "car": plate_tail(invitation.vehicle.plate) if invitation.vehicle else "",
        "form": form,
    }
    return render(request, "csi/counter.html", context, status=status)


def _send(request, screen: CounterScreen):
    """The form names its visit: a colleague may have put the next one on the tablet while the customer was still answering."""
    try:
        invitation = links.find(request.POST.get("visit", ""), "version__questionnaire", "customer", "vehicle")
    except links.NoLink:
        return redirect("csi:counter")
    if invitation.store_id != screen.store_id:
        return redirect("csi:counter")
    form = SurveyForm(invitation.version, request.POST)
    try:
        invitations.answer(
            invitation=invitation, answers=form.answers(), words=form.words, dissatisfactions=form.dissatisfactions(),
            channel=Response.Channel.COUNTER,
        )  # fmt: skip
    except ValidationError as problem:
        form.show(problem)
        return _questions(request, screen, invitation, form, status=422)
    except invitations.TooLate:
        counter.clear(screen=screen, invitation=invitation)
        return redirect("csi:counter")
    except AlreadyAnswered:
        pass  # by link a moment ago: the customer is thanked all the same
    counter.clear(screen=screen, invitation=invitation)
    return redirect("csi:counter_thanks")


@require_safe
@on_screen
def thanks(request, screen: CounterScreen):
    return render(request, "csi/counter_thanks.html", {"place": screen.store})


@require_safe
@on_screen
def state(request, screen: CounterScreen):
    """Asked for by the resting tablet every few seconds."""
    return JsonResponse({"shown": _open(screen) is not None})


@require_POST
@on_screen
def leave(request, screen: CounterScreen):
    """Nobody has touched it for a minute, or the customer would rather not: what was half filled in is nowhere."""
    counter.clear(screen=screen, invitation=counter.shown(screen))
    return redirect("csi:counter")


def _pair(token: str, word: str) -> str:
    """Raises counter.NoScreen."""
    try:
        return counter.pair(screen=counter.of_pairing(token), word=word)
    except counter.NoScreen:
        return counter.paired_before(token, word)


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request, token: str):
    """Opened on the tablet. Whoever is signed in there is signed out. A double tap is answered twice alike, with the cookie: the first
    answer may never be looked at."""
    try:
        if request.method != "POST":
            screen = counter.of_pairing(token)
            return render(request, "csi/counter_pair.html", {"place": screen.store, "screen": screen})
        secret = _pair(token, request.POST.get(FIELD, ""))
    except counter.NoScreen:
        return render(request, "csi/counter_none.html", {"place": None}, status=404)
    logout(request)
    answer = redirect("csi:counter")
    answer.set_cookie(
        COOKIE, secret, max_age=YEAR, path=reverse("csi:counter"), httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return answer
