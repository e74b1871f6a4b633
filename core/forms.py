"""What the forms of all floors have in common."""

from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils.translation import gettext_lazy as _

DASHES = BLANK_CHOICE_DASH[0][1]
CHOOSE = _("Choose")


def say_choose(form: forms.BaseForm) -> None:
    """The empty option of a select says what to do; Django's is a row of dashes."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            if field.empty_label == DASHES:
                field.empty_label = CHOOSE
        elif isinstance(field, forms.ChoiceField):
            first, *rest = list(field.choices) or [None]
            if first == ("", DASHES):
                field.choices = [("", CHOOSE), *rest]
