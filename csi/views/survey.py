"""A customer answers on their own phone: one page, nobody signs in. Whoever has no right link learns nothing but that."""

from datetime import timedelta

from axes.helpers import get_client_ip_address
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import allowance, clock
from core.allowance import Rule, Spent
from core.once import once
from csi import invitations, links
from csi.actions import AlreadyAnswered
from csi.models import Response
from csi.models_invitations import Invitation
from csi.survey import SurveyForm, typed

# A right link cannot be guessed and answers once, so its sender is not counted: a whole town may have one address. What is counted is who
# tries wrong ones, how often is written by one link, and how much one store takes in. Looking at a right one writes nothing.
WRONG = (Rule(30, timedelta(minutes=10)), Rule(200, timedelta(days=1)))
PER_LINK = (Rule(300, timedelta(minutes=10)),)
PER_STORE = (Rule(3_000, timedelta(minutes=1)),)
QUESTIONS = ("version__questionnaire", "customer", "order", "delivery")
STATUS = {"answered": 410, "expired": 410, "withdrawn": 410}


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@once
def survey(request, token: str):
    try:
        invitation = _find(request, token, *QUESTIONS)
        with timezone.override(invitation.store.tz):
            return _send(request, invitation) if request.method == "POST" else _open(request, invitation)
    except links.NoLink:
        return render(request, "csi/survey_none.html", {"place": None}, status=404)
    except Spent as spent:
        return _too_often(request, spent)


def _find(request, token: str, *related: str) -> Invitation:
    """Raises NoLink; Spent, for whoever tries many that are wrong, and for a link by which something is sent without end."""
    try:
        invitation = links.find(token, *related)
    except links.NoLink:
        allowance.take(place="survey wrong", sender=allowance.neighbourhood(get_client_ip_address(request)), rules=WRONG)
        raise
    if request.method == "POST":
        allowance.take(place="survey", sender=invitation.key, rules=PER_LINK)
    return invitation


def _open(request, invitation: Invitation):
    now = clock.now()
    if (state := invitations.state(invitation, now)) != "open":
        return _closed(request, invitation, state)
    if request.method == "GET":
        invitations.note_opened(invitation, now)
    return _page(request, invitation, SurveyForm(invitation.version, invitation.draft))


def _send(request, invitation: Invitation):
    form = SurveyForm(invitation.version, request.POST)
    if (state := invitations.state(invitation, clock.now())) != "open":
        return _closed(request, invitation, state, form)
    if "later" in request.POST:
        invitations.keep_draft(invitation=invitation, typed=typed(request.POST))
        return redirect(f"{request.path}?kept=1")
    allowance.take(place=f"survey answers {invitation.store_id}", sender="everybody", rules=PER_STORE)
    if form.asks_for_words():
        return _page(request, invitation, form, status=422)
    channel = Response.Channel.QR if "qr" in request.GET else Response.Channel.LINK
    try:
        invitations.answer(
            invitation=invitation, answers=form.answers(), words=form.words, dissatisfactions=form.dissatisfactions(), channel=channel
        )
    except ValidationError as problem:
        form.show(problem)
        return _page(request, invitation, form, status=422)
    except AlreadyAnswered:
        return _closed(request, invitation, "answered", form)
    except invitations.TooLate:
        return _closed(request, invitation, "expired", form)
    return redirect("csi:survey_thanks", links.token(invitation))


def _page(request, invitation: Invitation, form: SurveyForm, status: int = 200):
    visit = invitation.order or invitation.delivery
    context = {
        "place": invitation.store,
        "invitation": invitation,
        "visit_on": visit.delivered_on if visit else None,
        "token": links.token(invitation),
        "form": form,
        "is_kept": "kept" in request.GET and request.method == "GET",
    }
    return render(request, "csi/survey.html", context, status=status)


def _closed(request, invitation: Invitation, state: str, form: SurveyForm | None = None):
    """form: what somebody was about to send when it was too late; their words are shown once more, so that they are not lost."""
    said = [text for text in ([form.words] + [ask.why for ask in form.asks] if form else []) if text.strip()]
    context = {"place": invitation.store, "state": state, "said": said}
    return render(request, "csi/survey_closed.html", context, status=STATUS[state])


def _too_often(request, spent: Spent):
    return render(request, "csi/survey_too_often.html", {"place": None, "until": spent.until}, status=429)


@never_cache
@login_not_required
@require_POST
@transaction.atomic
def draft(request, token: str):
    """Keeps what is filled in while the customer goes on. 204; 410 once it is too late; 404, 429 as the page."""
    try:
        invitation = _find(request, token)
    except links.NoLink:
        return HttpResponse(status=404)
    except Spent:
        return HttpResponse(status=429)
    kept = typed(request.POST)
    if sum(len(text) for text in kept.values()) > invitations.LONGEST_DRAFT:
        return HttpResponse(status=413)
    return HttpResponse(status=204 if invitations.keep_draft(invitation=invitation, typed=kept) else 410)


@never_cache
@login_not_required
@require_safe
def thanks(request, token: str):
    try:
        invitation = _find(request, token, *QUESTIONS)
    except links.NoLink:
        return render(request, "csi/survey_none.html", {"place": None}, status=404)
    except Spent as spent:
        return _too_often(request, spent)
    given = Response.objects.filter(store=invitation.store, occasion=invitation.occasion).first()
    if given is None:
        return _open(request, invitation)
    with timezone.override(invitation.store.tz):
        context = {"place": invitation.store, "will_call": given.is_unhappy and not invitation.customer.do_not_call}
        return render(request, "csi/survey_thanks.html", context)
