from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from csi import mot, scoring
from csi.models import Factor, Question, Response
from followups import numbers
from followups.models import FollowUp
from reports.behind import WITH_OVERALL, address, in_words, level_of
from reports.forms import ANY_FACTOR, ResponseFilter
from staff.access import requires

PER_PAGE = 50


@require_GET
@requires("reports.view")
def csi(request):
    """Every answer, newest first."""
    form = ResponseFilter(request.GET or None, store=request.store)
    responses = form.apply(Response.objects.visible_to(request.access)).order_by("-answered_at", "-pk")
    total = responses.count()
    responses = responses.select_related("customer", "vehicle", "advisor", "surveyor", "version__questionnaire")
    responses = responses.prefetch_related("dissatisfactions", WITH_OVERALL)
    cursor = request.GET.get("before", "")
    if cursor:
        if not cursor.isdecimal() or len(cursor) > 18:
            raise Http404
        last = get_object_or_404(Response.objects.visible_to(request.access), pk=int(cursor))
        responses = responses.filter(Q(answered_at__lt=last.answered_at) | Q(answered_at=last.answered_at, pk__lt=last.pk))
    found = list(responses[: PER_PAGE + 1])
    asked = {key: value for key, value in request.GET.items() if key != "before" and value}
    context = {
        "form": form,
        "about": _about(form.cleaned_data) if form.is_valid() else "",
        "total": total,
        "responses": [{"response": one, "level": level_of(one)} for one in found[:PER_PAGE]],
        "next_url": f"?{urlencode(asked | {'before': found[PER_PAGE - 1].pk})}" if len(found) > PER_PAGE else "",
        "first_url": f"?{urlencode(asked)}" if cursor else "",
        "is_filtered": bool(asked),
    }
    return render(request, "reports/csi.html", context)


def _about(chosen: dict) -> str:
    """The question or the factor whose answers are listed, '' for all."""
    if chosen["factor"]:
        factor = "" if chosen["factor"] == ANY_FACTOR else Factor(chosen["factor"]).label
        return _("Service index: %(factor)s") % {"factor": factor} if factor else _("Service index")
    if not chosen["question"]:
        return ""
    named = Question.objects.filter(code=chosen["question"]).order_by("-pk")
    if chosen["audience"]:
        named = named.filter(version__questionnaire__audience=chosen["audience"])
    newest = named.first()
    text = newest.text if newest else chosen["question"]
    judged = dict(ResponseFilter.base_fields["judged"].choices)[chosen["judged"]]
    return f"{text} · {judged}" if judged else text


def _said(answer) -> dict:
    scale, score = answer.question.scale, answer.score
    return {"answer": answer, "words": in_words(scale, score), "is_bad": scoring.is_dissatisfied(scale, score) is True}


def _changes(found: Response) -> list[numbers.Change]:
    """Of the customer's numbers, shortly before somebody called them."""
    visit = found.order or found.delivery
    if found.channel != Response.Channel.CALL or visit is None or visit.delivered_at is None:
        return []
    return numbers.before_survey(found.customer, handed_over_at=visit.delivered_at, asked_at=found.answered_at, rated=found.advisor)


def _chain(response: Response) -> list[FollowUp]:
    """The call that asked, then the recovery and its recheck."""
    pattern = response.occasion.split()
    asked = Q(pk=int(pattern[1])) if len(pattern) == 2 and pattern[0] == "followup" and pattern[1].isdecimal() else Q(pk=None)
    mine = FollowUp.objects.filter(store=response.store_id).filter(asked | Q(response=response) | Q(recovers__response=response))
    return list(mine.select_related("assignee", "closed_by").order_by("started_at", "pk"))


@require_GET
@requires("reports.view")
def response(request, pk):
    """One customer's answers, what they were unhappy with, and what was done about it."""
    people = ("customer", "vehicle", "order", "delivery", "advisor", "surveyor", "version__questionnaire")
    mine = Response.objects.visible_to(request.access).select_related(*people).prefetch_related(WITH_OVERALL)
    found = get_object_or_404(mine, pk=pk)
    english = request.LANGUAGE_CODE.startswith("en")
    answers = found.answers.select_related("question").order_by("question__position")
    dissatisfactions = found.dissatisfactions.select_related("person", "handled_by")
    context = {
        "response": found,
        "level": level_of(found),
        "answers": [_said(answer) for answer in answers],
        "dissatisfactions": [{"row": row, "standard": mot.label(row.link, row.standard, english)} for row in dissatisfactions],
        "chain": _chain(found),
        "changes": _changes(found),
        "customer_url": address("desk:customer", found.customer_id),
        "order_url": address("desk:visit", found.order_id) if found.order_id and request.access.can("visits.view") else "",
    }
    return render(request, "reports/response.html", context)
