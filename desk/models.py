from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from core.constraints import both_or_neither
from customers.querysets import InStore
from staff.models import Store


class ImportRun(models.Model):
    """One file on its way into the archive, and afterwards what became of its rows. Carried on by whoever holds the lease.

    `data` is the file itself, kept until the run has ended. Of a store's runs one is at work at a time, the oldest first.
    """

    class Kind(models.TextChoices):
        SERVICE_ORDERS = "service_orders", _("service orders")
        DELIVERIES = "deliveries", _("new-car deliveries")
        CUSTOMERS = "customers", pgettext_lazy("import", "customers and cars")
        CALLBACKS = "callbacks", _("callbacks (forms 3 and 4)")
        OEM_SURVEY = "oem_survey", _("the manufacturer's survey")

    class Status(models.TextChoices):
        PREVIEW = "preview", _("looked at, not started")
        WAITING = "waiting", pgettext_lazy("import", "waiting")
        RUNNING = "running", _("running")
        DONE = "done", pgettext_lazy("import", "done")
        FAILED = "failed", _("failed")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    filename = models.CharField(max_length=200)
    data = models.BinaryField(null=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PREVIEW)
    learned = models.JSONField(default=dict, help_text="plain header -> field, as corrected by hand when the run was started")
    problem = models.TextField(blank=True, help_text="why the run failed, a sentence")
    sheets = models.JSONField(default=dict, help_text="sheet -> names of its header row and the columns of each field")
    unknown_columns = models.JSONField(default=list)
    total = models.PositiveIntegerField(null=True, help_text="valid rows to apply; None: not read yet")
    position = models.PositiveIntegerField(default=0, help_text="rows applied, in the order of time")
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0, help_text="rows that are still rejected")
    holder = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often it was taken up again since its last chunk")
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    objects = InStore.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], condition=Q(status="running"), name="import_one_at_a_time"),
            models.CheckConstraint(
                condition=both_or_neither(Q(status__in=["done", "failed"]), ~Q(finished_at=None)), name="import_ended_has_time"
            ),
            models.CheckConstraint(condition=both_or_neither(Q(status="running"), ~Q(lease_until=None)), name="import_running_has_lease"),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="import_newest")]

    def __str__(self):
        return f"{self.kind} {self.pk}"

    @property
    def rows(self) -> int:
        """created + updated + unchanged + rejected"""
        return self.created + self.updated + self.unchanged + self.rejected

    @property
    def is_over(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.FAILED)


class ImportRemark(models.Model):
    """What is to be said about a cell: a warning, a conflict with what a person has entered, or the reason of a rejected row."""

    class What(models.TextChoices):
        REJECT = "reject", pgettext_lazy("row", "rejected")
        CONFLICT = "conflict", _("conflict")
        WARNING = "warning", _("warning")

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("rejected row", "to be corrected")
        MENDED = "mended", pgettext_lazy("rejected row", "corrected and imported")
        LEFT = "left", pgettext_lazy("rejected row", "not needed")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="remarks")
    what = models.CharField(max_length=8, choices=What.choices)
    sheet = models.CharField(max_length=200, blank=True)
    row = models.PositiveIntegerField(help_text="as the spreadsheet shows it; in a text file the line")
    column = models.CharField(max_length=200, blank=True)
    value = models.TextField(blank=True)
    reasons = models.JSONField(help_text="[[column, text, params], …], translated when read")
    cells = models.JSONField(default=list, help_text="the whole row, of a rejected one")
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN)

    class Meta:
        indexes = [models.Index(fields=["run", "what", "id"], name="import_remarks")]

    def __str__(self):
        return f"{self.what} {self.run_id} {self.row}"


class LearnedColumn(models.Model):
    """What a store's people have said that a column means; field '' = not wanted. Goes before the aliases at the next import."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=ImportRun.Kind.choices)
    header = models.CharField(max_length=200, help_text="as desk.imports.headers.plain() gives it")
    field = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "kind", "header"], name="learned_column_once")]

    def __str__(self):
        return f"{self.header} = {self.field}"
