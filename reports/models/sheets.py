"""The departments' weekly sheets: measures that were carried out, and the manager's signature (S1 十-1)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from complaints.kinds import Department
from complaints.models import Complaint
from core import clock
from core.appendonly import AppendOnlyModel, AppendOnlyQuerySet
from core.constraints import both_or_neither
from csi.models import Dissatisfaction
from customers.querysets import InStore
from staff.models import Store

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class SheetQuerySet(AppendOnlyQuerySet, InStore):
    pass


class MeasureDone(AppendOnlyModel):
    """A measure was carried out, on that day: of a complaint's solution (the how-manieth), or of a dissatisfaction. Once each."""

    ERASABLE = ("words",)

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    complaint = models.ForeignKey(Complaint, null=True, on_delete=models.PROTECT, related_name="measures_done")
    resolution = models.PositiveSmallIntegerField(null=True, help_text="complaint.resolutions then: a reopened one has a new measure")
    dissatisfaction = models.ForeignKey(Dissatisfaction, null=True, on_delete=models.PROTECT, related_name="measures_done")
    done_on = models.DateField()
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(**PERSON)
    words = models.TextField(blank=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint", "resolution"], name="measure_done_once_per_solution"),
            models.UniqueConstraint(fields=["dissatisfaction"], name="measure_done_once_per_dissatisfaction"),
            models.CheckConstraint(
                condition=both_or_neither(Q(complaint=None), Q(dissatisfaction__isnull=False)), name="measure_of_one_thing"
            ),
            models.CheckConstraint(condition=both_or_neither(Q(complaint=None), Q(resolution=None)), name="measure_of_a_solution"),
        ]

    def __str__(self):
        return f"measure {self.complaint_id or self.dissatisfaction_id} {self.done_on}"


class SheetSignature(AppendOnlyModel):
    """A manager has signed a department's sheet of a week. content: its rows as they stood then, row -> digest; what differs later is
    marked. Signed again after a change, the last one counts."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.CharField(max_length=8, choices=Department.choices)
    week = models.DateField(help_text="its Monday")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(**PERSON)
    content = models.JSONField(default=dict)

    objects = SheetQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(department__in=Department.values), name="signature_department_known")]
        indexes = [models.Index(fields=["store", "department", "week", "id"], name="signature_of_week")]

    def __str__(self):
        return f"{self.department} {self.week}"
