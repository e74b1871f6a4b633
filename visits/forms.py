"""What is typed at the counter. Names of fields are those of the models, so that the actions' errors find them."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from core.forms import MileageField, ShownMixin
from customers import identifiers
from customers.actions import wrong_vin
from customers.forms import SamePersonMixin
from customers.models import Customer
from staff.models import User
from staff.people import members
from staff.roles import Role
from visits.appointments import FARTHEST
from visits.fields import DayField, HouseForm, MomentField, YuanField
from visits.models import Appointment, Kind, OrderItem, ScopeChange, Source

EVENING = time(17, 30)


class PersonField(forms.ModelChoiceField):
    """Somebody of the store with one of the roles."""

    def __init__(self, *roles: str, **kwargs):
        self.roles = roles
        super().__init__(queryset=None, required=False, **kwargs)

    def of(self, store, *, also: int | None = None) -> None:
        """also: who stands there already, even when they have left since."""
        self.queryset = User.objects.filter(Q(pk__in=members(store, *self.roles).order_by().values("pk")) | Q(pk=also)).order_by(
            "name_key", "pk"
        )


class StoreForm(HouseForm):
    """A form of one store: its people fields offer that store's people."""

    def __init__(self, *args, store, **kwargs):
        super().__init__(*args, **kwargs)
        self.store = store
        for name, field in self.fields.items():
            if isinstance(field, PersonField):
                field.of(store, also=self.initial.get(name))


class VisitForm(StoreForm):
    """Reception: all that a known car needs."""

    PROMISES = [("60", _("in 1 hour")), ("120", _("in 2 hours")), ("evening", _("today 17:30")), ("", _("other, or not yet"))]

    kind = forms.ChoiceField(label=_("kind"), choices=Kind.choices, widget=forms.RadioSelect, initial=Kind.MAINTENANCE)
    redoes = forms.ModelChoiceField(label=_("redoes"), queryset=None, required=False, empty_label=_("choose the earlier order"))
    source = forms.ChoiceField(label=_("source"), choices=Source.choices, widget=forms.RadioSelect, initial=Source.WALK_IN)
    mileage = MileageField(label=_("mileage"), required=False)
    mileage_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    words = forms.CharField(label=_("the customer's words"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    promise = forms.ChoiceField(label=_("promised for"), choices=PROMISES, required=False, widget=forms.RadioSelect)
    promised_at = MomentField(label=_("at another time"), required=False)
    waits_in_lounge = forms.BooleanField(label=_("customer waits in the lounge"), required=False)
    advisor = PersonField(Role.ADVISOR, Role.SUPERVISOR, Role.SERVICE_MANAGER, label=_("service advisor"))
    contact_name = forms.CharField(label=_("brought by somebody else"), required=False, max_length=60)
    contact_phone = forms.CharField(label=_("their phone"), required=False, max_length=20)
    phone_is_right = forms.BooleanField(label=_("the number has been confirmed"), required=False)
    new_phone = forms.CharField(label=_("or the new number"), required=False, max_length=20)

    lowers_mileage = False  # it was said that the car has fewer kilometres than its file, and saved again

    def __init__(self, *args, orders, now: datetime, known_km: int | None = None, **kwargs):
        """orders: this car's earlier ones, which a rework can redo. known_km: what its file says."""
        super().__init__(*args, **kwargs)
        self.now, self.known_km = now, known_km
        self.fields["redoes"].queryset = orders
        self.fields["redoes"].label_from_instance = lambda order: f"{order.received_on:%Y-%m-%d} {order.get_kind_display()} {order.number}"
        if self._evening() <= now:
            self.fields["promise"].choices = [choice for choice in self.PROMISES if choice[0] != "evening"]

    def _evening(self) -> datetime:
        return datetime.combine(self.store.local_date(self.now), EVENING, self.store.tz)

    def clean_contact_phone(self):
        return _phone(self.cleaned_data["contact_phone"])

    def clean_new_phone(self):
        return _phone(self.cleaned_data["new_phone"])

    def clean(self):
        data = super().clean()
        typed, pick = data.get("promised_at"), data.get("promise")
        if typed is None and pick:
            # To the minute, as every form that shows it again: seconds would read as another time, after the signature.
            minute = self.now.replace(second=0, microsecond=0)
            data["promised_at"] = self._evening() if pick == "evening" else minute + timedelta(minutes=int(pick))
        check_promise(self, self.now)
        self._doubt_mileage(data)
        if data.get("kind") == Kind.REWORK and not data.get("redoes"):
            self.add_error("redoes", _("Choose the earlier order that this rework redoes; if there is none, choose another kind."))
        return data

    def _doubt_mileage(self, data: dict) -> None:
        """Speedometers are replaced, and the slip may be the earlier one: it is said, and who saves the same again means it."""
        typed = data.get("mileage")
        if typed is None or typed >= (self.known_km or 0):
            return
        self.lowers_mileage = data.get("mileage_seen") == str(typed)
        if self.lowers_mileage:
            return
        self.data = self.data.copy()
        self.data[self.add_prefix("mileage_seen")] = str(typed)
        known = {"km": f"{self.known_km:,}"}
        if visit := self.fields["redoes"].queryset.filter(mileage=self.known_km).first():
            said = _("On %(day)s it was %(km)s km. If what you typed is right, save again: it corrects the car's file.")
            known["day"] = f"{visit.received_on:%Y-%m-%d}"
        else:
            said = _("The car's file says %(km)s km. If what you typed is right, save again: it corrects the file.")
        self.add_error("mileage", said % known)

    def for_order(self) -> dict:
        """The arguments of visits.actions.open_order."""
        names = (
            "kind",
            "redoes",
            "source",
            "mileage",
            "words",
            "promised_at",
            "waits_in_lounge",
            "advisor",
            "contact_name",
            "contact_phone",
        )
        return {name: self.cleaned_data[name] for name in names}


def _phone(text: str) -> str:
    """E.164. Raises ValidationError; empty stays empty."""
    if not text.strip():
        return ""
    parsed = identifiers.parse_phone(text)
    if not parsed.is_valid:
        raise ValidationError(_("This is no phone number: write one such as 138 1234 5678 or 023-6000 0000."))
    return parsed.number


def check_promise(form: forms.Form, now: datetime) -> None:
    """A time that is promised anew lies ahead, and not in a mistyped year."""
    typed = form.cleaned_data.get("promised_at")
    if typed is None or "promised_at" not in form.changed_data:
        return
    if typed < now:
        form.add_error("promised_at", _("This time has passed; choose a later one."))
    elif typed > now + FARTHEST:
        form.add_error("promised_at", _("That is more than a year ahead: please check the date."))


class OwnerForm(HouseForm, SamePersonMixin):
    """An unknown customer, or which known one it is."""

    name = forms.CharField(label=_("customer's name"), max_length=80)
    gender = forms.ChoiceField(label=_("form of address"), required=False, choices=Customer.Gender.choices, widget=forms.RadioSelect)
    phone = forms.CharField(label=_("phone"), max_length=20)

    def clean_phone(self):
        return _phone(self.cleaned_data["phone"])


class CarForm(HouseForm):
    """An unknown car."""

    plate = forms.CharField(label=_("plate"), required=False, max_length=16)
    vin = forms.CharField(label=_("VIN"), required=False, max_length=24)
    model = forms.CharField(label=_("model"), required=False, max_length=80)

    def clean_plate(self):
        plate = identifiers.clean_plate(self.cleaned_data["plate"])
        if plate and not identifiers.is_plate(plate):
            raise ValidationError(_("This is no plate: write one such as 渝A12345 or, for new energy, 渝AD12345."))
        return plate

    def clean_vin(self):
        vin = identifiers.clean_vin(self.cleaned_data["vin"])
        if vin and (problem := wrong_vin(vin)):
            raise ValidationError(problem)
        return vin

    def clean(self):
        data = super().clean()
        if not data.get("plate") and not data.get("vin") and not self.errors:
            self.add_error(
                "plate", _("Give the plate or the VIN; a temporary plate (临…) does not count: then it is the VIN that is needed.")
            )
        return data


class AmountsMixin(forms.Form):
    labour_fen = YuanField(label=_("labour ¥"), required=False)
    parts_fen = YuanField(label=_("parts ¥"), required=False)
    package_fen = YuanField(label=_("package ¥"), required=False)
    total_fen = YuanField(label=_("total ¥"), required=False, help_text=_("Empty: the sum of the others."))

    AMOUNTS = ("labour_fen", "parts_fen", "package_fen")

    def clean(self):
        data = super().clean()
        for name in self.AMOUNTS:
            if name in data and data[name] is None:
                data[name] = 0
        if "total_fen" in data and data["total_fen"] is None:
            data["total_fen"] = sum(data.get(name) or 0 for name in self.AMOUNTS)
        return data


class VersionedForm(StoreForm):
    """Names the version of the record that the person has been looking at, and carries what its fields said then: that tells what was
    typed from what is only old."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.show_hidden_initial = name != "version"

    def differences(self, record) -> list[tuple[str, str, bool]]:
        """(label, what stands there now, whether something else was typed) of the fields that somebody else saved meanwhile."""
        rows = []
        for name, field in self.fields.items():
            if name == "version" or not hasattr(record, name) or name not in self.cleaned_data:
                continue
            is_typed = name in self.changed_data
            stored = set(record.technicians.all()) if name == "technicians" else getattr(record, name)
            typed = set(self.cleaned_data[name]) if name == "technicians" else self.cleaned_data[name]
            if (stored or None) in (typed or None, self._shown(name) or None) or not (is_typed or stored):
                continue  # the last: what the form proposes of itself
            display = getattr(record, f"get_{name}_display", None)
            if isinstance(stored, datetime):
                stored = timezone.localtime(stored).strftime("%Y-%m-%d %H:%M")
            elif isinstance(stored, bool):
                stored = _("yes") if stored else _("no")
            elif isinstance(stored, set):
                stored = "、".join(sorted(map(str, stored))) or None
            elif isinstance(stored, Model):
                stored = str(stored)
            shown = display() if display else field.prepare_value(stored)
            rows.append((str(field.label), str(shown) if shown not in (None, "") else "–", is_typed))
        return rows

    def _shown(self, name: str):
        """What the field said when the form was opened."""
        field, key = self.fields[name], self.add_initial_prefix(name)
        many = isinstance(field, forms.ModelMultipleChoiceField)
        said = field.to_python(self.data.getlist(key) if many else self.data.get(key))
        return set(said) if many else said

    def taken_over(self, standing: dict) -> QueryDict:
        """What was typed, for the next save: fields that were not touched say what stands there now. standing: as `initial`."""
        data = self.data.copy()
        for name, value in standing.items():
            field = self.fields[name]
            value = field.prepare_value(value)
            said = value if isinstance(value, list) else [str(field.widget.format_value(value) if isinstance(value, date) else value)]
            if value in (None, ""):
                said = [""]
            if name not in self.changed_data or name == "version":
                data.setlist(self.add_prefix(name), [] if value is False else said)
            data.setlist(self.add_initial_prefix(name), said)
        return data


class OrderForm(AmountsMixin, VersionedForm):
    """All that may be changed about a visit."""

    kind = forms.ChoiceField(label=_("kind"), choices=Kind.choices)
    redoes = forms.ModelChoiceField(label=_("redoes"), queryset=None, required=False)
    source = forms.ChoiceField(label=_("source"), choices=Source.choices)
    promised_at = MomentField(label=_("promised for"), required=False)
    mileage = MileageField(label=_("mileage"), required=False)
    waits_in_lounge = forms.BooleanField(label=_("customer waits in the lounge"), required=False)
    advisor = PersonField(Role.ADVISOR, Role.SUPERVISOR, Role.SERVICE_MANAGER, label=_("service advisor"))
    inspector = PersonField(Role.INSPECTOR, Role.SUPERVISOR, Role.SERVICE_MANAGER, label=_("inspector"))
    technicians = forms.ModelMultipleChoiceField(label=_("technicians"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple)
    words = forms.CharField(label=_("the customer's words"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    note = forms.CharField(label=_("special note"), required=False, max_length=200)
    estimate_fen = YuanField(label=_("estimate ¥"), required=False)

    FIELDS = ("kind", "redoes", "source", "promised_at", "mileage", "waits_in_lounge", "advisor", "inspector", "words", "note",
              "estimate_fen", "labour_fen", "parts_fen", "package_fen", "total_fen")  # fmt: skip

    def __init__(self, *args, orders, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["redoes"].queryset = orders
        self.fields["technicians"].queryset = members(self.store, Role.TECHNICIAN)

    def clean(self):
        data = super().clean()
        check_promise(self, clock.now())
        return data

    def changes(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.FIELDS}


class HandOverForm(AmountsMixin, VersionedForm):
    """交车: amounts, next maintenance, the agreed time for the callback."""

    delivered_at = MomentField(label=_("handed over"))
    mileage = MileageField(label=_("mileage"), required=False)
    next_maintenance_on = DayField(label=_("next maintenance on"), required=False)
    next_maintenance_km = MileageField(label=_("next maintenance at km"), required=False)
    callback_at = MomentField(
        label=_("agreed time for the callback"), required=False, help_text=_("Empty: within 24 hours if possible, 72 at most.")
    )
    note = forms.CharField(label=_("special note"), required=False, max_length=200)

    FIELDS = ("delivered_at", "mileage", "next_maintenance_on", "next_maintenance_km", "callback_at", "note",
              "labour_fen", "parts_fen", "package_fen", "total_fen")  # fmt: skip

    def changes(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.FIELDS}


class ItemForm(HouseForm):
    text = forms.CharField(label=_("work"), max_length=120)
    result = forms.ChoiceField(label=_("result"), choices=OrderItem.Result.choices)
    fen = YuanField(label=_("price ¥"), required=False)
    remind_on = DayField(label=_("remind on"), required=False)

    def clean_fen(self):
        return self.cleaned_data["fen"] or 0

    def clean_remind_on(self):
        day = self.cleaned_data["remind_on"]
        if day and day < timezone.localtime(clock.now()).date():
            raise ValidationError(_("This day has passed; choose a later one."))
        return day


class PartForm(HouseForm):
    name = forms.CharField(label=_("part"), max_length=80)
    origin = forms.CharField(label=_("origin"), required=False, max_length=60)
    made_on = DayField(label=_("made on"), required=False)
    warranty_until = DayField(label=_("warranty until"), required=False)
    quantity = forms.IntegerField(label=_("quantity"), min_value=1, max_value=999, initial=1)
    fen = YuanField(label=_("price ¥"), required=False)

    def clean_fen(self):
        return self.cleaned_data["fen"] or 0

    def clean(self):
        data = super().clean()
        if data.get("made_on") and data["made_on"] > timezone.localtime(clock.now()).date():
            self.add_error("made_on", _("This date lies in the future."))
        return data


class ScopeForm(VersionedForm):
    what = forms.CharField(label=_("what changes"), max_length=200)
    extra_fen = YuanField(label=_("price changes by ¥"), required=False, may_be_negative=True)
    promised_at = MomentField(label=_("new promised time"), required=False)
    consent = forms.ChoiceField(label=_("the customer agreed"), choices=ScopeChange.Consent.choices, widget=forms.RadioSelect)

    def clean_extra_fen(self):
        return self.cleaned_data["extra_fen"] or 0

    def clean(self):
        data = super().clean()
        check_promise(self, clock.now())
        return data


class CancelForm(HouseForm):
    reason = forms.CharField(label=_("why"), max_length=200)


class DeliveryForm(StoreForm):
    """新车交车"""

    consultant = PersonField(Role.SALES, Role.SALES_SUPERVISOR, Role.SALES_MANAGER, label=_("sales consultant"))
    delivered_at = MomentField(label=_("handed over"))
    price_fen = YuanField(label=pgettext_lazy("new car", "price ¥"), required=False)
    callback_at = MomentField(label=_("agreed time for the callback"), required=False)
    note = forms.CharField(label=_("special note"), required=False, max_length=200)


class AppointmentForm(StoreForm):
    at = MomentField(label=_("at"))
    kind = forms.ChoiceField(label=_("kind"), choices=Kind.choices, widget=forms.RadioSelect, initial=Kind.MAINTENANCE)
    advisor = PersonField(Role.ADVISOR, Role.SUPERVISOR, Role.SERVICE_MANAGER, label=_("service advisor"))
    note = forms.CharField(label=_("note"), required=False, max_length=200)


class MoveForm(ShownMixin, HouseForm):
    at = MomentField(label=_("new time"))

    def __init__(self, *args, appointment: Appointment, **kwargs):
        super().__init__(*args, prefix=f"a{appointment.pk}", initial={"at": appointment.at}, **kwargs)
        self.watch(appointment)


class PastFilter(StoreForm):
    """The list of past orders: filters stay in the address."""

    first = DayField(label=_("from"), required=False)
    last = DayField(label=_("until"), required=False)
    advisor = PersonField(Role.ADVISOR, Role.SUPERVISOR, Role.SERVICE_MANAGER, label=_("service advisor"), empty_label=_("all"))
    kind = forms.ChoiceField(label=_("kind"), choices=[("", _("all")), *Kind.choices], required=False)
