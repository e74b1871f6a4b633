"""Readable filters over complaints and their clocks."""

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from complaints.kinds import Answered
from csi.models import Dissatisfaction
from customers.querysets import InStore

RUNNING = Q(met_at=None, paused_at=None, dropped_at=None)
MAJOR = Q(severity="major") | Q(is_product_quality=True)


class ComplaintQuerySet(InStore):
    def visible_to(self, access):
        """All of the store's for those who see them all; others see what they handle, instruct or registered. Nobody sees a complaint
        about themselves (当事人回避)."""
        user = access.user
        complaints = super().visible_to(access).filter(~Q(against=user) | Q(against=None))
        if access.can("complaints.all"):
            return complaints
        return complaints.filter(Q(handler=user) | Q(superior=user) | Q(registered_by=user))

    def open(self):
        return self.exclude(status="closed")

    def closed(self):
        return self.filter(status="closed")

    def major(self):
        """Complaint.is_major, as a filter."""
        return self.filter(MAJOR)

    def ordinary(self):
        return self.exclude(MAJOR)

    def answered(self, whether: str):
        """whether: of complaints.kinds.Answered."""
        said = Exists(Dissatisfaction.objects.filter(response=OuterRef("response"), link=OuterRef("link")))
        return self.filter(said if whether == Answered.YES else ~said)

    def with_next_due(self):
        """next_due: the soonest limit of the running clocks; None where none runs."""
        running = self.model._meta.get_field("clocks").related_model.objects.running().filter(complaint=OuterRef("pk"))
        return self.annotate(next_due=Subquery(running.order_by("due_at").values("due_at")[:1]))

    def late(self, now):
        running = self.model._meta.get_field("clocks").related_model.objects.running()
        return self.filter(Exists(running.filter(complaint=OuterRef("pk"), due_at__lte=now)))


class ClockQuerySet(models.QuerySet):
    def running(self):
        return self.filter(RUNNING)

    def to_warn(self, now):
        return self.running().filter(warned_at=None, breached_at=None, warn_at__lte=now)

    def to_breach(self, now):
        return self.running().filter(breached_at=None, due_at__lte=now)

    def to_raise(self):
        """Late, still running, and nobody above has been told yet."""
        return self.running().filter(breached_at__isnull=False, raised_at=None)


class FeedbackQuerySet(InStore):
    def visible_to(self, access):
        """All of the store's for those who see them all; others see what they registered, and praise of themselves once it has reached
        them."""
        feedback, user = super().visible_to(access), access.user
        if access.can("complaints.all"):
            return feedback
        return feedback.filter(Q(registered_by=user) | Q(person=user, kind="praise", status="closed"))

    def open(self):
        return self.exclude(status="closed")

    def late(self, now):
        clocks = self.model._meta.get_field("clocks").related_model.objects
        return self.filter(Exists(clocks.running().filter(feedback=OuterRef("pk"), due_at__lte=now)))

    def with_next_due(self):
        """next_due: the soonest limit that is not met yet; None where all are."""
        clocks = self.model._meta.get_field("clocks").related_model.objects.running().filter(feedback=OuterRef("pk"))
        return self.annotate(next_due=Subquery(clocks.order_by("due_at").values("due_at")[:1]))


class FeedbackClockQuerySet(models.QuerySet):
    def running(self):
        return self.filter(met_at=None)

    def to_warn(self, now):
        return self.running().filter(warned_at=None, breached_at=None, warn_at__lte=now)

    def to_breach(self, now):
        return self.running().filter(breached_at=None, due_at__lte=now)
