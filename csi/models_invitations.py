"""Asking the customer themselves: by a link, a code to scan, or at the counter's screen (domain §6, channels)."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import clock
from customers.models import Customer, Vehicle
from customers.querysets import InStore
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


def new_key() -> str:
    """128 bits that nobody can guess, for addresses and cookies."""
    return secrets.token_urlsafe(16)


class Invitation(models.Model):
    """What a link opens: one occasion, with everything that the answer is about copied and frozen.

    Whether it has been answered is told by the responses alone: there is one to its occasion, or there is none. `draft` is what the customer
    has filled in so far: shown to nobody but whoever holds the link, and emptied as soon as it is answered or too late.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("csi.QuestionnaireVersion", on_delete=models.PROTECT, related_name="+")
    occasion = models.CharField(max_length=80, help_text="what its response answers, such as 'followup 12'")
    key = models.CharField(max_length=22, unique=True, default=new_key, help_text="in the address, signed (csi.links)")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invitations")
    vehicle = models.ForeignKey(Vehicle, null=True, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(ServiceOrder, null=True, on_delete=models.PROTECT, related_name="invitations")
    delivery = models.ForeignKey(NewCarDelivery, null=True, on_delete=models.PROTECT, related_name="invitations")
    advisor = models.ForeignKey(null=True, help_text="the rated advisor or consultant", **PERSON)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(null=True, help_text="null: the sweep", **PERSON)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, help_text="when somebody first looked at it")
    withdrawn_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True, editable=False, help_text="when the sweep saw that there is a response")
    draft = models.JSONField(default=dict, help_text="what the customer has filled in so far")
    drafted_at = models.DateTimeField(null=True, help_text="null: the draft is empty")

    objects = InStore.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "occasion"], name="invitation_once"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="invitation_ends_after_it_began"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(drafted_at__isnull=False), name="invitation_drafts"),
            models.Index(fields=["expires_at"], condition=Q(answered_at=None), name="invitation_waits"),
        ]

    def __str__(self):
        return self.occasion


class CounterScreen(models.Model):
    """A tablet on the counter. It holds no staff session, only a cookie with its key, and shows what a colleague has put on it."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("where it stands"), max_length=40)
    key = models.CharField(max_length=22, unique=True, default=new_key, help_text="another one once the tablet is paired")
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(null=True, **PERSON)
    paired_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    shown = models.ForeignKey(Invitation, null=True, on_delete=models.PROTECT, related_name="+")
    shown_until = models.DateTimeField(null=True)

    objects = InStore.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(shown=None, shown_until=None) | Q(shown__isnull=False, shown_until__isnull=False),
                name="screen_shows_for_a_while",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="screen_has_name"),
        ]

    def __str__(self):
        return self.name
