"""Improvement plans: cause, measure, person and date for a weak item or a frequent complaint (S3 1.4.2, S4 §6)."""

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from core.appendonly import AppendOnlyModel
from customers.querysets import InStore
from reports.periods import MONTH, WEEK, Period, containing
from staff.models import Store

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class About(models.TextChoices):
    ITEM = "item", _("weak item")
    TOPIC = "topic", _("frequent complaint")


class PlanStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("plan", "open")
    DONE = "done", _("carried out")
    DROPPED = "dropped", _("not carried out")


class PlanEntryKind(models.TextChoices):
    MADE = "made", pgettext_lazy("plan", "made")
    CHANGED = "changed", pgettext_lazy("plan", "changed")
    REVIEWED = "reviewed", pgettext_lazy("plan", "reviewed")
    OVERDUE = "overdue", _("date passed")
    DONE = "done", _("carried out")
    DROPPED = "dropped", _("not carried out")


class PlanQuerySet(InStore):
    def visible_to(self, access):
        """All of the store's for those who read its reports; others see what they are to carry out."""
        plans = super().visible_to(access)
        return plans if access.can("reports.view") else plans.filter(person=access.user)

    def open(self):
        return self.filter(status=PlanStatus.OPEN)

    def overdue(self, now):
        return self.open().filter(due_at__lte=now)

    def to_tell(self, now):
        """Overdue, and nobody has been told yet."""
        return self.overdue(now).filter(told_at=None)

    def with_review(self):
        """reviewed_at: when it was last talked over, made included."""
        talked = PlanEntry.objects.filter(plan=OuterRef("pk"), kind__in=[PlanEntryKind.MADE, PlanEntryKind.REVIEWED])
        return self.annotate(reviewed_at=Subquery(talked.order_by("-pk").values("at")[:1]))

    def about(self, *subjects):
        """subjects: (about, audience, code, standard)."""
        wanted = Q(pk=None)
        for about, audience, code, standard in subjects:
            wanted |= Q(about=about, audience=audience, code=code, standard=standard)
        return self.filter(wanted)


class ImprovementPlan(models.Model):
    """What is done about a weak item (a question: audience and code) or a frequent complaint (a link in `code`, and an MOT standard
    below it). kind, first: the period that it was found in. due_at: the end of due_on in the store; the sweep tells then."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    about = models.CharField(max_length=5, choices=About.choices)
    audience = models.CharField(max_length=8, blank=True)
    code = models.SlugField(max_length=40, db_index=False)
    standard = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=5, help_text="month or week")
    first = models.DateField(help_text="the first day of the period that it was found in")
    cause = models.TextField(_("cause"))
    measure = models.TextField(_("measure"))
    person = models.ForeignKey(verbose_name=_("who carries it out"), **PERSON)
    due_on = models.DateField(pgettext_lazy("plan", "until"))
    due_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=PlanStatus.choices, default=PlanStatus.OPEN)
    result = models.TextField(_("result"), blank=True)
    ended_on = models.DateField(null=True, help_text="the day on which it was carried out, or given up")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(null=True, **PERSON)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(null=True, **PERSON)
    told_at = models.DateTimeField(null=True, help_text="when it was told that the date has passed")

    objects = PlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "about", "audience", "code", "standard"], condition=Q(status="open"), name="plan_one_open_of_a_subject"
            ),
            models.CheckConstraint(
                condition=Q(about__in=About.values, status__in=PlanStatus.values, kind__in=[MONTH, WEEK]), name="plan_choices_known"
            ),
            models.CheckConstraint(
                condition=Q(about="item", standard="", audience__in=["service", "sales"]) | Q(about="topic", audience=""),
                name="plan_subject_is_whole",
            ),
            models.CheckConstraint(condition=~Q(cause="") & ~Q(measure=""), name="plan_says_why_and_what"),
            models.CheckConstraint(
                condition=Q(status="open", ended_on=None, ended_at=None, ended_by=None, result="")
                | (
                    Q(status__in=["done", "dropped"], ended_on__isnull=False, ended_at__isnull=False, ended_by__isnull=False)
                    & ~Q(result="")
                ),
                name="plan_ended_says_how",
            ),
            models.CheckConstraint(condition=Q(told_at=None) | Q(told_at__gte=F("due_at")), name="plan_not_told_early"),
        ]
        indexes = [
            models.Index(fields=["store", "-made_at", "-id"], name="plan_newest"),
            models.Index(fields=["store", "due_on"], condition=Q(status="open"), name="plan_open"),
            models.Index(fields=["due_at"], condition=Q(status="open", told_at=None), name="plan_to_tell"),
        ]

    def __str__(self):
        return f"{self.about} {self.code} {self.standard}".strip()

    @property
    def subject(self) -> tuple[str, str, str, str]:
        return self.about, self.audience, self.code, self.standard

    @property
    def period(self) -> Period:
        return containing(self.first, self.kind)

    @property
    def is_open(self) -> bool:
        return self.status == PlanStatus.OPEN

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at <= clock.now()


class PlanEntry(AppendOnlyModel):
    """A line of a plan's history; due_on: the date that held then. Only ever added; words can be erased."""

    ERASABLE = ("words",)

    plan = models.ForeignKey(ImprovementPlan, on_delete=models.PROTECT, related_name="entries", db_index=False)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(null=True, **PERSON)
    kind = models.CharField(max_length=8, choices=PlanEntryKind.choices)
    due_on = models.DateField()
    words = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "due_on"], condition=Q(kind="overdue"), name="plan_entry_overdue_once"),
            models.CheckConstraint(condition=Q(kind__in=PlanEntryKind.values), name="plan_entry_kind_known"),
        ]
        indexes = [models.Index(fields=["plan", "id"], name="plan_entry_of")]

    def __str__(self):
        return f"{self.plan_id} {self.kind}"
