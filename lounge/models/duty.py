from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.appendonly import AppendOnlyModel, AppendOnlyQuerySet
from customers.querysets import InStore
from lounge.halves import AT_ONCE, Half
from lounge.models.verdict import Verdict
from staff.models import Store

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class DutyQuerySet(InStore):
    def on(self, day):
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class Duty(models.Model):
    """Half a month of lounge duty (特殊服务人员) of an advisor or consultant (S0; domain §7): the 1st–15th or the 16th–end, both included.

    What stands here is the roster as it is now; how it came about, swaps and what was taken back is in DutyChange.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(**PERSON)
    starts_on = models.DateField()
    ends_on = models.DateField()
    seat = models.PositiveSmallIntegerField(help_text="1 or 2: at most two at once")
    verdict = models.OneToOneField(Verdict, null=True, on_delete=models.PROTECT, related_name="duty")

    objects = DutyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "person", "starts_on"], name="duty_once_in_a_half"),
            models.UniqueConstraint(fields=["store", "starts_on", "seat"], name="duty_one_on_a_seat"),
            models.CheckConstraint(condition=Q(seat__range=(1, AT_ONCE)), name="duty_at_most_two_at_once"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="duty_has_days"),
        ]

    def __str__(self):
        return f"{self.person_id} {self.starts_on}"

    def save(self, *args, **kwargs):
        """Without a seat, on the first free one; the database refuses a third."""
        if self.seat is None:
            there = set(Duty.objects.filter(store=self.store_id, starts_on=self.starts_on).values_list("seat", flat=True))
            self.seat = next((seat for seat in range(1, AT_ONCE + 1) if seat not in there), AT_ONCE + 1)
        return super().save(*args, **kwargs)

    @property
    def half(self) -> Half:
        return Half(self.starts_on, self.ends_on)


class ChangeQuerySet(AppendOnlyQuerySet, InStore):
    pass


class DutyChange(AppendOnlyModel):
    """One act on the roster: never changed."""

    class Kind(models.TextChoices):
        GIVEN = "given", _("given with the verdict")
        SWAPPED = "swapped", _("swapped")
        TAKEN_BACK = "taken_back", _("taken back")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    person = models.ForeignKey(**PERSON)
    verdict = models.ForeignKey(Verdict, null=True, on_delete=models.PROTECT, related_name="+")
    before = models.DateField(null=True, help_text="first day of the half that it was")
    after = models.DateField(null=True, help_text="first day of the half that it is")
    with_person = models.ForeignKey(null=True, help_text="whose half it was", **PERSON)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(null=True, help_text="null: the sweep", **PERSON)
    at = models.DateTimeField(default=clock.now)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason="") | Q(kind="given"), name="duty_change_has_reason")]

    def __str__(self):
        return f"{self.kind} {self.person_id}"
