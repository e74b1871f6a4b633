"""What is typed at the lounge desk. Names of fields are those of the models, so that the actions' errors find them."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import ShownMixin
from lounge import drinks
from lounge.lines import waiting_orders
from lounge.models import LoungeSettings
from lounge.models.waiting import Why
from staff.models import Screen
from staff.roles import Role
from visits.fields import HouseForm
from visits.forms import PersonField, StoreForm
from visits.models import ServiceOrder


def text(label, longest: int, *, required: bool = True, rows: int = 0, **attrs) -> forms.CharField:
    attrs = {"autocomplete": "off", **attrs}
    widget = forms.Textarea(attrs={"rows": rows, **attrs}) if rows else forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget)


class RequestForm(HouseForm):
    text = text(_("What would the customer like?"), 120, list="usual-requests")


class AddForm(HouseForm):
    """Somebody who waits, which reception did not say: the customer of a car that is here, or a person without one."""

    order = forms.ModelChoiceField(label=_("whose car is here"), queryset=None, required=False)
    name = text(_("how they are addressed"), 20, required=False, placeholder=_("surname and Mr or Ms"))
    why = forms.ChoiceField(
        label=_("waits for"), choices=[choice for choice in Why.choices if choice[0] != Why.CAR], widget=forms.RadioSelect,
        initial=Why.COMPANION, required=False,
    )  # fmt: skip

    def __init__(self, *args, access, **kwargs):
        super().__init__(*args, **kwargs)
        waiting = waiting_orders(access.store, clock.now()).values("pk")
        orders = ServiceOrder.objects.visible_to(access).here().exclude(pk__in=waiting).select_related("vehicle", "customer")
        field = self.fields["order"]
        field.queryset = orders.order_by("vehicle__plate", "pk")
        field.empty_label = _("nobody's: write down who it is")
        field.label_from_instance = lambda order: f"{order.vehicle} {order.customer.addressed}"

    def clean(self):
        data = super().clean()
        if not data.get("order") and not data.get("name"):
            self.add_error("name", _("Choose the car, or write down how they are addressed."))
        return data


class AboutForm(StoreForm):
    """about: which line of the desk, as its key; '' nobody in particular."""

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        names = [(line.key, f"{line.who} {line.order.vehicle}" if line.order else line.who) for line in lines]
        self.fields["about"].choices = [("", _("nobody in particular")), *names]

    def clean_about(self):
        return self.cleaned_data["about"]


class QuestionForm(AboutForm):
    question = text(_("question"), 200)
    answer = text(_("answer"), 400, rows=2)
    about = forms.ChoiceField(label=_("who asked"), required=False)


class ProspectForm(AboutForm):
    about = forms.ChoiceField(label=_("who it is"), required=False)
    name = text(_("how they are addressed"), 20, required=False)
    contact = text(_("phone"), 40, required=False, inputmode="tel")
    model = text(_("model of interest"), 60, required=False)
    words = text(_("what was said"), 200, rows=2)
    person = PersonField(Role.SALES, label=_("who should call"), empty_label=_("sales decides"))


class SettingsForm(ShownMixin, forms.ModelForm):
    class Meta:
        model = LoungeSettings
        fields = ["drinks"]
        widgets = {"drinks": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args, instance: LoungeSettings, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        self.fields["drinks"].widget.attrs["placeholder"] = "\n".join(drinks.label(drink) for drink in drinks.USUAL)
        self.watch(instance.store)

    def clean_drinks(self) -> str:
        names = drinks.listed(self.cleaned_data["drinks"])
        if len(names) > drinks.MOST:
            raise ValidationError(_("At most nine drinks: each has a digit as its key."))
        if too_long := [name for name in names if len(name) > drinks.LONGEST]:
            raise ValidationError(_("“%(name)s” is too long: at most 20 characters."), params={"name": too_long[0]})
        return "\n".join(names)


class ScreenForm(forms.ModelForm):
    class Meta:
        model = Screen
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"placeholder": _("e.g. lounge, east wall"), "autocomplete": "off"})}
