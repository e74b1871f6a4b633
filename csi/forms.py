"""A question of a draft, and the forms around it."""

import json

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ShownMixin
from csi import conditions
from csi.models import Factor, Link, QuestionnaireVersion, Scale, When
from csi.publishing import needed
from visits.fields import HouseForm

# Of a question, what the form asks for; its code is made once and stays.
FIELDS = ("text_zh", "text_en", "scale", "is_required", "is_overall", "link", "factor", "weight", "asked_if", "asked_when")
NO_LINK, NO_FACTOR, ALWAYS = _("no link"), _("no factor"), _("always")


class QuestionForm(ShownMixin, HouseForm):
    """What is missing may stay missing while it is a draft; publishing says it (csi.publishing)."""

    text_zh = forms.CharField(label=_("Text in Chinese"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    text_en = forms.CharField(label=_("Text in English"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    scale = forms.ChoiceField(label=_("Scale"), choices=Scale.choices)
    is_required = forms.BooleanField(label=_("Has to be answered"), required=False)
    is_overall = forms.BooleanField(label=_("Is the overall question"), required=False)
    link = forms.ChoiceField(
        label=_("Link"),
        choices=[("", NO_LINK), *Link.choices],
        required=False,
        help_text=_("Who is dissatisfied with it is asked for words on this link."),
    )
    factor = forms.ChoiceField(
        label=_("Factor of the index"),
        choices=[("", NO_FACTOR), *Factor.choices],
        required=False,
        help_text=_("Only on a scale with points."),
    )
    weight = forms.IntegerField(label=_("Weight within its factor"), min_value=1, max_value=100, initial=1)
    asked_if = forms.ChoiceField(label=_("Asked only after the answer to"), required=False)
    asked_when = forms.ChoiceField(label=_("and only if the answer was"), choices=[("", "–"), *When.choices], required=False)

    def __init__(self, *args, version: QuestionnaireVersion, code: str = "", **kwargs):
        """code: of the question that is changed; '' for a new one."""
        self.version, self.code = version, code
        questions = version.in_order()
        place = next((n for n, question in enumerate(questions) if question.code == code), len(questions))
        self.earlier = {one.code: one for one in questions[:place] if conditions.fitting(one.scale)}
        drafted = version.draft[place] if code else {}
        super().__init__(*args, initial={name: value for name, value in drafted.items() if name != "code"}, **kwargs)
        named = [(one.code, f"{one.position}. {one.text}") for one in self.earlier.values()]
        if drafted.get("asked_if") and drafted["asked_if"] not in self.earlier:
            named.append((drafted["asked_if"], drafted["asked_if"]))  # it has been moved or removed; publishing says so
        self.fields["asked_if"].choices = [("", ALWAYS), *named]
        if needed(version.questionnaire.code, code):
            for name in ("scale", "link", "is_overall", "asked_if", "asked_when"):
                self.fields[name].disabled = True
        if code:
            self.watch(version)

    def clean(self):
        data = super().clean()
        if not (data.get("text_zh") or data.get("text_en")):
            self.add_error("text_zh", _("Write the question in at least one language."))
        asked_if, asked_when = data.get("asked_if"), data.get("asked_when")
        if bool(asked_if) != bool(asked_when):
            self.add_error("asked_when", _("A condition names a question and an answer: choose both, or neither."))
        elif asked_if in self.earlier and asked_when not in conditions.fitting(self.earlier[asked_if].scale):
            answers = ", ".join(str(when.label) for when in conditions.fitting(self.earlier[asked_if].scale))
            self.add_error("asked_when", _("On that question's scale the answer can be: %(answers)s.") % {"answers": answers})
        return data


class PublishForm(ShownMixin, forms.Form):
    """Whoever publishes has seen what is published."""

    def __init__(self, *args, version: QuestionnaireVersion, **kwargs):
        super().__init__(*args, **kwargs)
        self.watch(version, state=json.dumps(version.draft, sort_keys=True))
