"""Suggestions and praise, and the files that belong to them or to complaints."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.kinds import (
    Channel,
    FeedbackAct,
    FeedbackEntryKind,
    FeedbackKind,
    FeedbackStatus,
    Method,
)
from complaints.models.complaint import PERSON, Complaint
from complaints.querysets import FeedbackClockQuerySet, FeedbackQuerySet
from core import clock
from core.appendonly import AppendOnlyModel
from core.constraints import both_or_neither
from customers.identifiers import Written
from customers.models import Customer, Vehicle
from staff.models import Store


class Feedback(Written, models.Model):
    """A suggestion or praise (S4 §6). `giver`, `contact`, `plate`, `about` are what the customer wrote; `person`: whom the praise is for."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("number"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=FeedbackKind.choices)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="feedback")
    vehicle = models.ForeignKey(Vehicle, null=True, on_delete=models.PROTECT, related_name="feedback")
    giver = models.CharField(_("name"), max_length=80, blank=True)
    contact = models.CharField(_("phone"), max_length=40, blank=True)
    plate = models.CharField(_("plate"), max_length=20, blank=True)
    about = models.CharField(_("whom it is about"), max_length=80, blank=True)
    person = models.ForeignKey(null=True, **PERSON)
    words = models.TextField(_("the customer's own words"))
    status = models.CharField(max_length=12, choices=FeedbackStatus.choices, default=FeedbackStatus.RECEIVED)
    registered_by = models.ForeignKey(null=True, **PERSON)
    received_at = models.DateTimeField()
    received_on = models.DateField(help_text="local date of received_at")
    created_at = models.DateTimeField(default=clock.now)
    is_adopted = models.BooleanField(null=True)
    reason = models.TextField(_("reason"), blank=True)
    closed_at = models.DateTimeField(null=True, help_text="the customer was told, or the praise passed on")
    token = models.CharField(max_length=40, unique=True, null=True, help_text="of the form: the same form twice is one row")

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="feedback_has_words"),
            models.CheckConstraint(
                condition=Q(kind__in=FeedbackKind.values, channel__in=Channel.values, status__in=FeedbackStatus.values),
                name="feedback_choices_known",
            ),
            models.CheckConstraint(condition=both_or_neither(Q(status="closed"), ~Q(closed_at=None)), name="feedback_closed_has_time"),
            models.CheckConstraint(
                condition=Q(kind="praise", is_adopted=None)
                | Q(kind="suggestion", is_adopted=None, status__in=["received", "acknowledged"])
                | (Q(kind="suggestion", is_adopted__isnull=False, status__in=["evaluated", "closed"]) & ~Q(reason="")),
                name="feedback_evaluated_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "received_on", "kind"], name="feedback_received_on"),
            models.Index(fields=["store", "-received_at", "-id"], name="feedback_newest"),
            models.Index(fields=["store"], condition=~Q(status="closed"), name="feedback_open"),
        ]

    def __str__(self):
        return self.number

    @property
    def who(self) -> str:
        return self.customer.name if self.customer_id else self.giver

    @property
    def is_praise(self) -> bool:
        return self.kind == FeedbackKind.PRAISE

    @property
    def is_reachable(self) -> bool:
        return bool(self.customer_id or self.contact)


class FeedbackClock(models.Model):
    """The limit of one act: written with the row, never moved, never paused (docs/adr/0015)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    feedback = models.ForeignKey(Feedback, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    act = models.CharField(max_length=12, choices=FeedbackAct.choices)
    owner = models.ForeignKey(null=True, **PERSON)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField(null=True)
    why = models.JSONField(default=dict)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True, help_text="when it was seen to be late; the limit itself is due_at")
    met_at = models.DateTimeField(null=True)

    objects = FeedbackClockQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["feedback", "act"], name="feedback_clock_once"),
            models.CheckConstraint(condition=Q(act__in=["acknowledge", "evaluate", "pass_on"]), name="feedback_clock_known"),
            models.CheckConstraint(condition=Q(due_at__gt=F("started_at")), name="feedback_clock_after_start"),
            models.CheckConstraint(condition=Q(breached_at=None) | Q(breached_at__gte=F("due_at")), name="feedback_clock_not_early"),
            models.CheckConstraint(
                condition=Q(met_at=None) | Q(met_at__lte=F("due_at")) | Q(breached_at__isnull=False), name="feedback_clock_late_says_so"
            ),
        ]
        indexes = [
            models.Index(fields=["warn_at"], condition=Q(met_at=None, warned_at=None, breached_at=None), name="feedback_to_warn"),
            models.Index(fields=["due_at"], condition=Q(met_at=None, breached_at=None), name="feedback_to_breach"),
        ]

    def __str__(self):
        return f"{self.act} of {self.feedback_id}"


class FeedbackEntry(AppendOnlyModel):
    """A line of its timeline. Only ever added; words can be erased."""

    ERASABLE = ("words", "told")

    feedback = models.ForeignKey(Feedback, on_delete=models.PROTECT, related_name="entries", db_index=False)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(null=True, **PERSON)
    kind = models.CharField(max_length=12, choices=FeedbackEntryKind.choices)
    clock = models.ForeignKey(FeedbackClock, null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=FeedbackStatus.choices, help_text="the state after it")
    person = models.ForeignKey(null=True, help_text="to whom it was passed on, whose limit it was", **PERSON)
    method = models.CharField(max_length=10, choices=Method.choices, blank=True)
    words = models.TextField(blank=True)
    told = models.TextField(blank=True, help_text="what was told to the customer")
    token = models.CharField(max_length=40, unique=True, null=True, help_text="of the form that was sent: the same form twice is one act")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "kind"], condition=Q(kind__in=["warned", "breached"]), name="feedback_entry_once_per_stage"
            ),
            models.CheckConstraint(condition=Q(kind__in=FeedbackEntryKind.values), name="feedback_entry_kind_known"),
        ]
        indexes = [models.Index(fields=["feedback", "id"], name="feedback_entry_of")]

    def __str__(self):
        return f"{self.feedback_id} {self.kind}"


class Evidence(models.Model):
    """A file that belongs to a complaint or to feedback: kept under MEDIA_ROOT by a random name, handed out only through permission."""

    complaint = models.ForeignKey(Complaint, null=True, on_delete=models.PROTECT, related_name="evidence")
    feedback = models.ForeignKey(Feedback, null=True, on_delete=models.PROTECT, related_name="evidence")
    file = models.FileField(upload_to="complaints/%Y/%m/", max_length=200)
    name = models.CharField(max_length=120, help_text="as it was called when it was given")
    media_type = models.CharField(max_length=60, help_text="by its content")
    size = models.PositiveIntegerField()
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(null=True, **PERSON)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="evidence_not_empty"),
            models.CheckConstraint(condition=both_or_neither(Q(complaint=None), ~Q(feedback=None)), name="evidence_of_one_thing"),
        ]

    def __str__(self):
        return f"evidence {self.pk}"
