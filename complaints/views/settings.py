"""What a store sets for its complaints: by which clock each limit counts, and how much goodwill it may give by itself."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints import actions
from complaints.clocks import LIMITS
from complaints.explain import length as span
from complaints.forms import SettingsForm
from complaints.kinds import Basis, ClockKind
from complaints.stores import StoreRules
from core.once import once, to_edit
from staff.access import requires
from staff.models import Store


@requires("settings.edit")
@once
def settings(request):
    store = to_edit(request, Store.objects, pk=request.store.pk)
    form = SettingsForm(request.POST or None, instance=StoreRules(store).settings)
    if request.method == "POST" and form.is_valid():
        actions.save_settings(
            store=request.store, by=request.user, goodwill_limit_fen=form.cleaned_data["goodwill_limit"] or 0, **form.chosen()
        )
        messages.success(request, _("Saved. It counts for clocks that start from now on; promises already made stay."))
        return redirect("complaints:settings")
    limits = [
        {
            "label": ClockKind(kind).label,
            "wall": span(limit.wall, Basis.WALL),
            "staffed": span(limit.staffed, Basis.STAFFED),
            "source": limit.source,
        }
        for kind, limit in LIMITS.items()
    ]
    return render(request, "complaints/settings.html", {"form": form, "limits": limits}, status=422 if form.errors else 200)
