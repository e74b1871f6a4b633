"""Complaints, their clocks and their timeline; the store's settings for them."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from complaints.kinds import (
    Approval,
    Basis,
    Cause,
    Channel,
    ClockKind,
    Closing,
    Department,
    EntryKind,
    Level,
    Method,
    Severity,
    Status,
)
from complaints.querysets import RUNNING, ClockQuerySet, ComplaintQuerySet
from core import clock
from core.appendonly import AppendOnlyModel
from core.constraints import both_or_neither
from csi import mot
from csi.models import Link, Response
from customers.identifiers import Written
from customers.models import Customer, Vehicle
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}
BASES = [(Basis.STAFFED.value, Basis.STAFFED.label), (Basis.WALL.value, Basis.WALL.label)]
SOLVED = [Status.RESOLVED, Status.REVISITED, Status.CLOSED]


class ComplaintSettings(models.Model):
    """What a store sets for itself; without a row the defaults of complaints.clocks hold."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="+")
    first_reply = models.CharField(_("first reply counts in"), max_length=8, choices=BASES, default=Basis.STAFFED)
    department_reply = models.CharField(_("department reply counts in"), max_length=8, choices=BASES, default=Basis.WALL)
    instruction = models.CharField(_("instruction counts in"), max_length=8, choices=BASES, default=Basis.STAFFED)
    revisit = models.CharField(_("revisit counts in"), max_length=8, choices=BASES, default=Basis.WALL)
    goodwill_limit_fen = models.BigIntegerField(default=0)
    has_public_page = models.BooleanField(
        _("public feedback page"), default=True, help_text=_("Anybody can complain, suggest or praise there without signing in.")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(goodwill_limit_fen__gte=0), name="complaint_goodwill_not_negative"),
            models.CheckConstraint(
                condition=Q(first_reply__in=["staffed", "wall"], department_reply__in=["staffed", "wall"])
                & Q(instruction__in=["staffed", "wall"], revisit__in=["staffed", "wall"]),
                name="complaint_bases_known",
            ),
        ]

    def __str__(self):
        return f"complaint settings {self.store_id}"


class NumberSeries(models.Model):
    """The last number given out in a store and year. prefix: '' for complaints, 'F' for suggestions and praise."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField()
    prefix = models.CharField(max_length=1, blank=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "year", "prefix"], name="complaint_series_once")]

    def __str__(self):
        return f"{self.store_id} {self.year}: {self.last}"


class Complaint(Written, models.Model):
    """One complaint. `level`: the rung that answers for it; `handler`: who works on it; `superior`: to whom it was raised, while they
    owe an instruction. `version` goes up with every act: a form that was shown before somebody else's act is refused."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("number"), max_length=60, unique=True)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    department = models.CharField(_("department"), max_length=8, choices=Department.choices)
    link = models.CharField(_("link"), max_length=12, choices=Link.choices)
    standard = models.CharField(_("MOT standard"), max_length=60, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices, default=Severity.ORDINARY)
    is_product_quality = models.BooleanField(_("product quality"), default=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="complaints")
    complainant = models.CharField(_("name"), max_length=80, blank=True)
    contact = models.CharField(_("phone"), max_length=40, blank=True)
    vehicle = models.ForeignKey(Vehicle, null=True, on_delete=models.PROTECT, related_name="complaints")
    order = models.ForeignKey(ServiceOrder, null=True, on_delete=models.PROTECT, related_name="complaints")
    delivery = models.ForeignKey(NewCarDelivery, null=True, on_delete=models.PROTECT, related_name="complaints")
    response = models.ForeignKey(Response, null=True, on_delete=models.PROTECT, related_name="complaints")
    against = models.ForeignKey(null=True, **PERSON)
    words = models.TextField(_("the customer's own words"))
    demands = models.TextField(_("what the customer demands"), blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.RECEIVED)
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    handler = models.ForeignKey(null=True, **PERSON)
    superior = models.ForeignKey(null=True, **PERSON)
    registered_by = models.ForeignKey(null=True, **PERSON)
    received_at = models.DateTimeField()
    received_on = models.DateField(help_text="local date of received_at")
    created_at = models.DateTimeField(default=clock.now)
    resolutions = models.PositiveSmallIntegerField(default=0, help_text="how often it has been resolved")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(null=True, **PERSON)
    cause = models.TextField(_("cause"), blank=True)
    solution = models.TextField(_("solution"), blank=True)
    result = models.TextField(_("result"), blank=True)
    measure = models.TextField(_("improvement measure"), blank=True)
    compensation_fen = models.BigIntegerField(default=0)
    asked_fen = models.BigIntegerField(null=True, help_text="the compensation that the region was asked to approve")
    approval = models.CharField(max_length=8, choices=Approval.choices, blank=True)
    closed_at = models.DateTimeField(null=True)
    closing = models.CharField(max_length=12, choices=Closing.choices, blank=True)
    version = models.PositiveIntegerField(default=1)
    token = models.CharField(max_length=40, unique=True, null=True, help_text="of the form: the same form twice is one complaint")

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="complaint_has_words"),
            models.CheckConstraint(condition=Q(customer__isnull=False) | ~Q(complainant=""), name="complaint_is_somebodys"),
            models.CheckConstraint(condition=Q(level__range=(1, 6)), name="complaint_level_known"),
            models.CheckConstraint(
                condition=Q(status__in=Status.values, channel__in=Channel.values)
                & Q(department__in=Department.values, severity__in=Severity.values, link__in=Link.values),
                name="complaint_choices_known",
            ),
            models.CheckConstraint(condition=Q(against=None) | ~Q(against=F("handler")), name="complaint_not_handled_by_its_cause"),
            models.CheckConstraint(condition=Q(against=None) | ~Q(against=F("superior")), name="complaint_not_raised_to_its_cause"),
            models.CheckConstraint(
                condition=both_or_neither(Q(status__in=SOLVED), ~Q(resolved_at=None)), name="complaint_resolved_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=SOLVED) | (~Q(cause="") & ~Q(solution="") & ~Q(result="") & ~Q(measure="")),
                name="complaint_resolved_says_how",
            ),
            models.CheckConstraint(
                condition=both_or_neither(Q(resolved_at=None), Q(resolved_by=None)), name="complaint_resolved_by_somebody"
            ),
            models.CheckConstraint(condition=both_or_neither(Q(status="closed"), ~Q(closed_at=None)), name="complaint_closed_has_time"),
            models.CheckConstraint(condition=both_or_neither(Q(status="closed"), ~Q(closing="")), name="complaint_closed_says_why"),
            models.CheckConstraint(condition=Q(compensation_fen__gte=0), name="complaint_compensation_not_negative"),
            models.CheckConstraint(condition=both_or_neither(Q(approval=""), Q(asked_fen=None)), name="complaint_approval_of_an_amount"),
        ]
        indexes = [
            models.Index(fields=["store", "received_on"], name="complaint_received_on"),
            models.Index(fields=["store", "handler"], condition=~Q(status="closed"), name="complaint_open"),
            models.Index(fields=["store", "-received_at", "-id"], name="complaint_newest"),
            models.Index(fields=["resolved_at"], condition=Q(status="resolved"), name="complaint_to_revisit"),
        ]

    def __str__(self):
        return self.number

    @property
    def is_major(self) -> bool:
        """Handled by the department's manager in person and reported to the region (S3 2.3)."""
        return self.severity == Severity.MAJOR or self.is_product_quality

    @property
    def who(self) -> str:
        return self.customer.name if self.customer_id else self.complainant

    @property
    def standard_label(self) -> str:
        from django.utils.translation import get_language

        return mot.label(self.link, self.standard, (get_language() or "").startswith("en")) if self.standard else ""


class Clock(models.Model):
    """A promise with one limit that never moves: unique by (complaint, kind, occasion). A pause ends a row; what was left of it is the
    limit of the next one, `goes_on` from it. `why`: the sum that led to due_at, as figures."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="clocks")
    kind = models.CharField(max_length=16, choices=ClockKind.choices)
    occasion = models.PositiveSmallIntegerField()
    owner = models.ForeignKey(null=True, **PERSON)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    due_on = models.DateField(help_text="local date of due_at")
    warn_at = models.DateTimeField(null=True)
    why = models.JSONField(default=dict)
    goes_on = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="goes_on_as")
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True, help_text="when it was seen to be late; the limit itself is due_at")
    raised_at = models.DateTimeField(null=True, help_text="when somebody above was told, in staffed hours")
    met_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True, help_text="there is nothing to keep any more, or another clock has taken its place")

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "kind", "occasion"], name="clock_once_per_occasion"),
            models.UniqueConstraint(fields=["complaint", "kind"], condition=RUNNING, name="clock_one_running_of_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=ClockKind.values), name="clock_kind_known"),
            models.CheckConstraint(
                condition=Q(met_at=None, paused_at=None) | Q(met_at=None, dropped_at=None) | Q(paused_at=None, dropped_at=None),
                name="clock_ends_one_way",
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("started_at")), name="clock_due_after_start"),
            models.CheckConstraint(condition=Q(warn_at=None) | Q(warn_at__lt=F("due_at")), name="clock_warns_before"),
            models.CheckConstraint(condition=Q(breached_at=None) | Q(breached_at__gte=F("due_at")), name="clock_never_late_early"),
            models.CheckConstraint(condition=Q(raised_at=None) | Q(breached_at__isnull=False), name="clock_raised_because_late"),
            models.CheckConstraint(
                condition=Q(met_at=None) | Q(met_at__lte=F("due_at")) | Q(breached_at__isnull=False), name="clock_met_late_is_breached"
            ),
            models.CheckConstraint(condition=Q(paused_at=None) | Q(breached_at=None), name="clock_late_is_not_paused"),
        ]
        indexes = [
            models.Index(fields=["warn_at"], condition=RUNNING & Q(warned_at=None, breached_at=None), name="clock_to_warn"),
            models.Index(fields=["due_at"], condition=RUNNING & Q(breached_at=None), name="clock_to_breach"),
            models.Index(fields=["breached_at"], condition=RUNNING & Q(raised_at=None), name="clock_to_raise"),
            models.Index(fields=["store", "due_on", "kind"], name="clock_due_on"),
        ]

    def __str__(self):
        return f"{self.kind} {self.occasion} of {self.complaint_id}"

    @property
    def is_running(self) -> bool:
        return self.met_at is None and self.paused_at is None and self.dropped_at is None

    @cached_property
    def limit(self) -> timedelta:
        return timedelta(seconds=self.why["seconds"])

    @property
    def is_kept(self) -> bool | None:
        """Met in time, or not; None while that is open or where nothing had to be kept."""
        if self.met_at is not None:
            return self.met_at <= self.due_at
        return False if self.breached_at else None


class Entry(Written, AppendOnlyModel):
    """A line of the timeline: who, when, what was done, what the customer was told. Only ever added; words can be erased."""

    ERASABLE = ("words", "told", "number")
    WRITTEN = "number"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(null=True, **PERSON)
    kind = models.CharField(max_length=12, choices=EntryKind.choices)
    clock = models.ForeignKey(Clock, null=True, on_delete=models.PROTECT, related_name="entries")
    status = models.CharField(max_length=12, choices=Status.choices, help_text="the state after it")
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    person = models.ForeignKey(null=True, help_text="to whom it was given or raised", **PERSON)
    cause = models.CharField(max_length=12, choices=Cause.choices, blank=True)
    method = models.CharField(max_length=10, choices=Method.choices, blank=True)
    next_at = models.DateTimeField(null=True, help_text="the next contact that was promised")
    number = models.CharField(max_length=40, blank=True, help_text="the number for the next contact")
    fen = models.BigIntegerField(null=True)
    words = models.TextField(blank=True)
    told = models.TextField(blank=True, help_text="what was told to the customer")
    token = models.CharField(max_length=40, unique=True, null=True, help_text="of the form that was sent: the same form twice is one act")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "kind"],
                condition=Q(kind__in=["warned", "breached", "raised", "top"]),
                name="entry_once_per_clock_and_stage",
            ),
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="entry_kind_known"),
            models.CheckConstraint(condition=Q(number="") | Q(next_at__isnull=False), name="entry_number_of_a_promise"),
        ]

    def __str__(self):
        return f"{self.complaint_id} {self.kind}"
