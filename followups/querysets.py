"""Readable filters over the queue."""

from django.db.models import Q

from customers.querysets import InStore


class SheetQuerySet(InStore):
    def visible_to(self, access):
        """All of the store's for those who see the queue; advisors and consultants see the calls that are theirs to make."""
        sheets = super().visible_to(access)
        return sheets if access.can("queue.view") else sheets.filter(assignee=access.user)

    def with_open_followups(self):
        return self.filter(next_at__isnull=False)

    def ready(self, now):
        """May be called now."""
        return self.filter(next_at__lte=now)

    def unclaimed(self, now, user):
        """Free, lapsed, or this person's own."""
        return self.filter(Q(claimed_by=None) | Q(claimed_until__lt=now) | Q(claimed_by=user))

    def in_order(self):
        return self.order_by("due_at", "tier", "id")


class FollowUpQuerySet(InStore):
    def open(self):
        return self.filter(status="open")

    def counted(self):
        """Cancelled ones count in no rate, nor those that the customer answered by themselves before anybody dialled."""
        return self.exclude(status="cancelled").exclude(status="done", dials=0)
