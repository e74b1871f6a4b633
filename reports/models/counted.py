"""What has been counted is kept, so that a page over months reads a few rows (design, rule 11; docs/adr/0010)."""

from django.db import models
from django.db.models import Q

from staff.models import Store


class Changed(models.Model):
    """Something that figures are counted from has changed: those of all periods that end on that day or later may be others now.

    Written by triggers (reports.watching), whoever writes and however; taken away by the sweep. No foreign key, no constraint: writers
    must never wait for one another here.
    """

    store_id = models.BigIntegerField()
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["store_id", "day"], name="changed_of_store")]

    def __str__(self):
        return f"{self.store_id} {self.day}"


class Counted(models.Model):
    """A period's counts as reports.counts gathers them. people: those of advisors and callers, which a trend over periods does not read."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, help_text="month or week")
    first = models.DateField(help_text="the period's first day")
    is_stale = models.BooleanField(default=True)
    changes = models.PositiveIntegerField(
        default=0, help_text="goes up whenever it is found stale: a count is kept only if none came meanwhile"
    )
    counted_at = models.DateTimeField(null=True)
    totals = models.JSONField(default=dict)
    people = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "kind", "first"], name="counted_once"),
            models.CheckConstraint(condition=Q(is_stale=True) | Q(counted_at__isnull=False), name="counted_has_time"),
        ]
        indexes = [models.Index(fields=["-first"], condition=Q(is_stale=True), name="counted_stale")]

    def __str__(self):
        return f"{self.store_id} {self.kind} {self.first}"
