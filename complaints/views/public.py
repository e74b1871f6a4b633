"""The public feedback page: for anybody with a phone, nobody signs in. It never tells whether somebody is known here."""

from axes.helpers import get_client_ip_address
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from complaints import public
from complaints.forms_feedback import PublicForm
from complaints.kinds import ClockKind, FeedbackAct
from complaints.models import Complaint
from complaints.stores import StoreRules
from core import clock
from core.allowance import Spent
from core.once import once
from core.templatetags.house import absolute
from staff.models import Store


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
@once
def feedback(request, code: str):
    store = get_object_or_404(Store, code=code)
    with timezone.override(store.tz):
        if not StoreRules(store).settings.has_public_page:
            return render(request, "complaints/public_closed.html", {"place": store}, status=404)
        form = PublicForm(request.POST or None, request.FILES or None, initial={"stamp": public.stamp(store)})
        if request.method == "POST" and (word := _word(store, form)):
            facts = {name: value for name, value in form.cleaned_data.items() if name not in ("website", "stamp")}
            try:
                made = public.receive(store=store, sender=get_client_ip_address(request), token=word, **facts)
            except ValidationError as refused:
                form.add_errors(refused)
            except Spent as spent:
                return _too_often(request, store, form, spent)
            else:
                return redirect("complaints:thanks", store.code, public.reference(made))
        return _page(request, store, form, 422 if request.method == "POST" else 200)


def _word(store: Store, form: PublicForm) -> str | None:
    """The word of a form that is right in every way; else None, and the form says what is to be done. What was typed is kept."""
    if not form.is_valid():
        _renew(store, form)
        return None
    try:
        word = public.read_stamp(store, form.cleaned_data["stamp"])
    except public.TooQuick:
        form.add_error(None, _("That was very quick. Please look through it once more and send it again."))
        return None
    except public.NoStamp:
        form.add_error(None, _("This page was open for a long time. Nothing is lost: please send it again."))
        _renew(store, form)
        return None
    if form.cleaned_data["website"]:
        form.add_error(None, _("Something filled in a field that nobody can see. Please send it again."))
        _renew(store, form)
        return None
    return word


def _renew(store: Store, form: PublicForm) -> None:
    """A stamp that holds stays, so that who mends a field need not wait."""
    data = form.data.copy()
    data["website"] = ""
    try:
        public.read_stamp(store, data.get("stamp", ""))
    except public.TooQuick:
        pass
    except public.NoStamp:
        data["stamp"] = public.stamp(store)
    form.data = data


def _page(request, store: Store, form: PublicForm, status: int):
    return render(request, "complaints/public.html", {"form": form, "place": store}, status=status)


def _too_often(request, store: Store, form: PublicForm, spent: Spent):
    at = absolute(spent.until, clock.now())
    if store.hotline:
        said = _("That was sent often enough for now. Please try again after %(at)s, or ring us: %(hotline)s.")
    else:
        said = _("That was sent often enough for now. Please try again after %(at)s.")
    form.add_error(None, said % {"at": at, "hotline": store.hotline})
    return _page(request, store, form, 429)


@never_cache
@login_not_required
@require_safe
def thanks(request, code: str, reference: str):
    """A number to name, and what happens next."""
    store = get_object_or_404(Store, code=code)
    row = public.of_reference(store, reference)
    if row is None:
        raise Http404
    is_complaint = isinstance(row, Complaint)
    kinds = {"kind": ClockKind.FIRST_REPLY} if is_complaint else {"act__in": [FeedbackAct.ACKNOWLEDGE, FeedbackAct.PASS_ON]}
    first = row.clocks.filter(**kinds).order_by("pk").first()
    with timezone.override(store.tz):
        context = {
            "place": store,
            "row": row,
            "is_praise": not is_complaint and row.is_praise,
            "can_be_called": bool(row.contact),
            "due_at": first.due_at if first else None,
        }
        return render(request, "complaints/thanks.html", context)
