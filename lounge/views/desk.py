"""The lounge desk: who waits, what they drink and wish for, how their car is, who is on duty."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.once import once, to_edit
from lounge import actions_waiting as actions
from lounge import drinks, lines, notes, present
from lounge.forms_waiting import AddForm, ProspectForm, QuestionForm, RequestForm, SettingsForm
from lounge.models import LoungeSettings, Request
from staff.access import requires
from staff.models import Store

USUAL_REQUESTS = (
    gettext_lazy("Wi-Fi password"), gettext_lazy("phone charger"), gettext_lazy("something to read"), gettext_lazy("something to eat"),
    gettext_lazy("the air conditioning"), gettext_lazy("an umbrella"),
)  # fmt: skip


@never_cache
@requires("lounge.desk")
@require_safe
def desk(request):
    """?part=lines: only the lines, asked for again every 30 seconds."""
    return page(request)


def page(request, *, refused: lines.Line | None = None, **forms):
    """refused: a line whose request was not noted. forms: add, question, prospect as they were refused."""
    now, store, access = clock.now(), request.store, request.access
    waiting, has_more = lines.here(access, now)
    if refused:
        waiting = [refused if line.key == refused.key else line for line in waiting]
    offered = drinks.on_offer(store)
    for line in waiting:
        line.is_off_the_list = bool(line.drink) and line.waiting.drink not in offered
    context = {
        "lines": waiting,
        "has_more": has_more,
        "n_late": sum(line.is_late(now) and not line.is_ready for line in waiting),
        "n_ready": sum(line.is_ready for line in waiting),
        "n_requests": sum(len(line.requests) for line in waiting),
        "drinks": [(drink, drinks.label(drink)) for drink in offered],
        "now": now,
    }
    if request.GET.get("part") == "lines" and request.method != "POST":
        return render(request, "lounge/desk_lines.html", context)
    about = request.GET.get("about", "")
    kept = {"lines": waiting, "store": store, "initial": {"about": about if about in {line.key for line in waiting} else ""}}
    context |= {
        "left": lines.left_today(access, now),
        "duty": present.duties(store, store.local_date(now)),
        "attendants": present.attendants(store, store.local_date(now)),
        "mine": notes.of_person(store, request.user, store.local_date(now)),
        "usual_requests": USUAL_REQUESTS,
        "request_form": RequestForm(),
        "forms": {
            "add": forms.get("add") or AddForm(access=access, auto_id="add-%s"),
            "question": forms.get("question") or QuestionForm(**kept, auto_id="question-%s"),
            "prospect": forms.get("prospect") or ProspectForm(**kept, auto_id="prospect-%s"),
        },
        "opened": next(iter(forms), request.GET.get("open", "")),
    }
    return render(request, "lounge/desk.html", context, status=422 if forms or refused else 200)


def _back(line: lines.Line | None = None):
    return redirect(reverse("lounge:desk") + (f"#{line.key}" if line else ""))


class NotTyped(Exception):
    """The line's form was not filled in as it should be."""


ACTS = {}


def act_of(name: str):
    def register(function):
        ACTS[name] = function
        return function

    return register


@require_POST
@requires("lounge.desk")
@once
def act(request, line: str, act: str):
    """One tap on one line. What was done meanwhile by somebody else is said, and nothing is done twice."""
    found = lines.find(request.access, line)
    if act not in ACTS:
        raise Http404
    if found.waits(clock.now()) == (act == "back"):
        messages.info(request, _("That has changed meanwhile: here is how it stands now."))
        return _back(found)
    try:
        with transaction.atomic():
            if found.waiting is None:
                found.waiting = actions.seat(order=found.order, by=request.user)
            ACTS[act](request, found)
    except actions.Changed:
        messages.warning(request, _("Somebody else was quicker: here is how it stands now."))
    except NotTyped:
        return page(request, refused=found)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return _back(None if act == "left" else found)


@act_of("drink")
def _drink(request, line: lines.Line):
    seen = request.POST.get("seen", "")
    number = int(seen) if seen.isdecimal() and len(seen) < 5 else -1
    actions.serve(waiting=line.waiting, drink=request.POST.get("drink", ""), seen=number, by=request.user)


@act_of("looked-after")
def _looked_after(request, line: lines.Line):
    actions.look_after(waiting=line.waiting, by=request.user)


@act_of("request")
def _request(request, line: lines.Line):
    """With `tell`, the wish goes to the advisor as well."""
    form = RequestForm(request.POST)
    if form.is_valid():
        if request.POST.get("tell"):
            _told(request, actions.ask_advisor(waiting=line.waiting, text=form.cleaned_data["text"], by=request.user))
        else:
            actions.note_request(waiting=line.waiting, by=request.user, **form.cleaned_data)
        return
    line.form = form
    raise NotTyped


@act_of("ask")
def _ask(request, line: lines.Line):
    _told(request, actions.ask_advisor(waiting=line.waiting, by=request.user))


def _told(request, users) -> None:
    if users:
        messages.success(request, _("%(names)s has been told.") % {"names": "、".join(str(user) for user in users)})
    else:
        messages.warning(request, _("It is noted, but nobody who could be told is on duty today: please go and tell them."))


@act_of("done")
def _done(request, line: lines.Line):
    pk = request.POST.get("request", "")
    mine = Request.objects.select_related("waiting__store")
    row = get_object_or_404(mine, waiting=line.waiting, pk=pk if pk.isdecimal() and len(pk) < 18 else 0)
    if not actions.do_request(request=row, by=request.user):
        raise actions.Changed


@act_of("left")
def _left(request, line: lines.Line):
    if not actions.leave(waiting=line.waiting, by=request.user):
        raise actions.Changed
    messages.success(request, _("%(who)s has left. A slip? Call them back below, under “Left today”.") % {"who": line.who})


@act_of("back")
def _called_back(request, line: lines.Line):
    if not actions.come_back(waiting=line.waiting, by=request.user):
        raise actions.Changed


@require_POST
@requires("lounge.desk")
@once
def add(request):
    form = AddForm(request.POST, access=request.access, auto_id="add-%s")
    if form.is_valid():
        data, store = form.cleaned_data, request.store
        try:
            if data["order"]:
                waiting = actions.add_order(order=data["order"], by=request.user)
            else:
                waiting = actions.add_waiting(store=store, name=data["name"], why=data["why"] or "other", by=request.user)
        except ValidationError as refused:
            form.add_errors(refused)
        except actions.Changed:
            form.add_error("order", _("That customer is on the list already."))
        else:
            return _back(lines.Line(waiting.order, waiting))
    return page(request, add=form)


def _about(request, form) -> dict:
    """The form's facts, with the row of the line that they are about."""
    facts = dict(form.cleaned_data)
    key = facts.pop("about")
    if key:
        line = lines.find(request.access, key)
        facts["waiting"] = line.waiting or actions.seat(order=line.order, by=request.user)
    return facts


def _note(request, name: str, form_class, act, said: str):
    """name: of the form on the page. act: an action that takes what the form says; said: what the person is told."""
    waiting, _more = lines.here(request.access, clock.now())
    form = form_class(request.POST, store=request.store, lines=waiting, auto_id=f"{name}-%s")
    if form.is_valid():
        try:
            act(store=request.store, by=request.user, **_about(request, form))
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, said)
            return _back()
    return page(request, **{name: form})


@require_POST
@requires("lounge.desk")
@once
def question(request):
    return _note(request, "question", QuestionForm, actions.answer_question, _("Noted: the question counts for you."))


@require_POST
@requires("lounge.desk")
@once
def prospect(request):
    return _note(request, "prospect", ProspectForm, actions.notice_prospect, _("Noted: sales has been told."))


@never_cache
@requires("lounge.desk")
@require_safe
def what_was_noted(request):
    """Questions and prospects of a half-month (?half=2026-11-16): leaders see everybody's with counts, the others their own."""
    half = notes.Half.read(request.GET.get("half", ""), request.store.today())
    is_leader = request.access.can("reports.view")
    who = None if is_leader else request.user
    context = {
        "half": half,
        "halves": notes.halves(request.store.today()),
        "is_leader": is_leader,
        "is_sales": request.access.can("deliveries.edit") or is_leader,
        "people": notes.counts(request.store, half) if is_leader else None,
        "questions": notes.questions(request.store, half, who),
        "prospects": notes.prospects(request.access, half, who),
        "most": notes.MOST,
    }
    return render(request, "lounge/desk_notes.html", context)


@require_POST
@requires("lounge.desk")
@once
def prospect_seen_to(request, pk: int):
    row = get_object_or_404(notes.visible_prospects(request.access).select_related("store"), pk=pk)
    if not actions.see_to_prospect(prospect=row, by=request.user):
        messages.info(request, _("Somebody else was quicker: here is how it stands now."))
    half = notes.Half.of(row.on)
    return redirect(f"{reverse('lounge:notes')}?half={half.code}#prospect-{row.pk}")


@requires("settings.edit")
@once
def settings(request):
    store = to_edit(request, Store.objects, pk=request.store.pk)
    row = LoungeSettings.objects.filter(store=store).first() or LoungeSettings(store=store)
    form = SettingsForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        actions.save_settings(store=store, by=request.user, drinks=form.cleaned_data["drinks"])
        messages.success(request, _("Saved."))
        return redirect("lounge:desk_settings")
    return render(request, "lounge/desk_settings.html", {"form": form}, status=422 if form.errors else 200)
