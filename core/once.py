"""The same form sent twice is one act (docs/adr/0012): a double click, an impatient finger, a browser that repeats.

Every form that writes carries {% once %}, a hidden word that was made up when the page was shown. The first POST of that word with
that content is carried out, and what it answered is kept in the same transaction; every other one is sent where the first went.
"""

import hashlib
from datetime import datetime, timedelta
from functools import wraps

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from core.models import SentForm

FIELD = "once"
KEPT = timedelta(days=2)  # longer than anybody is signed in with one page open
BATCH = 500


def once(view):
    """The view's POST is one transaction, and one act however often the same form is sent. Goes right above the view."""

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            key = _key(request) if request.POST.get(FIELD) else ""
            if key and not _is_first(key):
                return _as_before(request, key)
            answer = view(request, *args, **kwargs)
            mine = SentForm.objects.filter(key=key)
            if isinstance(answer, HttpResponseRedirect):
                mine.update(location=answer.url)
            else:  # something is to be mended: the same form may be sent again
                mine.delete()
            return answer

    return wrapper


def _key(request) -> str:
    """Of the person, the address and the content: who goes back and sends something else with an old page means something else."""
    digest = hashlib.sha256(repr((request.user.pk, request.get_full_path())).encode())
    for name in sorted(request.POST.keys() - {"csrfmiddlewaretoken"}):
        digest.update(repr((name, request.POST.getlist(name))).encode())
    for name, file in sorted(request.FILES.items()):
        digest.update(repr((name, file.name)).encode())
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()


def _is_first(key: str) -> bool:
    """Whoever is second waits here until the first has come to an end."""
    try:
        with transaction.atomic():
            SentForm.objects.create(key=key)
        return True
    except IntegrityError:
        return False


def _as_before(request, key: str):
    messages.info(request, _("That was sent twice and counts once: this is what came of it."))
    return HttpResponseRedirect(SentForm.objects.values_list("location", flat=True).get(key=key))


def to_edit(request, rows, **lookup):
    """The one row of `rows`, else 404. While somebody else is saving it, a POST waits and then sees what they saved."""
    if request.method == "POST":
        rows.model._base_manager.filter(pk__in=rows.filter(**lookup).values("pk")).update(id=F("id"))
    return get_object_or_404(rows, **lookup)


def old(now: datetime):
    return SentForm.objects.filter(at__lt=now - KEPT)


def forget(now: datetime) -> int:
    """A sweep step: what was sent days ago is not sent again."""
    keys = old(now).order_by("at").values_list("key", flat=True)[:BATCH]
    return SentForm.objects.filter(key__in=list(keys)).delete()[0]
