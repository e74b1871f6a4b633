"""A month's sample: whom the callers ask about whom, in which order, and what came of it (S0; domain §7)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.appendonly import AppendOnlyModel, AppendOnlyQuerySet
from core.constraints import both_or_neither
from csi.models import Questionnaire
from customers.models import Customer
from customers.querysets import InStore
from followups.models import FollowUp
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class SampleMonth(models.Model):
    """How far a store has come with a month: drawn on the 1st of the next one, closed after its 8th, judged on its 10th. drawn_at is
    empty where nobody swept in those days, or the store does not draw samples: then the month has no verdicts, and nothing is made up for."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    month = models.DateField(help_text="its first day")
    drawn_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)

    objects = InStore.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "month"], name="sample_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="sample_month_day"),
            models.CheckConstraint(condition=Q(judged_at=None) | Q(closed_at__isnull=False), name="sample_month_closed_before_judged"),
        ]

    def __str__(self):
        return f"{self.store_id} {self.month}"


class SampleQuerySet(AppendOnlyQuerySet, InStore):
    pass


class Sample(AppendOnlyModel):
    """The draw of one advisor's or consultant's customers of a month, with its seed and reason: never changed."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="its first day")
    audience = models.CharField(max_length=8, choices=Questionnaire.Audience.choices)
    person = models.ForeignKey(**PERSON)
    wanted = models.PositiveSmallIntegerField(help_text="interviews")
    seed = models.BigIntegerField()
    reason = models.JSONField(help_text="visits, customers; left_out: why -> how many customers")
    at = models.DateTimeField(default=clock.now)

    objects = SampleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "month", "audience", "person"], name="sample_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="sample_of_month"),
            models.CheckConstraint(condition=Q(audience__in=Questionnaire.Audience.values), name="sample_audience_known"),
        ]

    def __str__(self):
        return f"{self.month} {self.audience} {self.person_id}"


class Result(models.TextChoices):
    """What became of a customer on the list; empty while nothing has: not reached yet in the order, or the call is open."""

    COUNTED = "counted", _("interviewed")
    TOO_FEW = "too_few", _("too few items applied: does not count")
    REFUSED = "refused", _("refused")
    UNREACHABLE = "unreachable", _("could not be reached")
    CANCELLED = "cancelled", _("cancelled")
    TOO_LATE = "too_late", _("not reached by the 8th")
    DO_NOT_CALL = "do_not_call", _("asked not to be called")
    CONTACTS = "contacts", _("called often enough this week")
    ASKED = "asked", _("asked about this month for a colleague")


class SampleRank(AppendOnlyModel):
    """A customer's place in the order of the draw, and the visit that they are asked about. followup and result are what the sweep notes."""

    MARKS = ("followup", "result")

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="ranks")
    rank = models.PositiveIntegerField(help_text="from 1")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(ServiceOrder, null=True, on_delete=models.PROTECT, related_name="+")
    delivery = models.ForeignKey(NewCarDelivery, null=True, on_delete=models.PROTECT, related_name="+")
    followup = models.OneToOneField(FollowUp, null=True, on_delete=models.PROTECT, related_name="ranked")
    result = models.CharField(max_length=12, choices=Result.choices, blank=True)

    class Meta:
        ordering = ["sample", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "rank"], name="sample_rank_once"),
            models.UniqueConstraint(fields=["sample", "customer"], name="sample_customer_once"),
            models.CheckConstraint(condition=both_or_neither(Q(order=None), Q(delivery__isnull=False)), name="sample_rank_of_one_visit"),
        ]
        # Of whom somebody was to be asked: a few of each month's hundreds. SQLite uses no partial index whose condition names a value.
        indexes = [models.Index(fields=["result"], condition=Q(followup__isnull=False), name="sample_rank_asked")]

    def __str__(self):
        return f"{self.sample_id}: {self.rank}"

    @property
    def event(self):
        return self.order or self.delivery
