"""Who waits in the lounge, and what the duty staff does for them (S0: they answer on the spot, and notice who might buy)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from core.appendonly import AppendOnlyModel, AppendOnlyQuerySet
from core.constraints import both_or_neither
from customers.identifiers import Written
from customers.models import Customer
from customers.querysets import InStore
from staff.models import Store
from visits.models import ServiceOrder

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class AppendOnlyInStore(AppendOnlyQuerySet, InStore):
    pass


class LoungeSettings(models.Model):
    """What a store offers; without a row, or with an empty one, lounge.drinks.USUAL."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="+")
    drinks = models.TextField(_("drinks on offer"), blank=True, max_length=400, help_text=_("One a line, at most nine."))

    def __str__(self):
        return f"lounge settings {self.store_id}"


class Why(models.TextChoices):
    CAR = "car", _("a car in the workshop")
    COMPANION = "companion", _("accompanies somebody")
    SALES = "sales", _("waits for sales")
    PARTS = "parts", _("waits for parts")
    OTHER = "other", pgettext_lazy("waits", "something else")


class WaitingQuerySet(InStore):
    def by_themselves(self):
        """Those whom no car brought."""
        return self.filter(order=None)


class Waiting(models.Model):
    """A customer in the lounge. That the customer of an order waits is said by the order itself (`waits_in_lounge`); the row is made
    when the desk first does something for them. Whoever waits without an order is only this row."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.OneToOneField(ServiceOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="waiting")
    name = models.CharField(_("how they are addressed"), max_length=20, blank=True)
    why = models.CharField(_("waits for"), max_length=9, choices=Why.choices, default=Why.CAR)
    arrived_at = models.DateTimeField()
    drink = models.CharField(max_length=20, blank=True, help_text="the last one served")
    served = models.PositiveSmallIntegerField(default=0, help_text="how many drinks")
    served_at = models.DateTimeField(null=True, blank=True)
    attended_at = models.DateTimeField(null=True, blank=True, help_text="when somebody last looked after them")
    left_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(null=True, blank=True, **PERSON)

    objects = WaitingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=both_or_neither(Q(order=None), ~Q(why="car")), name="waiting_for_a_car_has_an_order"),
            models.CheckConstraint(condition=Q(order__isnull=False) | ~Q(name=""), name="waiting_is_somebody"),
            models.CheckConstraint(condition=Q(why__in=Why.values), name="waiting_why_known"),
            models.CheckConstraint(
                condition=both_or_neither(Q(served=0), Q(served_at=None)) & both_or_neither(Q(served=0), Q(drink="")),
                name="waiting_served_says_what_and_when",
            ),
        ]
        indexes = [models.Index(fields=["store", "left_at"], name="waiting_left")]

    def __str__(self):
        return f"waiting {self.pk}"


class Request(AppendOnlyModel):
    """A small wish ("wants the Wi-Fi password"), or that the customer asks for the advisor. Only its being done is written later."""

    ERASABLE = ("text",)
    MARKS = ("done_at", "done_by")

    waiting = models.ForeignKey(Waiting, on_delete=models.PROTECT, related_name="requests")
    text = models.CharField(_("wish"), max_length=120, blank=True)
    for_advisor = models.BooleanField(default=False)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(null=True, blank=True, **PERSON)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(null=True, blank=True, **PERSON)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["waiting"], condition=Q(for_advisor=True, done_at=None), name="request_one_open_for_advisor"),
            models.CheckConstraint(condition=both_or_neither(Q(done_at=None), Q(done_by=None)), name="request_done_by_somebody"),
        ]

    def __str__(self):
        return f"request {self.pk}"


class Question(AppendOnlyModel):
    """A question that the duty staff answered on the spot: what lounge duty is for (S0), so it counts for whoever answered."""

    ERASABLE = ("question", "answer")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    waiting = models.ForeignKey(Waiting, null=True, blank=True, on_delete=models.PROTECT, related_name="questions")
    question = models.CharField(_("question"), max_length=200)
    answer = models.CharField(_("answer"), max_length=400)
    by = models.ForeignKey(**PERSON)
    at = models.DateTimeField(default=clock.now)
    on = models.DateField(help_text="local date of at")

    objects = AppendOnlyInStore.as_manager()

    class Meta:
        indexes = [models.Index(fields=["store", "on", "by"], name="question_on")]

    def __str__(self):
        return f"question {self.pk}"


class Prospect(Written, AppendOnlyModel):
    """Somebody in the lounge who might buy a car (S0: the lounge is where sales and service meet). Sales is told; whoever sees to it
    says so, once."""

    ERASABLE = ("name", "contact", "model", "words")
    MARKS = ("seen_to_at", "seen_to_by")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    waiting = models.ForeignKey(Waiting, null=True, blank=True, on_delete=models.PROTECT, related_name="prospects")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("how they are addressed"), max_length=20, blank=True)
    contact = models.CharField(_("phone"), max_length=40, blank=True)
    model = models.CharField(_("model of interest"), max_length=60, blank=True)
    words = models.CharField(_("what was said"), max_length=200)
    person = models.ForeignKey(null=True, blank=True, help_text="who should call", **PERSON)
    by = models.ForeignKey(**PERSON)
    at = models.DateTimeField(default=clock.now)
    on = models.DateField(help_text="local date of at")
    seen_to_at = models.DateTimeField(null=True, blank=True)
    seen_to_by = models.ForeignKey(null=True, blank=True, **PERSON)

    objects = AppendOnlyInStore.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(customer__isnull=False) | ~Q(name=""), name="prospect_is_somebody"),
            models.CheckConstraint(condition=both_or_neither(Q(seen_to_at=None), Q(seen_to_by=None)), name="prospect_seen_to_by_somebody"),
        ]
        indexes = [
            models.Index(fields=["store", "on", "by"], name="prospect_on"),
            models.Index(fields=["store"], condition=Q(seen_to_at=None), name="prospect_open"),
        ]

    def __str__(self):
        return f"prospect {self.pk}"
