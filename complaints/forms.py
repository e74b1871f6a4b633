"""What is typed about complaints. Names of fields are those of the actions' arguments, so that what they refuse finds its field."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from complaints.actions import handlers
from complaints.kinds import Channel, Department, Method, Severity
from complaints.models import ComplaintSettings
from complaints.transitions import Act
from core.forms import CHOOSE, ShownMixin
from csi import mot
from csi.models import Link
from staff import people
from staff.roles import Role
from visits.fields import HouseForm, MomentField, YuanField

LONG = 4000
WITH_STANDARDS = [link for link, rows in mot.STANDARDS.items() if rows]


def long_text(label, *, required: bool = True, rows: int = 2) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=LONG, widget=forms.Textarea(attrs={"rows": rows}))


def standards(link: str) -> list[tuple[str, str]]:
    """The link's MOT standards, in the reader's language."""
    english = (get_language() or "").startswith("en")
    return [("", CHOOSE), *((code, en if english else zh) for code, zh, en in mot.STANDARDS[link])]


class NewComplaintForm(HouseForm):
    """Each link has its own list of standards; the page shows that of the chosen one, by style alone (complaints.css)."""

    words = long_text(_("the customer's own words"), rows=3)
    link = forms.ChoiceField(label=_("link"), choices=Link.choices, widget=forms.RadioSelect)
    channel = forms.ChoiceField(label=_("channel"), choices=Channel.choices, widget=forms.RadioSelect, initial=Channel.PHONE)
    department = forms.ChoiceField(label=_("department"), choices=Department.choices, widget=forms.RadioSelect, initial=Department.SERVICE)
    severity = forms.ChoiceField(label=_("severity"), choices=Severity.choices, widget=forms.RadioSelect, initial=Severity.ORDINARY)
    is_product_quality = forms.BooleanField(label=_("product quality"), required=False)
    against = forms.ModelChoiceField(label=_("person complained about"), queryset=None, required=False)
    demands = long_text(_("what the customer demands"), required=False)
    received_at = MomentField(label=_("received, if not just now"), required=False)

    def __init__(self, *args, store, stranger: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        roles = [role for role in Role if role != Role.REGIONAL]
        self.fields["against"].queryset = people.members(store, *roles)
        for link in WITH_STANDARDS:
            self.fields[f"standard_{link}"] = forms.ChoiceField(
                label=_("MOT standard"), choices=standards(link), required=False, widget=forms.Select(attrs={"class": "form-select"})
            )
        if stranger:
            self.fields["complainant"] = forms.CharField(
                label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"class": "form-control"})
            )
            self.fields["contact"] = forms.CharField(
                label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "tel"})
            )
        self.fields["complainant" if stranger else "words"].widget.attrs["autofocus"] = True  # the first field of the page

    def standard_fields(self) -> list:
        """(link, its name, the field of its standards)."""
        return [(link, Link(link).label, self[f"standard_{link}"]) for link in WITH_STANDARDS]

    def clean(self):
        data = super().clean()
        lists = {link: data.pop(f"standard_{link}", "") for link in WITH_STANDARDS}
        data["standard"] = lists.get(data.get("link"), "")
        return data


class ActForm(HouseForm):
    """One act on one complaint. seen: the version that the page showed; token: of this form."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args, complaint, **kwargs):
        super().__init__(*args, **kwargs)
        self.complaint = complaint

    def shown(self) -> list:
        return list(self.visible_fields())


class NoteForm(ActForm):
    words = long_text(_("note"))


class OptionalNoteForm(ActForm):
    words = long_text(_("note"), required=False)


class ReasonForm(ActForm):
    words = long_text(_("Reason"))


def how() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("How"), choices=Method.choices, widget=forms.RadioSelect, initial=Method.PHONE)


class FirstReplyForm(ActForm):
    method = how()
    told = long_text(_("What was told to the customer"))
    words = long_text(_("note"), required=False, rows=1)


class ReplyForm(ActForm):
    method = how()
    told = long_text(_("What was told to the customer"))
    next_at = MomentField(label=_("Next contact"))
    number = forms.CharField(label=_("Number for it"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    words = long_text(_("note"), required=False, rows=1)


class ResolveForm(ActForm):
    cause = long_text(_("cause"))
    solution = long_text(_("solution"))
    result = long_text(_("result"))
    measure = long_text(_("improvement measure"))
    method = how()
    told = long_text(_("What was told to the customer"))
    compensation = YuanField(label=_("Compensation in yuan"), required=False)


class InstructForm(ActForm):
    words = long_text(_("Instruction"))
    person = forms.ModelChoiceField(label=_("Hand it to"), queryset=None, required=False, empty_label=_("the present handler"))

    def __init__(self, *args, complaint, **kwargs):
        super().__init__(*args, complaint=complaint, **kwargs)
        self.fields["person"].queryset = handlers(complaint)


class AskForm(ActForm):
    fen = YuanField(label=_("Compensation in yuan"))
    words = long_text(_("Reason"))


class DecideForm(ActForm):
    granted = forms.ChoiceField(label=_("Decision"), choices=[("1", _("granted")), ("0", _("refused"))], widget=forms.RadioSelect)
    words = long_text(_("Reason, where it is refused"), required=False)


class RevisitForm(ActForm):
    ANSWERS = [
        ("satisfied", _("satisfied")),
        ("dissatisfied", _("not satisfied: open it again, one level up")),
    ]
    answer = forms.ChoiceField(label=_("Is the customer satisfied with the solution?"), choices=ANSWERS, widget=forms.RadioSelect)
    method = how()
    words = long_text(_("The customer's words"), required=False)

    def __init__(self, *args, complaint, **kwargs):
        super().__init__(*args, complaint=complaint, **kwargs)
        if not complaint.customer_id:  # no file, so no call sheet whose tries would count
            self.fields["answer"].choices = [*self.ANSWERS, ("unreachable", _("not reached in three tries"))]


FORMS: dict[str, type[ActForm]] = {
    Act.SIGN: ActForm,
    Act.FIRST_REPLY: FirstReplyForm,
    Act.REPLY: ReplyForm,
    Act.RESOLVE: ResolveForm,
    Act.WAIT: ReasonForm,
    Act.RESUME: OptionalNoteForm,
    Act.INSTRUCT: InstructForm,
    Act.TAKE_OVER: OptionalNoteForm,
    Act.ESCALATE: ReasonForm,
    Act.FORWARD: ReasonForm,
    Act.ASK: AskForm,
    Act.APPROVE: DecideForm,
    Act.REVISIT: RevisitForm,
    Act.CLOSE: OptionalNoteForm,
    Act.NOTE: NoteForm,
}


class SettingsForm(ShownMixin, forms.ModelForm):
    goodwill_limit = YuanField(
        label=_("Goodwill limit in yuan"), required=False, help_text=_("Compensation above it waits for the region's approval.")
    )

    class Meta:
        model = ComplaintSettings
        fields = ["first_reply", "department_reply", "instruction", "revisit", "has_public_page"]

    def __init__(self, *args, instance: ComplaintSettings, **kwargs):
        super().__init__(*args, instance=instance, initial={"goodwill_limit": instance.goodwill_limit_fen}, **kwargs)
        self.watch(instance.store)

    def chosen(self) -> dict[str, str | bool]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
