"""Messages that leave the house: where they go, and what could not be delivered."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core import delivery, topics, webhooks
from core.models import OutboxMessage, Webhook
from core.once import once, to_edit
from staff import actions_messages as actions
from staff import people
from staff.access import requires
from staff.forms import WebhookForm
from staff.models import Store

PAGE = 50


def _last_test(store) -> dict | None:
    """How the last test message fared."""
    tests = OutboxMessage.objects.filter(store_code=store.code, channel=OutboxMessage.Channel.WEBHOOK, topic=delivery.TEST)
    message = tests.order_by("-pk").first()
    return {"message": message, "reason": delivery.reason(message.error) if message.error else ""} if message else None


@requires("settings.edit")
@once
def notifications(request):
    own = to_edit(request, Store.objects, pk=request.store.pk)
    hook = Webhook.objects.filter(store_code=own.code).first()
    form = WebhookForm(request.POST or None, store=own, hook=hook)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["preset"]:
            actions.set_webhook(store=own, by=request.user, **form.cleaned_data)
            messages.success(request, _("Saved. Send a test message to see whether it arrives."))
        else:
            actions.remove_webhook(store=own, by=request.user)
            messages.success(request, _("Saved. The group is told nothing, and the address is forgotten."))
        return redirect("staff:notifications")
    context = {
        "form": form,
        "hook": hook,
        "address": webhooks.masked(hook.url) if hook else "",
        "test": _last_test(own),
        "email_is_on": settings.EMAIL_IS_ON,
        "has_links": bool(settings.SITE_URL),
        "n_reached": people.everyone(own).filter(is_active=True, memberships__store=own).exclude(email="").count(),
        "n_undelivered": OutboxMessage.objects.undelivered(own).count(),
    }
    return render(request, "staff/notifications.html", context, status=422 if form.errors else 200)


@requires("settings.edit")
@require_safe
def webhook_test_state(request):
    """The part of the page that says how the last test fared; it asks again until that is known."""
    return render(request, "staff/notifications_test.html", {"test": _last_test(request.store)})


@require_POST
@requires("settings.edit")
@once
def webhook_test(request):
    if not actions.send_test(store=request.store, by=request.user):
        messages.error(request, _("Nothing was sent: no robot is entered."))
    return redirect("staff:notifications")


@requires("messages.resend")
@require_safe
def undelivered(request):
    """Newest first, 50 a page; ?before=<id> continues."""
    rows = OutboxMessage.objects.undelivered(request.store)
    total, before = rows.count(), request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows.select_related("user").order_by("-pk")[: PAGE + 1])
    context = {
        "rows": [{"message": row, "text": topics.text(row.topic, row.params), "reason": delivery.reason(row.error)} for row in page[:PAGE]],
        "total": total,
        "next_url": f"?before={page[PAGE - 1].pk}" if len(page) > PAGE else "",
        "first_url": "?" if before else "",
    }
    return render(request, "staff/undelivered.html", context)


def _known(request, pk: int | None) -> None:
    """404 for a message of another store; what somebody else has just resent is no mistake."""
    if pk is not None and not OutboxMessage.objects.filter(pk=pk, store_code=request.store.code).exists():
        raise Http404


@require_POST
@requires("messages.resend")
@once
def resend(request, pk=None):
    _known(request, pk)
    n = actions.resend(store=request.store, pk=pk, by=request.user)
    if n:
        messages.success(request, ngettext("%(n)s message is sent again now.", "%(n)s messages are sent again now.", n) % {"n": n})
    else:
        messages.info(request, _("Somebody else has dealt with it already."))
    return redirect("staff:undelivered")


@require_POST
@requires("messages.resend")
@once
def put_away(request, pk=None):
    _known(request, pk)
    n = actions.put_away(store=request.store, pk=pk, by=request.user)
    if n:
        messages.success(request, ngettext("%(n)s message is off the list.", "%(n)s messages are off the list.", n) % {"n": n})
    else:
        messages.info(request, _("Somebody else has dealt with it already."))
    return redirect("staff:undelivered")
