from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from core.appendonly import AppendOnlyModel
from core.constraints import both_or_neither
from customers.models import Customer, Vehicle
from customers.querysets import InStore
from staff.models import Store
from visits.querysets import AppointmentQuerySet, OrderQuerySet

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Kind(models.TextChoices):
    """domain §3"""

    MAINTENANCE = "maintenance", _("maintenance")
    FIRST_MAINTENANCE = "first_maintenance", _("first maintenance")
    REPAIR = "repair", _("general repair")
    OVERHAUL = "overhaul", _("overhaul")
    WARRANTY = "warranty", _("warranty claim")
    ACCIDENT = "accident", _("accident")
    REWORK = "rework", _("rework")
    RECALL = "recall", _("recall")


class Source(models.TextChoices):
    APPOINTMENT = "appointment", _("appointment")
    WALK_IN = "walk_in", _("walk-in")
    TOWED = "towed", _("towed in")


class Step(models.TextChoices):
    """Where a car stands (S2's eight steps; appointment and follow-up lie outside the visit)."""

    RECEPTION = "reception", _("reception")
    DIAGNOSIS = "diagnosis", _("diagnosis")
    JOB_ORDER = "job_order", _("job order")
    REPAIR = "repair", _("repair")
    INSPECTION = "inspection", _("inspection")
    READY = "ready", _("ready for hand-over")
    DELIVERED = "delivered", pgettext_lazy("step", "handed over")
    CANCELLED = "cancelled", _("cancelled")


# Foreign keys without an index of their own: another index begins with them, or nobody asks for them (people are never deleted).
class ServiceOrder(models.Model):
    class Origin(models.TextChoices):
        TYPED = "typed", _("entered here")
        IMPORTED = "imported", _("imported")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("order number"), max_length=40)
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="orders", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders", db_index=False)
    contact_name = models.CharField(_("contact person"), max_length=60, blank=True)
    contact_phone = models.CharField(_("contact phone"), max_length=20, blank=True)
    advisor = models.ForeignKey(verbose_name=_("service advisor"), null=True, blank=True, db_index=False, **PERSON)
    technicians = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("technicians"))
    inspector = models.ForeignKey(verbose_name=_("inspector"), null=True, blank=True, db_index=False, **PERSON)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.MAINTENANCE)
    source = models.CharField(_("source"), max_length=12, choices=Source.choices, default=Source.WALK_IN)
    redoes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reworks", verbose_name=_("redoes"), db_index=False
    )
    step = models.CharField(max_length=12, choices=Step.choices, default=Step.RECEPTION)
    received_at = models.DateTimeField(_("received"), default=clock.now)
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    work_started_at = models.DateTimeField(_("work started"), null=True, blank=True)
    promised_at = models.DateTimeField(_("promised for"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    received_on = models.DateField(editable=False, help_text="local date of received_at")
    delivered_on = models.DateField(null=True, editable=False, help_text="local date of delivered_at")
    waits_in_lounge = models.BooleanField(_("customer waits in the lounge"), default=False)
    mileage = models.PositiveIntegerField(_("mileage"), null=True, blank=True)
    plate_then = models.CharField(max_length=12, blank=True, editable=False, help_text="the plate that an imported order names")
    words = models.TextField(_("the customer's words"), blank=True)
    note = models.CharField(_("special note"), max_length=200, blank=True)
    labour_fen = models.BigIntegerField(default=0)
    parts_fen = models.BigIntegerField(default=0)
    package_fen = models.BigIntegerField(default=0)
    total_fen = models.BigIntegerField(default=0)
    estimate_fen = models.BigIntegerField(null=True, blank=True)
    next_maintenance_on = models.DateField(_("next maintenance on"), null=True, blank=True)
    next_maintenance_km = models.PositiveIntegerField(_("next maintenance at km"), null=True, blank=True)
    callback_at = models.DateTimeField(_("agreed time for the callback"), null=True, blank=True)
    aftercare_at = models.DateTimeField(null=True, editable=False, help_text="when the sweep saw to the calls that are owed for it")
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.TYPED, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(null=True, editable=False, db_index=False, **PERSON)
    version = models.PositiveIntegerField(default=1, editable=False)
    by_hand = models.JSONField(default=list, editable=False, help_text="fields that a person has entered: no import overwrites them")

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="order_number_once"),
            models.CheckConstraint(condition=both_or_neither(Q(delivered_at=None), Q(delivered_on=None)), name="order_delivered_has_date"),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(delivered_at__gte=F("received_at")), name="order_delivered_after_received"
            ),
            models.CheckConstraint(condition=both_or_neither(Q(step="delivered"), ~Q(delivered_at=None)), name="order_delivered_has_time"),
            models.CheckConstraint(
                condition=Q(labour_fen__gte=0, parts_fen__gte=0, package_fen__gte=0, total_fen__gte=0), name="order_amounts_not_negative"
            ),
            models.CheckConstraint(condition=Q(redoes=None) | Q(kind="rework"), name="order_only_rework_redoes"),
            models.CheckConstraint(condition=Q(step__in=Step.values) & Q(kind__in=Kind.values), name="order_choices_known"),
        ]
        indexes = [
            models.Index(fields=["store", "promised_at"], condition=~Q(step__in=["delivered", "cancelled"]), name="order_here"),
            models.Index(fields=["store", "delivered_on", "advisor"], name="order_delivered_on"),
            models.Index(fields=["store", "received_on"], name="order_received_on"),
            models.Index(fields=["vehicle", "-delivered_at"], name="order_of_vehicle"),
            models.Index(fields=["customer", "-delivered_at"], name="order_of_customer"),
            models.Index(fields=["delivered_on"], condition=Q(step="delivered", aftercare_at=None), name="order_aftercare"),
            models.Index(fields=["redoes"], condition=Q(redoes__isnull=False), name="order_redone"),  # few
        ]

    def __str__(self):
        return self.number

    @property
    def can_be_signed(self) -> bool:
        """A signature fixes price and time (S2 steps 4 and 5): both have to stand on the job order, a price of 0 too."""
        return self.estimate_fen is not None and self.promised_at is not None


class StepTaken(AppendOnlyModel):
    """A step of a visit: when, by whom, and which points of its checklist were ticked."""

    order = models.ForeignKey(ServiceOrder, on_delete=models.PROTECT, related_name="steps_taken")
    step = models.CharField(max_length=12, choices=Step.choices)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(null=True, **PERSON)
    checklist = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.order_id} {self.step}"


class ScopeChange(AppendOnlyModel):
    """A change of scope, price or time after the signature: only with the customer's recorded consent (S2 step 5)."""

    class Consent(models.TextChoices):
        IN_PERSON = "in_person", _("in person, signed")
        PHONE = "phone", _("by phone")
        MESSAGE = "message", _("by message")

    order = models.ForeignKey(ServiceOrder, on_delete=models.PROTECT, related_name="scope_changes")
    what = models.CharField(_("what changes"), max_length=200)
    extra_fen = models.BigIntegerField(default=0)
    promised_at = models.DateTimeField(_("new promised time"), null=True, blank=True)
    consent = models.CharField(_("the customer agreed"), max_length=10, choices=Consent.choices)
    consented_at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(null=True, **PERSON)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.order_id} {self.what}"


class OrderItem(models.Model):
    """A piece of work, done or declined (a declined one is offered again on `remind_on`: S3 §3)."""

    class Result(models.TextChoices):
        DONE = "done", pgettext_lazy("work", "done")
        DECLINED = "declined", _("declined")

    order = models.ForeignKey(ServiceOrder, on_delete=models.CASCADE, related_name="items")
    result = models.CharField(_("result"), max_length=8, choices=Result.choices, default=Result.DONE)
    text = models.CharField(_("work"), max_length=120)
    fen = models.BigIntegerField(default=0)
    remind_on = models.DateField(_("remind on"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "result", "text"], name="item_once"),
            models.CheckConstraint(condition=Q(remind_on=None) | Q(result="declined"), name="item_only_declined_reminds"),
        ]

    def __str__(self):
        return self.text


class OrderPart(models.Model):
    """A part built in: where it comes from and how long it is warranted (S4 3.3)."""

    order = models.ForeignKey(ServiceOrder, on_delete=models.CASCADE, related_name="parts")
    name = models.CharField(_("part"), max_length=80)
    origin = models.CharField(_("origin"), max_length=60, blank=True)
    made_on = models.DateField(_("made on"), null=True, blank=True)
    warranty_until = models.DateField(_("warranty until"), null=True, blank=True)
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    fen = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name


class NewCarDelivery(models.Model):
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="deliveries")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="deliveries")
    consultant = models.ForeignKey(verbose_name=_("sales consultant"), null=True, blank=True, **PERSON)
    delivered_at = models.DateTimeField(_("handed over"), default=clock.now)
    delivered_on = models.DateField(editable=False, help_text="local date of delivered_at")
    price_fen = models.BigIntegerField(null=True, blank=True)
    callback_at = models.DateTimeField(_("agreed time for the callback"), null=True, blank=True)
    aftercare_at = models.DateTimeField(null=True, editable=False, help_text="when the sweep saw to the calls that are owed for it")
    note = models.CharField(_("special note"), max_length=200, blank=True)
    origin = models.CharField(max_length=8, choices=ServiceOrder.Origin.choices, default=ServiceOrder.Origin.TYPED, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(null=True, editable=False, **PERSON)

    objects = InStore.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vehicle", "customer", "delivered_on"], name="delivery_once")]
        indexes = [
            models.Index(fields=["store", "delivered_on", "consultant"], name="delivery_delivered_on"),
            models.Index(fields=["delivered_on"], condition=Q(aftercare_at=None), name="delivery_aftercare"),
        ]

    def __str__(self):
        return f"{self.vehicle} {self.delivered_on}"


class Appointment(models.Model):
    class Status(models.TextChoices):
        BOOKED = "booked", _("booked")
        ARRIVED = "arrived", _("arrived")
        NO_SHOW = "no_show", _("did not come")
        CANCELLED = "cancelled", _("cancelled")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="appointments")
    vehicle = models.ForeignKey(Vehicle, null=True, blank=True, on_delete=models.PROTECT, related_name="appointments")
    advisor = models.ForeignKey(verbose_name=_("service advisor"), null=True, blank=True, **PERSON)
    at = models.DateTimeField(_("at"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.MAINTENANCE)
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.BOOKED)
    order = models.OneToOneField(ServiceOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="appointment")
    called_at = models.DateTimeField(null=True, editable=False, help_text="when the late customer was called (S2 step 1)")
    created_by = models.ForeignKey(null=True, editable=False, **PERSON)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=both_or_neither(Q(status="arrived"), ~Q(order=None)), name="appointment_arrived_has_order"),
            models.CheckConstraint(condition=Q(status__in=["booked", "arrived", "no_show", "cancelled"]), name="appointment_status_known"),
        ]
        indexes = [models.Index(fields=["store", "at"], name="appointment_at")]

    def __str__(self):
        return f"{self.customer_id} {self.at}"
