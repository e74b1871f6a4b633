"""Settings: the store's tablets on the counter."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core import qr
from core.once import once
from csi import counter
from csi.models_invitations import CounterScreen
from staff.access import requires


class ScreenForm(forms.ModelForm):
    class Meta:
        model = CounterScreen
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})}


@never_cache
@requires("settings.edit")
@once
def index(request):
    form = ScreenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            screen = counter.add_screen(store=request.store, name=form.cleaned_data["name"], by=request.user)
        except ValidationError as problem:
            form.add_error("name", problem.messages[0])
        else:
            messages.success(request, _("Now open the address below on the tablet, within a quarter of an hour."))
            return redirect(f"{reverse('csi:screens')}#screen-{screen.pk}")
    rows = [_row(request, screen) for screen in counter.screens(request.store).select_related("made_by")]
    return render(request, "csi/screens.html", {"form": form, "rows": rows}, status=422 if form.errors else 200)


def _row(request, screen: CounterScreen) -> dict:
    if screen.paired_at:
        return {"screen": screen}
    address = request.build_absolute_uri(reverse("csi:counter_pair", args=[counter.pairing_token(screen)]))
    return {"screen": screen, "address": address, "code": qr.svg(address)}


@requires("settings.edit")
@require_POST
@once
def remove(request, pk: int):
    screen = get_object_or_404(CounterScreen.objects.filter(store=request.store), pk=pk)
    counter.remove_screen(screen=screen, by=request.user)
    messages.success(request, _("Removed: the tablet shows nothing any more."))
    return redirect("csi:screens")
