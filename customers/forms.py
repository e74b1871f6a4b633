"""Forms over the archive. What is wrong is said by customers.actions, in one place; the forms only take it down."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import MileageField, ShownMixin, saved_meanwhile, say_choose
from customers.actions import EditConflict, owner_shown
from customers.models import Customer, Phone, Vehicle
from staff.people import members
from staff.roles import Role


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


PAST = ("birthday", "purchased_on")
MOST_MONTHS = 120
DAYS = dict.fromkeys(
    ("birthday", "licence_expires_on", "purchased_on", "insurance_until", "warranty_until", "next_maintenance_on"), DayInput
)


class RecordForm(forms.ModelForm):
    """A record with the version that it had when the form was opened."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        say_choose(self)
        self.conflicts: list[dict] = []
        self.is_conflict = False
        if self.instance.pk:
            self.initial["version"] = self.instance.version
            self.fields["version"].required = True
            for name in self._meta.fields:  # what stood there when the form was opened: tells what was typed from what is only old
                self.fields[name].show_hidden_initial = True
        else:
            del self.fields["version"]
        for field in self.fields.values():
            kind = {"CheckboxInput": "form-check-input", "Select": "form-select"}.get(type(field.widget).__name__, "form-control")
            field.widget.attrs.setdefault("class", kind)
            field.widget.attrs.setdefault("autocomplete", "off")

    def _clean_fields(self):
        super()._clean_fields()
        for name in PAST:
            if (day := self.cleaned_data.get(name)) and day > timezone.localtime(clock.now()).date():
                self.add_error(name, _("This date lies in the future."))
        if (self.cleaned_data.get("maintenance_months") or 0) > MOST_MONTHS:
            self.add_error("maintenance_months", _("Write a number up to %(most)d.") % {"most": MOST_MONTHS})

    def validate_unique(self):
        """Left to the action, whose words name the file that is in the way."""

    def validate_constraints(self):
        """Left to the action."""

    def show_conflict(self, conflict: EditConflict) -> None:
        """Keeps what was typed, takes over what somebody else saved in fields that were not touched here, tells both, and lets the
        next save through knowingly."""
        self.is_conflict = True
        self.meanwhile = saved_meanwhile(self.instance)
        saved = type(self.instance).objects.get(pk=self.instance.pk)
        data = self.data.copy()
        for name in self._meta.fields:
            theirs, field = saved.serializable_value(name), self.add_prefix(name)
            is_typed = name in self.changed_data
            if getattr(saved, name) != self.cleaned_data[name]:
                self.conflicts.append({"label": self.fields[name].label, "theirs": shown(saved, name), "is_typed": is_typed})
            if not is_typed and theirs is False:
                data.pop(field, None)
            elif not is_typed:
                data[field] = "" if theirs is None else str(theirs)
            data[self.add_initial_prefix(name)] = "" if theirs is None else str(theirs)
        data[self.add_prefix("version")] = saved.version
        self.data = data


def shown(record, name: str) -> str:
    """A field's value as a person reads it; '–' for none."""
    display = getattr(record, f"get_{name}_display", None)
    value = display() if display else getattr(record, name)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return "–" if value in (None, "") else str(value)


class CustomerForm(RecordForm):
    class Meta:
        model = Customer
        fields = [
            "name",
            "kind",
            "gender",
            "region",
            "address",
            "birthday",
            "occupation",
            "trade",
            "source",
            "licence_expires_on",
            "wishes",
            "note",
            "is_vip",
            "confirm_number",
        ]
        widgets = DAYS


class SamePersonMixin(forms.Form):
    """Opens a customer's file. `same_as` says who it is when the phone is on file already: a customer's pk, or "other"."""

    same_as = forms.CharField(required=False, widget=forms.HiddenInput)


class NewCustomerForm(CustomerForm, SamePersonMixin):
    """With the phones: one a line, or several with a comma between."""

    phones = forms.CharField(label=_("phone"), required=False, max_length=200, help_text=_("Several: with a comma between them."))

    field_order = ["name", "phones"]

    class Meta(CustomerForm.Meta):
        fields = [field for field in CustomerForm.Meta.fields if field != "confirm_number"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phones"].widget.attrs["inputmode"] = "tel"

    def clean_phones(self) -> list[str]:
        text = self.cleaned_data["phones"]
        for separator in "，、；;/\n":
            text = text.replace(separator, ",")
        return [part.strip() for part in text.split(",") if part.strip()]

    def facts(self) -> dict:
        """What customers.actions.create_customer takes."""
        return {name: self.cleaned_data[name] for name in [*self._meta.fields, "phones"]}


class VehicleForm(RecordForm):
    mileage = MileageField(label=_("mileage"), required=False)
    maintenance_km = MileageField(label=_("maintenance every … km"), required=False)
    next_maintenance_km = MileageField(label=_("next maintenance at km"), required=False)

    class Meta:
        model = Vehicle
        fields = [
            "plate",
            "vin",
            "model",
            "mileage",
            "purchased_on",
            "bought_here",
            "consultant",
            "insurance_until",
            "warranty_until",
            "maintenance_months",
            "maintenance_km",
            "next_maintenance_on",
            "next_maintenance_km",
            "recall",
        ]
        widgets = DAYS

    def __init__(self, *args, store, **kwargs):
        super().__init__(*args, **kwargs)
        people = members(store, Role.SALES, Role.SALES_SUPERVISOR, Role.SALES_MANAGER)
        if self.instance.consultant_id:  # who has left stays with the cars they sold
            people = people | type(self.instance.consultant).objects.filter(pk=self.instance.consultant_id).distinct()
        self.fields["consultant"].queryset = people
        # People type blanks, dots and full-width signs: the cleaning takes them away, not the field's length.
        for name in ("plate", "vin"):
            self.fields[name].max_length = 40
            self.fields[name].validators = []
            self.fields[name].widget.attrs["maxlength"] = 40

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() | {"plate", "vin"}

    def facts(self) -> dict:
        """What customers.actions.create_vehicle takes."""
        return {name: self.cleaned_data[name] for name in self._meta.fields}

    def duplicate(self) -> int | None:
        """The pk of the file that has this VIN or plate already."""
        errors = [error for field in self.errors.as_data().values() for error in field if error.code == "duplicate"]
        return errors[0].params["vehicle_id"] if errors else None


class PhoneForm(forms.Form):
    text = forms.CharField(label=_("phone"), max_length=40)
    label = forms.CharField(label=_("whose"), max_length=40, required=False)


class MarkPhoneForm(ShownMixin, forms.Form):
    validity = forms.ChoiceField(choices=Phone.Validity.choices)
    reason = forms.CharField(label=_("reason"), max_length=60, required=False)

    def __init__(self, *args, phone: Phone, **kwargs):
        super().__init__(*args, initial={"validity": phone.validity, "reason": phone.reason}, **kwargs)
        self.watch(phone)


class TransferForm(ShownMixin, SamePersonMixin):
    """To a customer found by the search, or a new one with name and phone."""

    on = forms.DateField(label=_("transferred on"), widget=DayInput(attrs={"class": "form-control"}))
    to = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=_("new owner's name"), max_length=80, required=False, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    phone = forms.CharField(
        label=_("phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "tel"})
    )

    def __init__(self, *args, vehicle: Vehicle, **kwargs):
        super().__init__(*args, **kwargs)
        self.watch(vehicle, owner_shown(vehicle))

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("to") and not cleaned.get("name"):
            self.add_error("name", _("Pick the new owner, or write the name."))
        return cleaned


class RetireForm(ShownMixin, forms.Form):
    on = forms.DateField(label=_("gone since"), widget=DayInput(attrs={"class": "form-control"}))
    status = forms.ChoiceField(
        label=_("what happened"),
        choices=[(Vehicle.Status.TRANSFERRED, _("sold to somebody who is no customer here")), (Vehicle.Status.SCRAPPED, _("scrapped"))],
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, *args, vehicle: Vehicle, **kwargs):
        super().__init__(*args, **kwargs)
        self.watch(vehicle, owner_shown(vehicle))
