"""Readable filters over service orders."""

from customers.querysets import InStore

GONE = ["delivered", "cancelled"]


class OrderQuerySet(InStore):
    def here(self):
        """Cars in the workshop now."""
        return self.exclude(step__in=GONE)

    def delivered(self):
        return self.filter(step="delivered")

    def delivered_between(self, first, last):
        """Local dates, both included."""
        return self.delivered().filter(delivered_on__range=(first, last))
