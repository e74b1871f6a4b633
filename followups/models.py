from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint
from core import clock
from core.appendonly import AppendOnlyModel
from core.constraints import both_or_neither
from csi.models import Response
from customers.models import Customer, Phone, Tier, Vehicle
from followups.outcomes import Outcome
from followups.planning import PLANS, Plan
from followups.querysets import FollowUpQuerySet, SheetQuerySet
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Audience(models.TextChoices):
    CALLER = "caller", _("callers")
    ADVISOR = "advisor", _("the order's advisor")


class PlanOverride(models.Model):
    """A store's own offsets for a plan; empty ones keep the default of followups.planning."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    plan = models.CharField(max_length=20, choices=Plan.choices)
    opens_minutes = models.PositiveIntegerField(_("opens after … minutes"), null=True, blank=True)
    due_minutes = models.PositiveIntegerField(_("due after … minutes"), null=True, blank=True)
    is_enabled = models.BooleanField(_("in use"), default=True)
    sends_link = models.BooleanField(_("questionnaire by message"), default=False, help_text="to be sent by a person: the letters list")
    in_use_since = models.DateTimeField(null=True, editable=False, help_text="back in use: what happened before is not made up for")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "plan"], name="plan_override_once"),
            models.CheckConstraint(
                condition=Q(opens_minutes=None) | Q(due_minutes=None) | Q(due_minutes__gt=F("opens_minutes")), name="plan_override_order"
            ),
        ]

    def __str__(self):
        return self.plan


class CallSheet(models.Model):
    """What stands in the queue: a customer, for all the follow-ups owed to them by one audience. Claimed for a while, not locked.

    `next_at` is when it may next be called (None: nothing open), `due_at` the soonest limit of its open follow-ups.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="call_sheets")
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.CALLER)
    assignee = models.ForeignKey(null=True, help_text="whose recovery calls these are; nobody's own for callers", **PERSON)
    next_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    is_retry = models.BooleanField(default=False, help_text="somebody has dialled for what is open: it waits for the next try")
    tier = models.CharField(max_length=1, choices=Tier.choices, default=Tier.C, help_text="the customer's, copied to sort by")
    claimed_by = models.ForeignKey(null=True, **PERSON)
    claimed_until = models.DateTimeField(null=True)
    claims = models.PositiveIntegerField(default=0, help_text="goes up at each claim: a saved form names the claim it belongs to")
    draft = models.JSONField(default=dict, help_text="what the holder has filled in so far")
    draft_by = models.ForeignKey(null=True, **PERSON)

    objects = SheetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(audience="caller"), name="sheet_one_for_callers"),
            models.UniqueConstraint(fields=["customer", "assignee"], condition=Q(audience="advisor"), name="sheet_one_per_advisor"),
            models.CheckConstraint(condition=both_or_neither(Q(next_at=None), Q(due_at=None)), name="sheet_next_and_due"),
            models.CheckConstraint(condition=both_or_neither(Q(claimed_by=None), Q(claimed_until=None)), name="sheet_claim_paired"),
            models.CheckConstraint(condition=Q(audience="caller") ^ Q(assignee__isnull=False), name="sheet_assignee_of_advisor"),
        ]
        indexes = [
            models.Index(fields=["store", "audience", "due_at", "tier", "id"], condition=Q(next_at__isnull=False), name="sheet_queue"),
            models.Index(fields=["store", "audience", "is_retry", "next_at"], condition=Q(next_at__isnull=False), name="sheet_next"),
        ]

    def __str__(self):
        return f"sheet {self.pk}"


class FollowUp(models.Model):
    """One promise to a customer: a row with one limit, `due_at`, that never moves. Unique by (plan, occasion)."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        UNREACHABLE = "unreachable", _("unreachable")
        CANCELLED = "cancelled", _("cancelled")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=20, choices=Plan.choices)
    occasion = models.CharField(max_length=80, help_text="what it follows, such as 'order 77'")
    sheet = models.ForeignKey(CallSheet, on_delete=models.PROTECT, related_name="followups")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="followups")
    vehicle = models.ForeignKey(Vehicle, null=True, on_delete=models.PROTECT, related_name="followups")
    order = models.ForeignKey(ServiceOrder, null=True, on_delete=models.PROTECT, related_name="followups")
    delivery = models.ForeignKey(NewCarDelivery, null=True, on_delete=models.PROTECT, related_name="followups")
    response = models.ForeignKey(Response, null=True, on_delete=models.PROTECT, related_name="followups", help_text="the unhappy answer")
    recovers = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="rechecks", help_text="a recheck's recovery")
    complaint = models.ForeignKey(Complaint, null=True, on_delete=models.PROTECT, related_name="followups", help_text="a revisit's")
    assignee = models.ForeignKey(null=True, **PERSON)
    started_at = models.DateTimeField(help_text="what the limit counts from")
    opens_at = models.DateTimeField()
    aim_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    due_on = models.DateField(help_text="local date of due_at")
    is_agreed = models.BooleanField(default=False, help_text="the customer named the time")
    next_at = models.DateTimeField(null=True, help_text="the next try; None when closed")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    opened_at = models.DateTimeField(null=True, help_text="when the sweep saw it open")
    breached_at = models.DateTimeField(null=True, help_text="when the sweep saw its limit pass without a dial")
    first_dialled_at = models.DateTimeField(null=True)
    dials = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(null=True, **PERSON)
    words = models.TextField(blank=True, help_text="what was said, where the plan has no questionnaire")
    aftercare_at = models.DateTimeField(null=True, editable=False, help_text="when the sweep saw to the recheck of a recovery")
    created_at = models.DateTimeField(default=clock.now)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "plan", "occasion"], name="followup_once_per_occasion"),
            models.CheckConstraint(condition=both_or_neither(Q(status="open"), Q(closed_at=None)), name="followup_closed_has_time"),
            models.CheckConstraint(condition=both_or_neither(Q(status="open"), Q(next_at__isnull=False)), name="followup_open_has_next"),
            models.CheckConstraint(condition=Q(due_at__gt=F("opens_at")), name="followup_due_after_opens"),
            models.CheckConstraint(condition=both_or_neither(Q(dials=0), Q(first_dialled_at=None)), name="followup_dials_have_first"),
            models.CheckConstraint(condition=Q(plan__in=Plan.values), name="followup_plan_known"),
            models.CheckConstraint(
                condition=both_or_neither(Q(plan="complaint"), ~Q(complaint=None)), name="followup_revisit_of_complaint"
            ),
            models.CheckConstraint(condition=~Q(plan="verification") | Q(response__isnull=False), name="followup_verifies_answers"),
        ]
        indexes = [
            models.Index(fields=["store", "due_on", "plan"], name="followup_due_on"),
            models.Index(fields=["opens_at"], condition=Q(status="open", opened_at=None), name="followup_to_open"),
            models.Index(fields=["due_at"], condition=Q(status="open", breached_at=None, first_dialled_at=None), name="followup_to_breach"),
            models.Index(fields=["sheet"], condition=Q(status="open"), name="followup_open_of_sheet"),
            models.Index(fields=["due_on"], condition=Q(plan="recovery", aftercare_at=None), name="followup_aftercare"),
            # Verification calls are a handful among all the years' calls, and the month's page asks for them.
            models.Index(fields=["plan", "store"], condition=Q(response__isnull=False), name="followup_of_response"),
        ]

    def __str__(self):
        return f"{self.plan} {self.occasion}"

    @property
    def agreed_for(self):
        """The time that the customer named for the next try; None when nobody agreed on one, or a later dial has replaced it."""
        is_named = self.outcome == Outcome.RESCHEDULED or (self.is_agreed and not self.dials)
        return self.next_at if is_named else None

    @property
    def rule(self):
        """The plan's row in the table of followups.planning."""
        return PLANS[self.plan]

    @property
    def questionnaire(self) -> str:
        """The code of what the call asks; '' for a talk."""
        return self.rule.questionnaire.format(audience="service" if self.order_id else "sales")


class Attempt(AppendOnlyModel):
    """A dial: who, when, which number, from which line, what came of it. Only real dials are kept."""

    ERASABLE = ("words",)

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    sheet = models.ForeignKey(CallSheet, on_delete=models.PROTECT, related_name="attempts")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="attempts")
    phone = models.ForeignKey(Phone, null=True, on_delete=models.SET_NULL, related_name="attempts")
    number = models.CharField(max_length=20, blank=True)
    own_line = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    words = models.TextField(blank=True)
    by = models.ForeignKey(**PERSON)
    at = models.DateTimeField(default=clock.now)
    on = models.DateField(help_text="local date of at")
    half_day = models.CharField(max_length=2, help_text="am or pm, local")
    token = models.CharField(max_length=40, unique=True, help_text="of the form that was sent: the same form twice is one dial")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["customer", "-id"], name="attempt_of_customer"),
            models.Index(fields=["store", "by", "on"], name="attempt_by_day"),
        ]

    def __str__(self):
        return f"{self.outcome} {self.at}"


class Served(AppendOnlyModel):
    """Which follow-ups a dial was made for: one call serves all that is owed."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="served")
    followup = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="served")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "followup"], name="served_once")]

    def __str__(self):
        return f"{self.attempt_id} {self.followup_id}"


class Looked(models.Model):
    """That the sweep has looked at a store's callers of a month: once the month is final, and once."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    month = models.DateField(help_text="its first day")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "month"], name="looked_once")]

    def __str__(self):
        return f"{self.store_id} {self.month}"


class Drawing(AppendOnlyModel):
    """Which of a caller's satisfied interviews of a month are asked again, and why (followups.verification): never changed."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="its first day")
    caller = models.ForeignKey(help_text="whose interviews", **PERSON)
    seed = models.BigIntegerField()
    reason = models.JSONField(help_text="n, satisfied, store_n, store_satisfied; eligible; sample: responses; left_out: response -> why")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(null=True, help_text="null: the sweep", **PERSON)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "month", "caller"], name="drawing_once")]

    def __str__(self):
        return f"{self.month} {self.caller_id}"


class Verified(AppendOnlyModel):
    """What the customer said to the verification call. was_asked, is_right: null where the first call did not take place."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    followup = models.OneToOneField(FollowUp, on_delete=models.PROTECT, related_name="verified")
    took_place = models.BooleanField()
    was_asked = models.BooleanField(null=True)
    is_right = models.BooleanField(null=True, help_text="the overall answer as it was recorded")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(**PERSON)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(took_place=True, was_asked__isnull=False, is_right__isnull=False)
                | Q(took_place=False, was_asked=None, is_right=None),
                name="verified_whole",
            ),
        ]

    def __str__(self):
        return f"{self.followup_id}"

    @property
    def confirms(self) -> bool:
        """Everything was as it had been recorded."""
        return bool(self.took_place and self.was_asked and self.is_right)


class Suppression(AppendOnlyModel):
    """A contact that was not made, and why (domain §4): made by followups.caps, never changed."""

    class Reason(models.TextChoices):
        DO_NOT_CALL = "do_not_call", _("asked never to be called")
        CONTACTS = "contacts", _("contacted often enough in seven days")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="suppressions")
    plan = models.CharField(max_length=20, choices=Plan.choices)
    occasion = models.CharField(max_length=80, help_text="what it would have followed, such as 'order 77'")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    at = models.DateTimeField(default=clock.now)
    on = models.DateField(help_text="local date of at")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "plan", "occasion"], name="suppression_once")]
        indexes = [
            models.Index(fields=["customer", "-id"], name="suppression_of_customer"),
            models.Index(fields=["store", "on"], name="suppression_on"),
        ]

    def __str__(self):
        return f"{self.plan} {self.occasion} {self.reason}"
