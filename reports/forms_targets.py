"""Targets as they are typed: 98 for 98 %, minutes, cars, yuan."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext as _

from core.forms import ShownMixin
from reports.figure import Figure, Kind
from reports.figures import ALL
from reports.targets import stored, typed
from visits.fields import HouseForm

LARGEST = 9_999_999


def unit(figure: Figure) -> str:
    return {Kind.RATE: "%", Kind.MEDIAN: _("minutes"), Kind.MONEY: _("yuan"), Kind.COUNT: _("a month")}.get(figure.kind, "")


class TargetsForm(ShownMixin, HouseForm):
    """A field a figure; empty: what is set above it counts, in the end the trade's."""

    def __init__(self, *args, store, set_now: Mapping[str, float], codes, valid: Mapping[str, str], **kwargs):
        """set_now: figure -> what is set for just these; valid: what counts where the field is empty."""
        super().__init__(*args, **kwargs)
        self.codes = list(codes)
        for code in self.codes:
            figure = ALL[code]
            least = {Kind.NET: -100, Kind.MEDIAN: -1440}.get(figure.kind, 0)
            most = 100 if figure.kind in (Kind.RATE, Kind.NET) else LARGEST
            label = f"{figure.name} ({unit(figure)})" if unit(figure) else str(figure.name)
            help_text = _("empty: %(valid)s") % {"valid": valid[code]} if valid[code] else _("empty: no target")
            self.fields[code] = forms.DecimalField(
                label=label, required=False, min_value=least, max_value=most, max_digits=9, decimal_places=2, help_text=help_text,
                initial=f"{typed(figure, set_now[code]):g}" if code in set_now else None,
                widget=forms.NumberInput(attrs={"class": "form-control", "step": "any"}),
            )  # fmt: skip
        self.watch(store)

    def values(self) -> dict[str, float | None]:
        """figure -> in its own unit."""
        data = self.cleaned_data
        return {code: None if data[code] is None else stored(ALL[code], float(data[code])) for code in self.codes}
