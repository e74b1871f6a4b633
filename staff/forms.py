from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.functional import lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core import topics, webhooks
from core.forms import ShownMixin, say_choose
from core.models import Webhook
from staff import people, ranges
from staff.models import Absence, CalendarDay, HoursKind, Store, User, WeekdayHours
from staff.roles import Role

UNREMEMBERED = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
WEEKDAY_CHOICES = [(str(number), name) for number, name in WEEKDAYS.items()]
ROLE_CHOICES = [choice for choice in Role.choices if choice[0] != Role.REGIONAL]
RANGE_ERRORS = {
    "format": _("“%(text)s” is no time range; write it like 08:30-12:00."),
    "time": _("“%(text)s” is no time of the day."),
    "order": _("“%(text)s”: the end must come after the beginning."),
    "overlap": _("“%(text)s” overlaps the range before it."),
}
NEEDED_HOURS = {
    HoursKind.STAFFED: _(
        "Nobody is on duty in the whole week: the complaint clocks could not run. Enter staffed hours on at least one day."
    ),
    HoursKind.CALLING: _("There are no calling hours in the whole week: no call could be planned. Enter some on at least one day."),
}


def _like(name):
    """Put together when it is read: a lazy text with % is worked out at once, in the language of whoever happens to be first."""
    return lazy(lambda: gettext("open like %(day)s") % {"day": name}, str)()


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class RangesField(forms.CharField):
    """A day's hours in words; cleaned to a list of (start, end) in minutes."""

    def clean(self, value):
        try:
            return ranges.parse(super().clean(value))
        except ranges.BadRange as bad:
            raise ValidationError(RANGE_ERRORS[bad.code], params={"text": bad.text}) from None


class HoursForm(ShownMixin, forms.Form):
    """A field for every kind of hours on every weekday, named like 'opening_0'."""

    def __init__(self, *args, store: Store, **kwargs):
        have: dict[tuple[str, int], list] = {}
        for row in WeekdayHours.objects.filter(store=store).order_by("start_minute"):
            have.setdefault((row.kind, row.weekday), []).append((row.start_minute, row.end_minute))
        super().__init__(*args, **kwargs)
        for weekday, day in WEEKDAYS.items():
            for kind in HoursKind:
                self.fields[f"{kind.value}_{weekday}"] = RangesField(
                    label=f"{day} · {kind.label}",
                    required=False,
                    max_length=120,
                    initial=ranges.written(have.get((kind.value, weekday), [])),
                    widget=forms.TextInput(
                        attrs={"class": "form-control num", "placeholder": pgettext_lazy("day", "closed"), "autocomplete": "off"}
                    ),
                )
        self.watch(store)

    def rows(self):
        """(weekday name, [(kind, field), …]) for the table; wrong fields are marked."""
        for weekday, day in WEEKDAYS.items():
            fields = [(kind.label, self[f"{kind.value}_{weekday}"]) for kind in HoursKind]
            for _label, field in fields:
                if field.errors:
                    field.field.widget.attrs["class"] = "form-control num is-invalid"
            yield day, fields

    def clean(self):
        data = super().clean()
        if not self.errors:
            for kind, why in NEEDED_HOURS.items():
                if not any(self.weekly()[kind]):
                    self.add_error(None, why)
        return data

    def unattended(self) -> list[str]:
        """The weekdays on which somebody is on duty while the store is closed: allowed, and mostly a slip."""
        weekly = self.weekly()
        days = zip(WEEKDAYS.values(), weekly[HoursKind.STAFFED], weekly[HoursKind.OPENING], strict=True)
        return [
            str(day)
            for day, staffed, opening in days
            if not all(any(opens <= start and end <= closes for opens, closes in opening) for start, end in staffed)
        ]

    def weekly(self) -> dict[str, list]:
        return {kind.value: [self.cleaned_data[f"{kind.value}_{weekday}"] for weekday in range(7)] for kind in HoursKind}


class CalendarDayForm(forms.ModelForm):
    like_weekday = forms.TypedChoiceField(
        label=_("That day"),
        choices=[("", pgettext_lazy("day", "closed"))] + [(number, _like(name)) for number, name in WEEKDAY_CHOICES],
        required=False,
        coerce=int,
        empty_value=None,
    )

    class Meta:
        model = CalendarDay
        fields = ["date", "like_weekday", "name"]
        widgets = {"date": DateInput}
        help_texts = {"name": _("What people will read, for example: Spring Festival, stocktaking.")}

    def validate_unique(self):
        """A date that is there already is replaced by the action."""


class ChangeCalendarDayForm(ShownMixin, CalendarDayForm):
    class Meta(CalendarDayForm.Meta):
        fields = ["like_weekday", "name"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.watch(self.instance)


class StoreForm(ShownMixin, forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.watch(self.instance)

    class Meta:
        model = Store
        fields = ["hotline", "time_zone", "unreachable_half_days"]
        help_texts = {
            "hotline": _("Printed on letters and job orders, and said by the callers."),
            "time_zone": _("Asia/Shanghai everywhere in China. All hours and deadlines of the store are counted in it."),
        }


def _username_field():
    field = User._meta.get_field("username").formfield()
    field.label = _("Sign-in name")
    field.help_text = _("Letters, digits and @ . + - _")
    field.widget.attrs["autocomplete"] = "off"
    field.widget.attrs.pop("autofocus", None)
    return field


def _password_field(**kwargs):
    return forms.CharField(
        label=kwargs.pop("label", _("First password")),
        strip=False,
        help_text=_("At least 8 characters, not only digits. Tell it to the person; they can change it."),
        widget=forms.TextInput(attrs=UNREMEMBERED),
        **kwargs,
    )


class PersonForm(forms.Form):
    """A new person with a role; without sign-in name and password they are only named (technicians, inspectors)."""

    name = forms.CharField(label=_("Name"), max_length=60)
    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"] = _username_field()
        self.fields["username"].required = False
        self.fields["password"] = _password_field(required=False)

    def clean_username(self):
        username = self.cleaned_data["username"]
        if username and User.objects.filter(username=username).exists():
            raise ValidationError(_("This sign-in name is taken."))
        return username

    def clean(self):
        data = super().clean()
        username, password = data.get("username"), data.get("password")
        if "username" in data and bool(username) != bool(password):
            self.add_error(
                "password" if username else "username",
                _("To sign in a person needs both a sign-in name and a password; leave both empty for somebody who is only named."),
            )
        elif password:
            try:
                validate_password(password, User(username=username, name=data.get("name", "")))
            except ValidationError as weak:
                self.add_error("password", weak)
        return data


class RenameForm(ShownMixin, forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("What stands in the person's inbox goes there as well, where the server sends e-mail. Empty: nothing is sent."),
    )

    def __init__(self, *args, person: User, **kwargs):
        super().__init__(*args, initial={"name": person.name, "email": person.email}, **kwargs)
        self.watch(person)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES)

    def __init__(self, *args, has: set[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [choice for choice in ROLE_CHOICES if choice[0] not in has]


class NewPasswordForm(forms.Form):
    """A new password; for somebody who was only named also the sign-in name."""

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            self.fields["username"] = _username_field()
        self.fields["password"] = _password_field(label=_("New password"))

    def clean_username(self):
        username = self.cleaned_data["username"]
        if User.objects.filter(username=username).exclude(pk=self.user.pk).exists():
            raise ValidationError(_("This sign-in name is taken."))
        return username

    def clean_password(self):
        password = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


class AbsenceForm(forms.ModelForm):
    class Meta:
        model = Absence
        fields = ["user", "kind", "starts_on", "ends_on"]
        widgets = {"starts_on": DateInput, "ends_on": DateInput}

    def __init__(self, *args, store: Store, **kwargs):
        super().__init__(*args, **kwargs)
        say_choose(self)
        self.fields["user"].queryset = people.members(store, *Role.values)
        self.fields["kind"].help_text = _("“Left the store” ends the person's access to the store from that day on.")

    def clean(self):
        data = super().clean()
        starts, ends = data.get("starts_on"), data.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The last day must not be before the first."))
        return data


class ChangeAbsenceForm(ShownMixin, AbsenceForm):
    class Meta(AbsenceForm.Meta):
        fields = ["kind", "starts_on", "ends_on"]

    def __init__(self, *args, store: Store, **kwargs):
        forms.ModelForm.__init__(self, *args, **kwargs)
        say_choose(self)
        self.watch(self.instance)


class WebhookForm(ShownMixin, forms.Form):
    """Where the store's group is told. The stored address and secret are never shown: an empty field keeps them."""

    preset = forms.ChoiceField(label=_("Send to"), choices=[("", _("nobody (off)")), *Webhook.Preset.choices], required=False)
    url = forms.CharField(label=_("Address"), max_length=500, required=False, widget=forms.URLInput(attrs=UNREMEMBERED))
    secret = forms.CharField(
        label=_("DingTalk's signing secret"),
        max_length=200,
        required=False,
        help_text=_("Only for a DingTalk robot with a signature (it begins with SEC). It belongs to the address."),
        widget=forms.TextInput(attrs=UNREMEMBERED),
    )
    heading = forms.CharField(
        label=_("Each message begins with"),
        max_length=40,
        required=False,
        help_text=_("The store's name, for example. A DingTalk robot with a keyword takes only messages that contain it."),
    )
    kinds = forms.MultipleChoiceField(label=_("What the group is told"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, store: Store, hook: Webhook | None, **kwargs):
        have = {"preset": hook.preset, "heading": hook.heading, "kinds": hook.kinds} if hook else {"heading": store.name[:40]}
        super().__init__(*args, initial=have, **kwargs)
        self.hook = hook
        self.fields["kinds"].choices = [(code, kind.label) for code, kind in topics.KINDS.items()]
        self.fields["url"].help_text = (
            gettext("Stored: %(address)s. Leave it empty to keep it.") % {"address": webhooks.masked(hook.url)}
            if hook
            else _("Copied from the robot's page in the group. Whoever has it can write to the group: it is not shown again.")
        )
        self.watch(hook or store, state=f"{hook.pk} {hook.changed_at.isoformat()}" if hook else "off")

    def clean_url(self):
        if url := self.cleaned_data["url"]:
            webhooks.check(url)
        return url

    def clean(self):
        data = super().clean()
        if not data.get("preset"):
            return data
        same = self.hook is not None and self.hook.preset == data["preset"]
        if "url" in data and not data["url"] and not same:
            self.add_error("url", _("Enter the address."))
        if "kinds" in data and not data["kinds"]:
            self.add_error("kinds", _("Choose at least one kind, or send to nobody."))
        return data
