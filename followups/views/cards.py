"""Entering what customers wrote on paper: find the visit, type the digits, the next card."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.once import once
from csi import questionnaires
from csi.actions import AlreadyAnswered, OwnOrder
from csi.answering import AnswerForm
from csi.models import Questionnaire
from customers.models import Customer, Vehicle
from followups import cards
from staff.access import requires
from visits.models import NewCarDelivery, ServiceOrder

RECORDS = {"order": ServiceOrder.objects.delivered(), "delivery": NewCarDelivery.objects.all()}
PEOPLE = {"order": "advisor", "delivery": "consultant"}
SHOWN = 12
RECENT = timedelta(days=3)


@dataclass(frozen=True)
class Line:
    """A hand-over and its cards: (the questionnaire's code and name, whether it is entered, the response's page or '')."""

    visit: cards.Visit
    record: str
    who: object
    cards: list[tuple[str, str, bool, str]]
    is_own: bool


def _visits(request, record: str):
    return RECORDS[record].filter(store=request.store).select_related("store", "customer", "vehicle", PEOPLE[record])


def _lines(request, visits: list[cards.Visit]) -> list[Line]:
    names = {
        one.code: str(one) for one in Questionnaire.objects.filter(code__in=[code for codes in cards.CARDS.values() for code in codes])
    }
    there = cards.entered(visits)
    found = []
    for visit in visits:
        record, who = cards.record_of(visit), cards.rated(visit)
        mine = []
        for code in cards.CARDS[record]:
            pk = there.get(cards.occasion(code, visit))
            url = reverse("reports:response", args=[pk]) if pk and request.access.can("reports.view") else ""
            mine.append((code, names[code], pk is not None, url))
        found.append(Line(visit, record, who, mine, who is not None and who.pk == request.user.pk))
    return found


@never_cache
@requires("cards.enter")
@require_safe
def index(request):
    """?vehicle, ?customer: whose hand-overs. Nothing: the search box, and the hand-overs of the last days."""
    whose, about = {}, None
    for name, rows in (("vehicle", Vehicle.objects), ("customer", Customer.objects)):
        pk = request.GET.get(name, "")
        if pk:
            about = get_object_or_404(rows.visible_to(request.access), pk=pk if pk.isdecimal() and len(pk) < 18 else 0)
            whose = {name: about}
    since = {} if whose else {"delivered_on__gte": request.store.today() - RECENT}
    visits: list[cards.Visit] = []
    for record in RECORDS:
        visits += _visits(request, record).filter(**whose, **since).order_by("-delivered_at", "-pk")[:SHOWN]
    visits = sorted(visits, key=lambda visit: visit.delivered_at, reverse=True)[:SHOWN]
    return render(request, "csi/cards.html", {"lines": _lines(request, visits), "about": about})


def _filled_on(text: str, visit: cards.Visit) -> date:
    """The day on the card. Raises ValidationError."""
    today = visit.store.today()
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        raise ValidationError(_("Write the day on which the card was filled in, such as 2026-10-31.")) from None
    if not visit.delivered_on <= day <= today:
        raise ValidationError(
            _("The card was filled in between the hand-over (%(first)s) and today (%(last)s): correct the day.")
            % {"first": visit.delivered_on, "last": today}
        )
    return day


@never_cache
@requires("cards.enter")
@require_http_methods(["GET", "POST"])
@once
def card(request, record: str, pk: int, code: str):
    if code not in cards.CARDS.get(record, ()):
        raise Http404
    visit = get_object_or_404(_visits(request, record), pk=pk)
    form = AnswerForm(questionnaires.current(code), request.POST)
    is_own = cards.rated(visit) == request.user
    if request.method == "POST":
        try:
            day = _filled_on(request.POST.get("filled_on", "").strip(), visit)
            response = cards.enter(visit=visit, code=code, answers=form.answers(), words=form.words, filled_on=day, by=request.user)
        except OwnOrder:
            raise PermissionDenied from None
        except AlreadyAnswered:
            messages.warning(request, _("This card has been entered already: one for each visit and questionnaire."))
            return redirect(f"{reverse('followups:cards')}?{urlencode({'customer': visit.customer_id})}")
        except ValidationError as refused:
            form.show(refused)
        else:
            unhappy = _("An unhappy customer: a call back within the hour is owed.") if response.is_unhappy else ""
            messages.success(request, f"{_('The card is entered.')} {unhappy}".strip())
            return redirect("followups:cards")
    context = {
        "visit": visit,
        "record": record,
        "code": code,
        "who": cards.rated(visit),
        "form": form,
        "is_own": is_own,
        "is_entered": request.method == "GET" and cards.occasion(code, visit) in cards.entered([visit]),
        "filled_on": request.POST.get("filled_on") or request.store.today().isoformat(),
    }
    return render(request, "csi/card.html", context, status=422 if request.method == "POST" else 200)
