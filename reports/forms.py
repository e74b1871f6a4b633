from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.archive import UNNAMED
from csi.models import Factor, Link, Questionnaire
from reports.periods import parse
from reports.questions import has_answered, has_answered_factor
from staff.people import members
from staff.roles import Role

ANY_FACTOR = "any"
OPINIONS = {"unhappy": "is_unhappy", "satisfied": "is_satisfied", "very": "is_very_satisfied"}


class ResponseFilter(forms.Form):
    """The list of responses; everything optional, everything in the address."""

    period = forms.CharField(label=_("Period"), required=False, max_length=8, widget=forms.TextInput(attrs={"placeholder": "2026-10"}))
    audience = forms.ChoiceField(label=_("Asked about"), required=False, choices=[("", _("all")), *Questionnaire.Audience.choices])
    opinion = forms.ChoiceField(
        label=_("Opinion"),
        required=False,
        choices=[("", _("all")), ("unhappy", _("unhappy")), ("satisfied", _("satisfied")), ("very", _("very satisfied"))],
    )
    link = forms.ChoiceField(label=_("Dissatisfied with"), required=False, choices=[("", _("all")), *Link.choices])
    # One question's answers: set by the figures of the monthly page.
    question = forms.SlugField(required=False, max_length=40, widget=forms.HiddenInput)
    judged = forms.ChoiceField(
        required=False,
        choices=[("", ""), ("very", _("very satisfied")), ("satisfied", _("satisfied")), ("dissatisfied", _("dissatisfied"))],
        widget=forms.HiddenInput,
    )
    factor = forms.ChoiceField(required=False, choices=[("", ""), (ANY_FACTOR, ""), *Factor.choices], widget=forms.HiddenInput)
    standard = forms.SlugField(required=False, max_length=60, widget=forms.HiddenInput)
    advisor = forms.ModelChoiceField(label=_("Advisor"), required=False, queryset=None, empty_label=_("all"))

    def __init__(self, *args, store, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["advisor"].queryset = members(store, Role.ADVISOR, Role.SALES)
        for field in self.fields.values():
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs["class"] = kind

    def clean_period(self):
        text = self.cleaned_data["period"]
        if not text:
            return None
        try:
            return parse(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def apply(self, responses):
        """Narrows a queryset of responses by what was chosen; wrong choices narrow nothing and are shown at their field."""
        self.is_valid()
        chosen = getattr(self, "cleaned_data", {})
        if period := chosen.get("period"):
            responses = responses.answered_between(period.first, period.last)
        if audience := chosen.get("audience"):
            responses = responses.filter(audience=audience)
        if opinion := chosen.get("opinion"):
            responses = responses.filter(**{OPINIONS[opinion]: True})
        if link := chosen.get("link"):
            # One dissatisfaction a link: the two conditions are about the same row.
            about = (
                {"dissatisfactions__standard": "" if chosen["standard"] == UNNAMED else chosen["standard"]}
                if chosen.get("standard")
                else {}
            )
            responses = responses.filter(dissatisfactions__link=link, **about)
        if advisor := chosen.get("advisor"):
            responses = responses.filter(advisor=advisor)
        if question := chosen.get("question"):
            responses = responses.filter(has_answered(question, chosen.get("judged", "")))
        if factor := chosen.get("factor"):
            responses = responses.filter(has_answered_factor("" if factor == ANY_FACTOR else factor))
        return responses
