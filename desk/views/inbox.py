"""Messages of the application to the person who is signed in."""

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from core import outbox, topics
from core.models import OutboxMessage
from staff.access import requires

PAGE = 50


@requires("work")
@require_safe
def inbox(request):
    """Newest first, 50 a page; ?before=<id> continues."""
    messages = OutboxMessage.objects.inbox_of(request.user)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        messages = messages.filter(pk__lt=int(before))
    page = list(messages[: PAGE + 1])
    rows = [{"message": message, "text": topics.text(message.topic, message.params)} for message in page[:PAGE]]
    next_url = f"?before={page[PAGE - 1].pk}" if len(page) > PAGE else ""
    elsewhere = {other.code: other.name for other in request.stores if other.pk != request.store.pk}
    for row in rows:
        row["store_name"] = elsewhere.get(row["message"].store_code, "")
    return render(request, "desk/inbox.html", {"rows": rows, "next_url": next_url, "first_url": "?" if before else ""})


@require_POST
@requires("work")
def inbox_read_all(request):
    outbox.mark_read(user=request.user)
    return redirect("desk:inbox")


@require_POST
@requires("work")
def inbox_read(request, pk):
    """Marks one as read; with `open` goes on to the page that it is about, in the store that it is about."""
    message = get_object_or_404(OutboxMessage.objects.inbox_of(request.user), pk=pk)
    outbox.mark_read(user=request.user, pk=pk)
    if request.POST.get("open") and url_has_allowed_host_and_scheme(message.path, allowed_hosts=None):
        store = next((store for store in request.stores if store.code == message.store_code), None)
        if store:
            request.session["store"] = store.pk
        return HttpResponseRedirect(message.path)
    return redirect("desk:inbox")
