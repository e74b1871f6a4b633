"""Verdicts and what excuses from them (S0; domain §7)."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.appendonly import AppendOnlyModel, AppendOnlyQuerySet
from core.constraints import both_or_neither
from csi.models import Questionnaire
from customers.querysets import InStore
from lounge import verdicts
from lounge.models.sample import Sample
from staff.models import Store


def percent(hundredths: int) -> str:
    """550 -> '5.5%'"""
    return f"{(Decimal(hundredths) / 100).normalize():f}%"


PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class VerdictQuerySet(AppendOnlyQuerySet, InStore):
    pass


class Verdict(AppendOnlyModel):
    """The verdict on an advisor's or consultant's month, given on the 10th of the next one: never changed. What follows from it is worked
    out from the row of verdicts, for an excuse may come later (lounge.history)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    sample = models.OneToOneField(Sample, on_delete=models.PROTECT, related_name="verdict")
    month = models.DateField(help_text="the sample's, its first day")
    audience = models.CharField(max_length=8, choices=Questionnaire.Audience.choices)
    person = models.ForeignKey(**PERSON)
    outcome = models.CharField(max_length=10, choices=verdicts.Outcome.choices)
    interviews = models.JSONField(help_text="[[rank's pk, response's pk, yes, no], …]: the customers and questions behind it")
    place = models.PositiveSmallIntegerField(null=True, help_text="among those not passed: lowest mean first, then by the seed")
    seed = models.BigIntegerField(help_text="of the order among equal means")
    at = models.DateTimeField(default=clock.now)
    decided_on = models.DateField(help_text="local date of at")

    objects = VerdictQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "month", "audience", "person"], name="verdict_once"),
            models.CheckConstraint(condition=Q(outcome__in=verdicts.Outcome.values), name="verdict_outcome_known"),
            models.CheckConstraint(condition=both_or_neither(Q(place=None), ~Q(outcome="not_passed")), name="verdict_place_of_not_passed"),
        ]
        indexes = [models.Index(fields=["person", "month"], name="verdict_of_person")]

    def __str__(self):
        return f"{self.month} {self.audience} {self.person_id}"

    @property
    def judged(self) -> verdicts.Judged:
        return verdicts.judge(self.heard)

    @property
    def heard(self) -> list[verdicts.Interview]:
        return [verdicts.Interview(yes, no, key=rank) for rank, _response, yes, no in self.interviews]


class ExcuseQuerySet(AppendOnlyQuerySet, InStore):
    pass


class Excuse(AppendOnlyModel):
    """A month that does not count for somebody, before or after its verdict; never taken back."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="its first day")
    audience = models.CharField(max_length=8, choices=Questionnaire.Audience.choices)
    person = models.ForeignKey(**PERSON)
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(**PERSON)
    at = models.DateTimeField(default=clock.now)

    objects = ExcuseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "month", "audience", "person"], name="excuse_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="excuse_has_reason"),
            models.CheckConstraint(condition=Q(month__day=1), name="excuse_of_month"),
        ]

    def __str__(self):
        return f"{self.month} {self.person_id}"


class PayQuerySet(AppendOnlyQuerySet, InStore):
    pass


class PayPercentages(AppendOnlyModel):
    """What of the performance pay a reward adds and a deduction takes, in hundredths of a percent: without a default, for S0 leaves them open.
    A change is a new row; an old month keeps those that were in force on the day of its verdict."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    reward = models.PositiveIntegerField()
    deduction = models.PositiveIntegerField()
    by = models.ForeignKey(**PERSON)
    at = models.DateTimeField(default=clock.now)

    objects = PayQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(reward__lte=10_000, deduction__lte=10_000), name="pay_percentages_whole")]

    def __str__(self):
        return f"{self.store_id} {self.reward} {self.deduction}"

    @property
    def reward_text(self) -> str:
        return percent(self.reward)

    @property
    def deduction_text(self) -> str:
        return percent(self.deduction)
