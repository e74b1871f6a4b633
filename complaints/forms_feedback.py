"""What is typed about suggestions and praise, by strangers on the public page and by the staff."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from complaints.evidence import MEGABYTE, kind_of
from complaints.forms import how, long_text
from complaints.kinds import Channel, FeedbackAct, FeedbackKind
from complaints.public import COMPLAINT
from csi.models import Link
from staff import people
from staff.roles import Role
from visits.fields import HouseForm, MomentField

PICTURES = {"image/jpeg", "image/png", "image/webp", "image/heic"}
MOST_PHOTOS, LARGEST_PHOTO = 3, 10 * MEGABYTE


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """At most three pictures, judged by their content."""

    def __init__(self, **kwargs):
        super().__init__(widget=PhotosInput(attrs={"accept": "image/*", "multiple": True}), required=False, **kwargs)

    def clean(self, data, initial=None):
        photos = [super(PhotosField, self).clean(one, initial) for one in data or []]
        if len(photos) > MOST_PHOTOS:
            raise ValidationError(_("At most three photos, please."))
        for photo in photos:
            if photo.size > LARGEST_PHOTO:
                raise ValidationError(_("A photo is larger than 10 MB."))
            if kind_of(photo.read(32)) not in PICTURES:
                raise ValidationError(_("Only photos can be sent here (JPEG, PNG, WebP, HEIC)."))
            photo.seek(0)
        return photos


class PublicForm(HouseForm):
    """For a phone, without a name if one likes. website: nobody sees it; who fills it in is a program."""

    KINDS = [(COMPLAINT, _("complaint")), *FeedbackKind.choices]
    kind = forms.ChoiceField(label=_("What would you like to tell us?"), choices=KINDS, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("In your own words"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5, "aria-describedby": "words-help"})
    )
    link = forms.ChoiceField(label=_("What is it about?"), choices=Link.choices, widget=forms.RadioSelect, required=False)
    about = forms.CharField(label=_("Whom is it about?"), max_length=80, required=False)
    name = forms.CharField(label=_("Your name"), max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(
        label=_("Your phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"})
    )
    plate = forms.CharField(label=_("Your plate"), max_length=20, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    photos = PhotosField(label=_("Photos"))
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)


class RegisterForm(HouseForm):
    """By hand, from the counter or the telephone."""

    kind = forms.ChoiceField(label=_("kind"), choices=FeedbackKind.choices, widget=forms.RadioSelect, initial=FeedbackKind.SUGGESTION)
    words = long_text(_("the customer's own words"), rows=3)
    person = forms.ModelChoiceField(label=_("person concerned"), queryset=None, required=False)
    channel = forms.ChoiceField(label=_("channel"), choices=Channel.choices, widget=forms.RadioSelect, initial=Channel.IN_STORE)
    giver = forms.CharField(label=_("Name"), max_length=80, required=False)
    contact = forms.CharField(label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    received_at = MomentField(label=_("received, if not just now"), required=False)

    def __init__(self, *args, store, has_customer: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = staff_of(store)
        if has_customer:
            del self.fields["giver"], self.fields["contact"]


def staff_of(store):
    return people.members(store, *[role for role in Role if role != Role.REGIONAL])


class ActForm(HouseForm):
    """One act. token: of this form."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args, feedback, **kwargs):
        super().__init__(*args, **kwargs)
        self.feedback = feedback


class ToldForm(ActForm):
    """How the customer was told; nothing to say where nobody can be reached."""

    method = how()
    told = long_text(_("What was told to the customer"))

    def __init__(self, *args, feedback, **kwargs):
        super().__init__(*args, feedback=feedback, **kwargs)
        if not feedback.is_reachable:
            del self.fields["method"], self.fields["told"]


class EvaluateForm(ActForm):
    is_adopted = forms.ChoiceField(
        label=_("Is it adopted?"), choices=[("1", _("adopted")), ("0", _("not adopted"))], widget=forms.RadioSelect
    )
    reason = long_text(_("Why, and what will be done"))


class PassOnForm(ActForm):
    person = forms.ModelChoiceField(label=_("To whom"), queryset=None, required=False, empty_label=_("the whole store"))
    words = long_text(_("note"), required=False, rows=1)

    def __init__(self, *args, feedback, **kwargs):
        super().__init__(*args, feedback=feedback, **kwargs)
        self.fields["person"].queryset = staff_of(feedback.store)
        self.fields["person"].initial = feedback.person_id


class NoteForm(ActForm):
    words = long_text(_("note"))


FORMS: dict[str, type[ActForm]] = {
    FeedbackAct.ACKNOWLEDGE: ToldForm,
    FeedbackAct.EVALUATE: EvaluateForm,
    FeedbackAct.TELL: ToldForm,
    FeedbackAct.PASS_ON: PassOnForm,
    FeedbackAct.NOTE: NoteForm,
}
