"""The design system on one page: every component in all its states, with figures that belong to nobody."""

from datetime import timedelta

from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from csi.statistics import Rate
from staff.access import requires


class GalleryForm(forms.Form):
    text = forms.CharField(label="text", help_text="help text")
    choice = forms.ChoiceField(label="choice", choices=[("a", "one"), ("b", "two")])
    date = forms.DateField(label="date", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    tick = forms.BooleanField(label="tick", required=False)
    words = forms.CharField(label="words", required=False, widget=forms.Textarea(attrs={"rows": 2}))


@requires("work")
@require_safe
def gallery(request):
    now = clock.now()
    context = {
        "moments": [
            now,
            now - timedelta(minutes=12),
            now + timedelta(hours=3, minutes=20),
            now - timedelta(days=3),
            now - timedelta(days=500),
            None,
        ],
        "days": [now.date() + timedelta(days=n) for n in (-1, 0, 1, 12)],
        "deadlines": [now - timedelta(days=2), now - timedelta(minutes=12), now + timedelta(minutes=35), now + timedelta(hours=5), None],
        "amounts": [199050, 0, -12345, 123456789, None],
        "rates": [Rate(83, 90), Rate(11, 12), Rate(0, 0)],
        "badges": ["quiet", "accent", "ok", "soon", "late"],
        "form": GalleryForm(),
        "wrong_form": GalleryForm({"text": "", "choice": "c"}),
        "samples": [
            Message(constants.SUCCESS, _("Saved.")),
            Message(constants.INFO, _("Nothing has changed.")),
            Message(constants.WARNING, _("Another person is working on this.")),
            Message(constants.ERROR, _("That did not work.")),
        ],
        "colours": [
            "ink",
            "ink-2",
            "ink-3",
            "line-strong",
            "line",
            "ground",
            "paper",
            "accent",
            "accent-wash",
            "soon",
            "soon-wash",
            "late",
            "late-wash",
        ],
    }
    return render(request, "desk/gallery.html", context)
