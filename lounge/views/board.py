"""The lounge's screen, for whoever is signed in and for a television with an address of its own; and where managers make those."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock, qr
from core.once import once
from lounge import board as rows
from lounge import present
from lounge.forms_waiting import ScreenForm
from staff import screens
from staff.access import requires
from staff.models import Screen, Store

EVERY = 15  # seconds between two looks; a second page of cars comes with the next one
OLD_AFTER = 60  # seconds without an answer after which the screen says that what it shows is old


@never_cache
@requires("work")
@require_safe
def board(request):
    return _show(request, request.store, reverse("lounge:board"))


@never_cache
@login_not_required
@require_safe
def on_screen(request, key: str):
    """Of the key's store, whoever may be signed in here. Forged and withdrawn keys are told the same."""
    screen = screens.of_key(key)
    if screen is None:
        return render(request, "lounge/board_closed.html", status=404)
    with timezone.override(screen.store.tz):
        return _show(request, screen.store, reverse("lounge:on_screen", args=[key]))


def _show(request, store: Store, here: str):
    now = clock.now()
    number = request.GET.get("page", "")
    page = rows.page(store, now, int(number) if number.isdecimal() and len(number) < 4 else 1)
    today = store.local_date(now)
    context = {
        "place": store,
        "page": page,
        "people": [duty.person for duty in present.duties(store, today)] + present.attendants(store, today),
        "now": now,
        "next_url": f"{here}?page={page.following}",
        "every": EVERY,
        "old_after": OLD_AFTER,
    }
    return render(request, "lounge/board.html", context)


@never_cache
@requires("screens.edit")
@require_http_methods(["GET", "POST"])
@once
def screens_list(request):
    """The store's lounge screens with their addresses; a form for another one."""
    store = request.store
    form = ScreenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = screens.make(store=store, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("Made. Open this address once in the screen's browser; nobody needs to sign in there."))
            return redirect(f"{reverse('lounge:screens')}#screen-{made.pk}")
    shown = []
    for screen in Screen.objects.filter(store=store, withdrawn_at=None).select_related("made_by"):
        address = request.build_absolute_uri(reverse("lounge:on_screen", args=[screens.key_of(screen)]))
        shown.append({"screen": screen, "address": address, "code": qr.svg(address)})
    context = {
        "form": form,
        "screens": shown,
        "is_local": request.get_host().partition(":")[0] in {"localhost", "127.0.0.1", "[::1]"},
    }
    return render(request, "lounge/board_screens.html", context, status=422 if form.errors else 200)


@require_POST
@requires("screens.edit")
@once
def withdraw(request, pk: int):
    screen = get_object_or_404(Screen.objects.select_related("store"), store=request.store, pk=pk)
    if screens.withdraw(screen=screen, by=request.user):
        messages.success(request, _("Withdrawn: the screen goes dark with its next look."))
    return redirect("lounge:screens")
